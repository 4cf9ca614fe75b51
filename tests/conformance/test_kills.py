"""kill -9 while it writes: whatever was acknowledged is there when it is started again."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]
ROUNDS = int(os.environ.get("TUNEFORM_KILLS", "20"))
WRITERS = 4
SCRIPT = """
import sys
from reconciler.emulator import Emulator
from reconciler.emulator.server import serve
emulator = Emulator.open(sys.argv[1], speed="instant", catalog="historic", seed=5)
serve(emulator, host="127.0.0.1", port=0, ready=lambda url: print(url, flush=True))
"""
JOBS = "/v1/projects/acme/locations/us-central1/tuningJobs"
TRAIN = b'{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"b"}]}]}\n' * 20


@dataclass
class Acknowledged:
    """What the server said that it had done, by what would show it."""

    paths: list[str] = field(default_factory=list)
    begun: int = 0

    def write(self, connection: http.client.HTTPConnection, n: int) -> None:
        """One write of one of three kinds; remembered when, and only when, its answer has come."""
        verb, target, body, name = _write(n)
        self.begun += 1
        connection.request(verb, target, body)
        answer = connection.getresponse()
        content = json.loads(answer.read())
        assert answer.status == 200, content
        self.paths.append(name or f"/v1/{content['name']}")


def _write(n: int) -> tuple[str, str, bytes, str]:
    """Verb, target and body of a write, and where it can be seen ("" where the answer says it)."""
    if n % 3 == 0:
        return (
            "POST",
            f"/upload/storage/v1/b/acme/o?uploadType=media&name=o{n}",
            b"x" * 300,
            f"/storage/v1/b/acme/o/o{n}",
        )
    if n % 3 == 1:
        spec = {"trainingDatasetUri": "gs://acme/train.jsonl"}
        body = {"baseModel": "gemini-2.5-flash", "supervisedTuningSpec": spec}
        return "POST", JOBS, json.dumps(body).encode(), ""
    pairs = [{"textInput": f"in {i}", "output": f"out {i}"} for i in range(20)]
    model = {
        "baseModel": "models/gemini-1.5-flash-001-tuning",
        "tuningTask": {"trainingData": {"examples": {"examples": pairs}}},
    }
    return "POST", f"/v1beta/tunedModels?tunedModelId=m{n}", json.dumps(model).encode(), f"/v1beta/tunedModels/m{n}"


@contextmanager
def running(state: Path) -> Iterator[tuple[subprocess.Popen[str], Callable[[], http.client.HTTPConnection]]]:
    """A server process of its own over the state, and how to reach it. It is dead afterwards."""
    command = [sys.executable, "-c", SCRIPT, str(state)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        where = urlsplit(process.stdout.readline().strip())
        assert where.hostname, "the server did not start"
        try:
            yield process, lambda: http.client.HTTPConnection(str(where.hostname), where.port, timeout=20)
        finally:
            process.kill()


def killed_while_writing(state: Path, first: int, after_s: float, *, prepare: bool) -> Acknowledged:
    """Start it, write from several sides, kill it."""
    acknowledged = Acknowledged()
    numbers = iter(range(first, first + 1_000_000))
    with running(state) as (process, connect):
        if prepare:
            with closing(connect()) as connection:
                _call(connection, "POST", "/upload/storage/v1/b/acme/o?uploadType=media&name=train.jsonl", TRAIN)
        writers = [
            threading.Thread(target=_keep_writing, args=(acknowledged, connect(), numbers)) for _ in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        threading.Event().wait(after_s)
        process.send_signal(signal.SIGKILL)
        for writer in writers:
            writer.join(30)
        assert process.wait(30) == -signal.SIGKILL
    return acknowledged


def _keep_writing(acknowledged: Acknowledged, connection: http.client.HTTPConnection, numbers: Iterator[int]) -> None:
    try:
        for n in numbers:
            acknowledged.write(connection, n)
    except (OSError, http.client.HTTPException):
        return
    finally:
        connection.close()


def _call(connection: http.client.HTTPConnection, verb: str, target: str, body: bytes | None = None) -> Any:
    connection.request(verb, target, body)
    answer = connection.getresponse()
    content = answer.read()
    return json.loads(content) if answer.status == 200 else None


def missing(state: Path, paths: list[str]) -> list[str]:
    """Those of the acknowledged that are not there."""
    with running(state) as (_, connect), closing(connect()) as connection:
        return [p for p in paths if _call(connection, "GET", p) is None]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_what_was_acknowledged_survives_every_kill(tmp_path: Path, figure: Callable[[str], None]) -> None:
    state, chance = tmp_path / "emulator.db", random.Random(2026)
    written: list[str] = []
    begun = 0

    for n in range(ROUNDS):
        acknowledged = killed_while_writing(state, 1_000_000 * n, chance.uniform(0.01, 0.15), prepare=n == 0)
        written += acknowledged.paths
        begun += acknowledged.begun

    assert missing(state, written) == []
    assert len(written) > ROUNDS
    figure(f"{'kill -9 while writing':<42}{ROUNDS:>6} times, {len(written)} acknowledged writes of {begun}, 0 lost")
