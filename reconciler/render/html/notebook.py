"""What a notebook shows of a value: a piece of HTML that needs nothing else, and disturbs nothing beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from reconciler.core.change import Plan
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.gate_result import GateResult
from reconciler.core.lock import Role
from reconciler.core.training_curves import TrainingCurves
from reconciler.render.commands import shell_line
from reconciler.render.html.curves import drawn_curves
from reconciler.render.html.gate_page import gate_parts
from reconciler.render.html.markup import Content, Element, StyleSheet, el, held, written
from reconciler.render.html.pieces import Mood, code, folded, mark, messages, table
from reconciler.render.html.plan import plan_parts
from reconciler.render.html.scoped import ROOT, scoped_sheet
from reconciler.render.html.times import moment
from reconciler.render.report_values import AttemptCurves, ReportedModel
from reconciler.render.values import Banner, History, Outcome, Output, StatusRow
from reconciler.render.words import duration, money, progress_words, state_words

_ROLES = {
    Role.SERVING.value: Mood.GOOD,
    Role.CANDIDATE.value: Mood.RUNNING,
    Role.PENDING.value: Mood.WARNING,
    Role.DEPOSED.value: Mood.PLAIN,
    Role.FAILED.value: Mood.BAD,
}
_MOST_ROWS = 200
"""Of one table: a notebook keeps every output, and a page of ten thousand rows is read by nobody."""


def piece(*content: Content) -> str:
    """The markup, with as much of the style sheet as it needs."""
    parts = held(content)
    sheet = scoped_sheet(written(parts))
    body = el("div", parts, class_=f"{ROOT} {sheet.class_}")
    return written(el("div", el("style", StyleSheet(sheet.css)), body))


def plan_piece(plan: Plan, banner: Banner) -> str:
    """What apply would do."""
    return piece(_who(banner), *plan_parts(plan, is_whole=False, linked=False, open_max=1))


def messages_piece(found: Sequence[Diagnostic], otherwise: str) -> str:
    """Messages, or that there are none."""
    return piece(messages(found[:_MOST_ROWS]) or el("p", mark(otherwise, Mood.GOOD)), _rest(found))


def gate_piece(result: GateResult, banner: Banner) -> str:
    """Verdicts and their checks."""
    return piece(_who(banner), *gate_parts(result))


def curves_piece(trainings: Sequence[TrainingCurves]) -> str:
    """A chart for each metric of each address; several attempts at one share theirs."""
    return piece(*(part for model in _by_address(trainings) for part in _curves(model, len(trainings))))


def _by_address(trainings: Sequence[TrainingCurves]) -> Iterator[ReportedModel]:
    """The newest attempt first: the others are what it is compared with."""
    for address in dict.fromkeys(training.address for training in trainings):
        own = [training for training in trainings if training.address == address]
        drawn = (AttemptCurves(training.attempt, training) for training in reversed(own))
        yield ReportedModel(address, curves=tuple(drawn))


def _curves(model: ReportedModel, models: int) -> Iterator[Content]:
    attempts = ", ".join(attempt.attempt for attempt in reversed(model.curves))
    yield el("h4", f"{model.address} ", el("span", f"attempt {attempts}", class_="faint"))
    yield from drawn_curves(model, models)


def status_piece(rows: Sequence[StatusRow], banner: Banner, found: Sequence[Diagnostic] = ()) -> str:
    """A row for each training."""
    heads = ("Address", "#", "Role", "State", "Base", "Progress", "Age", "Note")
    said = [_status_row(row) for row in rows[:_MOST_ROWS]]
    has_notes = any(row[-1] for row in said)
    shown = table("Trainings", heads, said) if has_notes else table("Trainings", heads[:-1], (r[:-1] for r in said))
    return piece(_who(banner), messages(found), shown or el("p", "Nothing is declared or locked."), _rest(rows))


def _status_row(row: StatusRow) -> tuple[Content, ...]:
    return (
        str(row.address),
        row.attempt,
        mark(row.role, _ROLES.get(row.role, Mood.PLAIN)) if row.role else "",
        state_words(row.state),
        code(row.base),
        progress_words(row.progress),
        "" if row.age_s is None else duration(row.age_s),
        [el("div", words) for words in (row.note, *(concern.text for concern in row.concerns)) if words],
    )


def history_piece(known: History, banner: Banner) -> str:
    """A row for each attempt, with what happened to it below."""
    heads = ("Attempt", "Role", "State", "Base", "Why", "By", "Cost")
    rows = (
        (
            a.attempt,
            mark(a.role, _ROLES.get(a.role, Mood.PLAIN)),
            state_words(a.state),
            code(a.base),
            a.reason,
            a.by.actor,
            "" if a.cost is None else money(a.cost, a.currency),
        )
        for a in known.attempts
    )
    happened = (
        folded(
            f"Attempt {a.attempt}",
            table(
                f"What happened to attempt {a.attempt}",
                ("When", "What"),
                ((moment(h.at), h.what) for h in a.happenings),
            ),
        )
        for a in known.attempts
    )
    return piece(_who(banner), el("h4", str(known.address)), table("Attempts", heads, rows), *happened)


def outputs_piece(outputs: Sequence[Output]) -> str:
    """What serves where."""
    rows = ((str(o.address), o.attempt, code(o.endpoint), code(o.model)) for o in outputs[:_MOST_ROWS])
    shown = table("What serves", ("Address", "#", "Endpoint", "Model"), rows)
    return piece(shown or el("p", "No model serves."), _rest(outputs))


def outcome_piece(outcome: Outcome, done: Callable[[Outcome], str]) -> str:
    """What came of a run; `done` are its words."""
    mood = Mood.BAD if outcome.failed or outcome.blocked else Mood.RUNNING if outcome.left else Mood.GOOD
    word = {Mood.BAD: "failed", Mood.RUNNING: "still running", Mood.GOOD: "done"}[mood]
    go_on = el("p", "Go on with ", code("wait()"), " or ", code(shell_line(outcome.resume))) if outcome.resume else None
    failed = messages(change.diagnostic for change in outcome.failed)
    first, *rest = [line for line in done(outcome).splitlines() if line]
    said = el("p", mark(word, mood), f" {first.removeprefix('Done: ')}")
    return piece(said, (el("p", line) for line in rest), failed, go_on)


def progress_piece(done: int, of: int, words: str) -> str:
    """One line while a run goes on."""
    said = mark(f"{done:,} of {of:,} done", Mood.RUNNING if done < of else Mood.GOOD)
    return piece(el("p", said, " ", words))


def _who(banner: Banner) -> Element:
    return el("p", " · ".join(banner.parts), class_="who")


def _rest(shown: Iterable[object]) -> Content:
    more = len(list(shown)) - _MOST_ROWS
    return el("p", f"And {more:,} more.", class_="faint") if more > 0 else None


def message_piece(name: str, words: str) -> str:
    """A word and a sentence."""
    return piece(el("p", mark(name, Mood.RUNNING), f" {words}"))


def text_piece(text: str) -> str:
    """The text of a command, in its columns."""
    return piece(el("div", *(el("div", line) for line in text.rstrip().splitlines()), class_="lines"))
