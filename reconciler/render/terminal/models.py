"""The catalogue of base models as a table, and as a calendar of what ends when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from reconciler.core.catalog import BaseModel, Catalog
from reconciler.core.generation import lowest_thinking
from reconciler.core.plurals import counted
from reconciler.core.suggest import suggest
from reconciler.render.commands import shell_line
from reconciler.render.style import Style, Tone
from reconciler.render.terminal.layout import closed
from reconciler.render.words import escape, width_of, wrap

_HEADS = ("MODEL", "TUNING", "ADAPTERS", "USD/1M", "RETIRES")
_OPEN_HEADS = ("OPEN MODEL", "USD/1M", "RETIRES")
_CALENDAR_INDENT = 24
"""Columns of a day and of what happens on it."""


def render_models(catalog: Catalog, style: Style, *, everything: bool = False) -> str:
    """Those that can be tuned today, the retired and untunable ones on demand; open models apart."""
    shown = [m for m in catalog.models if everything or (m.methods and m.status != "retired")]
    own = [_cells(m) for m in shown if not m.is_open]
    others = [(escape(m.name), _price(m), _retires(m)) for m in shown if m.is_open]
    lines = [*_table(_HEADS, own, style), *([""] if own and others else []), *_table(_OPEN_HEADS, others, style)]
    words = f"As of {escape(catalog.as_of)}. Prices per million training tokens; ? is unknown."
    if any(cells[1] == _BOTH for cells in own):
        words += f" {_BOTH}: supervised and preference tuning."
    lines += ["", *wrap(words, style.width)]
    lines += [line for words in _answering(shown) for line in wrap(words, style.width)]
    hidden = len(catalog.models) - len(shown)
    if hidden:
        words = counted(hidden, "retired or untunable one is", "retired or untunable ones are")
        lines.append(f"{words} left out: {shell_line(suggest('models', '--all'))}")
    return closed(lines)


def _answering(models: Sequence[BaseModel]) -> Iterator[str]:
    """What they make of the settings of a question, as far as is known."""
    deaf = [escape(m.name) for m in models if m.generation.ignores]
    if deaf:
        yield f"Temperature, topP and topK change nothing on {', '.join(deaf)}."
    by_least: dict[str, list[str]] = {}
    for m in models:
        least = lowest_thinking(m.generation)
        if least is not None:
            by_least.setdefault(str(least), []).append(escape(m.name))
    for least, names in by_least.items():
        yield f"The least thinking is {least} on {', '.join(names)}."


def render_calendar(catalog: Catalog, style: Style) -> str:
    """Dates in order: the last day of new training, and the earliest day without serving."""
    lines = [line for day, what, model in _in_order(_dates(catalog)) for line in _day(day, what, model, style)]
    words = f"As of {escape(catalog.as_of)}. Earliest published dates; services have moved them before."
    undated = sum(1 for model in catalog.models if not (model.retires or model.cut_off))
    without_date = f" {counted(undated, 'model')} without a published date." if undated else ""
    return closed([*lines, "", *wrap(words + without_date, style.width)])


_Dated: TypeAlias = tuple[str, str, BaseModel]


def _in_order(dates: Iterable[_Dated]) -> list[_Dated]:
    return sorted(dates, key=lambda dated: (*dated[:2], dated[2].name))


def _dates(catalog: Catalog) -> Iterator[_Dated]:
    for model in catalog.models:
        if model.cut_off and model.cut_off != model.retires:
            yield str(model.cut_off), "last day", model
        if model.retires:
            yield str(model.retires), "retired" if model.status == "retired" else "not before", model


def _day(day: str, what: str, model: BaseModel, style: Style) -> Iterator[str]:
    """The replacement beside the name where it fits, else below it."""
    head = f"{day}  {style.paint(what.ljust(_CALENDAR_INDENT - 12), Tone.FAINT)}"
    name, instead = escape(model.name), f"instead: {escape(model.replacement)}"
    if not model.replacement:
        yield head + name
    elif _CALENDAR_INDENT + width_of(name) + 3 + width_of(instead) <= style.width:
        yield f"{head}{name}   {style.paint(instead, Tone.FAINT)}"
    else:
        yield head + name
        yield " " * (_CALENDAR_INDENT + 2) + style.paint(instead, Tone.FAINT)


_BOTH = "both"


def _cells(model: BaseModel) -> tuple[str, ...]:
    sizes = ",".join(map(str, model.adapter_sizes)) or "-"
    tuning = _BOTH if len(model.methods) > 1 else "".join(model.methods) or "none"
    return (escape(model.name), tuning, sizes, _price(model), _retires(model))


def _price(model: BaseModel) -> str:
    return f"{model.price.train:g}" if model.price else "?"


def _retires(model: BaseModel) -> str:
    return str(model.retires) if model.retires else "-"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], style: Style) -> list[str]:
    if not rows:
        return []
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    return [style.paint(_line(heads, widths), Tone.FAINT), *(_line(row, widths) for row in rows)]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
