"""Two models on the same items: the score interval against published examples, and what must hold of any."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.evidence.conclusion import Conclusion, quantile
from reconciler.core.evidence.paired import (
    Pairs,
    judge_better,
    judge_margin,
    mcnemar,
    newcombe,
    score,
    tango,
)
from reconciler.core.evidence.proportion import point_probability

_CELL = st.integers(0, 300)
_PAIRS = st.builds(Pairs, _CELL, _CELL, _CELL, _CELL).filter(lambda p: p.items > 0)
_CONFIDENCE = st.sampled_from([0.8, 0.9, 0.95, 0.975, 0.99])
_MARGIN = st.sampled_from([0.01, 0.02, 0.05, 0.1, 0.3])
_ORDER = (Conclusion.FAILED, Conclusion.INCONCLUSIVE, Conclusion.PASSED)


def test_tangos_own_example_has_his_statistic() -> None:
    """Two disinfectants on 44 pairs of lenses, margin 10 %: Z = 1.709, p = 0.044 (Tango 1998)."""
    lenses = Pairs(both=43, better=0, worse=1, neither=0)

    assert round(score(lenses.items, lenses.better, lenses.worse, -0.1), 3) == 1.709
    assert judge_margin(lenses, 0.1, 0.95) is Conclusion.PASSED
    assert judge_margin(lenses, 0.1, 0.96) is Conclusion.INCONCLUSIVE


def test_the_intervals_of_a_textbook_example_are_the_published_ones() -> None:
    """Airway reactivity before and after a transplantation (Fagerland, Lydersen, Laake 2014): two-sided 95 %."""
    airways = Pairs(both=1, better=1, worse=7, neither=12)

    by_tango, by_newcombe = tango(airways, 0.975), newcombe(airways, 0.975)

    assert (round(by_tango.lower, 3), round(by_tango.upper, 3)) == (-0.517, -0.026)
    assert (round(by_newcombe.lower, 3), round(by_newcombe.upper, 3)) == (-0.507, -0.026)


def test_newcombes_interval_is_the_published_one() -> None:
    """Newcombe 1998, table II, method 10, of 36, 12, 2 and 0 pairs."""
    found = newcombe(Pairs(36, 12, 2, 0), 0.975)

    assert (round(found.lower, 4), round(found.upper, 4)) == (0.0569, 0.3404)


@given(_PAIRS, _CONFIDENCE)
def test_the_bounds_are_roots_of_the_closed_form(pairs: Pairs, confidence: float) -> None:
    """Yang, Sun and Hardin (Statistics in Medicine 2013) write Tango's bounds as roots of one polynomial."""
    found, n, b, c = tango(pairs, confidence), pairs.items, pairs.better, pairs.worse
    g = quantile(confidence) ** 2
    coefficients = (
        n**2 * (n / g + 1) ** 2,
        -n * (b - c) * (n / g + 1) * (4 * n / g + 1),
        2 * n * (b - c) ** 2 * (3 * n / g + 2) / g - n**2 * ((b + c) / g + 1),
        n * (b - c) * (2 * (b + c) / g + 1) - (b - c) ** 3 * (4 * n / g + 1) / g,
        (b - c) ** 2 * ((b - c) ** 2 / g - (b + c)) / g,
    )

    for bound in (found.lower, found.upper):
        terms = [a * bound ** (4 - power) for power, a in enumerate(coefficients)]
        assert abs(math.fsum(terms)) <= 1e-7 * max(1.0, *map(abs, terms))


@given(_PAIRS, _CONFIDENCE)
def test_the_interval_contains_the_estimate_and_mirrors_when_the_models_are_exchanged(
    pairs: Pairs, confidence: float
) -> None:
    for bounds in (tango, newcombe):
        found, swapped = bounds(pairs, confidence), bounds(pairs.swapped, confidence)
        assert -1 - 1e-9 <= found.lower <= pairs.difference + 1e-9
        assert pairs.difference - 1e-9 <= found.upper <= 1 + 1e-9
        assert (found.lower, found.upper) == pytest.approx((-swapped.upper, -swapped.lower), abs=1e-9)


@given(_PAIRS.filter(lambda p: p.items >= 50), _CONFIDENCE)
def test_two_ways_to_the_interval_are_near_each_other(pairs: Pairs, confidence: float) -> None:
    one, other = tango(pairs, confidence), newcombe(pairs, confidence)

    assert abs(one.lower - other.lower) < 0.11
    assert abs(one.upper - other.upper) < 0.11


@given(_PAIRS, _MARGIN, _CONFIDENCE)
def test_the_statistic_decides_as_the_bounds_do(pairs: Pairs, margin: float, confidence: float) -> None:
    bounds = tango(pairs, confidence)

    conclusion = judge_margin(pairs, margin, confidence)

    if min(abs(bounds.lower + margin), abs(bounds.upper + margin)) > 1e-9:
        assert (conclusion is Conclusion.PASSED) == (bounds.lower > -margin)
        assert (conclusion is Conclusion.FAILED) == (bounds.upper < -margin)


@given(_PAIRS, _CONFIDENCE)
def test_a_wider_margin_never_lowers_the_conclusion(pairs: Pairs, confidence: float) -> None:
    found = [_ORDER.index(judge_margin(pairs, m, confidence)) for m in (0.001, 0.01, 0.02, 0.05, 0.1, 0.3, 0.9)]

    assert found == sorted(found)


@given(_PAIRS.filter(lambda p: p.difference >= 0), _MARGIN, _CONFIDENCE)
def test_the_same_shares_of_more_items_never_take_a_pass_back(pairs: Pairs, margin: float, confidence: float) -> None:
    found = [
        _ORDER.index(
            judge_margin(
                Pairs(k * pairs.both, k * pairs.better, k * pairs.worse, k * pairs.neither), margin, confidence
            )
        )
        for k in (1, 2, 5, 20)
    ]

    assert found == sorted(found)


@pytest.mark.parametrize("margin", [0.02, 0.1, 0.5])
def test_an_item_that_turns_out_better_never_lowers_the_statistic(margin: float) -> None:
    """What curtailment stands on: of every table of 24 items, worse → both right → better."""
    n = 24

    for better, worse in itertools.product(range(n + 1), repeat=2):
        here = score(n, better, worse, -margin)
        if better + worse < n:
            assert score(n, better + 1, worse, -margin) >= here - 1e-12
        if worse and better + worse <= n:
            assert score(n, better, worse - 1, -margin) >= here - 1e-12


def test_items_that_all_agree_pass_where_there_are_enough() -> None:
    assert judge_margin(Pairs(both=132), 0.02, 0.95) is Conclusion.INCONCLUSIVE
    assert judge_margin(Pairs(both=133), 0.02, 0.95) is Conclusion.PASSED
    assert judge_margin(Pairs(both=100, neither=33), 0.02, 0.95) is Conclusion.PASSED


def test_a_model_that_lost_every_answer_fails() -> None:
    assert judge_margin(Pairs(worse=50), 0.02, 0.95) is Conclusion.FAILED
    assert tango(Pairs(worse=50), 0.95).lower == pytest.approx(-1, abs=1e-9)
    assert tango(Pairs(better=50), 0.95).upper == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("discordance", [0.1, 0.3])
def test_at_a_true_loss_of_the_margin_few_gates_pass(discordance: float) -> None:
    """Every table of 60 items, with its probability: the size of the test, exactly."""
    n, margin = 60, 0.1
    lost = (discordance + margin) / 2
    won = discordance - lost

    passed = sum(
        point_probability(b + c, n, discordance) * point_probability(b, b + c, won / discordance)
        for b in range(n + 1)
        for c in range(n + 1 - b)
        if judge_margin(Pairs(n - b - c, b, c, 0), margin, 0.95) is Conclusion.PASSED
    )

    assert 0.01 < passed <= 0.06


def test_mcnemar_counts_the_tail_of_a_fair_coin() -> None:
    assert mcnemar(5, 0) == pytest.approx(1 / 32)
    assert mcnemar(4, 1) == pytest.approx(6 / 32)
    assert mcnemar(0, 0) == 1
    assert mcnemar(0, 9) == 1


def test_better_needs_five_flips_one_way_at_95_percent() -> None:
    assert judge_better(Pairs(both=500, better=4), 0.95) is Conclusion.INCONCLUSIVE
    assert judge_better(Pairs(both=500, better=5), 0.95) is Conclusion.PASSED
    assert judge_better(Pairs(both=500, worse=5), 0.95) is Conclusion.FAILED


@given(_PAIRS, _MARGIN, _CONFIDENCE)
def test_exchanging_the_models_exchanges_better_and_worse(pairs: Pairs, margin: float, confidence: float) -> None:
    opposite = {
        Conclusion.PASSED: Conclusion.FAILED,
        Conclusion.FAILED: Conclusion.PASSED,
        Conclusion.INCONCLUSIVE: Conclusion.INCONCLUSIVE,
    }

    assert judge_better(pairs.swapped, confidence) is opposite[judge_better(pairs, confidence)]
    if judge_margin(pairs, margin, confidence) is Conclusion.FAILED:
        assert judge_margin(pairs.swapped, margin, confidence) is Conclusion.PASSED


def test_no_items_prove_nothing() -> None:
    assert judge_margin(Pairs(), 0.5, 0.95) is Conclusion.INCONCLUSIVE
    assert judge_better(Pairs(), 0.95) is Conclusion.INCONCLUSIVE
    assert (tango(Pairs(), 0.95).lower, newcombe(Pairs(), 0.95).upper) == (-1, 1)
    assert (Pairs().difference, Pairs().discordant) == (0, 0)


@pytest.mark.parametrize("margin", [0.0, 1.0, -0.1])
def test_a_margin_that_is_none_is_a_mistake_of_the_callers(margin: float) -> None:
    with pytest.raises(ValueError, match="margin"):
        judge_margin(Pairs(both=9), margin, 0.95)


@pytest.mark.parametrize("confidence", [0.5, 1.0, 95.0])
def test_a_confidence_that_is_none_is_a_mistake_of_the_callers(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        quantile(confidence)
