"""A base model as judge: what it is asked, and that only a score is one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.gate_spec import Metric, Scorer
from reconciler.core.questions import ModelAnswer, Score
from reconciler.scoring.answers import ToScore, prompt_of
from reconciler.scoring.identity import command_content, scorer_digest
from reconciler.scoring.judge import judge_question, judged
from tests.backends.fakes import PROJECT, Cloud

ASKED = ToScore("i1", 1, "2 + 2?", "4", "four")


def test_a_judge_is_told_the_rubric_and_gets_the_material_as_data() -> None:
    question = judge_question("Is it {right}?", ASKED)

    (turn,) = question.contents
    assert json.loads(turn["parts"][0]["text"]) == {"question": "2 + 2?", "reference": "4", "answer": "four"}
    assert "Is it {right}?" in question.settings["system"]
    assert "four" not in question.settings["system"]
    assert set(question.settings) == {"system", "responseSchema"}


@given(st.text())
def test_no_answer_steps_out_of_its_place(answer: str) -> None:
    (turn,) = judge_question("r", ToScore("i1", 1, "q", "r", answer)).contents

    found = json.loads(turn["parts"][0]["text"])

    assert found == {"question": "q", "reference": "r", "answer": answer}
    assert "\n" not in turn["parts"][0]["text"]


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ('{"why": "right", "score": 1}', Score(1.0, "right")),
        (' {"score": 0.25}\n', Score(0.25)),
        ('{"why": "\\u001b[2J", "score": 0}', Score(0.0, "\\x1b[2J")),
    ],
)
def test_a_score_is_a_score(text: str, score: Score) -> None:
    assert judged(ModelAnswer(text)) == score


@pytest.mark.parametrize(
    "answer",
    [
        ModelAnswer("Score: 1"),
        ModelAnswer("[1]"),
        ModelAnswer('{"score": 1.5}'),
        ModelAnswer('{"score": "1"}'),
        ModelAnswer('{"score": NaN}'),
        ModelAnswer('{"verdict": "good"}'),
        ModelAnswer("1"),
        ModelAnswer("[" * 10_000),
        ModelAnswer('{"score": 1, "why": "all of it"}', error="the answer ended with MAX_TOKENS"),
        ModelAnswer("", error="the answer is empty"),
    ],
)
def test_an_answer_that_is_none_is_no_score(answer: ModelAnswer) -> None:
    found = judged(answer)

    assert found.value is None
    assert "judge" in found.why


def test_a_judge_at_the_emulator_is_asked_in_a_form_that_the_service_takes() -> None:
    cloud = Cloud.open()
    question = judge_question("Is it right?", ASKED)

    answers = [
        cloud.vertex.ask_base("gemini-3.5-flash", PROJECT, "us-central1", question),
        cloud.gemini.ask_base("gemini-1.5-flash-001-tuning", PROJECT, "", question),
    ]

    assert all(answer.text for answer in answers)


def test_what_was_asked_is_told_as_text() -> None:
    one = [
        {
            "role": "user",
            "parts": [{"text": "What is "}, {"fileData": {"mimeType": "image/png", "fileUri": "gs://b/1"}}],
        }
    ]
    more = [*one, {"role": "model", "parts": [{"functionCall": {"name": "look"}}]}, {"parts": [{"text": "So?"}]}]

    assert prompt_of(one) == "What is [image/png]"
    assert prompt_of(more) == "user: What is [image/png]\nmodel: [look]\nuser: So?"


def test_a_scorer_is_another_one_when_anything_that_decides_changes(tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text("print(1)")
    command = Scorer(Metric.COMMAND, command=("python", "score.py"))
    judge = Scorer(Metric.JUDGE, judge="gemini-3.5-flash", rubric="Right?")

    first = [scorer_digest(command, tmp_path), scorer_digest(judge)]
    (tmp_path / "score.py").write_text("print(2)")
    edited = scorer_digest(command, tmp_path)
    others = [
        edited,
        scorer_digest(Scorer(Metric.COMMAND, command=("python", "score.py", "-v")), tmp_path),
        scorer_digest(Scorer(Metric.JUDGE, judge="gemini-3.5-flash", rubric="Wrong?")),
        scorer_digest(Scorer(Metric.JUDGE, judge="gemini-3.5-pro", rubric="Right?")),
    ]

    assert len({*first, *others}) == 6
    assert edited == scorer_digest(command, tmp_path)


@pytest.mark.parametrize(
    ("command", "is_named"),
    [
        (("python", "score.py"), True),
        (("./score.py", "--strict"), True),
        (("python", "tools/../score.py"), True),
        (("score.py",), False),
        (("python", "../outside.py"), False),
        (("python", "link.py"), False),
        (("python", "-m", "scorer", "no.py", "tools", "\0"), False),
        ((), False),
    ],
)
def test_a_gate_knows_the_files_of_its_workspace_that_the_command_names(
    tmp_path: Path, command: tuple[str, ...], *, is_named: bool
) -> None:
    folder = tmp_path / "workspace"
    (folder / "tools").mkdir(parents=True)
    (tmp_path / "outside.py").write_text("1")
    (folder / "link.py").symlink_to(tmp_path / "outside.py")
    (folder / "score.py").write_text("1")
    scorer = Scorer(Metric.COMMAND, command=command)

    before = command_content(scorer, folder)
    for path in (folder / "score.py", tmp_path / "outside.py"):
        path.write_text("2")
    after = command_content(scorer, folder)

    assert (bool(before), before != after) == (is_named, is_named)
