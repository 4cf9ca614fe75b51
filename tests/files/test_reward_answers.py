"""Answers that somebody wants rewarded: lines of JSON, and values of a program."""

from __future__ import annotations

import json

import pytest

from reconciler.core.diagnostics import Location, ReconcilerError
from reconciler.core.model import RewardSample
from reconciler.files.reward_answers import ANSWERS_MAX, answer_of, answers_in


def test_a_line_is_a_text_or_an_object_with_the_fields_of_a_sample() -> None:
    content = b'\xef\xbb\xbf"4"\r\n\n{"answer": "{\\"a\\": 1}", "example": 7, "least": 0, "most": null}\n{"answer": ""}'

    found = answers_in(content, "answers.jsonl", 3)

    assert found == [
        (RewardSample("4", 3), Location("answers.jsonl", 1)),
        (RewardSample('{"a": 1}', 7, 0.0, None), Location("answers.jsonl", 3)),
        (RewardSample("", 3), Location("answers.jsonl", 4)),
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("It is 4.", "not JSON"),
        ("[1]", "neither a text nor an object"),
        ("4", "neither a text nor an object"),
        ("null", "neither a text nor an object"),
        ('{"answers": "4"}', "Did you mean 'answer'?"),
        ('{"example": 2}', "no text under answer"),
        ('{"answer": 4}', "no text under answer"),
        ('{"answer": "4", "example": 0}', "example is 0"),
        ('{"answer": "4", "example": true}', "example is True"),
        ('{"answer": "4", "example": 1.5}', "example is 1.5"),
        ('{"answer": "4", "least": "1"}', "least is '1'"),
        ('{"answer": "4", "most": true}', "most is 'True'"),
        ('{"answer": "4", "most": NaN}', "most is 'nan'"),
        ('{"answer": "4", "most": 1e999}', "most is 'inf'"),
        ('{"answer": "4", "least": 1' + "0" * 400 + "}", "least is '1000"),
        ("[" * 100_000, "not JSON"),
        (b'"\xff"', "not UTF-8"),
    ],
)
def test_what_is_no_answer_is_named_with_its_line(line: str | bytes, words: str) -> None:
    content = b'"fine"\n' + (line if isinstance(line, bytes) else line.encode())

    with pytest.raises(ReconcilerError) as refused:
        answers_in(content, "answers.jsonl", 1)

    (found,) = refused.value.diagnostics
    assert (found.code, found.where) == ("RUN055", Location("answers.jsonl", 2))
    assert words in found.detail


@pytest.mark.parametrize(("content", "code"), [(b"", "RUN053"), (b"\n \n", "RUN053"), (b'"4"\n' * 1_001, "RUN055")])
def test_nothing_is_no_answer_and_there_is_a_limit(content: bytes, code: str) -> None:
    with pytest.raises(ReconcilerError, match=code):
        answers_in(content, "answers.jsonl", 1)
    assert len(answers_in(b'"4"\n' * ANSWERS_MAX, "answers.jsonl", 1)) == ANSWERS_MAX


def test_what_is_wrong_is_said_in_few_words_however_long_it_is() -> None:
    lines = [json.dumps({"x" * 10_000: 1})] * 500

    with pytest.raises(ReconcilerError) as refused:
        answers_in("\n".join(lines).encode(), "answers.jsonl", 1)

    assert len(refused.value.diagnostics) == 20
    assert all(len(found.detail) < 200 for found in refused.value.diagnostics)


def test_a_program_gives_the_same_as_values() -> None:
    assert answer_of({"answer": "4", "most": 1}, 2) == RewardSample("4", 2, None, 1.0)
    with pytest.raises(ValueError, match="neither"):
        answer_of(4, 1)
