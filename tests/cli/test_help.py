"""What --help says and in which order, and what an unknown word may have meant."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli import run
from reconciler.cli.help import _SAME_WORD, CommonOption, PermissionOption, near_command
from reconciler.cli.main import COMMANDS
from reconciler.core import exits
from tests.cli.session import folder_for
from tests.cli.test_every_command import ALL


@pytest.mark.parametrize("name", ALL)
def test_its_own_options_come_first_and_every_option_has_a_text(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    run([*name.split(), "--help"])

    shown = capsys.readouterr().out
    titles = [line for line in shown.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert [t for t in titles if t in _ORDER] == sorted((t for t in titles if t in _ORDER), key=_ORDER.index)
    assert "Exit codes: 0 done" in shown
    options = [p for p in ALL[name].params if isinstance(p, click.Option)]
    assert [p.name for p in options if not p.help] == []
    assert ("Common options:" in titles) is any(isinstance(p, CommonOption) for p in options)
    assert ("Permissions:" in titles) is any(isinstance(p, PermissionOption) for p in options)


_ORDER = ["Options:", "Permissions:", "Common options:", "Commands:", "Examples:"]


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("cancel", {"protected"}),
        ("import", {"protected", "foreign"}),
        ("gc", {"delete", "cancel", "protected", "empty", "foreign", "limits"}),
        ("forget", set()),
        ("wait", set()),
        ("status", set()),
        ("gate", set()),
    ],
)
def test_a_permission_is_offered_where_it_means_something(name: str, kinds: set[str]) -> None:
    found = {p.opts[0].removeprefix("--allow-") for p in ALL[name].params if isinstance(p, PermissionOption)}

    assert found == kinds


def test_a_command_that_talks_to_nobody_has_no_target() -> None:
    for name in ("emulator", "schema", "demo", "explain", "version", "help", "completion"):
        assert not {"--emulator", "--workspace", "--lock"} & {o for p in ALL[name].params for o in p.opts}


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("get", "status"),
        ("describe", "show"),
        ("ls", "status"),
        ("log", "history"),
        ("retry", "plan"),
        ("list", "status"),
        ("diff", "plan"),
        ("delete", "help destroy"),
        ("rm", "help destroy"),
        ("up", "help apply"),
        ("down", "help destroy"),
        ("aply", "help apply"),
        ("destory", "help destroy"),
        ("statsu", "status"),
        ("frget", "help forget"),
        ("cancle", "help cancel"),
        ("gate-it", "gate"),
        ("reget", ""),
        ("xyzzy", ""),
    ],
)
def test_an_unknown_word_leads_to_what_was_meant(word: str, meant: str) -> None:
    assert near_command(word, COMMANDS) == meant


@given(st.sampled_from([*_SAME_WORD, *COMMANDS]), st.data())
def test_a_suggestion_is_never_a_command_that_changes_something(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word)))
    slip = word[:place] + data.draw(st.sampled_from(["", "x", "e", word[:1]])) + word[place + 1 :]

    for typed in (word, slip):
        meant = near_command(typed, COMMANDS).split()
        assert not meant or meant[0] in _LOOKS
        assert all(name in COMMANDS for name in meant)


_LOOKS = {
    *("validate", "explain", "plan", "status", "show", "history", "query", "gate", "prompt", "output", "metrics"),
    *("doctor", "dataset", "models", "policy", "schema", "help", "version", "completion"),
}


def test_the_hint_can_be_typed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["delete", "vertex/router"]) == exits.USAGE

    hint = re.findall(r"`tuneform ([^`]+)`", capsys.readouterr().err)[-1]
    assert run(hint.split()) == exits.OK
    assert "Cancel and delete" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("wait --dry-run", "tuneform plan"),
        ("plan --what-if", "tuneform plan"),
        ("apply --prun", "--prune"),
        ("plan --replac", "--replace"),
        ("status --follow", "tuneform status"),
    ],
)
def test_an_unknown_option_leads_to_none_that_acts(line: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(line.split()) == exits.USAGE

    shown = capsys.readouterr().err
    assert told in shown
    assert "--prune" not in shown or told == "--prune"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    monkeypatch.chdir(tmp_path)
    inner = tmp_path / "models" / "eu"
    inner.mkdir(parents=True)
    folder_for("", inner)
    Path("specs/bad.yaml").write_text("kind: VertexTunedModel\nmetadata: {name: x}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return inner


def test_annotations_name_files_from_the_top_of_the_repository(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(["-C", "models/eu", "validate", "--format", "github"])
    assert "file=models/eu/specs/bad.yaml" in capsys.readouterr().out

    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.chdir(project)
    run(["validate", "--format", "github"])
    assert "file=models/eu/specs/bad.yaml" in capsys.readouterr().out

    run(["validate", "--format", "sarif"])
    results = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    places = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in results}
    assert places == {"models/eu/specs/bad.yaml"}

    monkeypatch.setenv("GITHUB_WORKSPACE", "/somewhere/else")
    run(["validate", "--format", "github"])
    assert "file=specs/bad.yaml" in capsys.readouterr().out


def test_a_form_may_stand_before_the_command_or_in_a_variable(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)

    run(["--format", "json", "validate"])
    assert json.loads(capsys.readouterr().out)["counts"]["error"]

    monkeypatch.setenv("TUNEFORM_FORMAT", "json")
    run(["validate"])
    assert json.loads(capsys.readouterr().out)["counts"]["error"]
    run(["validate", "--format", "github"])
    assert capsys.readouterr().out.startswith("::error")
    run(["--format", "github", "validate"])
    assert capsys.readouterr().out.startswith("::error")

    monkeypatch.setenv("TUNEFORM_FORMAT", "env")
    assert run(["validate"]) == exits.FAILED
    assert run(["--format", "env", "validate"]) == exits.USAGE


def test_without_credentials_an_emulators_lock_is_pointed_at(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "")
    monkeypatch.setenv("HOME", str(project))
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(project / "none"))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.delenv("TUNEFORM_EMULATOR", raising=False)
    monkeypatch.chdir(project)
    Path("specs/bad.yaml").unlink()
    assert run(["status", "--emulator"]) == exits.OK
    Path(".tuneform/emulator.lock").write_text('{"version": 1, "entries": {}}\n', encoding="utf-8")
    capsys.readouterr()

    assert run(["status"]) == exits.FAILED

    shown = " ".join(capsys.readouterr().err.split())
    assert "API101" in shown
    assert "is the lock of the embedded emulator: add --emulator." in shown


def test_status_of_one_address(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    spec = (
        "apiVersion: tuneform.dev/v1\nkind: VertexTunedModel\nmetadata: {name: NAME}\nspec:\n"
        "  baseModel: gemini-2.5-flash\n  supervisedTuningSpec: {trainingDatasetUri: data/train.jsonl}\n"
    )
    Path("specs/bad.yaml").write_text(spec.replace("NAME", "a") + "---\n" + spec.replace("NAME", "b"), encoding="utf-8")

    assert run(["status", "vertex/a", "--emulator"]) == exits.OK
    shown = capsys.readouterr().out
    assert ("vertex/a" in shown, "vertex/b" in shown) == (True, False)

    assert run(["status", "vertex/c", "--emulator"]) == exits.FAILED
    assert "RUN013" in capsys.readouterr().err
