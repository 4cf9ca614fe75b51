"""The first minutes of a newcomer: how long the first training takes, and how to have it otherwise."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from reconciler.cli import run
from reconciler.emulator import Emulator, Request
from reconciler.session.targets import EMULATOR_STATE

pytestmark = pytest.mark.usefixtures("_a_new_project")


@pytest.fixture
def _a_new_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TUNEFORM_EMULATOR_SPEED", raising=False)
    monkeypatch.setenv("TUNEFORM_EMULATOR", "embedded")
    assert run(["init", "--name", "acme"]) == 0
    capsys.readouterr()


def speed_kept() -> object:
    emulator = Emulator.open(EMULATOR_STATE)
    try:
        answer = emulator.handle(Request("GET", "/_emulator/health"))
    finally:
        emulator.close()
    return json.loads(b"".join(answer.chunks))["speed"]


@pytest.mark.slow
def test_what_init_writes_trains_in_less_than_ten_seconds() -> None:
    began = time.monotonic()

    code = run(["apply", "--yes"])

    assert code == 0
    assert 3 < time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("said", "speed"), [(None, 12.0), ("", 12.0), ("real", 1.0), ("40", 40.0), ("instant", "instant")]
)
def test_the_embedded_emulator_is_as_fast_as_the_variable_says(
    said: str | None, speed: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    if said is not None:
        monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", said)

    assert run(["plan"]) == 0

    assert speed_kept() == speed


def test_a_speed_of_one_run_is_not_the_next_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "real")
    run(["plan"])
    monkeypatch.delenv("TUNEFORM_EMULATOR_SPEED")

    run(["plan"])

    assert speed_kept() == 12.0


@pytest.mark.parametrize("words", [["metrics", "vertex/second"], ["prompt", "vertex/second", "hello"]])
def test_a_queued_training_is_said_to_be_queued(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "manual")
    spec = Path("specs/ticket-sorter.yaml").read_text(encoding="utf-8")
    Path("specs/second.yaml").write_text(spec.replace("name: ticket-sorter", "name: second"), encoding="utf-8")
    assert run(["apply", "--yes", "--no-wait", "--target", "vertex/ticket-sorter"]) == 4
    assert run(["apply", "--yes", "--no-wait"]) == 4

    code = run(words)

    assert code == 1
    assert "RUN030: Still in training" in (said := capsys.readouterr().err)
    assert "approved and queued: no training has been submitted yet" in said


def test_a_first_training_under_way_is_no_missing_model(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "manual")
    assert run(["apply", "--yes", "--no-wait"]) == 4

    assert run(["prompt", "vertex/ticket-sorter", "hello"]) == 1
    assert "vertex/ticket-sorter is training: attempt 1 is pending" in capsys.readouterr().err
    assert run(["metrics", "vertex/ticket-sorter"]) == 0
    assert "has no metrics yet" in capsys.readouterr().out


def test_status_shows_what_is_queued_and_tells_two_attempts_apart(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    assert run(["apply", "--yes"]) == 0
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "manual")
    spec = Path("specs/ticket-sorter.yaml")
    text = spec.read_text(encoding="utf-8")
    Path("specs/second.yaml").write_text(text.replace("name: ticket-sorter", "name: second"), encoding="utf-8")
    assert run(["apply", "--yes", "--no-wait"]) == 4
    spec.write_text(text.replace("epochCount: 3", "epochCount: 4"), encoding="utf-8")
    assert run(["apply", "--yes", "--no-wait"]) == 4
    capsys.readouterr()

    assert run(["status"]) == 0

    shown = [line.split()[:4] for line in capsys.readouterr().out.splitlines() if line.startswith("vertex/")]
    assert shown == [
        ["vertex/second", "1", "candidate", "pending"],
        ["vertex/ticket-sorter", "1", "serving", "succeeded"],
        ["vertex/ticket-sorter", "2", "queued", "0"],
    ]


def test_a_wait_counts_the_time_since_the_training_was_submitted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "manual")
    assert run(["apply", "--yes", "--no-wait"]) == 4
    lock = Path(".tuneform/emulator.lock")
    locked = json.loads(lock.read_text(encoding="utf-8"))
    times = locked["entries"]["vertex/ticket-sorter"]["trainings"]["1"]["times"]
    times |= dict.fromkeys(times, "2026-01-01T00:00:00.000Z")
    lock.write_text(json.dumps(locked), encoding="utf-8")
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    capsys.readouterr()

    assert run(["wait"]) == 0

    assert re.search(r"vertex/ticket-sorter  (created|trained) in \d+ d", capsys.readouterr().err)
