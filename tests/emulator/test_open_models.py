"""Open models: what is asked for, what their data are, and the files that a job leaves instead of an endpoint."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.emulator import methods
from tests.emulator.conftest import example, jsonl
from tests.emulator.methods import BETA, GLOBAL, OPEN_BASE, ended

if TYPE_CHECKING:
    from tests.emulator.conftest import Client

Json = dict[str, Any]

FINAL = "llama/postprocess/node-0/checkpoints/final"


def files(client: Client, bucket: str = "acme-out") -> set[str]:
    """Names of what is in a bucket."""
    return {item["name"] for item in client.get(f"/storage/v1/b/{bucket}/o").get("items", [])}


def test_a_finished_job_leaves_weights_and_no_model(client: Client) -> None:
    job = ended(client, methods.open_model(client))

    counts = client.get("/_emulator/health")["counts"]
    assert job["state"] == "JOB_STATE_SUCCEEDED"
    assert "tunedModel" not in job
    assert not {"model", "endpoint"} & counts.keys()
    assert {f"{FINAL}/model.safetensors", f"{FINAL}/adapter/adapter_model.safetensors"} <= files(client)


def test_a_full_tuning_leaves_no_adapter(client: Client) -> None:
    job = ended(client, methods.open_model(client, tuningMode="TUNING_MODE_FULL"))

    assert job["supervisedTuningSpec"]["hyperParameters"] == {"epochCount": "3", "learningRate": 0.0002}
    assert f"{FINAL}/model.safetensors" in files(client)
    assert not any("adapter" in name for name in files(client))


def test_weights_are_files_of_their_format(client: Client) -> None:
    ended(client, methods.open_model(client))

    name = f"{FINAL}/model.safetensors".replace("/", "%2F")
    weights = client.call("GET", f"/storage/v1/b/acme-out/o/{name}?alt=media").body

    length = int.from_bytes(weights[:8], "little")
    assert len(weights) == 8 + length
    assert json.loads(weights[8:])["__metadata__"]["format"] == "pt"


@pytest.mark.parametrize("uri", ["gs://acme-out", "gs://acme-out/", "gs://acme-out/a/b/"])
def test_a_folder_may_be_spelt_in_any_way(client: Client, uri: str) -> None:
    ended(client, {**methods.open_model(client), "outputUri": uri})

    prefix = uri.removeprefix("gs://acme-out").strip("/")
    wanted = f"{prefix}/postprocess/node-0/checkpoints/final/model.safetensors".lstrip("/")
    assert wanted in files(client)


def test_nothing_is_written_by_a_job_that_fails_or_is_cancelled(client: Client) -> None:
    body = methods.open_model(client)
    client.fault("vertex.tuningJobs.run", "fail:13")
    failed = ended(client, body)
    name = client.post(BETA, body)["name"]
    client.advance(40)
    client.post(f"/v1beta1/{name}:cancel")
    client.advance(100)

    assert failed["state"] == "JOB_STATE_FAILED"
    assert client.get(f"/v1beta1/{name}")["state"] == "JOB_STATE_CANCELLED"
    assert files(client) == set()


def test_a_bucket_that_is_not_there_is_not_written_to(client: Client) -> None:
    client.post("/storage/v1/b?project=acme", {"name": "acme-data"})
    client.settings(implicit_buckets=False)

    answer = client.call("POST", BETA, methods.open_model(client))

    assert (answer.status, answer.message) == (404, "The specified bucket does not exist.")


def test_a_model_is_registered_where_the_setting_says_so(client: Client) -> None:
    client.settings(open_models_registered=True)

    tuned = ended(client, methods.open_model(client), GLOBAL)["tunedModel"]

    model = client.get(f"/v1/{tuned['model']}")
    assert tuned.keys() == {"model"}
    assert "/locations/us-central1/models/" in tuned["model"]
    assert model["baseModelSource"] == {
        "modelGardenSource": {"publicModelName": "publishers/meta/models/llama3_1@llama-3.1-8b-instruct"}
    }
    assert "deployedModels" not in model


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"outputUri": None}, "The output_uri field is required for this model."),
        ({"outputUri": "out"}, "output_uri should be a Cloud Storage directory."),
        ({"baseModel": "meta/llama3_1"}, "Invalid open source publisher model resource name"),
        ({"baseModel": "meta/llama9@llama-9"}, "Invalid open source publisher model resource name"),
        ({"baseModel": "google/gemma3"}, "Invalid open source publisher model resource name"),
        ({"customBaseModel": "gs://acme-out/none"}, "has no weights in .safetensors format"),
        ({"customBaseModel": "here"}, "custom_base_model should be a Cloud Storage directory."),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(client: Client, changes: Json, message: str) -> None:
    body = {k: v for k, v in {**methods.open_model(client), **changes}.items() if v is not None}

    answer = client.call("POST", BETA, body)

    assert answer.status == 400
    assert message in answer.message


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"hyperParameters": {"learningRateMultiplier": 1.5}}, f"is not supported for base model {OPEN_BASE}."),
        ({"hyperParameters": {"learningRate": -1}}, "learning_rate must be positive."),
        ({"hyperParameters": {"batchSize": -2}}, "batch_size must be positive."),
        (
            {"tuningMode": "TUNING_MODE_FULL", "hyperParameters": {"adapterSize": "ADAPTER_SIZE_FOUR"}},
            "The adapter size is not supported",
        ),
    ],
)
def test_hyperparameters_are_those_of_open_models(client: Client, spec: Json, message: str) -> None:
    answer = client.call("POST", BETA, methods.open_model(client, **spec))

    assert (answer.status, message in answer.message) == (400, True)


def test_a_mode_that_the_base_lacks_is_refused(client: Client) -> None:
    body = {**methods.open_model(client, tuningMode="TUNING_MODE_FULL"), "baseModel": "google/gemma4@gemma-4-e2b-it"}

    assert "Tuning mode TUNING_MODE_FULL is not supported" in client.call("POST", BETA, body).message


@pytest.mark.parametrize("field", ["outputUri", "customBaseModel"])
def test_other_models_have_no_folders(client: Client, field: str) -> None:
    body = {**methods.supervised(client), field: "gs://acme-out/x"}

    assert "only supported for open source models" in client.call("POST", BETA, body).message


def test_a_base_is_named_in_full_as_well(client: Client) -> None:
    body = {**methods.open_model(client), "baseModel": "publishers/google/models/gemma3@gemma-3-27b-it"}

    job = ended(client, body)

    assert job["baseModel"] == "publishers/google/models/gemma3@gemma-3-27b-it"
    assert job["supervisedTuningSpec"]["hyperParameters"]["adapterSize"] == "ADAPTER_SIZE_THIRTY_TWO"


def test_a_job_goes_on_from_weights_of_an_earlier_one(client: Client) -> None:
    body = methods.open_model(client)
    ended(client, body)

    more = ended(client, {**body, "outputUri": "gs://acme-out/more", "customBaseModel": f"gs://acme-out/{FINAL}"})

    assert more["state"] == "JOB_STATE_SUCCEEDED"
    assert "more/postprocess/node-0/checkpoints/final/model.safetensors" in files(client)


def test_a_job_of_global_runs_in_a_region(client: Client) -> None:
    job = ended(client, methods.open_model(client), GLOBAL)

    assert "/locations/global/tuningJobs/" in job["name"]
    assert "/locations/us-central1/metadataStores/" in job["experiment"]
    assert "/locations/us-central1/pipelineJobs/" in job["pipelineJob"]
    assert client.get(GLOBAL)["tuningJobs"][0]["name"] == job["name"]


def test_global_takes_no_key(client: Client) -> None:
    key = {"kmsKeyName": "projects/p/locations/us-central1/keyRings/r/cryptoKeys/k"}

    answer = client.call("POST", GLOBAL, {**methods.open_model(client), "encryptionSpec": key})

    assert answer.json["error"]["status"] == "FAILED_PRECONDITION"


def test_metrics_have_the_names_of_a_trainer(client: Client) -> None:
    body = methods.open_model(client)
    body["supervisedTuningSpec"]["validationDatasetUri"] = client.upload("v.jsonl", jsonl(methods.messages(8)))
    job = ended(client, body, GLOBAL)
    tensorboard = client.get(f"/v1/{job['experiment']}")["metadata"]["backing_tensorboard_resource"]
    (run,) = client.get(f"/v1/{tensorboard}/experiments/{job['experiment'].rpartition('/')[2]}/runs")["tensorboardRuns"]

    series = client.get(f"/v1/{run['name']}/timeSeries")["tensorboardTimeSeries"]
    loss = client.get(f"/v1/{series[0]['name']}:read")["timeSeriesData"]["values"]

    assert [one["displayName"] for one in series] == ["train/loss", "train/learning_rate", "eval/samples_per_second"]
    assert loss[0]["scalar"]["value"] > loss[-1]["scalar"]["value"]
    assert job["gcsMetricsUri"] == "gs://acme-out/llama/metrics"


@pytest.mark.parametrize(
    "rows",
    [
        methods.messages(4),
        [{"prompt": "Italy?", "completion": "Rome"}] * 4,
        [example("Italy?", "Rome")] * 4,
    ],
)
def test_data_have_three_forms(client: Client, rows: list[Json]) -> None:
    body = methods.open_model(client, trainingDatasetUri=client.upload("rows.jsonl", jsonl(rows)))

    job = ended(client, body)

    stats = job["tuningDataStats"]["supervisedTuningDataStats"]
    assert stats["tuningDatasetExampleCount"] == "4"
    assert [c["role"] for c in stats["userDatasetExamples"][:2]] == ["user", "model"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"contents": [{"role": "assistant", "parts": [{"text": "a"}]}]}], "Supported roles are: user, model"),
        ([{"messages": [{"role": "robot", "content": "a"}]}], "Supported roles are: user, model"),
        ([{"messages": "a"}], "`messages` must be a list"),
        ([{"messages": [{"role": "user", "content": "a"}]}], "role model"),
        ([{"prompt": 5, "completion": "a"}], "must be a string"),
        ([{"text": "a"}], "Missing required `contents`"),
    ],
)
def test_data_that_make_no_sense_fail_the_job(client: Client, rows: list[Json], message: str) -> None:
    body = methods.open_model(client, trainingDatasetUri=client.upload("rows.jsonl", jsonl(rows)))

    job = ended(client, body)

    assert (job["state"], job["error"]["code"]) == ("JOB_STATE_FAILED", 3)
    assert message in job["error"]["message"]


def test_validation_data_are_at_most_a_quarter_of_the_training_data(client: Client) -> None:
    body = methods.open_model(client, validationDatasetUri=client.upload("v.jsonl", jsonl(methods.messages(11))))

    assert "at most 25%" in ended(client, body)["error"]["message"]
