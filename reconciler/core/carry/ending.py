"""What ends things: cancel a training, dispose of what one left."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.core import events as ev
from reconciler.core.attempts import is_another
from reconciler.core.carry.case import Case
from reconciler.core.carry.effects import Cancel, Dispose, Poll, Save, Step, Wait
from reconciler.core.carry.finding import find
from reconciler.core.carry.holding import waits
from reconciler.core.carry.training import found_event, made_event
from reconciler.core.copying import is_copy
from reconciler.core.lock import Phase, Role, Training
from reconciler.core.lookup import NotFound
from reconciler.core.model import LiveTraining, Progress

MARK_AGAIN_S = 60.0
"""After which the next pass is marked anew. Ours; much less than a mark counts (approval.BEGUN_LASTS_S)."""


def end(case: Case, attempt: str, *, may_serve: bool = False) -> Step | None:  # noqa: PLR0911 - one return a stage
    """Cancel it and see how it ends; None once it has.

    One that succeeds all the same is deposed, or serves if nothing does.
    """
    training = case.training(attempt)
    if training is None or attempt in case.memory.ended or (training.phase is Phase.APPLIED and not training.is_open):
        return None
    if training.phase is Phase.INTENDED:
        return _end_unanswered(case, attempt, training)
    if is_copy(training.submission):
        return _take_away(case, attempt, training)
    cancel = Cancel(case.address, attempt, training)
    was_sent = case.seen.answer(cancel) is not None
    if was_sent and not training.cancel_requested:
        return Save((ev.CancelRequested(case.address, attempt, training.job, case.at),))
    live = _known(case, attempt, training, turn=int(was_sent))
    if isinstance(live, Step):
        return live
    if live is None:
        return Save((ev.Disposed(case.address, attempt, ""),))
    if live.status.is_terminal:
        return _ended(case, attempt, training, live, may_serve=may_serve)
    if training.cancel_requested:
        return Wait((case.waiting(attempt, training, live),))
    return case.ask_or_fail(cancel)


def _ended(case: Case, attempt: str, training: Training, live: LiveTraining, *, may_serve: bool) -> Step:
    """One that the service deployed in place of what served does that now, whoever wanted it cancelled."""
    is_in_place = training.submission.same_endpoint
    is_free = may_serve and case.entry.serving is None and not waits(case)
    serves = live.is_ready and (is_in_place or is_free)
    ended = ev.TrainingEnded(case.address, attempt, live, case.at, deposed=live.is_ready and not serves)
    if not serves:
        return Save((ended,))
    submitted = training.submission.in_place
    deposed = case.entry.serving[0] if case.entry.serving else ""
    return Save((ended, ev.Served(case.address, attempt, live.model, live.endpoint, submitted, case.at, deposed)))


def _take_away(case: Case, attempt: str, training: Training) -> Step | None:
    """A copy is not cancelled: what has come of it is disposed of, once the service is done with it."""
    polled = case.ask(Poll(case.address, attempt, training))
    if isinstance(polled, Step):
        return polled
    live = polled.live
    if live is not None and not live.status.is_terminal and not live.model_exists:
        return Wait((case.waiting(attempt, training, live),))
    return dispose(case, attempt)


def _known(case: Case, attempt: str, training: Training, *, turn: int = 0) -> LiveTraining | Step | None:
    """None where the service does not know the training any more: it cannot run, and left nothing.

    What somebody made since under the same name is not ours to end.
    """
    polled = case.ask(Poll(case.address, attempt, training, turn))
    if isinstance(polled, Step):
        return polled
    return None if is_another(polled.live, training) else polled.live


def _end_unanswered(case: Case, attempt: str, training: Training) -> Step:
    """A create whose answer is unknown must be found before it can be cancelled, or be lost for certain."""
    made = made_event(case, attempt)
    if made is not None:
        return Save((made,))
    found = find(case, attempt, training, to_end=True)
    if isinstance(found, Step):
        return found
    if isinstance(found, LiveTraining):
        return Save((found_event(case, attempt, found),))
    if found is NotFound.SEND:
        return Save((ev.IntentWithdrawn(case.address, attempt),))
    return Wait((case.looking(attempt, training),))


def dispose(case: Case, attempt: str) -> Step | None:
    """One pass of deleting what a training left, in the order that the service demands; None once nothing is.

    On the endpoints of others only what somebody has allowed.
    """
    training = case.training(attempt)
    if training is None or attempt in case.memory.disposed:
        return None
    # An older lock may hold a deletion whose name has been given to a model that is not meant.
    first_look = case.traits.create_is_safe_to_repeat and bool(training.job)
    pass_ = Dispose(case.address, attempt, training, case.approved.foreign, first_look)
    if case.facts.marks_changes and case.seen.answer(pass_) is None and not _is_marked(case):
        return Save((ev.ChangeBegun(case.address, case.at, case.approved.deposed),), quiet=True)
    done = case.ask(pass_)
    if isinstance(done, Step):
        return done
    gone = tuple(ev.ResourceGone(case.address, attempt, name, what) for name, what in done.gone)
    if done.waiting_for:
        waiting = ev.Waiting(case.address, attempt, "DELETING", Progress(detail=done.waiting_for), 0.0)
        return Wait((*gone, waiting))
    keeps = case.traits.keeps_job_records and not is_copy(training.submission)
    job = training.job if keeps else ""
    return Save((*gone, ev.Disposed(case.address, attempt, job, training.artifacts, case.at)))


def _is_marked(case: Case) -> bool:
    """One mark serves the passes of a few seconds: each of them has to end while it counts."""
    return bool(case.approved.begun) and case.since_s(case.approved.begun) < MARK_AGAIN_S


def together(steps: Iterable[Step | None]) -> Step | None:
    """What is to be done for any of them; else the waits of all; None once all are over."""
    events: list[ev.Fact] = []
    waits = False
    for step in steps:
        if isinstance(step, Wait):
            events += step.events
            waits = True
        elif step is not None:
            return step
    return Wait(tuple(events)) if waits else None


def succeeded_meanwhile(case: Case) -> list[str]:
    """Those of the cancelled attempts that ended well after all."""
    trainings = case.entry.trainings
    return [a for a in case.approved.cancels if a in trainings and trainings[a].role is Role.DEPOSED]
