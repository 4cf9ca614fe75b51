"""apply, wait, destroy, cancel, forget: under the hold, decide anew, approve, carry out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reconciler.apply import Run, Wait, approve_plan, finish_approved, newly_declared, superseded
from reconciler.core import events as ev
from reconciler.core.change import Change, Plan, Reason, ReasonCode
from reconciler.core.checks import NO_PERMISSIONS, Permissions, check_protection
from reconciler.core.codes_plan import tell
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError, Severity
from reconciler.core.lock import Lock
from reconciler.core.model import Action, Address, Desired, Live
from reconciler.core.plan import settle
from reconciler.core.suggest import suggest
from reconciler.gate import judge_successor
from reconciler.workflow.contents import lock_with_learnt
from reconciler.workflow.planning import REFUSED, Planned, refuse
from reconciler.workflow.world import World


def await_lock(world: World) -> None:
    """Wait for whoever holds the lock, or until a dead run's lease ends: a plan made before would be stale after."""
    with world.store.hold():
        pass


def apply_changes(
    world: World, derive: Callable[[], Planned], wait: Wait, *, checksum: str = "", declares: bool = True
) -> Iterator[ev.Event]:
    """Derive the plan under the hold and carry it out; only if it is the approved one, where one was.

    Refusals end it before the first change. `declares` is false for an import: nobody has applied its spec yet.
    """
    with _saved(world):
        with world.store.hold():
            planned = derive()
            if checksum and planned.plan.checksum != checksum:
                detail = f"Approved was {checksum}; now it would be {planned.plan.checksum}."
                raise ReconcilerError(
                    tell("PLAN109", Severity.ERROR, detail, fix="Make a new plan and have it approved.")
                )
            refuse(planned)
            run = run_of(world, planned.desired, planned.live)
            run.declares = declares
            if not _has_work(world, planned, declares=declares):
                return
            _learn(world, planned.live)
            _learn_contents(world, planned)
            yield from _settled(run, planned)
            yield from approve_plan(run, planned.plan)
        only = frozenset(c.address for c in planned.plan.changes)
        yield from finish_approved(run, wait, only)


def finish(world: World, desired: Desired | None, wait: Wait) -> Iterator[ev.Event]:
    """`wait`: what is approved in the lock, and nothing else. Specs serve only for inline examples."""
    world.sound_lock()
    run = run_of(world, desired or Desired({}), Live())
    with _saved(world):
        yield from finish_approved(run, wait)


def cancel(world: World, address: Address, wait: Wait, permissions: Permissions = NO_PERMISSIONS) -> Iterator[ev.Event]:
    """Cancel the training under way at an address, or take a queued one back. A protected one is refused."""
    world.sound_lock()
    run = run_of(world, Desired({}), Live())
    with _saved(world):
        with world.store.hold():
            change = cancellation(world.store.lock, address, permissions)
            yield from approve_plan(run, Plan(changes=(change,)))
        yield from finish_approved(run, wait, frozenset({address}))


def forget(world: World, address: Address) -> Iterator[ev.Event]:
    """Drop the address from the lock; a tombstone keeps it from being adopted again."""
    world.trusted_lock()
    run = run_of(world, Desired({}), Live())
    with _saved(world):
        with world.store.hold():
            change = forgetting(world.store.lock, address)
            yield from approve_plan(run, Plan(changes=(change,)))
        yield from finish_approved(run, Wait(), frozenset({address}))


def cancellation(lock: Lock, address: Address, permissions: Permissions = NO_PERMISSIONS) -> Change:
    """What `cancel` would do; raise ReconcilerError where nothing is under way, or where it is protected."""
    entry = lock.entry(address)
    attempts = tuple(a for a, t in entry.trainings.items() if t.is_open) if entry else ()
    if entry is None or not (attempts or entry.approved):
        raise _nothing(address)
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


def forgetting(lock: Lock, address: Address) -> Change:
    """What `forget` would do; raise ReconcilerError where there is nothing to forget."""
    entry = lock.entry(address)
    if entry is None:
        raise _nothing(address)
    left = tuple(t.model or t.job for t in entry.trainings.values() if t.model or t.job)
    reason = Reason(ReasonCode.REQUESTED, "asked for")
    return Change(address, Action.FORGET, reason, resources=left, lifecycle=entry.lifecycle, removes_entry=True)


def run_of(world: World, desired: Desired, live: Live) -> Run:
    """The run that carries changes out in this world."""
    return Run(
        store=world.store,
        backends=world.backends,
        storage=world.storage,
        clock=world.clock,
        workspace=world.workspace.name,
        judge=judge_successor,
        limits=world.workspace.limits,
        locations=_locations(world, desired),
        commit=world.commit,
        live=live,
        examples={a: d.examples for a, d in desired.models.items() if d.examples},
        files={a: d.data[0].path for a, d in desired.models.items() if d.data and d.data[0].path},
    )


def _locations(world: World, desired: Desired) -> frozenset[str]:
    """Where jobs of a project may be that share its quota."""
    declared = {d.location for d in desired.models.values() if d.location}
    homes = {home.location for home in world.workspace.homes.values()}
    return frozenset({*declared, *world.catalog.locations(world.today), *homes} - {""})


def _has_work(world: World, planned: Planned, *, declares: bool) -> bool:
    """Something to do, a fact to record, or an approval to take back."""
    lock = world.store.lock
    return (
        any(c.does_something for c in planned.plan.changes)
        or lock_with_learnt(lock, planned.lock) is not lock
        or any(True for _ in settle(lock, planned.live))
        or bool(superseded(planned.plan, lock))
        or (declares and bool(newly_declared(planned.plan, lock)))
    )


def _learn(world: World, live: Live) -> None:
    world.store.learn(workspace=world.workspace.name, target=world.target, projects=live.project_numbers)


def _learn_contents(world: World, planned: Planned) -> None:
    """What was downloaded once is not downloaded again: records of 0.1.0 come to say what was learnt."""
    known = world.store.lock
    learnt = lock_with_learnt(known, planned.lock)
    if learnt is not known:
        world.store.replace(learnt)


def _settled(run: Run, planned: Planned) -> Iterator[ev.Event]:
    """Facts that the plan was made on are recorded before what it decided."""
    for event in settle(run.store.lock, planned.live):
        yield run.record(event)


def trusted_lock(world: World) -> Lock:
    """The lock for a question before a change; what a killed run left in the journal is folded in first."""
    with _saved(world):
        return world.trusted_lock()


def sound_lock(world: World) -> Lock:
    """The same, of a lock that does not contradict itself."""
    with _saved(world):
        return world.sound_lock()


@contextmanager
def _saved(world: World) -> Iterator[None]:
    """Fold the journal in at the end, however the end comes. Whoever cannot have the lock ends before."""
    await_lock(world)
    try:
        yield
    finally:
        world.store.fold()


def _nothing(address: Address) -> ReconcilerError:
    detail = f"{address} has nothing in the lock that this could be done to."
    return ReconcilerError(run_diagnostic("RUN013", detail, fix=f"See {suggest('status').quoted}."))
