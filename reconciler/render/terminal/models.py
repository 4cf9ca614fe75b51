"""The catalogue of base models as a table, and as a calendar of what ends when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.core.catalog import BaseModel, Catalog
from reconciler.render.style import Style, Tone
from reconciler.render.terminal.layout import closed
from reconciler.render.words import escape

_HEADS = ("MODEL", "TUNING", "ADAPTERS", "USD/1M", "RETIRES")


def render_models(catalog: Catalog, style: Style, *, everything: bool = False) -> str:
    """Those that can be tuned today, the retired and untunable ones on demand."""
    shown = [m for m in catalog.models if everything or (m.methods and m.status != "retired")]
    rows = [_cells(model) for model in shown]
    widths = [max(len(row[i]) for row in [_HEADS, *rows]) for i in range(len(_HEADS))]
    lines = [style.palette.paint(_line(_HEADS, widths), Tone.FAINT)]
    lines += [_line(row, widths) for row in rows]
    hidden = len(catalog.models) - len(shown)
    lines += ["", f"As of {escape(catalog.as_of)}. Prices per million training tokens; ? is unknown."]
    if hidden:
        lines.append(f"{hidden} retired or untunable ones are left out: tuneform models --all")
    return closed(lines)


def render_calendar(catalog: Catalog, style: Style) -> str:
    """Dates in order: the last day of new training, and the earliest day without serving."""
    dated = sorted(_dates(catalog))
    lines = [f"{day}  {style.palette.paint(what, Tone.FAINT)}  {name}" for day, name, what in dated]
    lines += ["", f"As of {escape(catalog.as_of)}. Earliest published dates; services have moved them before."]
    return closed(lines)


def _dates(catalog: Catalog) -> Iterator[tuple[str, str, str]]:
    for model in catalog.models:
        name = escape(model.name)
        instead = f" (instead: {escape(model.replacement)})" if model.replacement else ""
        if model.cut_off and model.cut_off != model.retires:
            yield str(model.cut_off), name + instead, "last training"
        if model.retires:
            word = "retired" if model.status == "retired" else "not before"
            yield str(model.retires), name + instead, f"{word:<13}"


def _cells(model: BaseModel) -> tuple[str, ...]:
    sizes = ",".join(map(str, model.adapter_sizes)) or "-"
    price = f"{model.price.train:g}" if model.price else "?"
    retires = str(model.retires) if model.retires else "-"
    return (escape(model.name), ", ".join(model.methods) or "none", sizes, price, retires)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
