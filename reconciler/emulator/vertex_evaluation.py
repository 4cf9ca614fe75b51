"""The evaluation of a job's checkpoints that its `evaluationConfig` asked for: scores by metric (simulated)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator import training
from reconciler.emulator.vertex_job_view import recipe_of

if TYPE_CHECKING:
    from reconciler.emulator.call import Simulation
    from reconciler.emulator.store import Resource

Json = dict[str, Any]

_COMPUTED = {"EXACT_MATCH": "exactMatchMetricValue", "BLEU": "bleuMetricValue", "ROUGE": "rougeMetricValue"}
_SPECS = {
    "exactMatchSpec": "exactMatchMetricValue",
    "bleuSpec": "bleuMetricValue",
    "rougeSpec": "rougeMetricValue",
    "customCodeExecutionSpec": "customCodeExecutionResult",
    "pairwiseMetricSpec": "pairwiseMetricResult",
}
"""What each kind of metric answers with; the others, which a model judges, answer with `pointwiseMetricResult`."""
_SHARES = {
    "MINIMUM": 0.4,
    "PERCENTILE_P90": 1.1,
    "PERCENTILE_P95": 1.15,
    "PERCENTILE_P99": 1.2,
    "MAXIMUM": 1.25,
    "STANDARD_DEVIATION": 0.2,
    "VARIANCE": 0.04,
}
"""Of the average, for statistics that are no middle."""


def evaluation_runs(sim: Simulation, row: Resource, checkpoints: list[Json]) -> list[Json]:
    """`evaluateDatasetRuns`: one a checkpoint, or one without an id for a model that has none."""
    config = row.data["doc"][row.data["spec"]].get("evaluationConfig")
    if not config or not row.data.get("validation"):
        return []
    steps = int(row.data["steps"])
    return [_run(sim, row, config, c) for c in checkpoints or [{"step": str(steps)}]]


def _run(sim: Simulation, row: Resource, config: Json, checkpoint: Json) -> Json:
    number = sim.new_id("evaluationRun", checkpoint.get("checkpointId", ""))
    validation = row.data["doc"][row.data["spec"]]["validationDatasetUri"]
    prefix = config["outputConfig"].get("gcsDestination", {}).get("outputUriPrefix", "")
    named = {"checkpointId": checkpoint["checkpointId"]} if "checkpointId" in checkpoint else {}
    return {
        **named,
        "evaluationRun": f"{row.parent}/evaluationRuns/{number}",
        "evaluateDatasetResponse": {
            "aggregationOutput": {
                "dataset": {"gcsSource": {"uris": [validation]}},
                "aggregationResults": [
                    result for metric in config["metrics"] for result in _results(row, metric, int(checkpoint["step"]))
                ],
            },
            "outputInfo": {"gcsOutputDirectory": f"{prefix.rstrip('/')}/evaluation_{number}"},
        },
    }


def _results(row: Resource, metric: Json, step: int) -> list[Json]:
    """One an aggregation; the average where none is asked for."""
    value = _value_field(metric)
    if value == "pairwiseMetricResult":
        return [{"aggregationMetric": "MODE", value: {"pairwiseChoice": "TIE"}}]
    average = training.accuracy(training.eval_loss(recipe_of(row), step))
    return [
        {"aggregationMetric": statistic, value: {"score": round(average * _SHARES.get(statistic, 1.0), 6)}}
        for statistic in metric.get("aggregationMetrics") or ["AVERAGE"]
    ]


def _value_field(metric: Json) -> str:
    if "computationBasedMetricSpec" in metric:
        return _COMPUTED.get(metric["computationBasedMetricSpec"].get("type", ""), "exactMatchMetricValue")
    return next((value for key, value in _SPECS.items() if key in metric), "pointwiseMetricResult")
