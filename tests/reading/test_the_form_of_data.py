"""Nothing is trained for the form of a file, and an error about its form alone stops nothing that is trained."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.ownership.room import Room

MARK = "\ufeff"
_TURN = {"role": "user", "parts": [{"text": "a question"}]}


def _sft(number: int) -> dict[str, object]:
    return {"contents": [_TURN, {"role": "model", "parts": [{"text": f"answer {number}"}]}]}


def _preference(number: int) -> dict[str, object]:
    def answer(text: str, score: int) -> dict[str, object]:
        return {"score": score, "completion": {"role": "model", "parts": [{"text": f"{text} {number}"}]}}

    return {"contents": [_TURN], "completions": [answer("yes", 1), answer("no", 0)]}


def _lines(row: Callable[[int], dict[str, object]]) -> str:
    return "".join(json.dumps(row(number)) + "\n" for number in range(24))


_PAIRS = [{"textInput": f"in {n}", "output": f"out {n}"} for n in range(24)]
_VERTEX = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {{name: router}}
spec:
  baseModel: gemini-2.5-flash
  {method}: {{trainingDatasetUri: data.jsonl, hyperParameters: {{epochCount: 3}}}}
"""
_GEMINI = """\
apiVersion: tuneform.dev/v1
kind: GeminiTunedModel
metadata: {{name: router}}
spec:
  baseModel: models/gemini-1.5-flash-001-tuning
  tuningTask: {{hyperparameters: {{epochCount: 3}}}}
  tuneform: {{dataFile: {file}}}
"""

_KINDS = {
    "examples": (_VERTEX.format(method="supervisedTuningSpec"), "data.jsonl", _lines(_sft)),
    "preferences": (_VERTEX.format(method="preferenceOptimizationSpec"), "data.jsonl", _lines(_preference)),
    "pairs in lines": (_GEMINI.format(file="data.jsonl"), "data.jsonl", "".join(json.dumps(p) + "\n" for p in _PAIRS)),
    "pairs in a list": (_GEMINI.format(file="data.json"), "data.json", json.dumps(_PAIRS)),
    "pairs in a table": (
        _GEMINI.format(file="data.csv"),
        "data.csv",
        "textInput,output\n" + "".join(f"in {n},out {n}\n" for n in range(24)),
    ),
}


def _write(room: Room, kind: str, mark: str = "", edit: Callable[[str], str] = str) -> None:
    spec, file, text = _KINDS[kind]
    room.write("specs/router.yaml", spec)
    (room.folder / "specs" / file).write_bytes((mark + edit(text)).encode())


def _backend(kind: str) -> str:
    return "gemini/router" if "pairs" in kind else "vertex/router"


@pytest.mark.parametrize("kind", _KINDS)
def test_a_mark_that_came_later_changes_nothing(room: Room, kind: str) -> None:
    _write(room, kind)
    assert (shown := room.apply()).code == 0, shown.text

    _write(room, kind, MARK)
    planned, applied = room.run("plan"), room.apply()

    assert (planned.code, applied.code) == (0, 0), planned.text
    assert room.actions() == []
    assert len(room.lock["entries"][_backend(kind)]["trainings"]) == 1


@pytest.mark.parametrize("kind", _KINDS)
def test_nothing_is_trained_from_a_file_with_a_mark(room: Room, kind: str) -> None:
    _write(room, kind, MARK)

    planned, applied = room.run("plan"), room.apply()

    assert (planned.code, applied.code) == (1, 1), planned.text
    assert "DATA104" in planned.text
    assert not room.lock_path.exists()


def test_other_examples_behind_a_mark_are_not_trained(room: Room) -> None:
    _write(room, "examples")
    room.apply()

    _write(room, "examples", MARK, lambda text: text.replace("answer 3", "answer three"))

    assert (shown := room.run("plan")).code == 1
    assert "DATA104" in shown.text


def test_validate_says_that_nothing_can_be_trained_from_it(room: Room) -> None:
    _write(room, "examples", MARK)

    assert (shown := room.run("validate")).code == 1
    assert "DATA104" in shown.text


@pytest.mark.parametrize(
    ("rule", "edit"),
    [
        ("DATA105", lambda text: text.replace("\n", "\r\n")),
        ("DATA106", lambda text: text.replace("\n", "\n\n", 1)),
        ("DATA104", lambda text: MARK + text),
    ],
)
def test_rules_about_form_that_a_workspace_made_errors_concern_no_finished_model(
    room: Room, rule: str, edit: Callable[[str], str]
) -> None:
    room.workspace(more=f"  dataRules: {{{rule}: error}}\n")
    _write(room, "examples")
    assert room.apply().code == 0

    _write(room, "examples", edit=edit)

    assert (shown := room.run("plan")).code == 0, shown.text
    assert room.actions() == []


def test_a_label_beside_a_mark_is_changed_in_place(room: Room) -> None:
    _write(room, "examples")
    room.apply()

    _write(room, "examples", MARK)
    spec = room.folder / "specs/router.yaml"
    spec.write_text(spec.read_text(encoding="utf-8") + "  labels: {team: a}\n", encoding="utf-8")

    assert room.actions() == ["update vertex/router"]
    assert room.apply().code == 0
