"""Read the cloud: every training in scope, and the identity of every object that a spec names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.backends.base import Backend, Observed, Scope, Storage
from reconciler.backends.threads import threads
from reconciler.core.heldout_sets import heldout_uri
from reconciler.core.lock import Lock, Training
from reconciler.core.model import Desired, Identity, Live, LiveTraining


def observe(
    desired: Desired,
    lock: Lock,
    backends: Mapping[str, Backend],
    storage: Storage,
    *,
    parallelism: int = 8,
    also: Mapping[str, Scope] | None = None,
) -> Live:
    """Lists per project and location, in parallel; never one get per model. A failure is raised, not skipped.

    `also` is looked at whether or not a spec or the lock speaks of it.
    """
    scopes = _widened(scopes_of(desired, lock), also or {})
    named = {d.uri for m in desired.models.values() for d in m.data} | set(map(heldout_uri, desired.models.values()))
    uris = sorted(uri for uri in named if uri.startswith("gs://"))
    if parallelism == 1:
        seen = [backends[name].observe(scope) for name, scope in scopes.items()]
        objects = [storage.identity(uri) for uri in uris]
    else:
        seen, objects = _at_once(scopes, uris, backends, storage, parallelism)
    limited = [observed for name, observed in zip(scopes, seen, strict=True) if backends[name].limits_concurrency]
    return _together(seen, limited, {uri: found or Identity() for uri, found in zip(uris, objects, strict=True)})


def _at_once(
    scopes: Mapping[str, Scope], uris: list[str], backends: Mapping[str, Backend], storage: Storage, parallelism: int
) -> tuple[list[Observed], list[Identity | None]]:
    with threads(parallelism) as pool:
        asked = [pool.submit(backends[name].observe, scope) for name, scope in scopes.items()]
        objects = list(pool.map(storage.identity, uris))
        return [future.result() for future in asked], objects


def scopes_of(desired: Desired, lock: Lock) -> dict[str, Scope]:
    """Per backend: the places of specs and of locked trainings."""
    places: dict[str, set[tuple[str, str]]] = {}
    for declared in desired.models.values():
        places.setdefault(declared.address.backend, set()).add((declared.project, declared.location))
    trainings: dict[str, list[Training]] = {}
    for address, entry in lock.by_address:
        backend = address.backend
        for training in entry.trainings.values():
            submission = training.submission
            places.setdefault(backend, set()).add((submission.project, submission.location))
            trainings.setdefault(backend, []).append(training)
    named = {name: {d.existing for d in desired.models.values() if d.address.backend == name} for name in places}
    return {
        name: Scope(frozenset(found), tuple(trainings.get(name, ())), frozenset(named[name]) - {""})
        for name, found in sorted(places.items())
    }


def _widened(scopes: Mapping[str, Scope], also: Mapping[str, Scope]) -> dict[str, Scope]:
    none = Scope()
    return {
        name: Scope(
            scopes.get(name, none).places | also.get(name, none).places,
            scopes.get(name, none).trainings,
            scopes.get(name, none).named | also.get(name, none).named,
        )
        for name in sorted({*scopes, *also})
    }


def _together(seen: Iterable[Observed], limited: Iterable[Observed], identities: Mapping[str, Identity]) -> Live:
    """`limited` are those whose jobs take turns: others share the project, and not its quota of jobs."""
    trainings: dict[str, LiveTraining] = {}
    numbers: dict[str, str] = {}
    unfinished: dict[str, int] = {}
    for observed in seen:
        trainings.update(observed.trainings)
        numbers.update(observed.project_numbers)
    for observed in limited:
        unfinished.update(observed.unfinished)
    return Live(trainings, identities, numbers, unfinished)
