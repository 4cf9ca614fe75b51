"""state mv and state push: a person changes the lock itself, under its hold, and what it was before is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from reconciler.core.carry.approval import BEGUN_LASTS_S
from reconciler.core.codes_lock import lock_error
from reconciler.core.contradictions import contradictions
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.lock import Entry, Lock, Mending
from reconciler.core.mending import differing, in_place_of, losses, moved, moves_of, with_mending
from reconciler.core.model import Address
from reconciler.core.suggest import suggest
from reconciler.core.times import seconds_of
from reconciler.files.lock_json import check_entry
from reconciler.workflow.runs import record_time
from reconciler.workflow.saved_lock import saved
from reconciler.workflow.world import World

_NAMED = 5
"""Losses that a message names."""


@dataclass(frozen=True, slots=True)
class Mended:
    """What was changed: the addresses whose entries are others by now, none where nothing was; and the backup."""

    addresses: tuple[str, ...] = ()
    backup: str = ""


def move(world: World, old: Address, new: Address, reason: str = "") -> Mended:
    """The entry of an address, and the trials of a sweep with it, under another name. The cloud is untouched."""

    def change(lock: Lock) -> Lock:
        return moved(lock, moving(world, lock, old, new))

    return _written(world, "mv", change, reason, names=(str(old), str(new)))


def moving(world: World, lock: Lock, old: Address, new: Address) -> Mapping[Address, Address]:
    """What `move` would rename; raise ReconcilerError where that cannot be."""
    path = world.workspace.lock
    entry = lock.entry(old)
    if entry is None:
        raise no_entry(old, path)
    if not entry.trainings:
        fix = f"Take that back with {suggest('cancel', old).quoted}, and apply under the new name."
        raise lock_error("LOCK031", f"Of {old} a change was approved, and nothing was sent.", path=path, fix=fix)
    moves = moves_of(lock, old, new)
    for former, name in moves.items():
        if former.backend != name.backend:
            detail = f"{former} is of {former.backend}, and {name} of {name.backend}."
            raise lock_error("LOCK027", detail, path=path, fix=f"Name it {former.backend}/….")
        try:
            check_entry(str(name), None)
        except ValueError as exc:
            raise lock_error("LOCK027", f"{exc}.", path=path, fix="Use a name that a spec can have.") from exc
        if lock.entry(name) is not None:
            fix = f"Take another name, or let go of it first: {suggest('state', 'rm', name).quoted}."
            raise lock_error("LOCK026", f"{name} is in the lock.", path=path, fix=fix)
    return moves


def push(world: World, given: Lock, path: str, reason: str = "", *, force: bool = False) -> Mended:
    """Another lock in place of the present one. What would lose something is refused, unless it is forced."""

    def change(lock: Lock) -> Lock:
        return pushing(world, lock, given, path, force=force)

    return _written(world, "push", change, reason)


def pushing(world: World, lock: Lock, given: Lock, path: str, *, force: bool = False) -> Lock:
    """What `push` would write; raise ReconcilerError for what is refused. No force makes a lock of something else."""
    for what, ours, theirs in (
        ("workspace", world.workspace.name, given.workspace),
        ("target", world.target, given.target),
    ):
        if theirs and ours != theirs:
            raise lock_error("LOCK011", f"Its {what} is {theirs}; this run's is {ours}.", path=path)
    found = contradictions(given, path)
    if found:
        raise ReconcilerError(*found)
    if not force:
        _refuse_losses(lock, given, path)
    return in_place_of(lock, given)


def no_entry(address: Address, path: str) -> ReconcilerError:
    """Of a command that names an entry."""
    fix = f"See {suggest('state', 'list').quoted}."
    return lock_error("LOCK025", f"{address} is not in it.", path=path, fix=fix)


def stamp_of(world: World) -> str:
    """Now, as the name of a backup has it: `20261130T173000.000Z`."""
    return record_time(world).replace("-", "").replace(":", "")


def _refuse_losses(lock: Lock, given: Lock, path: str) -> None:
    forced = "Give --force with a --reason if that is meant."
    if lock.lineage and given.lineage != lock.lineage:
        detail = f"Its lineage is {given.lineage or 'not said'}; the present lock's is {lock.lineage}."
        raise lock_error("LOCK029", detail, path=path, fix=forced)
    lost = losses(lock, given)
    if lost:
        more = f"; and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
        detail = f"{'; '.join(lost[:_NAMED])}{more}."
        fix = f"Pull the present one and change that, or take both: {suggest('lock', 'merge', path).quoted}. {forced}"
        raise lock_error("LOCK030", detail, path=path, fix=fix)


def _written(
    world: World, what: str, change: Callable[[Lock], Lock], reason: str, names: tuple[str, ...] = ()
) -> Mended:
    """Compare and set: what is changed is the lock as it is under the hold, and its backup is of that very moment."""
    world.trusted_lock()
    with saved(world), world.store.hold():
        before = world.store.lock
        after = change(before)
        touched = differing(before, after)
        if after == before:
            return Mended()
        _refuse_in_the_middle(world, before.entries.values())
        by, at = world.by, record_time(world)
        note = Mending(what=what, addresses=names or touched, by=by, reason=reason, at=at)
        backup = world.store.back_up(stamp_of(world))
        world.store.replace(with_mending(after, note))
    return Mended(touched, backup)


def _refuse_in_the_middle(world: World, entries: Iterable[Entry]) -> None:
    """Where nobody can see what other machines do, a deletion is marked in the lock for as long as it can take."""
    in_flight, now = world.store.in_flight(), world.clock.now()
    marks = (a.begun for entry in entries for a in entry.approved if a.begun)
    if in_flight or (in_flight is None and any(now - seconds_of(mark) < BEGUN_LASTS_S for mark in marks)):
        detail = "It is about to record what comes of it."
        fix = "Run the command again when that one is done."
        raise lock_error("LOCK028", detail, path=world.workspace.lock, fix=fix)
