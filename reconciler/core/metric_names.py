"""What the names of training metrics say. Which there are, the dialect of each service knows."""

from __future__ import annotations

from typing import Final

EVAL_PREFIX: Final = "eval_"
"""Of validation data: without it there are none."""


def range_of(name: str) -> tuple[float, float | None]:
    """The least and the largest value that a metric can have; None is no end."""
    return (0.0, 1.0) if "fraction" in name else (0.0, None)
