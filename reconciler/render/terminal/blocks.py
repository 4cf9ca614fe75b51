"""One change as a block of lines: what, why, the fields, and what it costs or waits for."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.change import Change
from reconciler.core.lock import Role
from reconciler.core.model import Action
from reconciler.core.plurals import counted
from reconciler.core.surplus import kept_words
from reconciler.render.commands import shell_line
from reconciler.render.data_words import data_words
from reconciler.render.forecasts import forecast_words
from reconciler.render.style import ACTION_TONES, Style, Tone
from reconciler.render.terminal.diagnostics import note_lines
from reconciler.render.terminal.fields import field_lines
from reconciler.render.terminal.layout import INDENT, fact, indented, listed
from reconciler.render.words import (
    age_words,
    billed_words,
    cost_words,
    escape,
    money_range,
    progress_words,
    rebase_words,
    state_words,
    width_of,
)

_RESOURCE_LABELS = {
    Action.DELETE: "deletes",
    Action.CANCEL: "cancels",
    Action.FORGET: "leaves",
    Action.UPDATE: "patches",
    Action.RESTORE: "serves",
}

_MOMENT_S = 60.0
_WORDS = {Action.NOOP: "unchanged"}


def change_block(change: Change, style: Style) -> list[str]:
    """Headline, fields, facts, notes, and the command that mends a blocked one."""
    return [
        *_headline(change, style),
        *field_lines(change, style),
        *_facts(change, style),
        *(line for note in change.notes for line in note_lines(note, style, by=INDENT)),
        *(
            [" " * (INDENT + 2) + style.paint(escape(shell_line(change.command)), Tone.STRONG)]
            if change.command
            else []
        ),
    ]


def _headline(change: Change, style: Style) -> list[str]:
    """`± vertex/triage  replace: why`; a reason that has no room there stands below."""
    tone = ACTION_TONES[change.action]
    address = escape(str(change.address))
    deposed = " (deposed)" if change.deposed and change.action is not Action.RESTORE else ""
    word = _WORDS.get(change.action, change.action.word)
    reason = _reason(change, word)
    headline = f"{word}: {reason}" if reason else word
    name = f"{style.glyph(change.action)} {style.paint(address, Tone.STRONG)}{deposed}"
    room = style.width - width_of(f"x {address}{deposed}  ")
    if width_of(headline) <= room:
        return [f"{name}  {style.paint(word, tone)}{headline[len(word) :]}"]
    if width_of(word) <= room:
        return [f"{name}  {style.paint(word, tone)}", *indented(reason, style)]
    return [name, *indented(headline, style)]


def _reason(change: Change, word: str) -> str:
    """Nothing where it would be the word again."""
    return "" if change.reason.text == word else escape(change.reason.text)


def _facts(change: Change, style: Style) -> Iterator[str]:
    if change.renamed_from:
        yield from fact("formerly", escape(str(change.renamed_from)), style)
    if running := _running(change, style):
        yield from fact("progress" if change.progress else "state", running, style)
    if (age := _age(change)) and change.does_something and not _is_under_way(change):
        yield from fact("age", age, style)
    yield from _spent(change, style)
    for label, is_deposed in (("adopts", False), ("deposes", True)):
        taken = [a for a in change.adopts if (a.role is Role.DEPOSED) is is_deposed]
        yield from listed(label, (escape(a.resource_name) for a in taken), style)
    yield from listed(_resource_label(change), map(escape, change.resources), style)
    yield from _ended(change, style)
    yield from _surplus(change, style)
    if change.commit:
        yield from fact("changed", f"last at commit {escape(change.commit)}", style)
    yield from _trained(change, style)
    if change.forecast:
        yield from fact("gate", forecast_words(change.forecast), style)
    if change.after:
        yield from fact("after", ", ".join(escape(str(address)) for address in change.after), style)


def _trained(change: Change, style: Style) -> Iterator[str]:
    """From what, where, and for how much."""
    for data in change.data:
        yield from fact("data", data_words(data, change, style.arrow), style)
    if change.submission and change.action.trains:
        where = [f"project {change.submission.project}", change.submission.location]
        yield from fact("in", ", ".join(escape(part) for part in where if part), style)
    if change.rebases:
        yield from fact("rebases", escape(rebase_words(change.rebases)), style)
    if change.copies:
        yield from fact("copies", f"{escape(change.copies.words)}; nothing is trained", style)
        yield from fact("cost", "none", style)
    if change.cost and change.action.trains:
        yield from fact("cost", cost_words(change.cost), style)


def _resource_label(change: Change) -> str:
    is_gone = change.action is Action.DELETE and not (change.disposes or change.cancels)
    return "gone" if is_gone else _RESOURCE_LABELS.get(change.action, "on")


def _running(change: Change, style: Style) -> str:
    words = progress_words(change.progress, style.dot) if change.progress else ""
    age = f"for {_age(change)}" if _age(change) and _is_under_way(change) else ""
    return style.dot.join(part for part in (state_words(change.state), words, age) if part)


def _is_under_way(change: Change) -> bool:
    return change.action in (Action.AWAIT, Action.CANCEL)


def _age(change: Change) -> str:
    """Of the training that a change is about; "" for none, and for one of a moment ago."""
    return age_words(change.age_s) if change.age_s is not None and change.age_s >= _MOMENT_S else ""


def _spent(change: Change, style: Style) -> Iterator[str]:
    """What is paid already where a job is cancelled or failed: the service bills what it has trained.

    The cost of a change that trains nothing is that of the training it ends.
    """
    parts = []
    if change.spent_tokens is not None:
        parts.append(billed_words(change.spent_tokens, None))
    cost = change.cost
    if cost and not change.action.trains and cost.low is not None and cost.high is not None:
        parts.append(money_range(cost.low, cost.high, cost.currency))
    if parts:
        lost = ", not refunded" if change.cancels else ""
        yield from fact("spent", f"{style.dot.join(parts)}{lost}", style)


def _ended(change: Change, style: Style) -> Iterator[str]:
    if change.cancels and (change.action is not Action.CANCEL or not change.resources):
        yield from fact("cancels", _attempts(change.cancels), style)
    if change.disposes and not (change.surplus or (change.action is Action.DELETE and change.resources)):
        yield from fact("disposes", _attempts(change.disposes), style)
    if change.disposes_ready and not change.surplus:
        models = counted(change.disposes_ready, "model")
        yield from fact("loss", f"{models} that {'serves' if change.disposes_ready == 1 else 'serve'} today", style)


def _surplus(change: Change, style: Style) -> Iterator[str]:
    """What goes at the end, because it is beyond `keep` then."""
    if change.surplus:
        yield from fact("then", f"disposes of {_attempts(change.disposes)}: {kept_words(change.lifecycle.keep)}", style)
        yield from listed("deletes", map(escape, change.surplus), style)


def _attempts(numbers: tuple[str, ...]) -> str:
    return f"{'attempt' if len(numbers) == 1 else 'attempts'} {', '.join(map(escape, numbers))}"
