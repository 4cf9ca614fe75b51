"""What Vertex AI tells of one job and its data, for who asks: decoded for one job at a time.

The lists of a plan skip all of this (vertex_types.py). Examples that the statistics quote are skipped here too: they
are the user's. Source: TuningJob, TuningDataStats, DatasetStats and DatasetDistribution of the discovery documents
aiplatform v1 and v1beta1. Distillation nests its statistics one level deeper than the other methods.
"""

from __future__ import annotations

import math

import msgspec
from msgspec import Struct

from reconciler.backends.quoting import cleaned
from reconciler.backends.vertex_evaluation import evaluations
from reconciler.backends.vertex_types import WireJob
from reconciler.core.job_details import (
    CONTENTS,
    INPUT,
    MESSAGES,
    OUTPUT,
    SCORES,
    VARIANCE,
    Bucket,
    DataStatistics,
    JobDetails,
    Spread,
)

_BUCKETS = 100
_TEXT, _DESCRIPTION = 300, 2_000
"""Characters that are kept."""


class WireBucket(Struct, frozen=True, rename="camel"):
    """DistributionBucket; supervised tuning counts in doubles, the others in int64."""

    count: float = 0.0
    left: float = 0.0
    right: float = 0.0


class WireSpread(Struct, frozen=True, rename="camel"):
    """DatasetDistribution and SupervisedTuningDatasetDistribution; a value of 0 may be absent."""

    min: float | None = None
    max: float | None = None
    mean: float | None = None
    median: float | None = None
    p5: float | None = None
    p95: float | None = None
    sum: float | None = None
    billable_sum: int | None = None
    buckets: tuple[WireBucket, ...] = ()


class WireStatistics(Struct, frozen=True, rename="camel"):
    """The statistics of every method: each has some of these. `training_dataset_stats` is distillation's."""

    tuning_dataset_example_count: int | None = None
    tuning_step_count: int | None = None
    total_billable_token_count: int | None = None
    total_billable_character_count: int | None = None
    total_tuning_character_count: int | None = None
    total_truncated_example_count: int | None = None
    dropped_example_indices: tuple[int, ...] | None = None
    user_input_token_distribution: WireSpread | None = None
    user_output_token_distribution: WireSpread | None = None
    user_message_per_example_distribution: WireSpread | None = None
    contents_per_example_distribution: WireSpread | None = None
    scores_distribution: WireSpread | None = None
    score_variance_per_example_distribution: WireSpread | None = None
    training_dataset_stats: WireStatistics | None = None


class WireWholeJob(WireJob, frozen=True, rename="camel"):
    """A TuningJob with what WireJob leaves out."""

    start_time: str = ""
    update_time: str = ""
    gcs_metrics_uri: str = ""
    output_uri: str = ""
    pipeline_job: str = ""
    tuning_data_stats: dict[str, WireStatistics | None] | None = None  # type: ignore[assignment]


JOB_DETAILS = msgspec.json.Decoder(WireWholeJob, strict=False)


def details_of(job: WireWholeJob) -> JobDetails:
    """In our words; every text cleaned of what could harm a terminal."""
    found = next((s for s in (job.tuning_data_stats or {}).values() if s is not None), None)
    return JobDetails(
        resource_name=job.name,
        state=cleaned(job.state, limit=_TEXT),
        display_name=cleaned(job.tuned_model_display_name, limit=_TEXT),
        description=cleaned(job.description, limit=_DESCRIPTION),
        created=cleaned(job.create_time, limit=_TEXT),
        started=cleaned(job.start_time, limit=_TEXT),
        updated=cleaned(job.update_time, limit=_TEXT),
        ended=cleaned(job.end_time, limit=_TEXT),
        experiment=cleaned(job.experiment, limit=_TEXT),
        pipeline=cleaned(job.pipeline_job, limit=_TEXT),
        metrics_uri=cleaned(job.gcs_metrics_uri, limit=_TEXT),
        output_uri=cleaned(job.output_uri, limit=_TEXT),
        statistics=_statistics(found) if found else None,
        evaluations=evaluations(job) if job.evaluate_dataset_runs else (),
    )


def _statistics(wire: WireStatistics) -> DataStatistics:
    if wire.training_dataset_stats is not None:
        return _statistics(wire.training_dataset_stats)
    spreads = (
        (INPUT, wire.user_input_token_distribution),
        (OUTPUT, wire.user_output_token_distribution),
        (MESSAGES, wire.user_message_per_example_distribution),
        (CONTENTS, wire.contents_per_example_distribution),
        (SCORES, wire.scores_distribution),
        (VARIANCE, wire.score_variance_per_example_distribution),
    )
    indices = wire.dropped_example_indices
    return DataStatistics(
        examples=wire.tuning_dataset_example_count,
        steps=wire.tuning_step_count,
        tokens=wire.total_billable_token_count,
        characters=wire.total_billable_character_count,
        tuning_characters=wire.total_tuning_character_count,
        # The other methods name a sample of them, and no number.
        left_out=wire.total_truncated_example_count if indices is None else len(indices),
        spreads={name: _spread(spread) for name, spread in spreads if spread is not None},
    )


def _spread(wire: WireSpread) -> Spread:
    buckets = [Bucket(b.left, b.right, int(b.count)) for b in wire.buckets[:_BUCKETS] if _is_real(b)]
    return Spread(
        least=_finite(wire.min),
        most=_finite(wire.max),
        mean=_finite(wire.mean),
        median=_finite(wire.median),
        p5=_finite(wire.p5),
        p95=_finite(wire.p95),
        total=_finite(wire.sum),
        billable=wire.billable_sum,
        buckets=tuple(buckets),
    )


def _is_real(bucket: WireBucket) -> bool:
    return all(map(math.isfinite, (bucket.left, bucket.right, bucket.count)))


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
