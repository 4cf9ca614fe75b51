"""Two models by scores: the bootstrap resamples items, by a seed; alike differences prove no more than their number."""

from __future__ import annotations

import math
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.evidence.conclusion import Conclusion
from reconciler.core.evidence.draws import indices, shuffled, words
from reconciler.core.evidence.scores import (
    LEAST_SCORED_ITEMS,
    _acceleration,
    _bias,
    _rank,
    bca,
    item_mean,
    judge_mean,
    mean_bounds,
)

_DIFFERENCES = st.lists(st.floats(-1, 1).map(lambda x: round(x, 3)), min_size=1, max_size=60)
_SPREAD = [round(0.3 * ((i * 37) % 41 - 20) / 20, 3) for i in range(200)]


def test_the_words_are_the_published_ones() -> None:
    """Of splitmix64 from the seed 1234567, as its reference implementation prints them."""
    assert list(islice(words(1234567), 5)) == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


def test_indices_are_spread_evenly() -> None:
    drawn = list(islice(indices(7, 10), 100_000))

    counts = [drawn.count(i) for i in range(10)]
    assert sum(counts) == 100_000
    assert all(9_600 < count < 10_400 for count in counts)


def test_an_order_has_every_item_once_and_follows_from_its_seed() -> None:
    items = list(range(100))

    assert sorted(shuffled(items, 3)) == items
    assert shuffled(items, 3) == shuffled(items, 3)
    assert shuffled(items, 3) != shuffled(items, 4)
    assert shuffled([], 3) == ()


def test_every_order_of_three_comes_up_as_often() -> None:
    orders = [shuffled("abc", seed) for seed in range(6000)]

    assert all(850 < orders.count(order) < 1150 for order in set(orders))
    assert len(set(orders)) == 6


def test_the_same_seed_gives_the_same_bounds() -> None:
    assert bca(_SPREAD, 0.95, seed=1) == bca(_SPREAD, 0.95, seed=1)
    assert bca(_SPREAD, 0.95, seed=1) != bca(_SPREAD, 0.95, seed=2)


def test_bounds_of_many_even_differences_are_those_of_the_normal_approximation() -> None:
    mean = item_mean(_SPREAD)
    error = (sum((d - mean) ** 2 for d in _SPREAD) / len(_SPREAD) ** 2) ** 0.5

    found = bca(_SPREAD, 0.95, seed=5, resamples=4000)

    assert found.lower == pytest.approx(mean - 1.645 * error, abs=0.1 * error)
    assert found.upper == pytest.approx(mean + 1.645 * error, abs=0.1 * error)


def test_a_long_tail_shifts_both_bounds_towards_itself() -> None:
    """What acceleration and bias correction are for: of a mean with losses in the tail, the lower bound is farther."""
    losses = [0.0] * 60 + [-1.0] * 6 + [-0.1] * 14

    found, mean = bca(losses, 0.95, seed=5, resamples=4000), item_mean(losses)

    assert mean - found.lower > 1.15 * (found.upper - mean)


def test_bias_and_acceleration_move_the_bounds_as_in_the_textbook() -> None:
    """Efron and Tibshirani 1993, chapter 14: with 0.146 and 0.061 the 90 % bounds are at 11.0 % and 98.5 %."""
    lower, upper = (_rank(0.146, 0.061, z, 20_000) / 20_000 for z in (-1.645, 1.645))

    assert (round(lower, 3), round(upper, 3)) == (0.11, 0.985)


def test_the_acceleration_is_that_of_leaving_one_item_out() -> None:
    losses = [0.0, 0.1, -0.7, 0.05, 0.2, -0.1]
    without = [item_mean(losses[:i] + losses[i + 1 :]) for i in range(len(losses))]
    away = [item_mean(without) - w for w in without]
    by_jackknife = sum(a**3 for a in away) / (6 * math.fsum(a * a for a in away) ** 1.5)

    assert _acceleration(losses, item_mean(losses)) == pytest.approx(by_jackknife)
    assert by_jackknife < 0


def test_resampled_means_that_equal_the_mean_are_no_bias() -> None:
    assert _bias([0.0] * 10, 0.0) == pytest.approx(0)
    assert _bias([-1.0, 0.0, 0.0, 1.0], 0.0) == pytest.approx(0)
    assert _bias([-1.0, -1.0, -1.0, 1.0], 0.0) > 0


def test_differences_that_are_all_zero_prove_what_pass_and_fail_would() -> None:
    assert judge_mean([0.0] * 132, 0.02, 0.95, seed=1) is Conclusion.INCONCLUSIVE
    assert judge_mean([0.0] * 133, 0.02, 0.95, seed=1) is Conclusion.PASSED
    assert judge_mean([-0.5] * 30, 0.05, 0.95, seed=1) is Conclusion.FAILED


def test_one_item_that_differs_proves_no_more_than_none() -> None:
    assert judge_mean([0.0] * 50 + [0.01], 0.02, 0.95, seed=1) is Conclusion.INCONCLUSIVE


def test_fewer_items_than_the_least_prove_nothing() -> None:
    few = [-1.0] * (LEAST_SCORED_ITEMS - 1)

    assert judge_mean(few, 0.05, 0.95, seed=1) is Conclusion.INCONCLUSIVE
    assert judge_mean([*few, -1.0], 0.05, 0.95, seed=1) is Conclusion.FAILED
    assert (mean_bounds([], 0.95, seed=1).lower, mean_bounds([], 0.95, seed=1).upper) == (-1, 1)


def test_an_item_counts_once_however_often_it_is_asked() -> None:
    assert item_mean([1.0, 0.0, 0.0, 1.0]) == 0.5


@given(_DIFFERENCES, st.integers(0, 2**64))
def test_bounds_contain_the_mean(differences: list[float], seed: int) -> None:
    found, mean = mean_bounds(differences, 0.95, seed=seed, resamples=200), item_mean(differences)

    assert -1 <= found.lower <= mean + 1e-12
    assert mean - 1e-12 <= found.upper <= 1


@given(_DIFFERENCES)
def test_a_wider_margin_never_lowers_the_conclusion(differences: list[float]) -> None:
    order = (Conclusion.FAILED, Conclusion.INCONCLUSIVE, Conclusion.PASSED)

    found = [order.index(judge_mean(differences, m, 0.95, seed=1)) for m in (0.01, 0.1, 0.5)]

    assert found == sorted(found)
