"""Vertex AI's words and ours, on recorded answers of the real service and on made-up ones."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest
from googleapiclient.discovery_cache import get_static_doc

from reconciler.backends.base import BackendError
from reconciler.backends.vertex_types import ENDPOINT, JOB, MODEL
from reconciler.backends.vertex_wire import from_wire, to_wire
from reconciler.core.dialects.vertex import VERTEX
from reconciler.core.lock import DataRecord
from reconciler.core.model import Carrier, Checkpoint, Dropped, LiveTraining, Progress, Status
from tests.backends.fakes import PLACE, a_vertex_submission, failed, recorded, some_markers

JOB_NAME = f"{PLACE}/tuningJobs/7"


def read(**fields: Any) -> LiveTraining:
    job = JOB.decode(json.dumps({"name": JOB_NAME, **fields}))
    return from_wire(job, "acme-ml", "us-central1")


# Recorded


def test_a_recorded_job_that_succeeded() -> None:
    answer = json.loads(recorded("vertex.sft.succeeded.qa-full-stats.json"))

    live = from_wire(JOB.decode(json.dumps(answer)), "acme-ml", "us-central1")

    assert (live.status, live.state) == (Status.READY, "JOB_STATE_SUCCEEDED")
    assert live.resource_name == answer["name"]
    assert (live.model, live.endpoint) == (answer["tunedModel"]["model"], answer["tunedModel"]["endpoint"])
    assert re.fullmatch(r"projects/\d{12}/locations/us-central1/models/\d{19}@1", live.model)
    assert live.data_uri == "gs://example-bucket-a/gemini-tuning/squad_train.jsonl"
    assert live.billable_tokens == 96894
    assert (live.created, live.ended) == (answer["createTime"], answer["endTime"])
    assert live.created < live.ended
    assert live.training["baseModel"] == "gemini-1.5-flash-002"
    assert live.training["supervisedTuningSpec"]["hyperParameters"] == {
        "epochCount": 10,
        "learningRateMultiplier": 1.0,
        "adapterSize": "ADAPTER_SIZE_EIGHT",
    }
    assert "squad" not in str({k: v for k, v in live.training.items() if k != "supervisedTuningSpec"})


def test_no_training_example_of_a_recorded_job_is_kept() -> None:
    answer = json.loads(recorded("vertex.sft.succeeded.qa-full-stats.json"))
    examples = answer["tuningDataStats"]["supervisedTuningDataStats"]["userDatasetExamples"]
    texts = [part["text"] for example in examples for part in example["parts"]]

    live = from_wire(JOB.decode(json.dumps(answer)), "acme-ml", "us-central1")

    assert texts
    assert [text for text in texts if text in str(live)] == []


def test_a_recorded_job_that_failed_and_left_a_model_says_so() -> None:
    answer = json.loads(recorded("vertex.sft.failed.endpoint-creation.json"))

    live = from_wire(JOB.decode(json.dumps(answer)), "acme-ml", "us-central1")

    assert (live.status, live.error_code) == (Status.FAILED, 13)
    assert live.error.startswith("Failed to create endpoint. Tuned model is uploaded")
    assert live.model == answer["tunedModel"]["model"] != ""
    assert (live.endpoint, live.billable_tokens) == ("", 255243)


@pytest.mark.parametrize("name", ["vertex.sft.pending.text.json", "vertex.sft.pending.create-response.image.json"])
def test_a_recorded_job_that_waits_is_in_progress(name: str) -> None:
    live = from_wire(JOB.decode(recorded(name)), "acme-ml", "us-central1")

    assert (live.status, live.model, live.progress) == (Status.IN_PROGRESS, "", Progress())


def test_the_resolved_whole_numbers_of_a_recorded_job_are_numbers_as_in_a_spec() -> None:
    live = from_wire(JOB.decode(recorded("vertex.sft.succeeded.image-full-stats.json")), "acme-ml", "us-central1")

    assert live.training["supervisedTuningSpec"]["hyperParameters"]["epochCount"] == 40


# From the wire


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("JOB_STATE_QUEUED", Status.IN_PROGRESS),
        ("JOB_STATE_PENDING", Status.IN_PROGRESS),
        ("JOB_STATE_RUNNING", Status.IN_PROGRESS),
        ("JOB_STATE_CANCELLING", Status.IN_PROGRESS),
        ("JOB_STATE_PAUSED", Status.IN_PROGRESS),
        ("JOB_STATE_UPDATING", Status.IN_PROGRESS),
        ("JOB_STATE_SUCCEEDED", Status.READY),
        ("JOB_STATE_FAILED", Status.FAILED),
        ("JOB_STATE_EXPIRED", Status.FAILED),
        ("JOB_STATE_CANCELLED", Status.CANCELLED),
        ("JOB_STATE_PARTIALLY_SUCCEEDED", Status.FAILED),
        ("JOB_STATE_UNSPECIFIED", Status.UNKNOWN),
        ("JOB_STATE_DREAMING", Status.UNKNOWN),
        ("", Status.UNKNOWN),
    ],
)
def test_every_state_has_its_status_and_a_new_word_is_watched(state: str, status: Status) -> None:
    assert read(state=state).status is status


@pytest.mark.parametrize(
    ("made", "status"),
    [
        ({"model": f"{PLACE}/models/1@1", "endpoint": f"{PLACE}/endpoints/2"}, Status.READY),
        ({"model": f"{PLACE}/models/1@1"}, Status.FAILED),
        ({"endpoint": f"{PLACE}/endpoints/2"}, Status.FAILED),
    ],
)
def test_partial_success_is_ready_only_with_model_and_endpoint(made: dict[str, str], status: Status) -> None:
    assert read(state="JOB_STATE_PARTIALLY_SUCCEEDED", tunedModel=made).status is status


def test_an_unknown_state_cannot_move_the_cursor() -> None:
    assert read(state="JOB_STATE_\x1b[2J").state == "JOB_STATE_\\x1b[2J"


def test_the_error_of_a_job_cannot_move_the_cursor() -> None:
    live = read(state="JOB_STATE_FAILED", error={"code": 3, "message": "row 1\x1b[2J\nbad"})

    assert (live.error, live.error_code) == ("row 1\\x1b[2J bad", 3)


@pytest.mark.parametrize("name", ["projects/1/locations/x/tuningJobs/\x1b[2J", "a b", "projects/ü"])
def test_a_name_that_could_not_be_one_is_refused(name: str) -> None:
    with pytest.raises(BackendError) as error:
        read(name=name)

    assert failed(error) == ("API219", False)


@pytest.mark.parametrize(
    ("metadata", "stats", "expected"),
    [
        ({"completedStepCount": "30"}, {"tuningStepCount": "120"}, Progress(25.0, 30, 120, "TUNING_JOB_STATE_TUNING")),
        ({"completedStepCount": 30}, {"tuningStepCount": 120}, Progress(25.0, 30, 120, "TUNING_JOB_STATE_TUNING")),
        (
            {"completedStepCount": "130"},
            {"tuningStepCount": "120"},
            Progress(100.0, 130, 120, "TUNING_JOB_STATE_TUNING"),
        ),
        ({"completedStepCount": "30"}, {}, Progress(None, 30, None, "TUNING_JOB_STATE_TUNING")),
        ({}, {"tuningStepCount": "0"}, Progress(None, None, 0, "TUNING_JOB_STATE_TUNING")),
    ],
)
def test_progress_comes_from_steps(metadata: dict[str, Any], stats: dict[str, Any], expected: Progress) -> None:
    live = read(
        state="JOB_STATE_RUNNING",
        tuningJobState="TUNING_JOB_STATE_TUNING",
        tuningJobMetadata=metadata,
        tuningDataStats={"supervisedTuningDataStats": stats},
    )

    assert live.progress == expected


@pytest.mark.parametrize(("version", "prefix"), [("v1", "V1"), ("v1beta1", "V1beta1")])
def test_what_is_recorded_of_a_training_is_read_where_every_method_of_the_definitions_has_it(
    version: str, prefix: str
) -> None:
    schemas = json.loads(str(get_static_doc("aiplatform", version)))["schemas"]
    kinds = schemas[f"GoogleCloudAiplatform{prefix}TuningDataStats"]["properties"]
    for kind, part in kinds.items():
        live = read(tuningDataStats={kind: _counted(schemas, part["$ref"])})

        assert live.billable_tokens == 42, kind
        assert live.progress is not None
        assert live.progress.steps_total == 42, kind
        assert live.dropped == Dropped(1 if kind != "supervisedTuningDataStats" else 42, (42,), ("why",), 42), kind


def _counted(schemas: dict[str, Any], name: str) -> dict[str, Any]:
    """A message of statistics in which every count is 42, and one example was dropped."""
    found: dict[str, Any] = {}
    for key, part in schemas[name]["properties"].items():
        if key == "trainingDatasetStats":
            found[key] = _counted(schemas, part["$ref"])
        elif part.get("format") == "int64":
            found[key] = "42"
        elif key.endswith("ExampleIndices"):
            found[key] = ["42"]
        elif key == "droppedExampleReasons":
            found[key] = ["why"]
    return found


def test_a_distillation_that_says_nothing_of_its_data_yet_has_no_figures() -> None:
    live = read(tuningDataStats={"distillationDataStats": {}})

    assert (live.billable_tokens, live.dropped) == (None, None)


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ("supervisedTuningSpec", "trainingDatasetUri"),
        ("preferenceOptimizationSpec", "trainingDatasetUri"),
        ("reinforcementTuningSpec", "trainingDatasetUri"),
        ("distillationSpec", "promptDatasetUri"),
        ("veoTuningSpec", "trainingDatasetUri"),
    ],
)
def test_the_dataset_is_found_in_every_method(spec: str, field: str) -> None:
    live = read(**{spec: {field: "gs://b/o.jsonl"}})

    assert live.data_uri == "gs://b/o.jsonl"
    assert live.training == {spec: {field: "gs://b/o.jsonl"}}


def test_checkpoints_keep_their_endpoints_and_their_int64() -> None:
    endpoint = "projects/12345/locations/us/endpoints/9"
    made = {"checkpoints": [{"checkpointId": "1", "epoch": "2", "step": "30", "endpoint": endpoint}, {}]}

    live = read(tunedModel=made)

    assert live.checkpoints == (Checkpoint("1", 2, 30, endpoint), Checkpoint("", 0, 0, ""))


def test_markers_are_read_from_the_labels_of_the_job() -> None:
    live = read(labels={"team": "x", "tuneform-workspace": "acme", "tuneform-attempt": "3"})

    assert (live.markers.workspace, live.markers.attempt, live.markers.name) == ("acme", "3", "")


def test_carriers_have_the_names_of_the_spec_and_belong_to_the_model_as_a_whole() -> None:
    model = MODEL.decode(
        json.dumps({"name": f"{PLACE}/models/1@2", "versionId": "2", "displayName": "R", "labels": {"a": "b"}})
    )
    endpoint = ENDPOINT.decode(json.dumps({"name": f"{PLACE}/endpoints/2", "displayName": "R", "description": "d"}))
    job = JOB.decode(json.dumps({"name": JOB_NAME}))

    live = from_wire(job, "acme-ml", "us-central1", model, endpoint)

    assert live.carriers == (
        Carrier(f"{PLACE}/models/1", {"tunedModelDisplayName": "R", "labels": {"a": "b"}}),
        Carrier(f"{PLACE}/endpoints/2", {"tunedModelDisplayName": "R", "description": "d"}),
    )
    assert (live.model_exists, live.endpoint_exists) == (True, True)


@pytest.mark.parametrize(
    "fields",
    [
        {"tunedModel": "models/1"},
        {"labels": []},
        {"error": "no"},
        {"tuningDataStats": {"supervisedTuningDataStats": 3}},
    ],
)
def test_a_field_of_another_type_is_noticed(fields: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        read(**fields)


def test_fields_that_nobody_knows_are_ignored() -> None:
    assert read(state="JOB_STATE_RUNNING", somethingNew={"a": [1]}).status is Status.IN_PROGRESS


# To the wire


def test_a_body_has_everything_that_was_declared_and_whose_it_is() -> None:
    submission = a_vertex_submission(
        reported={"supervisedTuningSpec": {"exportLastCheckpointOnly": True}},
        data=(
            DataRecord(field="supervisedTuningSpec.trainingDatasetUri", uri="train.jsonl", sent_uri="gs://s/abc.jsonl"),
            DataRecord(field="supervisedTuningSpec.validationDatasetUri", uri="gs://b/val.jsonl"),
        ),
    )

    body = to_wire(submission, some_markers())

    assert body == {
        "baseModel": "gemini-2.0-flash-001",
        "supervisedTuningSpec": {
            "hyperParameters": {"epochCount": "2", "adapterSize": "ADAPTER_SIZE_FOUR"},
            "exportLastCheckpointOnly": True,
            "trainingDatasetUri": "gs://s/abc.jsonl",
            "validationDatasetUri": "gs://b/val.jsonl",
        },
        "tunedModelDisplayName": "Router",
        "labels": {
            "team": "support",
            "tuneform-workspace": "acme",
            "tuneform-name": "router",
            "tuneform-training": "v1-abc",
            "tuneform-data": "crc-1",
            "tuneform-attempt": "1",
        },
    }


@pytest.mark.parametrize(
    ("written", "sent"),
    [(4, "FOUR"), ("4", "FOUR"), (16, "SIXTEEN"), ("ADAPTER_SIZE_TWO", "TWO"), (32, "THIRTY_TWO"), (1, "ONE")],
)
def test_adapter_sizes_are_sent_by_name_because_numbers_mean_something_else(written: int | str, sent: str) -> None:
    training = {"baseModel": "m", "supervisedTuningSpec": {"hyperParameters": {"adapterSize": written}}}

    body = to_wire(a_vertex_submission(training=training), some_markers())

    assert body["supervisedTuningSpec"]["hyperParameters"]["adapterSize"] == f"ADAPTER_SIZE_{sent}"


def test_the_pinned_model_of_the_parent_is_sent_with_the_checkpoint_that_was_asked_for() -> None:
    submission = a_vertex_submission(
        training={"preTunedModel": {"checkpointId": "2"}, "supervisedTuningSpec": {}},
        parent="vertex/base",
        parent_model=f"{PLACE}/models/1@3",
    )

    body = to_wire(submission, some_markers())

    assert body["preTunedModel"] == {"checkpointId": "2", "tunedModelName": f"{PLACE}/models/1@3"}
    assert "baseModel" not in body


def test_a_label_that_is_to_be_removed_is_not_sent_with_a_create() -> None:
    body = to_wire(a_vertex_submission(in_place={"labels": {"team": None, "a": "b"}}), some_markers())

    assert {k for k in body["labels"] if not k.startswith("tuneform-")} == {"a"}


def test_putting_a_body_together_changes_nothing_that_it_is_made_of() -> None:
    submission = a_vertex_submission(reported={"supervisedTuningSpec": {"exportLastCheckpointOnly": True}})
    before = msgspec.json.encode(submission)

    to_wire(submission, some_markers())

    assert msgspec.json.encode(submission) == before


@pytest.mark.parametrize(
    ("extra", "version"),
    [
        ({}, "v1"),
        ({"outputUri": "gs://b/out"}, "v1beta1"),
        ({"reinforcementTuningSpec": {}}, "v1beta1"),
        ({"supervisedTuningSpec": {"tuningMode": "TUNING_MODE_FULL"}}, "v1beta1"),
        ({"supervisedTuningSpec": {"hyperParameters": {"batchSize": 4}}}, "v1beta1"),
        ({"preferenceOptimizationSpec": {"hyperParameters": {"beta": 0.1}}}, "v1"),
    ],
)
def test_jobs_are_created_in_v1_unless_only_v1beta1_knows_a_field(extra: dict[str, Any], version: str) -> None:
    assert VERTEX.version_for({"baseModel": "m", **extra}) == version


@pytest.mark.parametrize(
    ("stats", "dropped"),
    [
        ({"supervisedTuningDataStats": {"tuningDatasetExampleCount": "40"}}, None),
        (
            {
                "supervisedTuningDataStats": {
                    "tuningDatasetExampleCount": "38",
                    "totalTruncatedExampleCount": "200",
                    "truncatedExampleIndices": ["3", "30"],
                    "droppedExampleReasons": ["too long", "bad image"],
                }
            },
            Dropped(200, (3, 30), ("too long", "bad image"), 38),
        ),
        (
            {"preferenceOptimizationDataStats": {"droppedExampleIndices": ["7"], "droppedExampleReasons": ["no pair"]}},
            Dropped(1, (7,), ("no pair",), None),
        ),
    ],
    ids=["none", "supervised", "preference"],
)
def test_dropped_examples_are_read_in_both_spellings(stats: dict[str, Any], dropped: Dropped | None) -> None:
    live = read(tuningDataStats=stats)

    assert live.dropped == dropped


@pytest.mark.parametrize(
    ("state", "has_read"),
    [("WAITING_FOR_QUOTA", False), ("PROCESSING_DATASET", False), ("TUNING", True), ("POST_PROCESSING", True)],
)
def test_a_job_tells_when_it_has_read_its_data(state: str, has_read: bool) -> None:
    live = read(tuningJobState=f"TUNING_JOB_STATE_{state}")

    assert live.has_read_data is has_read
