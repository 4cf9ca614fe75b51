"""How the sweeps of all specs stand, by what is decided about their trials: before anything else is. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.core.change import Change, Reason, ReasonCode
from reconciler.core.claims import Claims
from reconciler.core.decide import decide
from reconciler.core.lock import Entry, Training, TrialRecord
from reconciler.core.model import Action, Address, CopySource, Declared, Desired, Rest, Sweep
from reconciler.core.plurals import counted
from reconciler.core.situation import Situation
from reconciler.core.sweeps import Ranking, chosen_source, record_of, sweep_of, trial_of, with_known_score

_OPEN = frozenset({Action.CREATE, Action.REPLACE, Action.AWAIT, Action.ADOPT, Action.RESTORE})
"""What a trial still has before it."""


LOST = Reason(ReasonCode.SUPERSEDED, "another trial of its sweep is the best, and the rest is not kept")


@dataclass(frozen=True, slots=True)
class Swept:
    """The specs with what each sweep copies, and without the trials that have `lost` and need not be there any more."""

    desired: Desired
    rankings: Mapping[Address, Ranking]
    lost: frozenset[Address] = frozenset()


def swept(desired: Desired, claims: Claims, case_of: Callable[[Declared], Situation]) -> Swept:
    """`case_of` is what a decision about one spec may look at."""
    models, rankings, lost = dict(desired.models), {}, set[Address]()
    for declared in desired.models.values():
        if declared.sweep is None:
            continue
        entry = claims.entry(declared.address)[1] or Entry()
        cases = [case_of(models[address]) for address in declared.sweep.trials if address in models]
        known = _recorded(entry, declared.sweep)
        looked = [_Trial.of(case, declared, known) for case in cases]
        ranking = Ranking(
            record_of(declared.sweep, (t.record for t in looked)),
            tuple(t.address for t in looked if t.is_open),
            frozenset(str(t.address) for t in looked if t.is_gone),
        )
        rankings[declared.address] = ranking
        models[declared.address] = replace(declared, source=_source(declared, ranking, entry, claims))
        lost |= set(_needless(declared, ranking, entry, looked))
    left = {address: declared for address, declared in models.items() if address not in lost}
    return Swept(replace(desired, models=left), rankings, frozenset(lost))


@dataclass(frozen=True, slots=True)
class _Trial:
    """One trial: what is known of it, and whether it is still to be trained, or its model is gone."""

    address: Address
    record: TrialRecord
    is_open: bool = False
    is_gone: bool = False
    is_locked: bool = True

    @classmethod
    def of(cls, case: Situation, sweep: Declared, known: Mapping[tuple[str, str], TrialRecord]) -> _Trial:
        assert sweep.sweep is not None
        address, wanted = case.address, case.wanted
        was = known.get((wanted.digest, wanted.data_id))
        if was is not None and not case.entry.trainings:
            # It was deleted when it had lost: its score is known, and nothing is trained for it again.
            return cls(address, _of_now(was, address), is_gone=True, is_locked=False)
        change = decide(case)
        serving = case.entry.serving
        if change.action in _OPEN or change.completes or change.judge:
            return cls(address, TrialRecord(address=str(address)), is_open=True)
        if serving is not None and not case.is_outdated(serving[1]):
            is_gone = change.action is Action.BLOCKED
            record = with_known_score(trial_of(address, *serving, sweep.sweep), was)
            return cls(address, record, is_gone=is_gone)
        return cls(address, _without_score(address, change, case.entry.trainings.get(change.attempt)))


def _without_score(address: Address, change: Change, training: Training | None) -> TrialRecord:
    """One that failed has no model; one whose gate could not tell has one, and nobody knows how good it is."""
    if training is None or not change.undecided:
        return TrialRecord(address=str(address))
    return TrialRecord(address=str(address), attempt=change.attempt, model=training.model)


def _recorded(entry: Entry, sweep: Sweep) -> dict[tuple[str, str], TrialRecord]:
    """Out of which what serves was selected, in the same way, by what each was trained from."""
    record = sweep_of(entry.serving[1].submission) if entry.serving else None
    if record is None or (record.metric, record.by_answers) != (sweep.metric, sweep.by_answers):
        return {}
    return {(t.digest, t.data_id): t for t in record.trials if t.model and t.score is not None}


def _of_now(was: TrialRecord, address: Address) -> TrialRecord:
    """Under the address that it would have now: the sweep may have another name by now."""
    return TrialRecord(
        address=str(address),
        attempt=was.attempt,
        model=was.model,
        digest=was.digest,
        data_id=was.data_id,
        score=was.score,
    )


def _source(declared: Declared, ranking: Ranking, entry: Entry, claims: Claims) -> CopySource:
    nothing = CopySource("", declared.address)
    winner = ranking.winner
    if ranking.open:
        of = counted(len(ranking.record.trials), "trial")
        return replace(nothing, missing=f"{len(ranking.open)} of its {of} are not trained yet")
    if ranking.unscored:
        which = ", ".join(t.address for t in ranking.unscored)
        return replace(nothing, missing=f"nobody can tell which trial is the best: {which} has no score")
    if winner is None:
        return replace(nothing, missing="none of its trials has a model")
    if winner.address in ranking.gone and winner.model != _served_from(entry):
        return replace(nothing, missing=f"the model of its best trial {winner.address} is gone")
    return chosen_source(winner, claims.lock)


def _served_from(entry: Entry) -> str:
    """The model that what serves is a copy of."""
    source = entry.serving[1].submission.training.get("from") if entry.serving else None
    return str(source["model"]) if source else ""


def _needless(declared: Declared, ranking: Ranking, entry: Entry, looked: list[_Trial]) -> Iterator[Address]:
    """Trials that are not there any more and whose scores are known; with `rest: delete`, all that have lost."""
    assert declared.sweep is not None
    yield from (t.address for t in looked if not t.is_locked)
    winner = ranking.winner
    if declared.sweep.rest is Rest.KEEP or winner is None or _served_from(entry) != winner.model:
        return
    known = _recorded(entry, declared.sweep)
    for trial in looked:
        has_lost = trial.record.model and trial.record.address != winner.address
        if trial.is_locked and has_lost and (trial.record.digest, trial.record.data_id) in known:
            yield trial.address
