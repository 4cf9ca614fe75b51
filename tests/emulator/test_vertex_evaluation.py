"""The evaluation of checkpoints that a job's evaluationConfig asks for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.conftest import Client, example, jsonl

_METRICS = [
    {"exactMatchSpec": {}},
    {"predefinedMetricSpec": {"metricSpecName": "instruction_following_v1"}},
    {"computationBasedMetricSpec": {"type": "ROUGE"}, "aggregationMetrics": ["AVERAGE", "PERCENTILE_P90"]},
    {"pairwiseMetricSpec": {"metricPromptTemplate": "Which?"}},
]


def evaluated(client: Client, data: str, **spec: Any) -> Any:
    client.settings(catalog="historic")
    validation = client.upload("validation.jsonl", jsonl([example(f"q{n}", "a") for n in range(5)]))
    body = {
        "trainingDatasetUri": data,
        "validationDatasetUri": validation,
        "hyperParameters": {"epochCount": 3},
        "evaluationConfig": {
            "metrics": _METRICS,
            "outputConfig": {"gcsDestination": {"outputUriPrefix": "gs://acme-data/out/"}},
        },
        **spec,
    }
    kept = {key: value for key, value in body.items() if value is not None}
    return client.trained(data, baseModel="gemini-2.5-flash", supervisedTuningSpec=kept)


def test_each_checkpoint_is_evaluated_by_each_metric_and_statistic(client: Client, data: str) -> None:
    job = evaluated(client, data)

    runs = job["evaluateDatasetRuns"]
    results = runs[0]["evaluateDatasetResponse"]["aggregationOutput"]["aggregationResults"]
    assert [run["checkpointId"] for run in runs] == [c["checkpointId"] for c in job["tunedModel"]["checkpoints"]]
    assert [sorted(result) for result in results] == [
        ["aggregationMetric", "exactMatchMetricValue"],
        ["aggregationMetric", "pointwiseMetricResult"],
        ["aggregationMetric", "rougeMetricValue"],
        ["aggregationMetric", "rougeMetricValue"],
        ["aggregationMetric", "pairwiseMetricResult"],
    ]
    assert [result["aggregationMetric"] for result in results[2:4]] == ["AVERAGE", "PERCENTILE_P90"]
    assert runs[0]["evaluationRun"].startswith("projects/")
    assert runs[0]["evaluateDatasetResponse"]["outputInfo"]["gcsOutputDirectory"].startswith("gs://acme-data/out/eval")


def test_a_job_without_checkpoints_has_one_evaluation_of_its_model(client: Client, data: str) -> None:
    runs = evaluated(client, data, exportLastCheckpointOnly=True)["evaluateDatasetRuns"]

    assert len(runs) == 1
    assert "checkpointId" not in runs[0]


@pytest.mark.parametrize("without", ["evaluationConfig", "validationDatasetUri"])
def test_what_was_not_asked_for_or_has_no_validation_data_is_not_evaluated(
    client: Client, data: str, without: str
) -> None:
    job = evaluated(client, data, **{without: None})

    assert job["state"] == "JOB_STATE_SUCCEEDED"
    assert "evaluateDatasetRuns" not in job
