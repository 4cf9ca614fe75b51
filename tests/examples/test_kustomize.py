"""The kustomize example by the real tool, as people have it installed: without a flag that lifts its restrictions."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from reconciler.cli import run
from tests.ownership.room import Room

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/kustomize"
TOOLS = [[tool, *words] for tool, words in (("kubectl", ["kustomize"]), ("kustomize", ["build"])) if shutil.which(tool)]
_NEEDED = pytest.mark.skipif(
    not TOOLS, reason="neither kubectl nor kustomize is installed here: the example was not built"
)


def _built(tool: list[str], folder: Path) -> str:
    done = subprocess.run([*tool, str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    shutil.copytree(EXAMPLE, tmp_path / "kustomize")
    monkeypatch.chdir(tmp_path / "kustomize")
    return tmp_path / "kustomize"


def _piped(monkeypatch: pytest.MonkeyPatch, text: str, *words: str) -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    return run([*words, "--emulator", "--workspace", "staging", "-f", "-"])


@_NEEDED
@pytest.mark.parametrize("tool", TOOLS, ids=" ".join)
def test_the_example_goes_from_the_tool_to_a_gate(
    here: Path, tool: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = _built(tool, here / "staging")

    codes = [
        _piped(monkeypatch, text, *words)
        for words in (["validate"], ["plan", "--prune"], ["apply", "--yes", "--prune"], ["gate"])
    ]
    again = _piped(monkeypatch, text, "plan", "--prune", "--detailed-exitcode")

    shown = capsys.readouterr()
    assert (codes, again) == ([0, 0, 0, 0], 0), shown.out + shown.err
    assert "vertex/staging-summariser-legal" in shown.out


@_NEEDED
def test_the_workspace_renders_it_by_itself(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As its README says, and with every command after it."""
    words = ["--emulator", "--workspace", "staging"]

    codes = [run([*command, *words]) for command in (["plan"], ["apply", "--yes"], ["gate"])]
    again = run(["plan", "--detailed-exitcode", *words])

    shown = capsys.readouterr()
    assert (codes, again) == ([0, 0, 0], 0), shown.out + shown.err
    assert (here / "tuneform.staging.yaml").exists()


@_NEEDED
@pytest.mark.parametrize("tool", TOOLS, ids=" ".join)
def test_an_overlay_of_the_overlay_prefixes_references_too(here: Path, tool: list[str]) -> None:
    (here / "eu").mkdir()
    overlay = {"resources": ["../staging"], "nameSuffix": "-eu", "commonAnnotations": {"team": "eu"}}
    (here / "eu/kustomization.yaml").write_text(yaml.safe_dump(overlay), encoding="utf-8")

    child = next(d for d in yaml.safe_load_all(_built(tool, here / "eu")) if "preTunedModel" in d["spec"])

    assert child["metadata"]["name"] == "staging-summariser-legal-eu"
    assert child["spec"]["preTunedModel"]["ref"]["name"] == "staging-summariser-eu"


@_NEEDED
def test_a_tool_that_failed_leaves_an_empty_pipe_which_is_wrong_usage(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = subprocess.run([*TOOLS[0], str(here / "stagging")], capture_output=True, text=True, check=False)

    code = _piped(monkeypatch, failed.stdout, "apply", "--yes", "--prune")

    assert (failed.returncode != 0, code) == (True, 64)
    assert "SPEC014" in capsys.readouterr().err


def test_no_kustomization_names_a_file_outside_of_its_own_folder() -> None:
    """What `kubectl kustomize` refuses, also where it is not installed; folders under resources: are meant."""
    for file in EXAMPLE.rglob("kustomization.yaml"):
        settings = yaml.safe_load(file.read_text(encoding="utf-8"))
        named = [*settings.get("configurations", []), *(r for r in settings["resources"] if r.endswith(".yaml"))]

        assert all(".." not in Path(name).parts for name in named), file


def test_a_bare_plan_after_a_piped_set_deletes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    room = Room(tmp_path, tmp_path / "cloud.db")
    room.workspace()
    room.spec("staging-a")
    text = (tmp_path / "specs/staging-a.yaml").read_text(encoding="utf-8")
    (tmp_path / "specs/staging-a.yaml").rename(tmp_path / "elsewhere")
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    assert room.apply("-f", "-", "--prune").code == 0

    empty = room.run("plan").code
    room.spec("a")

    assert (empty, room.run("plan").code) == (3, 3)
    assert capsys.readouterr().err == ""
