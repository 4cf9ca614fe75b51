"""The emulator's image without an engine: its own words start it, its own probe finds it, its own tests pass."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.examples.test_examples import ROOT
from tests.examples.test_pipelines import BIN, EXAMPLES, _run

FOLDER = EXAMPLES / "emulator"
DOCKERFILE = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
PORT = "8787"


def words_of(step: str) -> list[str]:
    """The words of a step in the form of a list; of a health check, those of its command."""
    found = re.search(rf"^{step}\b(?:.*\\\n *CMD)? (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert found, step
    return [str(word) for word in json.loads(found[1])]


@pytest.fixture
def port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


@pytest.fixture
def container(port: str, tmp_path: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """What an engine would start, on a free port."""
    command = [word.replace(PORT, port) for word in (*words_of("ENTRYPOINT"), *words_of("CMD"))]
    env = environment | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "reconciler", *command[1:]]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def is_healthy(port: str) -> bool:
    """As the image asks, by the python of its PATH."""
    first, *words = [word.replace(PORT, port) for word in words_of("HEALTHCHECK")]
    assert first == "python"
    return _run(sys.executable, *words).returncode == 0


def test_the_container_is_healthy_passes_the_tests_beside_it_and_stops_in_time(
    container: subprocess.Popen[str], port: str
) -> None:
    deadline = time.monotonic() + 60
    while not is_healthy(port):
        assert container.poll() is None, container.communicate()
        assert time.monotonic() < deadline

    tests = COMPOSE["services"]["tests"]
    variables = {
        k: v.replace(f"http://emulator:{PORT}", f"http://127.0.0.1:{port}") for k, v in tests["environment"].items()
    }
    passed = _run(sys.executable, FOLDER / "ask.py", env=variables)
    begun = time.monotonic()
    container.send_signal(signal.SIGTERM)
    container.wait(timeout=10)

    assert passed.stdout == "Both are as scripted.\n", passed.stderr
    assert container.returncode == 0
    assert time.monotonic() - begun < 10, "what docker stop waits"


def test_nothing_is_healthy_before_it_was_started(port: str) -> None:
    assert not is_healthy(port)


def test_the_tests_wait_for_a_service_that_is_healthy() -> None:
    services = COMPOSE["services"]

    assert services["tests"]["depends_on"] == {"emulator": {"condition": "service_healthy"}}
    assert services["emulator"]["ports"] == [f"127.0.0.1:{PORT}:{PORT}"]
    assert services["tests"]["volumes"] == ["./ask.py:/tests/ask.py:ro"]
    assert services["tests"]["command"] == ["python", "/tests/ask.py"]
    assert f"EXPOSE {PORT}" in DOCKERFILE
    assert DOCKERFILE.count("FROM tuneform:0.1.0\n") == 1


def test_the_compose_file_follows_its_published_schema() -> None:
    done = _run(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", FOLDER / "compose.yaml")

    assert done.returncode == 0, done.stdout
