"""cancel: end the training under way at an address."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.apply import WaitOptions
from reconciler.core import events as ev
from reconciler.core.change import Change, Reason, ReasonCode
from reconciler.core.checks import NO_PERMISSIONS, Permissions, check_protection
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.lock import Lock
from reconciler.core.model import Action, Address
from reconciler.workflow.planning import REFUSED
from reconciler.workflow.runs import nothing_to_do, single_change
from reconciler.workflow.saved_lock import saved
from reconciler.workflow.world import World


def cancel(
    world: World, address: Address, wait: WaitOptions, permissions: Permissions = NO_PERMISSIONS
) -> Iterator[ev.Event]:
    """Cancel the training under way at an address, or take a queued one back. A protected one is refused."""
    world.sound_lock()
    with saved(world):
        yield from single_change(world, wait, lambda lock: cancellation(lock, address, permissions))


def cancellation(lock: Lock, address: Address, permissions: Permissions = NO_PERMISSIONS) -> Change:
    """What `cancel` would do; raise ReconcilerError where nothing is under way, or where it is protected."""
    entry = lock.entry(address)
    attempts = tuple(a for a, t in entry.trainings.items() if t.is_open) if entry else ()
    if entry is None or not (attempts or entry.approved):
        raise nothing_to_do(address)
    change = Change(
        address,
        Action.CANCEL,
        Reason(ReasonCode.REQUESTED, "asked for" if attempts else "asked for; it was not submitted yet"),
        cancels=attempts,
        resources=tuple(t.job for a, t in entry.trainings.items() if a in attempts and t.job),
        lifecycle=entry.lifecycle,
        removes_entry=not entry.trainings,
    )
    refused = list(check_protection(change, lock, permissions)) if attempts else []
    if refused:
        raise ReconcilerError(*refused, exit_code=REFUSED)
    return change
