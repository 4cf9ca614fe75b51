"""--dry-run says what a command would do, and does nothing: neither the lock, the specs nor the cloud are another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from reconciler.cli import run
from reconciler.core import exits
from reconciler.emulator import Emulator, Request
from tests.cli.session import folder_for
from tests.cli.test_every_command import ALL

_SPEC = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: router}
spec:
  baseModel: gemini-3.5-flash
  labels: {team: support}
  supervisedTuningSpec: {trainingDatasetUri: data/train.jsonl, hyperParameters: {epochCount: 1}}
"""


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two attempts, of which the second serves; what is asked of the emulator ends at once."""
    monkeypatch.setenv("TUNEFORM_EMULATOR", "embedded")
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    monkeypatch.chdir(tmp_path)
    folder_for("", tmp_path)
    for epochs in (1, 2):
        Path("specs/router.yaml").write_text(_SPEC.replace("epochCount: 1", f"epochCount: {epochs}"), encoding="utf-8")
        assert run(["apply", "--yes"]) == exits.OK
    return tmp_path


def _state() -> dict[str, Any]:
    emulator = Emulator.open(".tuneform/emulator.db")
    place = "/v1/projects/acme-ml/locations/us-central1"
    try:
        kinds = ("tuningJobs", "models", "endpoints")
        asked = [emulator.handle(Request("GET", f"{place}/{kind}", "", {}, b"")) for kind in kinds]
        cloud = [b"".join(answer.chunks) for answer in asked]
    finally:
        emulator.close()
    files = {str(p): p.read_bytes() for p in [Path(".tuneform/emulator.lock"), *sorted(Path("specs").rglob("*.yaml"))]}
    return {"cloud": cloud, "files": files}


LINES = {
    "apply": "± vertex/router",
    "destroy vertex/router": "- vertex/router",
    "rollback vertex/router": "vertex/router",
    "forget vertex/router": ". vertex/router",
    "gc --keep-last 0": "vertex/router",
}


@pytest.mark.parametrize("line", LINES)
@pytest.mark.usefixtures("room")
def test_what_would_be_done_is_shown_and_nothing_is(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    if line == "apply":
        Path("specs/router.yaml").write_text(_SPEC.replace("epochCount: 1", "epochCount: 9"), encoding="utf-8")
    before = _state()
    capsys.readouterr()

    code = run([*line.split(), "--dry-run"])

    shown = capsys.readouterr().out
    assert code == exits.OK
    assert LINES[line] in shown
    assert _state() == before


@pytest.mark.parametrize("line", ["apply", "destroy vertex/router", "rollback vertex/router", "forget vertex/router"])
@pytest.mark.usefixtures("room")
def test_as_json_it_is_one_plan(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()

    assert run([*line.split(), "--dry-run", "--format", "json"]) == exits.OK

    document = json.loads(capsys.readouterr().out)
    assert [change["address"] for change in document["changes"]] == ["vertex/router"]


@pytest.mark.usefixtures("room")
def test_what_would_be_refused_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("specs/router.yaml").unlink()

    assert run(["apply", "--dry-run"]) == exits.REFUSED
    assert run(["apply", "--dry-run", "--format", "json"]) == exits.REFUSED

    assert "PLAN102" in capsys.readouterr().err


@pytest.mark.usefixtures("room")
def test_an_import_shows_its_plan_and_the_spec_and_writes_neither(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forget", "vertex/router", "--yes"]) == exits.OK
    Path("specs/router.yaml").unlink()
    capsys.readouterr()
    assert run(["import", "--all", "--dry-run"]) == exits.OK
    model = next(word for word in capsys.readouterr().out.split() if "/models/" in word or "/tuningJobs/" in word)
    before = _state()

    assert run(["import", "vertex/mine", model, "--dry-run"]) == exits.OK

    shown = capsys.readouterr().out
    assert "< vertex/mine" in shown
    assert "kind: VertexTunedModel" in shown
    assert _state() == before


@pytest.mark.usefixtures("room")
def test_a_training_under_way_goes_on(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "manual")
    Path("specs/router.yaml").write_text(_SPEC.replace("epochCount: 1", "epochCount: 9"), encoding="utf-8")
    assert run(["apply", "--yes", "--no-wait"]) == exits.STILL_RUNNING
    before = _state()

    assert run(["cancel", "vertex/router", "--dry-run"]) == exits.OK

    assert "x vertex/router" in capsys.readouterr().out
    assert _state() == before


@pytest.mark.parametrize("line", ["apply plan.json --dry-run", "apply --checksum x --dry-run", "gc --yes --dry-run"])
def test_what_contradicts_it_is_wrong_usage(line: str) -> None:
    assert run(line.split()) == exits.USAGE


def _with_dry_run() -> Iterator[str]:
    for name, command in ALL.items():
        if any("--dry-run" in p.opts for p in command.params if isinstance(p, click.Option)):
            yield name


def test_every_command_that_asks_before_it_changes_something_has_it() -> None:
    asks = {name for name, command in ALL.items() if any("--yes" in p.opts for p in command.params)}

    # What these two ask before is whether to keep a recording: a file of the user's, and nothing of a cloud's.
    asks -= {"emulator", "verify"}
    assert set(_with_dry_run()) == asks | {"notify"}, "it tells others, and asks nobody"


@pytest.mark.parametrize("line", ["status", "show vertex/router", "history vertex/router", "models"])
@pytest.mark.usefixtures("room")
def test_yaml_says_what_json_says(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = {}
    for form in ("json", "yaml"):
        capsys.readouterr()
        assert run([*line.split(), "--format", form]) == exits.OK
        shown[form] = capsys.readouterr().out

    known, written = json.loads(shown["json"]), yaml.safe_load(shown["yaml"])
    assert _without_ages(written) == _without_ages(known)
    assert not shown["yaml"].startswith("{")


def _without_ages(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_ages(v) for key, v in value.items() if key not in ("age_s", "since_s")}
    return [_without_ages(v) for v in value] if isinstance(value, list) else value


@pytest.mark.usefixtures("room")
def test_a_wide_status_has_jobs_and_models(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["status"]) == exits.OK
    assert "/tuningJobs/" not in capsys.readouterr().out

    assert run(["status", "--format", "wide"]) == exits.OK
    shown = capsys.readouterr().out
    assert "/tuningJobs/" in shown
    assert "/models/" in shown
