"""A sweep: which of its trials is the best, and what is copied of it. Pure.

Each trial is an address of its own, trained like any other. What the sweep's own address serves is a copy of the best:
so the trials can go, and adding a value trains one more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from reconciler.core.copying import FROM, source_fields, source_record
from reconciler.core.lock import Lock, Submission, SweepRecord, Training, TrialRecord
from reconciler.core.markers import training_digest
from reconciler.core.measured import last_values
from reconciler.core.metric_names import is_lower_better
from reconciler.core.model import Address, CopySource, Sweep
from reconciler.core.plurals import counted
from reconciler.core.tuned_from import tuned_from


@dataclass(frozen=True, slots=True)
class Ranking:
    """How a sweep stands: what is still to be trained, and what is known of every trial.

    `gone` are trials whose model is not there any more: they are known, and cannot be copied.
    """

    record: SweepRecord
    open: tuple[Address, ...] = ()
    gone: frozenset[str] = frozenset()

    @property
    def winner(self) -> TrialRecord | None:
        """The best of all; None while one is open, and where none has a model or one has no score."""
        return None if self.open or self.unscored else best(self.record)

    @property
    def unscored(self) -> tuple[TrialRecord, ...]:
        """Trained, and nobody can tell how good."""
        return tuple(t for t in self.record.trials if t.model and t.score is None)


def record_of(sweep: Sweep, trials: Iterable[TrialRecord]) -> SweepRecord:
    """What the lock holds of a sweep."""
    return SweepRecord(metric=sweep.metric, by_answers=sweep.by_answers, trials=tuple(trials))


def trial_of(address: Address | str, attempt: str, training: Training, sweep: SweepRecord | Sweep) -> TrialRecord:
    """A trial that serves at its own address."""
    sent = training.submission
    score = score_of(training, sweep.metric, by_answers=sweep.by_answers)
    return TrialRecord(
        address=str(address),
        attempt=attempt,
        model=training.model,
        digest=sent.digest,
        data_id=sent.data_id,
        score=score,
    )


def with_known_score(trial: TrialRecord, known: TrialRecord | None) -> TrialRecord:
    """With the score that was read of just this model before, where its own entry has none."""
    if known is None or trial.score is not None or known.model != trial.model:
        return trial
    return replace(trial, score=known.score)


def score_of(training: Training, metric: str, *, by_answers: bool) -> float | None:
    """What it is selected by: the metric at its end, or the share (mean score) of its answers."""
    if not by_answers:
        return last_values(training).get(metric)
    found = training.judged.evidence if training.judged else ()
    whole = [e.new for e in found if e.metric == metric and e.judged == e.items]
    return whole[0] if whole else None


def best(record: SweepRecord) -> TrialRecord | None:
    """The one with the best score; of equals the first as they are declared."""
    known = [(t.score, t) for t in record.trials if t.model and t.score is not None]
    lower = not record.by_answers and is_lower_better(record.metric)
    return min(known, key=lambda pair: pair[0] if lower else -pair[0])[1] if known else None


def in_words(record: SweepRecord) -> str:
    """`the best of 4 trials by eval_total_loss`."""
    how = f"{record.metric} of its answers" if record.by_answers else record.metric
    return f"the best of {counted(len(record.trials), 'trial')} by {how}"


def sweep_of(submission: Submission | None) -> SweepRecord | None:
    """The sweep whose best trial is copied; None for everything else."""
    return submission.source.sweep if submission is not None and submission.source is not None else None


def with_record(submission: Submission, ranking: Ranking) -> Submission:
    """What is asked for, with what is known of the trials."""
    assert submission.source is not None, "a sweep copies"
    return replace(submission, source=replace(submission.source, sweep=ranking.record))


def is_unresolved(submission: Submission) -> bool:
    """Whether it is not known yet which trial is the best."""
    return sweep_of(submission) is not None and not submission.training[FROM]["model"]


def resolved(submission: Submission, ranking: Ranking, lock: Lock) -> Submission | None:
    """What is copied, once every trial has ended; None where nothing can be chosen."""
    winner = ranking.winner
    if winner is None:
        return None
    source = chosen_source(winner, lock)
    training = {**submission.training, **source_fields(source)}
    record = replace(source_record(source, submission.location), sweep=ranking.record)
    return replace(submission, training=training, source=record, digest=training_digest(training, ""))


def chosen_source(winner: TrialRecord, lock: Lock) -> CopySource:
    """The model that is copied, and where it answers."""
    address = Address.parse(winner.address)
    entry = lock.entry(address)
    training = entry.trainings.get(winner.attempt) if entry else None
    endpoint = training.endpoint if training else ""
    base = tuned_from(lock, address, training) if training else ""
    return CopySource("", address, model=winner.model, attempt=winner.attempt, endpoint=endpoint, base=base)


def is_copy_of(wanted: Submission, was: Submission) -> bool:
    """Whether a copy is of a trial that was trained from exactly this: the spec says outright what was selected."""
    record, source = sweep_of(was), was.training.get(FROM)
    if record is None or not source or sweep_of(wanted) is not None:
        return False
    chosen = next((t for t in record.trials if t.model == source["model"]), None)
    return chosen is not None and (chosen.digest, chosen.data_id) == (wanted.digest, wanted.data_id)


def stands_on(submission: Submission) -> tuple[str, ...]:
    """The addresses whose models it needs: its parent, or the trials of which the best is copied."""
    record = sweep_of(submission) if is_unresolved(submission) else None
    parent = (submission.parent,) if submission.parent else ()
    return (*parent, *(t.address for t in record.trials)) if record else parent


@dataclass(frozen=True, slots=True)
class FoundSweep:
    """A sweep as the lock has it: the address that serves the best of its trials, and what is known of them.

    `selected` is the address of the trial whose copy serves, "" while none does.
    """

    address: Address
    record: SweepRecord
    selected: str = ""


def sweep_at(address: Address, lock: Lock) -> FoundSweep | None:
    """By what serves, or else by what is approved; None where the address is no sweep."""
    entry = lock.entry(address)
    if entry is None:
        return None
    serving = sweep_of(entry.serving[1].submission) if entry.serving else None
    newest = [sweep_of(a.submission) for a in entry.approved] + [serving]
    record = next((r for r in newest if r is not None), None)
    source = entry.serving[1].submission.source if entry.serving and serving else None
    return FoundSweep(address, record, source.address if source else "") if record else None


def trials_of(lock: Lock) -> dict[Address, Address]:
    """Every address that is a trial by what the lock knows, with the one of its sweep."""
    found: dict[Address, Address] = {}
    for address, entry in lock.by_address:
        sent = [t.submission for t in entry.trainings.values()] + [a.submission for a in entry.approved if a.submission]
        for record in (sweep_of(s) for s in sent):
            found |= {Address.parse(t.address): address for t in record.trials} if record else {}
    return found
