"""Every address: first all of them in a table, then each with all that is known of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.core.change import Change
from reconciler.core.diff import flatten
from reconciler.core.lock import Entry, Milestone, Role
from reconciler.core.markers import LABEL_PREFIX
from reconciler.core.model import Action, Address, Fields
from reconciler.core.pins import explained
from reconciler.core.plurals import counted
from reconciler.render.html.attempts import attempts, checkpoints, role_mark, serving, state_of
from reconciler.render.html.curves import curves
from reconciler.render.html.gates import gate_of
from reconciler.render.html.history import history_of
from reconciler.render.html.markup import Content, Element, el
from reconciler.render.html.pieces import Mood, action_mark, anchor, code, facts, folded, link, mark, section, table
from reconciler.render.html.times import moment
from reconciler.render.report_values import Report, ReportedModel
from reconciler.render.words import spell

_OPEN_MAX = 5
"""So many models are shown in full; where there are more, each is opened by itself."""
_HEADS = ("Address", "What is there", "Base model", "Plan", "Trained", "Attempts")


def models_section(report: Report) -> Element:
    """The table is the index of what is below."""
    planned = by_address(report)
    rows = [_row(model, planned.get(model.address, ())) for model in report.models]
    index = table("All models", _HEADS, rows, numbers=(5,)) or el("p", _nothing(report))
    is_open = len(report.models) <= _OPEN_MAX
    hidden = (
        el("p", f"{counted(report.hidden, 'other address', 'other addresses')} left out.") if report.hidden else None
    )
    cards = [_card(report, model, planned.get(model.address, ()), is_open=is_open) for model in report.models]
    return section("models", "Models", hidden, index, *cards)


def by_address(report: Report) -> Mapping[Address, Sequence[Change]]:
    """The changes of the plan, for who looks from an address."""
    found: dict[Address, list[Change]] = {}
    for change in report.plan.changes if report.plan else ():
        found.setdefault(change.address, []).append(change)
    return found


def _nothing(report: Report) -> str:
    if not report.saw_lock:
        return "The lock could not be read: what was trained is not known."
    return "No model is declared or locked."


def _row(model: ReportedModel, changes: Sequence[Change]) -> tuple[Content, ...]:
    entry, there = model.entry, serving(model.entry)
    return (
        link(model.address),
        roles(entry),
        code(model.base),
        actions(changes),
        moment(there.at(Milestone.ENDED, Milestone.SERVED, Milestone.ADOPTED)) if there else "",
        f"{len(entry.trainings):,}" if entry else "0",
    )


def roles(entry: Entry | None) -> Content:
    """What serves, what is under way, and a failure that is the last word."""
    if entry is None or not entry.trainings:
        return mark("queued", Mood.RUNNING, "…") if entry and entry.approved else mark("not trained")
    shown = [found[1] for found in (entry.serving, entry.newest) if found]
    pinned = (mark("pinned", Mood.MOVED), " ") if entry.pinned else ()
    news = [t for t in shown if t.role is not Role.DEPOSED] or shown
    told = news[:1] if news[0] is news[-1] else news
    return [*(part for training in told for part in (role_mark(training), " ")), *pinned]


def actions(changes: Sequence[Change]) -> Content:
    """What the plan does with it."""
    shown = [c for c in changes if c.action is not Action.NOOP] or changes[:1]
    return [part for change in shown for part in (action_mark(change.action), " ")]


def _card(report: Report, model: ReportedModel, changes: Sequence[Change], *, is_open: bool) -> Element:
    """The id stands inside what is folded: who follows a link to it finds it opened."""
    head = (el("h3", str(model.address)), " ", roles(model.entry), *_planned(changes))
    inner = el("div", *_body(report, model), id=anchor(model.address), class_="inner")
    return folded(head, inner, is_open=is_open, class_="card")


def _planned(changes: Sequence[Change]) -> Iterator[Content]:
    for change in changes:
        if change.action is not Action.NOOP:
            yield from (" ", action_mark(change.action))


def _body(report: Report, model: ReportedModel) -> Iterator[Content]:
    yield facts(_facts(model))
    there = serving(model.entry)
    if there and model.entry and model.entry.serving:
        known = next((c.known for c in model.curves if c.attempt == model.entry.serving[0]), None)
        yield checkpoints(there, known)
    yield from curves(model, len(report.models))
    yield from gate_of(model)
    yield from attempts(model)
    yield from history_of(model)


def _facts(model: ReportedModel) -> Iterator[tuple[str, Content]]:
    entry, there = model.entry, serving(model.entry)
    if there and entry and entry.serving:
        live = model.live.get(there.job)
        since = moment(there.at(Milestone.SERVED))
        yield (
            "Serves",
            (f"attempt {entry.serving[0]}", *((" since ", since) if since else ()), f", {state_of(there, live)}"),
        )
        yield "Endpoint", code(there.endpoint or (live.endpoint if live else ""))
        yield "Model", code(there.model or (live.model if live else ""))
    else:
        yield "Serves", "nothing"
    yield "Under way", _open(entry)
    if entry and entry.pinned:
        yield "Pinned", (mark("pinned", Mood.MOVED), " ", explained(entry.pinned))
    yield "Base model", code(model.base)
    yield "Place", _place(model)
    for path, value in _shown(model).items():
        yield path, code(spell(value))
    if entry and entry.lifecycle.protect:
        yield "Protected", "yes: it is not deleted before that is lifted"
    if model.declared:
        yield "Declared in", code(str(model.declared.where))
    else:
        yield "Declared in", "no spec"


def _open(entry: Entry | None) -> Content:
    return [el("div", f"{a.action.word}, approved and not finished") for a in entry.approved] if entry else None


def _place(model: ReportedModel) -> str:
    newest = model.entry.newest if model.entry else None
    if newest:
        return f"{newest[1].submission.project} {newest[1].submission.location}".strip()
    return f"{model.declared.project} {model.declared.location}".strip() if model.declared else ""


def _shown(model: ReportedModel) -> Fields:
    """Display name, description and labels, without our markers."""
    fields = model.entry.in_place if model.entry else model.declared.in_place if model.declared else {}
    return {path: v for path, v in flatten(fields).items() if not path.startswith(f"labels.{LABEL_PREFIX}")}
