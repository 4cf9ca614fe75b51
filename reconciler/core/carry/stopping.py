"""When a run stops waiting, and what it says of what it leaves. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.core.carry.effects import Wait
from reconciler.core.carry.remember import given_up_addresses
from reconciler.core.carry.seen import Key, Memory
from reconciler.core.copying import is_copy
from reconciler.core.lock import Approved, Lock
from reconciler.core.model import Action, Address
from reconciler.core.sweeps import stands_on

PATIENCE = 5
"""Ticks in a row without an answer after which a change is left for `wait`."""


@dataclass(frozen=True, slots=True)
class WaitOptions:
    """How long to stay. `timeout_s` None is as long as it takes; polls are `poll_s` apart.

    `spent_s` of the time was over before there was anything to wait for.
    """

    no_wait: bool = False
    timeout_s: float | None = None
    poll_s: float = 5.0
    spent_s: float = 0.0


def why_stop(waiting: WaitOptions, waited_s: float, left: Mapping[Key, Wait], memory: Memory, lock: Lock) -> str:
    """A sentence about what is left, with a place for what it is doing, or "" to go on."""
    if waiting.no_wait:
        return "still {doing} (--no-wait)"
    if waiting.timeout_s is not None and waited_s + waiting.poll_s > waiting.timeout_s:
        return f"still {{doing}} after {waiting.timeout_s:.0f} s (--timeout)"
    if all(memory.changes[key].silent >= PATIENCE for key in left):
        return "the service does not answer"
    if all(wait.queued and _waits_in_vain(key, memory, lock) for key, wait in left.items()):
        return "what it stands on cannot be looked at"
    return ""


def why_left(key: Key, wait: Wait, why: str, lock: Lock) -> str:
    """The sentence for one change."""
    return wait.queued or why.format(doing=_doing(key, lock))


def approved_of(key: Key, lock: Lock) -> Approved | None:
    """The change as it is approved now."""
    entry = lock.entry(key.address)
    return next((a for a in entry.approved if a.deposed is key.deposed), None) if entry else None


def _waits_in_vain(key: Key, memory: Memory, lock: Lock) -> bool:
    """Whether one that it stands on, whose end it waits for, is given up in this run: nobody would see it end here."""
    given_up, seen = given_up_addresses(memory), {key.address}
    left = [key]
    while left:
        change = approved_of(left.pop(), lock)
        above = map(Address.parse, stands_on(change.submission)) if change and change.submission else ()
        new = {address for address in above if address not in seen}
        if new & given_up:
            return True
        seen |= new
        left += map(Key, new)
    return False


def _doing(key: Key, lock: Lock) -> str:
    """What the change waits for."""
    entry, change = lock.entry(key.address), approved_of(key, lock)
    if entry is None or change is None:
        return "under way"
    if any(a in entry.trainings and entry.trainings[a].is_open for a in change.cancels):
        return "being cancelled"
    if is_copy(change.submission):
        return "being copied"
    return "being deleted" if change.action in (Action.DELETE, Action.CANCEL) else "training"
