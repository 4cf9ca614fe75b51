"""Steps that end things: cancel a training, dispose of what one left."""

from __future__ import annotations

from reconciler.apply.look import look_for
from reconciler.apply.run import Next, Run, Steps
from reconciler.apply.train import found_event, looking, waiting
from reconciler.backends.base import Backend, BackendError, Disposal
from reconciler.core import events as ev
from reconciler.core.attempts import is_another
from reconciler.core.faults import Fault
from reconciler.core.lock import Phase, Training
from reconciler.core.lookup import Verdict
from reconciler.core.model import Address, LiveTraining, Progress


def end_training(run: Run, address: Address, attempt: str, *, may_serve: bool = False) -> Steps:
    """Cancel it and see how it ends. One that succeeds all the same is deposed, or serves if nothing does."""
    training = run.training(address, attempt)
    if training is None or (training.phase is Phase.APPLIED and not training.is_open):
        return Next.DONE
    if training.phase is Phase.INTENDED:
        return (yield from _end_unanswered(run, address, attempt, training))
    backend = run.backend(address)
    live = _poll(backend, training)
    if live is not None and not live.status.is_terminal and not training.cancel_requested:
        run.changing(address).cancel(training)
        yield run.record(ev.CancelRequested(address, attempt, training.job, run.at()))
        live = _poll(backend, training)
    if live is None:
        yield run.record(ev.Disposed(address, attempt, ""))
        return Next.DONE
    if not live.status.is_terminal:
        yield run.record(waiting(run, address, attempt, training, live))
        return Next.WAITING
    serves = live.is_ready and may_serve and run.entry(address).serving is None
    yield run.record(ev.TrainingEnded(address, attempt, live, run.at(), deposed=live.is_ready and not serves))
    if serves:
        submitted = training.submission.in_place
        yield run.record(ev.Served(address, attempt, live.model, live.endpoint, submitted, run.at()))
    return Next.DONE


def _poll(backend: Backend, training: Training) -> LiveTraining | None:
    """None where the service does not know the training any more: it cannot run, and left nothing.

    What somebody made since under the same name is not ours to end.
    """
    try:
        live = backend.poll(training)
    except BackendError as exc:
        if exc.fault is not Fault.NOT_FOUND:
            raise
        return None
    return None if is_another(live, training) else live


def dispose(run: Run, address: Address, attempt: str, *, foreign: bool = False) -> Steps:
    """One pass of deleting what a training left, in the order that the service demands.

    `foreign`: also off the endpoints of others, which somebody has allowed.
    """
    training = run.training(address, attempt)
    if training is None or (address, attempt) in run.disposed:
        return Next.DONE
    disposal = _disposed(run, address, training, foreign=foreign)
    for name, what in disposal.gone:
        yield ev.ResourceGone(address, attempt, name, what)
    if not disposal.is_done:
        state = "DELETING"
        yield ev.Waiting(address, attempt, state, Progress(detail=disposal.waiting_for), 0.0)
        return Next.WAITING
    record = training.job if run.backend(address).keeps_job_records else ""
    run.disposed.add((address, attempt))
    yield run.record(ev.Disposed(address, attempt, record))
    return Next.DONE


def _disposed(run: Run, address: Address, training: Training, *, foreign: bool) -> Disposal:
    """An older lock may hold a deletion whose name has been given to a model that is not meant."""
    backend = run.backend(address)
    if backend.create_is_safe_to_repeat and training.job and _poll(backend, training) is None:
        return Disposal(((training.job, "absent already"),))
    backend = run.changing(address)
    return backend.dispose(training, foreign=True) if foreign else backend.dispose(training)


def _end_unanswered(run: Run, address: Address, attempt: str, training: Training) -> Steps:
    """A create whose answer is unknown must be found before it can be cancelled, or be lost for certain."""
    answer = look_for(run, address, attempt, to_end=True)
    if answer.found is not None:
        yield run.record(found_event(run, address, attempt, answer.found))
        return (yield from end_training(run, address, attempt))
    if answer.verdict is Verdict.SEND:
        yield run.record(ev.IntentWithdrawn(address, attempt))
        return Next.DONE
    yield looking(run, address, attempt, training)
    return Next.WAITING


def succeeded_meanwhile(run: Run, address: Address, attempts: tuple[str, ...]) -> list[str]:
    """Those of the cancelled attempts that ended well after all."""
    entry = run.entry(address)
    return [a for a in attempts if a in entry.trainings and entry.trainings[a].role.value == "deposed"]
