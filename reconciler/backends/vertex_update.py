"""Patches of Model and Endpoint: read, merge, write, and only what differs.

Source: models.patch without a version in the name changes the Model as a whole (display name, description,
labels); a mask of `labels` replaces all of them, so the service's and strangers' are sent back as they were.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.backends import resource_names
from reconciler.backends.base import BackendError
from reconciler.backends.calls import Call, CallKind, json_body
from reconciler.backends.failures import failure
from reconciler.backends.http import Http
from reconciler.backends.targets import Service
from reconciler.backends.vertex_reader import VertexReader
from reconciler.backends.vertex_types import ENDPOINT, MODEL, WireEndpoint, WireModel
from reconciler.core.dialects import is_files
from reconciler.core.faults import Fault
from reconciler.core.lock import Training
from reconciler.core.model import Fields, Json

_TRIES = 4
"""How often somebody else may change the resource between our read and our write."""


def update(http: Http, reader: VertexReader, training: Training, fields: Fields) -> list[str]:
    """The names of what was patched: the Model, the Endpoint, or nothing where all is as it should be."""
    found = []
    if training.model and not is_files(training.model):
        model = str(resource_names.parsed(training.model).without_version)
        found.append(patched(http, reader, "models", model, fields))
    if training.endpoint:
        found.append(patched(http, reader, "endpoints", training.endpoint, fields))
    return [name for name in found if name]


def differences(resource: WireModel | WireEndpoint, fields: Fields) -> dict[str, Json]:
    """The wire's fields of a patch: those that differ from what the resource has. Pure."""
    wanted = {
        "displayName": (fields.get("tunedModelDisplayName"), resource.display_name),
        "description": (fields.get("description"), resource.description),
    }
    # A resource cannot be without a display name: a spec that no longer has one leaves it as it is.
    clearable = {"description"} & {key for key, value in fields.items() if value is None}
    changed: dict[str, Json] = {
        key: new or ""
        for key, (new, old) in wanted.items()
        if (new is not None or key in clearable) and (new or "") != old
    }
    labels = merged_labels(resource.labels, fields.get("labels") or {})
    return changed if labels == resource.labels else {**changed, "labels": labels}


def merged_labels(present: Mapping[str, str], wanted: Mapping[str, str | None]) -> dict[str, str]:
    """What is present, with ours on top; None removes one. Pure."""
    kept = {key: value for key, value in present.items() if key not in wanted}
    return kept | {key: value for key, value in wanted.items() if value is not None}


def patched(http: Http, reader: VertexReader, collection: str, name: str, fields: Fields) -> str:
    """`name` where something was written, else ""."""
    tried, refused, etag = "", None, ""
    for _ in range(_TRIES):
        resource = _read(reader, collection, name)
        if refused is not None and resource.etag == etag:
            raise refused
        changed = differences(resource, fields)
        if not changed:
            return tried
        try:
            http.send(_patch_call(collection, name, resource.etag, changed))
        except BackendError as error:
            # Somebody was faster, or our own first try worked and its answer was lost: read again. ABORTED is the rule
            # for an etag that no longer fits (AIP-154); with a 400 a new etag shows whether it was about that.
            if error.fault not in (Fault.CONFLICT, Fault.REJECTED):
                raise
            refused = error if error.fault is Fault.REJECTED else None
            tried, etag = name, resource.etag
        else:
            return name
    raise failure("API306", detail=f"{collection}.patch: {name} changes faster than it can be read.")


def _read(reader: VertexReader, collection: str, name: str) -> WireModel | WireEndpoint:
    if collection == "models":
        return reader.get("models.get", name, MODEL)
    return reader.get("endpoints.get", name, ENDPOINT)


def _patch_call(collection: str, name: str, etag: str, changed: Mapping[str, Json]) -> Call:
    parsed = resource_names.parsed(name)
    body = {"name": name, **changed, **({"etag": etag} if etag else {})}
    return Call(
        f"{collection}.patch",
        Service.VERTEX,
        "PATCH",
        f"/v1/{parsed}",
        kind=CallKind.CHANGE,
        location=parsed.location,
        project=parsed.project,
        query={"updateMask": ",".join(changed)},
        body=json_body(body),
    )
