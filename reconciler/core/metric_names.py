"""The training metrics that the services publish, and what values they can have.

Sources: the reference of Vertex AI's tuning metrics, Google's notebooks on them, and for preference tuning its own
page; the Gemini API's snapshots have a mean loss. Open models publish no list.
"""

from __future__ import annotations

from typing import Final

EVAL_PREFIX: Final = "eval_"
"""Of validation data: without it there are none."""
_TRAIN: Final = ("train_total_loss", "train_fraction_of_correct_next_step_preds", "train_num_predictions")
_EVAL: Final = ("eval_total_loss", "eval_fraction_of_correct_next_step_preds", "eval_num_predictions")
PREFERENCE: Final = "preference_optimization_train_loss"
GEMINI: Final = ("mean_loss",)


def vertex_metrics(*, is_preference: bool) -> tuple[str, ...]:
    """Without the leading slash."""
    return (*_TRAIN, *_EVAL, *((PREFERENCE,) if is_preference else ()))


def range_of(name: str) -> tuple[float, float | None]:
    """The least and the largest value that a metric can have; None is no end."""
    return (0.0, 1.0) if "fraction" in name else (0.0, None)
