"""What a service may send is bounded, whatever it sends: in bytes, in pages, and in the memory that it takes."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from reconciler.backends.auth import TokenRequest
from reconciler.backends.base import BackendError
from reconciler.backends.bounded import EXPANSION
from reconciler.backends.calls import Call, CallKind
from reconciler.backends.generation import streamed
from reconciler.backends.http import LARGEST_LIST, MOST_PAGES, Http
from reconciler.backends.objects import Objects
from reconciler.backends.served import emulator_id
from reconciler.backends.storage import CloudStorage
from reconciler.backends.targets import EmulatorAt, Service
from reconciler.backends.vertex_reader import VertexReader
from reconciler.core.sizes import MIB
from tests.backends.fakes import FakeClock, failed, wired
from tests.backends.hostile_server import Answering, Hostile, bomb, endless, head, hostile

JOB_NAME = "projects/1/locations/us-central1/tuningJobs/1"
URI = "gs://bucket/train.jsonl"
SMALL = MIB


@contextmanager
def served(answering: Answering, largest_bytes: int = SMALL) -> Iterator[tuple[Http, Hostile]]:
    with hostile(answering) as server:
        http = Http(EmulatorAt(server.url), FakeClock(), largest_bytes=largest_bytes, timeout_s=10)
        try:
            yield http, server
        finally:
            http.close()


def always(*pieces: bytes | Iterator[bytes]) -> Answering:
    """The same head and body for every request."""

    def answering(_verb: str, _target: str) -> Iterable[bytes]:
        for piece in pieces:
            if isinstance(piece, bytes):
                yield piece
            else:
                yield from piece

    return answering


ENDLESS: dict[str, Callable[[], Answering]] = {
    "spaces without a length": lambda: always(head(), endless(b" " * 65536)),
    "one string": lambda: always(head(), b'{"name": "', endless(b"x" * 65536)),
    "a length of a terabyte": lambda: always(head(content_length=str(2**40)), endless(b" " * 65536)),
    "chunks": lambda: always(head(transfer_encoding="chunked"), endless(b"10000\r\n" + b" " * 65536 + b"\r\n")),
    "a gzip bomb": lambda: always(head(content_encoding="gzip"), bomb()),
    "empty members of gzip": lambda: always(head(content_encoding="gzip"), endless(gzip.compress(b"") * 1000)),
}


def without_end(kind: str) -> Answering:
    """Anew for each request."""

    def answering(verb: str, target: str) -> Iterable[bytes]:
        return ENDLESS[kind]()(verb, target)

    return answering


CALLS: dict[str, Callable[[Http], object]] = {
    "a job": lambda http: VertexReader(http).job(JOB_NAME),
    "jobs": lambda http: VertexReader(http).jobs("acme", "us-central1"),
    "an object's metadata": lambda http: CloudStorage(http).identity(URI),
    "a listing of objects": lambda http: CloudStorage(http).listed("gs://bucket/folder"),
    "an object read whole": lambda http: Objects(http).read("gs://bucket/lock"),
    "a write of an object": lambda http: Objects(http).write("gs://bucket/lock", b"{}", "0"),
    "which emulator it is": emulator_id,
    "a prompt": lambda http: list(
        streamed(http, Call("generate", Service.VERTEX, "POST", "/v1/x", kind=CallKind.ASK, location="eu", body=b"{}"))
    ),
}


@pytest.mark.parametrize("body", ENDLESS)
@pytest.mark.parametrize("call", CALLS)
def test_no_answer_of_any_service_is_read_without_end(call: str, body: str) -> None:
    with served(without_end(body)) as (http, _):
        tracemalloc.start()
        with pytest.raises(BackendError) as error:
            CALLS[call](http)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        assert error.value.diagnostic.code == "API214"
        # What was on its way when reading ended, on each of a few connections, and what a bomb is made of.
        assert peak < EXPANSION * SMALL + 8 * MIB


@pytest.mark.parametrize("kind", [CallKind.CREATE, CallKind.CHANGE])
@pytest.mark.parametrize("body", [*ENDLESS, "another encoding", "cut gzip"])
def test_an_answer_that_is_not_read_to_its_end_leaves_open_what_it_answered(kind: CallKind, body: str) -> None:
    others = {
        "another encoding": always(head(content_encoding="br"), b"x"),
        "cut gzip": always(head(content_encoding="gzip"), gzip.compress(b"{}")[:-3]),
    }
    with served(others.get(body) or without_end(body)) as (http, _), pytest.raises(BackendError) as error:
        http.send(Call("tuningJobs.create", Service.VERTEX, "POST", "/x", kind=kind, location="eu", body=b"{}"))

    assert error.value.may_have_worked
    assert error.value.diagnostic.code in {"API214", "API363", "API212"}


@pytest.mark.parametrize("body", ENDLESS)
@pytest.mark.parametrize("status", ["400 Bad Request", "404 Not Found", "503 Service Unavailable"])
def test_an_error_without_end_is_still_that_error(status: str, body: str) -> None:
    def answering(verb: str, target: str) -> Iterable[bytes]:
        pieces = iter(ENDLESS[body]()(verb, target))
        yield next(pieces).replace(b"200 OK", status.encode())
        yield from pieces

    with served(answering) as (http, _), pytest.raises(BackendError) as error:
        http.send(Call("m", Service.VERTEX, "POST", "/x", kind=CallKind.ASK, location="eu", body=b"{}"))

    assert error.value.diagnostic.code in {"API301", "API304", "API308", "API303"}


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip", "compress", "\u00fc"])
def test_what_is_compressed_in_another_way_than_was_asked_for_is_not_read(encoding: str) -> None:
    body = gzip.compress(gzip.compress(b"{}"))
    raw = head(content_encoding="?").replace(b"?", encoding.encode("latin-1"))
    with served(always(raw, body)) as (http, _), pytest.raises(BackendError) as error:
        VertexReader(http).model(JOB_NAME)

    assert failed(error) == ("API363", False)


@pytest.mark.parametrize("spelt", ["gzip", "GZIP", "x-gzip", "identity"])
def test_what_was_asked_for_is_unpacked(spelt: str) -> None:
    plain = json.dumps({"name": "x" * 300_000}).encode()
    body = plain if spelt == "identity" else gzip.compress(plain[:1000]) + gzip.compress(plain[1000:])
    with served(always(head(content_encoding=spelt), body)) as (http, _):
        assert http.send(Call("m", Service.GEMINI, "GET", "/x")).body == plain


# Tokens and the metadata server


@pytest.mark.parametrize("body", ENDLESS)
def test_the_token_service_is_not_read_without_end_either(body: str) -> None:
    from google.auth.exceptions import TransportError

    with hostile(without_end(body)) as server, pytest.raises(TransportError, match="answered what is no token"):
        TokenRequest()(server.url)


# Lists


def _page(number: int, jobs: int = 0) -> bytes:
    names = [{"name": f"{JOB_NAME}{n}"} for n in range(jobs)]
    return json.dumps({"tuningJobs": names, "nextPageToken": f"token {number}"}).encode()


def test_pages_that_do_not_end_are_an_error_after_so_many() -> None:
    with served(lambda _v, _t: [head(), _page(len(server[0].asked))]) as (http, seen):
        server.append(seen)
        with pytest.raises(BackendError) as error:
            VertexReader(http).jobs("acme", "us-central1")

    server.clear()
    assert failed(error) == ("API217", False)
    assert len(seen.asked) == MOST_PAGES


server: list[Hostile] = []


def test_pages_that_are_too_much_together_are_an_error() -> None:
    with served(lambda _v, _t: [head(), _page(len(server[0].asked), 10_000)]) as (http, seen):
        server.append(seen)
        with pytest.raises(BackendError) as error:
            VertexReader(http).jobs("acme", "us-central1")

    server.clear()
    assert failed(error) == ("API217", False)
    assert seen.bytes_sent <= LARGEST_LIST * SMALL + 2 * SMALL


def test_no_answer_leaves_a_cookie_behind() -> None:
    sent: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers.get("cookie", "").encode())
        return httpx.Response(200, json={}, headers={"set-cookie": f"c{len(sent)}={'x' * 1000}; Path=/"})

    w = wired(answer)
    for _ in range(5):
        w.http.send(Call("m", Service.GEMINI, "GET", "/x"))

    assert sent == [b""] * 5
    assert w.http._client is not None
    assert len(w.http._client.cookies.jar) == 0


@pytest.mark.parametrize("token", ["same", "x" * 20_000])
def test_a_token_that_comes_again_or_is_a_book_is_an_error(token: str) -> None:
    body = json.dumps({"nextPageToken": token}).encode()
    with served(always(head(), body)) as (http, seen), pytest.raises(BackendError) as error:
        VertexReader(http).jobs("acme", "us-central1")

    assert failed(error) == ("API217", False)
    assert len(seen.asked) <= 2


def test_a_page_that_is_too_large_is_asked_for_in_smaller_ones() -> None:
    """A project whose jobs quote long examples is read all the same."""
    jobs = [{"name": f"{JOB_NAME}{n}", "description": "x" * 3000} for n in range(1500)]

    def answering(_verb: str, target: str) -> list[bytes]:
        query = dict(part.split("=") for part in target.partition("?")[2].split("&"))
        start, size = int(query.get("pageToken", 0)), int(query["pageSize"])
        page: dict[str, Any] = {"tuningJobs": jobs[start : start + size]}
        if start + size < len(jobs):
            page["nextPageToken"] = str(start + size)
        return [head(), json.dumps(page).encode()]

    with served(answering, largest_bytes=2 * MIB) as (http, seen):
        found = VertexReader(http).jobs("acme", "us-central1")

    assert [job.name for job in found] == [job["name"] for job in jobs]
    assert len(seen.asked) == 1 + 15


# Downloads


def _object(size: int | str | None, *body: bytes | Iterator[bytes], stored: str = "", **headers: str) -> Answering:
    """Metadata with this size, and whatever body."""
    told: dict[str, Any] = {"generation": "7", "crc32c": "AAAAAA==", "contentEncoding": stored}
    if size is not None:
        told["size"] = size

    def answering(verb: str, target: str) -> Iterable[bytes]:
        if not target.startswith("/download/"):
            return [head(), json.dumps(told).encode()]
        return always(head(**headers), *body)(verb, target)

    return answering


OBJECTS_THAT_LIE: dict[str, Callable[[], Answering]] = {
    "endless": lambda: _object("1000", endless(b'{"a": 1}\n' * 1000)),
    "endless chunks": lambda: _object("1000", endless(b"3e8\r\n" + b"x" * 1000 + b"\r\n"), transfer_encoding="chunked"),
    "one byte more": lambda: _object("1000", b"x" * 1001, content_length="1001"),
    "one byte less": lambda: _object("1000", b"x" * 999, content_length="999"),
    "nothing": lambda: _object("1000", b"", content_length="0"),
    "something where there is nothing": lambda: _object("0", b"x", content_length="1"),
    "a bomb": lambda: _object("1000", bomb(), content_encoding="gzip"),
    "a bomb that is said to be stored": lambda: _object("1000", bomb(), stored="gzip", content_encoding="gzip"),
    "empty members of gzip": lambda: _object("1000", endless(gzip.compress(b"") * 1000), content_encoding="gzip"),
}


@pytest.mark.parametrize("lie", OBJECTS_THAT_LIE)
def test_a_download_ends_with_the_size_that_the_object_is_said_to_have(lie: str) -> None:
    read: list[int] = []
    with served(OBJECTS_THAT_LIE[lie]()) as (http, _):
        tracemalloc.start()
        with pytest.raises(BackendError) as error:
            read.extend(map(len, CloudStorage(http).chunks(URI)))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert failed(error) == ("API362", False)
    assert URI in error.value.diagnostic.detail
    assert sum(read) <= 1000 * 1032
    assert peak < 6 * MIB


def test_an_object_without_a_size_is_not_read() -> None:
    with served(_object(None, b"x")) as (http, seen), pytest.raises(BackendError) as error:
        list(CloudStorage(http).chunks(URI))

    assert failed(error) == ("API213", False)
    assert len(seen.asked) == 1


@pytest.mark.parametrize("stored", ["", "gzip"])
@pytest.mark.parametrize("sent", ["", "gzip"])
def test_an_object_may_be_compressed_where_it_is_stored_or_on_its_way(stored: str, sent: str) -> None:
    plain = b'{"a": 1}\n' * 10_000
    packed = gzip.compress(plain)
    size = len(packed) if stored else len(plain)
    headers = {"content_encoding": sent} if sent else {}
    with served(_object(str(size), packed if sent else plain, stored=stored, **headers)) as (http, _):
        assert b"".join(CloudStorage(http).chunks(URI)) == plain


def test_an_object_may_be_larger_than_any_answer() -> None:
    size = 3 * SMALL
    with served(_object(size, b"x" * size)) as (http, _):
        assert sum(map(len, CloudStorage(http).chunks(URI))) == size


def test_a_download_is_of_the_generation_whose_size_was_told() -> None:
    with served(_object(1, b"x")) as (http, seen):
        list(CloudStorage(http).chunks(URI))

    assert "ifGenerationMatch=7" in seen.asked[1]
