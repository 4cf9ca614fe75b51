"""Cloud Storage: metadata, content, uploads, lists, copies and deletes of objects, and buckets."""

from __future__ import annotations

import base64
import binascii
import fnmatch
import re
from typing import TYPE_CHECKING, Any

import msgspec

from reconciler.emulator import objects
from reconciler.emulator.call import MethodCall, Reply
from reconciler.emulator.errors import invalid, not_found
from reconciler.emulator.lenient import read_json
from reconciler.emulator.messages import Response
from reconciler.emulator.storage_checks import (
    PATCHABLE,
    check_bucket,
    check_preconditions,
    checked_metadata,
    whole_number,
)
from reconciler.emulator.storage_uploads import insert

if TYPE_CHECKING:
    from reconciler.emulator.call import Handler

Json = dict[str, Any]


def _find(call: MethodCall, bucket: str, name: str) -> Json:
    check_bucket(call, bucket)
    doc = objects.find_object(call.sim, bucket, name)
    generation = whole_number(call, "generation")
    if doc is None or (generation is not None and generation != int(doc["generation"])):
        check_preconditions(call, None)
        raise not_found(f"No such object: {bucket}/{name}")
    return doc


def get(call: MethodCall) -> Reply:
    """An object's metadata, or its bytes with `alt=media` or at a download address."""
    doc = _find(call, call.params["bucket"], call.params["object"])
    check_preconditions(call, doc)
    is_media = call.argument("alt") == "media" or call.request.path.startswith("/download/")
    return _media(call, doc) if is_media else objects.answered(call.request.headers, doc)


def _media(call: MethodCall, doc: Json) -> Response:
    size = int(doc["size"])
    span = _range(call.request.headers.get("range", ""), size)
    headers = [
        ("Content-Type", doc["contentType"]),
        ("ETag", doc["etag"]),
        ("X-Goog-Generation", doc["generation"]),
        ("X-Goog-Metageneration", doc["metageneration"]),
        ("X-Goog-Hash", _hashes(doc)),
        ("X-Goog-Stored-Content-Length", doc["size"]),
        ("X-Goog-Storage-Class", doc["storageClass"]),
        ("Accept-Ranges", "bytes"),
    ]
    if "contentEncoding" in doc:
        headers.append(("Content-Encoding", doc["contentEncoding"]))
    if span is not None and span[0] >= span[1]:
        return Response(416, [("Content-Range", f"bytes */{size}"), ("Content-Length", "0")], [b""])
    start, end = span or (0, size)
    if span:
        headers.append(("Content-Range", f"bytes {start}-{end - 1}/{size}"))
    chunks = [*objects.read_range(call.sim, doc, start, end)]
    return Response(206 if span else 200, [*headers, ("Content-Length", str(end - start))], chunks)


def _hashes(doc: Json) -> str:
    """A composed object has no MD5."""
    md5 = f",md5={doc['md5Hash']}" if "md5Hash" in doc else ""
    return f"crc32c={doc['crc32c']}{md5}"


def _range(text: str, size: int) -> tuple[int, int] | None:
    """(start, end) of a Range header of one range, None for what is to be ignored."""
    match = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", text.replace(" ", ""))
    if not match or not (match[1] or match[2]):
        return None
    if not match[1]:
        return max(0, size - int(match[2])), size
    return int(match[1]), min(size, int(match[2]) + 1 if match[2] else size)


def list_objects(call: MethodCall) -> Reply:
    """Objects of a bucket by name; with a delimiter names that go on after it are prefixes."""
    bucket = call.params["bucket"]
    check_bucket(call, bucket)
    most = call.number("maxResults", 1000)
    if most < 0:
        raise invalid("Invalid value for maxResults.")
    return _page(call, bucket, min(most or 1000, 1000))


def _page(call: MethodCall, bucket: str, most: int) -> Json:
    prefix, delimiter = call.argument("prefix"), call.argument("delimiter")
    after = _token_name(call.argument("pageToken"))
    items: list[Json] = []
    prefixes: list[str] = []
    token = ""
    for name, body in _named(call, bucket, prefix, after):
        cut = name.find(delimiter, len(prefix)) if delimiter else -1
        group = name[: cut + len(delimiter)] if cut >= 0 else ""
        if group and (group in prefixes or (after and after.startswith(group))):
            continue
        if len(items) + len(prefixes) == most:
            break
        if group:
            prefixes.append(group)
        else:
            items.append(objects.answered(call.request.headers, msgspec.json.decode(body)))
        token = group or name
    else:
        token = ""
    found: Json = {"kind": "storage#objects"}
    if token:
        found["nextPageToken"] = _name_token(token)
    if prefixes:
        found["prefixes"] = prefixes
    return {**found, "items": items} if items else found


def _named(call: MethodCall, bucket: str, prefix: str, after: str) -> list[tuple[str, bytes]]:
    start, end, glob = call.argument("startOffset"), call.argument("endOffset"), call.argument("matchGlob")
    rows = call.store.sql(
        "SELECT name, body FROM objects WHERE bucket=? AND name > ? AND name >= ? AND name >= ? ORDER BY name",
        (bucket, after, start, prefix),
    )
    found = []
    for name, body in rows:
        if not name.startswith(prefix) or (end and name >= end):
            break
        if not glob or fnmatch.fnmatchcase(name, glob):
            found.append((name, body))
    return found


def _name_token(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode("utf-8", "surrogatepass")).decode()


def _token_name(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token).decode("utf-8")
    except (ValueError, binascii.Error):
        raise invalid("Invalid value for pageToken.") from None


def delete(call: MethodCall) -> Reply:
    """Delete an object: 204 without a body."""
    doc = _find(call, call.params["bucket"], call.params["object"])
    check_preconditions(call, doc)
    objects.remove_object(call.store, doc["bucket"], doc["name"])
    return Response(204, [("Content-Length", "0")], [b""])


def _given(call: MethodCall) -> Json:
    raw = read_json(call.request.body) if call.request.body.strip() else {}
    if not isinstance(raw, dict):
        raise invalid("Parse Error")
    return raw


def patch(call: MethodCall) -> Reply:
    """Change metadata of an object."""
    doc = _find(call, call.params["bucket"], call.params["object"])
    check_preconditions(call, doc)
    given = checked_metadata(_given(call))
    merged = {**doc, **{k: v for k, v in given.items() if k in PATCHABLE and v is not None}}
    if call.method.id == "objects.patch" and isinstance(given.get("metadata"), dict):
        merged["metadata"] = {**doc.get("metadata", {}), **given["metadata"]}
        merged["metadata"] = {k: v for k, v in merged["metadata"].items() if v is not None}
    doc = objects.touched(call.sim, {k: v for k, v in merged.items() if given.get(k, 0) is not None})
    objects.save_metadata(call.store, doc)
    return objects.answered(call.request.headers, doc)


def rewrite(call: MethodCall) -> Reply:
    """Copy an object; the emulator is always done in one step."""
    doc = _copy(call)
    return {
        "kind": "storage#rewriteResponse",
        "totalBytesRewritten": doc["size"],
        "objectSize": doc["size"],
        "done": True,
        "resource": doc,
    }


def _copy(call: MethodCall) -> Json:
    source = objects.find_object(call.sim, call.params["sourceBucket"], call.params["sourceObject"])
    bucket, name = call.params["destinationBucket"], call.params["destinationObject"]
    check_bucket(call, bucket)
    if source is None:
        raise not_found(f"No such object: {call.params['sourceBucket']}/{call.params['sourceObject']}")
    check_preconditions(call, objects.find_object(call.sim, bucket, name))
    given = {**source, **checked_metadata(_given(call))}
    doc = objects.put_object(call.sim, bucket, name, objects.read_object(call.sim, source), given)
    return objects.answered(call.request.headers, doc)


def copy(call: MethodCall) -> Reply:
    """Copy an object; the older form of rewrite."""
    return _copy(call)


def compose(call: MethodCall) -> Reply:
    """Join objects of a bucket into one. A composed object has no MD5. Source: documented."""
    bucket, name = call.params["destinationBucket"], call.params["destinationObject"]
    check_bucket(call, bucket)
    given = _given(call)
    sources = given.get("sourceObjects")
    if not isinstance(sources, list) or not 1 <= len(sources) <= 32:
        raise invalid("You must provide between 1 and 32 source components.")
    parts = []
    for item in sources:
        source = str(item.get("name", "")) if isinstance(item, dict) else ""
        doc = objects.find_object(call.sim, bucket, source)
        if doc is None:
            raise not_found(f"No such object: {bucket}/{source}")
        parts.append((doc, objects.read_object(call.sim, doc)))
    check_preconditions(call, objects.find_object(call.sim, bucket, name))
    destination = given.get("destination")
    metadata = checked_metadata(destination) if isinstance(destination, dict) else {}
    joined = objects.put_object(call.sim, bucket, name, b"".join(c for _, c in parts), metadata)
    joined["componentCount"] = sum(int(d.get("componentCount", 1)) for d, _ in parts)
    joined.pop("md5Hash")
    objects.save_metadata(call.store, joined)
    return objects.answered(call.request.headers, joined)


HANDLERS: dict[str, Handler] = {
    "storage.objects.get": get,
    "storage.objects.list": list_objects,
    "storage.objects.insert": insert,
    "storage.objects.delete": delete,
    "storage.objects.patch": patch,
    "storage.objects.update": patch,
    "storage.objects.rewrite": rewrite,
    "storage.objects.copy": copy,
    "storage.objects.compose": compose,
}
