"""A flag beats its variable wherever it stands, a variable the file, and an empty variable is none."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import pytest

from reconciler.cli import run
from reconciler.cli.command_line import CommandLine
from reconciler.cli.main import tuneform
from reconciler.core import exits
from tests.cli.session import folder_for

_NAMES = ("CHDIR", "WORKSPACE", "LOCK", "EMULATOR", "COLOR", "PARALLELISM", "VERBOSE")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in _NAMES:
        monkeypatch.delenv(f"TUNEFORM_{name}", raising=False)
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    monkeypatch.chdir(tmp_path)
    folder_for("", tmp_path)
    plain = Path("tuneform.yaml").read_text(encoding="utf-8")
    for name in ("prod", "stage"):
        Path(f"tuneform.{name}.yaml").write_text(plain.replace("name: acme", f"name: acme-{name}"), encoding="utf-8")
    for name in ("one", "two"):
        Path(name).mkdir()
        Path(name, "tuneform.yaml").write_text(plain.replace("name: acme", f"name: {name}"), encoding="utf-8")
        Path(name, "specs").mkdir()
    return tmp_path


def _target(capsys: pytest.CaptureFixture[str], *argv: str) -> dict[str, str]:
    capsys.readouterr()
    assert run([*argv]) == exits.OK, capsys.readouterr().err
    target: dict[str, str] = json.loads(capsys.readouterr().out)["target"]
    return target


PLACES = pytest.mark.parametrize("is_before", [True, False], ids=["before the command", "after it"])
COMMANDS = pytest.mark.parametrize("command", ["plan", "status", "doctor"])


def _line(command: str, flags: list[str], *, is_before: bool) -> list[str]:
    rest = ["--format", "json", *(["--emulator"] if "--emulator" not in flags else [])]
    return [*flags, command, *rest] if is_before else [command, *flags, *rest]


@PLACES
@COMMANDS
def test_the_flag_of_the_workspace_wins(
    command: str, is_before: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNEFORM_WORKSPACE", "stage")

    target = _target(capsys, *_line(command, ["--workspace", "prod"], is_before=is_before))

    assert target["workspace"] == "acme-prod"


@PLACES
def test_the_flag_of_the_lock_wins(
    is_before: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNEFORM_LOCK", "of-the-variable.lock")

    assert _target(capsys, *_line("plan", ["--lock", "mine.lock"], is_before=is_before))["lock"] == "mine.lock"
    assert _target(capsys, *_line("plan", [], is_before=is_before))["lock"] == "of-the-variable.lock"


@PLACES
def test_the_flag_of_the_target_wins(
    is_before: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNEFORM_EMULATOR", "http://127.0.0.1:9")

    assert _target(capsys, *_line("plan", ["--emulator"], is_before=is_before))["id"].startswith("emulator:")


@PLACES
def test_the_flag_of_the_folder_wins(
    is_before: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNEFORM_CHDIR", "two")

    assert _target(capsys, *_line("plan", ["-C", "one"], is_before=is_before))["workspace"] == "one"


@PLACES
def test_the_flag_of_colour_wins(
    is_before: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNEFORM_COLOR", "always")
    flags = ["--color", "never", "--emulator"]

    assert run([*flags, "plan"] if is_before else ["plan", *flags]) == exits.OK

    assert "\x1b" not in capsys.readouterr().out


@PLACES
def test_a_flag_that_says_yes_is_not_taken_back_by_its_variable(
    is_before: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNEFORM_VERBOSE", "0")
    chosen = CommandLine()

    tuneform.main(["-v", "validate"] if is_before else ["validate", "-v"], obj=chosen, standalone_mode=False)

    assert chosen.verbose


def test_of_a_flag_that_stands_twice_the_later_one_counts(capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--workspace", "stage"], ["--workspace", "prod"]

    for first, second in (flags, flags[::-1]):
        target = _target(capsys, *first, "plan", *second, "--emulator", "--format", "json")
        assert target["workspace"] == f"acme-{second[1]}"


def test_a_variable_beats_the_file_and_an_empty_one_is_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in _NAMES:
        monkeypatch.setenv(f"TUNEFORM_{name}", "")

    assert _target(capsys, "plan", "--emulator", "--format", "json")["workspace"] == "acme"

    monkeypatch.setenv("TUNEFORM_WORKSPACE", "stage")
    monkeypatch.setenv("TUNEFORM_EMULATOR", "embedded")
    assert _target(capsys, "plan", "--format", "json")["workspace"] == "acme-stage"


@pytest.mark.parametrize(
    ("option", "is_before"), list(product(["--emulator=", "--workspace=", "--lock=", "--chdir="], [True, False]))
)
def test_an_empty_flag_is_a_variable_of_the_shell_that_was_not_set(
    option: str, is_before: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([option, "plan"] if is_before else ["plan", option]) == exits.USAGE

    assert "it is empty" in capsys.readouterr().err
