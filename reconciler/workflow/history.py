"""What happened at an address: every attempt, when, by whom and why, from the lock alone."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.bills import billed
from reconciler.core.concerns import base_of, gate_word
from reconciler.core.lock import Approved, Author, Entry, Lock, Milestone, Pin, Tombstone, Training
from reconciler.core.model import Address
from reconciler.core.taken_over import taken_over_by
from reconciler.core.times import moment
from reconciler.render.values import AttemptHistory, History, HistoryLine, OpenChange
from reconciler.workflow.no_model import no_model
from reconciler.workflow.world import World

_WORDS = {
    Milestone.INTENDED: "announced",
    Milestone.SUBMITTED: "submitted",
    Milestone.ADOPTED: "taken into the lock",
    Milestone.CREATED: "created",
    Milestone.ENDED: "ended",
    Milestone.REFUSED: "refused by its gate",
    Milestone.SERVED: "began to serve",
    Milestone.DEPOSED: "stopped serving",
}


def history(world: World, address: Address) -> History:
    """Raises ReconcilerError (RUN013) where the lock has never heard of the address."""
    lock = world.trusted_lock()
    entry, grave = lock.entry(address), lock.tombstones.get(str(address), Tombstone())
    if entry is None and grave == Tombstone():
        raise no_model(address, entry)
    known = entry or Entry()
    return History(
        address,
        tuple(_attempt(world, lock, address, attempt, training) for attempt, training in known.in_order),
        former=known.former,
        open=tuple(map(_open, known.approved)),
        pin=_pin(known.pin) if known.pin else None,
        disposed=tuple(sorted(grave.disposed.items(), key=lambda pair: moment(pair[1]))),
        forgotten=grave.resource_names,
        forgotten_at=grave.at,
    )


def _attempt(world: World, lock: Lock, address: Address, attempt: str, training: Training) -> AttemptHistory:
    base = base_of(address, training.submission, lock)
    bill = billed(address, training, None, base, world.catalog, world.workspace.prices)
    return AttemptHistory(
        attempt=attempt,
        role=training.role.value,
        state=training.state or training.phase.value,
        base=base,
        reason=training.reason,
        by=training.by or Author(),
        happenings=tuple(_happenings(training)),
        gate=gate_word(training),
        said=training.gate_refused or training.error,
        cost=bill.cost,
        currency=bill.currency,
        was_billed=bill.was_billed,
        job=training.job,
        model=training.model,
        endpoint="" if taken_over_by(lock.entries[str(address)], attempt) else training.endpoint,
    )


def _happenings(training: Training) -> Iterator[HistoryLine]:
    """In the order in which they were; of equal times our own words come first."""
    ours = [(time, _WORDS[name]) for name, time in training.times.items() if name in _WORDS]
    asked = [(training.cancel_requested, "asked to cancel")] if training.cancel_requested else []
    theirs = [(time, state) for state, time in training.states.items()]
    for time, what in sorted([*ours, *asked, *theirs], key=lambda pair: moment(pair[0])):
        yield HistoryLine(time, what)


def _pin(pin: Pin) -> OpenChange:
    return OpenChange("rollback", pin.attempt, pin.at, pin.reason, pin.by or Author(), deposed=False)


def _open(approved: Approved) -> OpenChange:
    return OpenChange(
        approved.action.value, approved.attempt, approved.at, approved.reason, approved.by or Author(), approved.deposed
    )
