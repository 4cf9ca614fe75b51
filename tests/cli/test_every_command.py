"""What holds for every command: an example in its --help, and the exit-code table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from reconciler.cli import run
from reconciler.cli.main import COMMANDS, tuneform
from reconciler.core import exits
from tests.cli.session import folder_for


def _commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(tuneform)
    for name in COMMANDS:
        command = tuneform.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {sub}", found) for sub, found in command.commands.items())


ALL = dict(_commands())


@pytest.mark.parametrize("name", ALL)
def test_help_shows_what_it_does_and_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = run([*name.split(), "--help"])

    shown = capsys.readouterr().out
    assert code == exits.OK
    assert "Examples:" in shown
    assert f"tuneform {name.split(maxsplit=1)[0]}" in shown
    assert all(len(line) <= 100 for line in shown.splitlines())


@pytest.mark.parametrize("name", ALL)
def test_a_typo_in_an_option_ends_with_64_and_never_reads_as_changes(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*name.split(), "--no-such-option"]) == exits.USAGE

    assert "No such option" in capsys.readouterr().err


def test_the_list_of_commands_needs_no_import_and_matches_the_commands() -> None:
    for name, summary in COMMANDS.items():
        command = ALL[name]
        assert command.name == name
        assert summary.endswith(".")


def test_no_permission_and_no_selection_comes_from_the_environment() -> None:
    for name, command in ALL.items():
        for option in command.params:
            if option.name and (option.name.startswith("allow_") or option.name in _GIVEN_WHERE_USED):
                assert option.envvar is None, (name, option.name)


_GIVEN_WHERE_USED = {"yes", "replace", "targets", "prune", "files", "checksum"}


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["--version"], exits.OK),
        (["validate"], exits.OK),
        (["plan", "--emulator"], exits.OK),
        (["plan", "--emulator", "--detailed-exitcode"], exits.CHANGES),
        (["gate", "--emulator"], exits.REFUSED),
        (["apply", "--emulator", "--yes", "--no-wait"], exits.STILL_RUNNING),
        (["apply", "--emulator"], exits.FAILED),
        (["show", "vertex/absent", "--emulator"], exits.FAILED),
        (["plan", "--emulator=http://example.invalid:1"], exits.FAILED),
        (["plan", "--emulator=http://127.0.0.1:9"], exits.FAILED),
        (["plan", "-C", "no/such/folder"], exits.FAILED),
        (["no-such-command"], exits.USAGE),
    ],
)
def test_the_exit_code_table_holds(
    argv: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "1")
    folder_for("", tmp_path)
    Path("specs/router.yaml").write_text(_SPEC, encoding="utf-8")

    assert run(argv) == code

    shown = capsys.readouterr()
    assert "Traceback" not in shown.out + shown.err


_SPEC = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: router}
spec:
  baseModel: gemini-3.5-flash
  supervisedTuningSpec: {trainingDatasetUri: data/train.jsonl}
"""
