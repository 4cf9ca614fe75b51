"""What is learnt of training data, looked up only where a plan depends on it.

Bytes that are as they were cost nothing: a plan is made by the bytes first. Where it would train, adopt, or found other
bytes, the content of the local file is worked out; records of 0.1.0, which have none, get theirs from the object that
was uploaded; and so do trainings that are known by their markers alone. Then the plan is made again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from reconciler import datasets
from reconciler.backends.base import BackendError
from reconciler.core.adopt import is_named
from reconciler.core.attempts import wants_its_data
from reconciler.core.datasets import content_of, same_data, with_learnt
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.dialects import dialect_of
from reconciler.core.faults import Condition, Fault
from reconciler.core.lock import DataRecord, Entry, Lock, Role, Submission, Training
from reconciler.core.markers import PAIRS_RECIPE, ROWS_RECIPE
from reconciler.core.model import Action, Address, Data, Declared, Desired, Identity, Live, LiveData, LiveTraining
from reconciler.core.plan import plan_changes
from reconciler.core.situation import MarkerIndex, PlanOptions
from reconciler.core.submission import known_content, staged_sha256, submission_of
from reconciler.files.data_contents import KnownContent

if TYPE_CHECKING:
    from reconciler.core.change import Change, Plan
    from reconciler.workflow.world import World

_QUIET = (Action.NOOP, Action.AWAIT, Action.UPDATE, Action.BLOCKED)


@dataclass(frozen=True, slots=True)
class Looked:
    """A plan, and what it was made from: with the content of everything that it turned on."""

    plan: Plan
    desired: Desired
    live: Live
    lock: Lock


def plan_by_content(world: World, desired: Desired, live: Live, lock: Lock, options: PlanOptions) -> Looked:
    """The plan of these specs. Raises ReconcilerError where Cloud Storage fails; an object may be gone."""
    plan = plan_changes(desired, live, lock, options)
    unlocked = _of_unlocked_trainings(desired, live, lock, options)
    asking = {
        c.address: d
        for c in plan.changes
        if (d := c.declared) is not None and (c.address in unlocked or _turns_on_data(c, d))
    }
    if not asking:
        return Looked(plan, desired, live, lock)
    try:
        seen = _Contents(world)
        known = {address: seen.of_spec(declared, _entry_of(declared, lock)) for address, declared in asking.items()}
        desired = replace(desired, models={**desired.models, **known})
        for declared in known.values():
            lock = seen.into_lock(declared, lock)
        live = seen.into_live(known, live, lock, options)
    except BackendError as exc:
        raise ReconcilerError(exc.diagnostic) from exc
    return Looked(plan_changes(desired, live, lock, options), desired, live, lock)


def lock_with_learnt(lock: Lock, learnt: Lock) -> Lock:
    """The lock with the digests of content that a look at the cloud brought, entry by entry."""
    entries = {
        address: _learnt(entry, learnt.entries[address]) if address in learnt.entries else entry
        for address, entry in lock.entries.items()
    }
    return structs.replace(lock, entries=entries) if entries != lock.entries else lock


def _learnt(entry: Entry, learnt: Entry) -> Entry:
    trainings = {
        attempt: structs.replace(
            training, submission=with_learnt(training.submission, learnt.trainings[attempt].submission)
        )
        if attempt in learnt.trainings
        else training
        for attempt, training in entry.trainings.items()
    }
    if trainings == entry.trainings:
        return entry
    return structs.replace(entry, trainings=trainings, revision=entry.revision + 1)


def _of_unlocked_trainings(desired: Desired, live: Live, lock: Lock, options: PlanOptions) -> set[Address]:
    """Addresses whose markers are on a training that the lock does not know: what its data was may matter."""
    locked = lock.jobs
    free = {name: t for name, t in live.trainings.items() if name not in locked}
    if not free:
        return set()
    marked = MarkerIndex(free, options.workspace)
    return {d.address for d in desired.models.values() if marked.of(d.address, _names_of(d, lock), d.project)}


def _names_of(declared: Declared, lock: Lock) -> tuple[str, ...]:
    """Names that it had, by its spec and by its entry."""
    return (*declared.former_names, *_entry_of(declared, lock).former)


def _entry_of(declared: Declared, lock: Lock) -> Entry:
    found = (lock.entry(address) for address in (declared.address, *declared.former_addresses))
    return next((entry for entry in found if entry is not None), Entry())


def _turns_on_data(change: Change, declared: Declared) -> bool:
    """Whether the content of local data may decide this change, or is recorded with it."""
    fields = {data.field for data in declared.data if data.is_local}
    if not fields:
        return False
    return change.action not in _QUIET or any(f.field in fields for f in change.fields) or bool(change.cancels)


@dataclass(frozen=True, slots=True)
class _Contents:
    """Where content is found."""

    world: World

    def of_spec(self, declared: Declared, entry: Entry) -> Declared:
        """With the content of its local files; pairs have theirs already."""
        if dialect_of(declared.address).has_inline_data:
            return declared
        return replace(declared, data=tuple(self._of_data(data, entry) for data in declared.data))

    def into_lock(self, declared: Declared, lock: Lock) -> Lock:
        """With the content of what this address was trained on, as far as the decision goes back."""
        name = declared.address.name
        addresses = {declared.address, *declared.former_addresses}
        for address, entry in lock.by_address:
            if address in addresses or name in entry.former:
                lock = lock.with_entry(address, self._of_entry(declared, entry))
        return lock

    def into_live(self, known: Mapping[Address, Declared], live: Live, lock: Lock, options: PlanOptions) -> Live:
        """With the data of those trainings that may be adopted, and that the markers alone do not identify."""
        locked = lock.jobs
        marked = MarkerIndex(live.trainings, options.workspace)
        found = {}
        for declared in known.values():
            wanted = submission_of(declared, live.identities, options.staging_uri)
            for training in self._unknown(declared, wanted, live, marked, _names_of(declared, lock)):
                if training.resource_name not in locked:
                    found[training.resource_name] = replace(training, data=self._of_live(training))
        return replace(live, trainings={**live.trainings, **found}) if found else live

    def _unknown(
        self, declared: Declared, wanted: Submission, live: Live, marked: MarkerIndex, names: Sequence[str]
    ) -> Iterator[LiveTraining]:
        if dialect_of(declared.address).has_inline_data:
            return
        for training in marked.of(declared.address, names, declared.project):
            if wants_its_data(training, wanted):
                yield training
        if declared.existing and declared.training_data.is_local:
            named = (t for t in live.trainings.values() if is_named(t, declared.existing))
            yield from (
                t for t in named if staged_sha256(t.data_uri) not in ("", declared.training_data.identity.sha256)
            )

    def _of_data(self, data: Data, entry: Entry) -> Data:
        if data.path is None or data.content:
            return data
        content = known_content(data.identity.sha256, entry) or self._of_file(data.path, data.identity)
        return replace(data, content=content)

    def _of_file(self, path: str, identity: Identity) -> str:
        """Nothing where it cannot be read any more, or has other bytes by now: the upload says so."""
        known = self.world.contents.known(identity.sha256, ROWS_RECIPE)
        if known is not None:
            return known.content
        try:
            found, content = datasets.identified_rows(datasets.Source.file(Path(path)).read())
        except (datasets.UnreadableError, OSError):
            return ""
        return self._kept(found, content) if found.sha256 == identity.sha256 else ""

    def _of_entry(self, declared: Declared, entry: Entry) -> Entry:
        """What serves and what runs first; what is deposed or failed only where those are not what the spec says."""
        now = [r for d in declared.data for r in _records_of(d)]
        first: dict[str, Training] = {}
        later: dict[str, Training] = {}
        for attempt, training in entry.trainings.items():
            is_first = training.role in (Role.SERVING, Role.CANDIDATE, Role.PENDING)
            (first if is_first else later)[attempt] = training
        first = {a: self._of_training(t, declared, now) for a, t in first.items()}
        if any(_has_same_data(t, now) for t in first.values()):
            return structs.replace(entry, trainings={**entry.trainings, **first})
        later = {a: self._of_training(t, declared, now) for a, t in later.items()}
        return structs.replace(entry, trainings={**entry.trainings, **first, **later})

    def _of_training(self, training: Training, declared: Declared, now: Iterable[DataRecord]) -> Training:
        data = tuple(self._of_record(r, declared, now) for r in training.submission.data)
        return structs.replace(training, submission=structs.replace(training.submission, data=data))

    def _of_record(self, record: DataRecord, declared: Declared, now: Iterable[DataRecord]) -> DataRecord:
        """Nobody asks for the content of bytes that are the present ones, nor where there is none to compare with."""
        others = [n for n in now if _is_of_one_kind(n.field, record.field)]
        if not (record.local and record.sha256) or record.content:
            return record
        if any(not n.content or record.identity.same_bytes(n.identity) is not False for n in others):
            return record
        if not record.sent_uri:
            return structs.replace(record, content=_of_pairs(record, declared))
        return structs.replace(record, content=self._of_object(record.sent_uri, record.identity).content)

    def _of_live(self, training: LiveTraining) -> LiveData:
        return self._of_object(training.data_uri, Identity(sha256=staged_sha256(training.data_uri)))

    def _of_object(self, uri: str, identity: Identity) -> LiveData:
        """What an upload has in it; nothing where it is gone, may not be read, or has other bytes than it should."""
        known = self.world.contents.known(identity.sha256, ROWS_RECIPE) if identity.sha256 else None
        if known is not None:
            return LiveData(known.identity(identity.sha256), known.content)
        if not uri.startswith("gs://"):
            return LiveData()
        try:
            found, content = datasets.identified_rows(self.world.storage.chunks(uri))
        except BackendError as exc:
            if exc.fault is not Fault.NOT_FOUND and exc.condition is not Condition.DENIED:
                raise
            return LiveData()
        has = Identity(crc32c=found.crc32c, size=found.size, sha256=found.sha256)
        if identity.is_known and not identity.same_bytes(has):
            return LiveData()
        return LiveData(has, self._kept(found, content))

    def _kept(self, identity: datasets.FileIdentity, content: str) -> str:
        self.world.contents.keep(identity.sha256, KnownContent(content, identity.crc32c, identity.size))
        return content


def _records_of(data: Data) -> Iterator[DataRecord]:
    if data.is_local:
        i = data.identity
        yield DataRecord(
            field=data.field, local=True, crc32c=i.crc32c, size=i.size, sha256=i.sha256, content=data.content
        )


def _is_of_one_kind(one: str, other: str) -> bool:
    """Training data is compared with training data, whichever method or form of a spec names it."""
    return ("validation" in one.lower()) is ("validation" in other.lower())


def _has_same_data(training: Training, now: Iterable[DataRecord]) -> bool:
    known = training.submission.data
    return all(any(same_data(r, n) is not False for r in known if _is_of_one_kind(r.field, n.field)) for n in now)


def _of_pairs(record: DataRecord, declared: Declared) -> str:
    """A table of 0.1.0 was digested with the line ends within its cells, as a checkout had made them."""
    known = declared.training_data
    if (known.path or "").lower().endswith(".csv"):
        windows = ((text.replace("\r\n", "\n").replace("\n", "\r\n"), out) for text, out in declared.examples)
        both = [(text, out.replace("\r\n", "\n").replace("\n", "\r\n")) for text, out in windows]
        if datasets.pairs_content(both) == f"{PAIRS_RECIPE}:{record.sha256}":
            return known.content
    return content_of(record)
