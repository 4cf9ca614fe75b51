"""The example with rules refuses what its README says, and lets through what it says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from reconciler.cli import run

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/policies"
README = (EXAMPLE / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    shutil.copytree(EXAMPLE, tmp_path / "policies")
    monkeypatch.chdir(tmp_path / "policies")
    return tmp_path / "policies"


@pytest.mark.usefixtures("here")
def test_without_its_label_the_model_is_refused_until_the_line_of_the_readme_allows_it() -> None:
    spec, settings = Path("specs/changelog-sorter.yaml"), Path("tuneform.yaml")
    label = "  labels: {team: docs}\n"
    text = spec.read_text(encoding="utf-8")
    assert label in text
    spec.write_text(text.replace(label, ""), encoding="utf-8")
    allowed = re.findall(r"```yaml\n(.+?)```", README, re.DOTALL)[0]

    refused = run(["--emulator", "plan"])
    settings.write_text(settings.read_text(encoding="utf-8") + allowed, encoding="utf-8")
    passed = run(["--emulator", "plan"])

    assert (refused, passed) == (3, 0)
