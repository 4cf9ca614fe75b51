"""Data of reinforcement tuning and of distillation: prompts that nobody answers in the file."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from reconciler.datasets import DataLimits, Format, RuleSet, Source, check, rows_at


def turn(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"text": text}]}


PROMPT = {"contents": [turn("user", "What is 2 + 2?")], "references": {"answer": "4"}}


def codes(rows: list[Any], method: str | None = "reinforcement", references: tuple[str, ...] = ()) -> set[str]:
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    rules = RuleSet.of(method, limits=replace(DataLimits(), references=references))
    return set(check(Source.stream(iter([data]), "a.jsonl"), rules).counts)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (PROMPT, set()),
        ({**PROMPT, "systemInstruction": {"parts": [{"text": "Be brief."}]}}, set()),
        ({"contents": [turn("user", "a"), turn("model", "b"), turn("user", "c")]}, set()),
        ({"contents": [turn("user", "a"), turn("model", "b")], "references": {}}, {"DATA604"}),
        ({**PROMPT, "references": {"answer": 4}}, {"DATA305"}),
        ({**PROMPT, "references": ["4"]}, {"DATA305"}),
        ({**PROMPT, "weight": 1}, {"DATA307"}),
        ({**PROMPT, "colour": "red"}, {"DATA306"}),
        ({"references": {"answer": "4"}}, {"DATA300"}),
        ({"contents": [], "references": {}}, {"DATA310"}),
    ],
)
def test_a_prompt_is_held_to_its_own_rules(row: Any, expected: set[str]) -> None:
    assert codes([row]) == expected


def test_a_reference_that_a_reward_names_has_to_be_in_every_line() -> None:
    other = {**PROMPT, "contents": [turn("user", "What is 3 + 3?")], "references": {"result": "6"}}

    assert codes([PROMPT, other], references=("answer",)) == {"DATA607"}
    assert codes([PROMPT], references=("answer",)) == set()
    assert codes([PROMPT], references=("answer", "unit")) == {"DATA607"}
    assert codes([{"contents": PROMPT["contents"]}], references=("answer",)) == {"DATA607"}


def test_prompts_of_distillation_have_no_references() -> None:
    assert codes([{"contents": PROMPT["contents"]}], "prompts") == set()
    assert codes([PROMPT], "prompts") == {"DATA308"}


def test_the_same_prompt_with_other_references_is_another_example() -> None:
    other = {**PROMPT, "references": {"answer": "four"}}

    assert codes([PROMPT, PROMPT]) == {"DATA906"}
    assert codes([PROMPT, other]) == set()


def test_without_a_method_the_file_says_what_it_is() -> None:
    data = json.dumps(PROMPT).encode()

    found = check(Source.stream(iter([data]), "a.jsonl"))

    assert found.format is Format.JUDGED_PROMPTS
    assert found.output_total == 0
    assert found.input_total > 0


def test_an_answer_with_references_is_still_supervised_data() -> None:
    row = {"contents": [turn("user", "2 + 2"), turn("model", "4")], "references": {"answer": "4"}}

    assert codes([row], None) == {"DATA308", "DATA904"}


def test_examples_are_found_by_their_numbers_past_blank_lines() -> None:
    rows = [{**PROMPT, "contents": [turn("user", str(n))]} for n in range(4)]
    snake = json.dumps({"contents": [turn("user", "5")], "system_instruction": {"parts": [{"text": "s"}]}})
    data = "\n\n".join([*map(json.dumps, rows), "[1]", snake]).encode()

    found = rows_at(Source.stream(iter([data]), "a"), {1, 3, 5, 6, 99})

    assert {number: row["contents"][0]["parts"][0]["text"] for number, row in found.items()} == {1: "0", 3: "2", 6: "5"}
    assert "systemInstruction" in found[6]
