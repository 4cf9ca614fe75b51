"""What the items of a gate can prove, before anything is asked. Pure; the statistics are core/evidence."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from reconciler.core.evidence.conclusion import crossing, quantile
from reconciler.core.evidence.paired import mcnemar
from reconciler.core.evidence.power import chances, least_items
from reconciler.core.evidence.proportion import least_items_for
from reconciler.core.evidence.scores import LEAST_SCORED_ITEMS
from reconciler.core.gate_spec import Trial

DISCORDANCE: Final = 0.1
"""Share of items on which two models differ that plans assume. Ours; a fine-tuning rarely flips fewer."""
POWER: Final = 0.8
"""How likely what is said to be found is found. The usual choice."""

_EXACT_BELOW: Final = 300
"""Items."""
_BEYOND: Final = 10_000_001
"""Items: one more than core/evidence looks for."""


@dataclass(frozen=True, slots=True)
class Demand:
    """One demand of a trial. `least` is the fewest items that can meet it: all of them right, or none flipped.

    `field` is where it stands in the gate, `wanted` what stands there, `reachable` what so many items can reach.
    """

    field: str
    wanted: str
    least: int
    reachable: str = ""


def unreachable(trial: Trial, items: int) -> tuple[Demand, ...]:
    """The demands that so many items cannot meet, whatever is answered."""
    return tuple(demand for demand in _demands(trial, items) if items < demand.least)


def least_items_of(trial: Trial) -> int:
    """The fewest items with which all demands can be met."""
    return max((demand.least for demand in _demands(trial, 1)), default=1)


def finds(trial: Trial, items: int) -> float | None:
    """The smallest true loss that fails the gate with probability POWER, at DISCORDANCE. None: nothing is compared.

    Of answers that are right or wrong; of scores it is near, where a flip is the whole range of a score.
    """
    if trial.against is None or trial.margin is None or items < 1:
        return None
    return _least_regression(items, trial.margin, trial.confidence)


@lru_cache(maxsize=1_000)
def _least_regression(items: int, margin: float, confidence: float) -> float | None:
    """`power.least_regression`, to two digits and in no time: a plan says it.

    The normal approximation lies above it, by 5 % from 300 items on. Below, it bounds the search.
    """
    z_conclusion, z_power = quantile(confidence), quantile(POWER)

    def is_missed_nearly(loss: float) -> bool:
        discordance = max(DISCORDANCE, loss)
        at_margin, at_loss = (math.sqrt((discordance - d * d) / items) for d in (margin, loss))
        return loss - margin < z_conclusion * at_margin + z_power * at_loss

    def is_missed(loss: float) -> bool:
        return chances(items, margin, confidence, DISCORDANCE, -loss).failed < POWER

    above = 1.0 if is_missed_nearly(1.0) else crossing(margin, 1.0, is_missed_nearly)
    if items >= _EXACT_BELOW:
        return above
    return None if is_missed(above) else crossing(margin, above, is_missed, 9)


def _demands(trial: Trial, items: int) -> Iterator[Demand]:
    """At best, a program or a judge scores 0 and 1 alone: these are compared as right and wrong."""
    z2, items = quantile(trial.confidence) ** 2, max(items, 1)
    if trial.against is not None and trial.margin is not None:
        least, reachable = _items_for(trial.margin, trial.confidence), math.floor(100 * z2 / (items + z2)) + 1
        yield Demand("margin", f"margin: {percent(trial.margin)}", least, _words("margin", reachable))
    elif trial.against is not None:
        yield Demand("better", "better: 0%", _fewest_better(trial.confidence))
    if trial.at_least is not None:
        yield _at_least(trial, trial.at_least, items)


def _at_least(trial: Trial, wanted: float, items: int) -> Demand:
    """Scores between 0 and 1 are bounded otherwise, from LEAST_SCORED_ITEMS on."""
    least, most = least_items_for(wanted, trial.confidence) or 1, (1 - trial.confidence) ** (1 / items)
    if trial.scorer.metric.is_score:
        z2 = quantile(trial.confidence) ** 2
        least = min(least, max(LEAST_SCORED_ITEMS, _items_for(1 - wanted, trial.confidence)))
        most = max(most, 1 - z2 / (items + z2)) if items >= LEAST_SCORED_ITEMS else most
    return Demand("atLeast", f"atLeast: {percent(wanted)}", least, _words("atLeast", math.ceil(100 * most) - 1))


def _words(field: str, reachable: int) -> str:
    return f"{field}: {reachable}%" if 0 < reachable < 100 else ""


def _items_for(margin: float, confidence: float) -> int:
    """More than anybody has, where nobody computes it."""
    try:
        return least_items(margin, confidence)
    except ValueError:
        return _BEYOND


def _fewest_better(confidence: float) -> int:
    """All of them better, and none worse."""
    n = 1
    while mcnemar(n, 0) > 1 - confidence:
        n += 1
    return n


def percent(share: float) -> str:
    """`5%`, `2.5%`."""
    return f"{100 * share:.4g}%"
