from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.emulator.conftest import Answer, Client

JOBS = "/v1/projects/acme/locations/us-central1/tuningJobs"


def create(client: Client, data: str, parent: str = JOBS, **changes: Any) -> Answer:
    body = {"baseModel": "gemini-3.5-flash", "supervisedTuningSpec": {"trainingDatasetUri": data}, **changes}
    return client.call("POST", parent, {k: v for k, v in body.items() if v is not None})


def test_an_unknown_field_is_refused_by_its_path(client: Client, data: str) -> None:
    answer = create(client, data, supervisedTuningSpec={"trainingDatasetUri": data, "epochs": 3}, tag="x")

    assert answer.status == 400
    assert answer.message.splitlines() == [
        "Invalid JSON payload received. Unknown name \"epochs\" at 'tuning_job.supervised_tuning_spec': "
        "Cannot find field.",
        "Invalid JSON payload received. Unknown name \"tag\" at 'tuning_job': Cannot find field.",
    ]
    assert [v["field"] for v in answer.json["error"]["details"][0]["fieldViolations"]] == [
        "tuning_job.supervised_tuning_spec",
        "tuning_job",
    ]


@pytest.mark.parametrize("uri", ["gs://acme-data", "gs://acme-data/train.csv", "train.jsonl", "s3://b/train.jsonl", ""])
def test_a_dataset_uri_must_name_a_jsonl_object(client: Client, uri: str) -> None:
    answer = create(client, uri)

    assert answer.status == 400
    assert answer.message == (
        "List of found errors:\t1.Field: tuning_job.supervised_tuning_spec.training_dataset_uri; "
        "Message: training_dataset_uri should be a GCS object of type JSONL.\t"
    )


def test_a_dataset_that_is_not_there_is_not_found(client: Client) -> None:
    assert create(client, "gs://acme-data/none.jsonl").status == 404


def test_a_first_row_without_contents_is_refused_at_once(client: Client) -> None:
    uri = client.upload("bad.jsonl", b'{"prompt": "a"}\n')

    answer = create(client, uri)

    assert (answer.status, answer.message) == (400, "Row: 0. Missing required `contents` field.")


def test_an_adapter_size_that_the_base_lacks_is_refused(client: Client, data: str) -> None:
    spec = {"trainingDatasetUri": data, "hyperParameters": {"adapterSize": "ADAPTER_SIZE_THIRTY_TWO"}}

    answer = create(client, data, supervisedTuningSpec=spec)

    assert (answer.status, answer.message) == (400, "The adapter size is not supported for this base model.")


@pytest.mark.parametrize("base", ["gemini-9", "gemini-1.5-pro-002", ""])
def test_an_unknown_or_retired_base_is_refused(client: Client, data: str, base: str) -> None:
    assert create(client, data, baseModel=base).status == 400


def test_the_historic_catalog_trains_a_retired_base(client: Client, data: str) -> None:
    client.settings(catalog="historic")

    assert create(client, data, baseModel="gemini-1.5-pro-002").status == 200


@pytest.mark.parametrize("location", ["global", "asia-east1", "us"])
def test_a_location_that_does_not_tune_the_base_is_a_failed_precondition(
    client: Client, data: str, location: str
) -> None:
    answer = create(client, data, parent=JOBS.replace("us-central1", location))

    assert (answer.status, answer.json["error"]["status"]) == (400, "FAILED_PRECONDITION")


@pytest.mark.parametrize(
    "changes",
    [
        {"baseModel": None},
        {"preTunedModel": {"tunedModelName": "projects/acme/locations/us-central1/models/1"}},
        {"supervisedTuningSpec": None},
        {"labels": {"Team": "x"}},
        {"labels": {"team": "X Y"}},
        {"tunedModelDisplayName": "x" * 129},
        {"supervisedTuningSpec": {"trainingDatasetUri": 5}},
        {"supervisedTuningSpec": []},
        {"labels": {"team": None}},
        {"encryptionSpec": {"kmsKeyName": "projects/p/locations/us-central1/keyRings/r/cryptoKeys/k"}},
    ],
)
def test_a_body_that_makes_no_sense_is_refused(client: Client, data: str, changes: dict[str, Any]) -> None:
    assert create(client, data, **changes).status == 400


@pytest.mark.parametrize("epochs", [0.5, "two", -1, 2**63, True, [1]])
def test_a_count_must_be_a_positive_whole_number(client: Client, data: str, epochs: object) -> None:
    spec = {"trainingDatasetUri": data, "hyperParameters": {"epochCount": epochs}}

    answer = create(client, data, supervisedTuningSpec=spec)

    assert answer.status == 400
    assert "epoch_count" in answer.message


@pytest.mark.parametrize("given", [{}, {"metrics": [{}]}, {"metrics": [{}], "outputConfig": {"gcsDestination": {}}}])
def test_an_evaluation_needs_its_fields_and_a_base_that_has_it(
    client: Client, data: str, given: dict[str, Any]
) -> None:
    spec = {"trainingDatasetUri": data, "evaluationConfig": given}

    assert create(client, data, supervisedTuningSpec=spec).status == 400


def test_preference_tuning_needs_a_base_that_has_it(client: Client, data: str) -> None:
    answer = create(client, data, supervisedTuningSpec=None, preferenceOptimizationSpec={"trainingDatasetUri": data})

    assert answer.status == 400


def test_fields_of_v1beta1_are_unknown_to_v1(client: Client, data: str) -> None:
    spec = {"trainingDatasetUri": data, "tuningMode": "TUNING_MODE_FULL"}

    answer = create(client, data, supervisedTuningSpec=spec)

    assert 'Unknown name "tuningMode"' in answer.message


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (b'{"contents": [{"role": "user", "parts": [{"text": "a"}]}]}\n', "role model"),
        (b'{"contents": []}\n', "empty"),
        (b'{"contents": [{"role": "assistant", "parts": [{"text": "a"}]}]}\n', "Role must be"),
        (b'{"contents": [{"role": "user"}]}\n', "parts"),
        (b"not json\n", "Row: 0"),
        (b"", "empty"),
    ],
)
def test_bad_content_fails_the_job_later(client: Client, rows: bytes, words: str) -> None:
    uri = client.upload("bad.jsonl", rows)

    job = client.trained(uri)

    assert (job["state"], job["error"]["code"]) == ("JOB_STATE_FAILED", 3)
    assert words in job["error"]["message"]
    assert "tunedModel" not in job


def test_an_absent_job_is_not_found(client: Client) -> None:
    answer = client.call("GET", f"{JOBS}/123")

    assert (answer.status, answer.message) == (404, "The TuningJob does not exist.")


def test_a_path_that_no_service_has_is_the_front_ends_page(client: Client) -> None:
    answer = client.call("GET", "/v1/projects/acme/locations/us-central1/tuningjobs")

    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_a_query_parameter_that_the_method_lacks_is_refused(client: Client) -> None:
    answer = client.call("GET", f"{JOBS}?orderBy=create_time")

    assert answer.status == 400
    assert 'Unknown name "orderBy": Cannot bind query parameter.' in answer.message
