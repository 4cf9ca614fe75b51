"""What holds for every way to tune, and what is special to distillation, full fine-tuning, Veo and partners' models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.emulator import methods
from tests.emulator.conftest import example, jsonl
from tests.emulator.methods import BETA, EVERY_METHOD, ended

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.conftest import Answer, Client

Json = dict[str, Any]

V1 = BETA.replace("v1beta1", "v1")
_BETA_ONLY = sorted(set(EVERY_METHOD) - {"supervised", "preference"})
_WITHOUT_MODEL = {"open_model", "partner"}


@pytest.fixture(autouse=True)
def _historic(client: Client) -> None:
    client.settings(catalog="historic")


def refused(client: Client, body: Json, parent: str = BETA) -> Answer:
    answer = client.call("POST", parent, body)
    assert answer.status == 400, answer.body
    return answer


@pytest.mark.parametrize("method", sorted(EVERY_METHOD))
def test_a_job_of_every_method_runs_to_its_end_and_is_listed(client: Client, method: str) -> None:
    body = EVERY_METHOD[method](client)

    job = ended(client, {**body, "labels": {"team": "geo"}, "description": "ours"})

    (listed,) = client.get(BETA)["tuningJobs"]
    spec = next(key for key in body if key.endswith("Spec"))
    assert job["state"] == "JOB_STATE_SUCCEEDED"
    assert listed == job
    assert job["description"] == "ours"
    assert body[spec].keys() <= job[spec].keys()
    assert ("tunedModel" in job) == (method not in _WITHOUT_MODEL)


@pytest.mark.parametrize("method", sorted(set(EVERY_METHOD) - _WITHOUT_MODEL))
def test_the_model_and_the_endpoint_of_every_method_are_there(client: Client, method: str) -> None:
    tuned = ended(client, EVERY_METHOD[method](client))["tunedModel"]

    model = client.get(f"/v1/{tuned['model']}")
    endpoint = client.get(f"/v1/{tuned['endpoint']}")

    assert model["labels"] == endpoint["labels"]
    assert endpoint["deployedModels"][0]["model"] == tuned["model"].partition("@")[0]


@pytest.mark.parametrize("method", _BETA_ONLY)
def test_v1_refuses_what_v1beta1_alone_has(client: Client, method: str) -> None:
    body = EVERY_METHOD[method](client)

    answer = refused(client, body, V1)

    assert "Cannot find field." in answer.message


@pytest.mark.parametrize("method", _BETA_ONLY)
def test_v1_shows_such_a_job_without_what_it_does_not_have(client: Client, method: str) -> None:
    job = ended(client, EVERY_METHOD[method](client))

    seen = client.get(f"/v1/{job['name']}")
    (listed,) = client.get(V1)["tuningJobs"]
    (found,) = client.get(f'{V1}?filter=state="JOB_STATE_SUCCEEDED"')["tuningJobs"]

    assert seen == listed == found
    assert seen.keys() < job.keys()
    assert seen["state"] == "JOB_STATE_SUCCEEDED"
    assert not {"satisfiesPzs", "outputUri", "reinforcementTuningSpec", "tuningJobState"} & seen.keys()


def test_v1_shows_a_spec_without_the_fields_that_it_does_not_have(client: Client) -> None:
    job = ended(client, methods.open_model(client, hyperParameters={"learningRate": 1e-4, "batchSize": 4}))

    seen = client.get(f"/v1/{job['name']}")["supervisedTuningSpec"]

    assert job["supervisedTuningSpec"]["hyperParameters"]["batchSize"] == "4"
    assert seen["hyperParameters"].keys() == {"epochCount", "adapterSize"}


def test_progress_of_such_a_job_is_live(client: Client) -> None:
    name = client.post(BETA, methods.reinforcement(client, stepCount=20))["name"]

    client.advance(20 + 15 + 5)

    job, (listed,) = client.get(f"/v1beta1/{name}"), client.get(BETA)["tuningJobs"]
    assert job["tuningJobState"] == "TUNING_JOB_STATE_TUNING"
    assert job["tuningJobMetadata"]["completedStepCount"] == "5"
    assert listed == job
    assert "tuningJobState" not in client.get(f"/v1/{name}")


@pytest.mark.parametrize("method", sorted(EVERY_METHOD))
def test_a_job_of_every_method_is_cancelled(client: Client, method: str) -> None:
    name = client.post(BETA, EVERY_METHOD[method](client))["name"]
    client.advance(36)

    client.post(f"/v1beta1/{name}:cancel")
    client.advance(100)

    job = client.get(f"/v1beta1/{name}")
    assert (job["state"], job["error"]["code"]) == ("JOB_STATE_CANCELLED", 1)
    assert "tunedModel" not in job


def test_two_specs_are_one_too_many(client: Client) -> None:
    body = {**methods.reinforcement(client), "supervisedTuningSpec": {"trainingDatasetUri": "gs://a/b.jsonl"}}

    assert "oneof field 'tuning_spec' is already set" in refused(client, body).message


@pytest.mark.parametrize(
    ("make", "base"),
    [
        (methods.distillation, "gemini-3.5-flash"),
        (methods.veo, "gemini-3.5-flash"),
        (methods.supervised, "veo-3.0-generate-001"),
        (methods.partner, "gemini-3.5-flash"),
        (methods.reinforcement, "gemini-2.5-pro"),
    ],
)
def test_a_method_needs_a_base_that_has_it(client: Client, make: Callable[[Client], Json], base: str) -> None:
    assert "tuning is not supported for" in refused(client, {**make(client), "baseModel": base}).message


def test_a_distillation_answers_the_statistics_of_its_prompts(client: Client) -> None:
    job = ended(client, methods.distillation(client))

    stats = job["tuningDataStats"]["distillationDataStats"]["trainingDatasetStats"]
    assert stats["tuningDatasetExampleCount"] == "40"
    assert stats["userInputTokenDistribution"]["min"] == 8.0
    assert stats["userDatasetExamples"][0]["parts"] == [{"text": "Capital of France?"}]
    assert int(stats["totalTuningCharacterCount"]) > 40 * len("One word.")
    assert stats["totalBillableCharacterCount"] == stats["totalTuningCharacterCount"]


@pytest.mark.parametrize(
    "spec",
    [
        {"baseTeacherModel": None},
        {"tunedTeacherModelSource": "projects/acme/locations/us-central1/models/1"},
        {"baseTeacherModel": "gpt-9"},
        {"promptDatasetUri": None},
        {"hyperParameters": {"learningRate": 0.1}},
        {"hyperParameters": {"adapterSize": "ADAPTER_SIZE_THIRTY_TWO"}},
        {"tuningMode": "TUNING_MODE_FULL"},
        {"baseTeacherModel": None, "tunedTeacherModelSource": "models/1"},
    ],
)
def test_a_distillation_that_makes_no_sense_is_refused(client: Client, spec: Json) -> None:
    body = methods.distillation(client)
    body["distillationSpec"] = {k: v for k, v in {**body["distillationSpec"], **spec}.items() if v is not None}

    refused(client, body)


def test_a_tuned_teacher_is_a_model_of_the_registry(client: Client) -> None:
    teacher = ended(client, methods.supervised(client))["tunedModel"]["model"]
    body = methods.distillation(client, tunedTeacherModelSource=teacher)
    del body["distillationSpec"]["baseTeacherModel"]

    job = ended(client, body)
    body["distillationSpec"]["tunedTeacherModelSource"] = teacher.replace("@1", "@7")
    absent = client.call("POST", BETA, body)

    assert job["state"] == "JOB_STATE_SUCCEEDED"
    assert absent.status == 404


def test_the_deprecated_fields_of_a_distillation_do_what_they_did(client: Client) -> None:
    body = methods.distillation(client, studentModel="gemini-2.5-flash", pipelineRootDirectory="gs://acme-out/old")
    spec = body["distillationSpec"]
    spec["trainingDatasetUri"] = spec.pop("promptDatasetUri")
    del body["baseModel"]

    job = ended(client, body)

    assert job["state"] == "JOB_STATE_SUCCEEDED"
    assert job["distillationSpec"]["pipelineRootDirectory"] == "gs://acme-out/old"


def test_a_distillation_drops_what_is_too_long(client: Client) -> None:
    rows = methods.prompts(references=False)
    rows[3]["contents"][0]["parts"][0]["text"] = "long " * 8_000
    body = methods.distillation(client, promptDatasetUri=client.upload("long.jsonl", jsonl(rows)))

    stats = ended(client, body)["tuningDataStats"]["distillationDataStats"]["trainingDatasetStats"]

    assert stats["droppedExampleIndices"] == ["4"]
    assert "the limit is 8000" in stats["droppedExampleReasons"][0]


def test_a_distillation_takes_text_alone(client: Client) -> None:
    picture = {"fileData": {"mimeType": "image/png", "fileUri": "gs://acme/a.png"}}
    rows = [{"contents": [{"role": "user", "parts": [picture, {"text": "?"}]}]}]
    body = methods.distillation(client, promptDatasetUri=client.upload("pictures.jsonl", jsonl(rows)))

    assert "text only" in ended(client, body)["error"]["message"]


def test_a_full_tuning_has_no_adapter(client: Client) -> None:
    body = methods.full(client)

    job = ended(client, body)
    body["fullFineTuningSpec"]["hyperParameters"] = {"adapterSize": "ADAPTER_SIZE_FOUR"}

    assert job["fullFineTuningSpec"]["hyperParameters"].keys() == {"epochCount", "learningRateMultiplier"}
    assert "adapter size" in refused(client, body).message


@pytest.mark.parametrize(
    "hyper",
    [
        {"veoDataMixtureRatio": 1.0},
        {"veoDataMixtureRatio": -0.1},
        {"epochCount": -1},
        {"adapterSize": "ADAPTER_SIZE_FOUR"},
        {"learningRateMultiplier": 0.0, "epochCount": -2},
    ],
)
def test_a_veo_tuning_that_makes_no_sense_is_refused(client: Client, hyper: Json) -> None:
    body = methods.veo(client)
    body["veoTuningSpec"]["hyperParameters"] = hyper

    refused(client, body)


def test_a_speed_is_for_veo_3_alone(client: Client) -> None:
    assert "Veo 3.0" in refused(client, {**methods.veo(client), "baseModel": "veo-2.0-generate-001"}).message


def test_a_mixture_without_data_of_the_service_is_a_value(client: Client) -> None:
    assert ended(client, methods.veo(client))["veoTuningSpec"]["hyperParameters"]["veoDataMixtureRatio"] == 0


def test_hyperparameters_of_a_partner_come_back_as_they_were(client: Client) -> None:
    body = methods.partner(client)

    job = ended(client, body)

    spec = "partnerModelTuningSpec"
    assert job[spec]["hyperParameters"] == body[spec]["hyperParameters"]
    assert "tuningDataStats" not in job


@pytest.mark.parametrize("beta", [-0.1, "NaN"])
def test_the_beta_of_a_preference_tuning_is_positive(client: Client, beta: object) -> None:
    body = methods.preference(client)
    body["preferenceOptimizationSpec"]["hyperParameters"] = {"beta": beta}

    assert "beta must be positive" in refused(client, body).message


def test_preference_data_have_statistics_of_their_scores(client: Client) -> None:
    job = ended(client, methods.preference(client))

    stats = job["tuningDataStats"]["preferenceOptimizationDataStats"]
    assert stats["scoresDistribution"]["mean"] == 0.5
    assert stats["scoreVariancePerExampleDistribution"]["max"] == 0.25
    assert stats["userDatasetExamples"][0]["completions"][0]["score"] == 1.0


def test_a_checkpoint_is_where_continuous_tuning_goes_on(client: Client) -> None:
    client.settings(catalog="current")
    body = methods.supervised(client)
    body["supervisedTuningSpec"]["hyperParameters"] = {"epochCount": 3}
    first = ended(client, body)["tunedModel"]
    source = {"tunedModelName": first["model"], "checkpointId": "2"}
    more = {"preTunedModel": source, "supervisedTuningSpec": body["supervisedTuningSpec"]}

    second = ended(client, more)
    unknown = client.call("POST", BETA, {**more, "preTunedModel": {**source, "checkpointId": "9"}})

    assert second["tunedModel"]["model"] == first["model"].replace("@1", "@2")
    assert second["preTunedModel"] == {**source, "baseModel": "gemini-3.5-flash"}
    assert second["tunedModelDisplayName"] == client.get(f"/v1/{first['model']}")["displayName"]
    assert "Checkpoint 9 does not exist" in unknown.message


def test_reinforcement_goes_on_from_what_was_tuned_before(client: Client) -> None:
    client.settings(catalog="current")
    first = ended(client, methods.supervised(client))["tunedModel"]["model"]
    body = {**methods.reinforcement(client), "preTunedModel": {"tunedModelName": first}}
    del body["baseModel"]

    assert ended(client, body)["tunedModel"]["model"] == first.replace("@1", "@2")


def test_a_prompt_is_optimized_into_a_stream(client: Client) -> None:
    body = {"content": {"parts": [{"text": "Say where it is."}]}, "optimizationTarget": 2}

    (found,) = client.post(f"{BETA}:optimizePrompt", body)
    absent = client.call("POST", f"{BETA}:optimizePrompt", {})

    assert found["content"]["parts"][0]["text"] == "Say where it is.\n\nAnswer briefly."
    assert absent.status == 400


def test_processing_of_videos_is_refused_with_its_reason(client: Client) -> None:
    answer = client.call("POST", f"{BETA}:processData", {"gcsSource": {"uris": ["gs://a/b.jsonl"]}})

    assert answer.status == 501
    assert "does not process data for Veo" in answer.message


def test_supervised_statistics_count_characters(client: Client) -> None:
    uri = client.upload("two.jsonl", jsonl([example("abcd", "ef"), example("g", "h")]))
    body = {"baseModel": "gemini-3.5-flash", "supervisedTuningSpec": {"trainingDatasetUri": uri}}

    stats = ended(client, body)["tuningDataStats"]["supervisedTuningDataStats"]

    assert stats["totalTuningCharacterCount"] == "8"
