"""Looking for the job of a create: one list a project and location serves every create of a tick."""

from __future__ import annotations

from reconciler.core.carry.case import Case
from reconciler.core.carry.copying import find_copy
from reconciler.core.carry.effects import Find, Look, Settle, Shown, Step
from reconciler.core.copying import is_copy
from reconciler.core.lock import Submission, Training
from reconciler.core.lookup import NotFound, Sought, candidates, is_taken, when_not_found
from reconciler.core.model import LiveTraining, Status


def find(case: Case, attempt: str, training: Training, *, to_end: bool = False) -> LiveTraining | NotFound | Step:
    """The job, or the copy; or what it means that there is none."""
    is_copied = is_copy(training.submission)
    return (find_copy if is_copied else _find_job)(case, attempt, training, to_end=to_end)


def _find_job(case: Case, attempt: str, training: Training, *, to_end: bool) -> LiveTraining | NotFound | Step:
    """By its markers, in a list that was begun after the intent was durable.

    A name that is ours to choose is asked for as well once the create was sent: a list may lag. There a second create
    meets the first, so that it need not wait; only the end of it must (`to_end`), since nobody looks for it after that.
    """
    was_sent = not (case.memory.announced and attempt == case.approved.attempt)
    markers = case.markers(training, attempt)
    shown = _shown(case, training.submission)
    if isinstance(shown, Step):
        return shown
    sought = Sought.of(case.address, case.entry, attempt, markers)
    may_be = [live for owner in sought.owners for live in shown.by_owner.get(owner, ())]
    if was_sent and case.traits.create_is_safe_to_repeat:
        named = case.ask(Find(case.address, attempt, training.submission, markers))
        if isinstance(named, Step):
            return named
        if named.live is not None:
            may_be = [*(t for t in may_be if t.resource_name != named.live.resource_name), named.live]
    for live in candidates(sought, may_be, case.facts.graves, case.facts.jobs):
        settled = _settled(case, live)
        if isinstance(settled, Step):
            return settled
        if is_taken(sought, settled, was_sent=was_sent):
            return settled
    if was_sent and case.traits.create_is_safe_to_repeat and not to_end:
        return NotFound.SEND
    return _not_found(case, training, shown, was_sent=was_sent)


def _shown(case: Case, submission: Submission) -> Shown | Step:
    """The list of this tick, unless it was begun before the intent."""
    look = Look(case.address.backend, submission.project, submission.location)
    shown = case.ask(look)
    if isinstance(shown, Shown) and shown.intents < case.memory.announced:
        return look
    return shown


def _settled(case: Case, live: LiveTraining) -> LiveTraining | Step:
    """A job that is over may have left nothing."""
    if live.status is not Status.READY:
        return live
    return case.ask(Settle(case.address, live.resource_name, live))


def _not_found(case: Case, training: Training, shown: Shown, *, was_sent: bool) -> NotFound:
    if was_sent and case.facts.in_flight:
        return NotFound.LOOK_AGAIN
    known = case.memory.over_s
    over_s = case.intended_s(training) + case.traits.intent_lasts_s if known is None else known
    lag_s = case.facts.limits.list_lag_s
    return when_not_found(was_sent=was_sent, over_s=over_s, looked_s=shown.began_s, lag_s=lag_s)
