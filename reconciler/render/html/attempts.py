"""What is known of the trainings at an address: roles, states, names, what came of them."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.compare import describe
from reconciler.core.diff import flatten
from reconciler.core.lock import Author, Entry, Milestone, Role, Training
from reconciler.core.model import LiveTraining
from reconciler.core.training_curves import TrainingCurves
from reconciler.render.html.markup import Content, el
from reconciler.render.html.pieces import Mood, code, facts, folded, mark, table
from reconciler.render.html.times import length, moment
from reconciler.render.report_values import ReportedModel
from reconciler.render.words import money, progress_words, spell, state_words

_MOODS = {
    Role.SERVING: (Mood.GOOD, "●"),
    Role.CANDIDATE: (Mood.RUNNING, "…"),
    Role.PENDING: (Mood.WARNING, "…"),
    Role.DEPOSED: (Mood.PLAIN, "○"),
    Role.FAILED: (Mood.BAD, "✗"),
}
_METRICS = 2
"""Of its curves, and of the service's own evaluation, that stand beside a checkpoint."""
_HEADS = ("Attempt", "Role", "State", "Submitted", "Took", "Billed", "What came of it")


def role_mark(training: Training) -> Content:
    """What a training is to its address; one that a gate refused has not failed."""
    mood, sign = _MOODS[training.role]
    if training.is_undecided:
        return mark("undecided", Mood.WARNING, "?")
    return mark("refused" if training.gate_refused else training.role.value, mood, sign)


def attempts(model: ReportedModel) -> Iterator[Content]:
    """The trainings in a table, newest first, and of each the names that the cloud has for it."""
    if model.entry is None or not model.entry.trainings:
        return
    newest_first = model.entry.in_order[::-1]
    rows = [_row(model, attempt, training) for attempt, training in newest_first]
    yield el("h4", "Attempts")
    yield table(f"Trainings of {model.address}", _HEADS, rows, numbers=(5,))
    names = [el("div", el("h5", f"Attempt {a}"), facts(_names(t)), checkpoints(t)) for a, t in newest_first]
    yield folded("Jobs, models, endpoints and settings of each attempt", *names)


def _row(model: ReportedModel, attempt: str, training: Training) -> tuple[Content, ...]:
    live = model.live.get(training.job)
    bill = model.bills.get(attempt)
    cost = money(bill.amount, bill.currency) if bill and bill.amount is not None else ""
    began = training.at(Milestone.SUBMITTED, Milestone.ADOPTED, Milestone.INTENDED)
    state = [state_of(training, live), progress_words(live.progress) if live and training.is_open else ""]
    return (
        attempt,
        role_mark(training),
        " · ".join(part for part in state if part),
        moment(began),
        length(began, training.at(Milestone.ENDED)),
        cost,
        outcome(training, live),
    )


def state_of(training: Training, live: LiveTraining | None) -> str:
    """The service's own word, as it was seen last."""
    return state_words(live.state if live else training.state or training.phase.value)


def outcome(training: Training, live: LiveTraining | None) -> str:
    """Why it did not serve; what a gate heard a model answer is not repeated."""
    if training.role is Role.PENDING:
        return "it waits to be promoted"
    if training.gate_refused:
        return "its gate could not tell" if training.is_undecided else "its gate refused it"
    said = training.error or (live.error if live else "")
    return " ".join(said.split()) or (training.cancel_requested and "cancelled by us") or ""


def _names(training: Training) -> Iterator[tuple[str, Content]]:
    yield "Job", code(training.job)
    yield "Approved by", approved_by(training.by)
    yield "Why", training.reason
    if training.promoted:
        yield "Promoted by", (approved_by(training.promoted.by), " ", moment(training.promoted.at))
        yield "Promoted because", training.promoted.reason
    yield "Model", code(training.model)
    yield "Endpoint", code(training.endpoint)
    yield "Parent", code(training.submission.parent_model or training.submission.parent)
    for record in training.submission.data:
        yield "Data", code(describe(record) or "")
    settings = flatten({**training.submission.asked_for, **training.submission.reported})
    yield "Trained with", [el("div", code(f"{path}: {spell(value)}")) for path, value in settings.items()]


def approved_by(author: Author | None) -> Content:
    """Who, at which commit, in which run; the address of a run is text, since whoever writes a lock writes it."""
    if author is None:
        return None
    commit = ("at commit ", code(author.commit[:12])) if author.commit else ()
    run = (", run ", code(author.run_url)) if author.run_url else ()
    who = author.actor or ("somebody" if commit or run else "")
    return (f"{who} ", *commit, *run) if who else None


def checkpoints(training: Training, known: TrainingCurves | None = None) -> Content:
    """What the job left on its way, where each answers, and with `known` what was measured there."""
    names = [name for name in known.names if "num_" not in name][:_METRICS] if known else []
    scores = {e.checkpoint_id: e.scores for e in known.evaluations} if known else {}
    scored = sorted({name for of_one in scores.values() for name in of_one})[:_METRICS]
    rows = [
        (
            c.checkpoint_id,
            f"{c.epoch:,}",
            f"{c.step:,}",
            *(_number(known.at_checkpoints.get(c.checkpoint_id, {}).get(name)) for name in names if known),
            *(_number(scores.get(c.checkpoint_id, {}).get(name)) for name in scored),
            code(c.endpoint),
        )
        for c in training.checkpoints
    ]
    heads = ("Checkpoint", "Epoch", "Step", *names, *scored, "Endpoint")
    return table("Checkpoints", heads, rows, numbers=range(1, 3 + len(names) + len(scored)))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def serving(entry: Entry | None) -> Training | None:
    """The training that serves."""
    found = entry.serving if entry else None
    return found[1] if found else None
