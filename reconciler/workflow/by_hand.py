"""rollback and promote: a person chooses which trained attempt serves. Nothing is trained, nothing is disposed of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from reconciler.apply import WaitOptions, approve_beside, finish_approved
from reconciler.core import diff
from reconciler.core import events as ev
from reconciler.core.carry.approval import Approval, under_way
from reconciler.core.carry.seen import Key
from reconciler.core.change import Change, Plan, Reason, ReasonCode
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.lock import Entry, Lock, Pin, Promotion, Role
from reconciler.core.model import Action, Address, Live
from reconciler.core.pins import let_serve, pin_of, served_before, unfinished
from reconciler.core.plan import owner_labels
from reconciler.core.situation import MarkerIndex
from reconciler.core.suggest import SuggestedCommand, suggest
from reconciler.core.taken_over import taken_over_by
from reconciler.workflow.runs import nothing_to_do, record_time, run_of
from reconciler.workflow.saved_lock import saved
from reconciler.workflow.telling import telling
from reconciler.workflow.world import World


def rollback(world: World, address: Address, to: str, reason: str, wait: WaitOptions) -> Iterator[ev.Event]:
    """Let an earlier attempt serve again, and pin it. What is under way at the address goes on."""
    return _by_hand(world, wait, lambda lock: rolling_back(world, lock, address, to, reason))


def promote(
    world: World, address: Address, attempt: str, wait: WaitOptions, reason: str = "", *, force: bool = False
) -> Iterator[ev.Event]:
    """Let serve what waits for it, or what the address was rolled back from: a pin is over."""
    return _by_hand(world, wait, lambda lock: promoting(world, lock, address, attempt, reason, force=force))


def rolling_back(world: World, lock: Lock, address: Address, to: str, reason: str) -> Change:
    """What `rollback` would do; raise ReconcilerError where there is nothing to roll back to."""
    entry = _entry(lock, address)
    if entry.serving is None:
        raise _cannot(address, "Nothing serves there, so that there is nothing to roll back from.")
    begun = unfinished(address, entry)
    if begun is not None and to in ("", begun.attempt):
        return begun
    attempt = to or served_before(entry)
    if not attempt:
        others = [a for a, _ in entry.deposed]
        named = f" Deposed are {', '.join(others)}: name one with --to." if others else ""
        raise _cannot(address, f"No attempt is known to have served before attempt {entry.serving[0]}.{named}")
    if attempt == entry.serving[0]:
        return _serves_already(address, entry)
    _able(address, entry, attempt)
    pin = pin_of(entry, attempt, by=world.by, reason=reason, at=record_time(world))
    return _change(world, address, entry, attempt, pin)


def promoting(
    world: World, lock: Lock, address: Address, attempt: str, reason: str = "", *, force: bool = False
) -> Change:
    """What `promote` would do; raise ReconcilerError where nothing waits for it.

    `force` is for an attempt that did not pass its gate: a person knows better.
    """
    entry = _entry(lock, address)
    begun = unfinished(address, entry)
    if begun is not None and begun.pin is None and attempt in ("", begun.attempt):
        return begun
    known = [*reversed(entry.with_role(Role.PENDING)), *(entry.pinned.over if entry.pinned else ())]
    chosen = attempt or next((a for a in known if a in entry.trainings), "")
    if not chosen:
        raise _cannot(address, "Nothing waits to be promoted: what was trained last serves, or was refused.")
    if entry.serving is not None and chosen == entry.serving[0]:
        return _serves_already(address, entry)
    training = entry.trainings.get(chosen)
    is_forced = force and training is not None and bool(training.gate_refused and training.model)
    if not is_forced:
        _able(address, entry, chosen)
    if chosen not in known and not is_forced:
        back = suggest("rollback", address, "--to", chosen)
        raise _cannot(address, f"Attempt {chosen} does not wait for it: it served before.", command=back)
    change = _change(world, address, entry, chosen, None)
    return replace(change, promotion=Promotion(by=world.by, reason=reason, at=record_time(world)))


def _by_hand(world: World, wait: WaitOptions, change_in: Callable[[Lock], Change]) -> Iterator[ev.Event]:
    """The change beside that of the address, which is left as it is: a training goes on, and is not waited for here."""
    world.sound_lock()
    with saved(world):
        run = run_of(world, {})
        with world.store.hold():
            lock = world.store.lock
            change = change_in(lock)
            if not change.does_something:
                return
            key = Key(change.address, change.deposed)
            _refuse_in_the_middle(world, lock, change)
            marked = MarkerIndex({}, world.workspace.name)
            approval = Approval(
                "", record_time(world), Live(), marked, declares=False, commit=world.commit, by=world.by
            )
            happened = approve_beside(run, change, approval)
        yield from happened
        yield from telling(world, finish_approved(run, wait, frozenset({key}), [key]))


def _refuse_in_the_middle(world: World, lock: Lock, change: Change) -> None:
    """A deletion of deposed models gives way, but not in the middle of a request."""
    deposed = Plan(changes=(change,))
    busy = under_way(deposed, lock, world.clock.now(), in_flight=world.store.in_flight())
    if busy is not None and busy.deposed:
        raise _cannot(change.address, "Another run is deleting deposed models of it: run this again when that is done.")


def _entry(lock: Lock, address: Address) -> Entry:
    entry = lock.entry(address)
    if entry is None:
        raise nothing_to_do(address)
    return entry


def _able(address: Address, entry: Entry, attempt: str) -> None:
    """Only what was trained, and is not on its way out, can serve."""
    training = entry.trainings.get(attempt)
    if training is None:
        known = ", ".join(a for a, _ in entry.in_order)
        raise _cannot(address, f"There is no attempt {attempt}; the lock has {known}.")
    if training.role is Role.CANDIDATE:
        raise _cannot(address, f"Attempt {attempt} is not trained yet.")
    if training.gate_refused:
        forced = suggest("promote", address, "--attempt", attempt, "--force")
        raise _cannot(address, f"Attempt {attempt} did not pass its gate: {training.gate_refused}.", command=forced)
    if training.role is Role.FAILED:
        raise _cannot(address, f"Attempt {attempt} failed: {training.error or training.state}.")
    if holder := taken_over_by(entry, attempt):
        raise _cannot(
            address,
            f"Attempt {attempt} has no endpoint any more: {training.endpoint} serves attempt {holder}, "
            "which was rebased there.",
        )


def _change(world: World, address: Address, entry: Entry, attempt: str, pin: Pin | None) -> Change:
    applied = entry.in_place if entry.serving else entry.trainings[attempt].submission.in_place
    in_place = diff.merge(applied, owner_labels(address, world.workspace.name))
    return let_serve(address, entry, attempt, pin, in_place)


def _serves_already(address: Address, entry: Entry) -> Change:
    assert entry.serving is not None
    words = f"attempt {entry.serving[0]} serves already"
    return Change(address, Action.NOOP, Reason(ReasonCode.REQUESTED, words), lifecycle=entry.lifecycle)


def _cannot(address: Address, why: str, *, command: SuggestedCommand | str = "") -> ReconcilerError:
    fix = "" if command else f"See {suggest('show', address).quoted} for its attempts."
    return ReconcilerError(run_diagnostic("RUN040", why, fix=fix, command=command, address=str(address)))
