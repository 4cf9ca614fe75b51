"""metrics: the curves of trainings, now and while they run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from reconciler.backends.base import Backend, BackendError
from reconciler.backends.threads import gather
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.faults import Fault
from reconciler.core.lock import Entry, Lock, Phase, Role, Training
from reconciler.core.model import Address, LiveTraining
from reconciler.core.suggest import suggest
from reconciler.core.sweeps import FoundSweep, score_of, sweep_at
from reconciler.core.training_curves import TrainingCurves, from_lock, with_curves
from reconciler.workflow.no_model import is_queued, no_model
from reconciler.workflow.world import World


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which trainings: the newest of each address, one attempt, or all."""

    addresses: tuple[Address, ...]
    attempt: str = ""
    every_attempt: bool = False


def metrics(world: World, chosen: Chosen) -> list[TrainingCurves]:
    """In the order of the addresses, oldest attempt first; of a sweep its trials."""
    lock = world.trusted_lock()
    sweeps = {a: s for a in chosen.addresses if not chosen.attempt and (s := sweep_at(a, lock))}
    of_trials = {t.address: sweep for sweep in sweeps.values() for t in sweep.record.trials}
    found = [
        (address, attempt, training)
        for address in dict.fromkeys(_with_trials(chosen.addresses, sweeps, lock))
        for attempt, training in _attempts(address, lock.entry(address), chosen)
    ]
    reads = [partial(_measured, world.backends[address.backend], address, a, t) for address, a, t in found]
    measured = gather(reads, world.parallelism)
    return [
        _as_trial(curves, training, of_trials.get(str(address)))
        for (address, _, training), curves in zip(found, measured, strict=True)
    ]


def selecting_metric(world: World, chosen: Chosen) -> str:
    """The training metric by which the sweeps that are asked for select; "" for none, or where they differ."""
    lock = world.trusted_lock()
    sweeps = [sweep for address in chosen.addresses if (sweep := sweep_at(address, lock))]
    metrics = {sweep.record.metric for sweep in sweeps if not sweep.record.by_answers}
    return metrics.pop() if len(metrics) == 1 and not chosen.attempt else ""


def _with_trials(addresses: Sequence[Address], sweeps: Mapping[Address, FoundSweep], lock: Lock) -> Iterator[Address]:
    """In place of a sweep its trials, as far as they were sent: its own address has a copy of one of them."""
    for address in addresses:
        trials = [Address.parse(t.address) for t in sweeps[address].record.trials] if address in sweeps else []
        sent = [a for a in trials if (entry := lock.entry(a)) and any(t.job for t in entry.trainings.values())]
        yield from sent or [address]


def _as_trial(curves: TrainingCurves, training: Training, sweep: FoundSweep | None) -> TrainingCurves:
    if sweep is None:
        return curves
    score = score_of(training, sweep.record.metric, by_answers=sweep.record.by_answers)
    is_selected = sweep.selected == str(curves.address) and training.role is Role.SERVING
    return replace(curves, score=score, selected_for=sweep.address if is_selected else None)


def watch(world: World, chosen: Chosen) -> Iterator[list[TrainingCurves]]:
    """As long as one of them trains, every `poll_s`; the last look is at their end."""
    while True:
        looked = metrics(world, chosen)
        yield looked
        if all(training.is_over for training in looked):
            return
        world.clock.sleep(world.poll_s)


def _attempts(address: Address, entry: Entry | None, chosen: Chosen) -> Sequence[tuple[str, Training]]:
    """Those that were submitted; raises ReconcilerError where there is none of them."""
    known = [(attempt, training) for attempt, training in entry.in_order if training.job] if entry else []
    if chosen.attempt:
        asked = [pair for pair in known if pair[0] == chosen.attempt]
        if entry is not None and known and not asked:
            numbers = ", ".join(attempt for attempt, _ in known)
            detail = f"{address} has no attempt {chosen.attempt}; it has {numbers}."
            fix = f"See {suggest('show', str(address)).quoted}."
            raise ReconcilerError(run_diagnostic("RUN013", detail, fix=fix, address=str(address)))
        known = asked
    elif not chosen.every_attempt:
        newest = entry.newest if entry else None
        known = known[-1:] if newest and newest[1].job and not is_queued(entry, newest[0]) else []
    if not known:
        raise no_model(address, entry)
    return known


def _measured(backend: Backend, address: Address, attempt: str, training: Training) -> TrainingCurves:
    """From the service; from the lock where somebody deleted what it had."""
    try:
        live = _seen(backend, training)
        return with_curves(address, attempt, training, live, backend.metrics(training))
    except BackendError as exc:
        known = from_lock(address, attempt, training) if exc.fault is Fault.NOT_FOUND else None
        if known is None:
            raise ReconcilerError(replace(exc.diagnostic, address=str(address))) from exc
        return known


def _seen(backend: Backend, training: Training) -> LiveTraining | None:
    """As it is now; None where the lock knows how it ended, which never changes."""
    return None if training.phase is Phase.APPLIED else backend.poll(training)
