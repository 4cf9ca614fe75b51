"""google-cloud-aiplatform: Model and Endpoint over its REST transport, enums as numbers, and the generated clients."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.served import LOCATION, PROJECT, Served, fake_credentials

CLIENT = "google-cloud-aiplatform"


@pytest.fixture
def aiplatform(served: Served) -> Any:
    from google.cloud import aiplatform

    # 2.x models: their endpoints are in the job's own location, the only one that this client looks in.
    served.empty(catalog="historic")
    aiplatform.init(
        project=PROJECT,
        location=LOCATION,
        credentials=fake_credentials(),
        api_endpoint=served.url,
        api_transport="rest",
    )
    return aiplatform


def trained(served: Served, **fields: Any) -> Any:
    """Ended, with one endpoint."""
    spec = {
        "trainingDatasetUri": served.upload(),
        "hyperParameters": {"epochCount": 1},
        "exportLastCheckpointOnly": True,
    }
    wanted = {"baseModel": "gemini-2.5-flash", "supervisedTuningSpec": spec, "tunedModelDisplayName": "Capitals"}
    return served.trained(**{**wanted, **fields})["tunedModel"]


def users_own(labels: Any) -> dict[str, str]:
    """Without those that belong to the service."""
    return {k: v for k, v in labels.items() if not k.startswith("google-vertex-") and k != "tune-type"}


def test_models_are_listed_filtered_and_ordered(aiplatform: Any, served: Served) -> None:
    for name, team in (("Alpha", "a"), ("Beta", "b"), ("Gamma", "a")):
        trained(served, tunedModelDisplayName=name, labels={"team": team})

    everything = aiplatform.Model.list(order_by="display_name")
    of_a_team = aiplatform.Model.list(filter="labels.team=a")
    by_name = aiplatform.Model.list(filter='display_name="Beta"')

    assert [m.display_name for m in everything] == ["Alpha", "Beta", "Gamma"]
    assert sorted(m.display_name for m in of_a_team) == ["Alpha", "Gamma"]
    assert [m.display_name for m in by_name] == ["Beta"]


def test_a_model_is_read_by_its_name_version_and_alias(aiplatform: Any, served: Served) -> None:
    name = trained(served)["model"]
    bare = name.partition("@")[0]

    found = [aiplatform.Model(bare), aiplatform.Model(name), aiplatform.Model(bare, version="default")]

    assert {m.resource_name for m in found} == {bare}
    assert {m.version_id for m in found} == {"1"}
    assert found[0].labels["tune-type"] == "sft"
    assert found[0].version_aliases == ["default"]


def test_a_model_knows_where_it_is_deployed(aiplatform: Any, served: Served) -> None:
    made = trained(served)

    (deployed,) = aiplatform.Model(made["model"]).gca_resource.deployed_models

    assert deployed.endpoint == made["endpoint"]


def test_a_model_is_changed(aiplatform: Any, served: Served) -> None:
    model = aiplatform.Model(trained(served)["model"])

    model.update(display_name="Cities", description="Where to live", labels={"team": "support"})

    found = aiplatform.Model(model.resource_name)
    assert (found.display_name, found.description) == ("Cities", "Where to live")
    assert users_own(found.labels) == {"team": "support"}


def test_versions_are_listed_named_and_deleted(aiplatform: Any, served: Served) -> None:
    made = trained(served)
    source = {"tunedModelName": made["model"]}
    spec = {"trainingDatasetUri": served.upload("more.jsonl"), "exportLastCheckpointOnly": True}
    body = {"preTunedModel": source, "supervisedTuningSpec": spec, "tunedModelDisplayName": "Capitals"}
    served.trained(**body, baseModel="")
    registry = aiplatform.Model(made["model"].partition("@")[0]).versioning_registry

    before = [v.version_id for v in registry.list_versions()]
    registry.add_version_aliases(["golden"], version="1")
    aliases = {v.version_id: v.version_aliases for v in registry.list_versions()}
    served.undeploy_all()
    registry.delete_version(version="2")

    assert sorted(before) == ["1", "2"]
    assert "golden" in aliases["1"]
    assert [v.version_id for v in registry.list_versions()] == ["1"]


def test_endpoints_are_listed_over_several_pages_and_filtered(aiplatform: Any, served: Served) -> None:
    served.call("POST", "/_emulator/settings", {"page_size": 2})
    for n in range(3):
        trained(served, tunedModelDisplayName=f"Capitals {n}")

    found = aiplatform.Endpoint.list()
    by_name = aiplatform.Endpoint.list(filter='display_name="Capitals 1"')

    assert len(found) == 3
    assert [e.display_name for e in by_name] == ["Capitals 1"]
    assert sum(r.endswith("/endpoints") for r in served.requests) == 3


def test_an_endpoint_tells_what_is_deployed_on_it(aiplatform: Any, served: Served) -> None:
    made = trained(served)

    endpoint = aiplatform.Endpoint(made["endpoint"])

    (deployed,) = endpoint.list_models()
    assert deployed.model == made["model"].partition("@")[0]
    assert deployed.model_version_id == "1"
    assert endpoint.traffic_split == {deployed.id: 100}


def test_an_endpoint_is_changed(aiplatform: Any, served: Served) -> None:
    endpoint = aiplatform.Endpoint(trained(served)["endpoint"])

    endpoint.update(display_name="Cities", description="Where to live", labels={"team": "support"})

    found = aiplatform.Endpoint(endpoint.resource_name)
    assert (found.display_name, found.gca_resource.description) == ("Cities", "Where to live")
    assert users_own(found.labels) == {"team": "support"}


def test_everything_is_deleted_in_the_order_that_the_service_demands(aiplatform: Any, served: Served) -> None:
    from google.api_core import exceptions

    made = trained(served)
    model, endpoint = aiplatform.Model(made["model"]), aiplatform.Endpoint(made["endpoint"])
    with pytest.raises(exceptions.BadRequest, match="deployed"):
        endpoint.delete()
    with pytest.raises(exceptions.BadRequest, match=r"(?i)undeploy the model before"):
        model.delete()

    endpoint.undeploy(deployed_model_id=endpoint.list_models()[0].id)
    endpoint.delete()
    model.delete()

    assert aiplatform.Model.list() == []
    assert aiplatform.Endpoint.list() == []


def test_an_endpoint_goes_by_force(aiplatform: Any, served: Served) -> None:
    endpoint = aiplatform.Endpoint(trained(served)["endpoint"])

    endpoint.delete(force=True)

    assert aiplatform.Endpoint.list() == []


def test_an_endpoint_is_made_with_an_id_of_the_callers(aiplatform: Any) -> None:
    from google.api_core import exceptions

    made = aiplatform.Endpoint.create(display_name="Ours", endpoint_id="ours", labels={"team": "support"})

    assert made.resource_name.endswith("/endpoints/ours")
    assert aiplatform.Endpoint("ours").display_name == "Ours"
    with pytest.raises(exceptions.Conflict):
        aiplatform.Endpoint.create(display_name="Ours", endpoint_id="ours")


def test_what_is_not_there_is_not_found(aiplatform: Any) -> None:
    from google.api_core import exceptions

    with pytest.raises(exceptions.NotFound):
        aiplatform.Model("1234567890").gca_resource  # noqa: B018 - reading it asks
    with pytest.raises(
        exceptions.NotFound, match=r'endpoint "projects/\d+/locations/us-central1/endpoints/12" not found'
    ):
        aiplatform.Endpoint("12").list_models()


@pytest.mark.parametrize(("status", "wanted"), [(403, "Forbidden"), (429, "TooManyRequests"), (400, "BadRequest")])
def test_faults_are_the_exceptions_of_this_client(aiplatform: Any, served: Served, status: int, wanted: str) -> None:
    from google.api_core import exceptions

    served.fault("vertex.models.list", f"status:{status}")

    with pytest.raises(getattr(exceptions, wanted)):
        aiplatform.Model.list()
    assert served.faults_left() == 0


def tuning() -> Any:
    """vertexai's own module for tuning, which is typed for one release and run with many."""
    import importlib

    return importlib.import_module("vertexai.tuning.sft")


def test_the_tuning_module_of_vertexai_trains(aiplatform: Any, served: Served) -> None:
    sft = tuning()

    job = sft.train(
        source_model="gemini-2.5-flash",
        train_dataset=served.upload(),
        tuned_model_display_name="Capitals",
        epochs=2,
        adapter_size=4,
        learning_rate_multiplier=0.5,
        labels={"team": "support"},
    )
    job.refresh()

    assert job.has_succeeded
    assert (job.tuned_model_name, job.tuned_model_endpoint_name) == tuple(
        job.to_dict()["tunedModel"][k] for k in ("model", "endpoint")
    )
    parameters = job.to_dict()["supervisedTuningSpec"]["hyperParameters"]
    assert parameters == {"epochCount": "2", "adapterSize": "ADAPTER_SIZE_FOUR", "learningRateMultiplier": 0.5}
    assert [listed.resource_name for listed in sft.SupervisedTuningJob.list()] == [job.resource_name]


def test_the_tuning_module_of_vertexai_cancels_and_tells_an_error(aiplatform: Any, served: Served) -> None:
    sft = tuning()

    served.empty(speed="manual", catalog="historic")
    job = sft.train(source_model="gemini-2.5-flash", train_dataset=served.upload())

    job.cancel()
    served.advance(60)
    job.refresh()

    assert (job.state.name, job.has_ended, job.error.code) == ("JOB_STATE_CANCELLED", True, 1)


def test_the_tuning_module_of_vertexai_does_not_know_one_adapter_size(aiplatform: Any, served: Served) -> None:
    sft = tuning()

    before = list(served.requests)

    # A known failure of this client: 2 is a size of the service.
    with pytest.raises(ValueError, match=r"(?i)adapter"):
        sft.train(source_model="gemini-2.5-flash", train_dataset="gs://acme-data/train.jsonl", adapter_size=2)
    assert served.requests == before
