"""What `tuneform gc` proposes, as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from reconciler.core.diagnostics import Diagnostic
from reconciler.core.garbage import Item
from reconciler.core.plurals import counted
from reconciler.core.suggest import suggest
from reconciler.render.commands import shell_line
from reconciler.render.style import Style, Tone
from reconciler.render.terminal.banner import render_banner
from reconciler.render.terminal.diagnostics import diagnostic_lines
from reconciler.render.terminal.layout import closed
from reconciler.render.values import Banner
from reconciler.render.words import escape


class _Upload(Protocol):
    @property
    def uri(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def created(self) -> str: ...


_HEADS = ("KIND", "WHAT", "AGE", "WHY")


def render_garbage(
    items: Sequence[Item],
    uploads: Sequence[_Upload],
    diagnostics: Sequence[Diagnostic],
    banner: Banner,
    style: Style,
    *,
    now_s: float,
    is_proposal: bool = True,
) -> str:
    """A row a model with its resources below, and a row an upload; nothing is ever cut: people look these names up."""
    lines = [render_banner(banner, style).rstrip("\n"), ""]
    if not (items or uploads):
        return closed([*lines, "Nothing to dispose of."])
    rows = list(_rows(items, uploads, now_s))
    widths = [max(len(row[0][i]) for row in [(_HEADS, ()), *rows]) for i in range(len(_HEADS) - 1)]
    lines.append(style.palette.paint(_line(_HEADS, widths), Tone.FAINT))
    for cells, names in rows:
        lines.append(_line(cells, widths))
        lines += [f"    {name}" for name in names]
    lines += ["", *(line for d in diagnostics for line in diagnostic_lines(d, style))]
    how = shell_line(suggest("gc", "--yes"))
    protected = sum(item.protected for item in items)
    count = len(items) + len(uploads) - protected
    proposal = f" Nothing was touched; `{how}` disposes of {_what(protected)}." if is_proposal and count else ""
    kept = f"\n{counted(protected, 'model')} protected: left alone without --allow-protected." if protected else ""
    return closed([*lines, f"{count} to dispose of.{proposal}{kept}"])


def _what(protected: int) -> str:
    return "the rest" if protected else "what is shown"


def _rows(
    items: Sequence[Item], uploads: Sequence[_Upload], now_s: float
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    for item in items:
        why = f"{item.why}; protected" if item.protected else item.why
        cells = (item.kind.value, escape(str(item.address)), _age(item.since, now_s), escape(why))
        yield cells, tuple(escape(name) for name in item.resources)
    for upload in uploads:
        cells = ("upload", counted(upload.size, "byte"), _age(upload.created, now_s), "no spec and no lock names it")
        yield cells, (escape(upload.uri),)


def _age(since: str, now_s: float) -> str:
    """In whole days; a time that is not known is left out."""
    try:
        then = datetime.fromisoformat(since)
    except ValueError:
        return ""
    return f"{max(0, int((now_s - then.timestamp()) // 86_400))} d"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=False)]
    return "  ".join([*padded, cells[-1]]).rstrip()
