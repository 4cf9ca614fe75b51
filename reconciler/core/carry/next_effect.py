"""What an approved change needs next, by its action: one case a function.

The answer is an effect to perform, facts to record, or how the change stands. It is asked again after each of them,
with the entry as it is then, so that what happened meanwhile, by whomever, is seen before anything else is done.
"""

from __future__ import annotations

from reconciler.core import events as ev
from reconciler.core.carry.alias import move_alias, take_alias
from reconciler.core.carry.case import Case
from reconciler.core.carry.checkpoint import choose
from reconciler.core.carry.effects import Done, Step, Wait
from reconciler.core.carry.ending import dispose, end, succeeded_meanwhile, together
from reconciler.core.carry.facts import RunFacts
from reconciler.core.carry.seen import Seen
from reconciler.core.carry.serving import patch, serve
from reconciler.core.carry.training import attend, train
from reconciler.core.graves import buried_intents
from reconciler.core.lock import Approved, Entry, Role
from reconciler.core.markers import chosen_name
from reconciler.core.model import Action, Address


def next_effect(  # noqa: PLR0911 - one return an action
    address: Address, entry: Entry, approved: Approved, seen: Seen, facts: RunFacts, now: float
) -> Step:
    """Move the change on until it is over, has to wait, or failed. `now` is in seconds since the epoch."""
    case = Case(address, entry, approved, seen, facts, now)
    if case.memory.not_before > now and case.memory.trouble is None:
        return Wait()
    match approved.action:
        case Action.CREATE | Action.REPLACE:
            return _replace(case)
        case Action.AWAIT | Action.ADOPT:
            return _await(case)
        case Action.UPDATE:
            return _update(case)
        case Action.RESTORE:
            return _restore(case)
        case Action.DELETE | Action.CANCEL:
            return _remove(case)
        case Action.FORGET:
            return _forget(case)
        case Action.NOOP | Action.BLOCKED:
            return case.done(took_s=0.0)


def _cancels(case: Case, *, may_serve: bool = False) -> Step | None:
    """One after the other; None once all have ended."""
    steps = (end(case, attempt, may_serve=may_serve) for attempt in case.approved.cancels)
    return next((step for step in steps if step is not None), None)


def _replace(case: Case) -> Step:
    """End what is outdated first: it holds the place in the quota that the successor needs."""
    left = _cancels(case, may_serve=case.approved.gate is None)
    return train(case) if left is None else left


def _await(case: Case) -> Step:
    left = _cancels(case)
    if left is not None:
        return left
    if case.approved.deposed:
        return take_alias(case) or case.done()
    training = case.training(case.approved.attempt)
    return train(case) if training is not None and not training.job else attend(case)


def _update(case: Case) -> Step:
    """Patch; or, for a training that ended meanwhile or that is judged again, let it serve first."""
    attempt = case.approved.attempt
    training = case.training(attempt)
    if training is None:
        return case.done("nothing is left to update", took_s=0.0)
    if training.is_open:
        return attend(case)
    live = case.poll(attempt, training)
    if isinstance(live, Step):
        return live
    if training.gate_refused or training.role is Role.PENDING or attempt in case.memory.served:
        return serve(case, live)
    changed = choose(case, training, live) or patch(case, training, live)
    return changed or move_alias(case, training) or case.done()


def _restore(case: Case) -> Step:
    left = _cancels(case)
    if left is not None:
        return left
    attempt = case.approved.attempt
    training = case.training(attempt)
    if training is None:
        return case.done("nothing is left to restore", took_s=0.0)
    live = case.poll(attempt, training)
    return live if isinstance(live, Step) else serve(case, live)


def _remove(case: Case) -> Step:
    """Cancel what runs, then dispose of what was approved, piece by repeatable piece."""
    ends = (end(case, attempt) for attempt in case.approved.cancels)
    disposals = (dispose(case, attempt) for attempt in (*_disposed_of(case), *_left_by_cancelled(case)))
    left = together((*ends, *disposals))
    if left is None:
        return case.done(_kept(case))
    if isinstance(left, Wait) and case.approved.begun:
        return Wait((*left.events, ev.ChangeBegun(case.address, "", case.approved.deposed)))
    return left


def _kept(case: Case) -> str:
    kept, serving = succeeded_meanwhile(case), case.entry.serving
    if serving is not None and serving[0] in case.approved.cancels:
        return f"attempt {serving[0]} succeeded while it was cancelled: it serves, at the endpoint that it was made for"
    return f"attempt {kept[0]} succeeded while it was cancelled: its model is deposed, not lost" if kept else ""


def _disposed_of(case: Case) -> list[str]:
    """What was approved to go. A deposed model that serves again by now is no surplus any more."""
    in_use = (Role.SERVING, Role.CANDIDATE) if case.approved.deposed else ()
    trainings = case.entry.trainings
    return [a for a in case.approved.disposes if a in trainings and trainings[a].role not in in_use]


def _left_by_cancelled(case: Case) -> list[str]:
    """A cancelled training of the Gemini API leaves its tuned model; with the entry, it would be forgotten."""
    if not case.approved.removes_entry:
        return []
    trainings = case.entry.trainings
    ended = [a for a in case.approved.cancels if a in trainings and trainings[a].role is Role.FAILED]
    return [a for a in ended if trainings[a].model or trainings[a].endpoints]


def _forget(case: Case) -> Step:
    """A create that was not answered is buried by its markers; what another address has as well is not buried."""
    address, entry = case.address, case.entry
    others = {t.job for a, e in case.facts.lock.entries.items() if a != str(address) for t in e.trainings.values()}
    names = [name for t in entry.trainings.values() if t.job not in others for name in (t.job, t.model, *t.endpoints)]
    unanswered = [(a, t) for a, t in entry.trainings.items() if not t.job]
    names += [chosen_name(address, t.submission.project, case.markers(t, a)) for a, t in unanswered]
    buried = tuple(dict.fromkeys(name for name in names if name))
    intents, by = buried_intents(entry.trainings.items()), case.approved.by
    forgotten = ev.Forgotten(address, buried, case.at, intents, by, case.approved.reason)
    return Done((forgotten, ev.ChangeDone(address, Action.FORGET, case.elapsed_s)))
