"""The Gemini API's words and ours, on recorded answers of the real service and on made-up ones."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.backends.gemini_wire import (
    OPERATION,
    TUNED_MODEL,
    TUNED_MODELS,
    curves,
    differences,
    from_wire,
    to_wire,
)
from reconciler.core.curves import MetricPoint
from reconciler.core.lock import DataRecord
from reconciler.core.model import Progress, Status
from tests.backends.fakes import a_gemini_submission, a_training, recorded

NAME = "tunedModels/router-1"


def model(**fields: Any) -> Any:
    return TUNED_MODEL.decode(json.dumps({"name": NAME, **fields}))


def operation(**fields: Any) -> Any:
    return OPERATION.decode(json.dumps({"name": f"{NAME}/operations/op", **fields}))


def test_a_recorded_list_is_read_whole() -> None:
    answer = json.loads(recorded("gemini.tunedModels.list.json"))
    models = TUNED_MODELS.decode(json.dumps(answer)).tuned_models

    lives = [from_wire(m, "acme-ml") for m in models]

    assert len(lives) == len(answer["tunedModels"]) > 1
    assert lives[0].resource_name == answer["tunedModels"][0]["name"]
    assert lives[0].status is Status.READY
    assert lives[0].ended == answer["tunedModels"][0]["tuningTask"]["completeTime"]
    first, second = curves(models[0])["mean_loss"][:2]
    assert first == MetricPoint(1, 16.613504, 0, answer["tunedModels"][0]["tuningTask"]["snapshots"][0]["computeTime"])
    assert (second.step, second.value, second.epoch) == (2, 20.299532, 1)


def test_a_recorded_model_in_training() -> None:
    live = from_wire(TUNED_MODEL.decode(recorded("gemini.tunedModel.creating.json")), "acme-ml")

    assert (live.status, live.state, live.ended) == (Status.IN_PROGRESS, "CREATING", "")
    assert live.training == {
        "baseModel": "models/text-bison-001",
        "tuningTask": {"hyperparameters": {"epochCount": 3, "batchSize": 4, "learningRate": 0.001}},
    }
    assert live.carriers[0].fields == {"displayName": "number generator", "temperature": 0.7, "topP": 0.95, "topK": 40}
    assert live.model == live.endpoint == live.resource_name


@pytest.mark.parametrize(
    "name",
    [
        "gemini.operation.create-response.v1beta.json",
        "gemini.operation.curl.json",
        "gemini.operation.website-sample.json",
    ],
)
def test_a_recorded_operation_has_its_steps(name: str) -> None:
    read = OPERATION.decode(recorded(name))

    assert read.metadata.total_steps in (19, 38)
    assert read.metadata.tuned_model == read.name.partition("/operations/")[0]
    assert not read.done


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("CREATING", Status.IN_PROGRESS),
        ("ACTIVE", Status.READY),
        ("FAILED", Status.FAILED),
        ("STATE_UNSPECIFIED", Status.UNKNOWN),
        ("", Status.UNKNOWN),
    ],
)
def test_every_state_has_its_status(state: str, status: Status) -> None:
    assert from_wire(model(state=state), "acme-ml").status is status


@pytest.mark.parametrize(("state", "status"), [("ACTIVE", Status.CANCELLED), ("FAILED", Status.CANCELLED)])
def test_the_operation_of_a_cancelled_training_says_so(state: str, status: Status) -> None:
    live = from_wire(model(state=state), "acme-ml", operation(done=True, error={"code": 1, "message": "cancelled"}))

    assert (live.status, live.error_code) == (status, 1)


def test_why_a_training_failed_stands_in_its_operation() -> None:
    live = from_wire(
        model(state="FAILED"), "acme-ml", operation(done=True, error={"code": 3, "message": "bad\x1b row"})
    )

    assert (live.status, live.error, live.error_code) == (Status.FAILED, "bad\\x1b row", 3)


def test_progress_is_the_operations() -> None:
    metadata = {"totalSteps": 38, "completedSteps": 19, "completedPercent": 50.0}

    live = from_wire(model(state="CREATING"), "acme-ml", operation(metadata=metadata))

    assert live.progress == Progress(50.0, 19, 38)


def test_without_an_operation_progress_is_the_last_snapshot_of_what_the_lock_knows() -> None:
    hyper = {"epochCount": 5, "batchSize": 2}
    task = {"hyperparameters": hyper, "snapshots": [{"step": 1}, {"step": 19, "epoch": 2, "meanLoss": 1.5}]}
    data = (DataRecord(field="tuningTask.trainingData", examples=15),)
    locked = a_training(a_gemini_submission(data=data))

    live = from_wire(model(state="CREATING", tuningTask=task), "acme-ml", locked=locked)

    assert live.progress == Progress(50.0, 19, 38)


def test_progress_that_nobody_knows_is_not_made_up() -> None:
    assert from_wire(model(state="CREATING"), "acme-ml").progress == Progress()


def test_a_body_has_the_examples_where_the_api_wants_them() -> None:
    body = to_wire(a_gemini_submission(), [("1", "2"), ("3", "4")])

    assert body == {
        "baseModel": "models/gemini-1.5-flash-001-tuning",
        "displayName": "Router",
        "tuningTask": {
            "hyperparameters": {"epochCount": 5, "batchSize": 2, "learningRate": 0.001},
            "trainingData": {
                "examples": {"examples": [{"textInput": "1", "output": "2"}, {"textInput": "3", "output": "4"}]}
            },
        },
    }


def test_a_parent_is_the_source_of_a_body() -> None:
    body = to_wire(a_gemini_submission(training={}, parent_model="tunedModels/parent-1"), [])

    assert body == {"displayName": "Router", "tunedModelSource": {"tunedModel": "tunedModels/parent-1"}}


@pytest.mark.parametrize(
    ("present", "wanted", "expected"),
    [
        ({"temperature": 0.9}, {"temperature": 0.9}, {}),
        ({"temperature": 0.12345679}, {"temperature": 0.123456789}, {}),
        ({"temperature": 0.9}, {"temperature": 0.8}, {"temperature": 0.8}),
        ({"topK": 40}, {"topK": 40.0}, {}),
        ({}, {"topK": 40}, {"topK": 40}),
        ({"displayName": "a"}, {"displayName": "b"}, {"displayName": "b"}),
        ({}, {"description": None}, {}),
        ({"description": "d"}, {"description": None}, {"description": None}),
        ({"readerProjectNumbers": ["1", "2"]}, {"readerProjectNumbers": ["1", "2"]}, {}),
        ({"readerProjectNumbers": ["1"]}, {"readerProjectNumbers": ["1", "2"]}, {"readerProjectNumbers": ["1", "2"]}),
        ({}, {"labels": {"a": "b"}}, {}),
    ],
)
def test_only_what_differs_is_patched(
    present: dict[str, Any], wanted: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert differences(model(**present), wanted) == expected
