"""A judge that says the same of every answer is tried with answers whose worth is known, before it decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.gate_spec import Metric, Scorer
from reconciler.core.gating.indifference import NO_ANSWER
from reconciler.core.questions import Score
from tests.fakes.specs import a_spec
from tests.gate.test_a_trial import FIVE_EACH, JUDGED, NOT_WORSE, Gated, judges, limited

COMMAND = replace(NOT_WORSE, scorer=Scorer(Metric.COMMAND, command=("./score.py",)))
AT_LEAST = replace(JUDGED, against=None, margin=None, at_least=0.5)


@dataclass
class Judge:
    """Says `of` an answer and its reference; remembers what it was asked."""

    of: Callable[[str, str], float | None]
    asked: list[str] = field(default_factory=list)

    def __call__(self, *args: Any) -> Sequence[Score]:
        self.asked += [answer.text for _, answer in args[-1]]
        return [Score(self.of(answer.text, item.reference), "it says so") for item, answer in args[-1]]


@pytest.fixture
def stage(tmp_path: Path) -> Gated:
    stage = Gated(tmp_path)
    stage.train(3, None)
    stage.cloud.wrong[stage.serving("1")] = frozenset()
    return stage


def always(score: float) -> Judge:
    return Judge(lambda _answer, _reference: score)


@pytest.mark.parametrize("score", [0.0, 0.37, 1.0])
def test_one_that_says_the_same_of_everything_lets_nothing_serve_and_the_lock_says_why(
    stage: Gated, score: float
) -> None:
    stage.score_all = judge = always(score)

    outcome = stage.train(4, JUDGED)

    (evidence,) = stage.recorded.evidence
    assert (outcome.codes, stage.roles()) == (["RUN061"], {"1": "serving", "2": "failed"})
    assert (evidence.conclusion, evidence.same_for_all, evidence.judged) == ("inconclusive", True, 60)
    assert f"the judge gives {score:g} to every answer" in stage.entry().trainings["2"].gate_refused
    assert judge.asked[120:] == ["right", NO_ANSWER]


@pytest.mark.parametrize(
    "of",
    [
        pytest.param(lambda answer, reference: float(answer == reference), id="a wrong answer is worth nothing"),
        pytest.param(lambda answer, _: 0.0 if answer == NO_ANSWER else 1.0, id="no answer is worth nothing"),
        pytest.param(lambda answer, _: 0.9 if answer == NO_ANSWER else 1.0, id="no answer is worth a little less"),
    ],
)
def test_one_that_gives_good_answers_the_best_score_decides(stage: Gated, of: Callable[[str, str], float]) -> None:
    stage.score_all = Judge(of)

    outcome = stage.train(4, JUDGED)

    assert (outcome.codes, stage.roles()) == ([], {"1": "deposed", "2": "serving"})
    assert not stage.recorded.evidence[0].same_for_all


def test_one_that_finds_all_answers_bad_and_the_right_one_good_refuses(stage: Gated) -> None:
    stage.next_is_wrong_at(*range(1, 61))
    stage.score_all = Judge(lambda answer, reference: float(answer == reference))

    outcome = stage.train(4, AT_LEAST)

    assert (outcome.codes, stage.recorded.conclusion) == (["RUN004"], "failed")


def test_one_that_finds_everything_bad_refuses_nothing(stage: Gated) -> None:
    stage.score_all = always(0.0)

    outcome = stage.train(4, AT_LEAST)

    assert (outcome.codes, stage.recorded.conclusion) == (["RUN061"], "inconclusive")


def test_nobody_is_tried_whose_scores_differ(stage: Gated) -> None:
    stage.next_is_wrong_at(7)
    stage.score_all = judge = Judge(lambda answer, _: 0.95 if answer == "wrong" else 1.0)

    stage.train(4, JUDGED)

    assert len(judge.asked) == 120


def test_a_program_that_says_the_same_of_everything_is_the_users_own(stage: Gated) -> None:
    stage.score_all = program = always(1.0)

    outcome = stage.train(4, COMMAND)

    assert (outcome.codes, len(program.asked)) == ([], 120)


def test_one_that_cannot_be_tried_leaves_it_open_and_is_tried_again(stage: Gated) -> None:
    stage.score_all = Judge(lambda answer, _: None if answer == NO_ANSWER else 1.0)

    outcome = stage.train(4, JUDGED)

    assert outcome.codes == ["RUN061"]
    assert "it says so" in stage.entry().trainings["2"].gate_refused

    stage.score_all = judge = Judge(lambda answer, _: float(answer != NO_ANSWER))
    again = stage.apply()

    assert (again.codes, stage.roles()) == ([], {"1": "deposed", "2": "serving"})
    assert judge.asked == [NO_ANSWER]


def test_a_verdict_of_before_is_shown_again_and_nobody_is_asked(stage: Gated) -> None:
    stage.score_all = judge = always(1.0)
    stage.train(4, JUDGED)
    asked = len(judge.asked), len(stage.cloud.asked)

    shown = stage.judged()

    (check,) = [check for check in shown.checks if check.name == "held-out judge"]
    assert (check.is_open, check.why) == (
        True,
        "the judge gives 1 to every answer, also to a right and to a wrong one: it tells nothing apart",
    )
    assert (len(judge.asked), len(stage.cloud.asked)) == asked


def test_money_that_is_spent_tries_nobody(stage: Gated) -> None:
    calls: list[int] = []
    stage.price, stage.score_all = FIVE_EACH, judges(calls)
    stage.specs = [a_spec(epochs=4, gate=limited(1200.0, JUDGED))]

    outcome = stage.apply()

    assert (outcome.codes, sum(calls)) == (["RUN061"], 120)
    assert "maxCost is reached" in stage.entry().trainings["2"].gate_refused
