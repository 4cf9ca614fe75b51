"""What `tuneform gc` proposes, as one JSON document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, Protocol

from msgspec import Meta

from reconciler.core.diagnostics import Diagnostic
from reconciler.core.garbage import Item
from reconciler.render.records import (
    FORMAT_VERSION,
    AddressText,
    DiagnosticRecord,
    FormatVersion,
    Record,
    TargetRecord,
    document,
)
from reconciler.render.values import Banner

KindWord = Literal["orphan", "superseded", "leftover", "endpoints", "upload"]


class _Upload(Protocol):
    """An object in Cloud Storage."""

    @property
    def uri(self) -> str:
        """`gs://bucket/name`."""

    @property
    def size(self) -> int:
        """In bytes."""

    @property
    def created(self) -> str:
        """RFC 3339."""


class ItemRecord(Record, frozen=True, kw_only=True):
    """One training of ours that is not needed any more, with everything that would be gone."""

    kind: Annotated[KindWord, Meta(description="Why it is not needed.")]
    address: AddressText
    job: Annotated[str, Meta(description="Its job, or its tuned model.")]
    resources: Annotated[tuple[str, ...], Meta(description="Model, endpoints and checkpoints that would be deleted.")]
    since: Annotated[str, Meta(description="When it ended, in RFC 3339; empty where it is not known.")]
    why: Annotated[str, Meta(description="A sentence.")]
    protected: Annotated[bool, Meta(description="Whether it stays without --allow-protected.")]


class UploadRecord(Record, frozen=True, kw_only=True):
    """A training file below `stagingUri` that no spec, no lock and no training names."""

    uri: str
    size_bytes: int
    created: Annotated[str, Meta(description="RFC 3339.")]


class GarbageDocument(Record, frozen=True, kw_only=True):
    """What `tuneform gc --yes` would dispose of."""

    format_version: FormatVersion = FORMAT_VERSION
    target: TargetRecord
    refused: Annotated[bool, Meta(description="Whether `--yes` would stop before the first change.")]
    items: Annotated[tuple[ItemRecord, ...], Meta(description="In address order.")]
    uploads: tuple[UploadRecord, ...]
    diagnostics: Annotated[tuple[DiagnosticRecord, ...], Meta(description="Refusals and warnings.")]


def garbage_to_json(
    items: Sequence[Item],
    uploads: Sequence[_Upload],
    banner: Banner,
    diagnostics: Sequence[Diagnostic] = (),
) -> str:
    """In the order of addresses, then of uploads."""
    return document(
        GarbageDocument(
            target=TargetRecord.of(banner),
            refused=any(d.is_error for d in diagnostics),
            items=tuple(map(_item, items)),
            uploads=tuple(UploadRecord(uri=u.uri, size_bytes=u.size, created=u.created) for u in uploads),
            diagnostics=tuple(map(DiagnosticRecord.of, diagnostics)),
        )
    )


def _item(item: Item) -> ItemRecord:
    return ItemRecord(
        kind=item.kind.value,
        address=str(item.address),
        job=item.live.resource_name,
        resources=item.resources,
        since=item.since,
        why=item.why,
        protected=item.protected,
    )
