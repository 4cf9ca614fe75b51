"""import: find what somebody else made, and take it into the lock as a spec names it. Nothing is trained."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
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
from reconciler.core.inventory import Books, ListedResource, bases_of_live, training_row
from reconciler.core.lock import Lock
from reconciler.core.markers import WORKSPACE_LABEL, label_value
from reconciler.core.model import Action, Address, Declared, Desired, Live, LiveTraining, OnChange
from reconciler.core.resource_filter import FilterCondition, FilterMistakeError, kept, read_filters
from reconciler.core.situation import is_alive
from reconciler.core.suggest import suggest
from reconciler.core.times import moment
from reconciler.files.imported import cannot_be_declared
from reconciler.workflow.planning import Planned, look, make_plan
from reconciler.workflow.world import World

_NAME_MAX = 63


@dataclass(frozen=True, slots=True)
class Candidate:
    """What could be imported, under which address, and why it is not managed yet."""

    address: Address
    live: LiveTraining
    row: ListedResource
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


def candidates(
    world: World, desired: Desired, lock: Lock, conditions: Sequence[FilterCondition] = ()
) -> list[Candidate]:
    """Everything alive in the workspace's places that is unmarked, or ours, and in no lock entry.

    The conditions take some of it: the address of each is the same with them and without.
    """
    found = candidates_in(world, look(world, desired, lock, also=whole_workspace(world)), desired, lock)
    wanted = set(map(id, kept([c.row for c in found], conditions)))
    return [c for c in found if id(c.row) in wanted]


def candidates_in(world: World, live: Live, desired: Desired, lock: Lock) -> list[Candidate]:
    """The same of what was read already."""
    locked = lock.jobs
    named = [d.existing for d in desired.models.values() if d.existing]
    free = [
        t
        for t in sorted(live.trainings.values(), key=lambda t: (moment(t.created), t.resource_name))
        if t.resource_name not in locked and is_alive(t) and not any(is_named(t, name) for name in named)
    ]
    taken = {str(a) for a in desired.models} | set(lock.entries)
    return list(_named_apart(world, free, taken, live, lock))


@dataclass(frozen=True, slots=True)
class ToTakeIn:
    """One entry of a list: what it leads to, and the address that it is to get; None for one that is made."""

    live: LiveTraining
    address: Address | None


def candidates_of(world: World, desired: Desired, lock: Lock, asked: Sequence[ToTakeIn]) -> tuple[list[Candidate], int]:
    """Those that are neither declared nor locked, and how many are: a list may be gone through again.

    Raises ReconcilerError for an address that something else has, and for one training that is named twice.
    """
    named = [d.existing for d in desired.models.values() if d.existing]
    taken = {str(a) for a in desired.models} | set(lock.entries) | {str(a.address) for a in asked if a.address}
    books, bases = books_of(world, lock), bases_of_live(Live({a.live.resource_name: a.live for a in asked}))
    found: dict[str, Candidate] = {}
    mistakes: list[Diagnostic] = []
    known = 0
    for one in asked:
        live = one.live
        if live.resource_name in lock.jobs or any(is_named(live, name) for name in named):
            known += 1
            continue
        address = one.address or free_address(live, taken)
        mistakes += _in_the_way(address, live, desired, lock, found)
        taken.add(str(address))
        row = training_row(live, bases, books)
        found[live.resource_name] = Candidate(address, live, row, "asked for")
    if mistakes:
        raise ReconcilerError(*mistakes)
    return list(found.values()), known


def refuse_known(address: Address, desired: Desired, lock: Lock) -> None:
    """An address has one training. Raises ReconcilerError."""
    if address in desired.models:
        raise cannot(address, f"{desired.models[address].where.path} declares {address} already.")
    if lock.entry(address) is not None:
        raise cannot(address, f"{address} is in the lock already.")


def _in_the_way(
    address: Address, live: LiveTraining, desired: Desired, lock: Lock, found: Mapping[str, Candidate]
) -> Iterator[Diagnostic]:
    try:
        refuse_known(address, desired, lock)
    except ReconcilerError as exc:
        yield from exc.diagnostics
    if live.resource_name in found:
        other = found[live.resource_name].address
        yield from cannot(address, f"{live.resource_name} is to be {other} as well.").diagnostics


def conditions_of(expressions: Iterable[str]) -> tuple[FilterCondition, ...]:
    """What `--filter` says. Raises ReconcilerError (RUN067)."""
    try:
        return read_filters(expressions)
    except FilterMistakeError as exc:
        raise ReconcilerError(run_diagnostic("RUN067", exc.detail, fix=exc.fix)) from exc


def books_of(world: World, lock: Lock) -> Books:
    """What rows are made with beside the cloud."""
    known = world.workspace
    return Books(known.name, lock, world.catalog, known.prices, world.clock.now())


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


def refuse_undeclarable(address: Address, live: LiveTraining) -> None:
    """Raises ReconcilerError where no spec can say what it is."""
    why = cannot_be_declared(live)
    if why:
        raise cannot(address, f"{live.resource_name}: {why}.")


def cannot(address: Address, detail: str, causes: Iterable[Diagnostic] = ()) -> ReconcilerError:
    """Why there is no import; nothing was changed."""
    fix = f"See {suggest('import', '--all').quoted} for what can be imported."
    return ReconcilerError(run_diagnostic("RUN018", detail, fix=fix, address=str(address)), *causes)


def _named_apart(
    world: World, free: Sequence[LiveTraining], taken: set[str], seen: Live, lock: Lock
) -> Iterator[Candidate]:
    ours, buried = label_value(world.workspace.name), lock.buried
    bases, books = bases_of_live(seen), books_of(world, lock)
    for live in free:
        owner = _owner(live)
        if owner not in ("", ours):
            continue
        address = free_address(live, taken)
        taken.add(str(address))
        is_forgotten = bool({live.resource_name, live.model} & buried)
        why = "ours, and in no lock" if owner or live.markers.owner else "not made by tuneform"
        row = training_row(live, bases, books)
        yield Candidate(address, live, row, "forgotten" if is_forgotten else why, is_forgotten)


def _owner(live: LiveTraining) -> str:
    """The workspace that a job's labels name, or that its Model's do, which can be changed."""
    return labels_of(live.shown).get(WORKSPACE_LABEL, "") or live.markers.workspace


def free_address(live: LiveTraining, taken: Container[str]) -> Address:
    """Made of its display name; of several that have one name the others get a number."""
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
