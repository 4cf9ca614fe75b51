"""rebaseTunedModel: where its result goes, and what a request may change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.emulator import methods
from tests.emulator.methods import BETA, ended

if TYPE_CHECKING:
    from tests.emulator.conftest import Client

Json = dict[str, Any]

V1 = BETA.replace("v1beta1", "v1")


@pytest.fixture
def old(client: Client) -> Json:
    """A finished job on a base that has retired."""
    client.settings(catalog="historic")
    return ended(client, {**methods.supervised(client), "baseModel": "gemini-2.0-flash-001"})


def rebased(client: Client, old: Json, **request: Any) -> tuple[Json, Json]:
    """(operation, the job that it made, at its end)."""
    body = {"tunedModelRef": {"tuningJob": old["name"]}, **request}
    operation = client.post(f"{V1}:rebaseTunedModel", body)
    name = operation["name"].partition("/operations/")[0]
    client.advance(1e6)
    return client.get(f"/v1/{operation['name']}"), client.get(f"/v1/{name}")


def test_a_new_job_makes_a_new_model_and_a_new_endpoint(client: Client, old: Json) -> None:
    operation, job = rebased(client, old)

    assert operation["done"]
    assert operation["response"]["name"] == job["name"]
    assert job["tunedModel"]["endpoint"] != old["tunedModel"]["endpoint"]
    assert client.get(f"/v1/{old['tunedModel']['endpoint']}")["deployedModels"]


def test_the_same_endpoint_gets_the_new_model_in_place_of_the_old_one(client: Client, old: Json) -> None:
    endpoint = old["tunedModel"]["endpoint"]

    _, job = rebased(client, old, deployToSameEndpoint=True)

    found = client.get(f"/v1/{endpoint}")
    (deployed,) = found["deployedModels"]
    assert job["tunedModel"]["endpoint"] == endpoint
    assert deployed["model"] == job["tunedModel"]["model"].partition("@")[0]
    assert found["trafficSplit"] == {deployed["id"]: 100}
    assert "deployedModels" not in client.get(f"/v1/{old['tunedModel']['model']}")
    assert client.get(f"/v1/{job['tunedModel']['model']}")["deployedModels"][0]["endpoint"] == endpoint


def test_an_endpoint_that_is_gone_cannot_be_deployed_to(client: Client, old: Json) -> None:
    endpoint = old["tunedModel"]["endpoint"]
    deployed = client.get(f"/v1/{endpoint}")["deployedModels"][0]["id"]
    client.post(f"/v1/{endpoint}:undeployModel", {"deployedModelId": deployed})
    client.call("DELETE", f"/v1/{endpoint}")
    body = {"tunedModelRef": {"tuningJob": old["name"]}, "deployToSameEndpoint": True}

    answer = client.call("POST", f"{V1}:rebaseTunedModel", body)

    assert answer.json["error"]["status"] == "FAILED_PRECONDITION"
    assert len(client.get(V1)["tuningJobs"]) == 1


def test_artefacts_are_written_where_the_request_says(client: Client, old: Json) -> None:
    rebased(client, old, artifactDestination={"outputUriPrefix": "gs://acme-out/rebased/"})

    (item,) = client.get("/storage/v1/b/acme-out/o")["items"]
    assert item["name"] == "rebased/metadata.json"


@pytest.mark.parametrize("destination", [{}, {"outputUriPrefix": "here"}])
def test_a_destination_is_a_folder(client: Client, old: Json, destination: Json) -> None:
    body = {"tunedModelRef": {"tuningJob": old["name"]}, "artifactDestination": destination}

    assert client.call("POST", f"{V1}:rebaseTunedModel", body).status == 400


def test_the_request_may_change_the_job(client: Client, old: Json) -> None:
    spec = {"hyperParameters": {"epochCount": 4}, "exportLastCheckpointOnly": True}
    wanted = {"baseModel": "gemini-3.1-flash-lite", "tunedModelDisplayName": "newer", "supervisedTuningSpec": spec}

    _, job = rebased(client, old, tuningJob=wanted)

    assert (job["baseModel"], job["tunedModelDisplayName"]) == ("gemini-3.1-flash-lite", "newer")
    assert job["supervisedTuningSpec"]["trainingDatasetUri"] == old["supervisedTuningSpec"]["trainingDatasetUri"]
    assert job["supervisedTuningSpec"]["hyperParameters"]["epochCount"] == "4"
    assert job["tunedModel"].keys() == {"model", "endpoint"}


def test_a_job_that_left_files_has_nothing_to_rebase(client: Client) -> None:
    job = ended(client, methods.open_model(client))

    answer = client.call("POST", f"{V1}:rebaseTunedModel", {"tunedModelRef": {"tuningJob": job["name"]}})

    assert "has no tuned model to rebase" in answer.message


def test_reinforcement_is_rebased_from_v1_as_well(client: Client) -> None:
    job = ended(client, methods.reinforcement(client))

    operation, again = rebased(client, job)

    assert operation["done"]
    assert again["state"] == "JOB_STATE_SUCCEEDED"
    assert "reinforcementTuningSpec" in client.get(f"/v1beta1/{again['name']}")
