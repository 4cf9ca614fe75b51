"""What `tuneform query` lists, as one JSON document and as a table for other programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from msgspec import Meta

from reconciler.core.diagnostics import Diagnostic
from reconciler.core.inventory import ListedResource
from reconciler.render.records import (
    FORMAT_VERSION,
    DiagnosticRecord,
    FormatVersion,
    Record,
    TargetRecord,
    document,
)
from reconciler.render.values import Banner
from reconciler.render.words import decimal_string, escape

COLUMNS = (
    *("kind", "service", "project", "location", "resource", "name", "state", "base", "created", "age_s"),
    *("owner", "address", "role", "tokens", "cost", "currency", "deployed", "labels", "note"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With what a cell begins that a spreadsheet would calculate."""


class ResourceRecord(Record, frozen=True, kw_only=True):
    """One job, tuned model, Model or Endpoint. What is unknown is empty, or null."""

    kind: Annotated[Literal["job", "tuned-model", "model", "endpoint"], Meta(description="What it is.")]
    service: Annotated[str, Meta(description="The first half of the address that its spec would have.")]
    resource: Annotated[str, Meta(description="Its resource name.")]
    project: Annotated[str, Meta(description="Its id; its number where nobody knows the id.")]
    location: Annotated[str, Meta(description="Empty on the Gemini API.")]
    name: Annotated[str, Meta(description="Its display name.")]
    state: Annotated[str, Meta(description="The service's word without its prefix, or one of ours for an Endpoint.")]
    base: Annotated[str, Meta(description="The base model that it goes back to.")]
    labels: Annotated[dict[str, str], Meta(description="All of them, the service's and ours too.")]
    created: Annotated[str, Meta(description="RFC 3339.")]
    age_s: Annotated[int, Meta(description="Seconds since then.")] | None
    owner: Annotated[str, Meta(description="The workspace that has it, by the lock or by its label.")]
    address: Annotated[str, Meta(description="Its address in this workspace.")]
    role: Annotated[str, Meta(description="What the lock has it as: serving, deposed, candidate, pending, failed.")]
    tokens: Annotated[int, Meta(description="Billed tokens of one epoch.")] | None
    cost: Annotated[str, Meta(description="What it was billed, where that is known.")] | None
    currency: Annotated[str, Meta(description="Of the cost.")]
    was_billed: Annotated[bool, Meta(description="It has ended, and not for nothing: without a cost that is unknown.")]
    deployed: Annotated[int, Meta(description="Models on an Endpoint, or Endpoints of a Model.")] | None
    is_idle: Annotated[bool, Meta(description="An Endpoint on which nothing is deployed, or to which no traffic goes.")]
    note: Annotated[str, Meta(description="A sentence.")]


class QueryDocument(Record, frozen=True, kw_only=True):
    """Everything in the places that were asked about, as far as the filters take it."""

    format_version: FormatVersion = FORMAT_VERSION
    target: TargetRecord
    resources: Annotated[tuple[ResourceRecord, ...], Meta(description="By service, project, location and kind.")]
    of: Annotated[int, Meta(description="How many there are without the filters.")]
    diagnostics: Annotated[tuple[DiagnosticRecord, ...], Meta(description="Places that could not be read.")]


def query_to_json(rows: Sequence[ListedResource], of: int, banner: Banner, unread: Sequence[Diagnostic]) -> str:
    """In the order of the rows."""
    return document(
        QueryDocument(
            target=TargetRecord.of(banner),
            resources=tuple(map(_record, rows)),
            of=of,
            diagnostics=tuple(map(DiagnosticRecord.of, unread)),
        )
    )


def query_to_csv(rows: Sequence[ListedResource]) -> str:
    """A row each. A cell that a spreadsheet would calculate begins with an apostrophe."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(map(_cells, rows))
    return out.getvalue()


def _cells(row: ListedResource) -> Iterator[str | int]:
    labels = ",".join(f"{key}={value}" for key, value in sorted(row.labels.items()))
    age = "" if row.age_s is None else int(row.age_s)
    for cell in (
        *(row.kind, row.service, row.project, row.location, row.resource_name, row.name, row.state, row.base),
        *(row.created, age, row.owner, row.address, row.role, "" if row.tokens is None else row.tokens),
        *(decimal_string(row.cost) or "", row.currency, "" if row.deployed is None else row.deployed, labels, row.note),
    ):
        if not isinstance(cell, str):
            yield cell
        else:
            yield f"'{escape(cell)}" if cell.startswith(_FORMULA) else escape(cell)


def _record(row: ListedResource) -> ResourceRecord:
    return ResourceRecord(
        kind=row.kind,  # type: ignore[arg-type]  # one of core/inventory.KINDS
        service=row.service,
        resource=row.resource_name,
        project=row.project,
        location=row.location,
        name=row.name,
        state=row.state,
        base=row.base,
        labels=dict(row.labels),
        created=row.created,
        age_s=None if row.age_s is None else int(row.age_s),
        owner=row.owner,
        address=row.address,
        role=row.role,
        tokens=row.tokens,
        cost=decimal_string(row.cost),
        currency=row.currency,
        was_billed=row.was_billed,
        deployed=row.deployed,
        is_idle=row.is_idle,
        note=row.note,
    )
