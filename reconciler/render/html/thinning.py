"""Fewer points of a curve, which look like all of them. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

Points: TypeAlias = Sequence[tuple[int, float]]
"""Step and value, by step."""


def thinned(points: Points, most: int) -> Points:
    """At most `most` of the points: the first, the last, and the lowest and the highest of every part between them.

    None is made up: each is a point of the curve. What is no number counts as the highest.
    """
    if len(points) <= most or most < 4:
        return points if len(points) <= most else [*points[: most - 1], *points[-1:]]
    inner = range(1, len(points) - 1)
    parts = (most - 2) // 2
    kept = {0, len(points) - 1}
    for number in range(parts):
        part = inner[number * len(inner) // parts : (number + 1) * len(inner) // parts]
        kept |= {min(part, key=lambda i: _height(points[i])), max(part, key=lambda i: _height(points[i]))}
    return [points[i] for i in sorted(kept)]


def _height(point: tuple[int, float]) -> float:
    return math.inf if math.isnan(point[1]) else point[1]
