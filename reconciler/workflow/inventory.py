"""query: everything in the projects and locations that somebody asks about, ours or not. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from reconciler.backends.base import BackendError, Inventory, Scope
from reconciler.backends.threads import gather
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Diagnostic, ReconcilerError
from reconciler.core.dialects import DIALECTS
from reconciler.core.inventory import ListedResource, listed_resources
from reconciler.core.lock import Lock
from reconciler.core.model import Desired, Live, LiveTraining
from reconciler.core.resource_filter import FilterCondition, kept
from reconciler.core.suggest import suggest
from reconciler.workflow.importing import Candidate, books_of, candidates_in
from reconciler.workflow.world import World

_PLACES_AT_ONCE = 4
"""Each place is three lists at the same time already."""


@dataclass(frozen=True, slots=True)
class Where:
    """Which projects and locations; none of either is the workspace's own."""

    projects: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    all_locations: bool = False


@dataclass(frozen=True, slots=True)
class FoundResources:
    """What is there, as far as the conditions take it; `of` is how much there is in all.

    `mistakes` say which places could not be read; `live` and `lock` are what the rows were made from.
    """

    rows: tuple[ListedResource, ...]
    of: int
    mistakes: tuple[Diagnostic, ...]
    live: Live
    lock: Lock


@dataclass(frozen=True, slots=True)
class _Place:
    backend: str
    project: str
    location: str

    def __str__(self) -> str:
        title = DIALECTS[self.backend].title
        return f"{title} in {self.project}{f', {self.location}' if self.location else ''}"


def query(world: World, where: Where, conditions: Sequence[FilterCondition] = ()) -> FoundResources:
    """Every place apart: one that cannot be read hides nothing of the others.

    Raises ReconcilerError where there is no place to look in (RUN069), and where none of them answers.
    """
    lock = world.trusted_lock()
    places = list(_places(world, where))
    if not places:
        raise _nowhere(world, where)
    looks = [partial(_look, world, place) for place in places]
    answers = gather(looks, min(world.parallelism, _PLACES_AT_ONCE))
    found = [answer for answer in answers if isinstance(answer, Inventory)]
    mistakes = tuple(answer for answer in answers if isinstance(answer, Diagnostic))
    if not found:
        raise ReconcilerError(*mistakes)
    live = _together(found)
    models = {m.resource_name: m for i in found for m in i.models}
    endpoints = {e.resource_name: e for i in found for e in i.endpoints}
    rows = listed_resources(live, models.values(), endpoints.values(), books_of(world, lock))
    return FoundResources(tuple(kept(rows, conditions)), len(rows), mistakes, live, lock)


def importable(world: World, looked: FoundResources, desired: Desired) -> list[Candidate]:
    """Those of the rows that a spec can be written of: alive, nobody else's, neither declared nor locked."""
    shown = {row.resource_name for row in looked.rows}
    found = candidates_in(world, looked.live, desired, looked.lock)
    return [c for c in found if not c.is_forgotten and c.live.resource_name in shown]


def _places(world: World, where: Where) -> Iterator[_Place]:
    for backend, dialect in DIALECTS.items():
        home = world.workspace.home(backend)
        projects = where.projects or ((home.project,) if home.project else ())
        if not dialect.has_locations:
            # Who asks for a location does not ask for what is in none.
            yield from (_Place(backend, project, "") for project in projects if not where.locations)
            continue
        own = where.locations or ((home.location,) if home.location else ())
        more = sorted(world.catalog.locations(world.today)) if where.all_locations else ()
        locations = dict.fromkeys((*own, *more))
        yield from (_Place(backend, project, location) for project in projects for location in locations)


def _nowhere(world: World, where: Where) -> ReconcilerError:
    has_project = where.projects or any(world.workspace.home(name).project for name in DIALECTS)
    missing, option = ("location", "--location") if has_project else ("project", "--project")
    detail = f"The workspace says no {missing}, and no {option} does."
    fix = f"Name one: {suggest('query', option, missing.upper()).quoted}"
    return ReconcilerError(run_diagnostic("RUN069", detail, fix=f"{fix}."))


def _look(world: World, place: _Place) -> Inventory | Diagnostic:
    try:
        return world.backends[place.backend].inventory(Scope(frozenset({(place.project, place.location)})))
    except BackendError as exc:
        if exc.ends_run:
            raise ReconcilerError(exc.diagnostic) from exc
        cause = exc.diagnostic
        return run_diagnostic("RUN068", f"{place}: {cause.summary}. {cause.detail}", fix=cause.fix)


def _together(found: Iterable[Inventory]) -> Live:
    trainings, numbers = dict[str, LiveTraining](), dict[str, str]()
    for inventory in found:
        trainings.update(inventory.observed.trainings)
        numbers.update(inventory.observed.project_numbers)
    return Live(trainings, project_numbers=numbers)
