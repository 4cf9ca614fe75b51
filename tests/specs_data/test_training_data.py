"""The demo's training data is what specs/data/README.md says it is."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DATA = ROOT / "specs" / "data"
EXAMPLES = ROOT / "examples"

QUEUES = {"billing", "login", "bug", "feature", "data", "other"}
ROW_COUNTS = {
    DATA / "support-router.train.jsonl": 300,
    DATA / "support-router.validation.jsonl": 60,
    DATA / "router-followup.train.jsonl": 150,
    DATA / "docs-chat.train.jsonl": 150,
    EXAMPLES / "quickstart/specs/data/changelog-sorter.jsonl": 40,
    EXAMPLES / "notebook/specs/data/changelog-sorter.train.jsonl": 32,
    EXAMPLES / "notebook/specs/data/changelog-sorter.validation.jsonl": 8,
    EXAMPLES / "github/specs/data/quantities.train.jsonl": 48,
    EXAMPLES / "github/specs/data/quantities.validation.jsonl": 10,
}
LABELS = {
    DATA / "support-router.train.jsonl": QUEUES,
    DATA / "support-router.validation.jsonl": QUEUES,
    DATA / "router-followup.train.jsonl": QUEUES | {"security"},
    EXAMPLES / "quickstart/specs/data/changelog-sorter.jsonl": {"added", "changed", "fixed", "removed"},
}
DISJOINT = [
    (
        EXAMPLES / "notebook/specs/data/changelog-sorter.train.jsonl",
        EXAMPLES / "notebook/specs/data/changelog-sorter.validation.jsonl",
    ),
    (DATA / "support-router.train.jsonl", DATA / "support-router.validation.jsonl"),
    (DATA / "support-router.train.jsonl", DATA / "router-followup.train.jsonl"),
    (DATA / "support-router.validation.jsonl", DATA / "router-followup.train.jsonl"),
    (
        EXAMPLES / "github/specs/data/quantities.train.jsonl",
        EXAMPLES / "github/specs/data/quantities.validation.jsonl",
    ),
]

Row = dict[str, Any]
every_file = pytest.mark.parametrize("file", ROW_COUNTS, ids=lambda file: file.name)
every_labelled_file = pytest.mark.parametrize("file", LABELS, ids=lambda file: file.name)


def rows_of(file: Path) -> list[Row]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def texts(row: Row) -> list[str]:
    return [part["text"] for turn in row["contents"] for part in turn["parts"]]


def questions(file: Path) -> list[str]:
    """What a row asks first, as somebody would recognise it: letters and digits only."""
    return ["".join(filter(str.isalnum, texts(row)[0].casefold())) for row in rows_of(file)]


def test_every_data_file_is_counted_here() -> None:
    found = {*DATA.glob("*.jsonl"), *EXAMPLES.glob("*/specs/data/*.jsonl")}

    assert found >= set(ROW_COUNTS)
    assert set(DATA.glob("*.jsonl")) <= set(ROW_COUNTS)


@every_file
def test_a_file_has_the_rows_it_claims(file: Path) -> None:
    assert len(rows_of(file)) == ROW_COUNTS[file]


@every_file
def test_roles_alternate_and_the_model_has_the_last_word(file: Path) -> None:
    roles = [[turn["role"] for turn in row["contents"]] for row in rows_of(file)]

    assert all(turns == ["user", "model"] * (len(turns) // 2) for turns in roles)
    assert all(roles)


@every_file
def test_no_text_is_empty_or_padded(file: Path) -> None:
    spoken = [text for row in rows_of(file) for text in texts(row)]

    assert [text for text in spoken if not text or text != text.strip()] == []


@every_file
def test_rows_have_the_keys_of_the_tuning_format_and_one_system_instruction(file: Path) -> None:
    rows = rows_of(file)

    assert {frozenset(row) for row in rows} == {frozenset({"systemInstruction", "contents"})}
    assert len({json.dumps(row["systemInstruction"]) for row in rows}) == 1


@every_file
def test_no_question_is_asked_twice(file: Path) -> None:
    repeated = [question for question, times in Counter(questions(file)).items() if times > 1]

    assert repeated == []


@every_labelled_file
def test_answers_are_labels_that_the_system_instruction_names(file: Path) -> None:
    rows = rows_of(file)
    instruction = rows[0]["systemInstruction"]["parts"][0]["text"]

    answers = {texts(row)[-1] for row in rows}

    assert answers == LABELS[file]
    assert all(label in instruction for label in answers)


def test_the_router_sees_each_queue_equally_often() -> None:
    counts = Counter(texts(row)[-1] for row in rows_of(DATA / "support-router.train.jsonl"))

    assert set(counts.values()) == {50}


@pytest.mark.parametrize(("one", "other"), DISJOINT, ids=lambda file: file.stem)
def test_validation_and_later_data_repeat_no_training_row(one: Path, other: Path) -> None:
    assert set(questions(one)) & set(questions(other)) == set()


def test_conversations_have_at_least_two_questions() -> None:
    turns = [len(row["contents"]) for row in rows_of(DATA / "docs-chat.train.jsonl")]

    assert min(turns) == 4
    assert max(turns) > 4


def test_the_number_generator_has_the_fifteen_pairs_of_the_documentation() -> None:
    pairs = json.loads((DATA / "increment.json").read_text(encoding="utf-8"))
    digits = [pair for pair in pairs if pair["text_input"].replace(",", "").lstrip("-").isdigit()]

    assert len(pairs) == 15
    assert len(digits) == 7
    assert all(_number(pair["output"]) == _number(pair["text_input"]) + 1 for pair in digits)


def _number(text: str) -> int:
    return int(text.replace(",", ""))
