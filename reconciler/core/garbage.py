"""What nobody needs any more and `tuneform gc` may dispose of: of ours alone, and never of what is protected. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

from reconciler.core.advance import advance
from reconciler.core.change import Adoption, Change, Reason, ReasonCode
from reconciler.core.dialects import is_files
from reconciler.core.diff import flatten
from reconciler.core.events import Adopted
from reconciler.core.lock import Entry, Lock, Milestone, Role, Training
from reconciler.core.model import Action, Address, Desired, Live, LiveTraining, Status
from reconciler.core.ours import is_anothers, is_protected, marked_trainings, unlocked
from reconciler.core.submission import trained_alone
from reconciler.core.surplus import kept_words
from reconciler.core.taken_over import resources_of
from reconciler.core.times import moment

UPLOAD_KEPT_S = 7 * 86400.0
"""An upload younger than this stays: another clone may have approved a training on it that nothing shows yet."""
_STAGED = re.compile(r"[0-9a-f]{64}(?:\.[A-Za-z0-9]+)?")
"""How uploads are named (core/submission.staged_uri): nothing else below stagingUri is ours."""


class GarbageKind(Enum):
    """Why nobody needs it."""

    ORPHAN = "orphan"
    SUPERSEDED = "superseded"
    LEFTOVER = "leftover"
    ENDPOINTS = "endpoints"
    UPLOAD = "upload"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to dispose of. `since` is RFC 3339, "" where nobody knows; `attempt` is "" for what no lock names."""

    kind: GarbageKind
    address: Address
    live: LiveTraining
    attempt: str
    since: str
    why: str
    protected: bool = False
    """Named, and left alone unless somebody allows it."""

    @property
    def resources(self) -> tuple[str, ...]:
        """The names of what would be gone."""
        endpoints = (self.live.endpoint if self.live.endpoint_exists else "", *self.live.endpoints_left)
        checkpoints = (c.endpoint for c in self.live.checkpoints if c.endpoint not in self.live.endpoints_gone)
        model = self.live.model if self.live.model_exists else ""
        names = dict.fromkeys(name for name in (model, *endpoints, *(checkpoints if model else ())) if name)
        return tuple(name for name in names if name not in self.live.endpoints_used)


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is kept all the same.

    Whatever ended at `before` (RFC 3339) or later, "" is no limit; and the newest `last` deposed models of an
    address, None is as many as its `keep`.
    """

    before: str = ""
    last: int | None = None

    def spares(self, since: str) -> bool:
        """Whether something of this age stays; what has no age is as old as can be."""
        return bool(self.before) and moment(since) >= moment(self.before)


def garbage(
    desired: Desired, live: Live, lock: Lock, workspace: str, keeping: Keeping, adoptable: frozenset[str]
) -> list[Item]:
    """In the order of addresses. `adoptable` are trainings that the next apply takes into the lock.

    What is protected, by the lock or by its labels, is named like anything else, and marked so.
    """
    known = {*desired.models, *(a for a, _ in lock.by_address)}
    found = [*_unlocked(known, desired, live, lock, workspace, adoptable), *_locked(live, lock, workspace, keeping)]
    return sorted(
        (
            replace(item, protected=is_protected(item.live, lock, item.address))
            for item in found
            if not keeping.spares(item.since) and not _is_under_way(lock.entry(item.address))
        ),
        key=lambda i: (i.address, moment(i.since), i.live.resource_name),
    )


def unreferenced(staged: Iterable[str], desired: Desired, live: Live, lock: Lock) -> set[str]:
    """Uploads that no spec, no lock entry, no model and no training in progress names, whoever made it.

    `staged` are URIs in the workspace's own folder below stagingUri. A model that no lock knows is recognised by its
    upload, where its file has another form by now.
    """
    digests = {d.identity.sha256 for m in desired.models.values() for d in m.data if d.identity.sha256}
    used = {
        uri
        for entry in lock.entries.values()
        for submission in (
            *(t.submission for t in entry.trainings.values()),
            *(a.submission for a in entry.approved if a.submission),
        )
        for record in submission.data
        for uri in (record.uri, record.sent_uri)
    }
    kept = [t for t in live.trainings.values() if t.is_ready or not t.status.is_terminal]
    used |= {t.data_uri for t in kept}
    used |= {value for t in kept for value in flatten(t.training).values() if isinstance(value, str)}
    return {
        uri
        for uri in staged
        if uri not in used
        and _STAGED.fullmatch(name := uri.rpartition("/")[2])
        and name.partition(".")[0] not in digests
    }


def disposals(items: Iterable[Item], lock: Lock) -> list[Change]:
    """One change an address: what no lock names is taken in first, so that a crash on the way loses nothing."""
    by_address: dict[Address, list[Item]] = {}
    for item in items:
        by_address.setdefault(item.address, []).append(item)
    return [_disposal(address, found, lock) for address, found in sorted(by_address.items())]


def adopted(lock: Lock, changes: Iterable[Change], live: Live) -> Lock:
    """The lock as it will be when these changes are approved: what is checked is what will be done."""
    for change in changes:
        for a in change.adopts:
            submission = a.submission or trained_alone(change.address, live.trainings[a.resource_name])
            seen = live.trainings[a.resource_name]
            lock = advance(lock, Adopted(change.address, a.attempt, a.role, submission, seen, ""))
    return lock


def _unlocked(
    known: set[Address], desired: Desired, live: Live, lock: Lock, workspace: str, adoptable: frozenset[str]
) -> Iterator[Item]:
    for marked in unlocked(marked_trainings(live, workspace, known), lock):
        address, t = marked.address, marked.live
        is_awaited = address in desired.models and lock.entry(address) is None and t.is_ready
        if not t.status.is_terminal or t.resource_name in adoptable or is_awaited or is_files(t.model):
            continue  # nobody deletes files
        since = t.ended or t.created
        if t.is_ready:
            yield Item(GarbageKind.ORPHAN, address, t, "", since, "carries our markers, and no lock names it")
        elif t.model_exists and t.status is not Status.READY:
            yield Item(GarbageKind.LEFTOVER, address, t, "", since, f"left by a job that ended {t.state}")
        elif t.endpoints_left:
            yield Item(GarbageKind.ENDPOINTS, address, t, "", since, "their model is gone")


def _locked(live: Live, lock: Lock, workspace: str, keeping: Keeping) -> Iterator[Item]:
    for address, entry in lock.by_address:
        keep = entry.lifecycle.keep if keeping.last is None else keeping.last
        deposed = [(a, t) for a, t in entry.deposed if a not in entry.spared]
        for attempt, training in deposed[: max(0, len(deposed) - keep)]:
            why = f"superseded, and {kept_words(keep)}" if keep else "superseded"
            yield from _item(GarbageKind.SUPERSEDED, address, attempt, training, live, workspace, why)
        for attempt, training in entry.with_role(Role.FAILED).items():
            if training.left_model:
                why = f"left by a job that ended {training.state}"
                yield from _item(GarbageKind.LEFTOVER, address, attempt, training, live, workspace, why)


def _item(
    kind: GarbageKind, address: Address, attempt: str, training: Training, live: Live, workspace: str, why: str
) -> Iterator[Item]:
    seen = live.trainings.get(training.job)
    if seen is None or not seen.status.is_terminal or is_anothers(seen, workspace) or is_files(seen.model):
        return
    if seen.model_exists or seen.endpoint_exists:
        yield Item(kind, address, seen, attempt, training.at(Milestone.DEPOSED, Milestone.ENDED), why)


def _is_under_way(entry: Entry | None) -> bool:
    """What is approved there is finished first: `wait` does."""
    return entry is not None and bool(entry.approved)


def _disposal(address: Address, items: list[Item], lock: Lock) -> Change:
    entry = lock.entry(address) or Entry()
    free = max((int(a) for a in entry.trainings), default=0) + 1
    numbered = {i.live.resource_name: i.attempt for i in items if i.attempt}
    fresh = [i for i in items if not i.attempt]
    numbered |= {i.live.resource_name: str(free + number) for number, i in enumerate(fresh)}
    return Change(
        address,
        Action.DELETE,
        Reason(ReasonCode.GARBAGE, "garbage: " + ", ".join(sorted({i.kind.value for i in items}))),
        lifecycle=entry.lifecycle,
        adopts=tuple(
            Adoption(i.live.resource_name, numbered[i.live.resource_name], Role.DEPOSED, trained_alone(address, i.live))
            for i in fresh
        ),
        disposes=tuple(numbered.values()),
        resources=tuple(dict.fromkeys(name for i in items for name in (*i.resources, *_locked_names(entry, i)))),
        deposed=True,
        disposes_ready=sum(i.live.is_ready for i in fresh),
    )


def _locked_names(entry: Entry, item: Item) -> tuple[str, ...]:
    return resources_of(entry, item.attempt) if item.attempt in entry.trainings else ()
