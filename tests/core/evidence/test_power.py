"""What so many items can show, and when the rest of them cannot change it."""

from __future__ import annotations

import itertools

import pytest

from reconciler.core.evidence.conclusion import Conclusion
from reconciler.core.evidence.curtailment import Remaining, settled_at_least, settled_better, settled_margin
from reconciler.core.evidence.paired import Pairs, judge_better, judge_margin
from reconciler.core.evidence.power import (
    can_pass,
    chances,
    items_for_power,
    least_items,
    least_regression,
)
from reconciler.core.evidence.proportion import judge_at_least, point_probability


@pytest.mark.parametrize(("margin", "items"), [(0.02, 133), (0.05, 52), (0.1, 25)])
def test_without_discordant_items_a_margin_needs_so_many(margin: float, items: int) -> None:
    assert least_items(margin, 0.95) == items
    assert judge_margin(Pairs(both=items), margin, 0.95) is Conclusion.PASSED
    assert judge_margin(Pairs(both=items - 1), margin, 0.95) is Conclusion.INCONCLUSIVE
    assert (can_pass(items - 1, margin, 0.95), can_pass(items, margin, 0.95)) == (False, True)


def test_more_items_are_needed_for_less_margin_more_confidence_and_more_flips() -> None:
    assert [least_items(m, 0.95, 0.1) for m in (0.02, 0.05, 0.1)] == [698, 126, 40]
    by_margin = [least_items(m, 0.95) for m in (0.2, 0.1, 0.05, 0.02, 0.01)]
    by_confidence = [least_items(0.05, c) for c in (0.8, 0.9, 0.95, 0.99)]
    by_flips = [least_items(0.05, 0.95, d) for d in (0.0, 0.02, 0.1, 0.3)]

    assert all(few < many for found in (by_margin, by_confidence, by_flips) for few, many in itertools.pairwise(found))


def test_two_percent_at_ten_percent_discordance_needs_about_1550_for_80_percent() -> None:
    items = items_for_power(0.02, 0.95, 0.1, 0.8)

    assert 1500 < items < 1600
    assert chances(items, 0.02, 0.95, 0.1).passed >= 0.8


def test_more_items_than_anybody_asks_are_refused() -> None:
    with pytest.raises(ValueError, match="10,000,000"):
        least_items(1e-8, 0.95)


@pytest.mark.parametrize("difference", [-0.2, -0.1, 0.0, 0.1])
def test_chances_are_the_sum_over_every_table(difference: float) -> None:
    n, margin, discordance = 30, 0.1, 0.2
    won = (discordance + difference) / 2

    every = dict.fromkeys(Conclusion, 0.0)
    for b, c in itertools.product(range(n + 1), repeat=2):
        if b + c <= n:
            weight = point_probability(b + c, n, discordance) * point_probability(b, b + c, won / discordance)
            every[judge_margin(Pairs(n - b - c, b, c, 0), margin, 0.95)] += weight

    found = chances(n, margin, 0.95, discordance, difference)
    assert found.passed == pytest.approx(every[Conclusion.PASSED], abs=1e-9)
    assert found.failed == pytest.approx(every[Conclusion.FAILED], abs=1e-9)
    assert found.inconclusive == pytest.approx(every[Conclusion.INCONCLUSIVE], abs=1e-9)


@pytest.mark.parametrize("items", [50, 200, 1000])
@pytest.mark.parametrize("discordance", [0.02, 0.1, 0.3])
@pytest.mark.parametrize("margin", [0.02, 0.05, 0.1])
def test_a_model_worse_by_exactly_the_margin_passes_at_most_six_times_in_a_hundred(
    items: int, discordance: float, margin: float
) -> None:
    at_the_margin = chances(items, margin, 0.95, discordance, -margin)

    assert at_the_margin.passed <= 0.06


def test_models_that_never_differ_pass_surely_or_never() -> None:
    assert chances(133, 0.02, 0.95, 0.0).passed == 1
    assert chances(132, 0.02, 0.95, 0.0).inconclusive == 1


def test_more_items_find_a_smaller_regression() -> None:
    found = [least_regression(n, 0.05, 0.95, 0.1, 0.8) for n in (50, 200, 1000)]

    assert all(loss is not None and loss > 0.05 for loss in found)
    assert found == sorted(found, key=lambda loss: -(loss or 0))
    assert chances(200, 0.05, 0.95, 0.1, -(found[1] or 0) - 1e-4).failed >= 0.8


def test_too_few_items_find_no_regression_at_all() -> None:
    assert least_regression(1, 0.5, 0.95, 0.1, 0.8) is None


def _endings(pairs: Pairs, remaining: Remaining) -> set[Pairs]:
    """Every table that the remaining items can lead to."""
    steps = {
        "old_right": (Pairs(1, 0, 0, 0), Pairs(0, 0, 1, 0)),
        "old_wrong": (Pairs(0, 1, 0, 0), Pairs(0, 0, 0, 1)),
        "unknown": (Pairs(1, 0, 0, 0), Pairs(0, 1, 0, 0), Pairs(0, 0, 1, 0), Pairs(0, 0, 0, 1)),
    }
    ends = {pairs}
    for kind, ways in steps.items():
        for _ in range(getattr(remaining, kind)):
            ends = {
                Pairs(p.both + w.both, p.better + w.better, p.worse + w.worse, p.neither + w.neither)
                for p in ends
                for w in ways
            }
    return ends


_SMALL = [
    (Pairs(both, better, worse, 1), Remaining(*left))
    for both, better, worse in itertools.product((0, 3, 9), (0, 2, 6), (0, 1, 5))
    for left in ((0, 0, 0), (2, 0, 0), (0, 3, 0), (1, 2, 1), (0, 0, 2))
]


@pytest.mark.parametrize("margin", [0.05, 0.3])
def test_asking_stops_exactly_where_every_ending_concludes_the_same(margin: float) -> None:
    for pairs, remaining in _SMALL:
        ends = _endings(pairs, remaining)
        by_margin = {judge_margin(end, margin, 0.9) for end in ends}
        by_test = {judge_better(end, 0.9) for end in ends}

        assert settled_margin(pairs, remaining, margin, 0.9) == (by_margin.pop() if len(by_margin) == 1 else None)
        assert settled_better(pairs, remaining, 0.9) == (by_test.pop() if len(by_test) == 1 else None)


@pytest.mark.parametrize("threshold", [0.5, 0.8, 0.95])
def test_asking_stops_exactly_where_every_share_concludes_the_same(threshold: float) -> None:
    items = 40
    for asked in range(items + 1):
        for right in range(asked + 1):
            ends = {judge_at_least(right + more, items, threshold, 0.9) for more in range(items - asked + 1)}
            settled = settled_at_least(right, asked, items, threshold, 0.9)
            assert settled == (ends.pop() if len(ends) == 1 else None)


def test_what_the_old_model_answered_settles_sooner() -> None:
    lost = Pairs(both=10, worse=20)

    assert settled_margin(lost, Remaining(unknown=25), 0.05, 0.95) is None
    assert settled_margin(lost, Remaining(old_right=25), 0.05, 0.95) is Conclusion.FAILED
