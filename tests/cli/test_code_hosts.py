"""What GitHub and GitLab are told: files of a job's step, counts for a widget, paths from the top of the repository."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import run
from reconciler.core import exits
from tests.datasets_cli.conftest import Project, rows
from tests.datasets_cli.conftest import project as project  # noqa: PLC0414 - a fixture


@pytest.fixture
def declared(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A workspace with one model that nobody has trained yet; no variable of a code host is set."""
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(name, raising=False)
    project.write("specs/data/train.jsonl", rows(20))
    project.model()
    return project


@pytest.fixture
def step(declared: Project, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The files of a step: summary and outputs, which an earlier command has written to."""
    summary, output = declared.folder / "summary.md", declared.folder / "output"
    summary.write_text("before\n", encoding="utf-8")
    output.write_text("first=1\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_OUTPUT", str(output))
    return summary, output


def _outputs(file: Path) -> dict[str, str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_a_plan_goes_into_the_summary_and_the_outputs_where_somebody_asks(
    declared: Project, step: tuple[Path, Path]
) -> None:
    summary, output = step

    shown = declared.run("plan --into-github --detailed-exitcode")

    checksum = json.loads(declared.run("plan --format json").out)["checksum"]
    assert shown.code == exits.CHANGES
    assert "+ vertex/router  create" in shown.out
    assert summary.read_text(encoding="utf-8").startswith("before\n**EMULATOR")
    assert "### Plan: 1 to create" in summary.read_text(encoding="utf-8")
    assert _outputs(output) == {
        "first": "1",
        "changes": "1",
        "blocked": "0",
        "refused": "false",
        "checksum": checksum,
        "summary": "1 to create",
        "exitcode": "2",
    }


def test_nothing_is_written_unasked(declared: Project, step: tuple[Path, Path]) -> None:
    declared.run("plan")
    declared.run("plan --format github")

    assert [file.read_text(encoding="utf-8") for file in step] == ["before\n", "first=1\n"]


def test_a_refused_plan_says_so_to_later_steps(declared: Project, step: tuple[Path, Path]) -> None:
    declared.workspace("  catalog: historic\n  budget: {perPlan: 0 USD}")

    shown = declared.run("plan --into-github")

    assert shown.code == exits.REFUSED
    assert _outputs(step[1])["refused"] == "true"
    assert _outputs(step[1])["exitcode"] == "3"
    assert "### ❌ Refused" in step[0].read_text(encoding="utf-8")


def test_apply_and_gate_say_how_they_ended(declared: Project, step: tuple[Path, Path]) -> None:
    declared.run("apply --yes --into-github")
    applied = _outputs(step[1])
    declared.run("gate --into-github")

    assert (applied["exitcode"], applied["changes"]) == ("0", "1")
    assert _outputs(step[1])["verdict"] == "passed"
    assert "### ✅ Gate passed" in step[0].read_text(encoding="utf-8")


def test_without_a_runner_the_plan_is_made_and_that_is_said(declared: Project) -> None:
    shown = declared.run("plan --into-github")

    assert shown.code == exits.OK
    assert "PLAN140" in shown.err


def test_what_is_no_file_is_refused_before_anything_is_done(declared: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    target = declared.folder / "elsewhere"
    link = declared.folder / "link"
    link.symlink_to(target)
    for place in (str(link), str(declared.folder), "/dev/null"):
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", place)

        shown = declared.run("apply --yes --into-github")

        assert shown.code == exits.FAILED
        assert "RUN016" in shown.err
    assert not target.exists()
    assert not (declared.folder / ".tuneform/emulator.lock").exists()


@pytest.mark.parametrize(("share", "says"), [(0.2, ""), (0.9, "Left out, because a job summary"), (2.0, "<details>")])
def test_a_summary_that_is_nearly_full_is_not_overfilled(
    declared: Project, step: tuple[Path, Path], share: float, says: str
) -> None:
    whole = len(declared.run("plan --format markdown").out.encode())
    before = (1 << 20) - int(share * whole)
    step[0].write_bytes(b"x" * before)

    shown = declared.run("plan --into-github")

    written = step[0].read_bytes()[before:].decode()
    assert shown.code == exits.OK
    assert before + len(written) < 1 << 20
    assert says in written if says else not written


def test_the_widget_of_a_merge_request_counts_changes(declared: Project) -> None:
    counts = json.loads(declared.run("plan --format gitlab").out)

    assert counts == {"create": 1, "update": 0, "delete": 0}


def _places(form: str, text: str) -> set[str]:
    if form == "codequality":
        return {issue["location"]["path"] for issue in json.loads(text)}
    if form == "sarif":
        results: list[dict[str, Any]] = json.loads(text)["runs"][0]["results"]
        return {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in results}
    return {line.split("file=")[1].split(",")[0] for line in text.splitlines() if "file=" in line}


@pytest.mark.parametrize("form", ["github", "sarif", "codequality"])
@pytest.mark.parametrize("place", ["GITHUB_WORKSPACE", "CI_PROJECT_DIR", ".git"])
def test_paths_begin_at_the_top_of_the_repository(
    declared: Project, form: str, place: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    models = declared.folder / "models" / "eu"
    (models / "specs").mkdir(parents=True)
    (models / "specs/bad.yaml").write_text("kind: VertexTunedModel\nmetadata: {name: x}\n", encoding="utf-8")
    if place == ".git":
        (declared.folder / ".git").mkdir()
    else:
        monkeypatch.setenv(place, str(declared.folder))
    monkeypatch.chdir(declared.folder / "models")

    run(["-C", "eu", "validate", "--format", form])

    assert _places(form, capsys.readouterr().out) == {"models/eu/specs/bad.yaml"}


@pytest.mark.parametrize("form", ["github", "sarif"])
def test_so_do_those_of_data(
    declared: Project, form: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(declared.folder))
    declared.write("models/bad.jsonl", "{}\n")

    run(["-C", "models", "dataset", "check", "bad.jsonl", "--format", form])

    assert _places(form, capsys.readouterr().out) == {"models/bad.jsonl"}


def test_what_has_no_place_stands_at_the_workspace_file_of_its_folder(
    declared: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    declared.workspace("  catalog: historic\n  budget: {perPlan: 0 USD}")
    monkeypatch.setenv("GITHUB_WORKSPACE", os.path.dirname(declared.folder))  # noqa: PTH120 - a text
    folder = declared.folder.name

    for form in ("sarif", "codequality"):
        run(["plan", "--format", form])

        assert f"{folder}/tuneform.yaml" in _places(form, capsys.readouterr().out)
