"""One step of one approved change, by its action."""

from __future__ import annotations

from reconciler.apply.end import dispose, end_training, succeeded_meanwhile
from reconciler.apply.run import Next, Run, Steps
from reconciler.apply.train import attend, patch, serve, train
from reconciler.core import events as ev
from reconciler.core.graves import buried_intents
from reconciler.core.lock import Approved, Role, Training
from reconciler.core.markers import tuned_model_id
from reconciler.core.model import Action, Address

_BY_WORD = {action.word: action for action in Action}


def step(run: Run, address: Address, approved: Approved) -> Steps:  # noqa: PLR0911 - one return an action
    """Move the change on until it is done, has to wait, or failed."""
    action = _BY_WORD[approved.action]
    match action:
        case Action.CREATE | Action.REPLACE:
            return (yield from _replace(run, address, approved, action))
        case Action.AWAIT | Action.ADOPT:
            return (yield from _await(run, address, approved, action))
        case Action.UPDATE:
            return (yield from _update(run, address, approved))
        case Action.RESTORE:
            return (yield from _restore(run, address, approved))
        case Action.DELETE | Action.CANCEL:
            return (yield from _remove(run, address, approved, action))
        case Action.FORGET:
            return (yield from _forget(run, address))
        case Action.NOOP | Action.BLOCKED:
            yield run.record(ev.ChangeDone(address, action, 0.0))
            return Next.DONE


def _replace(run: Run, address: Address, approved: Approved, action: Action) -> Steps:
    """End what is outdated first: it holds the place in the quota that the successor needs."""
    for attempt in approved.cancels:
        left = yield from end_training(run, address, attempt, may_serve=approved.gate is None)
        if left is not Next.DONE:
            return left
    return (yield from train(run, address, approved, action))


def _await(run: Run, address: Address, approved: Approved, action: Action) -> Steps:
    for attempt in approved.cancels:
        left = yield from end_training(run, address, attempt)
        if left is not Next.DONE:
            return left
    if approved.deposed:
        yield run.record(ev.ChangeDone(address, action, run.elapsed_s(address, deposed=True), deposed=True))
        return Next.DONE
    training = run.training(address, approved.attempt)
    if training is not None and not training.job:
        return (yield from train(run, address, approved, action))
    return (yield from attend(run, address, approved, action))


def _update(run: Run, address: Address, approved: Approved) -> Steps:
    """Patch; or, for a training that ended meanwhile or that is judged again, let it serve first."""
    training = run.training(address, approved.attempt)
    if training is None:
        yield run.record(ev.ChangeDone(address, Action.UPDATE, 0.0, "nothing is left to update"))
        return Next.DONE
    if training.is_open:
        return (yield from attend(run, address, approved, Action.UPDATE))
    live = run.backend(address).poll(training)
    if training.gate_refused:
        return (yield from serve(run, address, approved, Action.UPDATE, live))
    yield from patch(run, address, approved, live)
    elapsed = run.elapsed_s(address, deposed=False)
    yield run.record(ev.ChangeDone(address, Action.UPDATE, elapsed))
    return Next.DONE


def _restore(run: Run, address: Address, approved: Approved) -> Steps:
    for attempt in approved.cancels:
        left = yield from end_training(run, address, attempt)
        if left is not Next.DONE:
            return left
    training = run.training(address, approved.attempt)
    if training is None:
        yield run.record(ev.ChangeDone(address, Action.RESTORE, 0.0, "nothing is left to restore"))
        return Next.DONE
    live = run.backend(address).poll(training)
    return (yield from serve(run, address, approved, Action.RESTORE, live))


def _remove(run: Run, address: Address, approved: Approved, action: Action) -> Steps:
    """Cancel what runs, then dispose of what was approved, piece by repeatable piece."""
    waits = False
    for attempt in approved.cancels:
        left = yield from end_training(run, address, attempt)
        waits |= left is Next.WAITING
    for attempt in (*_disposed_of(run, address, approved), *_left_by_cancelled(run, address, approved)):
        left = yield from dispose(run, address, attempt, foreign=approved.foreign)
        waits |= left is Next.WAITING
    if waits:
        return Next.WAITING
    kept = succeeded_meanwhile(run, address, approved.cancels)
    outcome = f"attempt {kept[0]} succeeded while it was cancelled: its model is deposed, not lost" if kept else ""
    elapsed = run.elapsed_s(address, deposed=approved.deposed)
    yield run.record(ev.ChangeDone(address, action, elapsed, outcome, approved.deposed))
    return Next.DONE


def _disposed_of(run: Run, address: Address, approved: Approved) -> list[str]:
    """What was approved to go. A deposed model that serves again by now is no surplus any more."""
    in_use = (Role.SERVING, Role.CANDIDATE) if approved.deposed else ()
    trainings = run.entry(address).trainings
    return [a for a in approved.disposes if a in trainings and trainings[a].role not in in_use]


def _left_by_cancelled(run: Run, address: Address, approved: Approved) -> list[str]:
    """A cancelled training of the Gemini API leaves its tuned model; with the entry, it would be forgotten."""
    trainings = run.entry(address).trainings
    ended = [a for a in approved.cancels if a in trainings and trainings[a].role is Role.FAILED]
    return [a for a in ended if approved.removes_entry and (trainings[a].model or trainings[a].endpoints)]


def _forget(run: Run, address: Address) -> Steps:
    """A create that was not answered is buried by its markers; what another address has as well is not buried."""
    entry = run.entry(address)
    others = {t.job for a, e in run.store.lock.entries.items() if a != str(address) for t in e.trainings.values()}
    names = [name for t in entry.trainings.values() if t.job not in others for name in (t.job, t.model, *t.endpoints)]
    if address.backend == "gemini":
        unanswered = [(a, t) for a, t in entry.trainings.items() if not t.job]
        names += [f"tunedModels/{_model_id(run, address, a, t)}" for a, t in unanswered]
    buried = tuple(dict.fromkeys(name for name in names if name))
    yield run.record(ev.Forgotten(address, buried, run.at(), buried_intents(entry.trainings.items())))
    yield ev.ChangeDone(address, Action.FORGET, run.elapsed_s(address, deposed=False))
    return Next.DONE


def _model_id(run: Run, address: Address, attempt: str, training: Training) -> str:
    """Under which the Gemini API will have it, if it has."""
    return tuned_model_id(training.submission.project, run.markers(address, training, attempt))
