"""What a finished job leaves: a version of a Model and Endpoints with that version deployed, or files.

A rebase asks for more by two entries of a job's data: `endpoint`, the one to take over, and `artifacts`, a folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator import catalog, training
from reconciler.emulator.clock import timestamp
from reconciler.emulator.lessons import move_lessons
from reconciler.emulator.model_store import find_model, find_version, insert_version, remove_deployment
from reconciler.emulator.open_catalog import base_of
from reconciler.emulator.store import Resource
from reconciler.emulator.tuning_methods import METHODS
from reconciler.emulator.vertex_endpoints import clear, deploy, insert_endpoint
from reconciler.emulator.vertex_job_view import place_of, recipe_of
from reconciler.emulator.vertex_names import base_label
from reconciler.emulator.vertex_outputs import write_outputs

if TYPE_CHECKING:
    from reconciler.emulator.call import Simulation

Json = dict[str, Any]


def make_results(sim: Simulation, row: Resource, at: float, *, has_endpoint: bool = True) -> Json:
    """Create them; answers the job's `tunedModel`, which is empty for a job that leaves files alone."""
    write_outputs(sim, row)
    has_files = leaves_files(row)
    if has_files and not sim.settings.open_models_registered:
        return {}
    checkpoints = _checkpoints(row)
    version = _version(sim, row, at, checkpoints)
    model, number = version.parent, version.doc["versionId"]
    move_lessons(sim.store, row.name, version.name)
    found: Json = {"model": f"{model}@{number}"}
    if has_files or not has_endpoint:
        return found
    deployed = [{**c, "endpoint": _endpoint(sim, row, at, version, c["checkpointId"])} for c in checkpoints]
    found["endpoint"] = deployed[-1]["endpoint"] if deployed else _endpoint(sim, row, at, version, "")
    return {**found, "checkpoints": deployed} if deployed else found


def leaves_files(row: Resource) -> bool:
    """Whether a job deploys nothing. Source: documented for open models, assumed for a partner's."""
    return base_of(row.data["base"]).is_open or row.data["method"] == "partner"


def _checkpoints(row: Resource) -> list[Json]:
    """Intermediate checkpoints, the last one included; none where the base or the request has none."""
    base, spec = base_of(row.data["base"]), row.data["doc"][row.data["spec"]]
    if not base.has_checkpoints or spec.get("exportLastCheckpointOnly") or "endpoint" in row.data:
        return []
    recipe = recipe_of(row)
    interval = int(spec.get("hyperParameters", {}).get("checkpointInterval", 0))
    if interval:
        # Documented: in steps; assumed: the last step has one, too.
        steps = [*range(interval, recipe.steps, interval), recipe.steps]
        return [_checkpoint(n, recipe.epoch_of(step), step) for n, step in enumerate(steps, 1)]
    return [
        _checkpoint(n, epoch, max(1, recipe.steps * epoch // recipe.epochs))
        for n, epoch in enumerate(training.checkpoint_epochs(recipe.epochs), 1)
    ]


def _checkpoint(number: int, epoch: int, step: int) -> Json:
    return {"checkpointId": str(number), **({"epoch": str(epoch)} if epoch else {}), "step": str(step)}


def _labels(row: Resource) -> Json:
    """User labels and the system's. Source: recorded (keys and forms of the system labels)."""
    return {
        **row.data["doc"].get("labels", {}),
        "google-vertex-llm-tuning-base-model-id": base_label(row.data["base"]),
        "google-vertex-llm-tuning-job-id": row.name.rpartition("/")[2],
        "tune-type": METHODS[row.data["spec"]].tune_type,
    }


def _version(sim: Simulation, row: Resource, at: float, checkpoints: list[Json]) -> Resource:
    """Continuous tuning makes a version of the parent's model, unless it was given another display name."""
    doc, source = row.data["doc"], row.data["source"]
    parent = find_model(sim, source["name"]) if source else None
    now = timestamp(max(row.created, sim.moment.shown_at(at)))
    if parent is not None and (not row.data["is_named"] or parent.doc["displayName"] == doc["tunedModelDisplayName"]):
        name, number, display = parent.name, str(parent.data["next_version"]), parent.doc["displayName"]
    else:
        name, number, display = f"{place_of(row)}/models/{sim.new_id('model')}", "1", doc["tunedModelDisplayName"]
    body: Json = {
        "name": name,
        "displayName": display,
        **({"description": doc["description"]} if "description" in doc else {}),
        "createTime": now,
        "updateTime": now,
        "etag": sim.digest("etag", name, number, now).hex()[:16],
        "labels": _labels(row),
        "modelSourceInfo": {"sourceType": "MODEL_GARDEN" if leaves_files(row) else "GENIE"},
        "versionId": number,
        "versionAliases": ["default"],
        "versionCreateTime": now,
        "versionUpdateTime": now,
        "baseModelSource": _base_source(row),
        "supportedDeploymentResourcesTypes": ["SHARED_RESOURCES"],
    }
    if checkpoints:
        body["checkpoints"] = checkpoints
        body["defaultCheckpointId"] = checkpoints[-1]["checkpointId"]
    if "encryptionSpec" in doc:
        body["encryptionSpec"] = doc["encryptionSpec"]
    kms = doc.get("encryptionSpec", {}).get("kmsKeyName", "")
    return insert_version(sim, place_of(row), body, {"base": row.data["base"], "kms": kms, "job": row.name})


def _base_source(row: Resource) -> Json:
    publisher, slash, model = row.data["base"].partition("/")
    if slash:
        return {"modelGardenSource": {"publicModelName": f"publishers/{publisher}/models/{model}"}}
    return {"genieSource": {"baseModelUri": f"publishers/google/models/{row.data['base']}"}}


def _endpoint(sim: Simulation, row: Resource, at: float, version: Resource, checkpoint: str) -> str:
    """An endpoint of its own for a checkpoint, in the multi-region where the base is served there."""
    base = base_of(row.data["base"])
    prefix, _, region = row.parent.rpartition("/")
    place = catalog.MULTI_REGIONS.get(region, region) if base.serves_in_multi_region else region
    doc = row.data["doc"]
    now = timestamp(max(row.created, sim.moment.shown_at(at)))
    given = {"checkpointId": checkpoint} if checkpoint else {}
    taken = sim.store.get(row.data.get("endpoint", ""))
    if taken is not None:
        _take_over(sim, taken, version, given, now)
        return taken.name
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
    deploy(sim, endpoint, version, given, now=now)
    return name


def _take_over(sim: Simulation, endpoint: Resource, version: Resource, given: Json, now: str) -> None:
    """Source: schema (its warning: the original model is undeployed and replaced by the new one)."""
    for deployed in endpoint.doc.get("deployedModels", []):
        old = find_version(sim, deployed["model"], deployed["modelVersionId"])
        if old is not None:
            remove_deployment(sim, old, deployed["id"])
    clear(sim, endpoint)
    deploy(sim, endpoint, version, given, now=now)
