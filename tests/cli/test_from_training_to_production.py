"""The whole way of a model: judged on little and on much, its checkpoint serves, the next one is taken back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import run
from tests.cli.session import folder_for, request

LABELS = ("billing", "shipping", "returns", "account")
SPEC = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {{name: router}}
spec:
  baseModel: gemini-3.5-flash
  supervisedTuningSpec:
    trainingDatasetUri: data/train.jsonl
    hyperParameters: {{epochCount: {epochs}}}
  tuneform:
    lifecycle: {{keep: 3}}
{more}"""
GATE = """\
    gate: {{heldout: data/{items}, metric: label, against: incumbent, margin: {margin}}}
"""


def declare(epochs: int, more: str = "") -> None:
    Path("specs/router.yaml").write_text(SPEC.format(epochs=epochs, more=more))


def gate(items: str, margin: str) -> str:
    return GATE.format(items=items, margin=margin)


def plant(right: float, **whom: Any) -> None:
    request(f"POST /_emulator/answers {json.dumps({'right': right, 'seed': 7, **whom})}")


def apply(*options: str) -> int:
    return run(["apply", "--emulator", "--yes", *options])


def entry(path: str = ".tuneform/emulator.lock") -> Any:
    return json.loads(Path(path).read_text())["entries"]["vertex/router"]


def roles() -> dict[str, str]:
    return {attempt: training["role"] for attempt, training in entry()["trainings"].items()}


def output(capsys: pytest.CaptureFixture[str]) -> str:
    """The endpoint that consumers are given."""
    capsys.readouterr()
    assert run(["output", "--emulator", "--raw", "vertex/router"]) == 0
    return capsys.readouterr().out.strip()


def asked() -> int:
    """How many answers are kept: each was asked once."""
    kept = Path(".tuneform/answers").rglob("*.jsonl")
    return sum(line.count('"answer"') for file in kept for line in file.read_text().splitlines())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    monkeypatch.setenv("USER", "sam")
    for name in ("TUNEFORM_EMULATOR", "NO_COLOR", "FORCE_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)
    folder_for("", tmp_path)
    for name, number in (("few.jsonl", 40), ("many.jsonl", 400)):
        turns = [
            [("user", f"Letter {n}: where does it go?"), ("model", LABELS[n % len(LABELS)])] for n in range(number)
        ]
        rows = [{"contents": [{"role": role, "parts": [{"text": text}]} for role, text in turn]} for turn in turns]
        (tmp_path / "specs/data" / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


@pytest.mark.slow
def test_from_training_to_production(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # v1 serves, by no gate
    declare(2)
    assert apply() == 0
    first = output(capsys)
    request("POST /_emulator/items <specs/data/many.jsonl")
    plant(0.92, labels={"tuneform-attempt": "1"})
    plant(0.75, labels={"tuneform-attempt": "2"})
    plant(0.95, labels={"tuneform-attempt": "2"}, checkpoint="2")
    plant(0.96, labels={"tuneform-attempt": "3"})

    # v2 over-fits: open on 40 items, refused on 400
    declare(4, gate("few.jsonl", "15%"))
    assert (apply(), roles(), output(capsys)) == (5, {"1": "serving", "2": "failed"}, first)
    declare(4, gate("many.jsonl", "5%"))
    assert (apply(), entry()["trainings"]["2"]["judged"]["conclusion"]) == (1, "failed")

    # its second checkpoint passes, and serves
    declare(4, gate("many.jsonl", "5%") + "    serve: {checkpoint: 2}\n")
    assert (apply(), roles()) == (0, {"1": "deposed", "2": "serving"})
    second = output(capsys)
    assert second not in (first, "")
    assert run(["gate", "--emulator"]) == 0

    # another margin asks nobody
    known = asked()
    declare(4, gate("many.jsonl", "6%") + "    serve: {checkpoint: 2}\n")
    assert (run(["gate", "--emulator"]), asked()) == (0, known)

    # v3 waits for a person, is promoted, taken back, and promoted again
    declare(5, gate("many.jsonl", "6%"))
    assert (apply(), roles()["3"]) == (0, "serving")
    third = output(capsys)
    assert run(["rollback", "vertex/router", "--emulator", "--yes", "--reason", "complaints"]) == 0
    assert (output(capsys), roles()["2"]) == (second, "serving")
    assert run(["plan", "--emulator", "--detailed-exitcode"]) == 0
    assert "complaints" in capsys.readouterr().out
    assert run(["promote", "vertex/router", "--emulator", "--yes"]) == 0
    assert (output(capsys), roles()["3"]) == (third, "serving")
    assert run(["plan", "--emulator", "--detailed-exitcode"]) == 0
