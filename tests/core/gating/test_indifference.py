"""When a judge is tried with answers whose worth is known, and with which."""

from __future__ import annotations

import pytest

from reconciler.core.gating.indifference import (
    LEAST_ALIKE,
    NO_ANSWER,
    control_key,
    controls,
    is_one_score,
    proves_nothing,
)
from reconciler.core.lock import Evidence
from reconciler.core.questions import AnswerKey, HeldoutItem


def item(line: int, reference: str) -> HeldoutItem:
    return HeldoutItem(line, ({"role": "user", "parts": [{"text": f"question {line}"}]},), reference)


@pytest.mark.parametrize(
    ("scores", "is_one"),
    [
        pytest.param([1.0] * LEAST_ALIKE, True, id="all the best"),
        pytest.param([0.0] * LEAST_ALIKE, True, id="all the worst"),
        pytest.param([0.37] * 200, True, id="all in between"),
        pytest.param([1.0] * (LEAST_ALIKE - 1), False, id="a handful"),
        pytest.param([1.0] * 199 + [0.99], False, id="one of 200 differs"),
        pytest.param([], False, id="none"),
    ],
)
def test_a_judge_is_tried_where_more_than_a_handful_of_scores_are_one(scores: list[float], is_one: bool) -> None:
    assert is_one_score(scores) is is_one


@pytest.mark.parametrize(
    ("references", "texts"),
    [
        pytest.param(["a", "a", "b", "c"], ["a", "b", NO_ANSWER], id="its own, the first other one, none"),
        pytest.param(["a", "a"], ["a", NO_ANSWER], id="where all have one reference"),
        pytest.param([NO_ANSWER, "b"], [NO_ANSWER, "b"], id="where no answer is the right one"),
    ],
)
def test_the_answers_that_it_is_tried_with(references: list[str], texts: list[str]) -> None:
    items = [item(line, reference) for line, reference in enumerate(references, start=1)]

    found = controls(items)

    assert [text for _, text in found] == texts
    assert {tried.line for tried, _ in found} == {1}


def test_scores_of_controls_are_kept_apart_from_those_of_answers_and_from_each_other() -> None:
    items = [item(1, "a"), item(2, "b")]
    beside = AnswerKey("models/1@1", items[0].key, "settings")

    keys = {control_key(beside, tried, text) for tried, text in controls(items)}

    assert len(keys) == 3
    assert beside not in keys
    assert {key.model for key in keys} == {"models/1@1"}


@pytest.mark.parametrize("conclusion", ["passed", "failed", "inconclusive"])
def test_what_such_a_judge_says_neither_passes_nor_fails_and_its_counts_stay(conclusion: str) -> None:
    found = Evidence(metric="judge", conclusion=conclusion, at_least=0.8, items=60, judged=60, new=1.0)

    weighed = proves_nothing(found, same_for_all=True)

    assert (weighed.conclusion, weighed.same_for_all) == ("inconclusive", True)
    assert (weighed.items, weighed.judged, weighed.new, weighed.at_least) == (60, 60, 1.0, 0.8)
