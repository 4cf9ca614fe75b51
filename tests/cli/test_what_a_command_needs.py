"""A command reads what it needs: a mistake in anything else cannot stop it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import run
from reconciler.core import exits
from reconciler.session.sessions import DataSession, ExamplesSession, LockSession, SpecsSession
from tests.cli.session import folder_for, request
from tests.cli.what_breaks import break_data, break_yaml, remove_data

_ROUTER = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: router}
spec:
  baseModel: gemini-2.5-flash
  supervisedTuningSpec: {trainingDatasetUri: data/train.jsonl}
"""
BROKEN = pytest.mark.parametrize("breaks", [break_data, remove_data, break_yaml])


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("TUNEFORM_EMULATOR", "embedded")
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    monkeypatch.chdir(tmp_path)
    folder_for("", tmp_path)
    Path("specs/router.yaml").write_text(_ROUTER, encoding="utf-8")
    yield tmp_path
    shutil.rmtree(tmp_path / ".tuneform", ignore_errors=True)


def entries() -> dict[str, Any]:
    lock: dict[str, Any] = json.loads(Path(".tuneform/emulator.lock").read_text(encoding="utf-8"))
    found: dict[str, Any] = lock.get("entries", {})
    return found


@pytest.fixture
def training(room: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A job that was paid for, and goes on."""
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "manual")
    assert run(["apply", "--yes", "--no-wait"]) == exits.STILL_RUNNING
    return room


@BROKEN
def test_wait_finishes_a_paid_job_whatever_the_specs_have_become(
    room: Path, monkeypatch: pytest.MonkeyPatch, breaks: Callable[[], None]
) -> None:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "20000")
    assert run(["apply", "--yes", "--no-wait"]) == exits.STILL_RUNNING
    breaks()

    code = run(["wait"])

    assert code == exits.OK
    assert entries()["vertex/router"]["trainings"]["1"]["role"] == "serving"


@BROKEN
@pytest.mark.parametrize("command", ["status", "show vertex/router", "output", "metrics vertex/router"])
def test_who_looks_at_what_is_trained_needs_no_data(
    room: Path, capsys: pytest.CaptureFixture[str], breaks: Callable[[], None], command: str
) -> None:
    assert run(["apply", "--yes"]) == exits.OK
    breaks()
    capsys.readouterr()

    code = run(command.split())

    assert (code, "router" in capsys.readouterr().out) == (exits.OK, True)


@BROKEN
def test_cancel_needs_no_specs(training: Path, breaks: Callable[[], None]) -> None:
    breaks()

    assert run(["cancel", "vertex/router", "--yes", "--no-wait"]) in (exits.OK, exits.STILL_RUNNING)
    assert entries()["vertex/router"]["approved"][0]["action"] == "cancel"


@BROKEN
def test_forget_needs_no_specs(training: Path, breaks: Callable[[], None]) -> None:
    breaks()

    assert run(["forget", "vertex/router", "--yes"]) == exits.OK
    assert "vertex/router" not in entries()


def test_what_is_wrong_with_specs_is_said_beside_the_status(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["apply", "--yes"]) == exits.OK
    break_yaml()
    capsys.readouterr()

    assert run(["status", "--format", "json"]) == exits.OK

    shown = capsys.readouterr()
    assert json.loads(shown.out)["models"][0]["address"] == "vertex/router"
    assert "specs/router.yaml" in shown.err


def test_a_workspace_among_the_specs_is_found_by_a_command_that_reads_no_spec(
    room: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("tuneform.yaml").rename("specs/workspace.yaml")
    assert run(["apply", "--yes"]) == exits.OK
    break_data()
    capsys.readouterr()

    assert run(["output"]) == exits.OK

    assert "vertex/router" in capsys.readouterr().out


def test_a_folder_without_a_workspace_is_no_empty_lock(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (room / "elsewhere").mkdir()

    assert run(["-C", "elsewhere", "output"]) == exits.FAILED
    assert "SPEC060" in capsys.readouterr().err


def test_a_session_for_less_reaches_no_more() -> None:
    names = [{n for n in dir(kind) if not n.startswith("_")} for kind in (LockSession, SpecsSession, DataSession)]
    lock, specs, data = names

    assert lock == {"world", "banner", "clock", "deadline", "wait"}
    assert {n for n in dir(ExamplesSession) if not n.startswith("_")} - lock == {"examples"}
    assert specs - lock == {"declared", "has_nothing_to_read", "is_whole", "loaded", "mistakes", "readable"}
    assert data - specs == {"desired", "folder", "plan"}


_NUMBERS = """\
apiVersion: tuneform.dev/v1
kind: GeminiTunedModel
metadata: {name: numbers}
spec:
  baseModel: models/gemini-1.5-flash-001-tuning
  tuningTask:
    trainingData:
      examples:
        examples:
          - {textInput: "1", output: "2"}
          - {textInput: "3", output: ANSWER}
"""


def approve_without_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "20000")
    assert run(["plan"]) == exits.OK
    request('POST /_emulator/faults {"method": "gemini.tunedModels.create", "fault": "status:503", "times": 9}')
    assert run(["apply", "--yes", "--no-wait"]) == exits.STILL_RUNNING
    assert not entries()["gemini/numbers"]["trainings"]["1"].get("job")
    request("DELETE /_emulator/faults")


@pytest.fixture
def approved(room: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A create of the Gemini API that is approved and not sent: its examples are in the spec alone."""
    Path("specs/numbers.yaml").write_text(_NUMBERS.replace("ANSWER", '"4"'), encoding="utf-8")
    approve_without_sending(monkeypatch)
    return room


@BROKEN
def test_wait_takes_inline_examples_from_a_spec_beside_broken_ones(approved: Path, breaks: Callable[[], None]) -> None:
    breaks()

    assert run(["wait"]) == exits.OK
    assert entries()["gemini/numbers"]["trainings"]["1"]["role"] == "serving"


@pytest.mark.parametrize("becomes", [_NUMBERS.replace("ANSWER", '"5"'), "kind: [GeminiTunedModel\n", ""])
def test_wait_sends_no_other_examples_than_those_approved(
    approved: Path, capsys: pytest.CaptureFixture[str], becomes: str
) -> None:
    Path("specs/numbers.yaml").write_text(becomes, encoding="utf-8")

    assert run(["wait"]) == exits.FAILED

    assert "RUN008" in capsys.readouterr().out
    assert entries()["vertex/router"]["trainings"]["1"]["role"] == "serving"
    assert not entries()["gemini/numbers"]["trainings"].get("1", {}).get("job")


_TABLE = "text_input,output\n1,2\n3,4\n"


@pytest.mark.parametrize(
    ("left", "code"),
    [(_TABLE, exits.OK), (_TABLE.replace("4", "5"), exits.FAILED), (None, exits.FAILED)],
    ids=["as it was", "edited", "gone"],
)
def test_so_it_is_with_examples_in_a_file(
    room: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], left: str | None, code: int
) -> None:
    head, _, _ = _NUMBERS.partition("  tuningTask:")
    Path("specs/numbers.yaml").write_text(f"{head}  tuneform: {{dataFile: data/numbers.csv}}\n", encoding="utf-8")
    table = Path("specs/data/numbers.csv")
    table.write_text(_TABLE, encoding="utf-8")
    approve_without_sending(monkeypatch)
    table.unlink()
    if left is not None:
        table.write_text(left, encoding="utf-8")

    assert run(["wait"]) == code

    assert ("RUN008" in capsys.readouterr().out) == (code != exits.OK)
    assert entries()["vertex/router"]["trainings"]["1"]["role"] == "serving"
