"""forget: drop an address from the lock."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.apply import WaitOptions
from reconciler.core import events as ev
from reconciler.core.change import Change, Reason, ReasonCode
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Severity
from reconciler.core.lock import Lock
from reconciler.core.model import Action, Address
from reconciler.workflow.mending import stamp_of
from reconciler.workflow.runs import nothing_to_do, single_change
from reconciler.workflow.saved_lock import saved
from reconciler.workflow.world import World


def forget(world: World, address: Address, reason: str = "") -> Iterator[ev.Event]:
    """Drop the address from the lock; a tombstone keeps it from being adopted again. The lock of before is kept."""
    world.trusted_lock()
    backups: list[str] = []

    def change_in(lock: Lock) -> Change:
        change = forgetting(lock, address, reason)
        backups.append(world.store.back_up(stamp_of(world)))
        return change

    with saved(world):
        yield from single_change(world, WaitOptions(), change_in)
    for place in backups:
        yield ev.Noted(run_diagnostic("RUN046", f"It is {place}.", Severity.NOTE, address=str(address)))


def forgetting(lock: Lock, address: Address, reason: str = "") -> Change:
    """What `forget` would do; raise ReconcilerError where there is nothing to forget."""
    entry = lock.entry(address)
    if entry is None:
        raise nothing_to_do(address)
    left = tuple(t.model or t.job for t in entry.trainings.values() if t.model or t.job)
    why = Reason(ReasonCode.REQUESTED, f"asked for: {reason}" if reason else "asked for")
    return Change(address, Action.FORGET, why, resources=left, lifecycle=entry.lifecycle, removes_entry=True)
