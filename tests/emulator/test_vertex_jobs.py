from __future__ import annotations

from typing import TYPE_CHECKING

from tests.emulator.conftest import example, jsonl

if TYPE_CHECKING:
    from tests.emulator.conftest import Client

JOBS = "/v1/projects/acme/locations/us-central1/tuningJobs"


def test_create_answers_a_pending_job_under_the_project_number(client: Client, data: str) -> None:
    job = client.tune(data, tunedModelDisplayName="capitals", labels={"team": "geo"})

    assert list(job) == [
        "name",
        "tunedModelDisplayName",
        "baseModel",
        "supervisedTuningSpec",
        "state",
        "createTime",
        "updateTime",
        "labels",
    ]
    assert job["state"] == "JOB_STATE_PENDING"
    assert job["name"].split("/")[1].isdigit()
    assert len(job["name"].rpartition("/")[2]) == 19
    assert job["createTime"].endswith(".250000Z")


def test_both_spellings_numbers_and_trailing_commas_are_the_same_request(client: Client, data: str) -> None:
    body = f"""{{'base_model': "gemini-3.5-flash", supervisedTuningSpec: {{"training_dataset_uri": "{data}",
        "hyper_parameters": {{"epoch_count": 2, "adapter_size": 2,}},}},}}"""

    job = client.post(JOBS, body.encode())

    assert job["supervisedTuningSpec"] == {
        "trainingDatasetUri": data,
        "hyperParameters": {"epochCount": "2", "adapterSize": "ADAPTER_SIZE_FOUR"},
    }


def test_a_job_passes_through_its_states_as_training_time_passes(client: Client, data: str) -> None:
    name = client.tune(data)["name"]
    seen = []

    for seconds in (0, 20, 15, 4, 6, 30):
        client.advance(seconds)
        job = client.get(f"/v1beta1/{name}")
        seen.append(
            (job["state"].removeprefix("JOB_STATE_"), job.get("tuningJobState", "").removeprefix("TUNING_JOB_STATE_"))
        )

    assert seen == [
        ("PENDING", ""),
        ("RUNNING", "PROCESSING_DATASET"),
        ("RUNNING", "TUNING"),
        ("RUNNING", "TUNING"),
        ("RUNNING", "POST_PROCESSING"),
        ("SUCCEEDED", ""),
    ]


def test_progress_is_answered_in_v1beta1_alone(client: Client, data: str) -> None:
    name = client.tune(data)["name"]

    client.advance(20 + 15 + 7)

    assert client.get(f"/v1beta1/{name}")["tuningJobMetadata"] == {
        "completedEpochCount": "1",
        "completedStepCount": "7",
    }
    assert not {"tuningJobMetadata", "tuningJobState"} & client.get(f"/v1/{name}").keys()


def test_what_was_resolved_appears_once_the_data_has_been_processed(client: Client, data: str) -> None:
    job = client.tune(data, spec={"hyperParameters": {}})

    client.advance(35)
    running = client.get(f"/v1/{job['name']}")

    assert job["supervisedTuningSpec"]["hyperParameters"] == {}
    assert running["supervisedTuningSpec"]["hyperParameters"] == {
        "epochCount": "40",
        "learningRateMultiplier": 1.0,
        "adapterSize": "ADAPTER_SIZE_FOUR",
    }
    assert running["tuningDataStats"]["supervisedTuningDataStats"]["tuningStepCount"] == "200"


def test_a_finished_job_names_a_model_and_an_endpoint_for_every_checkpoint(client: Client, data: str) -> None:
    job = client.trained(data, labels={"team": "geo"})
    tuned = job["tunedModel"]

    model = client.get(f"/v1/{tuned['model']}")
    endpoint = client.get(f"/v1/{tuned['endpoint']}")

    assert [c["checkpointId"] for c in tuned["checkpoints"]] == ["1", "2"]
    assert tuned["checkpoints"][-1]["endpoint"] == tuned["endpoint"]
    assert "/locations/us/endpoints/" in tuned["endpoint"]
    assert model["labels"] == endpoint["labels"]
    assert model["labels"] == {
        "team": "geo",
        "tune-type": "sft",
        "google-vertex-llm-tuning-base-model-id": "gemini-3_5-flash",
        "google-vertex-llm-tuning-job-id": job["name"].rpartition("/")[2],
    }
    assert endpoint["deployedModels"][0]["model"] == tuned["model"].partition("@")[0]
    assert endpoint["trafficSplit"] == {endpoint["deployedModels"][0]["id"]: 100}


def test_looking_twice_makes_no_second_model(client: Client, data: str) -> None:
    client.trained(data)

    client.get(JOBS)
    client.get(JOBS)

    counts = client.get("/_emulator/health")["counts"]
    assert (counts["model"], counts["modelVersion"], counts["endpoint"]) == (1, 1, 2)


def test_export_of_the_last_checkpoint_alone_leaves_one_endpoint(client: Client, data: str) -> None:
    job = client.trained(data, spec={"exportLastCheckpointOnly": True})

    assert job["tunedModel"].keys() == {"model", "endpoint"}


def test_a_second_job_waits_for_the_quota(client: Client, data: str) -> None:
    client.tune(data)
    second = client.tune(data)["name"]

    client.advance(40)
    waiting = client.get(f"/v1beta1/{second}")
    client.advance(1000)

    assert (waiting["state"], waiting["tuningJobState"]) == ("JOB_STATE_PENDING", "TUNING_JOB_STATE_WAITING_FOR_QUOTA")
    assert client.get(f"/v1/{second}")["state"] == "JOB_STATE_SUCCEEDED"


def test_a_second_job_is_refused_where_the_setting_says_so(client: Client, data: str) -> None:
    client.settings(on_quota="refuse")
    client.tune(data)
    body = {"baseModel": "gemini-3.5-flash", "supervisedTuningSpec": {"trainingDatasetUri": data}}

    answer = client.call("POST", JOBS, body)

    assert (answer.status, answer.json["error"]["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert "global_concurrent_tuning_jobs" in answer.message


def test_a_cancelled_job_ends_cancelled_with_its_error(client: Client, data: str) -> None:
    name = client.tune(data)["name"]
    client.advance(30)

    assert client.post(f"/v1/{name}:cancel") == {}
    cancelling = client.get(f"/v1/{name}")["state"]
    client.advance(5)

    job = client.get(f"/v1/{name}")
    assert cancelling == "JOB_STATE_CANCELLING"
    assert (job["state"], job["error"]["code"]) == ("JOB_STATE_CANCELLED", 1)
    assert "tunedModel" not in job


def test_a_job_about_to_end_may_succeed_while_it_is_cancelled(client: Client, data: str) -> None:
    name = client.tune(data)["name"]
    client.advance(20 + 15 + 10 + 29)

    client.post(f"/v1/{name}:cancel", {})
    client.advance(10)

    assert client.get(f"/v1/{name}")["state"] == "JOB_STATE_SUCCEEDED"


def test_an_ended_job_cannot_be_cancelled(client: Client, data: str) -> None:
    name = client.trained(data)["name"]

    answer = client.call("POST", f"/v1/{name}:cancel")

    assert (answer.status, answer.json["error"]["status"]) == (400, "FAILED_PRECONDITION")


def test_lists_are_newest_first_in_pages_that_join(client: Client, data: str) -> None:
    names = [client.tune(data)["name"] for _ in range(5)]

    first = client.get(f"{JOBS}?pageSize=2")
    second = client.get(f"{JOBS}?page_size=2&page_token={first['nextPageToken']}")
    third = client.get(f"{JOBS}?pageSize=2&pageToken={second['nextPageToken']}")

    found = [job["name"] for page in (first, second, third) for job in page["tuningJobs"]]
    assert found == names[::-1]
    assert "nextPageToken" not in third
    assert client.get(f"{JOBS.replace('us-central1', 'europe-west4')}") == {}


def test_a_page_token_of_another_list_is_refused(client: Client, data: str) -> None:
    client.tune(data)
    client.tune(data)
    token = client.get(f"{JOBS}?pageSize=1")["nextPageToken"]

    answer = client.call("GET", f"{JOBS.replace('acme', 'other')}?pageSize=1&pageToken={token}")

    assert answer.status == 400


def test_instant_jobs_are_done_at_the_next_read(client: Client, data: str) -> None:
    client.settings(speed="instant")

    job = client.tune(data)

    assert job["state"] == "JOB_STATE_PENDING"
    assert client.get(f"/v1/{job['name']}")["state"] == "JOB_STATE_SUCCEEDED"


def test_scaled_jobs_follow_the_wall_clock(client: Client, data: str) -> None:
    client.settings(speed=10)
    name = client.tune(data)["name"]

    client.wall.seconds += 3
    job = client.get(f"/v1/{name}")

    assert (job["state"], job["startTime"][-8:]) == ("JOB_STATE_RUNNING", ".250000Z")
    client.wall.seconds += 5
    assert client.get(f"/v1/{name}")["state"] == "JOB_STATE_SUCCEEDED"


def test_continuous_tuning_adds_a_version_to_the_parents_model(client: Client, data: str) -> None:
    parent = client.trained(data, tunedModelDisplayName="capitals")["tunedModel"]["model"]

    child = client.trained(data, preTunedModel={"tunedModelName": parent}, tunedModelDisplayName="capitals")

    assert child["tunedModel"]["model"] == parent.replace("@1", "@2")
    assert child["preTunedModel"] == {"tunedModelName": parent, "baseModel": "gemini-3.5-flash"}
    versions = client.get(f"/v1/{parent.partition('@')[0]}:listVersions")["models"]
    assert {v["versionId"]: v.get("versionAliases") for v in versions} == {"2": ["default"], "1": None}


def test_another_display_name_makes_another_model(client: Client, data: str) -> None:
    parent = client.trained(data, tunedModelDisplayName="capitals")["tunedModel"]["model"]

    child = client.trained(data, preTunedModel={"tunedModelName": parent}, tunedModelDisplayName="more capitals")

    assert child["tunedModel"]["model"].endswith("@1")
    assert child["tunedModel"]["model"] != parent


def test_a_rebase_trains_the_same_data_on_a_newer_base(client: Client, data: str) -> None:
    client.settings(catalog="historic")
    old = client.trained(data, baseModel="gemini-2.0-flash-001", tunedModelDisplayName="capitals")

    operation = client.post(f"{JOBS}:rebaseTunedModel", {"tunedModelRef": {"tunedModel": old["tunedModel"]["model"]}})
    done = client.get(f"/v1/{operation['name']}")

    assert operation["metadata"]["@type"].endswith("v1.RebaseTunedModelOperationMetadata")
    assert done["response"]["@type"] == "type.googleapis.com/google.cloud.aiplatform.v1.TuningJob"
    assert done["response"]["baseModel"] == "gemini-3.5-flash"
    assert done["response"]["supervisedTuningSpec"]["trainingDatasetUri"] == data
    assert operation["name"].startswith(done["response"]["name"] + "/operations/")


def test_preference_tuning_has_statistics_of_its_own(client: Client) -> None:
    completions = [
        {"score": s, "completion": {"role": "model", "parts": [{"text": t}]}} for s, t in ((1, "yes"), (0, "no"))
    ]
    rows = [
        {"contents": [{"role": "user", "parts": [{"text": f"Question {n}?"}]}], "completions": completions}
        for n in range(9)
    ]
    uri = client.upload("preference.jsonl", jsonl(rows))
    client.settings(catalog="historic")
    body = {"baseModel": "gemini-2.5-flash", "preferenceOptimizationSpec": {"trainingDatasetUri": uri}}

    name = client.post(JOBS, body)["name"]
    client.advance(1e6)

    job = client.get(f"/v1/{name}")
    stats = job["tuningDataStats"]["preferenceOptimizationDataStats"]
    assert job["state"] == "JOB_STATE_SUCCEEDED"
    assert (stats["tuningDatasetExampleCount"], stats["scoresDistribution"]["sum"]) == ("9", 9.0)
    assert stats["scoresDistribution"]["buckets"] == [
        {"count": "9"},
        {"count": "9", "left": 1.0, "right": 1.0},
    ]
    assert job["preferenceOptimizationSpec"]["hyperParameters"]["beta"] == 0.1


def test_too_many_dropped_examples_fail_the_job(client: Client) -> None:
    client.settings(catalog="historic")
    rows = [example("q " + "long " * 40_000 if n < 2 else "q", "a") for n in range(10)]
    uri = client.upload("long.jsonl", jsonl(rows))

    job = client.trained(uri, baseModel="gemini-1.5-pro-002")

    assert job["state"] == "JOB_STATE_FAILED"
    assert "20% of the examples were dropped" in job["error"]["message"]


def test_a_few_dropped_examples_are_counted(client: Client) -> None:
    client.settings(catalog="historic")
    rows = [example("q " + "long " * 40_000 if n == 4 else "q", "a") for n in range(10)]
    uri = client.upload("long.jsonl", jsonl(rows))

    stats = client.trained(uri, baseModel="gemini-1.5-pro-002")["tuningDataStats"]["supervisedTuningDataStats"]

    assert (stats["tuningDatasetExampleCount"], stats["totalTruncatedExampleCount"]) == ("9", "1")
    assert stats["truncatedExampleIndices"] == ["5"]
    assert "the limit is 32000" in stats["droppedExampleReasons"][0]
