"""import: find what somebody else made, and take it into the lock as a spec names it. Nothing is trained."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from reconciler.backends.base import Scope
from reconciler.core.adopt import is_named
from reconciler.core.change import Change
from reconciler.core.checks import Permissions
from reconciler.core.codes_plan import plan_diagnostic
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Diagnostic, ReconcilerError, Severity
from reconciler.core.dialect import labels_of
from reconciler.core.dialects import DIALECTS
from reconciler.core.lock import Lock
from reconciler.core.markers import WORKSPACE_LABEL, label_value
from reconciler.core.model import Action, Address, Declared, Desired, Live, LiveTraining, OnChange, Status
from reconciler.core.situation import is_alive
from reconciler.core.suggest import suggest
from reconciler.core.times import moment
from reconciler.files.imported import cannot_be_declared
from reconciler.workflow.planning import Planned, look, make_plan
from reconciler.workflow.world import World

_NAME_MAX = 63
_MULTI_REGIONS = ("us", "eu")
_ALIAS = re.compile(r"(?P<model>projects/[^/]+/locations/[^/]+/models/[^/@]+)@(?P<alias>[^/@]*[^/@\d][^/@]*)")
"""A Model's version by an alias, as `default` is one."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What could be imported, under which address, and why it is not managed yet."""

    address: Address
    live: LiveTraining
    why: str
    is_forgotten: bool = False


def whole_workspace(world: World) -> dict[str, Scope]:
    """The places of the workspace itself, whether or not a spec or the lock speaks of them."""
    homes = {name: world.workspace.home(name) for name in DIALECTS}
    return {
        name: Scope(places=frozenset({(home.project, home.location)}))
        for name, home in homes.items()
        if home.project and (home.location or not DIALECTS[name].has_locations)
    }


def whole_project(world: World) -> dict[str, Scope]:
    """The same, and every location in which the catalogue's base models still train."""
    scopes = whole_workspace(world)
    for name, dialect in DIALECTS.items():
        project = world.workspace.home(name).project
        if project and dialect.has_locations:
            known = scopes.get(name, Scope()).places
            places = {(project, location) for location in world.catalog.locations(world.today)}
            scopes[name] = Scope(places=known | places)
    return scopes


def find(world: World, address: Address, resource: str) -> LiveTraining:
    """The training behind a job, a Model, an Endpoint or a tuned model; raises ReconcilerError where there is none."""
    scope = _scope_of(world, address, resource)
    live = look(world, Desired({}), Lock(), also={address.backend: scope})
    found = next((t for t in live.trainings.values() if _leads_to(t, resource, live)), None)
    if found is None and (alias := _ALIAS.fullmatch(resource)):
        raise _cannot_by_alias(address, alias, live)
    if found is None:
        raise cannot(address, f"{resource} is not in the cloud, or leads to no tuned model.")
    if found.status in (Status.FAILED, Status.CANCELLED) or (found.status is Status.READY and not found.model_exists):
        raise cannot(address, f"{found.resource_name} ended {found.state} and has no model.")
    return found


def _cannot_by_alias(address: Address, alias: re.Match[str], live: Live) -> ReconcilerError:
    """An alias can be given to another version any day, and the lock names one version for good."""
    _, _, rest = alias["model"].split("/", 2)
    versions = sorted(
        t.model for t in live.trainings.values() if t.model_exists and t.model.partition("@")[0].endswith(f"/{rest}")
    )
    named = f" There is {', '.join(versions)}." if versions else ""
    detail = f"{alias['alias']} is an alias, and what is imported is one version for good.{named}"
    fix = "Name the version by its number, as @1."
    return ReconcilerError(run_diagnostic("RUN018", detail, fix=fix, address=str(address)))


def candidates(world: World, desired: Desired, lock: Lock) -> list[Candidate]:
    """Everything alive in the workspace's places that is unmarked, or ours, and in no lock entry."""
    live = look(world, desired, lock, also=whole_workspace(world))
    locked = lock.jobs
    named = [d.existing for d in desired.models.values() if d.existing]
    free = [
        t
        for t in sorted(live.trainings.values(), key=lambda t: (moment(t.created), t.resource_name))
        if t.resource_name not in locked and is_alive(t) and not any(is_named(t, name) for name in named)
    ]
    taken = {str(a) for a in desired.models} | set(lock.entries)
    return list(_named_apart(world, free, taken, lock.buried))


def plan_import(world: World, declared: Declared, permissions: Permissions) -> Planned:
    """The plan of one imported spec. Raises ReconcilerError where it would be anything but an adoption."""
    desired = Desired.of([declared], is_complete=False)
    options = world.options(targets=frozenset({declared.address}))
    planned = make_plan(world, desired, options, permissions)
    (change,) = [c for c in planned.plan.changes if not c.deposed]
    if change.action is not Action.ADOPT or any(f.on_change is OnChange.REPLACE for f in change.fields):
        raise cannot(declared.address, f"{change.reason.text}.", change.notes)
    noted = replace(change, notes=(*change.notes, *_data_notes(change, planned.live)))
    others = (c for c in planned.plan.changes if c is not change)
    return replace(planned, plan=replace(planned.plan, changes=(noted, *others)))


def refuse_known(desired: Desired, lock: Lock, address: Address) -> None:
    """Raises ReconcilerError where the address is taken."""
    if address in desired.models:
        raise cannot(address, f"{desired.models[address].where.path} declares {address} already.")
    if lock.entry(address) is not None:
        raise cannot(address, f"{address} is in the lock already.")


def refuse_undeclarable(address: Address, live: LiveTraining) -> None:
    """Raises ReconcilerError where no spec can say what it is."""
    why = cannot_be_declared(live)
    if why:
        raise cannot(address, f"{live.resource_name}: {why}.")


def cannot(address: Address, detail: str, causes: Iterable[Diagnostic] = ()) -> ReconcilerError:
    """Why there is no import; nothing was changed."""
    fix = f"See {suggest('import', '--all').quoted} for what can be imported."
    return ReconcilerError(run_diagnostic("RUN018", detail, fix=fix, address=str(address)), *causes)


def _scope_of(world: World, address: Address, resource: str) -> Scope:
    """The workspace's own place, and the one in the name where jobs may be."""
    places = set(whole_workspace(world).get(address.backend, Scope()).places)
    parts = resource.split("/")
    if parts[0] == "projects" and len(parts) > 4 and parts[3] not in _MULTI_REGIONS:
        projects = {project for project, _ in places} if parts[1].isdecimal() else {parts[1]}
        places |= {(project, parts[3]) for project in projects or {parts[1]}}
    return Scope(frozenset(places), named=frozenset({resource}))


def _leads_to(live: LiveTraining, resource: str, seen: Live) -> bool:
    """By any of its names, with the project's id or its number."""
    parts = resource.split("/", 2)
    number = seen.project_numbers.get(parts[1]) if parts[0] == "projects" and len(parts) == 3 else None
    spelt = {resource, f"projects/{number}/{parts[2]}"} if number else {resource}
    names = {live.resource_name, live.model, live.model.partition("@")[0], live.endpoint}
    names |= {c.endpoint for c in live.checkpoints}
    return any(is_named(live, name) for name in spelt) or bool(spelt & names) or _made_it(live, resource)


def _made_it(live: LiveTraining, resource: str) -> bool:
    """A Model is asked for by its bare name where a job has the version."""
    return any(resource == carrier.resource_name for carrier in live.carriers)


def _named_apart(
    world: World, free: Sequence[LiveTraining], taken: set[str], buried: frozenset[str]
) -> Iterator[Candidate]:
    ours = label_value(world.workspace.name)
    for live in free:
        owner = _owner(live)
        if owner not in ("", ours):
            continue
        address = _free_address(live, taken)
        taken.add(str(address))
        is_forgotten = bool({live.resource_name, live.model} & buried)
        why = "ours, and in no lock" if owner or live.markers.owner else "not made by tuneform"
        yield Candidate(address, live, "forgotten" if is_forgotten else why, is_forgotten)


def _owner(live: LiveTraining) -> str:
    """The workspace that a job's labels name, or that its Model's do, which can be changed."""
    return labels_of(live.shown).get(WORKSPACE_LABEL, "") or live.markers.workspace


def _free_address(live: LiveTraining, taken: set[str]) -> Address:
    shown = live.shown
    label = live.markers.name or shown.get(DIALECTS[live.backend].display_name) or ""
    slug = re.sub(r"[^a-z0-9]+", "-", str(label).lower()).strip("-")[: _NAME_MAX - 4].strip("-")
    name = slug or f"imported-{live.resource_name.rpartition('/')[2].partition('@')[0]}"[: _NAME_MAX - 4]
    tried, number = name, 2
    while f"{live.backend}/{tried}" in taken:
        tried, number = f"{name}-{number}", number + 1
    return Address(live.backend, tried)


def _data_notes(change: Change, live: Live) -> Iterator[Diagnostic]:
    """Data that is not there, or that nobody knows of: good to know, and no obstacle."""
    for data in change.declared.data if change.declared else ():
        seen = live.identities.get(data.uri)
        address = str(change.address)
        if seen is not None and not seen.is_known:
            yield plan_diagnostic(
                "PLAN012", Severity.NOTE, f"{data.uri} does not exist, or may not be read.", address=address
            )
        elif not data.uri or data.uri.endswith("/datasets/unknown"):
            detail = f"{change.address} was trained on data that its job does not name."
            yield plan_diagnostic("PLAN013", Severity.NOTE, detail, address=address)
