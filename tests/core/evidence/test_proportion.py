"""One proportion: the tails against exact fractions, the bounds against published ones."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.evidence.conclusion import Conclusion
from reconciler.core.evidence.proportion import (
    at_least,
    at_most,
    clopper_pearson,
    judge_at_least,
    least_items_for,
    wilson,
)

_COUNTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
_CONFIDENCE = st.sampled_from([0.8, 0.9, 0.95, 0.99])


def _exactly_at_least(k: int, n: int, p: Fraction) -> Fraction:
    return sum((math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1)), Fraction(0))


@pytest.mark.parametrize("n", [1, 2, 7, 30])
@pytest.mark.parametrize("p", [Fraction(0), Fraction(1, 50), Fraction(1, 2), Fraction(23, 25), Fraction(1)])
def test_tails_are_those_of_exact_fractions(n: int, p: Fraction) -> None:
    got = [at_least(k, n, float(p)) for k in range(n + 2)]

    assert got == pytest.approx([float(_exactly_at_least(k, n, p)) for k in range(n + 2)], rel=1e-11, abs=1e-300)


def test_a_tail_far_out_keeps_its_digits() -> None:
    exact = _exactly_at_least(380, 400, Fraction(1, 2))

    assert at_least(380, 400, 0.5) == pytest.approx(float(exact), rel=1e-10)
    assert at_most(20, 400, 0.5) == pytest.approx(float(exact), rel=1e-10)


@pytest.mark.parametrize(
    ("right", "items", "lower", "upper"),
    [
        # Two-sided 95 %. Newcombe, Statistics in Medicine 17 (1998) 857, table I, method 5.
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0000, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ],
)
def test_exact_bounds_are_the_published_ones(right: int, items: int, lower: float, upper: float) -> None:
    found = clopper_pearson(right, items, 0.975)

    assert (round(found.lower, 4), round(found.upper, 4)) == (lower, upper)


@pytest.mark.parametrize(
    ("right", "items", "lower", "upper"),
    # The same table, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_bounds_are_the_published_ones(right: int, items: int, lower: float, upper: float) -> None:
    found = wilson(right, items, 0.975)

    assert (round(found.lower, 4), round(found.upper, 4)) == (lower, upper)


@given(_COUNTS, _CONFIDENCE)
def test_bounds_contain_the_share_and_mirror_each_other(counts: tuple[int, int], confidence: float) -> None:
    right, items = counts

    for bounds in (clopper_pearson, wilson):
        found, mirrored = bounds(right, items, confidence), bounds(items - right, items, confidence)
        assert found.lower - 1e-12 <= right / items <= found.upper + 1e-12
        assert (found.lower, found.upper) == pytest.approx((1 - mirrored.upper, 1 - mirrored.lower), abs=1e-12)


@given(_COUNTS, _CONFIDENCE, st.floats(0.01, 0.99))
def test_the_tail_decides_as_the_bounds_do(counts: tuple[int, int], confidence: float, threshold: float) -> None:
    right, items = counts
    bounds = clopper_pearson(right, items, confidence)

    conclusion = judge_at_least(right, items, threshold, confidence)

    if min(abs(threshold - bounds.lower), abs(threshold - bounds.upper)) > 1e-9:
        assert (conclusion is Conclusion.PASSED) == (bounds.lower > threshold)
        assert (conclusion is Conclusion.FAILED) == (bounds.upper < threshold)


@pytest.mark.parametrize("threshold", [0.5, 0.8, 0.92, 0.99])
@pytest.mark.parametrize("items", [3, 40, 200])
def test_a_model_exactly_at_the_threshold_passes_no_more_often_than_the_error_allows(
    threshold: float, items: int
) -> None:
    passing = [k for k in range(items + 1) if judge_at_least(k, items, threshold, 0.95) is Conclusion.PASSED]

    assert (at_least(min(passing), items, threshold) if passing else 0.0) <= 0.05


def test_wilson_would_pass_too_often_which_is_why_it_only_shows() -> None:
    assert wilson(3, 3, 0.95).lower > 0.52
    assert at_least(3, 3, 0.525) > 0.14


def test_the_fewest_items_for_a_threshold_all_have_to_be_right() -> None:
    assert [least_items_for(t, 0.95) for t in (0.0, 0.5, 0.9, 0.92, 0.99)] == [1, 5, 29, 36, 299]
    assert judge_at_least(35, 35, 0.92, 0.95) is Conclusion.INCONCLUSIVE
    assert least_items_for(1.0, 0.95) is None


def test_no_items_prove_nothing() -> None:
    assert judge_at_least(0, 0, 0.9, 0.95) is Conclusion.INCONCLUSIVE
    assert (clopper_pearson(0, 0, 0.95).lower, clopper_pearson(0, 0, 0.95).upper) == (0, 1)
    assert (wilson(0, 0, 0.95).lower, wilson(0, 0, 0.95).upper) == (0, 1)


def test_at_the_ends_a_threshold_cannot_be_passed_or_cannot_be_failed() -> None:
    assert judge_at_least(50, 50, 1.0, 0.95) is Conclusion.INCONCLUSIVE
    assert judge_at_least(0, 50, 0.0, 0.95) is Conclusion.PASSED
