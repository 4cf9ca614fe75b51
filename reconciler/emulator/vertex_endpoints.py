"""Endpoints and what is deployed on them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from reconciler.emulator import filters, vertex_operations
from reconciler.emulator.call import MethodCall, Reply, Simulation
from reconciler.emulator.errors import ApiError, conflict, field_errors, invalid, not_found, precondition
from reconciler.emulator.fields import mask_paths, selected
from reconciler.emulator.model_store import add_deployment, find_version, remove_deployment
from reconciler.emulator.paging import is_plain, listed, page_of, page_size, raw_page, read_token, rows
from reconciler.emulator.store import Resource
from reconciler.emulator.vertex_names import display_name_problems, label_problems, split_model_name, system_labels

if TYPE_CHECKING:
    from reconciler.emulator.call import Handler

Json = dict[str, Any]

KIND = "endpoint"
_PATCHABLE = ("displayName", "description", "labels", "trafficSplit")
_ENDPOINT_ID = re.compile(r"[a-z0-9]|[a-z0-9][a-z0-9-]{0,61}[a-z0-9]")


def insert_endpoint(sim: Simulation, body: Json) -> Resource:
    """Add an endpoint with nothing deployed."""
    name = body["name"]
    row = Resource(name=name, kind=KIND, parent=name.rpartition("/endpoints/")[0], created=sim.moment.shown)
    sim.store.insert(row)
    _save(sim, row, {**body, "etag": _etag(sim, body)})
    return row


def _etag(sim: Simulation, body: Json) -> str:
    return "AMEw9y" + sim.digest("etag", msgspec.json.encode(body).hex()).hex()[:20]


def _save(sim: Simulation, row: Resource, body: Json) -> None:
    row.body = msgspec.json.encode(body)
    sim.store.update(row)


def _changed(sim: Simulation, row: Resource, body: Json, now: str = "") -> Json:
    """Write a changed endpoint back with its next etag and time."""
    body = {**body, "updateTime": now or sim.now()}
    body["etag"] = _etag(sim, body)
    _save(sim, row, body)
    return body


def deploy(
    sim: Simulation, row: Resource, version: Resource, given: Json, *, now: str, split: Json | None = None
) -> Json:
    """Deploy a version of a model; without a `split` it gets all traffic of an empty endpoint."""
    number = sim.new_id("deployedModel", row.name, version.name, len(row.doc.get("deployedModels", [])))
    deployed = {
        "id": given.get("id") or number,
        "model": version.parent,
        "displayName": given.get("displayName") or row.doc["displayName"],
        "createTime": now,
        **{k: v for k, v in given.items() if k not in ("id", "model", "displayName")},
        "modelVersionId": version.doc["versionId"],
    }
    body = row.doc
    others = body.get("deployedModels", [])
    body["deployedModels"] = [*others, deployed]
    if split is not None:
        body["trafficSplit"] = {(deployed["id"] if k == "0" else k): v for k, v in split.items()}
    elif not others:
        body["trafficSplit"] = {deployed["id"]: 100}
    _changed(sim, row, body, now)
    ref = {"endpoint": row.name, "deployedModelId": deployed["id"]}
    checkpoint = {"checkpointId": deployed["checkpointId"]} if "checkpointId" in deployed else {}
    add_deployment(sim, version, {**ref, **checkpoint})
    return deployed


def clear(sim: Simulation, row: Resource) -> None:
    """Forget what is deployed on an endpoint; that its versions know it is up to the caller."""
    body = {k: v for k, v in row.doc.items() if k not in ("deployedModels", "trafficSplit")}
    _changed(sim, row, body)


def find_endpoint(call: MethodCall) -> Resource:
    """The endpoint of the path. Raises ApiError 404 in the recorded words."""
    name = f"{call.location}/endpoints/{call.params['endpoint']}"
    row = call.store.get(name)
    if row is None or row.kind != KIND or not call.is_visible(row):
        raise not_found(f'endpoint "{name}" not found')
    return row


def get(call: MethodCall) -> Reply:
    """One endpoint."""
    return find_endpoint(call).doc


def list_endpoints(call: MethodCall) -> Reply:
    """The endpoints of a location."""
    size = page_size(call, call.sim.settings.page_size, call.sim.settings.max_page_size)
    if is_plain(call):
        return raw_page(call, KIND, size, "endpoints", lambda row: row[2])
    keep = filters.parse(call.argument("filter"), id_field="endpoint")
    found, token = page_of(call, rows(call, KIND, call.location, after=read_token(call)), size, lambda r: r.doc, keep)
    found = filters.ordered(found, call.argument("orderBy"), ("displayName", "createTime", "updateTime"))
    mask = call.argument("readMask")
    return listed("endpoints", [selected(d, mask) for d in found] if mask else found, token)


def create(call: MethodCall) -> Reply:
    """Make an empty endpoint; a client may choose its id."""
    wanted = call.argument("endpointId")
    if wanted and not _ENDPOINT_ID.fullmatch(wanted):
        raise field_errors([("endpoint_id", "Invalid endpoint id.")])
    body = {k: v for k, v in call.body.items() if k not in ("name", "etag")}
    problems = label_problems(body.get("labels", {}), "endpoint.labels")
    problems += display_name_problems(body.get("displayName", ""), "endpoint.display_name")
    if not body.get("displayName"):
        problems.append(("endpoint.display_name", "Required field is not set."))
    if problems:
        raise field_errors(problems)
    name = f"{call.location}/endpoints/{wanted or call.sim.new_id('endpoint')}"
    if call.store.get(name):
        raise ApiError(409, f"Endpoint {name} already exists.")
    now = call.sim.now()
    row = insert_endpoint(call.sim, {"name": name, **body, "createTime": now, "updateTime": now})
    return vertex_operations.started(call, name, "CreateEndpointOperationMetadata", "Endpoint", row.doc)


def patch(call: MethodCall) -> Reply:
    """Change display name, description, labels or traffic split; answers the endpoint itself."""
    paths = mask_paths(call.argument("updateMask"))
    if not paths and call.sim.settings.patch_needs_mask:
        raise field_errors([("update_mask", "Required field is not set.")])
    return _update(call, call.body, paths)


def update(call: MethodCall) -> Reply:
    """The variant of patch that answers an operation."""
    row = find_endpoint(call)
    body = _update(call, call.body.get("endpoint", {}), [])
    return vertex_operations.started(call, row.name, "UpdateEndpointOperationMetadata", "Endpoint", body)


def _update(call: MethodCall, given: Json, paths: list[str]) -> Json:
    row = find_endpoint(call)
    doc = row.doc
    if given.get("etag") and given["etag"] != doc["etag"]:
        raise conflict("The etag does not match that of the resource; it was changed meanwhile.")
    paths = [p for p in paths or given if p in _PATCHABLE]
    problems = label_problems(given.get("labels", {}), "endpoint.labels") if "labels" in paths else []
    problems += display_name_problems(given.get("displayName", ""), "endpoint.display_name")
    if "displayName" in paths and not given.get("displayName"):
        problems.append(("endpoint.display_name", "Required field is not set."))
    if problems:
        raise field_errors(problems)
    if "trafficSplit" in paths:
        _check_split(given.get("trafficSplit", {}), {d["id"] for d in doc.get("deployedModels", [])})
    if "labels" in paths:
        given = {**given, "labels": {**given.get("labels", {}), **system_labels(doc)}}
    changed = {k: v for k, v in doc.items() if k not in paths or k in given}
    return _changed(call.sim, row, {**changed, **{p: given[p] for p in paths if p in given}})


def _check_split(split: Json, deployed: set[str]) -> None:
    if split and (sum(split.values()) != 100 or any(v < 0 for v in split.values())):
        raise invalid("The traffic split percentages must add up to 100.")
    unknown = sorted(split.keys() - deployed)
    if unknown:
        raise invalid(f"DeployedModel {unknown[0][:80]} of the traffic split is not deployed on the Endpoint.")


def delete(call: MethodCall) -> Reply:
    """Delete an endpoint with nothing deployed. Source: recorded (done at once; the operation is the location's)."""
    row = find_endpoint(call)
    deployed = [d["id"] for d in row.doc.get("deployedModels", [])]
    if deployed:
        raise precondition(f"Endpoint has deployed or being-deployed DeployedModel(s): {', '.join(deployed)}.")
    call.store.delete(row.name)
    return vertex_operations.finished(call, call.location, "DeleteOperationMetadata")


def undeploy_model(call: MethodCall) -> Reply:
    """Take a deployed model off; its traffic must be unassigned, unless it is the last one or a new split is given."""
    row = find_endpoint(call)
    doc, wanted = row.doc, call.body.get("deployedModelId", "")
    found = next((d for d in doc.get("deployedModels", []) if d["id"] == wanted), None)
    if found is None:
        raise not_found(f"DeployedModel {wanted[:80]!r} is not found on Endpoint {row.name}.")
    left = [d for d in doc["deployedModels"] if d["id"] != wanted]
    split = call.body.get("trafficSplit", {k: v for k, v in doc.get("trafficSplit", {}).items() if k != wanted})
    if left and doc.get("trafficSplit", {}).get(wanted) and "trafficSplit" not in call.body:
        raise precondition(f"DeployedModel {wanted} still has traffic; give a traffic split without it.")
    if left:
        _check_split(split, {d["id"] for d in left})
    kept = {k: v for k, v in doc.items() if k not in ("deployedModels", "trafficSplit")}
    more = {**({"deployedModels": left} if left else {}), **({"trafficSplit": split} if left and split else {})}
    _changed(call.sim, row, {**kept, **more})
    version = find_version(call.sim, found["model"], found["modelVersionId"])
    if version is not None:
        remove_deployment(call.sim, version, wanted)
    return vertex_operations.started(call, row.name, "UndeployModelOperationMetadata", "UndeployModelResponse", {})


def deploy_model(call: MethodCall) -> Reply:
    """Deploy a version of a model of the registry."""
    row = find_endpoint(call)
    given = call.body.get("deployedModel", {})
    parts = split_model_name(given.get("model", ""))
    if parts is None:
        raise field_errors([("deployed_model.model", "Invalid Model resource name.")])
    version = find_version(call.sim, *parts)
    if version is None:
        raise not_found(f"The Model {given['model']} does not exist.")
    ids = {d["id"] for d in row.doc.get("deployedModels", [])}
    if given.get("id") in ids:
        raise ApiError(409, f"DeployedModel {given['id']} already exists on the Endpoint.")
    if "trafficSplit" in call.body:
        _check_split(call.body["trafficSplit"], ids | {"0", given.get("id", "0")})
    deployed = deploy(call.sim, row, version, given, now=call.sim.now(), split=call.body.get("trafficSplit"))
    return vertex_operations.started(
        call, row.name, "DeployModelOperationMetadata", "DeployModelResponse", {"deployedModel": deployed}
    )


HANDLERS: dict[str, Handler] = {
    "vertex.endpoints.get": get,
    "vertex.endpoints.list": list_endpoints,
    "vertex.endpoints.create": create,
    "vertex.endpoints.patch": patch,
    "vertex.endpoints.update": update,
    "vertex.endpoints.delete": delete,
    "vertex.endpoints.undeployModel": undeploy_model,
    "vertex.endpoints.deployModel": deploy_model,
}
