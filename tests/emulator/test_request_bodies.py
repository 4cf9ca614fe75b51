"""What the emulator reads of a request is bounded: each body, and all of them at once."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest

from reconciler.emulator import Emulator, server

MIB = 2**20
JSON = "/v1/projects/acme/locations/us-central1/tuningJobs"
UPLOAD = "/upload/storage/v1/b/acme/o"


@pytest.fixture
def app() -> Iterator[server._App]:
    emulator = Emulator.open(None, speed="instant")
    yield server._App(emulator)
    emulator.close()


class Client:
    """One request over ASGI: pieces of this size, without end where there is no number of them."""

    def __init__(self, path: str, piece: bytes, pieces: int | None = None, told: int | None = None) -> None:
        headers = [(b"content-length", str(told).encode())] if told is not None else []
        query = b"uploadType=media&name=x" if path == UPLOAD else b""
        self.scope: dict[str, Any] = {
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query,
            "headers": headers,
            "client": None,
        }
        self.piece = piece
        self.pieces = pieces
        self.sent = 0
        self.status = 0
        self.answer = b""

    async def receive(self) -> MutableMapping[str, Any]:
        self.sent += 1
        await asyncio.sleep(0)
        return {"type": "http.request", "body": self.piece, "more_body": self.pieces is None or self.sent < self.pieces}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        self.status = message.get("status", self.status)
        self.answer += message.get("body", b"")

    async def ask(self, app: server._App) -> int:
        await app(self.scope, self.receive, self.send)
        return self.status


@pytest.mark.parametrize(
    ("path", "limit"), [(JSON, 20 * MIB), (f"{JSON}/1:cancel", 20 * MIB), ("/upload", 20 * MIB), (UPLOAD, 256 * MIB)]
)
def test_a_body_without_end_is_refused_at_its_limit(app: server._App, path: str, limit: int) -> None:
    client = Client(path, b" " * MIB)

    status = asyncio.run(client.ask(app))

    assert status == 413
    assert str(limit).encode() in client.answer
    assert client.sent == limit // MIB + 1


def test_a_body_that_says_it_is_too_large_is_not_read_at_all(app: server._App) -> None:
    client = Client(JSON, b" " * MIB, told=21 * MIB)

    status = asyncio.run(client.ask(app))

    assert (status, client.sent) == (413, 0)


def test_an_upload_may_be_larger_than_json(app: server._App) -> None:
    assert asyncio.run(Client(UPLOAD, b"x" * MIB, 21).ask(app)) == 200


def test_a_body_is_held_once_while_it_is_read(app: server._App) -> None:
    async def read() -> int:
        body = server._Body(app)
        client = Client(UPLOAD, b"x" * 65536, 512)
        tracemalloc.start()
        assert await body.read(client.scope, client.receive) is None
        size = len(body.whole())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 1.3 * size + MIB
        return size

    assert asyncio.run(read()) == 32 * MIB


def test_many_clients_at_once_fill_no_more_memory_than_there_is_room_for(
    app: server._App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MOST_HELD_BYTES", 16 * MIB)
    clients = [Client(JSON, b" " * 65536, 19 * 16) for _ in range(20)]

    async def all_of_them() -> list[int]:
        return await asyncio.gather(*(client.ask(app) for client in clients))

    tracemalloc.start()
    statuses = asyncio.run(all_of_them())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert set(statuses) <= {400, 503}
    assert 503 in statuses
    assert peak < 3 * 16 * MIB
    assert asyncio.run(Client(UPLOAD, b"x", 1).ask(app)) == 200
    assert app._held == 0


@pytest.mark.parametrize("item", [b"[]", b"{}", b'""', b"0", b'{"a":0}', b"[[]]", b'"ab"', b"1.5"])
def test_a_body_of_small_values_takes_a_constant_times_its_size(app: server._App, item: bytes) -> None:
    body = b"[" + b",".join([item] * (server.MAX_BODY_BYTES // (len(item) + 1) - 1)) + b"]"
    client = Client(JSON, body, 1)

    tracemalloc.start()
    status = asyncio.run(client.ask(app))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert status == 400
    assert b"values" in client.answer
    assert peak < 2 * len(body)
