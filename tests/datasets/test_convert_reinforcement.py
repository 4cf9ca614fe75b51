"""Rows of reinforcement tuning, of other services and of Vertex AI, and answers that become references."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.datasets import ColumnMap, Converted, Format, Method, NotConverted, RuleSet, Source, check, convert
from tests.datasets.rows import lines, preference, turn

ASKED = {"contents": [turn("user", "What is 2+2?")]}
USER = {"role": "user", "content": "What is 2+2?"}
TOOL = {"type": "function", "function": {"name": "add", "parameters": {"type": "object", "properties": {}}}}
DECLARED = [{"functionDeclarations": [{"name": "add", "parameters": {"type": "OBJECT", "properties": {}}}]}]


def results(row: object, to: Format = Format.JUDGED_PROMPTS, columns: ColumnMap | None = None) -> Any:
    (result,) = convert(Source.stream([json.dumps(row).encode()], "rows.jsonl"), to, columns)
    return result


def one(row: object, **more: Any) -> Any:
    result = results(row, **more)
    return json.loads(result.text) if isinstance(result, Converted) else result.reason


def notes(row: object) -> str:
    result = results(row)
    assert isinstance(result, Converted), result
    return "; ".join(result.notes)


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ({"messages": [USER], "reference_answer": "4"}, {**ASKED, "references": {"reference_answer": "4"}}),
        # No name in it says that it is for reinforcement: a grader has every key of a row.
        (
            {"messages": [USER], "compliant": "yes", "points": 3, "strict": True, "share": 0.5},
            {**ASKED, "references": {"compliant": "yes", "points": "3", "strict": "true", "share": "0.5"}},
        ),
        (
            {"messages": [{"role": "developer", "content": "Be brief."}, USER], "solution": "4", "tools": [TOOL]},
            {
                "systemInstruction": turn("system", "Be brief."),
                **ASKED,
                "tools": DECLARED,
                "references": {"solution": "4"},
            },
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "What is 2+2?"}]}], "target": "4"},
            {**ASKED, "references": {"target": "4"}},
        ),
        ({"messages": [USER], "references": {"a": "4", "b": 5}}, {**ASKED, "references": {"a": "4", "b": "5"}}),
        (
            {"system": "Be brief.", "messages": [USER], "expected": "4"},
            {"systemInstruction": turn("system", "Be brief."), **ASKED, "references": {"expected": "4"}},
        ),
        (
            {"prompt": [USER], "ground_truth": "4", "data_source": "gsm8k"},
            {**ASKED, "references": {"ground_truth": "4", "data_source": "gsm8k"}},
        ),
        ({"prompt": [USER], "answer": "4"}, {**ASKED, "references": {"answer": "4"}}),
        ({**ASKED, "references": {"concise_answer": 4}}, {**ASKED, "references": {"concise_answer": "4"}}),
        (
            {"system_instruction": {"parts": {"text": "s"}}, **ASKED, "references": {"a": "4"}},
            {"systemInstruction": turn("system", "s"), **ASKED, "references": {"a": "4"}},
        ),
        # Between the turns there may be answers: what is asked last counts.
        (
            {"messages": [USER, {"role": "assistant", "content": "4"}, USER], "reference": "4"},
            {
                "contents": [turn("user", "What is 2+2?"), turn("model", "4"), turn("user", "What is 2+2?")],
                "references": {"reference": "4"},
            },
        ),
    ],
)
def test_every_key_beside_the_prompt_is_what_answers_are_judged_by(row: Any, wanted: Any) -> None:
    assert one(row) == wanted


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [USER, {"role": "assistant", "content": "4"}]},
        {"contents": [*ASKED["contents"], turn("model", "4")]},
        {"question": "What is 2+2?", "answer": "4"},
        {"prompt": "What is 2+2?", "completion": "4"},
        {"text_input": "What is 2+2?", "output": "4"},
        {"prompt": "What is 2+2?", "chosen": "4", "rejected": "5"},
        preference("What is 2+2?", "4", "5"),
    ],
)
def test_of_data_with_answers_the_answer_is_what_others_are_judged_by(row: Any) -> None:
    assert one(row) == {**ASKED, "references": {"answer": "4"}}
    assert "{{references.answer}}" in notes(row)


def test_columns_of_any_name_do_the_same() -> None:
    columns = ColumnMap.of(["question=Frage", "answer=Antwort"])

    assert one({"Frage": "What is 2+2?", "Antwort": 4}, columns=columns) == {**ASKED, "references": {"answer": "4"}}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"messages": [USER], "reference": {"a": 1}}, "reference of several parts was written as JSON"),
        ({"messages": [USER], "reference": "4", "hint": None}, "hint, which is null, was left out"),
        ({"messages": [USER]}, "it has no references"),
        ({**ASKED, "references": {"a": "4"}, "generationConfig": {"temperature": 0}}, "generationConfig"),
        ({"messages": [USER], "reference": "4", "parallel_tool_calls": True}, "parallel_tool_calls of the example"),
    ],
)
def test_what_is_lost_or_changed_is_named(row: Any, words: str) -> None:
    assert words in notes(row)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"messages": [USER, {"role": "assistant", "content": "5"}], "reference": "4"}, "one has to go"),
        ({**ASKED, "references": ["4"]}, "no object"),
        ({"messages": [USER], "a": "1", "references": {"a": "2"}}, '"a" stands in the row and in its references'),
        ({"messages": [], "reference": "4"}, "no messages"),
        ({"messages": [{"role": "assistant", "content": "4"}]}, "no prompt"),
        ({"messages": [{"role": "narrator", "content": "4"}], "reference": "4"}, "a role that is not known"),
        ({"text": "4"}, "No format"),
    ],
)
def test_what_cannot_be_converted_says_why(row: Any, words: str) -> None:
    result = results(row)

    assert isinstance(result, NotConverted)
    assert words in result.reason


@pytest.mark.parametrize("to", [Format.VERTEX_SFT, Format.PREFERENCE, Format.PAIRS, Format.MESSAGES])
@pytest.mark.parametrize("row", [{**ASKED, "references": {"a": "4"}}, {"messages": [USER], "reference": "4"}])
def test_nothing_is_learnt_from_prompts_alone(row: Any, to: Format) -> None:
    assert "nothing to learn" in one(row, to=to)


def test_the_result_passes_the_check_with_the_references_that_rewards_name() -> None:
    rows = [{"messages": [USER], "reference_answer": str(n)} for n in range(20)]
    texts = [found.text for found in convert(Source.stream([lines(*rows)], "a.jsonl"), Format.JUDGED_PROMPTS)]  # type: ignore[union-attr]

    found = check(Source.stream(["\n".join(texts).encode()], "b.jsonl"), RuleSet(Method.REINFORCEMENT))

    assert (found.ok, found.examples) == (True, 20)


def test_the_check_of_such_rows_names_the_conversion() -> None:
    found = check(Source.stream([lines({"messages": [USER], "reference_answer": "4"})], "a.jsonl"))

    assert any("dataset convert --to reinforcement" in finding.detail for finding in found.findings)
