"""The three things that answers can prove, the interval that shows it, and the quantile that both stand on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from statistics import NormalDist
from typing import Final

_NORMAL: Final = NormalDist()


class Conclusion(Enum):
    """Never passed and failed at once: the two bounds of one interval lie on either side of the estimate."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Interval:
    """Two one-sided bounds, each at `confidence`: together they err twice as often."""

    lower: float
    upper: float


def quantile(confidence: float) -> float:
    """Of the normal distribution: 1.645 at 0.95. Confidence lies between a half and 1, both excluded."""
    if not 0.5 < confidence < 1:
        raise ValueError(f"confidence is {confidence}; it lies between 0.5 and 1")
    return _NORMAL.inv_cdf(confidence)


def concluded(*, passes: bool, fails: bool) -> Conclusion:
    """The conclusion where a test says so in one direction or the other."""
    if passes:
        return Conclusion.PASSED
    return Conclusion.FAILED if fails else Conclusion.INCONCLUSIVE


def crossing(low: float, high: float, is_before: Callable[[float], bool], halvings: int = 60) -> float:
    """Where `is_before` turns from true (at `low`) to false (at `high`), by bisection, to the last digit."""
    for _ in range(halvings):
        middle = (low + high) / 2
        if is_before(middle):
            low = middle
        else:
            high = middle
    return (low + high) / 2
