"""The lock around a command: who holds it is waited for, and at the end the journal is folded in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from reconciler.core.lock import Lock
from reconciler.workflow.world import World


def await_lock(world: World) -> None:
    """Wait for whoever holds the lock, or until a dead run's lease ends: a plan made before would be stale after."""
    with world.store.hold():
        pass


def trusted_lock(world: World) -> Lock:
    """The lock for a question before a change; what a killed run left in the journal is folded in first."""
    with saved(world):
        return world.trusted_lock()


def sound_lock(world: World) -> Lock:
    """The same, of a lock that does not contradict itself."""
    with saved(world):
        return world.sound_lock()


@contextmanager
def saved(world: World) -> Iterator[None]:
    """Fold the journal in at the end, however the end comes. Whoever cannot have the lock ends before."""
    await_lock(world)
    try:
        yield
    finally:
        world.store.fold()
