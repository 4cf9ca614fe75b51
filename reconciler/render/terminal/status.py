"""The status table: one line an address, and below it the names that people copy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from math import floor

from reconciler.core.lock import Role
from reconciler.core.model import Progress
from reconciler.render.style import Style, Tone
from reconciler.render.terminal.banner import banner_lines
from reconciler.render.terminal.layout import closed, fact, indented, listed
from reconciler.render.values import Banner, StatusRow
from reconciler.render.words import duration, escape, money, percent, state_words, width_of, wrap

_HEADS = ("ADDRESS", "#", "ROLE", "STATE", "BASE", "PROGRESS", "AGE")
"""`#` is the attempt: it distinguishes the trainings of one address."""
_BASE = _HEADS.index("BASE")
_GAP = "  "
_TONES = {
    Role.SERVING.value: Tone.GOOD,
    Role.CANDIDATE.value: Tone.RUNNING,
    Role.PENDING.value: Tone.WARNING,
    Role.DEPOSED.value: Tone.FAINT,
    Role.FAILED.value: Tone.BAD,
}


def render_status(rows: Sequence[StatusRow], banner: Banner, style: Style, *, verbose: bool = False) -> str:
    """The table, in the order of the rows. `verbose` adds jobs and models to every address."""
    return closed([*banner_lines(banner, style), "", *_table(rows, style, verbose=verbose), *_summary(rows, style)])


def _table(rows: Sequence[StatusRow], style: Style, *, verbose: bool) -> Iterator[str]:
    """Where the columns do not fit, the base models move below their addresses; then all of them do."""
    cells = [_cells(row, style) for row in rows]
    shown = [c for c in range(len(_HEADS)) if any(row[c] for row in cells)]
    has_base = _BASE in shown and _columns(cells, shown) <= style.width
    if not has_base:
        shown = [c for c in shown if c != _BASE]
    if not rows:
        return
    widths = _widths(cells, shown)
    head = _GAP.join(_HEADS[c].ljust(widths[c]) for c in shown).rstrip()
    is_table = width_of(head) <= style.width
    if is_table:
        yield style.paint(head, Tone.FAINT)
    for row, texts in zip(rows, cells, strict=True):
        yield from _line(row, texts, widths, style, is_table=is_table)
        yield from _details(row, style, verbose=verbose, has_base=has_base)
    yield ""


def _cells(row: StatusRow, style: Style) -> tuple[str, ...]:
    age = "" if row.age_s is None else duration(row.age_s)
    texts = (escape(str(row.address)), escape(row.attempt), escape(row.role), state_words(row.state), escape(row.base))
    return (*texts, _progress(row.progress, style), age)


def _progress(progress: Progress, style: Style) -> str:
    """`71 % · 190/266`: shorter than in a plan, so that the columns fit."""
    share = percent(progress)
    steps = "" if progress.steps_done is None else f"{progress.steps_done}/{progress.steps_total or '?'}"
    return style.dot.join(part for part in ("" if share is None else f"{floor(share)} %", steps) if part)


def _widths(cells: Sequence[tuple[str, ...]], shown: Sequence[int]) -> dict[int, int]:
    return {c: max(len(_HEADS[c]), *(width_of(row[c]) for row in cells)) for c in shown}


def _columns(cells: Sequence[tuple[str, ...]], shown: Sequence[int]) -> int:
    return sum(_widths(cells, shown).values()) + len(_GAP) * (len(shown) - 1)


def _line(
    row: StatusRow, texts: tuple[str, ...], widths: dict[int, int], style: Style, *, is_table: bool
) -> Iterator[str]:
    """One line; two where an address leaves no room for the rest."""
    padded = [texts[c] + " " * (width - width_of(texts[c])) for c, width in widths.items()]
    tones = {0: Tone.STRONG, 1: Tone.FAINT, 2: _TONES.get(row.role, Tone.PLAIN)}
    painted = [style.paint(text, tones.get(c, Tone.PLAIN)) for c, text in zip(widths, padded, strict=True)]
    plain = _GAP.join(padded).rstrip()
    if is_table and width_of(plain) <= style.width:
        yield _GAP.join(painted)
    else:
        yield style.paint(texts[0], Tone.STRONG)
        numbered = (f"attempt {text}" if c == 1 else text for c, text in enumerate(texts) if text and c in widths and c)
        facts = list(numbered)
        yield from indented(style.dot.join(facts), style)


def _details(row: StatusRow, style: Style, *, verbose: bool, has_base: bool) -> Iterator[str]:
    if row.base and not has_base:
        yield from listed("base", [escape(row.base)], style)
    names = (("endpoint", row.endpoint), ("model", row.model), ("job", row.job))
    known = [(label, name) for label, name in names if name]
    for label, name in known if verbose else known[:1]:
        yield from listed(label, [escape(name)], style)
    if row.since_s is not None:
        yield from fact("since", f"{state_words(row.state)} for {duration(row.since_s)}", style)
    if row.cost is not None and (verbose or row.role != Role.SERVING.value):
        yield from fact("cost", money(row.cost, row.currency), style)
    if row.note:
        yield from fact("note", escape(row.note), style)


def _summary(rows: Sequence[StatusRow], style: Style) -> Iterator[str]:
    found = Counter(row.role or "without a training" for row in rows)
    words = ", ".join(f"{number} {escape(role)}" for role, number in sorted(found.items()))
    yield from wrap(f"{words}." if rows else "No model is declared or locked.", style.width)
