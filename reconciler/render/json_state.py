"""What the lock has, as one JSON document: an overview, and no substitute for the lock itself."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from reconciler.core.lock import Author, Entry, Lock, Mending
from reconciler.render.records import (
    FORMAT_VERSION,
    ActionWord,
    AddressText,
    AuthorRecord,
    FormatVersion,
    Record,
    TargetRecord,
    document,
)
from reconciler.render.values import Banner


class StateEntryRecord(Record, frozen=True, kw_only=True):
    """One entry. What there is not is empty."""

    address: AddressText
    revision: Annotated[int, Meta(description="How often it was written.")]
    attempts: Annotated[tuple[str, ...], Meta(description="Numbers of its trainings, oldest first.")]
    serving: Annotated[str, Meta(description="The attempt that serves.")]
    model: Annotated[str, Meta(description="Resource name of the Model that serves, with its version.")]
    approved: Annotated[tuple[ActionWord, ...], Meta(description="Changes that were approved and are not done.")]
    former: Annotated[tuple[str, ...], Meta(description="Names that it had before, oldest first.")]

    @classmethod
    def of(cls, address: str, entry: Entry) -> StateEntryRecord:
        """As the lock has it."""
        serving = entry.serving
        return cls(
            address=address,
            revision=entry.revision,
            attempts=tuple(attempt for attempt, _ in entry.in_order),
            serving=serving[0] if serving else "",
            model=serving[1].model if serving else "",
            approved=tuple(a.action.value for a in entry.approved),
            former=entry.former,
        )


class MendingRecord(Record, frozen=True, kw_only=True):
    """Something that a person did to the lock by hand."""

    what: Annotated[str, Meta(description="`mv` or `push`.")]
    addresses: Annotated[tuple[str, ...], Meta(description="Of `mv` the old and the new one.")]
    at: Annotated[str, Meta(description="A time in RFC 3339.")]
    reason: Annotated[str, Meta(description="What the person said.")]
    by: Annotated[AuthorRecord, Meta(description="Who did it.")]

    @classmethod
    def of(cls, mending: Mending) -> MendingRecord:
        """As the lock has it."""
        m = mending
        by = AuthorRecord.of(m.by or Author())
        return cls(what=m.what, addresses=m.addresses, at=m.at, reason=m.reason, by=by)


class StateDocument(Record, frozen=True, kw_only=True):
    """What the lock has; no service was asked."""

    format_version: FormatVersion = FORMAT_VERSION
    target: TargetRecord
    lineage: Annotated[str, Meta(description="Of the lock; empty where nothing was written yet.")]
    entries: Annotated[tuple[StateEntryRecord, ...], Meta(description="In the order of addresses.")]
    forgotten: Annotated[tuple[AddressText, ...], Meta(description="Addresses of which something was forgotten.")]
    mended: Annotated[tuple[MendingRecord, ...], Meta(description="What was done by hand last, oldest first.")]


def state_to_json(lock: Lock, banner: Banner) -> str:
    """Entries in the order of addresses."""
    return document(
        StateDocument(
            target=TargetRecord.of(banner),
            lineage=lock.lineage,
            entries=tuple(StateEntryRecord.of(text, entry) for text, entry in sorted(lock.entries.items())),
            forgotten=tuple(text for text, grave in sorted(lock.tombstones.items()) if grave.resource_names),
            mended=tuple(map(MendingRecord.of, lock.mended)),
        )
    )
