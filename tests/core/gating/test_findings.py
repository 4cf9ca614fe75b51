"""What the marks of all items prove, and when the rest cannot change it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.evidence.conclusion import Conclusion
from reconciler.core.gate_spec import Against, Heldout, Metric, Scorer, Trial
from reconciler.core.gating.breakdown import FOLLOWS, breakdown_of
from reconciler.core.gating.finding import findings, is_settled, pairs_of, worst
from reconciler.core.gating.marks import Mark, item_value, scored_by, unusable_references
from reconciler.core.questions import HeldoutItem, ModelAnswer, Score

HELDOUT = Heldout("data/eval.jsonl", content="ab")
NOT_WORSE = Trial(HELDOUT, against=Against.INCUMBENT, margin=0.05)
BETTER = Trial(HELDOUT, against=Against.INCUMBENT)
AT_LEAST = Trial(HELDOUT, at_least=0.8)
ROUGE = Trial(HELDOUT, Scorer(Metric.ROUGE_L), against=Against.INCUMBENT, margin=0.05)

MARKS = st.lists(st.builds(Mark, st.just(1), st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 1.0])), max_size=60)


def marks(both: int = 0, better: int = 0, worse: int = 0, neither: int = 0, open_: int = 0) -> list[Mark]:
    each = [(both, 1.0, 1.0), (better, 1.0, 0.0), (worse, 0.0, 1.0), (neither, 0.0, 0.0), (open_, None, None)]
    return [Mark(1, new, old) for number, new, old in each for _ in range(number)]


def concluded(trial: Trial, found: list[Mark]) -> list[str]:
    rival = "models/1@1" if trial.against else ""
    return [evidence.conclusion for evidence in findings(trial, found, rival=rival, seed=7)]


@pytest.mark.parametrize(
    ("trial", "found", "conclusion"),
    [
        pytest.param(NOT_WORSE, marks(both=52), "passed", id="52 items that all agree prove a margin of 5 %"),
        pytest.param(NOT_WORSE, marks(both=51), "inconclusive", id="51 do not"),
        pytest.param(NOT_WORSE, marks(neither=60), "passed", id="nor is it worse where neither is ever right"),
        pytest.param(NOT_WORSE, marks(both=60, worse=30), "failed", id="a third of the answers lost"),
        pytest.param(NOT_WORSE, marks(), "inconclusive", id="no items"),
        pytest.param(NOT_WORSE, marks(both=390, open_=1), "passed", id="one that nobody could ask changes nothing"),
        pytest.param(NOT_WORSE, marks(both=52, open_=8), "inconclusive", id="eight that nobody could ask might"),
        pytest.param(BETTER, marks(both=10, better=5), "passed", id="five better and none worse: p = 1/32"),
        pytest.param(BETTER, marks(both=10, better=4), "inconclusive", id="four: p = 1/16"),
        pytest.param(BETTER, marks(both=10, worse=5), "failed", id="five worse"),
        pytest.param(AT_LEAST, marks(both=14), "passed", id="14 of 14 prove 80 %: 0.8 to the 14th is 4.4 %"),
        pytest.param(AT_LEAST, marks(both=13), "inconclusive", id="13 of 13 do not"),
        pytest.param(AT_LEAST, marks(both=5, neither=15), "failed", id="a quarter is not 80 %"),
        pytest.param(ROUGE, [Mark(1, 0.5, 0.5)] * 60, "passed", id="scores that are all alike"),
        pytest.param(ROUGE, [Mark(1, 0.5, 0.5)] * 40, "inconclusive", id="too few of them"),
        pytest.param(ROUGE, [Mark(1, i / 60, i / 60 + 0.3) for i in range(40)], "failed", id="all scores lower"),
    ],
)
def test_a_demand_is_concluded(trial: Trial, found: list[Mark], conclusion: str) -> None:
    assert concluded(trial, found) == [conclusion]


def test_both_demands_are_concluded_where_there_are_two() -> None:
    both = Trial(HELDOUT, against=Against.INCUMBENT, margin=0.05, at_least=0.8)

    assert concluded(both, marks(both=20, neither=40)) == ["passed", "failed"]


@pytest.mark.parametrize(
    ("conclusions", "is_"),
    [
        ([], Conclusion.PASSED),
        ([Conclusion.PASSED, Conclusion.INCONCLUSIVE], Conclusion.INCONCLUSIVE),
        ([Conclusion.INCONCLUSIVE, Conclusion.FAILED], Conclusion.FAILED),
    ],
)
def test_the_worst_conclusion_counts(conclusions: list[Conclusion], is_: Conclusion) -> None:
    assert worst(conclusions) is is_


@given(MARKS, st.integers(0, 59))
def test_what_is_settled_early_is_what_all_items_say(found: list[Mark], known: int) -> None:
    partly = [mark if place < known else Mark(1) for place, mark in enumerate(found)]

    for trial in (NOT_WORSE, BETTER, AT_LEAST):
        if found and is_settled(trial, partly, has_rival=trial.against is not None):
            assert concluded(trial, partly) == concluded(trial, found)


@given(MARKS)
def test_items_are_counted_once_each(found: list[Mark]) -> None:
    assert pairs_of(found).items == len(found)


@pytest.mark.parametrize(
    ("metric", "scores", "value"),
    [
        (Metric.EXACT, [1.0], 1.0),
        (Metric.EXACT, [1.0, 1.0, 0.0], 1.0),
        (Metric.EXACT, [1.0, 0.0, 0.0], 0.0),
        (Metric.EXACT, [1.0, 0.0], 0.0),
        (Metric.ROUGE_L, [1.0, 0.5], 0.75),
    ],
)
def test_an_item_is_one_unit_however_often_it_is_asked(metric: Metric, scores: list[float], value: float) -> None:
    assert item_value(metric, [Score(s) for s in scores], len(scores)) == value


def test_an_item_has_no_value_until_every_sample_is_scored() -> None:
    assert item_value(Metric.EXACT, [Score(1.0), None, Score(None, "died")], 3) is None


@pytest.mark.parametrize(
    ("metric", "answer", "reference", "value"),
    [
        (Metric.EXACT, " billing ", "billing", 1.0),
        (Metric.EXACT, "Billing", "billing", 0.0),
        (Metric.LABEL, "Billing", "billing", 1.0),
        (Metric.CONTAINS, "It is billing.", "billing", 1.0),
        (Metric.JSON, '{"a": 1, "b": 2}', '{"b": 2, "a": 1.0}', 1.0),
        (Metric.JSON, "no JSON", '{"a": 1}', 0.0),
        (Metric.ROUGE_L, "a b", "a b c d", 2 / 3),
    ],
)
def test_an_answer_is_scored_by_its_metric(metric: Metric, answer: str, reference: str, value: float) -> None:
    assert scored_by(Scorer(metric))(ModelAnswer(answer), reference).value == pytest.approx(value)


def test_what_the_model_would_not_say_is_wrong() -> None:
    assert scored_by(Scorer())(ModelAnswer("", error="blocked"), "") == Score(0.0, "blocked")


QUEUE = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "required": ["queue"],
    "properties": {"n": {"type": "integer"}},
}
BY_SCHEMA = Scorer(Metric.JSON, QUEUE)


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ('{"queue": "billing", "n": 1}', Score(1.0)),
        ('{"queue": "other", "n": 1}', Score(0.0)),
        ('{"queue": "billing", "n": 1.0}', Score(0.0, 'it does not follow jsonSchema: n: it is not of type "integer"')),
        ('{"n": 1}', Score(0.0, 'it does not follow jsonSchema: "queue" is a required property')),
        ("billing", Score(0.0, "it is no JSON")),
    ],
)
def test_an_answer_that_does_not_follow_the_schema_is_wrong_and_it_is_said_why(answer: str, score: Score) -> None:
    assert scored_by(BY_SCHEMA)(ModelAnswer(answer), '{"queue": "billing", "n": 1}') == score


def test_references_that_no_answer_could_be_right_by_are_named_by_line() -> None:
    texts = ['{"queue": "a"}', "no JSON", '{"n": 1}']
    items = [HeldoutItem(line, (), text) for line, text in enumerate(texts, 1)]

    assert [line for line, _ in unusable_references(BY_SCHEMA, items)] == [2, 3]
    assert [line for line, _ in unusable_references(Scorer(Metric.JSON), items)] == [2]
    assert not [*unusable_references(Scorer(), items)]


def test_the_share_of_answers_that_follow_the_schema_stands_before_the_fields() -> None:
    right, other = '{"queue": "a"}', '{"n": 2}'

    rows = breakdown_of(BY_SCHEMA, [(right, right, other), (right, right, "no JSON")], has_rival=True)

    assert [(row.name, row.new, row.old) for row in rows] == [(FOLLOWS, 1.0, 0.0), ("queue", 1.0, 0.0)]
