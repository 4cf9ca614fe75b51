"""Recorded output of Google's clients and notebooks has twins, too: the same client prints the same of the emulator."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.conformance import situations
from tests.conformance.served import Served, fake_credentials, generative_options
from tests.conformance.shapes import lines_of
from tests.conformance.situations import PARENT, Scene
from tests.conformance.test_genai_gemini import a_tuned_model
from tests.recorded import body, printed
from tests.recorded.facts import set_in

pytestmark = pytest.mark.filterwarnings("ignore:The SDK's tuning implementation is experimental")

BASE = "models/gemini-1.5-flash-001-tuning"


@pytest.fixture
def gemini(served: Served) -> Any:
    from google import genai

    served.empty(catalog="historic", speed="manual")
    return genai.Client(
        api_key="fake-key", http_options=genai.types.HttpOptions(base_url=served.url, api_version="v1beta")
    )


@pytest.mark.parametrize("file", ["gemini.google-genai.get.json.txt", "gemini.google-genai.get-2.txt"])
def test_a_running_job_as_json(gemini: Any, served: Served, file: str) -> None:
    real = printed(file)
    name = a_tuned_model(served)
    served.advance(5)

    ours = gemini.tunings.get(name=name).model_dump(mode="json", exclude_none=True, exclude={"sdk_http_response"})

    assert sorted(ours) == real["fields"]
    assert (ours["state"], ours["base_model"]) == (real["state"], real["base_model"])
    assert sorted(ours["tuned_model"]) == real["tuned_model"]


def test_a_running_job_as_printed(gemini: Any, served: Served) -> None:
    real = printed("gemini.google-genai.running.repr.txt")
    name = a_tuned_model(served)
    served.advance(5)

    job = gemini.tunings.get(name=name)

    assert (job.update_time == job.create_time) is printed("gemini.google-genai.running.txt")["is_as_created"]
    assert (job.state.name, set_in(repr(job))) == (real["state"], real["set"])


def test_a_finished_job_as_printed(gemini: Any, served: Served) -> None:
    real = printed("gemini.google-genai.tune-returns-queued.repr.txt")
    name = a_tuned_model(served)
    served.advance(3600)

    job = gemini.tunings.get(name=name)

    assert job.update_time == job.end_time
    assert (job.state.name, set_in(str(job))) == (real["state"], real["set"])


def test_a_pending_job_as_printed(served: Served) -> None:
    from google import genai

    real = printed("vertex.sft.pending.google-genai-repr.txt")
    served.empty(catalog="historic", speed="manual")
    client = genai.Client(
        vertexai=True,
        project="example-project",
        location="us-central1",
        credentials=fake_credentials(),
        http_options=genai.types.HttpOptions(base_url=served.url),
    )

    job = client.tunings.tune(
        base_model="gemini-2.5-flash",
        training_dataset={"gcs_uri": served.upload("train_data.jsonl")},
        config={
            "epoch_count": 3,
            "adapter_size": "ADAPTER_SIZE_FOUR",
            "validation_dataset": {"gcs_uri": served.upload("validation_data.jsonl")},
            "tuned_model_display_name": "pred-maint-gemini-tuned",
        },
    )

    assert (job.state.name, set_in(str(job))) == (real["state"], real["set"])
    assert job.create_time == job.update_time


def test_the_error_of_a_deleted_model_as_json(gemini: Any) -> None:
    from google.genai import errors

    real = printed("gemini.error.404.clienterror.txt")
    name = "tunedModels/generatenum392-abcdefghijkl"
    said = {**real["error"], "message": real["error"]["message"].replace("tunedModels/ID", name)}

    with pytest.raises(errors.ClientError) as caught:
        gemini.tunings.get(name=name)

    assert type(caught.value).__name__ == real["class"]
    assert str(caught.value) == f"{real['code']} {real['status']}. { ({'error': said}) }"


def test_the_error_of_a_deleted_model_as_raised(served: Served) -> None:
    from google.ai import generativelanguage_v1beta as glm
    from google.api_core import exceptions

    real = printed("gemini.error.404-deleted.txt")
    name = "tunedModels/generate-num-8122"
    models = glm.ModelServiceClient(**generative_options(served))

    with pytest.raises(exceptions.NotFound) as caught:
        models.get_tuned_model(name=name)

    assert f"{type(caught.value).__module__}.{type(caught.value).__name__}" == real["class"]
    asked = f"{real['verb']} https://{real['host']}/{real['version']}/{name}?{real['query']}"
    message = real["message"].replace("tunedModels/ID", name)
    assert str(caught.value).replace(served.url, f"https://{real['host']}") == f"{real['code']} {asked}: {message}"


@pytest.mark.parametrize(
    "file", ["gemini.tunedModel.creating.gemini-1.5.repr.txt", "gemini.tunedModel.continued-tuning.repr.txt"]
)
def test_a_tuned_model_as_printed_by_the_older_client(file: str) -> None:
    real = printed(file)
    is_continued, trained = real["is_continued"], real["hyperparameters"]
    # The PaLM model that was continued from tuned text by other methods, which are not emulated.
    scene, base = Scene.open(), "models/gemini-1.0-pro-001" if is_continued else real["base_model"]
    first = ""
    if is_continued:
        first = situations.numbers(scene, 1, 4, baseModel=base)["metadata"]["tunedModel"]
        scene.advance(1e4)
        operation = situations.numbers(scene, 100, 4, tunedModelSource={"tunedModel": first})
    else:
        operation = situations.numbers(scene, 100, 4, baseModel=base, displayName="")

    model = scene.call("GET", f"/v1beta/{operation['metadata']['tunedModel']}")

    assert model["state"] == real["state"]
    assert model.get("snapshots", []) == []
    assert model["tuningTask"]["hyperparameters"] == {
        "epochCount": trained["epoch_count"], "batchSize": trained["batch_size"],
        "learningRate": trained["learning_rate"],
    }  # fmt: skip
    if is_continued:
        assert model["tunedModelSource"] == {"tunedModel": first, "baseModel": base}
    else:
        defaults = {"temperature": model["temperature"], "top_p": model["topP"], "top_k": model["topK"]}
        assert defaults == real["sampling"]
        assert model["baseModel"] == base


def test_how_many_steps_an_operation_has() -> None:
    operation = situations.numbers(Scene.open(), 100, 4)

    assert operation["metadata"]["totalSteps"] == printed("gemini.operation.metadata.txt")["total_steps"]


def test_states_as_they_were_seen_every_minute() -> None:
    seen = printed("vertex.sft.poll-log.txt")["states"]
    scene = Scene.open()
    job = situations.pending_with_hyperparameters(scene)

    ours: list[str] = []
    while not ours or ours[-1] == "JOB_STATE_RUNNING":
        scene.advance(60)
        ours.append(scene.call("GET", f"/v1/{job['name']}")["state"])

    assert list(dict.fromkeys(ours)) == seen == ["JOB_STATE_RUNNING", "JOB_STATE_SUCCEEDED"]


@pytest.mark.parametrize("file", ["vertex.dpo.submit-log.txt", "vertex.sft.sdk-create-log.txt"])
def test_names_as_they_were_logged(file: str) -> None:
    job = situations.pending(Scene.open())

    assert lines_of({"name": job["name"]}) == lines_of({"name": printed(file)["name"]})


PUBLISHED: dict[str, Callable[[Scene], Any]] = {
    "training_dataset_uri should be a GCS object of type JSONL": lambda scene: tuned(
        scene, {"trainingDatasetUri": scene.upload("train.csv", [])}
    ),
    "The adapter size is not supported for this base model.": lambda scene: tuned(
        scene,
        {
            "trainingDatasetUri": scene.upload("train.jsonl", situations.questions(20)),
            "hyperParameters": {"adapterSize": "ADAPTER_SIZE_THIRTY_TWO"},
        },
    ),
    "Failed to create endpoint. Tuned model is uploaded and can be accessed through Model Registry.": (
        situations.failed_without_endpoint
    ),
    "Tuned model tunedModels/generate-num-9151 does not exist.": lambda scene: scene.call(
        "GET", "/v1beta/tunedModels/generate-num-9151"
    ),
}
# What has no twin, and why.
WITHOUT_TWIN = {
    "Row: 0. Missing required `contents` field.": "a refusal at create in one report; others report jobs that fail",
    "Row: N. Token limit exceeded ... / RAI issue ...": "the report of text-bison, which these methods never tuned",
}


def tuned(scene: Scene, spec: dict[str, Any]) -> Any:
    return scene.call("POST", f"{PARENT}/tuningJobs", {"baseModel": "gemini-2.5-flash", "supervisedTuningSpec": spec})


def test_errors_in_the_published_words() -> None:
    published = {entry["message"] for entry in json.loads(body("errors.published.json"))}
    assert published == PUBLISHED.keys() | WITHOUT_TWIN.keys()

    for message, situation in PUBLISHED.items():
        error = situation(Scene.open())["error"]
        assert message in error["message"]
