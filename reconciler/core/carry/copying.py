"""What makes a copy, beside what makes a training: it has a name of ours, and is made to answer step by step."""

from __future__ import annotations

from reconciler.core.carry.case import Case
from reconciler.core.carry.effects import Equip, Find, Step
from reconciler.core.lock import Training
from reconciler.core.lookup import NotFound, when_not_found
from reconciler.core.model import LiveTraining


def brought(case: Case, attempt: str, training: Training) -> LiveTraining | Step:
    """The copy as it is now; once its Model is there, after one more step towards an endpoint that answers."""
    live = case.poll(attempt, training)
    if isinstance(live, Step) or live.status.is_terminal or not live.model_exists:
        return live
    return case.ask(Equip(case.address, attempt, training, case.markers(training, attempt)))


def find_copy(case: Case, attempt: str, training: Training, *, to_end: bool) -> LiveTraining | NotFound | Step:
    """By its name, which is ours to choose: a second create meets the first, so that no list has to be trusted.

    Only the end of one whose answer was lost has to wait (`to_end`), since nobody looks for it after that.
    """
    named = case.ask(Find(case.address, attempt, training.submission, case.markers(training, attempt)))
    if isinstance(named, Step):
        return named
    if named.live is not None:
        return named.live
    was_sent = not (case.memory.announced and attempt == case.approved.attempt)
    if not (was_sent and to_end):
        return NotFound.SEND
    if case.facts.in_flight:
        return NotFound.LOOK_AGAIN
    known = case.memory.over_s
    over_s = case.intended_s(training) + case.traits.intent_lasts_s if known is None else known
    return when_not_found(was_sent=True, over_s=over_s, looked_s=case.now, lag_s=case.facts.limits.list_lag_s)
