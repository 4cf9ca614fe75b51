from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.emulator.conftest import Client

PARENT = "/v1/projects/acme/locations/us-central1"


@pytest.fixture
def tuned(client: Client, data: str) -> dict[str, str]:
    """The `tunedModel` of a job with one endpoint."""
    job = client.trained(
        data, spec={"exportLastCheckpointOnly": True}, tunedModelDisplayName="capitals", labels={"a": "b"}
    )
    found: dict[str, str] = job["tunedModel"]
    return found


def test_a_label_patch_replaces_the_users_labels_and_keeps_the_systems(client: Client, tuned: dict[str, str]) -> None:
    answer = client.call("PATCH", f"/v1/{tuned['model']}?updateMask=labels", {"labels": {"c": "d"}})

    assert answer.status == 200
    assert {k: v for k, v in answer.json["labels"].items() if not k.startswith("google-")} == {
        "c": "d",
        "tune-type": "sft",
    }
    assert answer.json["displayName"] == "capitals"


def test_a_patch_without_a_mask_takes_what_is_given(client: Client, tuned: dict[str, str]) -> None:
    answer = client.call(
        "PATCH", f"/v1beta1/{tuned['model']}", {"displayName": "cities", "description": "of the world"}
    )

    model = client.get(f"/v1/{tuned['model'].partition('@')[0]}")
    assert answer.status == 200
    assert (model["displayName"], model["description"]) == ("cities", "of the world")


def test_an_endpoint_is_patched_in_both_spellings(client: Client, tuned: dict[str, str]) -> None:
    answer = client.call(
        "PATCH", f"/v1/{tuned['endpoint']}?updateMask=labels,display_name", {"labels": {}, "display_name": "cities"}
    )

    assert answer.status == 200
    assert (answer.json["displayName"], "a" in answer.json["labels"]) == ("cities", False)


@pytest.mark.parametrize("split", [{"1": 100}, {}])
def test_a_traffic_split_names_deployed_models_and_adds_up(
    client: Client, tuned: dict[str, str], split: dict[str, int]
) -> None:
    answer = client.call("PATCH", f"/v1/{tuned['endpoint']}?updateMask=trafficSplit", {"trafficSplit": split})

    assert answer.status == (400 if split else 200)


def test_deleting_goes_from_the_deployment_to_the_model(client: Client, tuned: dict[str, str]) -> None:
    model = tuned["model"].partition("@")[0]
    deployed = client.get(f"/v1/{tuned['endpoint']}")["deployedModels"][0]["id"]

    early = [client.call("DELETE", f"/v1/{name}") for name in (model, tuned["endpoint"])]
    undeployed = client.post(f"/v1/{tuned['endpoint']}:undeployModel", {"deployedModelId": deployed})
    late = [client.call("DELETE", f"/v1/{name}") for name in (tuned["endpoint"], model)]

    assert [(a.status, a.json["error"]["status"]) for a in early] == [(400, "FAILED_PRECONDITION")] * 2
    assert "Please undeploy the model before retry." in early[0].message
    assert early[1].message.startswith("Endpoint has deployed or being-deployed DeployedModel(s)")
    done = client.get(f"/v1/{undeployed['name']}")
    assert (done["done"], done["response"]["@type"].rpartition(".")[2]) == (True, "UndeployModelResponse")
    assert [a.json["done"] for a in late] == [True, True]
    assert client.call("GET", f"/v1/{model}").status == 404
    assert client.call("GET", f"/v1/{tuned['endpoint']}").message == f'endpoint "{tuned["endpoint"]}" not found'
    assert client.call("DELETE", f"/v1/{model}").status == 404


def test_an_operation_is_not_done_while_it_takes_its_time(client: Client, tuned: dict[str, str]) -> None:
    client.settings(speed=1)
    deployed = client.get(f"/v1/{tuned['endpoint']}")["deployedModels"][0]["id"]

    operation = client.post(f"/v1beta1/{tuned['endpoint']}:undeployModel", {"deployedModelId": deployed})
    before = client.get(f"/v1beta1/{operation['name']}")
    client.wall.seconds += 2

    assert "done" not in before
    assert ".v1beta1." in client.get(f"/ui/{operation['name']}")["metadata"]["@type"]
    assert ".v1." in client.get(f"/v1/{operation['name']}")["metadata"]["@type"]
    assert ".v1beta1." in before["metadata"]["@type"]
    assert client.get(f"/v1/{operation['name']}")["done"] is True


def test_the_only_version_cannot_be_deleted_as_a_version(client: Client, tuned: dict[str, str]) -> None:
    answer = client.call("DELETE", f"/v1/{tuned['model']}:deleteVersion")

    assert (answer.status, answer.json["error"]["status"]) == (400, "FAILED_PRECONDITION")


def test_a_deleted_version_leaves_the_others_serving(client: Client, data: str, tuned: dict[str, str]) -> None:
    spec = {"exportLastCheckpointOnly": True}
    source = {"tunedModelName": tuned["model"]}
    child = client.trained(data, preTunedModel=source, tunedModelDisplayName="capitals", spec=spec)["tunedModel"]
    deployed = client.get(f"/v1/{child['endpoint']}")["deployedModels"][0]["id"]
    client.post(f"/v1/{child['endpoint']}:undeployModel", {"deployedModelId": deployed})

    answer = client.call("DELETE", f"/v1/{child['model'].replace('@', '%40')}:deleteVersion")

    assert answer.status == 200
    assert client.call("GET", f"/v1/{child['model']}").status == 404
    assert client.get(f"/v1/{tuned['model'].partition('@')[0]}")["versionId"] == "1"


def test_aliases_move_between_versions(client: Client, tuned: dict[str, str]) -> None:
    model = client.post(f"/v1/{tuned['model']}:mergeVersionAliases", {"versionAliases": ["golden"]})

    assert model["versionAliases"] == ["default", "golden"]
    assert client.get(f"/v1/{tuned['model'].replace('@1', '@golden')}")["versionId"] == "1"
    assert (
        client.call("POST", f"/v1/{tuned['model']}:mergeVersionAliases", {"versionAliases": ["-default"]}).status == 400
    )


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("labels.tune-type:*", 1),
        ("labels.a=b", 1),
        ('labels.a="c"', 0),
        ("displayName=capitals AND labels:a", 1),
        ("display_name!=capitals", 0),
        ("NOT (labels.x:* OR display_name=none)", 1),
        ("baseModelName=gemini-3_5-flash", 1),
    ],
)
def test_filters_keep_what_they_describe(client: Client, tuned: dict[str, str], text: str, count: int) -> None:
    found = client.get(f"{PARENT}/models?filter={text.replace(' ', '%20').replace('=', '%3D')}")

    assert len(found.get("models", [])) == count


def test_endpoints_of_a_job_are_found_by_its_label(client: Client, tuned: dict[str, str]) -> None:
    job = client.get(f"{PARENT}/tuningJobs")["tuningJobs"][0]["name"].rpartition("/")[2]

    found = client.get(
        f"{PARENT.replace('us-central1', 'us')}/endpoints?filter=labels.google-vertex-llm-tuning-job-id={job}"
    )

    assert [e["name"] for e in found["endpoints"]] == [tuned["endpoint"]]


def test_an_endpoint_of_ones_own_can_serve_a_version(client: Client, tuned: dict[str, str]) -> None:
    made = client.post(f"{PARENT}/endpoints?endpointId=mine", {"displayName": "mine"})
    client.post(
        f"{PARENT}/endpoints/mine:deployModel", {"deployedModel": {"model": tuned["model"]}, "trafficSplit": {"0": 100}}
    )

    answer = client.post(
        f"{PARENT}/endpoints/mine:generateContent", {"contents": [{"parts": [{"text": "capital of Japan?"}]}]}
    )

    assert client.get(f"/v1/{made['name']}")["response"]["name"].endswith("/endpoints/mine")
    assert answer["candidates"][0]["content"]["parts"][0]["text"] == "Tokyo"
    assert client.call("POST", f"{PARENT}/endpoints?endpointId=mine", {"displayName": "mine"}).status == 409
    assert len(client.get(f"/v1/{tuned['model']}")["deployedModels"]) == 2


def test_a_copy_is_a_model_of_its_own_that_answers_as_its_source_does(client: Client, tuned: dict[str, str]) -> None:
    elsewhere = "/v1/projects/prod/locations/us-central1"
    operation = client.post(f"{elsewhere}/models:copy", {"sourceModel": tuned["model"], "modelId": "of-capitals"})
    made = client.get(f"/v1/{operation['name']}")["response"]

    client.post(f"{elsewhere}/endpoints?endpointId=mine", {"displayName": "mine"})
    deployed = {"deployedModel": {"model": f"{made['model']}@{made['modelVersionId']}"}, "trafficSplit": {"0": 100}}
    client.post(f"{elsewhere}/endpoints/mine:deployModel", deployed)
    model = client.get(f"/v1/{made['model']}")
    prompt = {"contents": [{"parts": [{"text": "capital of Japan?"}]}]}
    answer = client.post(f"{elsewhere}/endpoints/mine:generateContent", prompt)

    assert made["@type"].rpartition(".")[2] == "CopyModelResponse"
    assert model["name"].endswith("/locations/us-central1/models/of-capitals")
    assert (model["originalModelInfo"], model["modelSourceInfo"]["copy"]) == ({"model": tuned["model"]}, True)
    assert (model["displayName"], model["labels"]["a"], model["versionAliases"]) == ("capitals", "b", ["default"])
    assert [d["endpoint"].rpartition("/")[2] for d in model["deployedModels"]] == ["mine"]
    assert answer["candidates"][0]["content"]["parts"][0]["text"] == "Tokyo"


def test_a_copy_outlives_its_source(client: Client, tuned: dict[str, str]) -> None:
    source = tuned["model"].partition("@")[0]
    client.post(f"{PARENT}/models:copy", {"sourceModel": source, "modelId": "kept"})
    (deployed,) = client.get(f"/v1/{tuned['endpoint']}")["deployedModels"]
    client.post(f"/v1/{tuned['endpoint']}:undeployModel", {"deployedModelId": deployed["id"]})

    deleted = client.call("DELETE", f"/v1/{source}")

    assert (deleted.status, client.call("GET", f"/v1/{source}").status) == (200, 404)
    assert client.get(f"{PARENT}/models/kept")["originalModelInfo"] == {"model": tuned["model"]}


def test_a_copy_can_be_the_next_version_of_a_model(client: Client, tuned: dict[str, str]) -> None:
    client.post(f"{PARENT}/models:copy", {"sourceModel": tuned["model"], "modelId": "kept"})

    again = {"sourceModel": tuned["model"], "parentModel": "projects/acme/locations/us-central1/models/kept"}
    operation = client.post(f"{PARENT}/models:copy", again)

    assert client.get(f"/v1/{operation['name']}")["response"]["modelVersionId"] == "2"
    assert client.get(f"{PARENT}/models/kept")["versionId"] == "2"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"modelId": "taken"}, 409),
        ({"modelId": "1-begins-with-a-digit"}, 400),
        ({"modelId": "a" * 64}, 400),
        ({"modelId": "new", "parentModel": "projects/acme/locations/us-central1/models/taken"}, 400),
        ({"parentModel": "projects/acme/locations/europe-west4/models/taken"}, 400),
        ({"parentModel": "projects/acme/locations/us-central1/models/none"}, 404),
        ({"sourceModel": "projects/acme/locations/us-central1/models/none"}, 404),
        ({"sourceModel": "none"}, 400),
        ({"sourceModel": ""}, 400),
    ],
)
def test_a_copy_that_cannot_be_is_refused(
    client: Client, tuned: dict[str, str], change: dict[str, str], status: int
) -> None:
    client.post(f"{PARENT}/models:copy", {"sourceModel": tuned["model"], "modelId": "taken"})

    answer = client.call("POST", f"{PARENT}/models:copy", {"sourceModel": tuned["model"], **change})

    assert answer.status == status


def test_checkpoints_of_a_version_are_listed(client: Client, data: str) -> None:
    model = client.trained(data)["tunedModel"]["model"]

    found = client.get(f"/v1/{model}:listCheckpoints")["checkpoints"]

    assert found == [
        {"checkpointId": "1", "epoch": "1", "step": "5"},
        {"checkpointId": "2", "epoch": "2", "step": "10"},
    ]
