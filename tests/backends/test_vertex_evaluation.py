"""What a job says of the evaluation of its checkpoints, in our words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.backends.vertex_types import JOB
from reconciler.backends.vertex_wire import from_wire
from reconciler.core.model import Evaluation

NAME = "projects/1/locations/us-central1/tuningJobs/1"


def evaluations(runs: list[Any], *metrics: Any) -> tuple[Evaluation, ...]:
    spec = {"trainingDatasetUri": "gs://a/b", "evaluationConfig": {"metrics": list(metrics)}}
    job = {"name": NAME, "supervisedTuningSpec": spec, "evaluateDatasetRuns": runs}
    return from_wire(JOB.decode(json.dumps(job)), "acme-ml", "us-central1").evaluations


def run(*results: Any, **fields: Any) -> Any:
    answer = {"aggregationOutput": {"aggregationResults": list(results)}}
    return {"evaluateDatasetResponse": answer, **fields}


def exact(score: Any, statistic: str = "AVERAGE") -> Any:
    return {"aggregationMetric": statistic, "exactMatchMetricValue": {"score": score}}


def test_each_checkpoint_has_the_scores_of_its_run() -> None:
    found = evaluations([run(exact(0.5), checkpointId="1"), run(exact(0.75), checkpointId="2")])

    assert found == (Evaluation("1", {"exact_match": 0.5}), Evaluation("2", {"exact_match": 0.75}))


def test_a_run_has_the_name_that_the_service_gave_it() -> None:
    name = "projects/1/locations/us-central1/evaluationRuns/7"

    found = evaluations([run(exact(0.5), evaluationRun=name), run(evaluationRun=f"{name}\x1b[2J")])

    assert [one.resource_name.partition("\x1b")[0] for one in found] == [name, found[1].resource_name]
    assert found[1].resource_name.startswith(name)
    assert "\x1b" not in found[1].resource_name


def test_a_run_without_a_checkpoint_is_about_the_model() -> None:
    assert evaluations([run(exact(1))]) == (Evaluation("", {"exact_match": 1.0}),)


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("bleuMetricValue", "bleu"),
        ("rougeMetricValue", "rouge"),
        ("pointwiseMetricResult", "pointwise"),
        ("customCodeExecutionResult", "custom_code"),
    ],
)
def test_a_score_is_named_by_its_kind(field: str, name: str) -> None:
    (found,) = evaluations([run({"aggregationMetric": "AVERAGE", field: {"score": 0.25}})])

    assert found.scores == {name: 0.25}


def test_metrics_that_were_asked_for_by_name_keep_it_where_there_is_a_result_for_each() -> None:
    asked = ({"predefinedMetricSpec": {"metricSpecName": "text_quality_v1"}}, {"metadata": {"title": "Tone"}})
    judged = [{"pointwiseMetricResult": {"score": 4}}, {"pointwiseMetricResult": {"score": 5}}]

    (named,) = evaluations([run(*judged)], *asked)
    (unnamed,) = evaluations([run(*judged)], asked[0])

    assert named.scores == {"text_quality_v1": 4.0, "Tone": 5.0}
    assert unnamed.scores == {"pointwise": 4.0, "pointwise_2": 5.0}


def test_a_statistic_other_than_the_average_is_part_of_the_name() -> None:
    (found,) = evaluations([run(exact(0.5), exact(0.9, "PERCENTILE_P90"), exact(0.1, "MINIMUM"))])

    assert found.scores == {"exact_match": 0.5, "exact_match_p90": 0.9, "exact_match_minimum": 0.1}


@pytest.mark.parametrize(
    "result",
    [
        {"pairwiseMetricResult": {"pairwiseChoice": "TIE"}},
        {"pointwiseMetricResult": {"customOutput": {"rawOutputs": {"rawOutput": ["fine"]}}}},
        {"exactMatchMetricValue": {}},
        exact("NaN"),
        exact("Infinity"),
        {},
    ],
    ids=["a choice", "an output of its own", "no score", "no number", "infinity", "nothing"],
)
def test_what_has_no_score_is_left_out_and_never_0(result: Any) -> None:
    assert evaluations([run(result)]) == (Evaluation(""),)


def test_an_evaluation_that_failed_says_why() -> None:
    (found,) = evaluations([{"checkpointId": "1", "error": {"code": 8, "message": "Quota\x1b[2J exceeded."}}])
    (bare,) = evaluations([{"error": {"code": 8}}])

    assert (found.checkpoint_id, found.scores) == ("1", {})
    assert found.error.startswith("Quota")
    assert found.error.isprintable()
    assert bare.error == "code 8"


def test_an_answer_of_any_size_keeps_little() -> None:
    found = evaluations([run(*[exact(1)] * 500, checkpointId="x" * 9_000)] * 500)

    assert len(found) == 100
    assert len(found[0].scores) == 32
    assert len(found[0].checkpoint_id) < 100


@pytest.mark.parametrize("config", [None, [], "x", {"metrics": "x"}, {"metrics": [None, 7, {"metadata": []}]}])
def test_a_configuration_of_any_shape_is_no_obstacle(config: Any) -> None:
    job = {"name": NAME, "supervisedTuningSpec": {"evaluationConfig": config}, "evaluateDatasetRuns": [run(exact(1))]}

    found = from_wire(JOB.decode(json.dumps(job)), "acme-ml", "us-central1").evaluations

    assert found == (Evaluation("", {"exact_match": 1.0}),)
