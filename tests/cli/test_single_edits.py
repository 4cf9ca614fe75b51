"""Each single-field edit of an applied spec shows exactly that edit; undone, the plan is empty again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import run
from reconciler.core import exits
from tests.cli.session import folder_for

_VERTEX = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: router}
spec:
  baseModel: gemini-2.5-flash
  tunedModelDisplayName: Router
  description: Sorts messages.
  labels: {team: support, tier: gold}
  supervisedTuningSpec:
    trainingDatasetUri: data/train.jsonl
    validationDatasetUri: data/validation.jsonl
    hyperParameters: {epochCount: 4, adapterSize: 4, learningRateMultiplier: 1.0}
    exportLastCheckpointOnly: false
  tuneform:
    lifecycle: {keep: 1, protect: false}
"""

_GEMINI = """\
apiVersion: tuneform.dev/v1
kind: GeminiTunedModel
metadata: {name: numbers}
spec:
  displayName: Numbers
  description: Counts on.
  baseModel: models/gemini-1.5-flash-001-tuning
  temperature: 0.123456789
  topP: 0.9
  topK: 40
  tuningTask:
    hyperparameters: {epochCount: 5, batchSize: 2, learningRate: 0.00123456789}
    trainingData: {examples: {examples: [{textInput: "1", output: "2"}, {textInput: "3", output: "4"}]}}
"""

_METHOD = "supervisedTuningSpec"
EDITS = [
    ("router", "gemini-2.5-flash", "gemini-2.5-pro", "replace", "baseModel"),
    ("router", "epochCount: 4", "epochCount: 5", "replace", f"{_METHOD}.hyperParameters.epochCount"),
    ("router", "adapterSize: 4", "adapterSize: 8", "replace", f"{_METHOD}.hyperParameters.adapterSize"),
    ("router", "Multiplier: 1.0", "Multiplier: 0.5", "replace", f"{_METHOD}.hyperParameters.learningRateMultiplier"),
    ("router", "  labels:", "  serviceAccount: t@p.iam.gserviceaccount.com\n  labels:", "replace", "serviceAccount"),
    ("router", "  labels:", "  location: europe-west4\n  labels:", "replace", "location"),
    ("router", "  labels:", "  project: acme-two\n  labels:", "replace", "project"),
    ("router", "data/train.jsonl", "data/other.jsonl", "replace", f"{_METHOD}.trainingDatasetUri"),
    ("router", "Name: Router", "Name: Dispatcher", "update", "tunedModelDisplayName"),
    ("router", "Sorts messages", "Sorts tickets", "update", "description"),
    ("router", "team: support", "team: sales", "update", "labels.team"),
    ("router", ", tier: gold", "", "update", "labels.tier"),
    ("router", "tier: gold", "tier: gold, site: berlin", "update", "labels.site"),
    ("router", "keep: 1", "keep: 2", "update", ""),
    ("router", "protect: false", "protect: true", "update", "labels.tuneform-protect"),
    ("router", ", adapterSize: 4", "", "update", f"{_METHOD}.hyperParameters.adapterSize"),
    ("router", "data/validation.jsonl", "data/other.jsonl", "noop", f"{_METHOD}.validationDatasetUri"),
    ("router", "Only: false", "Only: true", "noop", f"{_METHOD}.exportLastCheckpointOnly"),
    ("numbers", "temperature: 0.123456789", "temperature: 0.3", "update", "temperature"),
    ("numbers", "topP: 0.9", "topP: 0.8", "update", "topP"),
    ("numbers", "topK: 40", "topK: 20", "update", "topK"),
    ("numbers", "Counts on", "Counts further", "update", "description"),
    ("numbers", "displayName: Numbers", "displayName: Successors", "update", "displayName"),
    ("numbers", "epochCount: 5", "epochCount: 6", "replace", "tuningTask.hyperparameters.epochCount"),
    ("numbers", "batchSize: 2", "batchSize: 1", "replace", "tuningTask.hyperparameters.batchSize"),
    (
        "numbers",
        "learningRate: 0.00123456789",
        "learningRate: 0.002",
        "replace",
        "tuningTask.hyperparameters.learningRate",
    ),
    ("numbers", 'output: "4"', 'output: "5"', "replace", "tuningTask.trainingData"),
]


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("edits")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
        folder_for("", folder)
        rows = Path("specs/data/train.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
        Path("specs/data/other.jsonl").write_text("".join(rows[:17]), encoding="utf-8")
        Path("specs/router.yaml").write_text(_VERTEX, encoding="utf-8")
        Path("specs/numbers.yaml").write_text(_GEMINI, encoding="utf-8")
        assert run(["apply", "--emulator", "--yes"]) == exits.OK
    return folder


def _plan(capsys: pytest.CaptureFixture[str]) -> tuple[int, list[dict[str, Any]]]:
    capsys.readouterr()
    code = run(["plan", "--emulator", "--detailed-exitcode", "--format", "json"])
    changes: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["changes"]
    return code, [c for c in changes if c["action"] != "noop" or c["fields"]]


@pytest.mark.parametrize(("spec", "old", "new", "action", "field"), EDITS)
def test_an_edit_shows_up_exactly_and_vanishes_when_it_is_taken_back(
    applied: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    spec: str,
    old: str,
    new: str,
    action: str,
    field: str,
) -> None:
    monkeypatch.chdir(applied)
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    path = Path(f"specs/{spec}.yaml")
    text = path.read_text(encoding="utf-8")
    assert old in text

    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    code, (change,) = _plan(capsys)
    path.write_text(text, encoding="utf-8")

    assert change["action"] == action
    assert [f["field"] for f in change["fields"]] == ([field] if field else [])
    assert code == (exits.OK if action == "noop" else exits.CHANGES)
    assert _plan(capsys) == (exits.OK, [])


def test_there_are_at_least_twenty_edits() -> None:
    assert len(EDITS) >= 20
