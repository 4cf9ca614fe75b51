"""apply, wait, destroy, cancel, forget: decide anew, approve under the hold, carry out."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeAlias

from reconciler.apply import Run, Uploads, WaitOptions, approve_plan, finish_approved, upload
from reconciler.core import events as ev
from reconciler.core.carry.approval import APPROVABLE, Approval, newly_declared, superseded, under_way
from reconciler.core.carry.seen import Key
from reconciler.core.change import Change, Plan, Reason, ReasonCode
from reconciler.core.checks import NO_PERMISSIONS, Permissions, check_protection
from reconciler.core.codes_lock import lock_error
from reconciler.core.codes_plan import plan_diagnostic
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError, Severity
from reconciler.core.lock import Lock
from reconciler.core.model import Action, Address, Desired, Live
from reconciler.core.plan import settle
from reconciler.core.situation import MarkerIndex
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
    world: World, derive: Callable[[], Planned], wait: WaitOptions, *, checksum: str = "", declares: bool = True
) -> Iterator[ev.Event]:
    """Derive the plan once more and carry it out; only if it is the approved one, where one was.

    Refusals end it before the first change. `declares` is false for an import: nobody has applied its spec yet.
    """
    with _saved(world):
        approved = yield from _approved(world, derive, checksum, declares=declares)
        if approved is None:
            return
        planned, begun = approved
        run = run_of(world, examples_of(planned.desired), planned.desired)
        only = frozenset(c.address for c in planned.plan.changes)
        yield from finish_approved(run, wait, only, begun)


def _approved(
    world: World, derive: Callable[[], Planned], checksum: str, *, declares: bool
) -> Generator[ev.Event, None, tuple[Planned, list[Key]] | None]:
    """The plan once it stands in the lock; None where there is nothing to do.

    Nothing is held while the cloud is looked at and files are uploaded. What stands in the lock when the plan is
    approved must be what it was made from; where another run has written meanwhile, it is made anew.
    """
    for _ in range(_TRIES):
        planned = derive()
        if checksum and planned.plan.checksum != checksum:
            detail = f"Approved was {checksum}; now it would be {planned.plan.checksum}."
            raise ReconcilerError(
                plan_diagnostic("PLAN109", Severity.ERROR, detail, fix="Make a new plan and have it approved.")
            )
        refuse(planned)
        if not _has_work(planned, declares=declares):
            return None
        run = run_of(world, {}, planned.desired)
        uploaded = yield from upload(run, planned.plan)
        with world.store.hold():
            in_the_way = _in_the_way(world, planned)
            happened = [] if in_the_way else _into_the_lock(world, run, planned, uploaded, declares=declares)
        if not in_the_way:
            yield from happened
            return planned, [Key(c.address, c.deposed) for c in planned.plan.changes if c.action in APPROVABLE]
        if isinstance(in_the_way, Key):
            yield ev.Queued(in_the_way.address, "another run to end what it is deleting")
            world.clock.sleep(world.poll_s)
    raise lock_error(
        "LOCK018",
        f"{_TRIES} times another run wrote it while the plan was made.",
        path=world.workspace.lock,
        fix="Run the command again when that one is done.",
    )


_TRIES = 100
"""How often a plan is made anew because another run was quicker, or is in the middle of something. Ours."""


def _in_the_way(world: World, planned: Planned) -> Key | bool:
    """What keeps the plan from being approved now: another lock than it was made from, or a disposal under way."""
    lock, store = world.store.lock, world.store
    if lock != planned.read:
        return True
    key = under_way(planned.plan, lock, world.clock.now(), in_flight=store.in_flight())
    return key or False


def _into_the_lock(world: World, run: Run, planned: Planned, uploaded: Uploads, *, declares: bool) -> list[ev.Event]:
    """Facts that the plan was made on are recorded before what it decided. Inside the hold."""
    _learn(world, planned.live)
    _learn_contents(world, planned)
    settled = list(settle(world.store.lock, planned.live))
    for event in settled:
        world.store.record(event)
    return [*settled, *approve_plan(run, planned.plan, _approval(world, planned, declares=declares), uploaded)]


def _approval(world: World, planned: Planned, *, declares: bool) -> Approval:
    live = planned.live
    marked = MarkerIndex(live.trainings, world.workspace.name)
    return Approval(planned.plan.checksum, _at(world), live, marked, declares, world.commit)


def _at(world: World) -> str:
    """Now, as the lock writes it."""
    now = datetime.fromtimestamp(world.clock.now(), UTC)
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def finish(world: World, examples: Examples, wait: WaitOptions) -> Iterator[ev.Event]:
    """`wait`: what is approved in the lock, and nothing else. Of the specs it needs inline examples alone."""
    world.sound_lock()
    with _saved(world):
        yield from finish_approved(run_of(world, examples), wait)


def cancel(
    world: World, address: Address, wait: WaitOptions, permissions: Permissions = NO_PERMISSIONS
) -> Iterator[ev.Event]:
    """Cancel the training under way at an address, or take a queued one back. A protected one is refused."""
    world.sound_lock()
    with _saved(world):
        yield from _single(world, wait, lambda lock: cancellation(lock, address, permissions))


def forget(world: World, address: Address) -> Iterator[ev.Event]:
    """Drop the address from the lock; a tombstone keeps it from being adopted again."""
    world.trusted_lock()
    with _saved(world):
        yield from _single(world, WaitOptions(), lambda lock: forgetting(lock, address))


def _single(world: World, wait: WaitOptions, change_in: Callable[[Lock], Change]) -> Iterator[ev.Event]:
    """One change that needs no look at the cloud."""
    run = run_of(world, {})
    with world.store.hold():
        change = change_in(world.store.lock)
        plan = Plan(changes=(change,))
        approval = Approval("", _at(world), Live(), MarkerIndex({}, world.workspace.name), commit=world.commit)
        happened = approve_plan(run, plan, approval)
    yield from happened
    yield from finish_approved(run, wait, frozenset({change.address}), [Key(change.address)])


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


Examples: TypeAlias = Mapping[Address, Sequence[tuple[str, str]]]
"""Inline examples of the Gemini API by address: they are sent, and never enter the lock."""


def examples_of(desired: Desired) -> Examples:
    """Those of the specs."""
    return {a: d.examples for a, d in desired.models.items() if d.examples}


def run_of(world: World, examples: Examples, desired: Desired | None = None) -> Run:
    """The run that carries changes out in this world."""
    models = desired.models if desired else {}
    return Run(
        store=world.store,
        backends=world.backends,
        storage=world.storage,
        clock=world.clock,
        workspace=world.workspace.name,
        judge=judge_successor,
        limits=world.workspace.limits,
        locations=_locations(world, desired or Desired({})),
        examples=examples,
        files={a: d.data[0].path for a, d in models.items() if d.data and d.data[0].path},
        parallelism=world.parallelism,
    )


def _locations(world: World, desired: Desired) -> frozenset[str]:
    """Where jobs of a project may be that share its quota."""
    declared = {d.location for d in desired.models.values() if d.location}
    homes = {home.location for home in world.workspace.homes.values()}
    return frozenset({*declared, *world.catalog.locations(world.today), *homes} - {""})


def _has_work(planned: Planned, *, declares: bool) -> bool:
    """Something to do, a fact to record, or an approval to take back."""
    lock = planned.read
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
