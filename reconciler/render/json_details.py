"""What the service tells of each attempt at an address, as one JSON document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, convert, to_builtins

from reconciler.core.job_details import AttemptDetails, DataStatistics, JobDetails
from reconciler.core.model import Address
from reconciler.render.records import FORMAT_VERSION, AddressText, FormatVersion, Record, document

TimeText = Annotated[str, Meta(description="A time in RFC 3339; empty where the service tells none.")]


class SpreadBucketRecord(Record, frozen=True, kw_only=True):
    """How many values lie between two bounds."""

    left: float
    right: float
    count: int


class SpreadRecord(Record, frozen=True, kw_only=True):
    """How one figure is spread over the examples; null for what was left out."""

    least: float | None
    most: float | None
    mean: float | None
    median: float | None
    p5: float | None
    p95: float | None
    total: float | None
    billable: Annotated[int, Meta(description="How much of the total is billed.")] | None
    buckets: tuple[SpreadBucketRecord, ...]


class StatisticsRecord(Record, frozen=True, kw_only=True):
    """Counts of training data, of one epoch; null for what is not known."""

    examples: int | None
    steps: int | None
    tokens: Annotated[int, Meta(description="Billable tokens.")] | None
    characters: Annotated[int, Meta(description="Billable characters.")] | None
    tuning_characters: int | None
    left_out: Annotated[int, Meta(description="Examples that were not trained on; a sample for most methods.")] | None
    spreads: Annotated[
        dict[str, SpreadRecord],
        Meta(description="By figure of an example: `input tokens`, `output tokens`, `messages`, `contents`, `scores`."),
    ]


class EvaluationRunRecord(Record, frozen=True, kw_only=True):
    """What the service's own evaluation found."""

    checkpoint_id: Annotated[str, Meta(description="Empty for the model itself.")]
    scores: dict[str, float]
    error: str
    resource_name: Annotated[str, Meta(description="The service's name of the run; empty where it says none.")]


class JobRecord(Record, frozen=True, kw_only=True):
    """One training in the service's words; empty for what it does not say."""

    resource_name: Annotated[str, Meta(description="Of the job, or of the tuned model.")]
    state: str
    display_name: str
    description: str
    created: TimeText
    started: TimeText
    updated: TimeText
    ended: TimeText
    experiment: str
    pipeline: Annotated[str, Meta(description="Resource name of the pipeline job that ran it.")]
    metrics_uri: Annotated[str, Meta(description="Where its metrics are in Cloud Storage.")]
    output_uri: Annotated[str, Meta(description="Where its weights are, if it makes no Model.")]
    statistics: StatisticsRecord | None
    evaluations: tuple[EvaluationRunRecord, ...]


class AttemptDetailsRecord(Record, frozen=True, kw_only=True):
    """One attempt at the address."""

    attempt: Annotated[str, Meta(description="Its number, counted from `1`.")]
    service: Annotated[JobRecord, Meta(description="What the service tells of it.")] | None
    ours: (
        Annotated[StatisticsRecord, Meta(description="What tuneform counts of the same bytes, if they are at hand.")]
        | None
    )
    missing: Annotated[str, Meta(description="Why the service tells nothing; else empty.")]


class DetailsDocument(Record, frozen=True, kw_only=True):
    """What the service tells of every attempt at an address."""

    format_version: FormatVersion = FORMAT_VERSION
    address: AddressText
    attempts: Annotated[tuple[AttemptDetailsRecord, ...], Meta(description="The oldest first.")]


def details_to_json(address: Address, found: Sequence[AttemptDetails]) -> str:
    """The document, indented."""
    return document(DetailsDocument(address=str(address), attempts=tuple(map(_attempt, found))))


def _attempt(found: AttemptDetails) -> AttemptDetailsRecord:
    return AttemptDetailsRecord(
        attempt=found.attempt,
        service=_job(found.details) if found.details else None,
        ours=_statistics(found.ours) if found.ours else None,
        missing=found.missing,
    )


def _job(details: JobDetails) -> JobRecord:
    return convert(to_builtins(details), JobRecord)


def _statistics(found: DataStatistics) -> StatisticsRecord:
    return convert(to_builtins(found), StatisticsRecord)
