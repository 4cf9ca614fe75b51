"""Two models on the same items, pass or fail: whether the new one is worse by more than a margin, or better.

All bounds are one-sided at a confidence. A difference is new minus old: -0.02 is worse by two points in a hundred.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from reconciler.core.evidence.conclusion import Conclusion, Interval, concluded, crossing, quantile
from reconciler.core.evidence.proportion import at_least, wilson


@dataclass(frozen=True, slots=True)
class Pairs:
    """Items by what came of them with both models. `better`: only the new model is right; `worse`: only the old one.

    The two are the discordant items: only they say in which direction the models differ.
    """

    both: int = 0
    better: int = 0
    worse: int = 0
    neither: int = 0

    @property
    def items(self) -> int:
        """All of them."""
        return self.both + self.better + self.worse + self.neither

    @property
    def discordant(self) -> int:
        """Those at which one model is right and the other wrong."""
        return self.better + self.worse

    @property
    def difference(self) -> float:
        """Of the shares that are right, new minus old; 0 of no items."""
        return (self.better - self.worse) / self.items if self.items else 0.0

    @property
    def swapped(self) -> Pairs:
        """The same items with the models exchanged."""
        return Pairs(self.both, self.worse, self.better, self.neither)


def score(items: float, better: float, worse: float, difference: float) -> float:
    """How many standard errors the counts lie above a true `difference`: Tango's statistic, falling in `difference`.

    Counts need not be whole, so that expected ones can be put in. The variance is that under the hypothesis:
    `only_old` is the probability of an item at which only the old model is right, by maximum likelihood where the
    difference is as given. It is never zero where the hypothesis is away from 0, so that items which all agree say
    something, too.

    Source: T. Tango, Statistics in Medicine 17 (1998) 891, equations for the score statistic and its restricted
    estimate.
    """
    linear = (2 * items - better + worse) * difference - better - worse
    constant = -worse * difference * (1 - difference)
    only_old = _larger_root(2 * items, linear, constant)
    variance = items * (2 * only_old + difference * (1 - difference))
    distance = better - worse - items * difference
    if variance > items * _ROUNDING:
        return distance / math.sqrt(variance)
    return 0.0 if abs(distance) <= items * _ROUNDING else math.copysign(math.inf, distance)


_ROUNDING = 1e-15


def _larger_root(a: float, b: float, c: float) -> float:
    """Of a x² + b x + c, in the form that subtracts no two numbers of about the same size."""
    square = math.sqrt(max(0.0, b * b - 4 * a * c))
    return (square - b) / (2 * a) if b <= 0 else -2 * c / (b + square)


def tango(pairs: Pairs, confidence: float) -> Interval:
    """Bounds of the difference by inverting the score test. Of no items: from -1 to 1.

    Source: as `score`. Of n items that all agree the bounds are z² / (n + z²) away from 0.
    """
    if not pairs.items:
        return Interval(-1.0, 1.0)
    z, n = quantile(confidence), pairs.items
    estimate = pairs.difference
    return Interval(
        crossing(-1.0, estimate, lambda d: score(n, pairs.better, pairs.worse, d) > z),
        crossing(estimate, 1.0, lambda d: score(n, pairs.better, pairs.worse, d) >= -z),
    )


def newcombe(pairs: Pairs, confidence: float) -> Interval:
    """The same by another way, as a check on `tango` and never to decide by: it is in places too narrow.

    Source: R. G. Newcombe, Statistics in Medicine 17 (1998) 2635, method 10: Wilson's intervals of both shares, put
    together with a correlation that is corrected for continuity where it is positive.
    """
    n = pairs.items
    if not n:
        return Interval(-1.0, 1.0)
    new, old = pairs.both + pairs.better, pairs.both + pairs.worse
    of_new, of_old = wilson(new, n, confidence), wilson(old, n, confidence)
    phi = _correlation(pairs, new, old)
    below = _joined(new / n - of_new.lower, of_old.upper - old / n, phi)
    above = _joined(of_new.upper - new / n, old / n - of_old.lower, phi)
    return Interval(pairs.difference - below, pairs.difference + above)


def _correlation(pairs: Pairs, new: int, old: int) -> float:
    n = pairs.items
    margins = new * (n - new) * old * (n - old)
    if not margins:
        return 0.0
    product = pairs.both * pairs.neither - pairs.better * pairs.worse
    corrected = max(product - n / 2, 0.0) if product > 0 else product
    return corrected / math.sqrt(margins)


def _joined(one: float, other: float, phi: float) -> float:
    return math.sqrt(max(0.0, one * one - 2 * phi * one * other + other * other))


def judge_margin(pairs: Pairs, margin: float, confidence: float) -> Conclusion:
    """Whether the new model is not worse by `margin` or more.

    Passed where the lower bound of `tango` is above -margin, failed where the upper one is below it. Asked of the
    statistic itself, which falls in the difference and therefore says the same as the bounds. A margin is above 0:
    whether a model is better at all is for `judge_better`.
    """
    if not 0 < margin < 1:
        raise ValueError(f"margin is {margin}; it lies between 0 and 1")
    if not pairs.items:
        return Conclusion.INCONCLUSIVE
    return of_score(score(pairs.items, pairs.better, pairs.worse, -margin), quantile(confidence))


def of_score(statistic: float, z: float) -> Conclusion:
    """By how many standard errors the counts lie above or below the margin."""
    return concluded(passes=statistic > z, fails=statistic < -z)


def mcnemar(better: int, worse: int) -> float:
    """How probable so many better ones are, or more, where neither model is better: exact and one-sided.

    Source: Q. McNemar, Psychometrika 12 (1947) 153; exact, since under the hypothesis `better` is binomial with a
    half.
    """
    return at_least(better, better + worse, 0.5)


def judge_better(pairs: Pairs, confidence: float) -> Conclusion:
    """Whether the new model is better at all, by McNemar's exact test; failed where by the same test it is worse."""
    error = 1 - confidence
    return concluded(
        passes=mcnemar(pairs.better, pairs.worse) <= error,
        fails=mcnemar(pairs.worse, pairs.better) <= error,
    )
