"""A plan as a comment on a pull request: one table, one folded section per change, below the host's limit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reconciler.core.alike import together
from reconciler.core.change import Change, FieldChange, Plan
from reconciler.core.compare import describe
from reconciler.core.dialects import dialect_of
from reconciler.core.diff import flatten
from reconciler.core.lock import Submission
from reconciler.core.model import Action, Address
from reconciler.core.plurals import counted
from reconciler.core.suggest import suggest
from reconciler.core.surplus import kept_words
from reconciler.render.commands import shell_line
from reconciler.render.forecasts import forecast_words
from reconciler.render.markdown.text import (
    code,
    diagnostic,
    fenced,
    marker,
    markup,
    prose,
    row,
    size_of,
    target_line,
)
from reconciler.render.totals import CostTotal, blocked_words, cost_totals, summary
from reconciler.render.values import Banner
from reconciler.render.words import (
    billed_words,
    cause_words,
    cost_words,
    escape,
    money_range,
    progress_words,
    shorten,
    skipped_words,
    spell,
    state_words,
)

LIMIT = 65_536
"""GitHub refuses a comment of more characters than this."""
_VALUE_MAX = 400
_REASON_MAX = 200
_HEADS = ("", "Address", "Action", "Why")


def render_plan(plan: Plan, banner: Banner, *, limit: int = LIMIT) -> str:
    """The whole document in fewer than `limit` characters; what does not fit is left out by whole changes."""
    shown = [change for change in plan.changes if change.action is not Action.NOOP or change.fields or change.notes]
    found = sorted(together(plan.diagnostics), key=lambda d: not d.is_error)
    messages = [diagnostic(d) for d in found]
    refusals = sum(d.is_error for d in found)
    top = [target_line(banner), "", marker("plan", plan.workspace or banner.workspace), "", *_title(plan), ""]
    heads = [row(_HEADS), "| --- | --- | --- | --- |"] if shown else []
    foot = list(_foot(plan))
    page = _Page(limit)
    page.need([*top, *heads, "", _left_out(len(shown), len(shown), len(messages)), "", *foot])
    said = page.take(messages)
    rows = page.take(map(_row, shown), share=0.5)
    sections = page.take(_section(change) for change in shown[: len(rows)])
    missing = _left_out(len(shown) - len(rows), len(rows) - len(sections), len(messages) - len(said))
    table = [*heads, *(line for lines in rows for line in lines), ""] if rows else []
    lists = [*said[:refusals], table, *sections, *said[refusals:]]
    return _text(top, *lists, [missing, ""] if missing else [], foot)


class _Page:
    """Counts characters, so that what is added never reaches the limit."""

    def __init__(self, limit: int) -> None:
        self._left = limit - 1

    def need(self, lines: Sequence[str]) -> None:
        """Set apart room for what must be there."""
        self._left -= _size(lines)

    def take(self, parts: Iterable[list[str]], share: float = 1.0) -> list[list[str]]:
        """As many whole parts, from the first on, as fit into this share of what is left."""
        room = int(self._left * share)
        taken: list[list[str]] = []
        for part in parts:
            cost = _size(part)
            if cost > room:
                break
            taken.append(part)
            room -= cost
            self._left -= cost
        return taken


def _size(lines: Sequence[str]) -> int:
    return sum(size_of(line) + 1 for line in lines)


def _text(*parts: Sequence[str]) -> str:
    return "\n".join(line for part in parts for line in part).rstrip("\n") + "\n"


def _title(plan: Plan) -> list[str]:
    head = "Nothing to do" if plan.is_empty else "Plan"
    title = f"### {head}: {summary(plan) or 'no model is declared'}"
    if not any(d.is_error for d in plan.diagnostics):
        return [title]
    return [title, "", "**Refused**: apply would stop before the first change."]


def _left_out(changes: int, details: int, refusals: int) -> str:
    """The sentence that says how much is missing; "" for nothing."""
    parts = [
        counted(refusals, "message") if refusals else "",
        counted(changes, "change") if changes else "",
        f"the details of {counted(details, 'more change' if changes else 'change')}" if details else "",
    ]
    left_out = ", ".join(part for part in parts if part)
    whole = shell_line(suggest("plan"))
    return f"_Left out, because a comment has a limit: {left_out}. {code(whole)} shows all._" if left_out else ""


def _row(change: Change) -> list[str]:
    deposed = " (deposed)" if change.deposed else ""
    word = "unchanged" if change.action is Action.NOOP else change.action.word
    why = "" if change.reason.text == word else prose(shorten(change.reason.text, _REASON_MAX))
    return [row((code(change.action.glyph), code(str(change.address)) + deposed, word, why))]


def _section(change: Change) -> list[str]:
    word = "unchanged" if change.action is Action.NOOP else change.action.word
    deposed = " (deposed)" if change.deposed else ""
    name = f"<b>{markup(str(change.address))}</b>{deposed}"
    return [
        f"<details><summary><code>{markup(change.action.glyph)}</code> {name} {word}</summary>",
        "",
        *fenced(_diff(change), "diff"),
        "",
        *(line for note in change.notes for line in diagnostic(note)),
        *([*fenced([escape(shell_line(change.command))], "sh"), ""] if change.command else []),
        "</details>",
        "",
    ]


def _diff(change: Change) -> Iterator[str]:
    """Lines that a diff viewer colours: `-` is taken away, `+` is added, the rest is said."""
    yield f"  {_cut(escape(change.reason.text))}"
    for field in change.fields:
        yield from _field(field, change.action)
    if not change.fields and change.submission and change.action.trains:
        yield from (f"+ {path}: {value}" for path, value in _submitted(change.address, change.submission))
    sign = "-" if change.action is Action.DELETE else " "
    yield from (f"{sign} {escape(name)}" for name in change.resources)
    yield from (f"- {escape(name)}" for name in change.surplus)
    yield from (f"  adopts {escape(a.resource_name)} as {a.role.value}" for a in change.adopts)
    yield from (f"  {label}: {text}" for label, text in _facts(change) if text)


def _field(field: FieldChange, action: Action) -> Iterator[str]:
    name, why = escape(field.field), cause_words(field, action)
    seen = f", seen on {escape(field.resource_name)}" if field.resource_name else ""
    if field.old is not None:
        yield f"- {name}: {_cut(spell(field.old))}"
    if field.new is not None:
        yield f"+ {name}: {_cut(spell(field.new))}"
    yield f"  ({why}{seen})"


def _submitted(address: Address, submission: Submission) -> Iterator[tuple[str, str]]:
    for path, value in flatten({**submission.asked_for, **submission.in_place, **submission.reported}).items():
        yield escape(path), _cut(spell(value))
    for record in submission.data:
        yield escape(record.field), _cut(escape(describe(record) or ""))
    if submission.parent:
        yield dialect_of(address).parent, escape(submission.parent_model or submission.parent)


def _facts(change: Change) -> Iterator[tuple[str, str]]:
    yield "formerly", escape(str(change.renamed_from or ""))
    progress = progress_words(change.progress) if change.progress else ""
    yield "progress", " · ".join(part for part in (state_words(change.state), progress) if part)
    yield "spent", "" if change.spent_tokens is None else billed_words(change.spent_tokens, None)
    yield "cancels attempts", ", ".join(map(escape, change.cancels))
    if change.surplus:
        yield (
            "then disposes of attempts",
            f"{', '.join(map(escape, change.disposes))} ({kept_words(change.lifecycle.keep)})",
        )
    yield "last changed at commit", escape(change.commit)
    yield "loss", f"{counted(change.disposes_ready, 'ready model')}" if change.disposes_ready else ""
    if change.submission and change.action.trains:
        yield "in", escape(f"project {change.submission.project} {change.submission.location}".rstrip())
    if change.copies:
        yield "copies", f"{_cut(escape(change.copies.words))}; nothing is trained"
    yield "cost", _cut(cost_words(change.cost)) if change.cost else ""
    yield "gate", _cut(forecast_words(change.forecast)) if change.forecast else ""
    yield "after", ", ".join(escape(str(address)) for address in change.after)


def _cut(text: str) -> str:
    return shorten(text, _VALUE_MAX)


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
