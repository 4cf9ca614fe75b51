"""Two models on the same items by a score between 0 and 1: the mean difference, by a bootstrap that resamples items."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import islice
from statistics import NormalDist
from typing import Final

from reconciler.core.evidence.conclusion import Conclusion, Interval, concluded, quantile
from reconciler.core.evidence.draws import indices

LEAST_SCORED_ITEMS: Final = 20
"""Fewer say nothing: the bootstrap's bounds are then too narrow, since they see no tail that the items do not show."""
FEW_DIFFERENT: Final = 10
"""Items with a difference. Where there are fewer, the score rule widens what the bootstrap finds. Ours."""
RESAMPLES: Final = 2000
_NORMAL: Final = NormalDist()
_ROUNDING: Final = 1e-12


def item_mean(samples: Sequence[float]) -> float:
    """The score of an item of which several answers were taken: one item is one unit, however often it is asked."""
    return math.fsum(samples) / len(samples)


def bca(differences: Sequence[float], confidence: float, *, seed: int, resamples: int = RESAMPLES) -> Interval:
    """Bounds of the mean difference, each one-sided at `confidence`; the same for the same seed.

    Bias-corrected and accelerated. Source: B. Efron, JASA 82 (1987) 171; B. Efron, R. J. Tibshirani, An Introduction
    to the Bootstrap (1993), chapter 14: the acceleration is that of the jackknife, which of a mean is its skewness.
    Differences that are all the same have no spread to resample: see `mean_bounds`, which decides.
    """
    mean = item_mean(differences)
    if max(differences) - min(differences) <= _ROUNDING:
        return Interval(mean, mean)
    acceleration = _acceleration(differences, mean)
    means = sorted(_resampled_means(differences, seed, resamples))
    z, bias = quantile(confidence), _bias(means, mean)
    return Interval(
        min(mean, means[_rank(bias, acceleration, -z, resamples)]),
        max(mean, means[_rank(bias, acceleration, z, resamples)]),
    )


def _acceleration(differences: Sequence[float], mean: float) -> float:
    """A sixth of the skewness of what the mean is without one item each, by which the jackknife estimates it."""
    away = [d - mean for d in differences]
    squares = math.fsum(a * a for a in away)
    return math.fsum(a**3 for a in away) / (6 * math.pow(squares, 1.5))


def _resampled_means(differences: Sequence[float], seed: int, resamples: int) -> list[float]:
    n = len(differences)
    drawn = map(differences.__getitem__, indices(seed, n))
    return [sum(islice(drawn, n)) / n for _ in range(resamples)]


def _bias(means: Sequence[float], mean: float) -> float:
    """How far the median of the resampled means lies off, in standard errors; means that are equal count half."""
    near = 1e-12 * (1 + abs(mean))
    below = sum(m < mean - near for m in means) + sum(abs(m - mean) <= near for m in means) / 2
    return _NORMAL.inv_cdf(min(max(below, 0.5), len(means) - 0.5) / len(means))


def _rank(bias: float, acceleration: float, z: float, resamples: int) -> int:
    """Of the resampled mean that is the bound."""
    denominator = 1 - acceleration * (bias + z)
    share = _NORMAL.cdf(bias + (bias + z) / denominator) if denominator > 0 else float(z > 0)
    return min(max(math.floor(share * (resamples + 1)) - (z < 0), 0), resamples - 1)


def mean_bounds(differences: Sequence[float], confidence: float, *, seed: int, resamples: int = RESAMPLES) -> Interval:
    """`bca`, widened by the score rule where hardly any items differ. Of no items: from -1 to 1.

    The score rule: n items that are all alike leave a share of z² / (n + z²) that may be otherwise, at worst by the
    whole range of scores (the bound of `paired.tango` without discordant items). Without it 20 items that all agree
    would prove any margin.
    """
    n = len(differences)
    if not n:
        return Interval(-1.0, 1.0)
    found = bca(differences, confidence, seed=seed, resamples=resamples)
    if _different(differences) >= FEW_DIFFERENT:
        return found
    z2 = quantile(confidence) ** 2
    mean, unseen = item_mean(differences), z2 / (n + z2)
    return Interval(max(-1.0, min(found.lower, mean - unseen)), min(1.0, max(found.upper, mean + unseen)))


def _different(differences: Sequence[float]) -> int:
    """How many differ from what is most common among them."""
    counts: dict[float, int] = {}
    for difference in differences:
        counts[difference] = counts.get(difference, 0) + 1
    return len(differences) - max(counts.values())


def judge_mean(differences: Sequence[float], margin: float, confidence: float, *, seed: int) -> Conclusion:
    """Whether the new model's mean score is not lower by `margin` or more. With too few items: inconclusive."""
    if len(differences) < LEAST_SCORED_ITEMS:
        return Conclusion.INCONCLUSIVE
    bounds = mean_bounds(differences, confidence, seed=seed)
    return concluded(passes=bounds.lower > -margin, fails=bounds.upper < -margin)
