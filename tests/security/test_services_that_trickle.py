"""Every command that talks to a network ends in time, with 4 and a message, whatever a service sends bit by bit."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.backends.hostile_server import bomb, endless, head, hostile
from tests.backends.test_deadlines import TRICKLES
from tests.security.repository import planted, typed

LOOKING = [
    ["plan"],
    ["plan", "--format", "json"],
    ["status"],
    ["show", "vertex/router", "--request"],
    ["gate"],
    ["doctor"],
    ["metrics", "vertex/router"],
    ["report"],
    ["prompt", "vertex/router", "hello"],
    ["dataset", "check", "gs://bucket/train.jsonl"],
    ["dataset", "stats", "gs://bucket/train.jsonl"],
    ["dataset", "convert", "gs://bucket/train.jsonl"],
    ["dataset", "diff", "gs://bucket/train.jsonl", "gs://bucket/train.jsonl"],
]
CHANGING = [
    ["apply", "--yes", "--replace", "vertex/router"],
    ["destroy", "vertex/router", "--yes"],
    ["gc", "--yes"],
    ["import", "--all", "--yes"],
]
QUIET = [["wait"], ["forget", "vertex/router", "--yes"]]
SHOWING = [["output"], ["show", "vertex/router"]]
"""They ask for nothing where nothing is open."""


@pytest.fixture(scope="module")
def emulator_id(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A repository whose lock is of an emulator that is played by another server from now on."""
    with planted(tmp_path_factory.mktemp("repository")) as folder:
        assert typed("apply", "--yes", "--emulator").code == 0
        lock = Path(".tuneform/emulator.lock").read_bytes()
        (folder / "served.lock").write_bytes(lock)
        (folder / "kept.lock").write_bytes(lock)
        yield json.loads(lock)["target"].removeprefix("emulator:")


def run_against(url: str, words: list[str], timeout: str) -> tuple[int, str]:
    seen = typed(*words, f"--emulator={url}", "--lock", "served.lock", "--timeout", timeout)
    Path("served.lock").write_bytes(Path("kept.lock").read_bytes())
    return seen.code, seen.out + seen.err


@pytest.mark.parametrize("words", [*LOOKING, *CHANGING], ids=" ".join)
def test_a_service_that_trickles_is_left_when_the_time_is_over(emulator_id: str, words: list[str]) -> None:
    def answering(verb: str, target: str) -> Iterable[bytes]:
        if target == "/_emulator/health":
            return [head(), json.dumps({"id": emulator_id}).encode()]
        return TRICKLES["a body without a length"](verb, target)

    before = threading.active_count()
    with hostile(answering) as server:
        code, shown = run_against(server.url, words, "0.5s")
        asked, left = len(server.asked), threading.active_count() - before

    assert (code, "API361" in shown) == (4, True), shown
    assert "Traceback" not in shown
    assert asked >= 2
    # The server's own threads, one a connection and one that listens; none of the client's.
    assert left <= asked + 1


@pytest.mark.parametrize("words", [*LOOKING, *CHANGING, *QUIET, *SHOWING], ids=" ".join)
def test_so_is_one_whose_first_answer_trickles(emulator_id: str, words: list[str]) -> None:
    with hostile(TRICKLES["the status line"]) as server:
        code, shown = run_against(server.url, words, "0.5s")

    # Who changes things, and could not even ask whom it talks to, has failed: a wait is not green for ever.
    assert code == (1 if words in [*CHANGING, *QUIET] else 4), shown
    assert "API361" in shown


@pytest.mark.parametrize("words", [*LOOKING, *CHANGING], ids=" ".join)
@pytest.mark.parametrize("body", ["endless", "bomb"])
def test_a_service_that_never_stops_is_an_error(emulator_id: str, words: list[str], body: str) -> None:
    def answering(_verb: str, target: str) -> Iterable[bytes]:
        if target == "/_emulator/health":
            yield head() + json.dumps({"id": emulator_id}).encode()
        elif body == "bomb":
            yield head(content_encoding="gzip") + bomb()
        else:
            yield head()
            yield from endless(b'{"a": 1}\n' * 10_000)

    with hostile(answering) as server:
        code, shown = run_against(server.url, words, "60s")

    assert code in (1, 4), shown
    assert "API214" in shown or "API212" in shown or "API362" in shown, shown
    assert "BUG001" not in shown


def test_an_object_that_goes_on_past_its_size_is_not_downloaded_further(emulator_id: str) -> None:
    row = json.dumps({"contents": [{"role": "user", "parts": [{"text": "a"}]}]}).encode() + b"\n"

    def answering(_verb: str, target: str) -> Iterable[bytes]:
        if target == "/_emulator/health":
            yield head() + json.dumps({"id": emulator_id}).encode()
        elif target.startswith("/download/"):
            yield head()
            yield from endless(row * 100)
        else:
            yield head() + json.dumps({"size": str(len(row)), "generation": "1"}).encode()

    with hostile(answering) as server:
        code, shown = run_against(server.url, ["dataset", "check", "gs://bucket/train.jsonl"], "60s")

    assert (code, "API362" in shown) == (1, True), shown
    assert server.bytes_sent < 16 * 2**20


@pytest.mark.parametrize("words", [["plan"], ["wait"], ["destroy", "--all", "--yes"]], ids=" ".join)
@pytest.mark.parametrize("text", ["1h30m", "90s", "90", "1.5h", "2d", "0", "0.0"])
def test_a_duration_is_spelt_as_in_the_workspace(emulator_id: str, words: list[str], text: str) -> None:
    assert typed(*words, "--emulator", "--timeout", text).code in (0, 3)


@pytest.mark.parametrize("text", ["", "soon", "-5s", "1h 30m", "5 m", "1e3", "\u0665s", "9" * 400, "10m5"])
def test_what_is_no_duration_is_wrong_usage(emulator_id: str, text: str) -> None:
    seen = typed("plan", "--emulator", "--timeout", text)

    assert seen.code == 64
    assert "--timeout" in seen.err


def test_the_variable_is_heard_and_the_flag_beats_it(emulator_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNEFORM_TIMEOUT", "soon")

    assert typed("plan", "--emulator").code == 64

    monkeypatch.setenv("TUNEFORM_TIMEOUT", "0.5s")
    with hostile(TRICKLES["the status line"]) as server:
        assert typed("plan", f"--emulator={server.url}").code == 4
        monkeypatch.setenv("TUNEFORM_TIMEOUT", "6h")
        began = time.monotonic()
        assert typed("plan", f"--emulator={server.url}", "--timeout", "0.5s").code == 4
        assert time.monotonic() - began < 3600
