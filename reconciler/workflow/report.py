"""report: everything that is known of a workspace, whatever of it could not be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from reconciler.backends.base import BackendError
from reconciler.backends.threads import gather
from reconciler.core import exits
from reconciler.core.bills import Bill, base_in_lock, bill_of
from reconciler.core.change import Change, Plan, Reason
from reconciler.core.codes_api import condition_of
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.cost import bases_declared
from reconciler.core.diagnostics import Diagnostic, ReconcilerError, in_order
from reconciler.core.faults import Condition, Fault
from reconciler.core.lock import Entry, Lock, Phase, Training
from reconciler.core.model import Action, Address, Desired, Live
from reconciler.core.suggest import suggest
from reconciler.core.times import written
from reconciler.core.training_curves import from_lock, with_curves
from reconciler.core.tuned_from import tuned_from
from reconciler.render.report_values import AttemptCurves, Report, ReportedModel
from reconciler.render.values import Banner
from reconciler.version import __version__
from reconciler.workflow.planning import Planned, look
from reconciler.workflow.world import World

_CURVES_OF_ALL = 200
"""Models of which all have their curves in one report."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a report is to be about; no address is all of them."""

    only: frozenset[Address] = frozenset()
    with_curves: bool = True


@dataclass(frozen=True, slots=True)
class Gathered:
    """The report, and what the run ends with: 0 where a plan could be made, 4 where its time was over before."""

    report: Report
    exit_code: int = exits.OK


@dataclass(frozen=True, slots=True)
class _Seen:
    """What could be read. `lock` and `live` are None where they could not."""

    specs: Desired
    lock: Lock | None = None
    live: Live | None = None
    plan: Plan | None = None
    trouble: tuple[Diagnostic, ...] = ()
    exit_code: int = exits.OK


def gather_report(
    world: World, banner: Banner, readable: Desired, make_plan: Callable[[], Planned], wanted: Wanted
) -> Gathered:
    """Where a plan cannot be made the report says why, and has all the rest: `readable` are the specs for that.

    Raises ReconcilerError (RUN013) for an address that nobody knows.
    """
    seen = _seen(world, readable, make_plan)
    addresses = _known(seen)
    unknown = sorted(str(a) for a in wanted.only if a not in addresses)
    if unknown:
        detail = f"{', '.join(unknown)}: neither declared nor in the lock."
        raise ReconcilerError(run_diagnostic("RUN013", detail, fix=f"See {suggest('status').quoted} for all of them."))
    chosen = [a for a in addresses if not wanted.only or a in wanted.only]
    declared = bases_declared(seen.specs.models, seen.lock or Lock())
    models = [_model(world, seen, address, declared.get(address, "")) for address in chosen]
    models = _with_curves(world, models, _asked(seen, models) if wanted.with_curves else frozenset())
    report = Report(
        banner=banner,
        at=written(world.clock.now()),
        today=world.today,
        version=__version__,
        models=tuple(models),
        plan=_about(seen.plan, frozenset(chosen), seen.lock) if seen.plan else None,
        trouble=seen.trouble,
        saw_lock=seen.lock is not None,
        saw_cloud=seen.live is not None,
        hidden=len(addresses) - len(chosen),
        commit=world.commit,
        catalog_as_of=world.catalog.as_of,
    )
    return Gathered(report, exits.STILL_RUNNING if _is_late(report) else seen.exit_code)


def _is_late(report: Report) -> bool:
    """Whether the time of the run was over before everything had been read."""
    curves = [c.trouble for model in report.models for c in model.curves if c.trouble]
    return any(condition_of(found) is Condition.RUN_OVER for found in (*report.trouble, *curves))


def _seen(world: World, readable: Desired, make_plan: Callable[[], Planned]) -> _Seen:
    try:
        planned = make_plan()
    except ReconcilerError as exc:
        return _without_plan(world, readable, exc)
    return _Seen(planned.desired, planned.lock, planned.live, planned.plan)


def _without_plan(world: World, readable: Desired, why: ReconcilerError) -> _Seen:
    trouble = list(why.diagnostics)
    lock: Lock | None = None
    live: Live | None = None
    try:
        lock = world.trusted_lock()
        live = look(world, readable, lock)
    except ReconcilerError as exc:
        trouble += exc.diagnostics
    return _Seen(readable, lock, live, None, tuple(in_order(trouble)), why.exit_code)


def _known(seen: _Seen) -> list[Address]:
    locked = {address for address, _ in seen.lock.by_address} if seen.lock else set()
    planned = {change.address for change in seen.plan.changes} if seen.plan else set()
    return sorted({*seen.specs.models, *locked, *planned})


def _model(world: World, seen: _Seen, address: Address, declared_base: str) -> ReportedModel:
    lock, live = seen.lock or Lock(), seen.live or Live()
    entry = lock.entry(address)
    trainings = entry.trainings if entry else {}
    base = base_in_lock(address, lock) or declared_base
    known = world.catalog.find(address.backend, base) if base else None
    return ReportedModel(
        address=address,
        entry=entry,
        declared=seen.specs.models.get(address),
        live={t.job: live.trainings[t.job] for t in trainings.values() if t.job in live.trainings},
        base=base,
        known_base=known,
        bills={attempt: _bill(world, lock, live, address, t) for attempt, t in trainings.items()},
    )


def _bill(world: World, lock: Lock, live: Live, address: Address, training: Training) -> Bill:
    base, prices = tuned_from(lock, address, training), world.workspace.prices
    return bill_of(address, training, live.trainings.get(training.job), base, world.catalog, prices)


def _asked(seen: _Seen, models: list[ReportedModel]) -> frozenset[Address]:
    """Whose curves are asked for: everybody's, or in a large workspace those of what is in motion.

    A curve takes four requests, and a kilobyte or more of the page.
    """
    if len(models) <= _CURVES_OF_ALL:
        return frozenset(m.address for m in models)
    changes = seen.plan.changes if seen.plan else ()
    moved = {change.address for change in changes if change.action is not Action.NOOP}
    return frozenset(m.address for m in models if m.address in moved or (m.entry and m.entry.candidate))


def _with_curves(world: World, models: list[ReportedModel], wanted: frozenset[Address]) -> list[ReportedModel]:
    """Of the newest training at each address, and of the one that serves where that is another: side by side."""
    chosen = [(number, m) for number, m in enumerate(models) if m.address in wanted]
    asked = [(number, attempt, t) for number, m in chosen for attempt, t in _compared(m.entry)]
    tasks = [partial(_curves, world, models[number], attempt, t) for number, attempt, t in asked]
    found: dict[int, list[AttemptCurves]] = {}
    for (number, _, _), curves in zip(asked, gather(tasks, world.parallelism), strict=True):
        found.setdefault(number, []).append(curves)
    return [
        replace(m, curves=tuple(found.get(number, ())), asked_curves=m.address in wanted)
        for number, m in enumerate(models)
    ]


def _compared(entry: Entry | None) -> Iterator[tuple[str, Training]]:
    if entry is None:
        return
    shown = dict(t for t in (entry.newest, entry.serving) if t is not None)
    yield from ((attempt, training) for attempt, training in shown.items() if training.job)


def _curves(world: World, model: ReportedModel, attempt: str, training: Training) -> AttemptCurves:
    """One that cannot be read keeps nobody from the others; of what was deleted the lock has some values."""
    address, live = model.address, model.live.get(training.job) if training.phase is not Phase.APPLIED else None
    try:
        read = world.backends[address.backend].metrics(training)
    except BackendError as exc:
        known = from_lock(address, attempt, training) if exc.fault is Fault.NOT_FOUND else None
        return AttemptCurves(attempt, known, replace(exc.diagnostic, address=str(address)))
    return AttemptCurves(attempt, with_curves(address, attempt, training, live, read))


def _about(plan: Plan, chosen: frozenset[Address], lock: Lock | None) -> Plan:
    """The plan as far as it is about these addresses, without what a model answered."""
    names = {str(address) for address in chosen}
    changes = [_without_answers(change, lock) for change in plan.changes if change.address in chosen]
    found = [d for d in plan.diagnostics if d.address is None or d.address in names]
    return replace(plan, changes=tuple(changes), diagnostics=tuple(found))


_GATE_SAID = "see its gate below"


def _without_answers(change: Change, lock: Lock | None) -> Change:
    """What a gate said quotes answers of a model: a report is passed on to people who asked for none."""
    entry = lock.entry(change.renamed_from or change.address) if lock else None
    text = change.reason.text
    for training in entry.trainings.values() if entry else ():
        if training.gate_refused:
            text = text.replace(training.gate_refused, _GATE_SAID)
    return replace(change, reason=Reason(change.reason.code, text))
