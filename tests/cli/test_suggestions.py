"""A command that a run suggests is complete: typed as it stands, it acts on what the run was about."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import click
import pytest

from reconciler.cli import run
from reconciler.cli.command_line import CommandLine
from reconciler.cli.main import COMMANDS, tuneform
from reconciler.cli.suggestions import REPEATED, completion
from reconciler.core import exits
from reconciler.core.lock import Lock
from reconciler.core.model import Address
from reconciler.files.lock_json import encode_lock
from tests.cli.session import folder_for

_SPEC = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: NAME}
spec:
  baseModel: gemini-2.5-flash
  supervisedTuningSpec: {trainingDatasetUri: data/train.jsonl}
"""
_ASKS_NOBODY = {"schema", "emulator", "emulator verify", "demo", "explain", "completion", "help", "version"}


def _commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(tuneform)
    for name in COMMANDS:
        command = tuneform.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {sub}", found) for sub, found in command.commands.items())


ALL = dict(_commands())
_GROUPS = {name for name in ALL if any(other.startswith(f"{name} ") for other in ALL)} - {"models"}


def test_every_command_says_what_it_repeats() -> None:
    assert set(REPEATED) == set(ALL) - _GROUPS - _ASKS_NOBODY


@pytest.mark.parametrize("name", REPEATED)
def test_what_a_command_repeats_is_an_option_of_it(name: str) -> None:
    known = {text for parameter in ALL[name].params for text in parameter.opts}

    assert set(REPEATED[name]) <= known


@pytest.mark.parametrize("name", REPEATED)
def test_an_option_that_tells_whose_models_are_meant_is_repeated_wherever_it_is_known(name: str) -> None:
    known = {text for parameter in ALL[name].params for text in parameter.opts}

    missing = {"-C", "--workspace", "--lock", "--emulator", "--file"} & known - set(REPEATED[name])

    assert missing <= _MEANINGLESS.get(name.split(maxsplit=1)[0], set())


_MEANINGLESS = {
    "init": {"--workspace", "--lock", "--emulator"},
    "validate": {"--lock", "--emulator"},
    "dataset": {"--workspace", "--lock", "--emulator"},
    "models": {"--lock", "--emulator"},
    "policy": {"--lock", "--emulator"},
}
"""What these commands read has no lock, no workspace or no target."""


def _everything() -> CommandLine:
    return CommandLine(
        folder=".",
        started_in="my models",
        workspace="dev",
        lock="locks/x.lock",
        emulator="http://127.0.0.1:8787",
        files=("-", "more specs"),
        prune=True,
        targets=(Address("vertex", "a"),),
        replaces=(Address("vertex", "b"),),
        allowed=frozenset({"cancel"}),
    )


def test_all_options_of_a_run_are_repeated_once_and_a_permission_only_with_its_plan() -> None:
    complete = completion(_everything())

    again = complete(("apply", "--replace", "vertex/a"))
    this = complete(("apply", "--checksum", "3f1c"))

    common = ("-C", "my models", "--workspace", "dev", "--lock", "locks/x.lock", "--emulator=http://127.0.0.1:8787")
    whole = (*common, "-f", "-", "-f", "more specs", "--prune", "--target", "vertex/a")
    assert again == ("apply", "--replace", "vertex/a", *whole)
    assert this == ("apply", "--checksum", "3f1c", *whole, "--replace", "vertex/b", "--allow-cancel")
    assert complete(again) == again
    assert complete(("wait",)) == ("wait", *common, "-f", "-", "-f", "more specs")
    assert complete(("forget", "vertex/a")) == ("forget", "vertex/a", *common)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("TUNEFORM_EMULATOR", "TUNEFORM_WORKSPACE", "NO_COLOR", "FORCE_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    monkeypatch.chdir(tmp_path)
    inner = tmp_path / "my models"
    inner.mkdir()
    folder_for("", inner)
    Path("tuneform.yaml").rename("tuneform.dev.yaml")
    Path("other").mkdir()
    Path("other/a.yaml").write_text(_spec("a"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return inner


def _spec(name: str) -> str:
    return _SPEC.replace("NAME", name).replace("data/train", "../specs/data/train")


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Run it as a shell of its own would, each time from the folder that the first one was started in."""
    start = Path.cwd()

    def type_(line: str, stdin: str = "") -> tuple[int, str]:
        monkeypatch.chdir(start)
        monkeypatch.setattr(sys, "stdin", StringIO(stdin))
        capsys.readouterr()
        code = run(shlex.split(line)[1:])
        monkeypatch.chdir(start)
        shown = capsys.readouterr()
        return code, shown.out + shown.err

    return type_


_RUN = "-C 'my models' --workspace dev --lock 'the lock' --emulator"


def _suggested(text: str, word: str) -> str:
    found = [line.strip() for line in text.splitlines() if line.strip().startswith(f"tuneform {word}")]
    assert found, text
    return found[0]


@pytest.mark.usefixtures("folder")
def test_what_to_go_on_with_goes_on(typed: Callable[..., tuple[int, str]]) -> None:
    code, shown = typed(f"tuneform apply {_RUN} -f other --yes --no-wait")
    assert code == exits.STILL_RUNNING

    line = _suggested(shown, "wait")

    assert line == "tuneform wait -C 'my models' --workspace dev --lock 'the lock' --emulator -f other"
    assert typed(line)[0] == exits.OK


@pytest.mark.usefixtures("folder")
def test_it_repeats_what_stood_before_the_command_and_what_came_from_variables(
    typed: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNEFORM_WORKSPACE", "dev")
    monkeypatch.setenv("TUNEFORM_EMULATOR", "embedded")

    _, shown = typed("tuneform -C 'my models' --lock 'the lock' apply -f other --yes --no-wait")

    line = _suggested(shown, "wait")
    monkeypatch.delenv("TUNEFORM_WORKSPACE")
    monkeypatch.delenv("TUNEFORM_EMULATOR")
    assert typed(line)[0] == exits.OK


@pytest.mark.parametrize(
    "extra", ["-f - --prune", "-f other --prune", "-f other --target vertex/a", "-f other --replace vertex/a"]
)
@pytest.mark.usefixtures("folder")
def test_apply_exactly_this_applies_exactly_this(typed: Callable[..., tuple[int, str]], extra: str) -> None:
    code, shown = typed(f"tuneform plan {_RUN} {extra} --format markdown", _spec("a").replace("../specs", "specs"))
    assert code == exits.OK, shown

    line = _suggested(shown, "apply --checksum")

    code, shown = typed(line, _spec("a").replace("../specs", "specs"))
    assert (code, "is not the one" in shown) == (exits.OK, False), shown


@pytest.mark.usefixtures("folder")
def test_what_mends_a_blocked_model_mends_it(
    typed: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "1")
    typed(f"tuneform apply {_RUN} -f other --yes --no-wait")
    typed(f"tuneform cancel vertex/a {_RUN} --yes")
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    code, shown = typed(f"tuneform plan {_RUN} -f other")
    assert code == exits.OK, shown

    line = _suggested(shown, "apply --replace")

    assert typed(f"{line} --yes")[0] == exits.OK


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (f"tuneform prompt vertex/a hi {_RUN}", "plan"),
        (f"tuneform show vertex/a {_RUN}", "plan"),
        (f"tuneform output vertex/a {_RUN}", "status"),
        (f"tuneform cancel vertex/a {_RUN}", "status"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_command_inside_a_sentence_is_complete_too(
    typed: Callable[..., tuple[int, str]], line: str, word: str
) -> None:
    Path("my models/the lock").write_bytes(encode_lock(Lock(lineage="l"), {}))

    _, shown = typed(line)

    flat = " ".join(shown.split())
    assert f"`tuneform {word} -C 'my models' --workspace dev --lock 'the lock' --emulator`" in flat
