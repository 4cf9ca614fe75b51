"""Tell who is to be told: while a run goes on, at its end, and whenever somebody asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.core import events as ev
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.concerns import Concern
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.lock import Lock
from reconciler.core.model import Address
from reconciler.core.notices import Delivery, Notice, Sink, due, notified_key, of_concerns, of_lock
from reconciler.core.times import written
from reconciler.workflow.saved_lock import saved
from reconciler.workflow.world import World

_NEWS = (ev.Served, ev.AwaitsPromotion, ev.GateRefused, ev.TrainingEnded)


def telling(world: World, events: Iterator[ev.Event]) -> Iterator[ev.Event]:
    """The same events; what is news is told as it happens, without patience, and at the end with some."""
    if not world.sinks:
        yield from events
        return
    for event in events:
        yield event
        if isinstance(event, _NEWS):
            _delivered(world, is_patient=False)
    for delivery in _delivered(world, is_patient=True):
        if delivery.why:
            yield ev.Noted(undelivered(delivery))


def tell(world: World, found: Iterable[tuple[Address, str, Concern]]) -> list[Delivery]:
    """Everything that is due: what the lock says, and what was `found` in the cloud, by address and attempt."""
    world.sound_lock()
    with saved(world):
        return _delivered(world, found, is_patient=True)


def still_due(world: World, lock: Lock, found: Iterable[tuple[Address, str, Concern]]) -> list[Delivery]:
    """What `tell` would send."""
    return [Delivery(notice, sink.name) for notice, sink in _due(world, lock, found)]


def undelivered(delivery: Delivery) -> Diagnostic:
    """As people read it."""
    address = delivery.notice.address
    detail = f"{delivery.sink} was not told that {address}: {delivery.notice.text}: {delivery.why}."
    return run_diagnostic("RUN095", detail, severity=Severity.WARNING, address=str(address))


def _due(world: World, lock: Lock, found: Iterable[tuple[Address, str, Concern]]) -> Iterator[tuple[Notice, Sink]]:
    notices = [*of_lock(lock), *of_concerns(lock, found)]
    return due(notices, world.sinks, world.clock.now())


def _delivered(world: World, found: Iterable[tuple[Address, str, Concern]] = (), *, is_patient: bool) -> list[Delivery]:
    """Sent outside the hold, then recorded: who is killed in between tells it again. A receiver fails once a pass."""
    from reconciler.render.json_notices import cloud_event

    lock, at = world.store.lock, written(world.clock.now())
    deliveries: list[Delivery] = []
    failed: dict[str, str] = {}
    for notice, sink in _due(world, lock, found):
        why = failed.get(sink.name) or sink.deliver(cloud_event(notice, lock, at), is_patient=is_patient)
        deliveries.append(Delivery(notice, sink.name, why))
        if why:
            failed[sink.name] = why
        else:
            _record(world, notice, sink.name, at)
    return deliveries


def _record(world: World, notice: Notice, sink: str, at: str) -> None:
    with world.store.hold():
        entry = world.store.lock.entry(notice.address)
        training = entry.trainings.get(notice.attempt) if entry else None
        if training is not None and training.job == notice.training.job:
            world.store.record(
                ev.Notified(notice.address, notice.attempt, {notified_key(notice, sink): notice.at or at})
            )
