"""From what somebody pasted, a name, a part of one, an id, a page of the console, to the training that it leads to."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from reconciler.backends.base import Scope
from reconciler.core.adopt import is_named
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Diagnostic, ReconcilerError
from reconciler.core.dialects import DIALECTS
from reconciler.core.lock import Lock
from reconciler.core.model import Address, Desired, Live, LiveTraining, Status
from reconciler.core.situation import is_alive
from reconciler.workflow.importing import cannot, whole_workspace
from reconciler.workflow.planning import look
from reconciler.workflow.world import World

_MULTI_REGIONS = ("us", "eu")
_ALIAS = re.compile(r"(?P<model>projects/[^/]+/locations/[^/]+/models/[^/@]+)@(?P<alias>[^/@]*[^/@\d][^/@]*)")
"""A Model's version by an alias, as `default` is one."""
_NAMED = 5


class Pasted(NamedTuple):
    """What somebody pasted, and the address that it is for."""

    address: Address
    pasted: str


def find(world: World, address: Address, pasted: str) -> LiveTraining:
    """The training behind a job, a Model, an Endpoint or a tuned model, whichever way it is named.

    Raises ReconcilerError where there is none, or more than one that it may be.
    """
    (found,) = find_all(world, [Pasted(address, pasted)])
    return found


def find_all(world: World, wanted: Sequence[Pasted]) -> list[LiveTraining]:
    """The same for many, by one look; raises ReconcilerError with everything that is wrong with any of them."""
    names, mistakes = [], list[Diagnostic]()
    for one in wanted:
        try:
            names.append(names_of(world, one.address, one.pasted))
        except ReconcilerError as exc:
            mistakes += exc.diagnostics
    if mistakes:
        raise ReconcilerError(*mistakes)
    live = look(world, Desired({}), Lock(), also=_scopes(world, wanted, names))
    found = []
    for one, spelt in zip(wanted, names, strict=True):
        try:
            found.append(_one_of(one.address, one.pasted, spelt, live))
        except ReconcilerError as exc:
            mistakes += exc.diagnostics
    if mistakes:
        raise ReconcilerError(*mistakes)
    return found


def _one_of(address: Address, pasted: str, names: Sequence[str], live: Live) -> LiveTraining:
    mine = [t for t in live.trainings.values() if t.backend == address.backend]
    found = {t.resource_name: t for name in names for t in mine if _leads_to(t, name, live)}
    wanted = [t for t in found.values() if is_alive(t)] or list(found.values())
    alias = next(filter(None, map(_ALIAS.fullmatch, names)), None)
    if len(wanted) > 1:
        raise _ambiguous(address, pasted, wanted)
    if not wanted and alias:
        raise _cannot_by_alias(address, alias, live)
    if not wanted:
        raise cannot(address, f"{_as_pasted(pasted, names)} is not in the cloud, or leads to no tuned model.")
    (one,) = wanted
    if one.status in (Status.FAILED, Status.CANCELLED) or (one.status is Status.READY and not one.model_exists):
        raise cannot(address, f"{one.resource_name} ended {one.state} and has no model.")
    if one.status is Status.READY and not (one.endpoint or one.is_undeployed):
        raise cannot(address, f"{one.model} is deployed on no endpoint, so that nothing can ask it.")
    return one


def names_of(world: World, address: Address, pasted: str) -> tuple[str, ...]:
    """The resource names that it may be. Raises ReconcilerError (RUN065) for what is none of this service."""
    names = _read(world, address.backend, pasted)
    if names:
        return names
    other = backend_of(world, pasted)
    if other and other != address.backend:
        detail = f"{pasted} is of {DIALECTS[other].title}, and {address} is not."
        raise _not_understood(address, detail, f"Name it {other}/{address.name}.")
    home = world.workspace.home(address.backend)
    if not home.project and pasted.strip().isalnum():
        detail = f"{pasted} alone does not say where it is, and the workspace has no project."
        raise _not_understood(address, detail, "Write the whole resource name, as projects/…/locations/…/tuningJobs/….")
    raise _not_understood(address, f"{pasted} names no job, no model and no endpoint.", _FORMS)


_FORMS = (
    "Write a resource name, the number at its end, or the address of its page in the console. A page that lists "
    "several names none."
)


def backend_of(world: World, pasted: str) -> str:
    """The only service whose name it may be, or ""."""
    found = [name for name in world.backends if _read(world, name, pasted)]
    return found[0] if len(found) == 1 else ""


def _read(world: World, backend: str, pasted: str) -> tuple[str, ...]:
    home = world.workspace.home(backend)
    return world.backends[backend].names_of(pasted, home.project, home.location)


def _not_understood(address: Address, detail: str, fix: str) -> ReconcilerError:
    return ReconcilerError(run_diagnostic("RUN065", detail, fix=fix, address=str(address)))


def _as_pasted(pasted: str, names: Sequence[str]) -> str:
    """With the one name that was made of it; several that a number may stand for are not all told."""
    return f"{pasted} ({names[0]})" if len(names) == 1 and names[0] != pasted else pasted


def _ambiguous(address: Address, pasted: str, found: Sequence[LiveTraining]) -> ReconcilerError:
    """By what tells them apart: the job, and the model that it made."""
    names = sorted(f"{t.resource_name} (made {t.model})" if t.model else t.resource_name for t in found)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    detail = f"{pasted} may be any of {', '.join(names[:_NAMED])}{more}."
    fix = "Name the job itself, or a Model with its version, as @1."
    return ReconcilerError(run_diagnostic("RUN066", detail, fix=fix, address=str(address)))


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


def _scopes(world: World, wanted: Sequence[Pasted], names: Sequence[Sequence[str]]) -> dict[str, Scope]:
    """By backend, the workspace's own place, and those in the names where jobs may be."""
    homes = whole_workspace(world)
    scopes: dict[str, Scope] = {}
    for one, spelt in zip(wanted, names, strict=True):
        backend = one.address.backend
        home = homes.get(backend, Scope()).places
        known = scopes.get(backend, Scope(home))
        places = known.places | {place for name in spelt for place in _places_in(name, home)}
        scopes[backend] = Scope(places, named=known.named | set(spelt))
    return scopes


def _places_in(name: str, home: Collection[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """With the project's id where the name has its number: it is the workspace's, as far as anybody knows."""
    parts = name.split("/")
    if parts[0] != "projects" or len(parts) <= 4 or parts[3] in _MULTI_REGIONS:
        return
    projects = {project for project, _ in home} if parts[1].isdecimal() else {parts[1]}
    yield from ((project, parts[3]) for project in projects or {parts[1]})


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
