"""A model that is named by its resource name is tuned further: as is written, from the checkpoint that is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import run
from tests.cli.session import folder_for

SPEC = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {{name: {name}}}
spec:
  {source}
  supervisedTuningSpec:
    trainingDatasetUri: data/train.jsonl
    hyperParameters: {{epochCount: {epochs}}}
"""


@pytest.fixture
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A model that serves, with a checkpoint an epoch."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    for name in ("TUNEFORM_EMULATOR", "NO_COLOR", "FORCE_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)
    folder_for("", tmp_path)
    declare("router", "baseModel: gemini-3.5-flash", epochs=4)
    assert run(["apply", "--emulator", "--yes"]) == 0
    return str(training("router")["model"])


def declare(name: str, source: str, epochs: int) -> None:
    Path(f"specs/{name}.yaml").write_text(SPEC.format(name=name, source=source, epochs=epochs))


def training(name: str) -> dict[str, Any]:
    lock = json.loads(Path(".tuneform/emulator.lock").read_text())
    found: dict[str, Any] = lock["entries"][f"vertex/{name}"]["trainings"]["1"]
    return found


def request_of(name: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert run(["show", f"vertex/{name}", "--emulator", "--request"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("checkpoint", ["", "2"], ids=["the default checkpoint", "another one"])
@pytest.mark.parametrize("version", ["", "@1", "@default"], ids=["no version", "a version", "an alias"])
def test_it_is_asked_for_as_it_is_written_and_the_plan_is_empty_after_it(
    parent: str, version: str, checkpoint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = {"tunedModelName": parent.partition("@")[0] + version}
    wanted |= {"checkpointId": checkpoint} if checkpoint else {}
    declare("further", f"preTunedModel: {json.dumps(wanted)}", epochs=1)

    applied = run(["apply", "--emulator", "--yes"])

    assert applied == 0
    assert request_of("further", capsys)["preTunedModel"] == wanted
    assert training("further")["model"].partition("@")[0] != parent.partition("@")[0]
    assert run(["plan", "--emulator", "--detailed-exitcode"]) == 0


@pytest.mark.slow
def test_a_lost_lock_finds_it_again(parent: str) -> None:
    wanted = {"tunedModelName": parent, "checkpointId": "2"}
    declare("further", f"preTunedModel: {json.dumps(wanted)}", epochs=1)
    assert run(["apply", "--emulator", "--yes"]) == 0
    before = training("further")["model"]
    Path(".tuneform/emulator.lock").unlink()

    assert run(["apply", "--emulator", "--yes"]) == 0

    assert training("further")["model"] == before
    assert run(["plan", "--emulator", "--detailed-exitcode"]) == 0
