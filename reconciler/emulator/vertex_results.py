"""What a finished job leaves: a version of a Model and Endpoints with that version deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator import catalog, training
from reconciler.emulator.clock import timestamp
from reconciler.emulator.lessons import move_lessons
from reconciler.emulator.model_store import find_model, insert_version
from reconciler.emulator.store import Resource
from reconciler.emulator.vertex_endpoints import deploy, insert_endpoint
from reconciler.emulator.vertex_names import base_label

if TYPE_CHECKING:
    from reconciler.emulator.call import Simulation

Json = dict[str, Any]

_TUNE_TYPES = {"supervised": "sft", "preference": "preference"}


def make_results(sim: Simulation, row: Resource, at: float, *, has_endpoint: bool = True) -> Json:
    """Create them; answers the job's `tunedModel`."""
    checkpoints = _checkpoints(row)
    version = _version(sim, row, at, checkpoints)
    model, number = version.parent, version.doc["versionId"]
    move_lessons(sim.store, row.name, version.name)
    found: Json = {"model": f"{model}@{number}"}
    if not has_endpoint:
        return found
    deployed = [{**c, "endpoint": _endpoint(sim, row, at, version, c["checkpointId"])} for c in checkpoints]
    found["endpoint"] = deployed[-1]["endpoint"] if deployed else _endpoint(sim, row, at, version, "")
    return {**found, "checkpoints": deployed} if deployed else found


def _checkpoints(row: Resource) -> list[Json]:
    """Intermediate checkpoints, the last one included; none where the base or the request has none."""
    base = catalog.VERTEX_MODELS[row.data["base"]]
    if not base.has_checkpoints or row.data["doc"][row.data["spec"]].get("exportLastCheckpointOnly"):
        return []
    recipe = training.Recipe(**row.data["plan"])
    return [
        {"checkpointId": str(n), "epoch": str(epoch), "step": str(max(1, recipe.steps * epoch // recipe.epochs))}
        for n, epoch in enumerate(training.checkpoint_epochs(recipe.epochs), 1)
    ]


def _labels(row: Resource) -> Json:
    """User labels and the system's. Source: recorded (keys and forms of the system labels)."""
    return {
        **row.data["doc"].get("labels", {}),
        "google-vertex-llm-tuning-base-model-id": base_label(row.data["base"]),
        "google-vertex-llm-tuning-job-id": row.name.rpartition("/")[2],
        "tune-type": _TUNE_TYPES[row.data["method"]],
    }


def _version(sim: Simulation, row: Resource, at: float, checkpoints: list[Json]) -> Resource:
    """Continuous tuning makes a version of the parent's model, unless it was given another display name."""
    doc, source = row.data["doc"], row.data["source"]
    parent = find_model(sim, source["name"]) if source else None
    now = timestamp(max(row.created, sim.moment.shown_at(at)))
    if parent is not None and (not row.data["is_named"] or parent.doc["displayName"] == doc["tunedModelDisplayName"]):
        name, number, display = parent.name, str(parent.data["next_version"]), parent.doc["displayName"]
    else:
        name, number, display = f"{row.parent}/models/{sim.new_id('model')}", "1", doc["tunedModelDisplayName"]
    body: Json = {
        "name": name,
        "displayName": display,
        **({"description": doc["description"]} if "description" in doc else {}),
        "createTime": now,
        "updateTime": now,
        "etag": sim.digest("etag", name, number, now).hex()[:16],
        "labels": _labels(row),
        "modelSourceInfo": {"sourceType": "GENIE"},
        "versionId": number,
        "versionAliases": ["default"],
        "versionCreateTime": now,
        "versionUpdateTime": now,
        "baseModelSource": {"genieSource": {"baseModelUri": f"publishers/google/models/{row.data['base']}"}},
        "supportedDeploymentResourcesTypes": ["SHARED_RESOURCES"],
    }
    if checkpoints:
        body["checkpoints"] = checkpoints
        body["defaultCheckpointId"] = checkpoints[-1]["checkpointId"]
    if "encryptionSpec" in doc:
        body["encryptionSpec"] = doc["encryptionSpec"]
    kms = doc.get("encryptionSpec", {}).get("kmsKeyName", "")
    return insert_version(sim, row.parent, body, {"base": row.data["base"], "kms": kms, "job": row.name})


def _endpoint(sim: Simulation, row: Resource, at: float, version: Resource, checkpoint: str) -> str:
    """An endpoint of its own for a checkpoint, in the multi-region where the base is served there."""
    base = catalog.VERTEX_MODELS[row.data["base"]]
    prefix, _, region = row.parent.rpartition("/")
    place = catalog.MULTI_REGIONS.get(region, region) if base.serves_in_multi_region else region
    doc = row.data["doc"]
    now = timestamp(max(row.created, sim.moment.shown_at(at)))
    name = f"{prefix}/{place}/endpoints/{sim.new_id('endpoint', checkpoint)}"
    body = {
        "name": name,
        "displayName": doc["tunedModelDisplayName"],
        "createTime": now,
        "updateTime": now,
        "labels": _labels(row),
    }
    if "encryptionSpec" in doc:
        body["encryptionSpec"] = doc["encryptionSpec"]
    endpoint = insert_endpoint(sim, body)
    deploy(sim, endpoint, version, {"checkpointId": checkpoint} if checkpoint else {}, now=now)
    return name
