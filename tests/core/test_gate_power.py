"""What so many items can prove, said before anything is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.evidence.conclusion import Conclusion
from reconciler.core.evidence.paired import Pairs, judge_better, judge_margin
from reconciler.core.evidence.power import least_regression
from reconciler.core.evidence.proportion import judge_at_least
from reconciler.core.evidence.scores import judge_mean
from reconciler.core.gate_power import DISCORDANCE, POWER, finds, least_items_of, unreachable
from reconciler.core.gate_spec import Against, Heldout, Metric, Scorer, Trial

TRIAL = Trial(Heldout("eval.jsonl"), against=Against.INCUMBENT, margin=0.05)
BETTER = replace(TRIAL, margin=None)
REACH = Trial(Heldout("eval.jsonl"), at_least=0.95)


@pytest.mark.parametrize(("margin", "items"), [(0.02, 133), (0.05, 52), (0.1, 25)])
def test_a_margin_needs_so_many_items_where_none_differs(margin: float, items: int) -> None:
    trial = replace(TRIAL, margin=margin)

    assert least_items_of(trial) == items
    assert [bool(unreachable(trial, n)) for n in (items - 1, items)] == [True, False]


@pytest.mark.parametrize("trial", [TRIAL, BETTER, REACH, replace(TRIAL, at_least=0.9, confidence=0.8)])
def test_so_many_items_pass_at_their_best_and_one_less_does_not(trial: Trial) -> None:
    items = least_items_of(trial)

    assert _at_best(trial, items) is Conclusion.PASSED
    assert _at_best(trial, items - 1) is Conclusion.INCONCLUSIVE


def _at_best(trial: Trial, items: int) -> Conclusion:
    met = []
    if trial.against is not None and trial.margin is not None:
        met.append(judge_margin(Pairs(items, 0, 0, 0), trial.margin, trial.confidence))
    elif trial.against is not None:
        met.append(judge_better(Pairs(0, items, 0, 0), trial.confidence))
    if trial.at_least is not None:
        met.append(judge_at_least(items, items, trial.at_least, trial.confidence))
    return Conclusion.PASSED if set(met) == {Conclusion.PASSED} else Conclusion.INCONCLUSIVE


@pytest.mark.parametrize(("threshold", "items"), [(0.5, 5), (0.8, 14), (0.9, 25), (0.95, 52)])
def test_a_mean_score_needs_so_many_items_where_all_are_perfect(threshold: float, items: int) -> None:
    trial = replace(REACH, at_least=threshold, scorer=Scorer(Metric.ROUGE_L))

    assert least_items_of(trial) == items
    assert not _can_reach(items - 1, threshold)
    assert _can_reach(items, threshold)


def _can_reach(items: int, threshold: float) -> bool:
    """By scores that are all 1, or all next to it."""
    as_shares = judge_at_least(items, items, threshold, 0.95)
    as_scores = judge_mean([1 - 1e-9 - threshold] * items, 0.0, 0.95, seed=1)
    return Conclusion.PASSED in (as_shares, as_scores)


@pytest.mark.parametrize("trial", [TRIAL, REACH, replace(REACH, scorer=Scorer(Metric.ROUGE_L))])
@pytest.mark.parametrize("items", [20, 24, 40, 51])
def test_what_is_advised_instead_can_be_reached_with_these_items(trial: Trial, items: int) -> None:
    for demand in unreachable(trial, items):
        field, percent = demand.reachable.removesuffix("%").split(": ")
        share = int(percent) / 100
        advised = replace(trial, margin=share) if field == "margin" else replace(trial, at_least=share)

        assert unreachable(advised, items) == ()


def test_without_a_second_model_no_loss_is_found() -> None:
    assert [finds(trial, 500) for trial in (REACH, BETTER, TRIAL)][:2] == [None, None]


@pytest.mark.parametrize("items", [52, 133, 250])
@pytest.mark.parametrize("margin", [0.02, 0.05])
def test_the_loss_that_a_plan_names_is_that_of_the_power_of_the_test(items: int, margin: float) -> None:
    exact = least_regression(items, margin, 0.95, DISCORDANCE, POWER)

    assert finds(replace(TRIAL, margin=margin), items) == pytest.approx(exact, rel=0.01)


def test_with_many_items_it_is_near_and_never_below() -> None:
    exact = least_regression(400, 0.05, 0.95, DISCORDANCE, POWER)
    assert exact is not None

    found = finds(TRIAL, 400)

    assert found is not None
    assert exact <= found <= 1.06 * exact


@pytest.mark.parametrize("trial", [replace(TRIAL, margin=1e-9), replace(REACH, at_least=1 - 1e-9)])
def test_what_no_set_is_large_enough_for_is_told_as_such(trial: Trial) -> None:
    (demand,) = unreachable(trial, 1_000)

    assert demand.least > 10_000_000


def test_nothing_is_advised_where_nothing_is_reachable() -> None:
    assert [d.reachable for d in unreachable(replace(REACH, confidence=0.999), 1)] == [""]
