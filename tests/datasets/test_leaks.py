"""Held-out items that stand in the training data."""

from __future__ import annotations

from reconciler.core.diagnostics import Severity
from reconciler.datasets import RuleSet, leaks
from reconciler.datasets.leaking import KEPT
from tests.datasets.rows import checked, example, examples, lines, preference

TRAIN = checked(examples(300), name="train.jsonl")


def told(data: bytes, rules: RuleSet | None = None) -> list[tuple[int, str]]:
    found, _ = leaks(TRAIN, checked(data, name="eval.jsonl"), rules)
    return [(finding.line, finding.detail) for finding in found]


def test_items_that_nothing_was_trained_on_are_held_out() -> None:
    assert told(examples(50, start=300)) == []


def test_the_same_example_is_told_with_both_lines() -> None:
    assert told(examples(2, start=299)) == [(1, "Also line 300 of train.jsonl, with the same answer.")]


def test_the_same_question_with_another_answer_leaks_as_well() -> None:
    data = lines(example("new"), example("7+7", "fourteen"))

    assert told(data) == [(2, "Also line 8 of train.jsonl, with another answer.")]


def test_the_order_of_keys_and_white_space_hide_nothing() -> None:
    question, answer = b'{"parts": [{"text": "7+7"}], "role":"user"}', b'{"parts" : [{"text": "14"}], "role": "model"}'
    row = b'{ "contents": [' + question + b" , " + answer + b"]}"

    assert told(b"\n" + row + b"\r\n") == [(2, "Also line 8 of train.jsonl, with the same answer.")]


def test_a_line_that_is_no_example_leaks_nothing() -> None:
    assert told(b'{"contents": []}\n\nnot json\n') == []


def test_a_question_of_preference_data_is_trained_on_as_well() -> None:
    train = checked(lines(preference("7+7", "14", "15")), name="train.jsonl")

    found, count = leaks(train, checked(lines(example("7+7", "14")), name="eval.jsonl"))

    assert (count, [finding.line for finding in found]) == (1, [1])


def test_the_first_ones_are_told_and_all_are_counted() -> None:
    found, count = leaks(TRAIN, checked(examples(100), name="eval.jsonl"))

    assert (len(found), count) == (KEPT, 100)
    assert {finding.severity for finding in found} == {Severity.ERROR}


def test_the_workspace_says_how_much_it_matters() -> None:
    found, count = leaks(TRAIN, checked(examples(1)), RuleSet.of(severities={"DATA917": "warning"}))
    silent = leaks(TRAIN, checked(examples(1)), RuleSet.of(severities={"DATA917": "off"}))

    assert ([finding.severity for finding in found], count) == ([Severity.WARNING], 1)
    assert silent == ((), 0)


def test_of_a_table_no_line_is_named() -> None:
    table = b"text_input,output\n7+7,14\n"
    train = checked(b'{"text_input": "7+7", "output": "14"}\n', name="train.jsonl")

    found, count = leaks(train, checked(table, name="eval.csv"))

    assert (count, [(f.line, f.detail) for f in found]) == (
        1,
        [(0, "Also line 1 of train.jsonl, with the same answer.")],
    )
