"""The example repositories work as they are, and the workflow's own scripts run on the emulator."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(p.parent for p in (ROOT / "examples").glob("*/tuneform.yaml"))


def _sh(script: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


def _console(readme: Path) -> list[str]:
    """What its readers type into a terminal."""
    blocks = re.findall(r"^```console\n(.*?)^```", readme.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ ")]


READMES = sorted((ROOT / "examples").glob("*/README.md"))


@pytest.mark.slow
@pytest.mark.parametrize("readme", READMES, ids=lambda p: p.parent.name)
def test_what_a_readme_says_runs_verbatim(readme: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    folder = tmp_path / "repository"
    shutil.copytree(readme.parent, folder)
    commands = _console(readme)
    missing = {w for c in commands if (w := c.split()[0]) in ("kubectl", "pre-commit")} - {
        tool for tool in ("kubectl", "pre-commit") if shutil.which(tool, path=environment["PATH"])
    }
    if missing:
        pytest.skip(f"not installed here: {', '.join(sorted(missing))}")

    for command in commands:
        done = _sh(command, folder, environment | _GIT)

        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


_GIT = {
    **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "acme"),
    **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "ml@acme.example"),
    "GIT_CONFIG_GLOBAL": "/dev/null",
}


def test_readmes_of_examples_have_commands() -> None:
    assert len(READMES) >= 8
    assert [r.parent.name for r in READMES if not _console(r)] == ["docker", "emulator"], "an image needs an engine"


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
