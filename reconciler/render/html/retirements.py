"""Until when base models serve: what is tuned from one ends with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from reconciler.core.catalog import BaseModel
from reconciler.core.plurals import counted
from reconciler.render.html.markup import Content, Element, el
from reconciler.render.html.pieces import Mood, code, folded, link, mark, section, table
from reconciler.render.html.times import days_until
from reconciler.render.report_values import Report, ReportedModel

_SOON_DAYS = 90
_LISTED = 10
_HEADS = ("Base model", "Retires", "Trains until", "Instead", "Models tuned from it")


def retirements_section(report: Report) -> Element:
    """By the day on which each may end, at the earliest; what nobody knows a day of comes last."""
    groups = sorted(_groups(report).items(), key=lambda g: (_day(g[1][0]) or date.max, g[0]))
    rows = [_row(base, models, report.today) for base, models in groups]
    source = f"As the catalogue of {report.catalog_as_of} has it. A model stops answering with its base model."
    body = table("Base models in use", _HEADS, rows)
    return section("retirements", "Retirements", el("p", source), body or el("p", "No base model is in use."))


def first_to_retire(report: Report) -> tuple[str, date] | None:
    """The base model in use that ends first."""
    known = [(day, base) for base, models in _groups(report).items() if (day := _day(models[0]))]
    return (min(known)[1], min(known)[0]) if known else None


def _groups(report: Report) -> dict[str, list[ReportedModel]]:
    found: dict[str, list[ReportedModel]] = {}
    for model in report.models:
        if model.base:
            found.setdefault(model.base, []).append(model)
    return found


def _day(model: ReportedModel) -> date | None:
    return model.known_base.retires if model.known_base else None


def _row(base: str, models: Sequence[ReportedModel], today: date) -> tuple[Content, ...]:
    known = models[0].known_base
    if known is None:
        return code(base), mark("not in the catalogue", Mood.WARNING), "", "", _tuned(models)
    until = str(known.cut_off) if known.cut_off else "no day is known"
    return code(base), _retires(known, today), until, code(known.replacement), _tuned(models)


def _retires(known: BaseModel, today: date) -> Content:
    if known.retires is None:
        return "no day is known"
    days = (known.retires - today).days
    mood = Mood.BAD if days <= 0 else Mood.WARNING if days <= _SOON_DAYS else Mood.PLAIN
    return f"{known.retires} ", mark(days_until(known.retires, today), mood)


def _tuned(models: Sequence[ReportedModel]) -> Content:
    links = [el("div", link(model.address)) for model in models]
    return links if len(links) <= _LISTED else folded(counted(len(links), "model"), *_some(links))


def _some(links: Sequence[Element]) -> Iterator[Element]:
    yield from links
