"""What so many items can show, before anything is asked: what they cannot reach, what they find, and how often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from reconciler.core.evidence.conclusion import Conclusion, crossing, quantile
from reconciler.core.evidence.paired import of_score, score
from reconciler.core.evidence.proportion import at_least, at_most, point_probability

_MOST = 10_000_000
"""Items. Nobody asks so many."""
_UNLIKELY = 1e-12
"""Probability of a number of discordant items that is left out of an enumeration."""


@dataclass(frozen=True, slots=True)
class Chances:
    """How probable each conclusion is. They add up to 1."""

    passed: float
    failed: float

    @property
    def inconclusive(self) -> float:
        """Neither, which keeps the incumbent."""
        return max(0.0, 1 - self.passed - self.failed)


def least_items(margin: float, confidence: float, discordance: float = 0.0) -> int:
    """The fewest items that pass where the models are equally good and a share of `discordance` flips, half each way.

    With none discordant, n items that all agree pass where z² / (n + z²) is below the
    margin (Tango, see `paired.tango`): 133 for 2 %, 52 for 5 %, 25 for 10 % at 95 %. With some, it is where the
    expected counts pass, which real ones do about every second time; `items_for_power` says how many make it likely.
    """
    z = quantile(confidence)
    return _fewest(lambda n: _expected_score(n, discordance, margin) > z)


def _expected_score(n: int, discordance: float, margin: float) -> float:
    each = n * discordance / 2
    return score(n, each, each, -margin)


def can_pass(items: int, margin: float, confidence: float) -> bool:
    """Whether so many items pass where all agree. Refused at load where not, though luck in flips might do it."""
    return items >= least_items(margin, confidence)


def chances(items: int, margin: float, confidence: float, discordance: float, difference: float = 0.0) -> Chances:
    """Of each conclusion, where the models truly differ by `difference` and a share of `discordance` is discordant.

    Exact, by enumeration: the number of discordant items is binomial, and given it the better ones are. What has less
    probability than one in 10¹² is left out. A discordance below the difference is impossible, and raised to it.
    """
    discordance = max(discordance, abs(difference))
    if not discordance:
        passes = _edges(items, 0, margin, confidence)[1] == 0
        return Chances(float(passes), 0.0)
    share = (1 + difference / discordance) / 2
    passed = failed = 0.0
    for discordant in range(items + 1):
        weight = point_probability(discordant, items, discordance)
        if weight < _UNLIKELY:
            continue
        highest_failing, least_passing = _edges(items, discordant, margin, confidence)
        passed += weight * (at_least(least_passing, discordant, share) if least_passing <= discordant else 0.0)
        failed += weight * (at_most(highest_failing, discordant, share) if highest_failing >= 0 else 0.0)
    return Chances(passed, failed)


@lru_cache(maxsize=100_000)
def _edges(items: int, discordant: int, margin: float, confidence: float) -> tuple[int, int]:
    """Of so many discordant items: the most better ones that fail (-1: none), the fewest that pass (one more: none)."""
    z = quantile(confidence)

    def conclusion(better: int) -> Conclusion:
        return of_score(score(items, better, discordant - better, -margin), z)

    failing = _first(discordant, lambda better: conclusion(better) is not Conclusion.FAILED)
    passing = _first(discordant, lambda better: conclusion(better) is Conclusion.PASSED)
    return failing - 1, passing


def items_for_power(margin: float, confidence: float, discordance: float, power: float) -> int:
    """How many items pass with probability `power` where the models are equally good.

    By `chances`, which rises in steps and falls a little between them: the answer has the power, and a few items less
    may, too.
    """
    return _fewest(lambda n: chances(n, margin, confidence, discordance).passed >= power, at_first=16)


def least_regression(items: int, margin: float, confidence: float, discordance: float, power: float) -> float | None:
    """The smallest true loss that so many items find with probability `power`, in the sense that the gate fails.

    Above the margin by what chance may hide. None where not even the loss of every answer is found. By `chances`.
    """

    def is_missed(loss: float) -> bool:
        return chances(items, margin, confidence, discordance, -loss).failed < power

    return None if is_missed(1.0) else crossing(margin, 1.0, is_missed, 20)


def _fewest(suffices: Callable[[int], bool], at_first: int = 1) -> int:
    """By doubling and then bisection, of what is true from some number of items on."""
    enough = at_first
    while not suffices(enough):
        enough *= 2
        if enough > _MOST:
            raise ValueError(f"more than {_MOST:,} items would be needed")
    return _first(enough, suffices)


def _first(most: int, is_reached: Callable[[int], bool]) -> int:
    """The least number from 0 to `most` at which it is reached; one more than `most` where it never is."""
    low, high = 0, most + 1
    while low < high:
        middle = (low + high) // 2
        if is_reached(middle):
            high = middle
        else:
            low = middle + 1
    return low
