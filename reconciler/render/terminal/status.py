"""The status table: one line an address, and below it the names that people copy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from math import floor

from reconciler.core.concerns import Concern, ConcernKind
from reconciler.core.lock import Role
from reconciler.core.model import Progress
from reconciler.core.plurals import counted
from reconciler.core.suggest import suggest
from reconciler.render.commands import shell_line
from reconciler.render.style import Style, Tone
from reconciler.render.terminal.banner import banner_lines
from reconciler.render.terminal.layout import closed, fact, indented, listed
from reconciler.render.values import Banner, StatusRow
from reconciler.render.words import duration, escape, flat, money, percent, progress_words, state_words, width_of, wrap

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


def render_status(
    rows: Sequence[StatusRow],
    banner: Banner,
    style: Style,
    *,
    verbose: bool = False,
    height: int | None = None,
    first: Sequence[StatusRow] = (),
) -> str:
    """The table, in the order of the rows. `verbose` adds jobs and models to every address.

    Where it is higher than `height` lines, the rows that come `first` are shown as far as they fit, still in the order
    of the table, and a line says how the others are seen.
    """
    shown = list(rows)
    lines = _page(shown, banner, style, verbose=verbose)
    most = len(first or rows)
    while height is not None and len(lines) > height and most > 1:
        most -= 1
        kept = (first or rows)[:most]
        shown = [row for row in rows if row in kept]
        lines = _page(shown, banner, style, verbose=verbose, left_out=[row for row in rows if row not in kept], of=rows)
    return closed(lines)


def _page(
    shown: Sequence[StatusRow],
    banner: Banner,
    style: Style,
    *,
    verbose: bool,
    left_out: Sequence[StatusRow] = (),
    of: Sequence[StatusRow] = (),
) -> list[str]:
    table = list(_table(shown, style, verbose=verbose))
    if left_out:
        table[-1:] = [*_left_out(left_out, style), ""]
    return [*banner_lines(banner, style), "", *table, *_summary(of or shown, style)]


def _left_out(rows: Sequence[StatusRow], style: Style) -> Iterator[str]:
    """How many of which, and how they are seen."""
    found = Counter(row.role or row.state for row in rows)
    words = ", ".join(f"{number} {escape(role)}" for role, number in sorted(found.items()))
    yield from wrap(
        f"{style.mark('…')} and {len(rows)} more ({words}): {shell_line(suggest('status', '--all'))}", style.width
    )


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
    if row.gate:
        yield from fact("gate", escape(row.gate), style)
    if row.was_billed and (verbose or row.role != Role.SERVING.value):
        yield from fact("cost", "unknown" if row.cost is None else money(row.cost, row.currency), style)
    if row.retires and verbose:
        yield from fact("retires", f"{row.retires} at the earliest", style)
    for concern in row.concerns:
        if concern.kind in _SAID_BELOW:
            yield from fact(concern.kind.value, concern_words(concern), style, tone=Tone.BAD)
    if row.note:
        yield from fact("note", escape(row.note), style)


def render_concerns(rows: Sequence[StatusRow], style: Style) -> str:
    """A line for each thing that is wrong, or one that says that nothing is."""
    lines = [
        f"{style.paint(t.kind.value.ljust(_KIND), Tone.BAD)}  {escape(_named(row))}  {concern_words(t)}"
        for row in rows
        for t in row.concerns
    ]
    return closed(lines or [f"Nothing is wrong with {counted(len({row.address for row in rows}), 'model')}."])


def change_line(row: StatusRow, at: str) -> str:
    """One training that is not as it was, for a log."""
    progress = progress_words(row.progress)
    concerns = [f"{t.kind.value}: {concern_words(t)}" for t in row.concerns]
    parts = [_named(row), row.role, state_words(row.state), progress, *concerns]
    return "  ".join([at, *(escape(part) for part in parts if part)]) + "\n"


def concern_words(concern: Concern) -> str:
    """On one line, whatever a service wrote."""
    since = "" if concern.since_s is None else f" ({duration(concern.since_s)})"
    return flat(concern.text) + since


def _named(row: StatusRow) -> str:
    return f"{row.address} attempt {row.attempt}" if row.attempt else str(row.address)


_SAID_BELOW = (ConcernKind.STUCK, ConcernKind.BLOCKED, ConcernKind.GONE, ConcernKind.RETIRING)
"""The note says the others."""
_KIND = max(len(kind.value) for kind in ConcernKind)


def _summary(rows: Sequence[StatusRow], style: Style) -> Iterator[str]:
    found = Counter(row.role or "without a training" for row in rows)
    words = ", ".join(f"{number} {escape(role)}" for role, number in sorted(found.items()))
    yield from wrap(f"{words}." if rows else "No model is declared or locked.", style.width)
    wrong = Counter(t.kind.value for row in rows for t in row.concerns)
    if wrong:
        said = ", ".join(f"{number} {kind}" for kind, number in sorted(wrong.items()))
        yield from wrap(f"Wrong: {said}.", style.width)
