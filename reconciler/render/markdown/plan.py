"""A plan as a comment on a pull request: one table, one folded section per change, in the room there is for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.core.alike import together
from reconciler.core.change import Change, Plan
from reconciler.core.data_changes import DataChange
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.model import Action, Address
from reconciler.core.plurals import counted
from reconciler.core.suggest import suggest
from reconciler.render.commands import shell_line
from reconciler.render.data_words import data_changes, data_words
from reconciler.render.markdown.sections import section_of, word_of
from reconciler.render.markdown.sheet import COMMENT, Room, Sheet, joined
from reconciler.render.markdown.text import code, diagnostic, fenced, marker, prose, row, target_line, unbroken
from reconciler.render.totals import CostTotal, blocked_words, cost_totals, summary
from reconciler.render.values import Banner
from reconciler.render.words import age_words, escape, money_range, shorten, skipped_words

_REASON_MAX = 200
_ADDRESSES_MAX = 12
_HEADS = ("", "Address", "Action", "Cost", "Age", "Why")
_STOPPED = "❌"
_OPEN_UP_TO = 12
"""More edits of data than these are folded."""


def render_plan(plan: Plan, banner: Banner, *, room: Room = COMMENT) -> str:
    """The whole document in less than there is room for; what does not fit is left out by whole pieces, and counted.

    First what stops something: refusals, then what is refused or blocked, then all other changes. Warnings stand once
    each, with the addresses that they are about, below the changes.
    """
    shown = _in_order_of_reading(plan)
    stopped = _stopped(plan)
    refusals = [diagnostic(d) for d in together(d for d in plan.diagnostics if d.is_error)]
    warnings = [diagnostic(d) for d in together(_warnings(plan, shown))]
    data = [_data_line(*found) for found in data_changes(shown)]
    top = [target_line(banner), "", marker("plan", plan.workspace or banner.workspace), "", *_title(plan), ""]
    heads = [row(_HEADS), row(["---"] * len(_HEADS))] if shown else []
    foot = list(_foot(plan))
    most = _left_out(room, len(shown), len(shown), len(data), len(refusals) + len(warnings))
    sheet = Sheet(room)
    sheet.need([*top, *heads, "", *joined(_with_frame([[]], len(data))), most, "", *foot])
    said = sheet.take(refusals, share=0.5)
    rows = sheet.take((_row(change, is_stopped=change.address in stopped) for change in shown), share=0.5)
    edits = sheet.take(data, share=0.4)
    warned = sheet.take(warnings, share=0.4)
    sections = sheet.take(section_of(c, is_stopped=c.address in stopped) for c in shown[: len(rows)])
    unsaid = len(refusals) - len(said) + len(warnings) - len(warned)
    missing = _left_out(room, len(shown) - len(rows), len(rows) - len(sections), len(data) - len(edits), unsaid)
    table = [*heads, *joined(rows), ""] if rows else []
    below = [missing, ""] if missing else []
    parts = (
        top,
        joined(said),
        table,
        below,
        joined(_with_frame(edits, len(data))),
        joined(sections),
        joined(warned),
        foot,
    )
    return "\n".join(joined(parts)).rstrip("\n") + "\n"


def _with_frame(edits: list[list[str]], number: int) -> list[list[str]]:
    """Below a heading that folds them; nothing for none."""
    fold = " open" if number <= _OPEN_UP_TO else ""
    head = [f"<details{fold}><summary><b>Training data</b>: {counted(number, 'edit')}</summary>", ""]
    return [head, *edits, ["", "</details>", ""]] if edits else []


def _in_order_of_reading(plan: Plan) -> list[Change]:
    stopped = _stopped(plan)
    shown = [c for c in plan.changes if c.action is not Action.NOOP or c.fields or c.notes]
    return sorted(shown, key=lambda change: change.address not in stopped)


def _stopped(plan: Plan) -> frozenset[object]:
    """Addresses of which something is blocked or refused."""
    refused = {found.address for found in plan.diagnostics if found.is_error}
    return frozenset(c.address for c in plan.changes if c.action is Action.BLOCKED or str(c.address) in refused)


def _warnings(plan: Plan, shown: Sequence[Change]) -> Iterator[Diagnostic]:
    yield from (d for d in plan.diagnostics if not d.is_error)
    yield from (note for change in shown for note in change.notes if note.severity is Severity.WARNING)


def _title(plan: Plan) -> list[str]:
    is_refused = any(d.is_error for d in plan.diagnostics)
    head = "Refused" if is_refused else "Nothing to do" if plan.is_empty else "Plan"
    sign = f"{_STOPPED} " if is_refused or plan.by_action(Action.BLOCKED) else ""
    title = f"### {sign}{head}: {summary(plan) or 'no model is declared'}"
    return [title, "", "Apply would stop before the first change."] if is_refused else [title]


def _left_out(room: Room, changes: int, details: int, data: int, messages: int) -> str:
    """The sentence that says how much is missing; "" for nothing."""
    parts = [
        counted(messages, "message") if messages else "",
        counted(changes, "change") if changes else "",
        counted(data, "edit of data", "edits of data") if data else "",
        f"the details of {counted(details, 'more change' if changes else 'change')}" if details else "",
    ]
    left_out = ", ".join(part for part in parts if part)
    whole = shell_line(suggest("plan"))
    return f"_Left out, because {room.name} has a limit: {left_out}. {code(whole)} shows all._" if left_out else ""


def _row(change: Change, *, is_stopped: bool) -> list[str]:
    deposed = " (deposed)" if change.deposed else ""
    word = word_of(change)
    why = "" if change.reason.text == word else prose(shorten(change.reason.text, _REASON_MAX))
    glyph = _STOPPED if is_stopped else code(change.action.glyph)
    age = "" if change.age_s is None else unbroken(age_words(change.age_s))
    return [row((glyph, code(str(change.address)) + deposed, word, _cost(change), age, why))]


def _cost(change: Change) -> str:
    """Of what is trained; nothing for what trains nothing."""
    cost = change.cost
    if cost is None or not change.trains:
        return ""
    if cost.low is None or cost.high is None:
        return "unknown"
    return unbroken(money_range(cost.low, cost.high, cost.currency))


def _data_line(addresses: Sequence[Address], found: DataChange, change: Change) -> list[str]:
    named = ", ".join(code(str(address)) for address in addresses[:_ADDRESSES_MAX])
    more = f" and {len(addresses) - _ADDRESSES_MAX} more" if len(addresses) > _ADDRESSES_MAX else ""
    return [f"- {named}{more}: {prose(data_words(found, change))}"]


def _foot(plan: Plan) -> Iterator[str]:
    totals = [_total(total) for total in cost_totals(plan)]
    if totals:
        yield f"Cost: {prose('; '.join(totals))}"
        yield ""
    if plan.undeclared:
        yield f"{counted(plan.undeclared, 'address', 'addresses')} undeclared, left alone."
        yield ""
    if plan.skipped:
        yield f"{skipped_words(plan.skipped)}."
        yield ""
    if blocked := blocked_words(plan):
        yield blocked
        yield ""
    if plan.checksum and any(c.does_something for c in plan.changes):
        refused = any(d.is_error for d in plan.diagnostics)
        yield "Once nothing refuses it, apply exactly this:" if refused else "Apply exactly this:"
        yield ""
        yield from fenced([escape(shell_line(suggest("apply", "--checksum", plan.checksum)))], "sh")


def _total(total: CostTotal) -> str:
    if not total.known:
        return f"unknown for {counted(total.unknown, 'training')}"
    words = f"{money_range(total.low, total.high, total.currency)} for {counted(total.known, 'training')}"
    return f"{words}, unknown for {total.unknown} more" if total.unknown else words
