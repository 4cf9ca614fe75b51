"""What a change waits for at other addresses: its parent's model, or the trials of which it copies the best."""

from __future__ import annotations

from msgspec.structs import replace

from reconciler.core import events as ev
from reconciler.core.carry.case import Case
from reconciler.core.carry.effects import Done, ReadCurves, Save, Step
from reconciler.core.curves import last
from reconciler.core.lock import Submission, SweepRecord, TrialRecord
from reconciler.core.model import Action, Address
from reconciler.core.plurals import counted
from reconciler.core.sweeps import Ranking, in_words, resolved, sweep_of, trial_of, with_known_score

_MAKES = frozenset({Action.CREATE, Action.REPLACE, Action.AWAIT, Action.ADOPT, Action.RESTORE})


def is_on_its_way(case: Case, address: Address) -> bool:
    """Whether the other address's own change in this lock will still make or change its model."""
    entry = case.facts.entry(address)
    serving = entry.serving[0] if entry.serving else ""
    return any(
        a.action in _MAKES or (a.action is Action.UPDATE and a.attempt not in ("", serving))
        for a in entry.approved
        if not a.deposed
    )


def select(case: Case, submission: Submission) -> Submission | Step:
    """The best trial's model as what is copied, once every trial has ended; else what has to be waited for."""
    record = sweep_of(submission)
    assert record is not None, "only a sweep has trials"
    left = sum(is_on_its_way(case, Address.parse(trial.address)) for trial in record.trials)
    if left:
        return case.queued(f"{left} of its {counted(len(record.trials), 'trial')} to be trained")
    trials = tuple(_as_ended(case, trial, record) for trial in record.trials)
    measured = _measured(case, record, trials)
    if isinstance(measured, Step):
        return measured
    ranking = Ranking(replace(record, trials=measured))
    chosen = resolved(submission, ranking, case.facts.lock)
    if chosen is None:
        return case.fails("RUN045", f"{_why_none(ranking)} Nothing is copied to {case.address}.")
    return _as_it_is(case, chosen, ranking) or chosen


def _as_ended(case: Case, known: TrialRecord, record: SweepRecord) -> TrialRecord:
    """What came of a trial; of one that was deleted long ago what the lock knew already."""
    entry = case.facts.entry(Address.parse(known.address))
    if entry.serving is not None:
        return with_known_score(trial_of(known.address, *entry.serving, record), known)
    newest = entry.newest
    if newest is not None and newest[1].is_undecided:
        return TrialRecord(address=known.address, attempt=newest[0], model=newest[1].model)
    return known if not entry.trainings and known.score is not None else TrialRecord(address=known.address)


def _measured(case: Case, record: SweepRecord, trials: tuple[TrialRecord, ...]) -> tuple[TrialRecord, ...] | Step:
    """With the values of curves that could not be read when a training ended: nobody else asks for them again."""
    found = []
    for trial in trials:
        address = Address.parse(trial.address)
        training = case.facts.entry(address).trainings.get(trial.attempt)
        if record.by_answers or training is None or not trial.model or trial.score is not None:
            found.append(trial)
            continue
        curves = case.ask(ReadCurves(address, trial.attempt, training))
        if isinstance(curves, Step):
            return curves
        point = last(curves, record.metric)
        found.append(replace(trial, score=None if point is None else point.value))
    return tuple(found)


def _why_none(ranking: Ranking) -> str:
    if ranking.unscored:
        names = ", ".join(trial.address for trial in ranking.unscored)
        return f"Which trial is the best is not known: {names} has no {ranking.record.metric}."
    return "None of its trials has a model."


def _as_it_is(case: Case, chosen: Submission, ranking: Ranking) -> Step | None:
    """Where what serves is a copy of the best one already: the lock is told of the others, and nothing is done."""
    serving = case.entry.serving
    if serving is None or serving[1].submission.training.get("from") != chosen.training["from"]:
        return None
    sent = serving[1].submission
    if sent.source != chosen.source:
        amended = replace(sent, source=chosen.source)
        return Save((ev.Updated(case.address, case.entry.in_place, case.entry.lifecycle, (), amended),))
    words = f"attempt {serving[0]} is {in_words(ranking.record)} still"
    return Done((ev.ChangeDone(case.address, Action.NOOP, 0.0, words),))
