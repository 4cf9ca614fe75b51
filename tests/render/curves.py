"""Trainings with curves, for tests of how they are shown."""

from __future__ import annotations

import math
from typing import Any

from reconciler.core.curve_advice import advise
from reconciler.core.curves import Curves, MetricPoint
from reconciler.core.lock import Role
from reconciler.core.model import Address, Checkpoint, Evaluation
from reconciler.core.training_curves import TrainingCurves

ROUTER = Address("vertex", "support-router")
STEPS, EPOCHS = 36, 12


def curve(low: float, pace: float, rise: float = 0.0, every: int = 1) -> list[MetricPoint]:
    """A fall to `low`, and after a third of the epochs a rise."""
    return [
        MetricPoint(
            step,
            round(low + 2 * math.exp(-pace * step / 3) + rise * max(0, step - STEPS // 3), 6),
            step * EPOCHS / STEPS,
            f"2026-11-28T10:{step:02d}:00Z",
        )
        for step in range(every, STEPS + 1, every)
    ]


OVERFITTED: Curves = {
    "train_total_loss": curve(0.5, 0.6),
    "eval_total_loss": curve(1.0, 0.8, rise=0.02, every=2),
    "eval_num_predictions": [MetricPoint(36, 41)],
}
CHECKPOINTS = tuple(Checkpoint(str(n), n * 3, n * 9) for n in range(1, 5))
SCORES = tuple(Evaluation(str(n), {"exact_match": n / 8, "rouge_p90": n / 10}) for n in range(1, 5))


def a_training(attempt: str = "2", curves: Curves = OVERFITTED, **fields: Any) -> TrainingCurves:
    there = {
        c.checkpoint_id: {name: line[0].value for name, line in curves.items() if "loss" in name and line}
        for c in CHECKPOINTS
    }
    values: dict[str, Any] = {
        "role": Role.SERVING,
        "curves": curves,
        "checkpoints": CHECKPOINTS,
        "at_checkpoints": there,
        "epochs": float(EPOCHS),
        "steps": STEPS,
        "advice": advise(curves, CHECKPOINTS),
    }
    return TrainingCurves(ROUTER, attempt, **(values | fields))
