"""One proportion: binomial tails, the exact test against a number, and an interval to show."""

from __future__ import annotations

import math
from collections.abc import Iterable

from reconciler.core.evidence.conclusion import Conclusion, Interval, concluded, crossing, quantile

_NEGLIGIBLE = 1e-17
"""Of the sum so far: what comes after is smaller, and falls at least geometrically."""


def point_probability(k: int, n: int, p: float) -> float:
    """Of exactly `k` successes in `n`, each with probability `p`: by logarithms, so that no factor overflows."""
    if p in (0, 1):
        return float(k == n * p)
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(ways + k * math.log(p) + (n - k) * math.log1p(-p))


def at_least(k: int, n: int, p: float) -> float:
    """The probability of `k` or more successes in `n`."""
    if k > n * p:
        return _tail(range(k, n + 1), n, p)
    return max(0.0, 1 - _tail(range(k - 1, -1, -1), n, p))


def at_most(k: int, n: int, p: float) -> float:
    """The probability of `k` or fewer successes in `n`."""
    return at_least(n - k, n, 1 - p)


def _tail(away_from_the_mean: Iterable[int], n: int, p: float) -> float:
    """Terms that fall from the first on, largest first, until nothing is added any more."""
    total = 0.0
    for k in away_from_the_mean:
        term = point_probability(k, n, p)
        total += term
        if term <= total * _NEGLIGIBLE:
            break
    return min(1.0, total)


def clopper_pearson(right: int, items: int, confidence: float) -> Interval:
    """Exact bounds of a proportion, each one-sided at `confidence`. Of no items: from 0 to 1.

    Source: C. J. Clopper, E. S. Pearson, Biometrika 26 (1934) 404. The lower bound is the proportion at which `right`
    or more have the probability 1 - confidence; by symmetry the upper one.
    """
    return Interval(_lower(right, items, confidence), 1 - _lower(items - right, items, confidence))


def _lower(right: int, items: int, confidence: float) -> float:
    if not right:
        return 0.0
    return crossing(0.0, 1.0, lambda p: at_least(right, items, p) < 1 - confidence)


def wilson(right: int, items: int, confidence: float) -> Interval:
    """An interval to show beside a proportion, and never to decide by: one-sided it passes too often near 1.

    Source: E. B. Wilson, JASA 22 (1927) 209, without correction for continuity.
    """
    if not items:
        return Interval(0.0, 1.0)
    z2 = quantile(confidence) ** 2
    middle = (right + z2 / 2) / (items + z2)
    half = math.sqrt(z2 * (right * (items - right) / items + z2 / 4)) / (items + z2)
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def judge_at_least(right: int, items: int, threshold: float, confidence: float) -> Conclusion:
    """Whether a model is right as often as `threshold` says, by the exact bounds of Clopper and Pearson.

    Decided by the tails themselves, which says the same as the bounds, and quicker: the lower bound is above the
    threshold exactly where so many right answers would be too rare at the threshold. A threshold of 1 cannot pass, 0
    cannot fail.
    """
    error = 1 - confidence
    return concluded(
        passes=at_least(right, items, threshold) < error or threshold <= 0,
        fails=at_most(right, items, threshold) < error,
    )


def least_items_for(threshold: float, confidence: float) -> int | None:
    """The fewest items that can pass: all of them right. None where no number can, which is at a threshold of 1."""
    if threshold >= 1:
        return None
    if threshold <= 0:
        return 1
    n = max(1, math.ceil(math.log1p(-confidence) / math.log(threshold)) - 1)
    while judge_at_least(n, n, threshold, confidence) is not Conclusion.PASSED:
        n += 1
    return n
