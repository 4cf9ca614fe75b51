"""The little project of the tests of the library, on an emulator that trains at once."""

from __future__ import annotations

from pathlib import Path

import pytest

import reconciler
from tests.cli.session import folder_for

SPEC = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: router}
spec:
  baseModel: gemini-3.5-flash
  supervisedTuningSpec: {trainingDatasetUri: data/train.jsonl}
"""
ADDRESS = "vertex/router"


def project_in(folder: Path, monkeypatch: pytest.MonkeyPatch, speed: str = "instant") -> Path:
    for name in ("CHDIR", "WORKSPACE", "LOCK", "PARALLELISM", "TIMEOUT", "FORMAT"):
        monkeypatch.delenv(f"TUNEFORM_{name}", raising=False)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TUNEFORM_EMULATOR", "embedded")
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", speed)
    folder_for("", folder)
    Path("specs/router.yaml").write_text(SPEC, encoding="utf-8")
    return folder


def edited(what: str, instead: str) -> None:
    place = Path("specs/router.yaml")
    text = place.read_text(encoding="utf-8")
    assert what in text
    place.write_text(text.replace(what, instead), encoding="utf-8")


def applied() -> reconciler.Workspace:
    tuned = reconciler.Workspace()
    assert tuned.apply().wait().ok
    return tuned
