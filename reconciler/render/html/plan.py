"""The plan: what apply would do, why, field by field, and what refuses it; or why there is none."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.alike import together
from reconciler.core.change import Change, FieldChange, Plan
from reconciler.core.compare import describe
from reconciler.core.dialects import dialect_of
from reconciler.core.diff import flatten
from reconciler.core.model import Action, Address
from reconciler.core.plurals import counted
from reconciler.core.suggest import suggest
from reconciler.core.surplus import kept_words
from reconciler.render.commands import shell_line
from reconciler.render.html.markup import Content, Element, el
from reconciler.render.html.pieces import Mood, action_mark, code, facts, folded, link, mark, messages, section, table
from reconciler.render.report_values import Report
from reconciler.render.totals import blocked_words, summary
from reconciler.render.words import (
    billed_words,
    cause_words,
    cost_words,
    progress_words,
    shorten,
    skipped_words,
    spell,
    state_words,
)

_OPEN_MAX = 5
"""So many changes are shown in full; where there are more, each is opened by itself."""
_VALUE_MAX = 400
"""Characters of a value that are shown."""


def plan_section(report: Report) -> Element:
    """Every change that does something or has something to say; what is unchanged is counted."""
    if report.plan is None:
        said = "No plan could be made. What is below is as the lock has it, and the cloud as far as it was read."
        return section("plan", "Plan", el("p", mark("no plan", Mood.BAD), " ", said), messages(report.trouble))
    return section("plan", "Plan", *plan_parts(report.plan, is_whole=not report.hidden))


def plan_parts(plan: Plan, *, is_whole: bool, linked: bool = True, open_max: int = _OPEN_MAX) -> Iterator[Content]:
    """Head, messages, changes and what to do next. `linked` where the page says more of each address."""
    yield el("p", *_head(plan))
    yield from _body(plan, linked=linked, open_max=open_max)
    yield from _foot(plan, is_whole=is_whole)


def is_news(change: Change) -> bool:
    """Whether a plan shows it where little is shown."""
    return change.action is not Action.NOOP or bool(change.fields or change.notes)


def _head(plan: Plan) -> Iterator[Content]:
    refusals = len(plan.refusals)
    if refusals:
        yield mark("refused", Mood.BAD)
        yield f" {counted(refusals, 'message')}: apply would stop before the first change. "
    elif plan.is_empty:
        yield mark("nothing to do", Mood.GOOD)
        yield " "
    else:
        yield mark("changes", Mood.RUNNING)
        yield " "
    yield f"{summary(plan) or 'no model is declared'}.".capitalize()


def _body(plan: Plan, *, linked: bool, open_max: int) -> Iterator[Content]:
    yield messages(sorted(together(plan.diagnostics), key=lambda d: not d.is_error))
    shown = [change for change in plan.changes if is_news(change)]
    heads = ("Address", "Action", "Why", "Cost")
    yield table("What apply would do", heads, (_row(change, linked=linked) for change in shown))
    for change in shown:
        details = [part for part in _details(change) if part]
        if details:
            yield folded(
                (action_mark(change.action), " ", _name(change)),
                el("div", *details, class_="inner"),
                is_open=len(shown) <= open_max,
                class_="card",
            )


def _row(change: Change, *, linked: bool) -> tuple[Content, ...]:
    name = link(change.address, _name(change)) if linked else _name(change)
    return name, action_mark(change.action), change.reason.text, _cost(change)


def _name(change: Change) -> str:
    return f"{change.address} (deposed)" if change.deposed else str(change.address)


def _cost(change: Change) -> str:
    return cost_words(change.cost).partition(" (")[0].partition(":")[0] if change.cost else ""


def _details(change: Change) -> Iterator[Content]:
    yield table(f"Fields of {_name(change)}", ("Field", "Was", "Becomes", "Why"), _fields(change))
    if not change.fields and change.submission and change.action.trains:
        yield table(f"What {_name(change)} is trained from", ("Field", "Value"), _submitted(change))
    yield facts(_facts(change))
    yield messages(change.notes)
    if change.command:
        yield el("p", code(shell_line(change.command)))


def _fields(change: Change) -> Iterator[tuple[Content, ...]]:
    for field in change.fields:
        yield code(field.field), _value(field.old), _value(field.new), _why(field, change.action)


def _why(field: FieldChange, action: Action) -> Content:
    words = cause_words(field, action)
    return (words, el("br"), code(field.resource_name)) if field.resource_name else words


def _value(value: object) -> Content:
    return el("span", "not set", class_="faint") if value is None else code(shorten(spell(value), _VALUE_MAX))


def _submitted(change: Change) -> Iterator[tuple[Content, ...]]:
    submission = change.submission
    assert submission is not None, "only what is submitted is shown"
    for path, value in flatten({**submission.asked_for, **submission.in_place, **submission.reported}).items():
        yield code(path), _value(value)
    for record in submission.data:
        yield code(record.field), _value(describe(record))
    if submission.parent:
        yield code(dialect_of(change.address).parent), _value(submission.parent_model or submission.parent)


def _facts(change: Change) -> Iterator[tuple[str, Content]]:
    yield "Formerly", code(str(change.renamed_from or ""))
    progress = progress_words(change.progress) if change.progress else ""
    yield "State", " · ".join(part for part in (state_words(change.state), progress) if part)
    yield "Spent", "" if change.spent_tokens is None else billed_words(change.spent_tokens, None)
    yield "Cancels", _attempts(change.cancels)
    yield (
        "Disposes of",
        _attempts(change.disposes) + (f", {kept_words(change.lifecycle.keep)}" if change.surplus else ""),
    )
    yield "Resources", _names((*change.resources, *change.surplus))
    yield "Adopts", _names(tuple(f"{a.resource_name} as {a.role.value}" for a in change.adopts))
    yield "Loss", counted(change.disposes_ready, "ready model") if change.disposes_ready else ""
    yield "Cost", cost_words(change.cost) if change.cost else ""
    yield "After", _addresses(change.after)


def _attempts(numbers: tuple[str, ...]) -> str:
    return f"attempt {', '.join(numbers)}" if numbers else ""


def _names(names: tuple[str, ...]) -> Content:
    return [el("div", code(name)) for name in names]


def _addresses(addresses: tuple[Address, ...]) -> Content:
    return [el("div", code(str(address))) for address in addresses]


def _foot(plan: Plan, *, is_whole: bool) -> Iterator[Content]:
    for words in (
        f"{counted(plan.undeclared, 'address', 'addresses')} undeclared, left alone." if plan.undeclared else "",
        f"{skipped_words(plan.skipped)}." if plan.skipped else "",
        blocked_words(plan).replace(" (above)", ""),
    ):
        if words:
            yield el("p", words)
    if is_whole and plan.checksum and any(c.does_something for c in plan.changes):
        lead = "Once nothing refuses it, apply exactly this: " if plan.refusals else "Apply exactly this: "
        yield el("p", lead, code(shell_line(suggest("apply", "--checksum", plan.checksum))))
