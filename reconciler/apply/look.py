"""Looking for the job of a create: one list a project and location serves every create of a tick."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.apply.run import Look, Run
from reconciler.core.lock import Training
from reconciler.core.lookup import Sought, Verdict, candidates, is_taken, when_not_found
from reconciler.core.model import Address, LiveTraining, Status


@dataclass(frozen=True, slots=True)
class Answer:
    """The job, or what its absence means."""

    found: LiveTraining | None
    verdict: Verdict


def look_for(run: Run, address: Address, attempt: str, *, to_end: bool = False) -> Answer:
    """By its markers, in a list that was begun after the intent was durable.

    A name that is ours to choose is asked for as well once the create was sent: a list may lag. There a second create
    meets the first, so that it need not wait; only the end of it must (`to_end`), since nobody looks for it after that.
    """
    key = (address, attempt)
    entry = run.entry(address)
    training = entry.trainings[attempt]
    was_sent = key not in run.unsent
    markers = run.markers(address, training, attempt)
    sought = Sought.of(address, entry, attempt, markers)
    backend = run.backend(address)
    look = _look_of(run, address, attempt, training)
    shown = dict(look.shown)
    if was_sent:
        named = backend.find(training.submission, markers)
        shown |= {named.resource_name: named} if named is not None else {}
    for live in candidates(sought, shown.values(), run.store.lock):
        settled = backend.settled(live) if live.status is Status.READY else live
        if is_taken(sought, settled, was_sent=was_sent):
            return Answer(settled, Verdict.LOOK_AGAIN)
    if was_sent and backend.create_is_safe_to_repeat and not to_end:
        return Answer(None, Verdict.SEND)
    over_s = run.over_s.get(key, run.intended_s(training) + run.longest_create_s(address))
    lag_s = run.limits.list_lag_s
    return Answer(None, when_not_found(was_sent=was_sent, over_s=over_s, looked_s=look.began_s, lag_s=lag_s))


def _look_of(run: Run, address: Address, attempt: str, training: Training) -> Look:
    """The list of this tick, unless it was begun before the intent."""
    submission = training.submission
    place = (address.backend, submission.project, submission.location)
    look = run.looks.get(place)
    if look is None or look.intents < run.unsent.get((address, attempt), 0):
        began, intents = run.clock.now(), run.intents
        shown = {t.resource_name: t for t in run.backend(address).listed(submission.project, submission.location)}
        look = run.looks[place] = Look(began, intents, shown)
    return look
