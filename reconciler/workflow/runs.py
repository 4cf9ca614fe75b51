"""The run that carries approved changes out, as a workflow begins it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from reconciler.apply import Run, WaitOptions, approve_plan, finish_approved
from reconciler.backends.base import Backend
from reconciler.core import events as ev
from reconciler.core.carry.approval import Approval
from reconciler.core.carry.seen import Key
from reconciler.core.change import Change, Plan
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.lock import Lock, Training
from reconciler.core.model import Address, Desired, Live
from reconciler.core.situation import MarkerIndex
from reconciler.core.suggest import suggest
from reconciler.core.times import written
from reconciler.workflow.world import World

if TYPE_CHECKING:
    from reconciler.apply.perform import Judge
    from reconciler.core.gate_spec import GateSpec
    from reconciler.core.judgement import Judged, StillJudging

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
        judge=_judge(world),
        limits=world.workspace.limits,
        locations=_locations(world, desired or Desired({})),
        examples=examples,
        files={a: d.data[0].path for a, d in models.items() if d.data and d.data[0].path},
        parallelism=world.parallelism,
    )


def _judge(world: World) -> Judge:
    """What a gate is judged with is put together for the first that is."""
    bench = cache(lambda: world.judging)

    def judge(
        backend: Backend, address: Address, training: Training, gate: GateSpec, incumbent: Training | None
    ) -> Judged | StillJudging:
        from reconciler.gate import judge_successor

        return judge_successor(bench(), backend, address, training, gate, incumbent)

    return judge


def single_change(world: World, wait: WaitOptions, change_in: Callable[[Lock], Change]) -> Iterator[ev.Event]:
    """One change that needs no look at the cloud."""
    run = run_of(world, {})
    with world.store.hold():
        change = change_in(world.store.lock)
        plan = Plan(changes=(change,))
        marked = MarkerIndex({}, world.workspace.name)
        approval = Approval("", record_time(world), Live(), marked, commit=world.commit, by=world.by)
        happened = approve_plan(run, plan, approval)
    yield from happened
    yield from finish_approved(run, wait, frozenset({change.address}), [Key(change.address)])


def _locations(world: World, desired: Desired) -> frozenset[str]:
    """Where jobs of a project may be that share its quota."""
    declared = {d.location for d in desired.models.values() if d.location}
    homes = {home.location for home in world.workspace.homes.values()}
    return frozenset({*declared, *world.catalog.locations(world.today), *homes} - {""})


def record_time(world: World) -> str:
    """Now, as the lock writes it."""
    return written(world.clock.now())


def nothing_to_do(address: Address) -> ReconcilerError:
    """Where there is nothing to cancel, or to forget."""
    detail = f"{address} has nothing in the lock that this could be done to."
    return ReconcilerError(run_diagnostic("RUN013", detail, fix=f"See {suggest('status').quoted}."))
