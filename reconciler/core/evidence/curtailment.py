"""Stopping early, where no remaining answer can change the conclusion. No peeking: it is that of all items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reconciler.core.evidence.conclusion import Conclusion
from reconciler.core.evidence.paired import Pairs, judge_better, judge_margin
from reconciler.core.evidence.proportion import judge_at_least


@dataclass(frozen=True, slots=True)
class Remaining:
    """Items that are still to be asked, by what is known of the old model there.

    Where it was right the new model can only be worse, where it was wrong only better; where that is not known either.
    """

    old_right: int = 0
    old_wrong: int = 0
    unknown: int = 0


def settled_margin(pairs: Pairs, remaining: Remaining, margin: float, confidence: float) -> Conclusion | None:
    """The conclusion on the margin that the remaining items lead to whatever is answered; None where it is open."""
    return _settled(pairs, remaining, lambda final: judge_margin(final, margin, confidence))


def settled_better(pairs: Pairs, remaining: Remaining, confidence: float) -> Conclusion | None:
    """The same for McNemar's exact test."""
    return _settled(pairs, remaining, lambda final: judge_better(final, confidence))


def settled_at_least(right: int, asked: int, items: int, threshold: float, confidence: float) -> Conclusion | None:
    """The same for a share of all `items`, of which so many were asked."""
    worst = judge_at_least(right, items, threshold, confidence)
    best = judge_at_least(right + items - asked, items, threshold, confidence)
    return worst if worst is best else None


def _settled(pairs: Pairs, remaining: Remaining, judge: Callable[[Pairs], Conclusion]) -> Conclusion | None:
    """Every way to go on lies between worst and best: an item that turns out better never lowers a conclusion."""
    worst, best = judge(_worst(pairs, remaining)), judge(_best(pairs, remaining))
    return worst if worst is best else None


def _worst(pairs: Pairs, remaining: Remaining) -> Pairs:
    lost = remaining.old_right + remaining.unknown
    return Pairs(pairs.both, pairs.better, pairs.worse + lost, pairs.neither + remaining.old_wrong)


def _best(pairs: Pairs, remaining: Remaining) -> Pairs:
    won = remaining.old_wrong + remaining.unknown
    return Pairs(pairs.both + remaining.old_right, pairs.better + won, pairs.worse, pairs.neither)
