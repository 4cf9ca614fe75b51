"""plan: read the lock, look at the cloud, decide, and say what may not be done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.backends.base import BackendError, Scope
from reconciler.core import diff, exits
from reconciler.core.change import Change, Plan
from reconciler.core.checks import Permissions, check_owners, check_plan
from reconciler.core.claims import claims_of, collisions
from reconciler.core.codes_plan import plan_diagnostic
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.cost import price_plan
from reconciler.core.diagnostics import Diagnostic, Location, ReconcilerError, Severity, in_order
from reconciler.core.dialects import dialect_of
from reconciler.core.gate_forecast import check_gates, with_forecasts
from reconciler.core.heldout_sets import heldout_uri, with_contents
from reconciler.core.left_out import spared
from reconciler.core.lock import Lock
from reconciler.core.model import Address, Desired, Live
from reconciler.core.plan import plan_destroy
from reconciler.core.rebasing import with_dates
from reconciler.core.shared import check_parents
from reconciler.core.situation import PlanOptions
from reconciler.observe import observe
from reconciler.workflow.contents import plan_by_content
from reconciler.workflow.data_remote import object_findings, with_counts
from reconciler.workflow.kept_answers import kept_answers
from reconciler.workflow.policies import policy_findings
from reconciler.workflow.remote_heldout import with_remote_items
from reconciler.workflow.rewards import reward_findings
from reconciler.workflow.sources import with_sources
from reconciler.workflow.world import World

REFUSED = exits.REFUSED


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and what it was made from. `read` is the lock as it was read, before anything was looked at."""

    plan: Plan
    lock: Lock
    live: Live
    desired: Desired
    options: PlanOptions = PlanOptions()
    read: Lock = field(default_factory=Lock)

    @property
    def refusals(self) -> list[Diagnostic]:
        """Why apply would end with 3."""
        return self.plan.refusals


def make_plan(world: World, desired: Desired, options: PlanOptions, permissions: Permissions) -> Planned:
    """Writes nothing, and needs permission to read only."""
    lock = world.sound_lock()
    _check_addresses(options, desired, lock)
    desired = with_sources(world, desired)
    live = look(world, desired, lock)
    desired = with_contents(desired, live.identities)
    two_readings = collisions(desired, lock, live.identities)
    if two_readings:
        raise ReconcilerError(*two_readings, exit_code=REFUSED)
    if "promote" in permissions.flags:
        options = replace(options, promotes={**options.promotes, "*": ""})
    looked = plan_by_content(world, desired, live, lock, options)
    planned = Planned(looked.plan, looked.lock, looked.live, looked.desired, options, read=lock)
    missing = [*_bad_form(planned), *_missing_data(planned), *_missing_bases(world, planned)]
    if missing:
        raise ReconcilerError(*missing)
    found = object_findings(world, planned.plan, planned.live)
    counted, of_items = with_remote_items(world, planned.plan, planned.live)
    found += of_items
    if any(finding.is_error for finding in found):
        raise ReconcilerError(*found)
    found += reward_findings(world, planned.plan)
    return _judged(world, check_planned(world, replace(planned, plan=counted), permissions, found))


def make_destroy_plan(
    world: World,
    desired: Desired,
    addresses: frozenset[Address],
    permissions: Permissions,
    exclude: frozenset[Address] = frozenset(),
) -> Planned:
    """What would leave nothing of these addresses; of every locked one when none is named, but for those excluded."""
    lock = world.sound_lock()
    chosen = addresses or frozenset(address for address, _ in lock.by_address)
    options = world.options(targets=chosen, exclude=exclude)
    _check_addresses(options, desired, lock)
    kept = spared(desired, claims_of(desired, lock, {}), exclude)
    options, chosen = replace(options, exclude=kept), chosen - kept
    _check_children(desired, chosen)
    live = look(world, Desired({}), lock)
    plan = plan_destroy(chosen, live, lock, options)
    return _judged(world, check_planned(world, Planned(plan, lock, live, desired, read=lock), permissions))


def look(world: World, desired: Desired, lock: Lock, also: Mapping[str, Scope] | None = None) -> Live:
    """Observe. A failed look is an error, never "nothing exists"."""
    try:
        return observe(desired, lock, world.backends, world.storage, parallelism=world.parallelism, also=also)
    except BackendError as exc:
        raise ReconcilerError(exc.diagnostic) from exc


def refuse(planned: Planned) -> None:
    """End with 3, whole, before the first change."""
    if planned.refusals:
        raise ReconcilerError(*planned.refusals, exit_code=REFUSED)


def check_planned(
    world: World, planned: Planned, permissions: Permissions, warnings: Sequence[Diagnostic] = ()
) -> Planned:
    """With what it costs, and with everything that may refuse it."""
    prices, answers = world.workspace.prices, world.workspace.generation_prices
    priced = price_plan(with_counts(world, planned.plan), planned.lock, world.catalog, prices)
    kept = kept_answers(world, priced, planned.lock)
    priced = with_forecasts(with_dates(priced, world.catalog, world.today), planned.lock, world.catalog, answers, kept)
    planned = replace(planned, plan=_with_foreign(priced, permissions))
    found = check_plan(priced, planned.lock, world.workspace, permissions, world.catalog, world.today)
    found += check_owners(planned.plan, planned.lock, planned.live, world.workspace.name, permissions)
    found += check_gates(planned.plan, planned.lock, world.catalog, answers)
    found += check_parents(planned.plan, planned.lock, planned.live)
    found += _foreign(world, planned, permissions)
    return replace(planned, plan=replace(planned.plan, diagnostics=tuple(in_order([*found, *warnings]))))


def _judged(world: World, planned: Planned) -> Planned:
    """With what the workspace's own rules say, after everything else."""
    found = policy_findings(world, planned.plan)
    if not found:
        return planned
    return replace(
        planned, plan=replace(planned.plan, diagnostics=tuple(in_order([*planned.plan.diagnostics, *found])))
    )


def _with_foreign(plan: Plan, permissions: Permissions) -> Plan:
    """What is allowed about endpoints of others goes into the approval: `wait` may have to finish it."""
    allowed = [
        replace(c, foreign=bool(c.disposes) and (c.foreign or permissions.has("foreign", c.address)))
        for c in plan.changes
    ]
    return replace(plan, changes=tuple(allowed))


def _foreign(world: World, planned: Planned, permissions: Permissions) -> Iterable[Diagnostic]:
    """Ours on a stranger's endpoint: undeploying it there would break what is not ours."""
    for change in planned.plan.changes:
        if not change.disposes or change.foreign or permissions.has("foreign", change.address):
            continue
        entry = planned.lock.entry(change.renamed_from or change.address)
        for attempt in change.disposes:
            training = entry.trainings.get(attempt) if entry else None
            if training is None:
                continue
            try:
                for blocker in world.backends[change.address.backend].blockers(training):
                    yield _as_refusal(change, blocker)
            except BackendError as exc:
                raise ReconcilerError(exc.diagnostic) from exc


def _as_refusal(change: Change, blocker: Diagnostic) -> Diagnostic:
    fix = "Undeploy it there, or give --allow-foreign once."
    return plan_diagnostic("PLAN104", Severity.ERROR, blocker.detail, fix=fix, address=str(change.address))


def _check_addresses(options: PlanOptions, desired: Desired, lock: Lock) -> None:
    known = {str(a) for a in desired.models} | set(lock.entries)
    asked = {*options.replace, *options.exclude, *(options.targets or ())}
    unknown = sorted(str(a) for a in asked if str(a) not in known)
    if unknown:
        listed = ", ".join(sorted(known)) or "none"
        detail = f"{', '.join(unknown)} is neither declared nor locked. Known: {listed}."
        raise ReconcilerError(plan_diagnostic("PLAN110", Severity.ERROR, detail, fix="Name one of these."))


def _missing_data(planned: Planned) -> Iterable[Diagnostic]:
    """Data that is about to be trained on and is not there. A finished model needs its data no more."""
    for change in planned.plan.changes:
        if change.declared is None or not (change.action.trains or change.is_judged_again):
            continue
        for data in change.declared.data:
            if _is_missing(planned, data.uri):
                yield _not_there(change.address, data.uri, change.declared.at_data(data))
        heldout = heldout_uri(change.declared)
        if _is_missing(planned, heldout):
            yield _not_there(change.address, heldout, change.declared.at("tuneform.gate.heldout"))


def _is_missing(planned: Planned, uri: str) -> bool:
    seen = planned.live.identities.get(uri)
    return seen is not None and not seen.is_known


def _not_there(address: Address, uri: str, where: Location) -> Diagnostic:
    detail, fix = f"{uri} does not exist, or may not be read.", "Upload it, or correct the URI."
    return run_diagnostic("RUN011", detail, fix=fix, where=where, address=str(address))


def _bad_form(planned: Planned) -> Iterable[Diagnostic]:
    """Errors about the form of a file alone count where something is about to be trained from it."""
    for change in planned.plan.changes:
        if change.action.trains and change.declared is not None:
            for data in change.declared.data:
                yield from (replace(d, address=str(change.address)) for d in data.form)


def _missing_bases(world: World, planned: Planned) -> Iterable[Diagnostic]:
    """Tuned models that are about to be tuned further, by a name of the cloud's, and are not there.

    Where the service does not say, for want of a permission perhaps, it decides when the job is created.
    """
    for change in planned.plan.changes:
        declared = change.declared
        field = dialect_of(change.address).parent_name
        name = diff.at(declared.training, field) if declared and change.action.trains else None
        if declared is None or not isinstance(name, str) or not name:
            continue
        try:
            seen = world.backends[change.address.backend].observe(Scope(named=frozenset({name})))
        except BackendError:
            continue
        if not seen.trainings:
            detail = f"{name} does not exist, or is no tuned model."
            where, address = declared.at(field), str(change.address)
            yield plan_diagnostic(
                "PLAN124", Severity.ERROR, detail, fix="Correct the name.", where=where, address=address
            )


def _check_children(desired: Desired, chosen: frozenset[Address]) -> None:
    """Deleting a referenced parent is an error."""
    orphaned = [
        plan_diagnostic(
            "PLAN113",
            Severity.ERROR,
            f"{declared.address} is tuned further from {declared.parent}.",
            fix=f"Destroy {declared.address} as well, or change its spec first.",
            where=declared.at(dialect_of(declared.address).parent),
            address=str(declared.parent),
        )
        for declared in desired.models.values()
        if declared.parent in chosen and declared.address not in chosen
    ]
    if orphaned:
        raise ReconcilerError(*orphaned)
