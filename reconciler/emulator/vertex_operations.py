"""Long-running operations of Vertex AI, below the resource or the location that they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from reconciler.emulator.call import MethodCall, Reply, Simulation
from reconciler.emulator.errors import not_found, precondition
from reconciler.emulator.paging import listed, page_of, page_size, read_token, rows
from reconciler.emulator.store import Resource

if TYPE_CHECKING:
    from reconciler.emulator.call import Handler

Json = dict[str, Any]

KIND = "operation"
_TYPE = "type.googleapis.com/google.cloud.aiplatform.v1."
_EMPTY = {"@type": "type.googleapis.com/google.protobuf.Empty"}


def finished(call: MethodCall, owner: str, metadata: str) -> Json:
    """An operation that is done when it is first answered, with an empty response. Source: recorded for deletes."""
    row = _insert(call, owner, metadata, {"done": True, "response": _EMPTY}, None, {})
    return _render(call, row)


def started(call: MethodCall, owner: str, metadata: str, kind: str, response: Json) -> Json:
    """An operation whose effect has happened, and which reports it done a little later."""
    pause = 0.0 if isinstance(call.sim.settings.speed, str) else call.sim.settings.operation_s
    typed = {"@type": _TYPE + kind, **response}
    row = _insert(call, owner, metadata, {}, call.sim.moment.trained + pause, {"response": typed})
    return _render(call, row)


def _insert(call: MethodCall, owner: str, metadata: str, state: Json, due: float | None, data: Json) -> Resource:
    now = call.sim.now()
    name = f"{owner}/operations/{call.sim.new_id('operation')}"
    generic = {"createTime": now, "updateTime": now}
    body = {"name": name, "metadata": {"@type": _TYPE + metadata, "genericMetadata": generic}, **state}
    row = Resource(
        name=name,
        kind=KIND,
        parent=owner,
        created=call.sim.moment.shown,
        due=due,
        body=msgspec.json.encode(body),
        data={**data, "version": call.version},
    )
    call.store.insert(row)
    return row


def settle_operation(sim: Simulation, row: Resource, at: float) -> None:
    """The operation is done."""
    del at
    body = {**row.doc, "done": True, "response": row.data["response"]}
    body["metadata"]["genericMetadata"]["updateTime"] = sim.now()
    row.body, row.due = msgspec.json.encode(body), None
    sim.store.update(row)


def _render(call: MethodCall, row: Resource) -> Json:
    """With the types of the version that asks; below /ui/, which has none, of the one that began it."""
    doc = row.doc
    version = row.data["version"] if call.request.path.startswith("/ui/") else call.version
    for part in ("metadata", "response"):
        if part in doc:
            doc[part] = {**doc[part], "@type": doc[part]["@type"].replace(_TYPE, _TYPE.replace("v1", version))}
    return doc


def _owner(call: MethodCall) -> str:
    pairs = (("tuningJobs", "tuningJob"), ("models", "model"), ("endpoints", "endpoint"))
    for collection, parameter in pairs:
        if parameter in call.params:
            return f"{call.location}/{collection}/{call.params[parameter]}"
    return call.location


def _find(call: MethodCall) -> Resource:
    name = f"{_owner(call)}/operations/{call.params['operation']}"
    row = call.store.get(name)
    if row is None or row.kind != KIND:
        raise not_found(f"Operation {name} is not found.")
    return row


def get(call: MethodCall) -> Reply:
    """One operation."""
    return _render(call, _find(call))


def list_operations(call: MethodCall) -> Reply:
    """The operations of a resource or a location."""
    size = page_size(call, call.sim.settings.page_size, call.sim.settings.max_page_size)
    found, token = page_of(
        call, rows(call, KIND, _owner(call), after=read_token(call)), size, lambda r: _render(call, r)
    )
    return listed("operations", found, token)


def cancel(call: MethodCall) -> Reply:
    """Refused: what these operations do has happened by the time they are answered."""
    row = _find(call)
    raise precondition(f"Operation {row.name} is not cancellable.")


def delete(call: MethodCall) -> Reply:
    """Forget an operation's result."""
    call.store.delete(_find(call).name)
    return {}


_OWNERS = ("", "tuningJobs.", "models.", "endpoints.")
HANDLERS: dict[str, Handler] = {
    f"vertex.{owner}operations.{verb}": handler
    for owner in _OWNERS
    # Waiting is best effort by definition: it may answer an operation that is not done, and here it does.
    for verb, handler in (
        ("get", get),
        ("wait", get),
        ("list", list_operations),
        ("cancel", cancel),
        ("delete", delete),
    )
}
