"""The example repositories work as they are, and the workflow's own scripts run on the emulator."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(p.parent for p in (ROOT / "examples").glob("*/tuneform.yaml"))


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TUNEFORM_", "GITHUB_"))}
    return kept | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "TUNEFORM_EMULATOR": "embedded",
        "TUNEFORM_EMULATOR_SPEED": "instant",
        "GITHUB_OUTPUT": str(tmp_path / "outputs"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }


def _sh(script: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda p: p.name)
def test_a_copy_of_the_example_goes_from_validate_to_gate(
    example: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    folder = tmp_path / "repository"
    shutil.copytree(example, folder)

    ended = [
        _sh(f"tuneform {words}", folder, environment)
        for words in ("validate", "plan --detailed-exitcode", "apply --yes", "plan --detailed-exitcode", "gate")
    ]

    assert [done.returncode for done in ended] == [0, 2, 0, 0, 0], "\n".join(d.stdout + d.stderr for d in ended)


def test_the_github_workflow_plans_applies_waits_and_gates(tmp_path: Path, environment: dict[str, str]) -> None:
    folder = tmp_path / "repository"
    shutil.copytree(ROOT / "examples" / "github", folder)
    jobs = yaml.safe_load((folder / ".github/workflows/tuneform.yml").read_text(encoding="utf-8"))["jobs"]

    validated = _sh(_script(jobs, "plan", "Validate"), folder, environment)
    planned = _sh(_script(jobs, "plan", "Plan"), folder, environment)
    checksum = json.loads((folder / "plan.json").read_text(encoding="utf-8"))["checksum"]
    refused = _sh(_script(jobs, "apply", "Apply"), folder, environment | {"CHECKSUM": "0" * 40})
    applied = _sh(_script(jobs, "apply", "Apply"), folder, environment | {"CHECKSUM": checksum})
    waited = _sh(_script(jobs, "wait", "Go on with what was approved"), folder, environment)
    gated = _sh(_gate(jobs), folder, environment)

    assert validated.returncode == 0, validated.stdout
    assert "code=0" in Path(environment["GITHUB_OUTPUT"]).read_text(encoding="utf-8"), planned.stderr
    assert "<!-- tuneform:plan" in (folder / "plan.md").read_text(encoding="utf-8")
    assert refused.returncode == 1
    assert "PLAN109" in refused.stderr
    assert applied.returncode == 0, applied.stderr
    assert waited.returncode == 0, waited.stderr
    assert gated.returncode == 0, gated.stdout + gated.stderr


def test_every_tuneform_command_of_the_workflow_exists() -> None:
    text = (ROOT / "examples/github/.github/workflows/tuneform.yml").read_text(encoding="utf-8")
    from reconciler.cli.main import COMMANDS

    used = set(re.findall(r"^\s*(?:run: )?tuneform ([a-z]+)", text, re.MULTILINE))

    assert {"validate", "plan", "apply", "wait", "gate"} <= used <= set(COMMANDS)


def test_no_run_of_the_workflow_can_cancel_a_merged_apply_or_ask_reviewers_from_a_schedule() -> None:
    """GitHub keeps one waiting run in a concurrency group and cancels the others, whatever else the group says."""
    text = (ROOT / "examples/github/.github/workflows/tuneform.yml").read_text(encoding="utf-8")
    jobs = yaml.safe_load(text)["jobs"]
    groups = {name: job["concurrency"]["group"] for name, job in jobs.items()}
    scheduled = [job for job in jobs.values() if "schedule" in job["if"]]

    assert "${{ github.sha }}" in groups["apply"], "two merges never share a group"
    assert len(set(groups.values())) == len(groups), "nor do two jobs"
    assert jobs["apply"]["concurrency"]["cancel-in-progress"] is False
    assert scheduled
    assert all("environment" not in job for job in scheduled)


def _script(jobs: dict[str, Any], job: str, name: str) -> str:
    return next(str(step["run"]) for step in jobs[job]["steps"] if step.get("name") == name)


def _gate(jobs: dict[str, Any]) -> str:
    return next(str(step["run"]) for step in jobs["deploy"]["steps"] if "tuneform gate" in str(step.get("run")))
