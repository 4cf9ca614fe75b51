"""Whose a live training is: by the markers on its job, and by the labels on its Model, which may say otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.core.dialect import labels_of
from reconciler.core.dialects import DIALECTS
from reconciler.core.graves import Graves
from reconciler.core.lock import Lock
from reconciler.core.markers import LABEL_PREFIX, WORKSPACE_LABEL, belongs_to, label_value
from reconciler.core.model import Address, Live, LiveTraining
from reconciler.core.submission import PROTECT_LABEL
from reconciler.core.times import moment


@dataclass(frozen=True, slots=True)
class MarkedTraining:
    """A live training that carries this workspace's markers, and the address in them."""

    address: Address
    live: LiveTraining


def marked_trainings(live: Live, workspace: str, known: Iterable[Address]) -> list[MarkedTraining]:
    """Oldest first. `known` are addresses to try an id of ours with: it holds a digest of the name."""
    names: dict[str, set[str]] = {}
    for one in known:
        names.setdefault(one.backend, set()).add(one.name)
    found = [
        MarkedTraining(address, t)
        for t in live.trainings.values()
        if (address := _address_of(t, workspace, names.get(t.backend, set())))
    ]
    return sorted(found, key=lambda m: (moment(m.live.created), m.live.resource_name))


def unlocked(marked: Iterable[MarkedTraining], lock: Lock) -> list[MarkedTraining]:
    """Those that no lock entry names, and that nobody has forgotten."""
    locked = lock.jobs
    graves = Graves.of(lock)
    return [m for m in marked if m.live.resource_name not in locked and not graves.has(m.live)]


def is_protected(live: LiveTraining, lock: Lock, address: Address) -> bool:
    """By the lock or by the labels: either is enough."""
    entry = lock.entry(address)
    if entry is not None and entry.lifecycle.protect:
        return True
    return any(labels_of(c.fields).get(PROTECT_LABEL) == "true" for c in live.carriers)


def is_anothers(live: LiveTraining, workspace: str) -> bool:
    """Whether its Model or its Endpoint says that it belongs to another workspace."""
    owners = {labels_of(c.fields).get(WORKSPACE_LABEL, "") for c in live.carriers}
    return bool(owners - {"", label_value(workspace)})


def _address_of(live: LiveTraining, workspace: str, names: set[str]) -> Address | None:
    if DIALECTS[live.backend].has_labels:
        return _by_labels(live, workspace)
    return _by_id(live, workspace, names)


def _by_labels(live: LiveTraining, workspace: str) -> Address | None:
    if is_anothers(live, workspace):
        return None
    labels = labels_of(live.shown)
    owner = labels.get(WORKSPACE_LABEL) or live.markers.workspace
    name = labels.get(LABEL_PREFIX + "name") or live.markers.name
    return Address(live.backend, name) if name and owner == label_value(workspace) else None


def _by_id(live: LiveTraining, workspace: str, names: set[str]) -> Address | None:
    """The id begins with the name, cut at twenty characters; the digest beside it proves a guess."""
    if not live.markers.owner:
        return None
    slug = live.resource_name.partition("/")[2].rsplit("-", 2)[0]
    guesses = (Address(live.backend, name) for name in (slug, *sorted(names)))
    return next((a for a in guesses if belongs_to(live.markers, a, workspace, live.project)), None)
