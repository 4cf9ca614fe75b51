"""What the lock has, an entry a line, and what was done to it by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.core.lock import Entry, Lock, Mending
from reconciler.core.pins import decided_by
from reconciler.core.plurals import counted
from reconciler.render.style import Style, Tone
from reconciler.render.terminal.banner import banner_lines
from reconciler.render.terminal.layout import closed, indented
from reconciler.render.values import Banner
from reconciler.render.words import escape, width_of

_HEADS = ("ADDRESS", "REVISION", "ATTEMPTS", "SERVES", "APPROVED")


def render_state(lock: Lock, banner: Banner, style: Style) -> str:
    """Nothing of it was compared with the cloud."""
    lines = [*banner_lines(banner, style), ""]
    rows = [_cells(text, entry) for text, entry in sorted(lock.entries.items())]
    lines += _table(rows, style) if rows else ["The lock has no entry."]
    forgotten = [grave for grave in lock.tombstones.values() if grave.resource_names]
    if forgotten:
        lines += ["", f"{counted(len(forgotten), 'address', 'addresses')} forgotten."]
    if lock.mended:
        lines += ["", style.paint("done by hand", Tone.STRONG), *_mended(lock.mended, style)]
    return closed(lines)


def _cells(text: str, entry: Entry) -> tuple[str, ...]:
    serving = entry.serving
    approved = ", ".join(a.action.word for a in entry.approved)
    attempts, serves = str(len(entry.trainings)), f"attempt {escape(serving[0])}" if serving else "-"
    return (escape(text), str(entry.revision), attempts, serves, approved or "-")


def _table(rows: Sequence[tuple[str, ...]], style: Style) -> Iterator[str]:
    widths = [max(map(width_of, column)) for column in zip(_HEADS, *rows, strict=True)]
    for number, cells in enumerate([_HEADS, *rows]):
        line = "  ".join(cell + " " * (width - width_of(cell)) for cell, width in zip(cells, widths, strict=True))
        yield style.paint(line.rstrip(), Tone.FAINT) if number == 0 else line.rstrip()


def _mended(mended: Sequence[Mending], style: Style) -> Iterator[str]:
    for m in mended:
        names = ", ".join(map(escape, m.addresses))
        words = f"{escape(m.at)}  {escape(m.what)} {names}{escape(decided_by(m.by, m.reason))}"
        yield from indented(words, style, Tone.FAINT)
