"""The status table as one JSON document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta

from reconciler.render.records import (
    FORMAT_VERSION,
    AddressText,
    FormatVersion,
    ProgressRecord,
    Record,
    TargetRecord,
    document,
)
from reconciler.render.values import Banner, StatusRow
from reconciler.render.words import decimal_string


class RowRecord(Record, frozen=True, kw_only=True):
    """One address. What is unknown is empty, or null."""

    address: AddressText
    attempt: Annotated[str, Meta(description="Distinguishes the trainings of one address.")]
    role: Literal["candidate", "pending", "serving", "deposed", "failed", ""]
    state: Annotated[str, Meta(description="The service's word, or ours.")]
    base: str
    progress: ProgressRecord
    endpoint: str
    job: str
    model: str
    age_s: Annotated[float, Meta(description="Seconds since the job was created.")] | None
    since_s: Annotated[float, Meta(description="Seconds in the present state, while it is under way.")] | None
    cost: Annotated[str, Meta(description="What an ended training was billed, where that is known.")] | None
    currency: str
    note: str


class StatusDocument(Record, frozen=True, kw_only=True):
    """What is locked, and how it is."""

    format_version: FormatVersion = FORMAT_VERSION
    target: TargetRecord
    models: tuple[RowRecord, ...]


def status_to_json(rows: Iterable[StatusRow], banner: Banner) -> str:
    """All rows in the order given."""
    return document(StatusDocument(target=TargetRecord.of(banner), models=tuple(map(_row, rows))))


def _row(row: StatusRow) -> RowRecord:
    return RowRecord(
        address=str(row.address),
        attempt=row.attempt,
        role=row.role,  # type: ignore[arg-type]  # the values of core/lock.Role, or nothing
        state=row.state,
        base=row.base,
        progress=ProgressRecord.of(row.progress),
        endpoint=row.endpoint,
        job=row.job,
        model=row.model,
        age_s=row.age_s,
        since_s=row.since_s,
        cost=decimal_string(row.cost),
        currency=row.currency if row.cost is not None else "",
        note=row.note,
    )
