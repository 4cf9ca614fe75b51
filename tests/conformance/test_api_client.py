"""google-api-python-client, which sends what it is given, to the paths of its own discovery documents."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conformance import discovery
from tests.conformance.served import PARENT, Served, fake_credentials

CLIENT = "google-api-python-client"


Build = Callable[[str], Any]


@pytest.fixture
def build(served: Served) -> Iterator[Build]:
    """Makes services of the documents by name, and closes their connections at the end."""
    from google.api_core.client_options import ClientOptions
    from googleapiclient.discovery import build_from_document

    made: list[Any] = []

    def from_document(name: str) -> Any:
        # A copy, as the client writes into it. Its root is ours because uploads keep the root's scheme, https, whatever
        # endpoint is asked for.
        document = {**copy.deepcopy(discovery.document(name)), "rootUrl": f"{served.url}/"}
        options = ClientOptions(api_endpoint=f"{served.url}/{document['servicePath']}")
        credentials = fake_credentials()
        made.append(build_from_document(document, credentials=credentials, client_options=options))
        return made[-1]

    yield from_document
    for service in made:
        service.close()


@pytest.fixture(params=["aiplatform.v1", "aiplatform.v1beta1"])
def places(build: Build, request: pytest.FixtureRequest) -> Any:
    """`projects.locations` of one version."""
    return build(request.param).projects().locations()


@pytest.fixture
def place(build: Build) -> Any:
    return build("aiplatform.v1").projects().locations()


def a_job(served: Served, **fields: Any) -> dict[str, Any]:
    spec = {"trainingDatasetUri": served.upload(), "hyperParameters": {"epochCount": "2"}}
    return {
        "baseModel": "gemini-3.5-flash",
        "supervisedTuningSpec": spec,
        "tunedModelDisplayName": "Capitals",
        **fields,
    }


def refused(request: Any) -> tuple[int, str, str]:
    from googleapiclient.errors import HttpError

    with pytest.raises(HttpError) as caught:
        request.execute()
    error = json.loads(caught.value.content)["error"]
    return caught.value.status_code, error.get("status", ""), error["message"]


def test_a_training_is_started_and_followed_to_its_end(places: Any, served: Served) -> None:
    served.empty(speed="manual")

    started = places.tuningJobs().create(parent=PARENT, body=a_job(served)).execute()
    states = [started["state"]]
    for seconds in (30, 600):
        served.advance(seconds)
        states.append(places.tuningJobs().get(name=started["name"]).execute()["state"])

    assert states == ["JOB_STATE_PENDING", "JOB_STATE_RUNNING", "JOB_STATE_SUCCEEDED"]


def test_only_v1beta1_tells_what_a_running_job_does(build: Build, served: Served) -> None:
    served.empty(speed="manual")
    beta = build("aiplatform.v1beta1").projects().locations().tuningJobs()
    stable = build("aiplatform.v1").projects().locations().tuningJobs()
    name = stable.create(parent=PARENT, body=a_job(served)).execute()["name"]
    served.advance(38)

    told, untold = beta.get(name=name).execute(), stable.get(name=name).execute()

    assert told["tuningJobState"] == "TUNING_JOB_STATE_TUNING"
    assert int(told["tuningJobMetadata"]["completedStepCount"]) > 0
    assert told.keys() - untold.keys() == {"tuningJobState", "tuningJobMetadata"}


def test_a_body_in_the_other_spelling_is_taken(place: Any, served: Served) -> None:
    parameters = {"epoch_count": 2, "adapter_size": "ADAPTER_SIZE_FOUR", "learning_rate_multiplier": 0.5}
    body = {
        "base_model": "gemini-3.5-flash",
        "supervisedTuningSpec": {"training_dataset_uri": served.upload(), "hyper_parameters": parameters},
    }

    job = place.tuningJobs().create(parent=PARENT, body=body).execute()

    assert job["supervisedTuningSpec"]["hyperParameters"] == {
        "epochCount": "2",
        "adapterSize": "ADAPTER_SIZE_FOUR",
        "learningRateMultiplier": 0.5,
    }


def test_a_field_that_does_not_exist_is_refused_by_its_name(place: Any, served: Served) -> None:
    body = a_job(served)
    body["supervisedTuningSpec"]["validation_dataset"] = "gs://acme-data/train.jsonl"

    status, rpc, message = refused(place.tuningJobs().create(parent=PARENT, body=body))

    assert (status, rpc) == (400, "INVALID_ARGUMENT")
    assert "Unknown name \"validation_dataset\" at 'tuning_job.supervised_tuning_spec'" in message


def test_lists_are_walked_page_by_page(places: Any, served: Served) -> None:
    jobs = places.tuningJobs()
    names = {jobs.create(parent=PARENT, body=a_job(served)).execute()["name"] for _ in range(5)}

    request, sizes, found = jobs.list(parent=PARENT, pageSize=2), [], set()
    while request is not None:
        page = request.execute()
        sizes.append(len(page["tuningJobs"]))
        found |= {job["name"] for job in page["tuningJobs"]}
        request = jobs.list_next(request, page)

    assert (sizes, found) == ([2, 2, 1], names)


def test_a_page_token_of_another_kind_is_refused(place: Any) -> None:
    status, rpc, _ = refused(place.tuningJobs().list(parent=PARENT, pageToken="nonsense"))

    assert (status, rpc) == (400, "INVALID_ARGUMENT")


def test_a_running_job_is_cancelled(places: Any, served: Served) -> None:
    served.empty(speed="manual")
    name = places.tuningJobs().create(parent=PARENT, body=a_job(served)).execute()["name"]

    answer = places.tuningJobs().cancel(name=name, body={}).execute()
    served.advance(100)

    assert answer == {}
    assert places.tuningJobs().get(name=name).execute()["state"] == "JOB_STATE_CANCELLED"


def test_models_are_read_changed_and_deleted(places: Any, served: Served) -> None:
    name = served.trained(**a_job(served))["tunedModel"]["model"].partition("@")[0]
    models = places.models()

    listed = models.list(parent=PARENT, filter='display_name="Capitals"').execute()["models"]
    body = {"displayName": "Cities", "labels": {"team": "support"}, "description": "not in the mask"}
    changed = models.patch(name=name, updateMask="displayName,labels", body=body).execute()
    versions = models.listVersions(name=name).execute()["models"]
    checkpoints = models.listCheckpoints(name=f"{name}@1").execute()["checkpoints"]
    served.undeploy_all()
    operation = models.delete(name=name).execute()

    assert [m["name"] for m in listed] == [name]
    assert (changed["displayName"], changed["labels"]["team"], "description" in changed) == ("Cities", "support", False)
    assert [v["versionId"] for v in versions] == ["1"]
    assert len(checkpoints) == 2
    assert operation["metadata"]["@type"].endswith("DeleteOperationMetadata")
    assert refused(models.get(name=name))[:2] == (404, "NOT_FOUND")


def test_aliases_are_given_and_taken(place: Any, served: Served) -> None:
    name = served.trained(**a_job(served))["tunedModel"]["model"]
    merge = place.models().mergeVersionAliases

    given = merge(name=name, body={"versionAliases": ["golden"]}).execute()["versionAliases"]
    by_alias = place.models().get(name=name.replace("@1", "@golden")).execute()
    taken = merge(name=name, body={"versionAliases": ["-golden"]}).execute()["versionAliases"]

    assert (sorted(given), by_alias["versionId"], taken) == (["default", "golden"], "1", ["default"])


def test_an_endpoint_is_emptied_and_deleted(places: Any, served: Served) -> None:
    name = served.trained(**a_job(served))["tunedModel"]["endpoint"]
    endpoints = places.endpoints()

    (deployed,) = endpoints.get(name=name).execute()["deployedModels"]
    refusal = refused(endpoints.delete(name=name))
    operation = endpoints.undeployModel(endpoint=name, body={"deployedModelId": deployed["id"]}).execute()
    ended = endpoints.operations().get(name=operation["name"]).execute()
    deletion = endpoints.delete(name=name).execute()

    assert refusal[:2] == (400, "FAILED_PRECONDITION")
    assert ended["done"] is True
    assert ended["response"]["@type"].endswith("UndeployModelResponse")
    assert places.operations().get(name=deletion["name"]).execute()["response"] == {
        "@type": "type.googleapis.com/google.protobuf.Empty"
    }
    assert refused(endpoints.get(name=name))[:2] == (404, "NOT_FOUND")


def test_an_endpoint_is_made_and_changed(place: Any) -> None:
    from time import monotonic

    operation = place.endpoints().create(parent=PARENT, endpointId="ours", body={"displayName": "Ours"}).execute()
    give_up = monotonic() + 20
    while not operation.get("done") and monotonic() < give_up:
        operation = place.endpoints().operations().get(name=operation["name"]).execute()
    name = operation["response"]["name"]

    changed = place.endpoints().patch(name=name, updateMask="description", body={"description": "Ours too"}).execute()

    assert changed["description"] == "Ours too"
    status, rpc, _ = refused(place.endpoints().create(parent=PARENT, endpointId="ours", body={"displayName": "Ours"}))
    assert (status, rpc) == (409, "ALREADY_EXISTS")


def test_the_tuned_model_answers_and_counts(places: Any, served: Served) -> None:
    endpoint = served.trained(**a_job(served))["tunedModel"]["endpoint"]
    body = {"contents": [{"role": "user", "parts": [{"text": "What is the capital of Spain?"}]}]}

    answer = places.endpoints().generateContent(model=endpoint, body=body).execute()
    streamed = places.endpoints().streamGenerateContent(model=endpoint, body=body).execute()
    tokens = places.endpoints().countTokens(endpoint=endpoint, body=body).execute()

    assert answer["candidates"][0]["content"]["parts"][0]["text"] == "Madrid"
    assert isinstance(streamed, list)
    assert "".join(p["candidates"][0]["content"]["parts"][0]["text"] for p in streamed) == "Madrid"
    assert tokens["totalTokens"] > 0


def test_a_part_of_an_answer_is_all_that_is_sent(place: Any, served: Served) -> None:
    name = served.trained(**a_job(served))["name"]

    answer = place.tuningJobs().get(name=name, fields="state,tunedModel/model").execute()

    assert set(answer) == {"state", "tunedModel"}
    assert set(answer["tunedModel"]) == {"model"}


@pytest.mark.parametrize(
    ("status", "rpc"), [(429, "RESOURCE_EXHAUSTED"), (403, "PERMISSION_DENIED"), (409, "ABORTED"), (503, "UNAVAILABLE")]
)
def test_faults_are_errors_of_this_client(place: Any, served: Served, status: int, rpc: str) -> None:
    served.fault("vertex.tuningJobs.list", f"status:{status};rpc={rpc}")

    assert refused(place.tuningJobs().list(parent=PARENT))[:2] == (status, rpc)
    assert served.faults_left() == 0


def test_a_page_that_is_not_json_is_an_error_all_the_same(place: Any, served: Served) -> None:
    from googleapiclient.errors import HttpError

    served.fault("vertex.tuningJobs.list", "html:502")

    with pytest.raises(HttpError) as caught:
        place.tuningJobs().list(parent=PARENT).execute()
    assert caught.value.status_code == 502


def test_what_passes_is_tried_again_when_asked_to(place: Any, served: Served) -> None:
    served.fault("vertex.tuningJobs.list", "status:503")

    assert place.tuningJobs().list(parent=PARENT).execute(num_retries=1) == {}
    assert served.faults_left() == 0


def test_training_metrics_are_found_through_the_experiment(place: Any, served: Served) -> None:
    job = served.trained(**a_job(served))
    stores, boards = place.metadataStores(), place.tensorboards()

    context = stores.contexts().get(name=job["experiment"]).execute()
    wanted = f'schema_title="system.ExperimentRun" AND parent_contexts:"{job["experiment"]}"'
    parent = f"{PARENT}/metadataStores/default"
    (run,) = stores.contexts().list(parent=parent, filter=wanted).execute()["contexts"]
    board, experiment = context["metadata"]["backing_tensorboard_resource"], context["name"].rpartition("/")[2]
    run_name = f"{board}/experiments/{experiment}/runs/{run['name'].rpartition('/')[2].removeprefix(experiment + '-')}"
    series = boards.experiments().runs().timeSeries().list(parent=run_name).execute()["tensorboardTimeSeries"]
    data = boards.batchRead(tensorboard=board, timeSeries=[s["name"] for s in series]).execute()["timeSeriesData"]

    assert {s["displayName"] for s in series} == {
        "/train_total_loss",
        "/train_fraction_of_correct_next_step_preds",
        "/train_num_predictions",
    }
    assert len(data) == 3
    assert all(point["scalar"]["value"] > 0 for point in data[0]["values"])


def test_storage_takes_and_gives_objects(build: Build) -> None:
    from googleapiclient.http import MediaInMemoryUpload

    objects = build("storage.v1").objects()
    media = MediaInMemoryUpload(b"hello", mimetype="text/plain")

    made = objects.insert(bucket="acme-data", name="a/b.txt", media_body=media).execute()
    read = objects.get(bucket="acme-data", object="a/b.txt").execute()
    content = objects.get_media(bucket="acme-data", object="a/b.txt").execute()
    listed = objects.list(bucket="acme-data", prefix="a/").execute()
    objects.delete(bucket="acme-data", object="a/b.txt").execute()

    assert (made["size"], made["crc32c"], read) == ("5", "mnG7TA==", made)
    assert content == b"hello"
    assert (listed["kind"], [o["name"] for o in listed["items"]]) == ("storage#objects", ["a/b.txt"])
    assert refused(objects.get(bucket="acme-data", object="a/b.txt"))[0] == 404


def test_storage_takes_a_large_object_in_pieces(build: Build) -> None:
    import io

    from googleapiclient.http import MediaIoBaseUpload

    objects = build("storage.v1").objects()
    content = bytes(range(256)) * 3000
    media = MediaIoBaseUpload(io.BytesIO(content), "application/octet-stream", chunksize=256 * 1024, resumable=True)

    request = objects.insert(bucket="acme-data", name="large.bin", media_body=media)
    progress, made = [], None
    while made is None:
        status, made = request.next_chunk()
        progress.append(status.progress() if status else 1.0)

    assert progress == pytest.approx([262144 / 768000, 524288 / 768000, 1.0])
    assert made["size"] == "768000"
    assert objects.get_media(bucket="acme-data", object="large.bin").execute() == content
