"""An unchanged local file is looked at once, whatever number of plans is made of it.

A plan that trains reads it a second time for what is learnt of it, whatever its form (DataRecord.content).
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.datasets_cli.conftest import Project

TRAIN = "train.jsonl"
FOR_RULES = FOR_CONTENT = 1
"""How often a pass opens the file."""


@pytest.fixture
def settled(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Files whose last change is long ago: the cache's clock is ahead, since nobody can set a file's change back."""
    monkeypatch.setattr("reconciler.files.data_cache.SETTLED_S", -3600.0)
    project.model()
    return project


def _reads(opened: list[str]) -> int:
    return sum(path.endswith(TRAIN) for path in opened)


def _digests(text: str) -> list[str]:
    return re.findall(r"sha256 [0-9a-f]+", text)


def test_a_second_plan_does_not_open_the_data(settled: Project, opened: list[str]) -> None:
    first = settled.run("plan")
    reads = _reads(opened)
    opened.clear()

    second = settled.run("plan")

    assert reads == FOR_RULES + FOR_CONTENT
    assert _reads(opened) == 0
    assert second.out == first.out
    assert _digests(second.out)


def test_validate_and_plan_share_what_they_learnt(settled: Project, opened: list[str]) -> None:
    settled.run("validate")
    opened.clear()

    settled.run("plan")

    assert _reads(opened) == FOR_CONTENT


def test_a_file_that_two_specs_name_is_read_once(settled: Project, opened: list[str]) -> None:
    settled.model("second")

    settled.run("plan")

    assert _reads(opened) == FOR_RULES + FOR_CONTENT


def test_changed_bytes_show_at_once(settled: Project) -> None:
    before = settled.run("plan")
    settled.write("specs/data/train.jsonl", settled.train.read_text(encoding="utf-8").replace("question 7", "why 7"))

    after = settled.run("plan")

    assert _digests(before.out) != _digests(after.out)


def test_findings_are_remembered_with_the_data(settled: Project, opened: list[str]) -> None:
    first = settled.run("validate --format json")
    opened.clear()

    second = settled.run("validate --format json")

    assert _reads(opened) == 0
    assert "DATA904" in first.out
    assert second.out == first.out


def test_another_severity_is_another_question(settled: Project) -> None:
    settled.run("validate")
    settled.workspace("  catalog: historic\n  dataRules: {DATA904: error}")

    shown = settled.run("validate")

    assert shown.code == 1
    assert "error DATA904" in shown.out


def test_a_deleted_cache_changes_nothing_but_the_time(settled: Project) -> None:
    first = settled.run("plan")
    for entry in (settled.folder / ".tuneform/cache/data").glob("*.json"):
        entry.write_bytes(b"\0")

    assert settled.run("plan").out == first.out


def test_a_file_that_was_just_written_is_read_each_time(project: Project, opened: list[str]) -> None:
    project.model()

    for _ in range(2):
        project.run("plan")

    assert _reads(opened) == 2 * FOR_RULES + FOR_CONTENT


def test_the_cache_is_kept_out_of_version_control(settled: Project) -> None:
    settled.run("plan")

    assert Path(".tuneform/.gitignore").read_text(encoding="utf-8") == "*\n"


def test_what_is_remembered_needs_no_checker(settled: Project) -> None:
    settled.run("plan")
    script = "import sys; from reconciler.cli import run; run(['plan']); sys.stderr.write(' '.join(sys.modules))"

    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert "reconciler.workflow.local_data" in ended.stderr.split()
    assert "reconciler.datasets.checking" not in ended.stderr.split()
