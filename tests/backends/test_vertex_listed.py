"""Models and Endpoints of a list, as the wire has them, in our words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.backends.base import BackendError
from reconciler.backends.vertex_listed import listed_endpoint, listed_model
from reconciler.backends.vertex_types import ENDPOINT, MODEL
from reconciler.core.resources import DeployedThere, ListedEndpoint

PLACE = "projects/123/locations/us-central1"


def an_endpoint(**fields: Any) -> ListedEndpoint:
    return listed_endpoint(ENDPOINT.decode(json.dumps({"name": f"{PLACE}/endpoints/1", **fields})))


@pytest.mark.parametrize(("split", "traffic"), [({"9": 100}, 100), ({"9": 0}, 0), ({"8": 100}, 0), ({}, None)])
def test_a_deployed_model_gets_the_traffic_that_the_endpoint_says(split: dict[str, int], traffic: int | None) -> None:
    deployed = {"id": "9", "model": f"{PLACE}/models/1", "modelVersionId": "2"}

    found = an_endpoint(deployedModels=[deployed], trafficSplit=split)

    assert found.deployed == (DeployedThere(f"{PLACE}/models/1@2", traffic),)


@pytest.mark.parametrize(
    ("resources", "machines"),
    [
        ({}, ""),
        ({"sharedResources": f"{PLACE}/deploymentResourcePools/1"}, ""),
        (
            {"dedicatedResources": {"machineSpec": {"machineType": "n1-standard-4"}, "minReplicaCount": 2}},
            "2 x n1-standard-4",
        ),
        (
            {
                "dedicatedResources": {
                    "machineSpec": {"machineType": "a2", "acceleratorType": "NVIDIA_TESLA_A100", "acceleratorCount": 8},
                }
            },
            "1 x a2 with 8 NVIDIA_TESLA_A100",
        ),
        ({"automaticResources": {"minReplicaCount": 1}}, "1 x machine of the service's choice"),
    ],
)
def test_machines_of_its_own_are_told_since_they_are_billed_by_the_hour(
    resources: dict[str, Any], machines: str
) -> None:
    (deployed,) = an_endpoint(deployedModels=[{"id": "9", "model": f"{PLACE}/models/1", **resources}]).deployed

    assert deployed.machines == machines


def test_a_model_says_where_it_is_deployed_and_what_it_was_copied_from() -> None:
    wire = {
        "name": f"{PLACE}/models/1@3",
        "versionId": "3",
        "deployedModels": [{"endpoint": f"{PLACE}/endpoints/1"}, {"endpoint": f"{PLACE}/endpoints/1"}],
        "originalModelInfo": {"model": f"{PLACE}/models/0@1"},
    }

    found = listed_model(MODEL.decode(json.dumps(wire)))

    assert (found.resource_name, found.version) == (f"{PLACE}/models/1", "3")
    assert found.endpoints == (f"{PLACE}/endpoints/1",)
    assert found.copied_from == f"{PLACE}/models/0@1"


@pytest.mark.parametrize("name", ["projects/1/\x1b[31m", "projects/1/ x", "projects/é"])
def test_a_name_that_could_do_harm_where_it_is_shown_is_refused(name: str) -> None:
    with pytest.raises(BackendError) as refused:
        listed_model(MODEL.decode(json.dumps({"name": name})))

    assert refused.value.diagnostic.code == "API219"
