"""A run has an end that nothing on the network outlasts: no silence, no byte at a time, no wait before a repeat."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from reconciler.backends import network
from reconciler.backends.auth import TokenRequest
from reconciler.backends.base import BackendError
from reconciler.backends.calls import Call, CallKind
from reconciler.backends.deadline import GRACE_S, Deadline
from reconciler.backends.http import Http
from reconciler.backends.objects import Objects
from reconciler.backends.storage import CloudStorage
from reconciler.backends.targets import EmulatorAt, Google, Service
from reconciler.backends.vertex_reader import VertexReader
from reconciler.core.model import Identity
from tests.backends.fakes import FakeClock, FakeCredentials, Script, an_error, failed
from tests.backends.hostile_server import Answering, Hostile, head, hostile

JOB = "projects/1/locations/us-central1/tuningJobs/1"
READ = Call("tuningJobs.list", Service.VERTEX, "GET", "/v1/jobs", location="us-central1")
END_S, EVERY_S = 0.5, 0.05
MOST_BYTES = 40
"""A byte every twentieth of a second for half a second, and as many again for a slow machine."""


class RealClock:
    def now(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def trickled(content: bytes) -> Iterator[bytes]:
    """A byte at a time, and spaces when there are no more."""
    for byte in content:
        time.sleep(EVERY_S)
        yield bytes([byte])
    while True:
        time.sleep(EVERY_S)
        yield b" "


def _after(start: bytes, content: bytes) -> Answering:
    def answering(_verb: str, _target: str) -> Iterable[bytes]:
        if start:
            yield start
        yield from trickled(content)

    return answering


def _silent(_verb: str, _target: str) -> Iterable[bytes]:
    time.sleep(4 * END_S)
    yield b""


def _informed(_verb: str, _target: str) -> Iterable[bytes]:
    while True:
        time.sleep(EVERY_S)
        yield b"HTTP/1.1 100 Continue\r\n\r\n"


TRICKLES: dict[str, Answering] = {
    "silence": _silent,
    "the status line": _after(b"", b"HTTP/1.1 200 OK and so on and on and on and on and on and on and on"),
    "a header": _after(b"HTTP/1.1 200 OK\r\n", b"x-name: " + b"x" * 1000),
    "preliminary answers": _informed,
    "a body without a length": _after(head(), b'{"name": "'),
    "a body of a known length": _after(head(content_length="1000000"), b'{"name": "'),
    "chunks": _after(head(transfer_encoding="chunked"), b"1\r\nx\r\n" * 1000),
    "the size of a chunk": _after(head(transfer_encoding="chunked"), b"0" * 1000),
    "gzip": _after(head(content_encoding="gzip"), b"\x1f\x8b\x08\x08" + b"\x00" * 6 + b"name" * 1000),
    "an error": _after(head("503 Service Unavailable"), b'{"error": {'),
}


@contextmanager
def slow(answering: Answering, end_s: float | None = END_S) -> Iterator[tuple[Http, Hostile, Deadline]]:
    with hostile(answering) as server:
        clock = RealClock()
        deadline = Deadline(clock, end_s)
        http = Http(EmulatorAt(server.url), clock, deadline=deadline)
        try:
            yield http, server, deadline
        finally:
            http.close()


CALLS: dict[str, Callable[[Http], object]] = {
    "a get": lambda http: VertexReader(http).job(JOB),
    "a list": lambda http: VertexReader(http).jobs("acme", "us-central1"),
    "metadata": lambda http: CloudStorage(http).identity("gs://bucket/x"),
    "a lock": lambda http: Objects(http).read("gs://bucket/lock"),
    "a download": lambda http: list(CloudStorage(http).chunks("gs://bucket/x")),
}


@pytest.mark.parametrize("trickle", TRICKLES)
@pytest.mark.parametrize("call", ["a get", "a list"])
def test_no_answer_is_waited_for_past_the_end_of_the_run(call: str, trickle: str) -> None:
    with slow(TRICKLES[trickle]) as (http, server, deadline):
        with pytest.raises(BackendError) as error:
            CALLS[call](http)

        assert failed(error)[0] in ("API361", "API308")
        assert deadline.left_s < 0 or error.value.diagnostic.code == "API308"
        assert server.bytes_sent <= 250 + 25 * MOST_BYTES
        assert "0.5 s" in error.value.diagnostic.detail or error.value.diagnostic.code == "API308"
        with pytest.raises(BackendError, match="was not sent"):
            CALLS[call](http)


@pytest.mark.parametrize("call", CALLS)
def test_every_kind_of_read_has_that_end(call: str) -> None:
    with slow(TRICKLES["a body without a length"]) as (http, _, _), pytest.raises(BackendError) as error:
        CALLS[call](http)

    assert failed(error)[0] == "API361"


def test_a_download_that_trickles_ends_with_the_run() -> None:
    def answering(verb: str, target: str) -> Iterable[bytes]:
        if "/download/" in target:
            yield from TRICKLES["a body without a length"](verb, target)
        else:
            yield head() + b'{"size": "1000000"}'

    with slow(answering) as (http, _, _), pytest.raises(BackendError) as error:
        list(CloudStorage(http).chunks("gs://bucket/x"))

    assert failed(error)[0] == "API361"


def test_a_request_that_trickles_has_an_end_of_its_own_where_the_run_has_none() -> None:
    with slow(TRICKLES["a body without a length"], None) as (http, server, _):
        call = Call("m", Service.GEMINI, "POST", "/x", kind=CallKind.CREATE, body=b"{}", longest_s=END_S)
        with pytest.raises(BackendError) as error:
            http.send(call)

    assert failed(error) == ("API205", True)
    assert server.bytes_sent <= 250 + MOST_BYTES


def test_a_body_that_nobody_reads_is_not_sent_past_the_end(tmp_path: Path) -> None:
    """The other side takes the head of an upload and then nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = threading.Event()

        def take_little() -> None:
            connection, _ = listener.accept()
            connection.recv(1000)
            done.wait(20)
            connection.close()

        thread = threading.Thread(target=take_little, daemon=True)
        thread.start()
        clock = RealClock()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        http = Http(EmulatorAt(url), clock)
        body = b"x" * 64 * 2**20
        call = Call("m", Service.GEMINI, "POST", "/x", kind=CallKind.CREATE, body=body, longest_s=END_S)
        with pytest.raises(BackendError) as error:
            http.send(call)
        http.close()
        done.set()
        thread.join(10)

    assert failed(error) == ("API205", True)


def test_a_handshake_that_trickles_is_no_connection() -> None:
    with hostile(_after(b"\x16\x03\x03\x40\x00", b"\x02\x00\x3f\xfc" + b"\x00" * 1000)) as server:
        clock = RealClock()
        deadline = Deadline(clock, END_S)
        http = Http(EmulatorAt(server.url.replace("http:", "https:")), clock, deadline=deadline)
        with pytest.raises(BackendError) as error:
            http.send(READ)
        http.close()

    assert failed(error) == ("API361", False)


# What is under way, and what comes last


def a_clock_past_the_end(seconds: float) -> tuple[FakeClock, Deadline]:
    clock = FakeClock()
    deadline = Deadline(clock, 10)
    clock.sleep(10 + seconds)
    clock.slept.clear()
    return clock, deadline


def scripted(*answers: httpx.Response | Exception, past_s: float) -> tuple[Http, Script]:
    clock, deadline = a_clock_past_the_end(past_s)
    script = Script(list(answers))
    http = Http(
        Google(), clock, credentials=FakeCredentials(), transport=httpx.MockTransport(script), deadline=deadline
    )
    return http, script


@pytest.mark.parametrize("kind", CallKind)
def test_nothing_is_begun_after_the_end(kind: CallKind) -> None:
    http, script = scripted(httpx.Response(200, json={}), past_s=0.1)

    with pytest.raises(BackendError) as error:
        http.send(Call("m", Service.GEMINI, "POST", "/x", kind=kind, body=b"{}"))

    assert failed(error) == ("API361", False)
    assert script.requests == []


def test_the_lock_is_written_and_given_back_past_the_end_for_a_while() -> None:
    http, script = scripted(httpx.Response(200, json={"generation": "8"}), past_s=GRACE_S - 1)

    assert Objects(http).write("gs://bucket/lock", b"{}", "7") == "8"
    assert Objects(http).delete("gs://bucket/lock.hold", "7")
    with pytest.raises(BackendError):
        Objects(http).read("gs://bucket/lock")

    assert [r.method for r in script.requests] == ["POST", "DELETE"]


def test_even_that_ends() -> None:
    http, script = scripted(httpx.Response(200, json={"generation": "8"}), past_s=GRACE_S + 1)

    with pytest.raises(BackendError) as error:
        Objects(http).write("gs://bucket/lock", b"{}", "7")

    assert failed(error) == ("API361", False)
    assert script.requests == []


def test_a_change_under_way_is_given_a_while_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be cut off after half a second, and is answered after a whole one."""

    def answering(_verb: str, _target: str) -> Iterable[bytes]:
        time.sleep(2 * END_S)
        yield head() + b"{}"

    call = Call("m", Service.GEMINI, "POST", "/x", kind=CallKind.CREATE, body=b"{}")
    with slow(answering) as (http, _, deadline):
        assert http.send(call).status == 200
        assert deadline.left_s < 0


# Repeats


@pytest.mark.parametrize("left_s", [2.0, 30.0, 59.0])
def test_a_service_that_asks_for_more_time_than_there_is_left_is_not_waited_for(left_s: float) -> None:
    clock = FakeClock()
    script = Script([an_error(429, "RESOURCE_EXHAUSTED", "too many", retry_after="60")])
    http = Http(
        Google(),
        clock,
        credentials=FakeCredentials(),
        transport=httpx.MockTransport(script),
        deadline=Deadline(clock, left_s),
    )

    with pytest.raises(BackendError) as error:
        http.send(READ)

    assert (failed(error)[0], len(script.requests), clock.slept) == ("API307", 1, [])


@pytest.mark.parametrize("end_s", [3.0, 7.0, 20.0])
def test_repeats_never_go_past_the_end(end_s: float) -> None:
    clock = FakeClock()
    script = Script([an_error(503, "UNAVAILABLE", "busy")])
    deadline = Deadline(clock, end_s)
    http = Http(
        Google(), clock, credentials=FakeCredentials(), transport=httpx.MockTransport(script), deadline=deadline
    )

    with pytest.raises(BackendError) as error:
        http.send(READ)

    assert failed(error)[0] == "API308"
    assert sum(clock.slept) < end_s
    assert len(clock.slept) == len(script.requests) - 1


def test_an_upload_that_is_cut_again_and_again_ends_with_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reconciler.backends import upload

    monkeypatch.setattr(upload, "CHUNK_BYTES", 256 * 1024)
    path = tmp_path / "large.jsonl"
    path.write_bytes(b"x" * 600_000)
    clock = FakeClock()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return an_error(404, "NOT_FOUND", "no")
        if request.method == "POST":
            return httpx.Response(200, headers={"location": "https://storage.googleapis.com/upload/x"})
        raise httpx.ReadError("cut")

    http = Http(
        Google(),
        clock,
        credentials=FakeCredentials(),
        transport=httpx.MockTransport(answer),
        deadline=Deadline(clock, 10),
    )
    with pytest.raises(BackendError):
        CloudStorage(http).upload(str(path), "gs://bucket/x", Identity())

    assert sum(clock.slept) <= 10


# Tokens


def test_a_token_service_that_trickles_ends_with_the_run() -> None:
    from google.auth.exceptions import TransportError

    body = json.dumps({"access_token": "x"}).encode()
    with hostile(_after(head(), body)) as server:
        request = TokenRequest(deadline=Deadline(RealClock(), END_S))
        with pytest.raises(TransportError):
            request(server.url)

        assert server.bytes_sent <= 250 + MOST_BYTES


# The mechanism


def test_every_connection_of_a_client_is_watched_those_through_a_proxy_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    client = network.watched(httpx.Client(trust_env=True))

    transports = [t for t in (client._transport, *client._mounts.values()) if isinstance(t, httpx.HTTPTransport)]

    assert len(transports) >= 2
    assert {type(t._pool._network_backend).__name__ for t in transports} == {network._Network.__name__}


def test_no_thread_is_left_behind() -> None:
    before = set(threading.enumerate())
    with slow(TRICKLES["a body without a length"]) as (http, _, _), pytest.raises(BackendError):
        http.send(READ)

    assert {t for t in threading.enumerate() if t not in before} == set()


def test_what_a_person_takes_to_answer_is_not_counted() -> None:
    clock, deadline = a_clock_past_the_end(5)

    deadline.extend(20)

    assert deadline.left_s == 15
    assert deadline.timeout_s == 10
    assert Deadline(clock, None).left_s > 10**9
