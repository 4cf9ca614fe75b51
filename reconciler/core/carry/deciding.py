"""Asking every open change what it needs, and what of the answers goes into the lock. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeGuard

from reconciler.core import events as ev
from reconciler.core.advance import changes_lock
from reconciler.core.carry.effects import Done, Fail, Save, Step, Wait
from reconciler.core.carry.facts import RunFacts
from reconciler.core.carry.next_effect import next_effect
from reconciler.core.carry.remember import is_known, taken_up
from reconciler.core.carry.seen import Key, Memory, Seen
from reconciler.core.carry.stopping import approved_of
from reconciler.core.lock import Approved, Lock
from reconciler.core.model import Address
from reconciler.core.sweeps import stands_on


def open_changes(lock: Lock, memory: Memory, only: frozenset[Address | Key] | None) -> list[Key]:
    """Approved and not done, parents first; without those that this run has given up.

    `only` names addresses, or one of the two changes that an address may have.
    """
    found = {
        Key(address, approved.deposed): _depth(lock, approved)
        for address, entry in lock.by_address
        for approved in entry.approved
        if only is None or address in only or Key(address, approved.deposed) in only
    }
    given_up = {
        key
        for key, known in memory.changes.items()
        if known.is_given_up and (change := approved_of(key, lock)) and is_known(memory, key, change)
    }
    return sorted(found.keys() - given_up, key=lambda key: (found[key], key))


def looked_after(memory: Memory, keys: Iterable[Key], lock: Lock, now: float) -> Memory:
    """What is remembered of changes, as they are approved now."""
    found = ((key, approved_of(key, lock)) for key in keys)
    return taken_up(memory, {key: change for key, change in found if change is not None}, now)


def step_of(key: Key, facts: RunFacts, memory: Memory) -> Step:
    """What the change needs now; nothing any more where somebody has taken it back."""
    approved = approved_of(key, facts.lock)
    if approved is None:
        return Done(())
    seen = Seen(memory.changes[key], memory.answers, memory.troubles)
    return next_effect(key.address, facts.entry(key.address), approved, seen, facts, facts.now)


def to_record(step: Step) -> tuple[ev.Fact, ...]:
    """The facts of a step that are recorded, with those that go along for people to hear."""
    if isinstance(step, Save | Done):
        return step.events
    if isinstance(step, Fail):
        return () if step.left else step.events
    if isinstance(step, Wait):
        return tuple(event for event in step.events if changes_lock(event))
    return ()


def is_heard_of(event: ev.Fact) -> TypeGuard[ev.Event]:
    """Whether people hear of it."""
    return not isinstance(event, ev.ChangeBegun)


def _depth(lock: Lock, approved: Approved, above: frozenset[str] = frozenset()) -> int:
    """How many stand above it, one over the other: parents, and trials of which it will be the best."""
    needed = set(stands_on(approved.submission)) - above if approved.submission else set[str]()
    return 1 + max(_depth_of(lock, name, above | needed) for name in needed) if needed else 0


def _depth_of(lock: Lock, name: str, above: frozenset[str]) -> int:
    entry = lock.entries.get(name)
    change = next((a for a in entry.approved if a.submission), None) if entry else None
    return _depth(lock, change, above) if change else 0
