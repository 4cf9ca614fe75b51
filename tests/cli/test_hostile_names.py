"""Names that no terminal should see, and structures that no stack should hold, end in words."""

from __future__ import annotations

import json
import os
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from tests.cli.session import folder_for
from tests.datasets_cli.shown import Shown, typed

_SPEC = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: NAME}
spec:
  BASE
  supervisedTuningSpec: {trainingDatasetUri: data/train.jsonl}
"""
_LOCK = Path(".tuneform/emulator.lock")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TUNEFORM_EMULATOR", "embedded")
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    folder_for("", tmp_path)
    Path("specs/a.yaml").write_text(_spec("a"), encoding="utf-8")
    return tmp_path


def _spec(name: str, parent: str = "") -> str:
    base = f"preTunedModel: {{ref: {{kind: VertexTunedModel, name: {parent}}}}}"
    return _SPEC.replace("NAME", name).replace("BASE", base if parent else "baseModel: gemini-2.5-flash")


def _is_plain(shown: Shown) -> bool:
    """Nothing that moves a cursor or turns text round, and no bug."""
    return not _controls(shown) and "BUG001" not in shown.text and shown.code != 70


def _controls(shown: Shown) -> set[str]:
    """Documents for programs are JSON, in which a letter that turns text round is a letter."""
    kinds = ("Cc", "Cs") if shown.out.startswith("{") else ("Cc", "Cf", "Cs", "Zl")
    return {f"U+{ord(c):04X}" for c in shown.text if c != "\n" and unicodedata.category(c) in kinds}


NAMES = {
    "bytes that are no UTF-8": os.fsdecode(b"x\xff\xe9"),
    "an escape": "x\x1b[31m",
    "a new line": "x\n::error::y",
    "right to left": "x\u202ey",
    "a separator": "x\u2028y",
    "a bell": "x\x07",
}
_FORMS = ("text", "json", "sarif", "github")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", _FORMS)
def test_the_name_of_a_data_file_moves_nothing(name: str, form: str) -> None:
    path = Path(f"{NAMES[name]}.jsonl")
    row: dict[str, Any] = {"contents": [], NAMES["an escape"]: 1, "k\u202e": 2}
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")

    quoted = "'" + str(path) + "'"
    shown = [typed(f"dataset check {quoted} --format {form}"), typed(f"dataset stats {quoted}")]

    assert [(s.code, _is_plain(s)) for s in shown] == [(1, True), (0, True)], shown
    if form in ("json", "sarif"):
        json.loads(shown[0].out)


@pytest.mark.parametrize("name", NAMES)
def test_what_conversion_and_split_say_of_it_moves_nothing(name: str) -> None:
    path = Path(f"{NAMES[name]}.jsonl")
    rows = [{"prompt": f"q{n}", "completion": "a", NAMES["an escape"]: 1} for n in range(9)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    quoted = "'" + str(path) + "'"

    shown = [
        typed(f"dataset convert {quoted} --out 'y{path}'"),
        typed(f"dataset convert {quoted} --out 'y{path}'"),
        typed(f"dataset split {quoted} --validation 0.5"),
        typed(f"dataset split {quoted} --validation 0.5"),
        typed(f"lock merge {quoted}"),
        typed(f"apply {quoted}"),
        typed(f"demo --keep {quoted}"),
    ]

    assert [(s.code, _is_plain(s)) for s in shown] == [(0, True), (1, True), (0, True), *[(1, True)] * 4], shown


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", _FORMS)
def test_the_name_of_a_spec_file_moves_nothing(name: str, form: str) -> None:
    Path(f"specs/{NAMES[name]}.yaml").write_text('kind: X\n"k\\e[31m": [\n', encoding="utf-8")

    shown = [typed(f"validate --format {form}"), typed(f"plan --format {form}")]

    assert [(s.code, _is_plain(s)) for s in shown] == [(1, True), (1, True)], shown


_COMMANDS = (
    *(
        "plan",
        "status",
        "output",
        "output --format env",
        "output --format github",
        "output --format configmap",
        "doctor",
        "gate",
        "gc",
        "lock merge",
        "wait",
        "apply --yes",
    ),
    *("show vertex/a", "history vertex/a", "import --all", "metrics vertex/a", "report", "destroy --all --yes"),
)
_NO_ADDRESSES = (
    "../x",
    "x",
    "",
    "vertex/",
    "/x",
    "other/x",
    "VERTEX/x",
    "vertex/a/b",
    "vertex/..",
    "vertex/\x1b[31m",
    "vertex/x\n",
)


def _edited(change: str, value: str) -> None:
    """The lock as somebody wrote it by hand."""
    assert typed("apply --yes").code == 0
    lock = json.loads(_LOCK.read_text(encoding="utf-8"))
    entry = lock["entries"]["vertex/a"]
    (training,) = entry["trainings"].values()
    if change == "address":
        lock["entries"][value] = entry
    elif change == "parent":
        training["submission"]["parent"] = value
    elif change == "former":
        entry["former"] = [value]
    else:
        training[change] = value
    _LOCK.write_text(json.dumps(lock), encoding="utf-8")


@pytest.mark.parametrize("value", _NO_ADDRESSES)
@pytest.mark.parametrize("change", ["address", "parent"])
def test_what_is_no_address_in_a_lock_is_refused_by_every_command(change: str, value: str) -> None:
    _edited(change, value)

    shown = {command: typed(command) for command in _COMMANDS}

    is_left_out = change == "parent" and not value
    assert {command for command, s in shown.items() if not _is_plain(s)} == set()
    assert {command for command, s in shown.items() if "LOCK001" in s.text} == (
        set() if is_left_out else set(_COMMANDS)
    )


@pytest.mark.parametrize("change", ["former", "endpoint", "model"])
def test_no_text_of_a_lock_moves_anything(change: str) -> None:
    _edited(change, "x\x1b[31m\u202e\ny=1")

    for command in _COMMANDS:
        shown = typed(command)
        assert _is_plain(shown), (command, shown)
        assert "\ny=1" not in shown.out


def test_a_chain_of_a_thousand_models_is_planned() -> None:
    documents = [_spec("m0"), *(_spec(f"m{n}", f"m{n - 1}") for n in range(1, 1000))]
    Path("specs/a.yaml").write_text("---\n".join(documents), encoding="utf-8")

    shown = [typed(words) for words in ("validate", "plan", "gate", "status")]

    assert [s.code for s in shown] == [0, 0, 3, 0]
    assert "1,000 to create" in shown[1].out or "1000 to create" in shown[1].out


_DEPTH = 1500


def _remove(top: str, file: str) -> None:
    """What is as deep as that is too deep for shutil as well."""
    here = Path.cwd()
    os.chdir(top)
    for _ in range(_DEPTH):
        os.chdir("d")
    Path(file).unlink()
    for _ in range(_DEPTH):
        os.chdir("..")
        Path("d").rmdir()
    os.chdir(here)


def test_folders_as_deep_as_paths_are_walked() -> None:
    here = Path.cwd()
    os.chdir("specs")
    for _ in range(_DEPTH):
        Path("d").mkdir()
        os.chdir("d")
    Path("b.yaml").write_text(_spec("b"), encoding="utf-8")
    os.chdir(here)

    shown = typed("validate")

    _remove("specs", "b.yaml")
    assert shown.code == 1  # its data is not beside it
    assert ("BUG001" in shown.text, "SPEC050" in shown.text or "data/train.jsonl" in shown.text) == (False, True)


_MISTAKES = ("  vertx: {}\n", "  lock: 5\n", "  limits: {listLag: soon}\n", "  [\n", "junk\n", "  retries: -1\n")


@pytest.mark.parametrize("mistake", _MISTAKES)
def test_a_mistake_in_the_workspace_says_nothing_of_the_specs(mistake: str) -> None:
    place = Path("tuneform.yaml")
    place.write_text(place.read_text(encoding="utf-8") + mistake, encoding="utf-8")

    shown = typed("validate")

    assert (shown.code, "tuneform.yaml:" in shown.text, "SPEC045" in shown.text) == (1, True, False), shown.text


@pytest.mark.parametrize(
    "command",
    [
        "validate",
        "plan",
        "status",
        "doctor",
        "output",
        "gate",
        "gc",
        "wait",
        "models",
        "dataset check specs/data/train.jsonl",
    ],
)
@pytest.mark.parametrize("place", ["missing", "tuneform.yaml", "specs/a.yaml/x", "''"])
def test_a_folder_that_cannot_be_entered_is_told_as_that(command: str, place: str) -> None:
    shown = typed(f"-C {place} {command}")

    if place == "''":
        assert shown.code == 64
    else:
        assert (shown.code, "SPEC060" in shown.text, "cannot be entered" in shown.text) == (1, True, True), shown.text
