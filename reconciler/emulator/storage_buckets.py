"""Buckets: every bucket exists by being named, unless a setting says otherwise (assumed)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from reconciler.emulator.call import MethodCall, Reply, project_number
from reconciler.emulator.clock import timestamp
from reconciler.emulator.errors import ApiError, invalid
from reconciler.emulator.lenient import read_json
from reconciler.emulator.messages import Response
from reconciler.emulator.storage_checks import check_bucket
from reconciler.emulator.store import Resource

if TYPE_CHECKING:
    from reconciler.emulator.call import Handler

Json = dict[str, Any]

KIND = "bucket"


def _describe(call: MethodCall, name: str, given: Json) -> Json:
    now = timestamp(call.sim.moment.shown, digits=3)
    return {
        "kind": "storage#bucket",
        "selfLink": f"https://www.googleapis.com/storage/v1/b/{name}",
        "id": name,
        "name": name,
        "projectNumber": project_number(call.argument("project") or "emulator"),
        "metageneration": "1",
        "location": str(given.get("location") or "US-CENTRAL1").upper(),
        "storageClass": str(given.get("storageClass") or "STANDARD"),
        "etag": "CAE=",
        "timeCreated": now,
        "updated": now,
        "locationType": "region",
    }


def get(call: MethodCall) -> Reply:
    """A bucket, made or merely named."""
    name = call.params["bucket"]
    check_bucket(call, name)
    row = call.store.get(f"buckets/{name}")
    return row.doc if row else _describe(call, name, {})


def insert(call: MethodCall) -> Reply:
    """Make a bucket."""
    given = read_json(call.request.body) if call.request.body.strip() else {}
    name = given.get("name") if isinstance(given, dict) else None
    if not isinstance(name, str) or not name:
        raise invalid("Required parameter: name")
    _check_name(call, name)
    if call.store.get(f"buckets/{name}"):
        raise ApiError(409, "Your previous request to create the named bucket succeeded and you already own it.")
    doc = _describe(call, name, given)
    project = project_number(call.argument("project") or "emulator")
    call.store.insert(
        Resource(
            name=f"buckets/{name}",
            kind=KIND,
            parent=f"projects/{project}",
            created=call.sim.moment.shown,
            body=msgspec.json.encode(doc),
        )
    )
    return doc


def _check_name(call: MethodCall, name: str) -> None:
    """The name's form alone: the bucket itself need not exist yet."""
    try:
        check_bucket(call, name)
    except ApiError as exc:
        if exc.http != 404:
            raise


def list_buckets(call: MethodCall) -> Reply:
    """The buckets of a project that were made."""
    project = project_number(call.argument("project") or "emulator")
    prefix = call.argument("prefix")
    found = call.store.page(KIND, f"projects/{project}", after=None, limit=1000, oldest_first=True, until=float("inf"))
    items = sorted((r.doc for r in found if r.doc["name"].startswith(prefix)), key=lambda d: str(d["name"]))
    return {"kind": "storage#buckets", **({"items": items} if items else {})}


def delete(call: MethodCall) -> Reply:
    """Delete an empty bucket."""
    name = call.params["bucket"]
    check_bucket(call, name)
    (count,) = call.store.sql("SELECT count(*) FROM objects WHERE bucket=?", (name,)).fetchone()
    if count:
        raise ApiError(409, "The bucket you tried to delete is not empty.")
    call.store.delete(f"buckets/{name}")
    return Response(204, [("Content-Length", "0")], [b""])


HANDLERS: dict[str, Handler] = {
    "storage.buckets.get": get,
    "storage.buckets.insert": insert,
    "storage.buckets.list": list_buckets,
    "storage.buckets.delete": delete,
}
