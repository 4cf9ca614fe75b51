"""The evaluation that a job's `evaluationConfig` asked for, as scores by checkpoint and metric.

Source: EvaluateDatasetRun and AggregationResult of the discovery document aiplatform v1. "One AggregationResult per
metric": a result says its kind and its statistic and no name. The names are those of the metrics that were asked for
where there are as many of them as results, in that order, which nothing documents; else the kind.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from reconciler.backends.quoting import cleaned
from reconciler.backends.vertex_types import WireAggregation, WireEvaluationRun, WireJob
from reconciler.core.model import Evaluation, Json

_RUNS, _SCORES, _NAME, _ERROR, _RESOURCE_NAME = 100, 32, 60, 300, 300
"""How many of each are kept, and how many characters of a name, an error and a resource name."""
_USUAL = ("", "AVERAGE", "AGGREGATION_METRIC_UNSPECIFIED")
"""Statistics that a name does not have to say."""


def evaluations(job: WireJob) -> tuple[Evaluation, ...]:
    """One a run: the checkpoint's, or the model's own where it names none. What has no score is left out."""
    asked = _asked_for(job)
    return tuple(_evaluation(run, asked) for run in job.evaluate_dataset_runs[:_RUNS])


def _evaluation(run: WireEvaluationRun, asked: Sequence[str]) -> Evaluation:
    answer = run.evaluate_dataset_response
    results = answer.aggregation_output.aggregation_results if answer and answer.aggregation_output else ()
    names = asked if len(asked) == len(results) else [""] * len(results)
    scores: dict[str, float] = {}
    for result, name in zip(results, names, strict=True):
        score = result.score
        if score is not None and math.isfinite(score) and len(scores) < _SCORES:
            scores[_unused(_named(result, name), scores)] = score
    error = run.error.message or f"code {run.error.code}" if run.error else ""
    name = cleaned(run.evaluation_run, limit=_RESOURCE_NAME)
    return Evaluation(cleaned(run.checkpoint_id, limit=_NAME), scores, cleaned(error, limit=_ERROR), name)


def _named(result: WireAggregation, asked: str) -> str:
    statistic = result.aggregation_metric
    suffix = "" if statistic in _USUAL else f"_{cleaned(statistic, limit=_NAME).removeprefix('PERCENTILE_').lower()}"
    return (asked or result.kind) + suffix


def _unused(name: str, known: Mapping[str, float]) -> str:
    """Two of a kind are told apart by their place."""
    number, free = 2, name
    while free in known:
        number, free = number + 1, f"{name}_{number}"
    return free


def _asked_for(job: WireJob) -> list[str]:
    spec = job.supervised_tuning_spec
    config = spec.get("evaluationConfig") if isinstance(spec, dict) else None
    metrics = config.get("metrics") if isinstance(config, dict) else None
    return [_name_of(metric) for metric in metrics] if isinstance(metrics, list) else []


def _name_of(metric: Json) -> str:
    """Its title, or the name of a predefined one; "" where it has none of its own."""
    return next((cleaned(name, limit=_NAME) for name in _names_in(metric) if isinstance(name, str) and name), "")


def _names_in(metric: Json) -> Iterator[Json]:
    if isinstance(metric, dict):
        for key, name in (("metadata", "title"), ("predefinedMetricSpec", "metricSpecName")):
            part = metric.get(key)
            yield part.get(name) if isinstance(part, dict) else ""
