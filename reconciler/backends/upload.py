"""Uploading a training file once: named by its sha256, refused by the service where it exists already.

Small files go in one request, large ones in a resumable session that is read from disk piece by piece and
goes on where a cut connection left it. What arrives is compared with what was read, and what was read with
the plan.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from reconciler.backends.base import BackendError
from reconciler.backends.calls import Call, CallKind, json_body
from reconciler.backends.failures import failure
from reconciler.backends.http import Http
from reconciler.backends.received import Answer, decoded
from reconciler.backends.storage_types import FIELDS, OBJECT, ObjectName, object_name
from reconciler.backends.targets import Service
from reconciler.core.faults import Fault
from reconciler.core.model import Identity
from reconciler.core.plurals import counted

CHUNK_BYTES = 8 * 1024 * 1024
"""Up to here one request is enough; and the pieces of a session, which must be multiples of 256 KiB."""
_MOST_RESUMES = 8
_READ_BYTES = 256 * 1024
_CONTENT_TYPE = "application/jsonl"


def upload(http: Http, identity_of: Callable[[str], Identity | None], path: str, uri: str, identity: Identity) -> bool:
    """False where the object was there already, with these bytes; BackendError API351 where it has others."""
    name = object_name(uri)
    present = identity_of(uri)
    if present is not None:
        _refuse_other_bytes(uri, present, _read_through(path, identity))
        return False
    try:
        _send(http, path, name, identity)
    except BackendError as error:
        present = identity_of(uri) if error.fault is Fault.CONFLICT else None
        if present is None:
            raise
        # Somebody was faster, or an earlier try of ours worked and its answer was lost.
        _refuse_other_bytes(uri, present, _read_through(path, identity))
        return False
    return True


def _send(http: Http, path: str, name: ObjectName, identity: Identity) -> None:
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size <= CHUNK_BYTES:
            _send_at_once(http, file, path, name, identity)
        else:
            _Session(http, file, path, name, identity, size, _Bytes()).send()


def _send_at_once(http: Http, file: BinaryIO, path: str, name: ObjectName, identity: Identity) -> None:
    content = file.read(CHUNK_BYTES + 1)
    bytes_read = _Bytes()
    bytes_read.add(content)
    bytes_read.refuse_change(path, identity)
    boundary = secrets.token_hex(16)
    metadata = json_body({"name": name.path, "crc32c": bytes_read.crc32c})
    body = (
        f"--{boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n".encode()
        + metadata
        + f"\r\n--{boundary}\r\ncontent-type: {_CONTENT_TYPE}\r\n\r\n".encode()
        + content
        + f"\r\n--{boundary}--\r\n".encode()
    )
    call = Call(
        "objects.insert",
        Service.STORAGE,
        "POST",
        f"/upload/storage/v1/b/{name.bucket}/o",
        kind=CallKind.CHANGE,
        query={"uploadType": "multipart", "ifGenerationMatch": "0", "fields": FIELDS},
        body=body,
        headers={"content-type": f"multipart/related; boundary={boundary}"},
    )
    _refuse_damage(call, http.send(call), bytes_read)


@dataclass(slots=True)
class _Session:
    """One resumable upload. Its address is a secret: whoever has it may write."""

    http: Http
    file: BinaryIO
    path: str
    name: ObjectName
    identity: Identity
    size: int
    bytes_read: _Bytes

    def send(self) -> None:
        url = self._begin()
        offset, resumes = 0, 0
        while True:
            try:
                call, answer = self._piece(url, offset)
            except BackendError as error:
                resumes += 1
                if error.fault is not Fault.TRANSIENT or resumes > _MOST_RESUMES:
                    raise
                self.http.pause(float(2 ** min(resumes, 5)))
                call, answer = self._asked(url)
            if answer.status != 308:
                _refuse_damage(call, answer, self._whole())
                return
            offset = _stored(answer)

    def _begin(self) -> str:
        call = Call(
            "objects.insert",
            Service.STORAGE,
            "POST",
            f"/upload/storage/v1/b/{self.name.bucket}/o",
            kind=CallKind.CHANGE,
            query={"uploadType": "resumable", "ifGenerationMatch": "0", "fields": FIELDS},
            body=json_body({"name": self.name.path}),
            headers={"x-upload-content-type": _CONTENT_TYPE, "x-upload-content-length": str(self.size)},
        )
        url = self.http.send(call).headers.get("location", "")
        base = self.http.target.base_url(Service.STORAGE, "")
        if _origin(url) != _origin(base):
            raise failure("API216", detail=f"objects.insert names {urlsplit(url).hostname!r} for the upload.")
        return url

    def _piece(self, url: str, offset: int) -> tuple[Call, Answer]:
        content = self._read(offset)
        end = offset + len(content)
        last = end >= self.size
        if last:
            # Checked before the last piece goes out: a file that changed never becomes an object.
            self._whole().refuse_change(self.path, self.identity)
        call = self._put(url, content, f"bytes {offset}-{end - 1}/{self.size}")
        return call, self.http.send(call)

    def _asked(self, url: str) -> tuple[Call, Answer]:
        """How much of it has arrived; the whole object where everything has."""
        call = self._put(url, b"", f"bytes */{self.size}")
        return call, self.http.send(call)

    def _read(self, offset: int) -> bytes:
        try:
            self.file.seek(offset)
            content = self.file.read(CHUNK_BYTES)
        except OSError as error:
            raise _unreadable(self.path, error) from error
        if not content:
            raise _changed(self.path, "it became shorter")
        if offset == self.bytes_read.size:
            self.bytes_read.add(content)
        return content

    def _whole(self) -> _Bytes:
        return self.bytes_read

    def _put(self, url: str, content: bytes, content_range: str) -> Call:
        return Call(
            "objects.insert",
            Service.STORAGE,
            "PUT",
            "",
            kind=CallKind.ASK,  # a piece is not sent twice: the session is asked what it has
            url=url,
            body=content,
            headers={"content-range": content_range, "content-type": _CONTENT_TYPE},
            accepts=frozenset({308}),
        )


class _Bytes:
    """What identifies the bytes that were read so far."""

    def __init__(self) -> None:
        import google_crc32c

        self._crc: Any = google_crc32c.Checksum()  # type: ignore[no-untyped-call]
        self._sha256 = hashlib.sha256()
        self.size = 0

    def add(self, content: bytes) -> None:
        self._crc.update(content)
        self._sha256.update(content)
        self.size += len(content)

    @property
    def crc32c(self) -> str:
        return base64.b64encode(self._crc.digest()).decode()

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    def refuse_change(self, path: str, planned: Identity) -> None:
        """The object is named after the planned bytes: no others may get that name."""
        if planned.size is not None and planned.size != self.size:
            raise _changed(path, f"it has {counted(self.size, 'byte')}, not {planned.size:,}")
        if planned.sha256 and planned.sha256 != self.sha256:
            raise _changed(path, "its sha256 is another")
        if planned.crc32c and planned.crc32c != self.crc32c:
            raise _changed(path, "its crc32c is another")


def _read_through(path: str, planned: Identity) -> Identity:
    """crc32c and size of the planned bytes, read from the file only where the plan does not know them."""
    if planned.crc32c and planned.size is not None:
        return planned
    whole = _Bytes()
    with _opened(path) as file:
        for content in iter(lambda: file.read(_READ_BYTES), b""):
            whole.add(content)
    whole.refuse_change(path, planned)
    return Identity(crc32c=whole.crc32c, size=whole.size)


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs its import at every start
            yield file
    except OSError as error:
        raise _unreadable(path, error) from error


def _refuse_other_bytes(uri: str, present: Identity, ours: Identity) -> None:
    if not present.same_bytes(ours):
        raise failure(
            "API351",
            detail=f"{uri} has {_described(present)}, not {_described(ours)}.",
            fix="Look at who wrote it; delete it if it is a damaged upload.",
        )


def _refuse_damage(call: Call, answer: Answer, sent: _Bytes) -> None:
    arrived = decoded(answer, call, OBJECT)
    if (arrived.size, arrived.crc32c) != (sent.size, sent.crc32c):
        raise failure(
            "API352",
            detail=f"{_described(arrived.identity)} arrived of {counted(sent.size, 'byte')} with crc32c {sent.crc32c}.",
            fix="Delete the object and run the command again.",
        )


def _described(identity: Identity) -> str:
    size = "An unknown size" if identity.size is None else counted(identity.size, "byte")
    return f"{size} with crc32c {identity.crc32c}"


def _stored(answer: Answer) -> int:
    """How many bytes a 308 says are stored: `Range: bytes=0-262143`; nothing where it is absent."""
    end = answer.headers.get("range", "").rpartition("-")[2]
    return int(end) + 1 if end.isdecimal() else 0


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return (parts.scheme, parts.netloc)


def _unreadable(path: str, error: OSError) -> BackendError:
    return failure("API354", detail=f"{path}: {error.strerror or error}.")


def _changed(path: str, how: str) -> BackendError:
    return failure("API353", detail=f"{path}: {how}.", fix="Run the command again.")
