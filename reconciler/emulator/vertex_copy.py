"""models.copy: a version of a Model again, as a new Model or as the next version of one that is there.

Source: schema (request, operation with its metadata and response, `originalModelInfo` of a copy); documented what a
copy does not take over: aliases, the id, the encryption and what is deployed. Assumed: that display name, description,
labels and checkpoints go along, that projects may read each other's Models, and that the copy is there at once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.emulator import vertex_operations
from reconciler.emulator.call import MethodCall, Reply
from reconciler.emulator.errors import ApiError, field_errors, not_found
from reconciler.emulator.lessons import keep_lessons
from reconciler.emulator.model_store import find_model, find_version, insert_version
from reconciler.emulator.vertex_names import split_model_name

if TYPE_CHECKING:
    from reconciler.emulator.call import Handler
    from reconciler.emulator.store import Resource

Json = dict[str, Any]

_MODEL_ID = re.compile(r"[a-z_][a-z0-9_-]{0,62}")
_LEFT_BEHIND = ("versionAliases", "deployedModels", "encryptionSpec")


def copy(call: MethodCall) -> Reply:
    """Answers an operation below the new Model. An id that is taken is refused: 409."""
    source = _source(call)
    name, number = _destination(call)
    body = _body(call, source, name, number)
    kms = call.body.get("encryptionSpec", {}).get("kmsKeyName", "")
    version = insert_version(call.sim, call.location, body, {**source.data, "kms": kms})
    keep_lessons(call.store, version.name, (), parent=source.name)
    response = {"model": name, "modelVersionId": number}
    return vertex_operations.started(call, name, "CopyModelOperationMetadata", "CopyModelResponse", response)


def _source(call: MethodCall) -> Resource:
    wanted = call.body.get("sourceModel", "")
    parts = split_model_name(wanted)
    if parts is None:
        raise field_errors([("source_model", "Invalid Model resource name.")])
    found = find_version(call.sim, *parts)
    if found is None:
        raise not_found(f"The Model {wanted} does not exist.")
    return found


def _destination(call: MethodCall) -> tuple[str, str]:
    """Name and version of the copy."""
    if {"modelId", "parentModel"} <= call.body.keys():
        raise field_errors([("destination_model", "Only one of model_id and parent_model may be set.")])
    if "parentModel" in call.body:
        return _next_of(call, call.body["parentModel"])
    wanted = call.body.get("modelId", "")
    if wanted and not _MODEL_ID.fullmatch(wanted):
        raise field_errors([("model_id", "Invalid model id.")])
    name = f"{call.location}/models/{wanted or call.sim.new_id('model')}"
    if find_model(call.sim, name):
        raise ApiError(409, f"Model {name} already exists.")
    return name, "1"


def _next_of(call: MethodCall, wanted: str) -> tuple[str, str]:
    parts = split_model_name(wanted)
    if parts is None or not parts[0].startswith(f"{call.location}/models/"):
        raise field_errors([("parent_model", "Invalid Model resource name.")])
    parent = find_model(call.sim, parts[0])
    if parent is None:
        raise not_found(f"The Model {wanted} does not exist.")
    return parent.name, str(parent.data["next_version"])


def _body(call: MethodCall, source: Resource, name: str, number: str) -> Json:
    now = call.sim.now()
    kept = {key: value for key, value in source.doc.items() if key not in _LEFT_BEHIND}
    body: Json = {
        **kept,
        "name": name,
        "createTime": now,
        "updateTime": now,
        "etag": call.sim.digest("etag", name, number, now).hex()[:16],
        "modelSourceInfo": {**kept.get("modelSourceInfo", {}), "copy": True},
        "originalModelInfo": {"model": source.name},
        "versionId": number,
        "versionAliases": ["default"],
        "versionCreateTime": now,
        "versionUpdateTime": now,
    }
    if "encryptionSpec" in call.body:
        body["encryptionSpec"] = call.body["encryptionSpec"]
    return body


HANDLERS: dict[str, Handler] = {"vertex.models.copy": copy}
