"""The status table as one JSON document."""

from __future__ import annotations

import json
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


class ConcernRecord(Record, frozen=True, kw_only=True):
    """Something that is wrong with it: `status --check` ends with 1."""

    kind: Literal["failed", "refused", "undecided", "stuck", "blocked", "gone", "retiring"]
    text: str
    since_s: Annotated[float, Meta(description="Seconds for which a stuck one has been so.")] | None


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
    was_billed: Annotated[bool, Meta(description="It has ended, and not for nothing: without a cost that is unknown.")]
    gate: Literal["passed", "refused", "inconclusive", ""]
    retires: Annotated[str, Meta(description="The earliest day on which its base model retires, or empty.")]
    concerns: tuple[ConcernRecord, ...]


class StatusDocument(Record, frozen=True, kw_only=True):
    """What is locked, and how it is."""

    format_version: FormatVersion = FORMAT_VERSION
    target: TargetRecord
    models: tuple[RowRecord, ...]


def status_to_json(rows: Iterable[StatusRow], banner: Banner) -> str:
    """All rows in the order given."""
    return document(StatusDocument(target=TargetRecord.of(banner), models=tuple(map(_row, rows))))


def status_line(rows: Iterable[StatusRow], banner: Banner, at: str) -> str:
    """The same on one line, with the time at which it was so (RFC 3339): for who is told whenever it changes."""
    made = json.loads(status_to_json(rows, banner))
    return json.dumps({"format_version": made["format_version"], "at": at, **made}, ensure_ascii=False) + "\n"


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
        was_billed=row.was_billed,
        gate=row.gate,  # type: ignore[arg-type]  # the words of core/concerns.gate_word
        retires=row.retires,
        concerns=tuple(ConcernRecord(kind=t.kind.value, text=t.text, since_s=t.since_s) for t in row.concerns),
    )
