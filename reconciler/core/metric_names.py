"""What the names of training metrics say. Which there are, the dialect of each service knows.

Source: the list of metrics in Google's documentation of supervised tuning, of preference tuning and of the Gemini API.
"""

from __future__ import annotations

import math
from typing import Final

EVALUATION: Final = "evaluation/"
"""What names of the service's own evaluation begin with (`evaluationConfig`); behind it stands the metric's own."""
_SPREADS: Final = ("_standard_deviation", "_variance")
"""Statistics of scores of which neither more nor less is better. Of all others more is: they are scores."""
EVAL_PREFIX: Final = "eval_"
"""Of validation data: without it there are none."""


def range_of(name: str) -> tuple[float, float | None]:
    """The least and the largest value that a metric can have; None is no end. Scores can be anything."""
    if evaluated(name):
        return (-math.inf, None)
    return (0.0, 1.0) if "fraction" in name else (0.0, None)


def on_training_data(name: str) -> str:
    """The metric that is measured as this one is, on training data; "" where there is none."""
    return "" if evaluated(name) else name.replace(EVAL_PREFIX, "train_", 1)


def is_lower_better(name: str) -> bool | None:
    """A loss should fall; fractions, rewards and scores should rise; None for what only counts, and for spreads."""
    if evaluated(name):
        return None if name.endswith(_SPREADS) else False
    if "loss" in name:
        return True
    return False if "fraction" in name or "reward" in name else None


def evaluated(name: str) -> str:
    """The evaluation's own name of it; "" for a metric of the training."""
    name = name.lstrip("/")
    return name.removeprefix(EVALUATION) if name.startswith(EVALUATION) else ""
