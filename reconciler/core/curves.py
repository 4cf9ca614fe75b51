"""The curves of a training as values, and what is read off them. Pure.

What is unknown is None and never 0: a service that names no epoch has said nothing of epoch 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TypeAlias

from reconciler.core.metric_names import is_lower_better


@dataclass(frozen=True, slots=True)
class MetricPoint:
    """One value of a training metric, after a step.

    `epoch` counts how often the data had been learnt by then: 1.5 is the middle of the second epoch. None where nobody
    knows. The Gemini API says whole ones. `at` is when the step was done (RFC 3339); "" where the service does not say.
    """

    step: int
    value: float
    epoch: float | None = None
    at: str = ""


Curve: TypeAlias = Sequence[MetricPoint]
"""By rising steps."""
Curves: TypeAlias = Mapping[str, Curve]
"""By the name of the metric, without the leading slash."""


def last(curves: Curves, name: str) -> MetricPoint | None:
    """The value when the training ended, or the newest one while it runs; None without any."""
    points = curves.get(name.lstrip("/"), ())
    return points[-1] if points else None


def best(curves: Curves, name: str) -> MetricPoint | None:
    """The lowest loss, the highest fraction; of equal ones the first.

    None where there is no number, and of metrics of which neither less nor more is better.
    """
    points = finite(curves.get(name.lstrip("/"), ()))
    lower = is_lower_better(name)
    if lower is None or not points:
        return None
    return min(points, key=lambda point: (point.value if lower else -point.value, point.step))


def at_checkpoint(curves: Curves, name: str, step: int) -> MetricPoint | None:
    """What a metric was at the step of a checkpoint: the point that is nearest, the earlier one of two.

    Evaluations do not fall on the steps of checkpoints. One that is farther away than points of this curve usually are
    from each other says nothing of the checkpoint: None.
    """
    points = curves.get(name.lstrip("/"), ())
    if not points:
        return None
    nearest = min(points, key=lambda point: (abs(point.step - step), point.step))
    return nearest if abs(nearest.step - step) <= _usual_distance(points) else None


def finite(points: Curve) -> list[MetricPoint]:
    """Without what is no number: a diverging training may measure infinity, or NaN."""
    return [point for point in points if math.isfinite(point.value)]


def _usual_distance(points: Curve) -> float:
    """In steps; 0 for a single point."""
    gaps = [after.step - before.step for before, after in pairwise(points)]
    return median(gaps) if gaps else 0.0
