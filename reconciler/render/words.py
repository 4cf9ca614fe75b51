"""The words, numbers and widths that every form of output shares.

Whatever came from a user or a service goes through `escape` (or `spell`, which does) before it is
shown: a name must not move the cursor, hide text or turn it around.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from reconciler.core.change import Cause, Cost, FieldChange
from reconciler.core.copying import FROM_MODEL
from reconciler.core.lock import Submission
from reconciler.core.model import Action, Json, OnChange, Progress
from reconciler.core.plurals import counted

UNSET = "(unset)"
_SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_CENT = Decimal("0.01")


def escape(text: str) -> str:
    """Control, bidi and other invisible characters spelt out, as a Python literal spells them."""
    return text if text.isprintable() else "".join(c if c.isprintable() else _spelt_out(c) for c in text)


def _spelt_out(char: str) -> str:
    if short := _SHORT_ESCAPES.get(char):
        return short
    point = ord(char)
    if point <= 0xFF:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"


def width_of(text: str) -> int:
    """Columns of a terminal that printable text takes: two for wide characters, none for accents."""
    return len(text) if text.isascii() else sum(_columns(c) for c in text)


def _columns(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def shorten(text: str, room: int, ellipsis: str = "…") -> str:
    """`text` in at most `room` columns, cut in the middle: beginnings and ends distinguish values."""
    if width_of(text) <= room:
        return text
    keep = max(room - len(ellipsis), 2)
    head = _prefix(text, keep - keep // 2)
    tail = _prefix(text[::-1], keep // 2)[::-1]
    return f"{head}{ellipsis}{tail}"


def _prefix(text: str, room: int) -> str:
    used = 0
    for index, char in enumerate(text):
        used += _columns(char)
        if used > room:
            return text[:index]
    return text


def wrap(text: str, room: int) -> list[str]:
    """Lines of at most `room` columns, broken at spaces; a word is never cut. One empty line for nothing."""
    lines: list[str] = []
    used = 0
    for word in text.split(" "):
        columns = width_of(word)
        if lines and used + 1 + columns <= room:
            lines[-1] += f" {word}"
            used += 1 + columns
        else:
            lines.append(word)
            used = columns
    return lines


def paragraphs(text: str, room: int) -> list[str]:
    """Text of several lines, each escaped and wrapped."""
    return [line.rstrip() for part in text.split("\n") for line in wrap(escape(part.rstrip("\r")), room)]


def flat(text: str) -> str:
    """Text of several lines on one, escaped."""
    return escape(" ".join(text.split()))


def spell(value: Json) -> str:
    """A field's value on one line: strings bare where nothing else reads like them, the rest as JSON."""
    if value is None:
        return UNSET
    if isinstance(value, str):
        return escape(_quoted(value) if _is_ambiguous(value) else value)
    return escape(json.dumps(value, ensure_ascii=False, sort_keys=True))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _is_ambiguous(text: str) -> bool:
    if not text or text != text.strip() or text == UNSET:
        return True
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


_CAUSES = {Cause.EDITED: "edited", Cause.DRIFTED: "drifted", Cause.BOTH: "edited and drifted", Cause.RENAMED: "renamed"}


def cause_words(field: FieldChange, action: Action) -> str:
    """Who moved; in a replace, which fields train anew; and what an edit that trains nothing waits for."""
    word = _CAUSES[field.cause]
    if field.on_change is OnChange.RECORD:
        return f"{field.cause.value}; the lock alone"
    if field.on_change is OnChange.FORM:
        return "only the form"
    if field.on_change is OnChange.REPORT:
        return f"{word}; trains only with --replace"
    if field.on_change is OnChange.REPLACE and action is Action.REPLACE:
        return f"{word}; {'copied' if field.field == FROM_MODEL else 'trains'} anew"
    return word


def billed_words(tokens: int, epochs: int | None) -> str:
    """What the service charges for: it counts the tokens of the data once, and bills them in every epoch."""
    once = counted(tokens, "token")
    if epochs is None:
        return f"{once} an epoch"
    return (
        once if epochs == 1 else f"{counted(tokens * epochs, 'token')} ({once} in the data, {counted(epochs, 'epoch')})"
    )


def evaluation_words(checkpoint_id: str, scores: Mapping[str, float], error: str) -> str:
    """`evaluation of checkpoint 2: bleu 0.5`; the service's words where there is no score."""
    shown = ", ".join(f"{escape(name)} {value:.4g}" for name, value in sorted(scores.items()))
    what = f"checkpoint {escape(checkpoint_id)}" if checkpoint_id else "the model"
    return f"evaluation of {what}: {shown or flat(error) or 'no score'}"


def skipped_words(number: int) -> str:
    """What was read and is none of ours."""
    return f"{counted(number, 'document')} of other tools skipped"


def size(size_bytes: int) -> str:
    """`512 B`, `1.2 MB`: powers of ten."""
    amount = float(size_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            return f"{size_bytes} B" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    raise AssertionError


def duration(seconds: float) -> str:
    """`8 s`, `4 min 10 s`, `2 h 05 min`, `3 d 4 h`: two units at most."""
    total = max(round(seconds), 0)
    minutes, s = divmod(total, 60)
    hours, m = divmod(minutes, 60)
    days, h = divmod(hours, 24)
    if days:
        return f"{days} d {h} h" if h else f"{days} d"
    if hours:
        return f"{h} h {m:02} min" if m else f"{h} h"
    if minutes:
        return f"{m} min {s:02} s" if s else f"{m} min"
    return f"{s} s"


def age_words(seconds: float) -> str:
    """`5 min`, `3 h`, `12 d`: the largest unit alone, for what nobody counts in seconds."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return "<1 min"


def money(amount: float, currency: str) -> str:
    """`4.20 USD`; what rounds to nothing is `<0.01 USD`, because it is not free."""
    exact = Decimal(repr(amount))
    if 0 < exact < _CENT:
        return f"<0.01 {escape(currency)}"
    return f"{exact.quantize(_CENT, ROUND_HALF_UP):,} {escape(currency)}"


def money_range(low: float, high: float, currency: str) -> str:
    """`4.20 to 6.10 USD`, or one amount where both read the same."""
    first, last = money(low, currency), money(high, currency)
    if high < _CENT:
        return last
    return last if first == last else f"{first.rsplit(' ', 1)[0]} to {last}"


def cost_words(cost: Cost) -> str:
    """The range, or `unknown`, and how it was found."""
    if cost.low is None or cost.high is None:
        return f"unknown: {escape(cost.method)}" if cost.method else "unknown"
    details = [escape(cost.method), f"prices of {escape(cost.as_of)}" if cost.as_of else ""]
    bracket = ", ".join(d for d in details if d)
    amount = money_range(cost.low, cost.high, cost.currency)
    return f"{amount} ({bracket})" if bracket else amount


def decimal_string(amount: float | None) -> str | None:
    """A money amount for machines: exact, never in exponents, at least two decimals."""
    if amount is None or not math.isfinite(amount):
        return None
    text = f"{Decimal(repr(amount)):f}"
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.ljust(2, '0')}"


def state_words(state: str) -> str:
    """`JOB_STATE_RUNNING` as `running`: the service's word without its prefix. Sentences stay as they are."""
    if not re.fullmatch(r"[A-Z0-9_]+", state):
        return escape(state)
    return re.sub(r"^(TUNING_JOB_STATE|JOB_STATE|STATE)_", "", state).replace("_", " ").lower()


def percent(progress: Progress) -> float | None:
    """How far a training is, from its own percentage or from its steps."""
    if progress.percent is not None:
        return min(max(progress.percent, 0.0), 100.0)
    if progress.steps_done is not None and progress.steps_total:
        return min(100.0 * progress.steps_done / progress.steps_total, 100.0)
    return None


def progress_words(progress: Progress, separator: str = " · ") -> str:
    """`45 % · step 120 of 300`, as much of it as is known."""
    done, total = progress.steps_done, progress.steps_total
    share = percent(progress)
    steps = "" if done is None else f"step {done:,} of {total:,}" if total else f"step {done:,}"
    parts = ["" if share is None else f"{math.floor(share)} %", steps, state_words(progress.detail)]
    return separator.join(part for part in parts if part)


def rebase_words(submission: Submission) -> str:
    """`projects/…/tuningJobs/1, at its endpoint`."""
    return f"{submission.rebases}, {'at its' if submission.same_endpoint else 'at a new'} endpoint"
