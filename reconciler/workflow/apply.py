"""apply, and destroy: derive the plan anew, approve it under the hold, carry it out."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

from reconciler.apply import Run, Uploads, WaitOptions, approve_plan, finish_approved, upload, upload_again
from reconciler.core import events as ev
from reconciler.core.carry.approval import APPROVABLE, BEGUN_LASTS_S, Approval, newly_declared, superseded, under_way
from reconciler.core.carry.seen import Key
from reconciler.core.codes_lock import lock_error
from reconciler.core.codes_plan import plan_diagnostic
from reconciler.core.diagnostics import ReconcilerError, Severity
from reconciler.core.model import Live
from reconciler.core.plan import settle
from reconciler.core.plurals import counted
from reconciler.core.situation import MarkerIndex
from reconciler.workflow.contents import lock_with_learnt
from reconciler.workflow.planning import Planned, refuse
from reconciler.workflow.runs import examples_of, record_time, run_of
from reconciler.workflow.saved_lock import saved
from reconciler.workflow.telling import telling
from reconciler.workflow.world import World

_TRIES = 100
"""How often a plan is made anew because another run was quicker. Ours."""
_AWAITED_S = 2 * BEGUN_LASTS_S
"""How long one is waited for that is in the middle of a deletion: longer than the mark of a killed one counts."""


def apply_changes(
    world: World, derive: Callable[[], Planned], wait: WaitOptions, *, checksum: str = "", declares: bool = True
) -> Iterator[ev.Event]:
    """Derive the plan once more and carry it out; only if it is the approved one, where one was.

    Refusals end it before the first change. `declares` is false for an import: nobody has applied its spec yet.
    """
    with saved(world):
        approved = yield from _approved(world, derive, checksum, declares=declares)
        if approved is None:
            yield from telling(world, iter(()))
            return
        planned, begun = approved
        run = run_of(world, examples_of(planned.desired), planned.desired)
        only = frozenset(c.address for c in planned.plan.changes)
        yield from telling(world, finish_approved(run, wait, only, begun))


def _approved(
    world: World, derive: Callable[[], Planned], checksum: str, *, declares: bool
) -> Generator[ev.Event, None, tuple[Planned, list[Key]] | None]:
    """The plan once it stands in the lock; None where there is nothing to do.

    Nothing is held while the cloud is looked at and files are uploaded. What stands in the lock when the plan is
    approved must be what it was made from; where another run has written meanwhile, it is made anew.
    """
    quicker, began_s, uploaded = 0, world.clock.now(), Uploads()
    while quicker < _TRIES and world.clock.now() - began_s < _AWAITED_S:
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
        uploaded = yield from upload(run, planned.plan, uploaded)
        with world.store.hold():
            in_the_way = _in_the_way(world, planned)
            happened = [] if in_the_way else _into_the_lock(world, run, planned, uploaded, declares=declares)
        if not in_the_way:
            yield from happened
            yield from upload_again(run, uploaded)
            return planned, [Key(c.address, c.deposed) for c in planned.plan.changes if c.action in APPROVABLE]
        quicker += in_the_way is True
        if isinstance(in_the_way, Key):
            yield ev.Queued(in_the_way.address, "another run to end what it is deleting")
            world.clock.sleep(world.poll_s)
    raise lock_error(
        "LOCK018",
        f"Another run wrote it {counted(quicker, 'time')} while the plan was made."
        if quicker
        else f"Another run has been in the middle of a deletion for {_AWAITED_S:.0f} s.",
        path=world.workspace.lock,
        fix="Run the command again when that one is done.",
    )


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
    return Approval(planned.plan.checksum, record_time(world), live, marked, declares, world.commit, world.by)


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
