"""The page: head, summary and sections in their order. It may do nothing but look as its own style sheet says."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from reconciler.core.lock import Role
from reconciler.core.model import Action
from reconciler.core.plurals import counted
from reconciler.render.html.costs import billed_words, costs_section, planned_words
from reconciler.render.html.frame import contents, page, top
from reconciler.render.html.gates import gates_section
from reconciler.render.html.history import history_section
from reconciler.render.html.markup import Content, Element, el
from reconciler.render.html.models import models_section
from reconciler.render.html.pieces import code, mark
from reconciler.render.html.plan import plan_section
from reconciler.render.html.retirements import first_to_retire, retirements_section
from reconciler.render.html.sweeps import sweeps_section
from reconciler.render.html.times import days_until
from reconciler.render.report_values import Report
from reconciler.render.totals import summary

_MARK = "<!-- tuneform report 1.0 -->"
HEAD = f"<!DOCTYPE html>\n{_MARK}\n"
"""How every report begins: by it a file is known for one that may be written anew."""

_SECTIONS: tuple[tuple[str, str, Callable[[Report], Element]], ...] = (
    ("plan", "Plan", plan_section),
    ("models", "Models", models_section),
    ("gates", "Gates", gates_section),
    ("sweeps", "Sweeps", sweeps_section),
    ("costs", "Costs", costs_section),
    ("retirements", "Retirements", retirements_section),
    ("history", "History", history_section),
)
"""In the order of the page: the id of the heading, its words, and what makes the section."""


_MANY = 100
"""From so many models on a browser draws a model only when it comes into sight."""


def render_report(report: Report) -> str:
    """The whole file."""
    parts = (_summary(report), *(made(report) for _, _, made in _SECTIONS))
    many = "many" if len(report.models) > _MANY else None
    main = el("main", *parts, id="main", tabindex="-1", class_=many)
    shown = (top(report.banner, report.at, report.commit), contents((name, words) for name, words, _ in _SECTIONS))
    title = f"{report.banner.workspace or 'tuneform'}: report of tuned models"
    return page(_MARK, title, *shown, main, _foot(report))


def _summary(report: Report) -> Element:
    """What somebody wants to know who looks for five seconds."""
    tiles = [el("div", el("dt", name), el("dd", *said)) for name, said in _tiles(report)]
    return el(
        "section", el("h2", "At a glance", id="glance"), el("dl", *tiles, class_="tiles"), aria_labelledby="glance"
    )


def _tiles(report: Report) -> Iterator[tuple[str, tuple[Content, ...]]]:
    yield "Models", _models(report)
    yield "Plan", _plan(report)
    yield "Billed so far", (_big(billed_words(report)),)
    if planned := planned_words(report):
        yield "The plan would cost", (_big(planned),)
    if first := first_to_retire(report):
        base, day = first
        name = "Next retirement" if day > report.today else "Retired already"
        yield name, (el("strong", str(day)), el("span", f" {days_until(day, report.today)}: "), code(base))


def _models(report: Report) -> tuple[Content, ...]:
    entries = [m.entry for m in report.models if m.entry]
    failed = sum(1 for e in entries if e.newest and e.newest[1].role is Role.FAILED)
    found = (
        (sum(1 for e in entries if e.serving), "serving"),
        (sum(1 for e in entries if e.candidate), "training"),
        (sum(1 for e in entries if e.with_role(Role.PENDING)), "waiting to be promoted"),
        (failed, "failed or refused last"),
        (sum(1 for m in report.models if not m.entry or not m.entry.trainings), "not trained"),
    )
    words = ", ".join(f"{number:,} {word}" for number, word in found if number)
    return el("strong", f"{len(report.models):,}"), f" {words}"


def _plan(report: Report) -> tuple[Content, ...]:
    if report.plan is None:
        return el("strong", "none"), " could be made"
    if refusals := len(report.plan.refusals):
        return el("strong", "refused"), f" by {counted(refusals, 'message')}"
    if report.plan.is_empty:
        waiting = len(report.plan.by_action(Action.AWAIT))
        return el("strong", "nothing to do"), f", {waiting:,} in progress" if waiting else ""
    pending = sum(1 for change in report.plan.changes if change.action.is_pending)
    return el("strong", counted(pending, "change")), f" {summary(report.plan)}"


def _big(words: str) -> Content:
    """The number first, and large."""
    amount, _, rest = words.partition(" for ")
    return (el("strong", amount), f" for {rest}" if rest else "")


def _foot(report: Report) -> Element:
    cloud = () if report.saw_cloud else (mark("the cloud was not read"), " ")
    made = f"Made by tuneform {report.version}. It holds no training examples and no answers of models."
    return el("footer", el("p", *cloud, made))
