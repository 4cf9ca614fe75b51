"""Uploads to Cloud Storage: simple, multipart and resumable."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from reconciler.emulator import objects
from reconciler.emulator.errors import ApiError, invalid
from reconciler.emulator.lenient import read_json
from reconciler.emulator.messages import Response
from reconciler.emulator.storage_checks import check_bucket, check_preconditions, checked_metadata

if TYPE_CHECKING:
    from reconciler.emulator.call import MethodCall, Reply

Json = dict[str, Any]

_PRECONDITIONS = ("ifGenerationMatch", "ifGenerationNotMatch", "ifMetagenerationMatch", "ifMetagenerationNotMatch")


def insert(call: MethodCall) -> Reply:
    """An upload of any kind; `upload_id` continues a resumable one."""
    check_bucket(call, call.params["bucket"])
    if call.argument("upload_id"):
        return _continue(call)
    match call.argument("uploadType"):
        case "media":
            return _store(call, _metadata(call, {}), call.request.body)
        case "multipart":
            metadata, content = _parts(call)
            return _store(call, _metadata(call, metadata), content)
        case "resumable":
            return _open_session(call)
        case _:
            raise invalid(
                "Upload requests must include an uploadType URL parameter and a URL path beginning with /upload/"
            )


def _metadata(call: MethodCall, given: Json) -> Json:
    checked_metadata(given)
    name = call.argument("name") or given.get("name")
    if not name:
        raise invalid("Required parameter: name")
    if len(name.encode("utf-8", "replace")) > 1024 or "\n" in name or "\r" in name:
        raise invalid("The specified object name is not valid.")
    kind = given.get("contentType") or call.request.headers.get("x-upload-content-type")
    if not kind and call.argument("uploadType") == "media":
        kind = call.request.headers.get("content-type")
    return {**given, "name": name, **({"contentType": kind} if kind else {})}


def _store(call: MethodCall, metadata: Json, content: bytes) -> Json:
    bucket, name = call.params["bucket"], metadata["name"]
    check_preconditions(call, objects.find_object(call.sim, bucket, name))
    _check_hashes(call, metadata, content)
    return objects.answered(call.request.headers, objects.put_object(call.sim, bucket, name, content, metadata))


def _check_hashes(call: MethodCall, metadata: Json, content: bytes) -> None:
    promised = dict(part.strip().partition("=")[::2] for part in call.request.headers.get("x-goog-hash", "").split(","))
    crc = metadata.get("crc32c") or promised.get("crc32c")
    md5 = metadata.get("md5Hash") or promised.get("md5")
    actual_crc = objects.crc32c(content)
    if crc and crc != actual_crc:
        raise invalid(f'Provided CRC32C "{crc[:40]}" doesn\'t match calculated CRC32C "{actual_crc}".')
    actual_md5 = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
    if md5 and md5 != actual_md5:
        raise invalid(f'Provided MD5 hash "{md5[:40]}" doesn\'t match calculated MD5 hash "{actual_md5}".')


def _parts(call: MethodCall) -> tuple[Json, bytes]:
    """Metadata and content of a multipart/related body; a boundary may be quoted with either quote."""
    kind = call.request.headers.get("content-type", "")
    match = re.search(r"boundary=(?:\"([^\"]+)\"|'([^']+)'|([^\s;]+))", kind)
    if not match:
        raise invalid("Missing boundary in multipart upload.")
    boundary = b"--" + (match[1] or match[2] or match[3]).encode("utf-8", "replace")
    body = b"\r\n" + call.request.body
    pieces = re.split(rb"\r?\n" + re.escape(boundary), body, maxsplit=2)
    tail = re.search(rb"\r?\n" + re.escape(boundary) + rb"--", pieces[2]) if len(pieces) == 3 else None
    if len(pieces) != 3 or tail is None:
        raise invalid("Malformed multipart body.")
    first, second = _payload(pieces[1]), _payload(pieces[2][: _last_end(pieces[2], boundary)])
    metadata = read_json(first[1]) if first[1].strip() else {}
    if not isinstance(metadata, dict):
        raise invalid("Parse Error")
    if second[0] and "contentType" not in metadata:
        metadata["contentType"] = second[0]
    return metadata, second[1]


def _last_end(piece: bytes, boundary: bytes) -> int:
    """Where the content ends: the closing delimiter is the last one, whatever the content holds."""
    at = piece.rfind(b"\n" + boundary + b"--")
    return at - 1 if piece[at - 1 : at] == b"\r" else at


def _payload(piece: bytes) -> tuple[str, bytes]:
    """(content type, bytes) of one part."""
    match = re.match(rb"[ \t]*\r?\n((?:[^\r\n]+\r?\n)*)\r?\n", piece)
    if not match:
        raise invalid("Malformed multipart body.")
    kind = re.search(rb"(?im)^content-type:[ \t]*([^\r\n]+)", match[1])
    return (kind[1].decode("latin-1").strip() if kind else ""), piece[match.end() :]


def _open_session(call: MethodCall) -> Response:
    raw = read_json(call.request.body) if call.request.body.strip() else {}
    if not isinstance(raw, dict):
        raise invalid("Parse Error")
    metadata = _metadata(call, raw)
    bucket = call.params["bucket"]
    count = int(call.store.meta("uploads") or 0) + 1
    call.store.set_meta("uploads", count)
    session = call.sim.digest("upload", bucket, metadata["name"], count).hex()
    conditions = {name: call.query[name] for name in _PRECONDITIONS if name in call.query}
    body = {"bucket": bucket, "metadata": metadata, "query": conditions, "received": 0}
    call.store.sql("INSERT INTO uploads VALUES(?,?)", (session, msgspec.json.encode(body)))
    base = f"{call.request.headers.get('x-forwarded-proto', 'http')}://{call.request.headers.get('host', 'localhost')}"
    address = f"/upload/storage/v1/b/{quote(bucket, safe='')}/o?uploadType=resumable&upload_id={session}"
    return Response(
        200, [("Location", base + address), ("X-GUploader-UploadID", session), ("Content-Length", "0")], [b""]
    )


def _continue(call: MethodCall) -> Reply:
    """A chunk, a question how far the upload is, or its end."""
    session = call.argument("upload_id")
    found = call.store.sql("SELECT body FROM uploads WHERE id=?", (session,)).fetchone()
    if not found:
        raise ApiError(404, "No such upload session.")
    upload: Json = msgspec.json.decode(found[0])
    if "result" in upload:
        result: Json = upload["result"]
        return result
    if call.request.method == "DELETE":
        _forget(call, session)
        return Response(499, [("Content-Length", "0")], [b""])
    return _take_chunk(call, session, upload)


def _take_chunk(call: MethodCall, session: str, upload: Json) -> Reply:
    start, end, total = _content_range(
        call.request.headers.get("content-range", ""), len(call.request.body), upload["received"]
    )
    if start is not None:
        _keep_chunk(call, session, upload, start)
        if end != start + len(call.request.body):
            raise invalid("Failed to parse Content-Range header.")
    if total is None or upload["received"] < total:
        _save(call, session, upload)
        return _incomplete(upload["received"])
    content = b"".join(_chunks(call, session, upload["received"]))
    call.query.update(upload["query"])
    call.params["bucket"] = upload["bucket"]
    doc = _store(call, upload["metadata"], content)
    call.store.sql("DELETE FROM chunks WHERE bucket='' AND name=?", (session,))
    _save(call, session, {**upload, "result": doc})
    return doc


def _content_range(text: str, length: int, received: int) -> tuple[int | None, int, int | None]:
    """(start or None for a question, end, total or None while unknown); no header is the whole rest."""
    if not text:
        return received, received + length, received + length
    match = re.fullmatch(r"bytes (?:(\d{1,15})-(\d{1,15})|\*)/(\d{1,15}|\*)", text.strip())
    if not match:
        raise invalid("Failed to parse Content-Range header.")
    total = None if match[3] == "*" else int(match[3])
    if match[1] is None:
        return None, 0, total
    return int(match[1]), int(match[2]) + 1, total


def _keep_chunk(call: MethodCall, session: str, upload: Json, start: int) -> None:
    """Add a chunk; bytes that are there already are skipped, a gap is refused."""
    received, body = upload["received"], call.request.body
    if start > received:
        raise ApiError(
            503, f"Invalid request. The chunk begins at byte {start}, and what was received ends at byte {received}."
        )
    fresh = body[received - start :]
    if fresh:
        call.store.sql("INSERT INTO chunks VALUES('',?,0,?,?)", (session, received, fresh))
        upload["received"] = received + len(fresh)


def _chunks(call: MethodCall, session: str, _: int) -> list[bytes]:
    rows = call.store.sql("SELECT bytes FROM chunks WHERE bucket='' AND name=? ORDER BY n", (session,))
    return [row[0] for row in rows]


def _save(call: MethodCall, session: str, upload: Json) -> None:
    call.store.sql("UPDATE uploads SET body=? WHERE id=?", (msgspec.json.encode(upload), session))


def _forget(call: MethodCall, session: str) -> None:
    call.store.sql("DELETE FROM uploads WHERE id=?", (session,))
    call.store.sql("DELETE FROM chunks WHERE bucket='' AND name=?", (session,))


def _incomplete(received: int) -> Response:
    """308 with what has arrived; without the header when that is nothing."""
    headers = [("Content-Length", "0")]
    if received:
        headers.append(("Range", f"bytes=0-{received - 1}"))
    return Response(308, headers, [b""])
