"""A program that writes a reward tries it: what a call takes, what it finds, and that it is what the command says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import reconciler
from reconciler.cli import run
from tests.library.project import project_in

TUTOR = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: tutor}
spec:
  baseModel: gemini-3.5-flash
  reinforcementTuningSpec:
    trainingDatasetUri: data/problems.jsonl
    singleRewardConfig:
      stringMatchRewardScorer:
        correctAnswerReward: 1.0
        wrongAnswerReward: -1.0
        stringMatchExpression: {matchOperation: EXACT_MATCH, expression: "{{references.answer}}"}
  tuneform: {rewardSamples: [{answer: "4", example: 2, least: 1}, {answer: "5", most: -2}]}
"""
ADDRESS = "vertex/tutor"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = project_in(tmp_path, monkeypatch)
    Path("specs/tutor.yaml").write_text(TUTOR, encoding="utf-8")
    Path("specs/data/problems.jsonl").write_text(
        "".join(
            json.dumps({"contents": [{"role": "user", "parts": [{"text": q}]}], "references": {"answer": a}}) + "\n"
            for q, a in (("1 + 1?", "2"), ("2 + 2?", "4"))
        ),
        encoding="utf-8",
    )
    return folder


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ([], {}),
        (["--answer", "4", "--example", "2"], {"answers": "4", "example": 2}),
        (["--answer", "2", "--answer", "4"], {"answers": iter(["2", "4"])}),
    ],
    ids=["the samples of the spec", "one", "several"],
)
def test_what_the_method_finds_is_what_the_command_says(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], given: dict[str, Any]
) -> None:
    found = reconciler.Workspace().reward(ADDRESS, **given)
    capsys.readouterr()

    code = run(["reward", ADDRESS, *words, "--format", "json"])

    assert json.loads(found.to_json()) == json.loads(capsys.readouterr().out)
    assert found.ok is (code == 0)


def test_answers_may_have_bounds_and_rewards_are_columns_for_a_table(project: Path) -> None:
    answers: list[str | dict[str, Any]] = [
        "4",
        {"answer": "4", "example": 2, "least": 0.5},
        {"answer": "no", "most": -1},
    ]

    found = reconciler.Workspace().reward(ADDRESS, answers)

    assert [rewarded.reward for rewarded in found] == [-1.0, 1.0, -1.0]
    assert found.ok
    assert found.to_dict() == {
        "answer": ["4", "4", "no"],
        "example": [1, 2, 1],
        "reward": [-1.0, 1.0, -1.0],
        "as_expected": [True, True, True],
    }
    assert "3 answers tried: all as expected." in str(found)
    assert repr(found) == "<TriedRewards: vertex/tutor, 3 answers>"
    assert found._repr_html_()


@pytest.mark.parametrize(
    ("answers", "example"),
    [(4, None), ([4], None), ({"answers": "4"}, None), ("4", 0), ("4", 1.5), ((), 2)],
)
def test_wrong_arguments_are_messages(project: Path, answers: Any, example: Any) -> None:
    with pytest.raises(reconciler.ReconcilerError, match="RUN028"):
        reconciler.Workspace().reward(ADDRESS, answers, example=example)


def test_nothing_is_written_and_a_lock_that_nobody_can_read_is_not_looked_at(project: Path) -> None:
    tuned = reconciler.Workspace()
    tuned.reward(ADDRESS, "2")  # makes the emulator's own state
    Path(".tuneform/emulator.lock").write_text("{", encoding="utf-8")
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file() and path.suffix != ".db"}

    assert tuned.reward(ADDRESS, "2").ok

    after = {path: path.read_bytes() for path in project.rglob("*") if path.is_file() and path.suffix != ".db"}
    assert {path: text for path, text in after.items() if "emulator.db" not in path.name} == {
        path: text for path, text in before.items() if "emulator.db" not in path.name
    }
