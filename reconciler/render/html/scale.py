"""Scales of a chart: round numbers on an axis, and where a value lies between them. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_LARGEST, _SMALLEST = 1e150, 1e-150
"""Values beyond the first are drawn there, and what differs by less than the second is the same: their differences
and quotients must be numbers too."""


@dataclass(frozen=True, slots=True)
class Scale:
    """From values between `low` and `high` to lengths between `start` and `end`; `ticks` are the round numbers."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """Where a value is drawn; what lies outside is drawn at the border."""
        share = (within(value) - self.low) / (self.high - self.low)
        return round(self.start + min(max(share, 0.0), 1.0) * (self.end - self.start), 2)


def scale_of(values: Iterable[float], start: float, end: float, *, ticks: int = 5, whole: bool = False) -> Scale:
    """A scale over all finite values, with about so many ticks; `whole` where there is nothing between two numbers."""
    finite = [within(value) for value in values if math.isfinite(value)] or [0.0]
    low, high = min(finite), max(finite)
    if high - low <= max(abs(low), abs(high), _SMALLEST) * 1e-9:
        margin = max(1.0, abs(low) * 1e-3) if whole else max(abs(low) * 0.1, _SMALLEST) if low else 1.0
        low, high = low - margin, high + margin
    step = _round_step((high - low) / ticks)
    step = max(step, 1.0) if whole else step
    first, last = math.floor(low / step), math.ceil(high / step)
    if whole:  # the axis of steps begins and ends with the data, so that no room is lost beside it
        inside = [n * step for n in range(math.ceil(low / step), math.floor(high / step) + 1)]
        return Scale(low, high, start, end, tuple(inside))
    return Scale(first * step, last * step, start, end, tuple(n * step for n in range(first, last + 1)))


def within(value: float) -> float:
    """The value, or the largest that is drawn."""
    return min(max(value, -_LARGEST), _LARGEST)


def tick_words(ticks: Sequence[float]) -> list[str]:
    """As many digits as tell them apart, and no more: `0.5`, `1`, `1.5`."""
    for digits in range(2, 16):
        words = [_plain(tick, digits) for tick in ticks]
        if len(set(words)) == len(ticks):
            return words
    return [f"{tick:g}" for tick in ticks]


def _plain(tick: float, digits: int) -> str:
    if tick and not 1e-4 <= abs(tick) < 1e6:
        return f"{tick:.{digits}g}"
    text = f"{tick:.{max(0, digits - 1 - math.floor(math.log10(abs(tick))))}f}" if tick else "0"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _round_step(step: float) -> float:
    """1, 2 or 5 times a power of ten, at least as long as `step`."""
    power: float = 10.0 ** math.floor(math.log10(step))
    return next(power * factor for factor in (1.0, 2.0, 5.0, 10.0) if power * factor >= step * 0.999999)
