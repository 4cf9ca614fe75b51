"""forget: drop an address from the lock."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.apply import WaitOptions
from reconciler.core import events as ev
from reconciler.core.change import Change, Reason, ReasonCode
from reconciler.core.lock import Lock
from reconciler.core.model import Action, Address
from reconciler.workflow.runs import nothing_to_do, single_change
from reconciler.workflow.saved_lock import saved
from reconciler.workflow.world import World


def forget(world: World, address: Address) -> Iterator[ev.Event]:
    """Drop the address from the lock; a tombstone keeps it from being adopted again."""
    world.trusted_lock()
    with saved(world):
        yield from single_change(world, WaitOptions(), lambda lock: forgetting(lock, address))


def forgetting(lock: Lock, address: Address) -> Change:
    """What `forget` would do; raise ReconcilerError where there is nothing to forget."""
    entry = lock.entry(address)
    if entry is None:
        raise nothing_to_do(address)
    left = tuple(t.model or t.job for t in entry.trainings.values() if t.model or t.job)
    reason = Reason(ReasonCode.REQUESTED, "asked for")
    return Change(address, Action.FORGET, reason, resources=left, lifecycle=entry.lifecycle, removes_entry=True)
