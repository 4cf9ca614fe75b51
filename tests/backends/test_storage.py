"""Which bytes an object has, and uploads: once, whole, and of the planned bytes."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import google_crc32c
import httpx
import pytest

from reconciler.backends import upload
from reconciler.backends.base import BackendError
from reconciler.backends.http import Http
from reconciler.backends.inprocess import InProcessTransport
from reconciler.backends.objects import Objects
from reconciler.backends.storage import CloudStorage
from reconciler.backends.storage_types import object_name
from reconciler.backends.targets import EMBEDDED
from reconciler.core.faults import Fault
from reconciler.core.model import Identity
from reconciler.emulator import Request
from tests.backends.fakes import Cloud, an_error, failed, wired

URI = "gs://bucket/staging/abc.jsonl"
MIB = 1024 * 1024


def crc32c(content: bytes) -> str:
    return base64.b64encode(google_crc32c.Checksum(content).digest()).decode()  # type: ignore[no-untyped-call]


def planned(content: bytes) -> Identity:
    return Identity(crc32c(content), len(content), hashlib.sha256(content).hexdigest())


@pytest.fixture
def cloud() -> Cloud:
    return Cloud.open()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "train.jsonl"
    path.write_bytes(b'{"a": 1}\n' * 1000)
    return path


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three pieces of a session."""
    monkeypatch.setattr(upload, "CHUNK_BYTES", 256 * 1024)
    path = tmp_path / "large.jsonl"
    path.write_bytes(bytes(range(256)) * 2500)
    return path


def test_an_uploaded_file_has_its_bytes_and_its_identity(cloud: Cloud, path: Path) -> None:
    content = path.read_bytes()

    sent = cloud.storage.upload(str(path), URI, planned(content))

    identity = cloud.storage.identity(URI)
    assert sent
    assert identity is not None
    assert identity.same_bytes(planned(content))
    assert identity.generation
    assert b"".join(cloud.storage.chunks(URI)) == content


def test_a_large_file_goes_in_pieces(cloud: Cloud, large: Path) -> None:
    content = large.read_bytes()

    cloud.storage.upload(str(large), URI, planned(content))

    assert b"".join(cloud.storage.chunks(URI)) == content
    assert [method for method, _ in cloud.requests].count("PUT") == 3


class CutsOnce(httpx.BaseTransport):
    """Cuts the connection at the second piece of an upload, before or after the other side has it."""

    def __init__(self, inner: httpx.BaseTransport, *, after: bool) -> None:
        self.inner = inner
        self.after = after
        self.ranges: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "PUT":
            return self.inner.handle_request(request)
        self.ranges.append(request.headers["content-range"])
        if len(self.ranges) == 2 and self.after:
            self.inner.handle_request(request)
        if len(self.ranges) == 2:
            raise httpx.RemoteProtocolError("cut")
        return self.inner.handle_request(request)


@pytest.mark.parametrize("after", [True, False])
def test_a_large_upload_goes_on_where_it_was_cut(cloud: Cloud, large: Path, after: bool) -> None:
    content, piece = large.read_bytes(), 256 * 1024
    cuts = CutsOnce(InProcessTransport(cloud.emulator.handle, Request), after=after)
    storage = CloudStorage(Http(EMBEDDED, cloud.clock, transport=cuts))

    storage.upload(str(large), URI, planned(content))

    total = len(content)
    second, third = f"bytes {piece}-{2 * piece - 1}/{total}", f"bytes {2 * piece}-{total - 1}/{total}"
    repeated = [] if after else [second]
    assert b"".join(cloud.storage.chunks(URI)) == content
    assert cuts.ranges[1:] == [second, f"bytes */{total}", *repeated, third]


def test_nothing_is_sent_twice(cloud: Cloud, path: Path) -> None:
    identity = planned(path.read_bytes())
    cloud.storage.upload(str(path), URI, identity)
    cloud.requests.clear()

    sent = cloud.storage.upload(str(path), URI, identity)

    assert not sent
    assert [method for method, _ in cloud.requests] == ["GET"]


def test_an_object_of_other_bytes_is_never_overwritten(cloud: Cloud, path: Path) -> None:
    cloud.storage.upload(str(path), URI, planned(path.read_bytes()))
    path.write_bytes(b"others")

    with pytest.raises(BackendError) as error:
        cloud.storage.upload(str(path), URI, planned(b"others"))

    assert failed(error) == ("API351", False)
    assert b"".join(cloud.storage.chunks(URI)) != b"others"


@pytest.mark.parametrize("status", [409, 412])
def test_a_conflict_over_an_object_that_is_not_there_is_told_as_it_is(status: int, path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return an_error(404 if request.method == "GET" else status, "X", "the bucket is busy")

    with pytest.raises(BackendError) as error:
        CloudStorage(wired(answer).http).upload(str(path), URI, planned(path.read_bytes()))

    assert error.value.fault is Fault.CONFLICT
    assert "the bucket is busy" in error.value.diagnostic.detail


@pytest.mark.parametrize("size", ["path", "large"])
def test_a_file_that_changed_since_it_was_planned_becomes_no_object(
    cloud: Cloud, size: str, request: pytest.FixtureRequest
) -> None:
    file: Path = request.getfixturevalue(size)
    before = planned(file.read_bytes())
    file.write_bytes(file.read_bytes()[:-1] + b"!")

    with pytest.raises(BackendError) as error:
        cloud.storage.upload(str(file), URI, before)

    assert failed(error) == ("API353", False)
    assert cloud.storage.identity(URI) is None


def test_a_file_that_cannot_be_read_is_said(cloud: Cloud, tmp_path: Path) -> None:
    with pytest.raises(BackendError) as error:
        cloud.storage.upload(str(tmp_path / "absent.jsonl"), URI, Identity())

    assert failed(error) == ("API354", False)
    assert "absent.jsonl" in error.value.diagnostic.detail


def test_an_upload_whose_answer_was_lost_is_there_already(cloud: Cloud, path: Path) -> None:
    cloud.fault("storage.objects.insert", "reset-after")

    cloud.storage.upload(str(path), URI, planned(path.read_bytes()))

    identity = cloud.storage.identity(URI)
    assert identity is not None
    assert identity.same_bytes(planned(path.read_bytes()))
    assert cloud.faults_left() == 0


def test_an_upload_that_arrives_damaged_is_not_used(path: Path) -> None:
    w = wired(
        an_error(404, "NOT_FOUND", "No such object"),
        httpx.Response(200, json={"size": "9000", "crc32c": "AAAAAA==", "generation": "1"}),
    )

    with pytest.raises(BackendError) as error:
        CloudStorage(w.http).upload(str(path), URI, planned(path.read_bytes()))

    assert failed(error)[0] == "API352"


def test_an_upload_says_that_the_object_must_not_exist_and_which_checksum_it_has(path: Path) -> None:
    content = path.read_bytes()
    stored = {"size": str(len(content)), "crc32c": crc32c(content), "generation": "1"}
    w = wired(an_error(404, "NOT_FOUND", "No such object"), httpx.Response(200, json=stored))

    CloudStorage(w.http).upload(str(path), URI, planned(content))

    request = w.script.requests[-1]
    assert request.url.params["ifGenerationMatch"] == "0"
    metadata = json.loads(request.content.split(b"\r\n\r\n")[1].split(b"\r\n")[0])
    assert metadata == {"name": "staging/abc.jsonl", "crc32c": crc32c(content)}


def test_an_upload_session_on_another_host_gets_neither_data_nor_token(large: Path) -> None:
    session = httpx.Response(200, headers={"location": "https://evil.example/upload?upload_id=canary"})
    w = wired(an_error(404, "NOT_FOUND", "No such object"), session)

    with pytest.raises(BackendError) as error:
        CloudStorage(w.http).upload(str(large), URI, planned(large.read_bytes()))

    assert failed(error) == ("API216", False)
    assert {r.url.host for r in w.script.requests} == {"storage.googleapis.com"}
    assert "canary" not in str(error.value)


def test_a_session_that_keeps_breaking_ends_and_keeps_its_address_to_itself(large: Path) -> None:
    location = "https://storage.googleapis.com/upload/storage/v1/b/bucket/o?upload_id=canary"
    w = wired(
        an_error(404, "NOT_FOUND", "No such object"),
        httpx.Response(200, headers={"location": location}),
        httpx.ReadError("reset"),
    )

    with pytest.raises(BackendError) as error:
        CloudStorage(w.http).upload(str(large), URI, planned(large.read_bytes()))

    assert error.value.fault is Fault.TRANSIENT
    assert len(w.script.requests) < 20
    assert "canary" not in str(error.value)


def test_names_with_slashes_spaces_and_percent_signs_are_one_object(cloud: Cloud, path: Path) -> None:
    uri = "gs://bucket/a b/50%/ü?#.jsonl"

    cloud.storage.upload(str(path), uri, planned(path.read_bytes()))

    assert cloud.storage.identity(uri) is not None
    assert b"".join(cloud.storage.chunks(uri)) == path.read_bytes()


@pytest.mark.parametrize(
    "uri", ["", "s3://b/o", "gs://", "gs://b", "gs://bucket/", "gs://bucket/dir/", "/a/b", "gs://../o"]
)
def test_what_names_no_object_is_refused(uri: str) -> None:
    with pytest.raises(BackendError) as error:
        object_name(uri)

    assert failed(error) == ("API350", False)


def test_an_object_that_is_absent_is_none_and_a_failure_is_not(cloud: Cloud) -> None:
    absent = cloud.storage.identity(URI)
    cloud.fault("storage.objects.get", *["status:503"] * 5)

    with pytest.raises(BackendError):
        cloud.storage.identity(URI)

    assert absent is None


def test_reading_an_object_that_is_absent_is_an_error(cloud: Cloud) -> None:
    with pytest.raises(BackendError) as error:
        list(cloud.storage.chunks(URI))

    assert error.value.fault is Fault.NOT_FOUND


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (
            httpx.Response(200, text="<!DOCTYPE html><title>Wifi</title>", headers={"content-type": "text/html"}),
            "API211",
        ),
        (httpx.Response(200, text="{}"), "API213"),
    ],
)
def test_bytes_of_no_generation_are_no_lock(answer: httpx.Response, code: str) -> None:
    """A page of the network was taken for a lock that somebody had damaged, and for a lease that nobody held."""
    with pytest.raises(BackendError) as error:
        Objects(wired(lambda _: answer).http).read("gs://acme-locks/tuneform.lock")

    assert failed(error) == (code, False)
