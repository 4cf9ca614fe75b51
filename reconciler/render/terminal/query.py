"""Everything in a project, a line each, below the place that it is in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from reconciler.core.dialects import DIALECTS
from reconciler.core.inventory import ENDPOINT, JOB, KINDS, MODEL, TUNED_MODEL, ListedResource, billed_in_all
from reconciler.core.plurals import counted
from reconciler.render.style import Style, Tone
from reconciler.render.terminal.banner import banner_lines
from reconciler.render.terminal.layout import closed, cut, indented
from reconciler.render.values import Banner
from reconciler.render.words import duration, escape, money, width_of, wrap

_NOUNS = {JOB: "job", TUNED_MODEL: "tuned model", MODEL: "model", ENDPOINT: "endpoint"}
_SHORT = ("KIND", "ID", "NAME", "STATE", "AGE", "COST", "OWNER", "ADDRESS")
_WIDE = (*_SHORT, "ROLE", "BASE", "RESOURCE")
_GAP = "  "
_NAME_MAX = 32
"""Columns of a display name; --format wide and the other forms have all of it."""


def render_query(rows: Sequence[ListedResource], of: int, banner: Banner, style: Style, *, wide: bool = False) -> str:
    """The tables, one a place, then what there is of each kind, what was billed, and what is idle."""
    lines = banner_lines(banner, style)
    heads = _WIDE if wide else _SHORT
    widths = _widths([_cells(row, style, wide=wide) for row in rows], heads)
    for (service, project, location), found in groupby(rows, key=lambda r: (r.service, r.project, r.location)):
        place = style.dot.join(escape(part) for part in (DIALECTS[service].title, project, location) if part)
        lines += ["", style.paint(place, Tone.STRONG), style.paint(_line(heads, widths), Tone.FAINT)]
        for row in found:
            lines += _row(row, widths, style, wide=wide)
    return closed([*lines, "", *_summary(rows, of, style)])


def _row(row: ListedResource, widths: Sequence[int], style: Style, *, wide: bool) -> Iterator[str]:
    line = _line(_cells(row, style, wide=wide), widths)
    yield style.paint(line, Tone.WARNING) if row.is_idle else line
    if row.note:
        yield from indented(escape(row.note), style, Tone.FAINT, by=4)


def _cells(row: ListedResource, style: Style, *, wide: bool) -> tuple[str, ...]:
    name = escape(row.name)
    cost = "unknown" if row.was_billed and row.cost is None else ""
    short = (
        row.kind,
        escape(row.resource_name.rpartition("/")[2]),
        name if wide else cut(name, _NAME_MAX, style),
        escape(row.state),
        "" if row.age_s is None else duration(row.age_s),
        cost if row.cost is None else money(row.cost, row.currency),
        escape(row.owner),
        escape(row.address),
    )
    return (*short, escape(row.role), escape(row.base), escape(row.resource_name)) if wide else short


def _widths(cells: Sequence[Sequence[str]], heads: Sequence[str]) -> list[int]:
    """A column that is empty everywhere is as wide as nothing."""
    found = []
    for number, head in enumerate(heads):
        widest = max((width_of(row[number]) for row in cells), default=0)
        found.append(max(widest, len(head)) if widest else 0)
    return found


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    shown = [(cell, width) for cell, width in zip(cells, widths, strict=True) if width]
    return _GAP.join(cell + " " * (width - width_of(cell)) for cell, width in shown).rstrip()


def _summary(rows: Sequence[ListedResource], of: int, style: Style) -> Iterator[str]:
    if not rows:
        none = "Nothing is there." if not of else f"The filters take nothing of {counted(of, 'resource')}."
        yield from wrap(none, style.width)
        return
    kinds = Counter(row.kind for row in rows)
    what = ", ".join(counted(kinds[kind], _NOUNS[kind]) for kind in KINDS if kinds[kind])
    yield from wrap(what + (f", of {counted(of, 'resource')} in all." if of > len(rows) else "."), style.width)
    sums, unknown = billed_in_all(rows)
    if sums or unknown:
        known = [money(amount, currency) for currency, amount in sorted(sums.items())]
        more = [f"{counted(unknown, 'training')} of unknown cost"] if unknown else []
        yield from wrap(f"Billed: {', '.join([*known, *more])}.", style.width)
    idle = sum(row.is_idle for row in rows)
    if idle:
        yield from wrap(f"{counted(idle, 'endpoint')} on which nothing answers.", style.width)
