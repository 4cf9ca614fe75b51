"""`--exclude` and `plan --destroy`: what a plan is not about, what destroys, and how either is saved and applied."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import run
from reconciler.core import exits
from tests.cli.session import folder_for

_SPEC = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: NAME}
spec:
  BASE
  supervisedTuningSpec: {trainingDatasetUri: data/train.jsonl}
"""


def _declare(name: str, base: str = "baseModel: gemini-2.5-flash") -> None:
    Path(f"specs/{name}.yaml").write_text(_SPEC.replace("NAME", name).replace("BASE", base), encoding="utf-8")


@pytest.fixture
def typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    monkeypatch.setenv("TUNEFORM_EMULATOR", "embedded")
    monkeypatch.chdir(tmp_path)
    folder_for("", tmp_path)
    _declare("a")
    _declare("b", "preTunedModel: {ref: {kind: VertexTunedModel, name: a}}")
    _declare("c")

    def type_(line: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "stdin", StringIO(""))
        capsys.readouterr()
        code = run(shlex.split(line))
        shown = capsys.readouterr()
        return code, " ".join((shown.out + shown.err).split())

    return type_


def _entries() -> dict[str, Any]:
    lock: dict[str, Any] = json.loads(Path(".tuneform/emulator.lock").read_text(encoding="utf-8"))
    found: dict[str, Any] = lock.get("entries", {})
    return found


def _made_with(path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))["made_with"]
    return found


def test_what_is_left_out_is_neither_made_nor_removed(typed: Callable[..., tuple[int, str]]) -> None:
    code, shown = typed("plan --exclude vertex/a")
    assert code == exits.OK
    assert "PLAN132" in shown
    assert "vertex/a, vertex/b are not touched" in shown

    assert typed("apply --yes --exclude vertex/a")[0] == exits.OK
    assert list(_entries()) == ["vertex/c"]
    assert typed("apply --yes")[0] == exits.OK
    for name in "ac":
        Path(f"specs/{name}.yaml").unlink()
    Path("specs/b.yaml").unlink()
    code, shown = typed("apply --yes --exclude vertex/a --exclude vertex/b --allow-empty")
    assert code == exits.OK, shown
    assert list(_entries()) == ["vertex/a", "vertex/b"]


def test_a_saved_plan_leaves_out_the_same(typed: Callable[..., tuple[int, str]]) -> None:
    assert typed("plan --exclude vertex/a --out p.json")[0] == exits.OK
    assert _made_with("p.json") == {"exclude": ["vertex/a"]}

    contrary, other = typed("apply p.json --exclude vertex/c"), typed("apply p.json --target vertex/c")
    code, shown = typed("apply p.json")

    assert (contrary[0], other[0]) == (exits.USAGE, exits.USAGE)
    assert code == exits.OK, shown
    assert list(_entries()) == ["vertex/c"]


def test_an_approved_checksum_is_of_what_was_left_out(typed: Callable[..., tuple[int, str]]) -> None:
    assert typed("apply --yes")[0] == exits.OK
    _declare("c", "baseModel: gemini-2.5-flash\n  labels: {team: x}")
    _, shown = typed("plan --exclude vertex/a --format markdown")
    command = shown.partition("```sh ")[2].partition(" ```")[0].removeprefix("tuneform ")

    stale, applied = typed(command.replace(" --exclude vertex/a", "")), typed(command)

    assert (stale[0], "PLAN109" in stale[1]) == (exits.FAILED, True)
    assert applied[0] == exits.OK, applied[1]


@pytest.mark.parametrize(
    "line",
    [
        "plan --exclude vertex/a --target vertex/c",
        "apply --exclude vertex/a --target vertex/c",
        "plan --exclude vertex/a --replace vertex/a",
        "plan --destroy --replace vertex/a",
        "destroy vertex/a --exclude vertex/a",
        "plan --destroy --target vertex/a --exclude vertex/a",
    ],
)
def test_what_contradicts_itself_is_wrong_usage(typed: Callable[..., tuple[int, str]], line: str) -> None:
    assert typed(line)[0] == exits.USAGE


def test_an_address_that_nobody_knows_is_named(typed: Callable[..., tuple[int, str]]) -> None:
    code, shown = typed("plan --exclude vertex/absent")

    assert (code, "PLAN110" in shown) == (exits.FAILED, True)


# What destroys


def _applied(typed: Callable[..., tuple[int, str]]) -> None:
    assert typed("apply --yes")[0] == exits.OK


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("", "--all"),
        ("--target vertex/b --target vertex/c", "vertex/b vertex/c"),
        ("--exclude vertex/c", "--all --exclude vertex/c"),
    ],
)
def test_the_plan_is_that_of_destroy(typed: Callable[..., tuple[int, str]], options: str, words: str) -> None:
    _applied(typed)
    before = Path(".tuneform/emulator.lock").read_bytes()

    planned = typed(f"plan --destroy {options} --allow-limits --format json")
    dry = typed(f"destroy {words} --allow-limits --dry-run --format json")

    assert _ageless(planned[1]) == _ageless(dry[1])
    assert planned[0] == dry[0]
    assert planned[0] == exits.OK
    assert Path(".tuneform/emulator.lock").read_bytes() == before


def _ageless(text: str) -> str:
    """Time goes on between two commands."""
    return re.sub(r'"age_s": [0-9.]+', '"age_s": 0', text)


@pytest.mark.parametrize("options", ["", "--target vertex/b", "--exclude vertex/c"])
def test_it_is_saved_and_applied(typed: Callable[..., tuple[int, str]], options: str) -> None:
    _applied(typed)
    left = {"": [], "--target vertex/b": ["vertex/a", "vertex/c"], "--exclude vertex/c": ["vertex/c"]}[options]
    assert typed(f"plan --destroy {options} --allow-limits --out p.json")[0] == exits.OK
    assert _made_with("p.json")["destroy"] is True

    code, shown = typed("apply p.json --allow-limits")

    assert code == exits.OK, shown
    assert list(_entries()) == left


def test_a_permission_is_not_in_it_and_a_protected_model_is_refused(typed: Callable[..., tuple[int, str]]) -> None:
    _declare("c", "baseModel: gemini-2.5-flash\n  tuneform: {lifecycle: {protect: true}}")
    _applied(typed)

    assert typed("plan --destroy --target vertex/c --out p.json")[0] == exits.REFUSED
    code, shown = typed("apply p.json")

    assert (code, "PLAN103" in shown) == (exits.REFUSED, True)
    assert "vertex/c" in _entries()


def test_a_child_that_is_left_out_keeps_its_parent(typed: Callable[..., tuple[int, str]]) -> None:
    _applied(typed)

    code, shown = typed("plan --destroy --exclude vertex/b")

    assert (code, "PLAN113" in shown) == (exits.FAILED, True)


def test_a_stale_one_destroys_nothing(typed: Callable[..., tuple[int, str]]) -> None:
    _applied(typed)
    assert typed("plan --destroy --allow-limits --out p.json")[0] == exits.OK
    _declare("d")
    _applied(typed)

    code, shown = typed("apply p.json --allow-limits")

    assert (code, "PLAN109" in shown) == (exits.FAILED, True)
    assert len(_entries()) == 4


def test_the_command_below_a_reviewed_plan_destroys_exactly_that(typed: Callable[..., tuple[int, str]]) -> None:
    _applied(typed)
    _, shown = typed("plan --destroy --target vertex/b --format markdown")
    command = shown.partition("```sh ")[2].partition(" ```")[0].removeprefix("tuneform ")
    assert command.startswith("destroy vertex/b --checksum ")

    wrong = typed("destroy vertex/c --checksum 3f1c")
    code, shown = typed(command)

    assert (wrong[0], "PLAN109" in wrong[1]) == (exits.FAILED, True)
    assert code == exits.OK, shown
    assert list(_entries()) == ["vertex/a", "vertex/c"]
