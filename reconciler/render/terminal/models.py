"""The catalogue of base models as a table, and as a calendar of what ends when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TypeAlias

from reconciler.core.catalog import ANNOUNCED, BaseModel, Catalog
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


def render_models(catalog: Catalog, style: Style, today: date, newer: str = "", *, everything: bool = False) -> str:
    """Those that can be tuned today, the retired and untunable ones on demand; open models apart.

    `newer` is the date of the catalogue of this version, where that is newer than the one that the workspace names.
    """
    shown = [m for m in catalog.models if everything or (m.methods and m.status != "retired")]
    own = [_cells(m) for m in shown if not m.is_open]
    others = [(escape(m.name), _price(m), _retires(m)) for m in shown if m.is_open]
    lines = [*_table(_HEADS, own, style), *([""] if own and others else []), *_table(_OPEN_HEADS, others, style)]
    words = f"{_age(catalog, today)} Prices per million training tokens; ? is unknown."
    lines += ["", *wrap(words, style.width)]
    if newer:
        words = f"This version comes with one of {escape(newer)}, which is newer: remove catalogFrom to use it."
        lines += wrap(words, style.width)
    lines += [line for words in (*_other_methods(shown), *_answering(shown)) for line in wrap(words, style.width)]
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


def _age(catalog: Catalog, today: date) -> str:
    """A table of dates goes out of date itself: how old it is, and whose it is."""
    days = catalog.age_days(today)
    age = "" if days is None else f", {counted(days, 'day')} ago" if days else ", today"
    whose = f", from {escape(catalog.origin)}" if catalog.origin else ""
    return f"As of {escape(catalog.as_of) or 'no known day'}{age}{whose}."


def render_calendar(catalog: Catalog, style: Style, today: date) -> str:
    """Dates in order: the last day of new training, and the earliest day without serving."""
    lines = [line for day, what, model in _in_order(_dates(catalog)) for line in _day(day, what, model, style)]
    words = f"{_age(catalog, today)} Earliest published dates; services have moved them before."
    undated = sum(1 for model in catalog.models if not (model.retires or model.cut_off or model.deprecated))
    without_date = f" {counted(undated, 'model')} without a published date." if undated else ""
    return closed([*lines, "", *wrap(words + without_date, style.width)])


_Dated: TypeAlias = tuple[str, str, BaseModel]


def _in_order(dates: Iterable[_Dated]) -> list[_Dated]:
    return sorted(dates, key=lambda dated: (*dated[:2], dated[2].name))


def _dates(catalog: Catalog) -> Iterator[_Dated]:
    for model in catalog.models:
        if model.cut_off and model.cut_off != model.retires:
            yield str(model.cut_off), "last day", model
        if model.deprecated:
            yield str(model.deprecated), "deprecated", model
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


def _cells(model: BaseModel) -> tuple[str, ...]:
    sizes = ",".join(map(str, model.adapter_sizes)) or "-"
    return (escape(model.name), _tuning(model), sizes, _price(model), _retires(model))


def _tuning(model: BaseModel) -> str:
    """The usual one; that there are others is said, and which below the table."""
    usual, *others = model.methods or ("?" if model.status == ANNOUNCED else "none",)
    return escape(usual) + ("+" if others else "")


def _other_methods(models: Sequence[BaseModel]) -> Iterator[str]:
    by_method: dict[str, list[str]] = {}
    for m in models:
        for method in m.methods[1:]:
            by_method.setdefault(escape(method), []).append(escape(m.name))
    for method, names in by_method.items():
        yield f"+ {method} tuning: {', '.join(names)}."


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
