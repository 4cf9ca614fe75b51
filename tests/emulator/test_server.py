"""The emulator behind a real socket, in a process of its own that can be killed."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]
MODEL = "/v1/projects/acme/locations/us-central1/publishers/google/models/gemini-3.5-flash"
PROMPT = {"contents": [{"role": "user", "parts": [{"text": "Why is the sky blue?"}]}]}
SCRIPT = """
import sys
from reconciler.emulator import Emulator
from reconciler.emulator.server import serve
emulator = Emulator.open(sys.argv[1], speed="instant")
serve(emulator, host="127.0.0.1", port=0, ready=lambda url: print(url, flush=True))
emulator.close()
print("stopped", flush=True)
"""


class Server:
    """One process over one state file."""

    def __init__(self, state: Path) -> None:
        command = [sys.executable, "-c", SCRIPT, str(state)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()

    def connect(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        assert parts.hostname is not None
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)

    def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        connection = self.connect()
        connection.request(
            method, path, body if isinstance(body, bytes) else json.dumps(body) if body is not None else None
        )
        response = connection.getresponse()
        raw = response.read()
        connection.close()
        return response.status, json.loads(raw) if raw[:1] in (b"{", b"[") else raw

    def stop(self, number: signal.Signals) -> str:
        self.process.send_signal(number)
        out, _ = self.process.communicate(timeout=20)
        return str(out)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "emulator.db"


@pytest.fixture
def server(state: Path) -> Iterator[Server]:
    server = Server(state)
    yield server
    if server.process.poll() is None:
        server.stop(signal.SIGKILL)


def upload(server: Server, name: str) -> None:
    status, _ = server.call("POST", f"/upload/storage/v1/b/acme/o?uploadType=media&name={name}", b"x" * 1000)
    assert status == 200


def test_sigterm_ends_the_server_in_order(server: Server) -> None:
    assert server.call("GET", "/_emulator/health")[1]["status"] == "ok"

    out = server.stop(signal.SIGTERM)

    assert (out.strip(), server.process.returncode) == ("stopped", 0)


def test_one_connection_serves_many_requests(server: Server) -> None:
    connection = server.connect()

    for _ in range(3):
        connection.request("GET", "/v1/projects/acme/locations/us-central1/tuningJobs")
        response = connection.getresponse()
        assert (response.status, response.read()) == (200, b"{}")

    connection.close()


def test_what_was_acknowledged_survives_a_kill(server: Server, state: Path) -> None:
    for n in range(20):
        upload(server, f"object-{n}")
    server.stop(signal.SIGKILL)

    again = Server(state)
    try:
        found = again.call("GET", "/storage/v1/b/acme/o")[1]["items"]
    finally:
        again.stop(signal.SIGTERM)

    assert len(found) == 20


@pytest.mark.parametrize(("fault", "count"), [("reset-before", 0), ("reset-after", 1)])
def test_a_reset_closes_the_connection_without_an_answer(server: Server, fault: str, count: int) -> None:
    server.call("POST", "/_emulator/faults", {"method": "storage.objects.insert", "fault": fault})

    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        upload(server, "a")

    assert len(server.call("GET", "/storage/v1/b/acme/o")[1].get("items", [])) == count


def test_clients_at_the_same_time_are_all_answered(server: Server) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: upload(server, f"object-{n}"), range(40)))

    assert len(server.call("GET", "/storage/v1/b/acme/o")[1]["items"]) == 40


def test_a_stream_arrives_in_chunks(server: Server) -> None:
    body = {"contents": [{"role": "user", "parts": [{"text": "Why is the sky blue?"}]}]}
    model = "/v1/projects/acme/locations/us-central1/publishers/google/models/gemini-3.5-flash"

    status, raw = server.call("POST", f"{model}:streamGenerateContent?alt=sse", body)

    assert status == 200
    assert raw.count(b"\r\n\r\n") == 2


def test_the_end_does_not_wait_for_clients_that_keep_their_connection(server: Server) -> None:
    connection = server.connect()
    connection.request("GET", "/_emulator/ready")
    assert json.loads(connection.getresponse().read())["status"] == "ready"
    begun = time.monotonic()

    server.stop(signal.SIGTERM)

    assert time.monotonic() - begun < 4
    assert server.process.returncode == 0
    connection.close()


def test_the_end_does_not_wait_for_a_silence_that_somebody_asked_for(server: Server) -> None:
    server.call("POST", "/_emulator/scripts", {"text": "too late", "delay": 600})
    connection = server.connect()
    connection.request("POST", f"{MODEL}:generateContent", json.dumps(PROMPT))
    while not server.call("GET", "/_emulator/calls")[1]["calls"]:
        pass

    out = server.stop(signal.SIGTERM)

    assert (out.strip(), server.process.returncode) == ("stopped", 0)
    connection.close()


def test_a_probe_may_ask_for_the_head_alone(server: Server) -> None:
    connection = server.connect()

    connection.request("HEAD", "/_emulator/ready")
    response = connection.getresponse()

    assert (response.status, response.read()) == (200, b"")
    connection.close()


def test_a_scripted_stream_comes_as_slowly_as_it_was_scripted(server: Server) -> None:
    server.call("POST", "/_emulator/scripts", {"chunks": ["a", "b", "c"], "chunkDelay": 0.4})
    connection = server.connect()
    connection.request("POST", f"{MODEL}:streamGenerateContent?alt=sse", json.dumps(PROMPT))
    response, begun, arrived = connection.getresponse(), time.monotonic(), list[float]()

    while line := response.readline():
        if line.strip():
            arrived.append(time.monotonic() - begun)
            if len(arrived) == 1:
                # Others are answered meanwhile.
                assert server.call("GET", "/_emulator/ready")[0] == 200

    assert len(arrived) == 3
    assert arrived[2] - arrived[0] >= 0.7
    connection.close()


@pytest.mark.parametrize("after", [0, 1])
def test_a_scripted_cut_breaks_the_connection_in_the_middle(server: Server, after: int) -> None:
    breaks = {"how": "cut", "after": after}
    server.call("POST", "/_emulator/scripts", {"chunks": ["a", "b"], "breaks": breaks})
    connection = server.connect()
    connection.request("POST", f"{MODEL}:streamGenerateContent?alt=sse", json.dumps(PROMPT))
    response = connection.getresponse()

    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)) as cut:
        response.read()

    assert response.status == 200
    assert b'"text":"b"' not in getattr(cut.value, "partial", b"")
    assert server.call("GET", "/_emulator/calls")[1]["calls"][0]["status"] == 200
    connection.close()
