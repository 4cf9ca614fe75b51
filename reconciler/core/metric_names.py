"""What the names of training metrics say. Which there are, the dialect of each service knows.

Source: the list of metrics in Google's documentation of supervised tuning, of preference tuning and of the Gemini API.
"""

from __future__ import annotations

from typing import Final

EVAL_PREFIX: Final = "eval_"
"""Of validation data: without it there are none."""


def range_of(name: str) -> tuple[float, float | None]:
    """The least and the largest value that a metric can have; None is no end."""
    return (0.0, 1.0) if "fraction" in name else (0.0, None)


def on_training_data(name: str) -> str:
    """The metric that is measured as this one is, on training data."""
    return name.replace(EVAL_PREFIX, "train_", 1)


def is_lower_better(name: str) -> bool | None:
    """A loss should fall; fractions of right predictions, and rewards, should rise; None for what only counts."""
    if "loss" in name:
        return True
    return False if "fraction" in name or "reward" in name else None
