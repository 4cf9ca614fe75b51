"""Training curves for programs: as one JSON document, and as CSV with a row for each point."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence

from reconciler.core.curve_advice import Advice
from reconciler.core.curves import MetricPoint
from reconciler.core.model import Json
from reconciler.core.training_curves import ReadValue, TrainingCurves
from reconciler.render.advice import advice_words
from reconciler.render.words import escape

COLUMNS = ("address", "attempt", "metric", "step", "epoch", "at", "value")
_FORMULA = frozenset("=+-@\t\r")
"""What a spreadsheet takes for a formula at the beginning of a cell."""


def metrics_to_json(trainings: Sequence[TrainingCurves]) -> str:
    """`address` and `metrics` are those of the first, as they were when there was but one."""
    first = trainings[0]
    document = {
        "format_version": "1.1",
        "address": str(first.address),
        "metrics": {name: [[p.step, _number(p.value)] for p in first.curves.get(name, ())] for name in first.names},
        "trainings": [_training(training) for training in trainings],
    }
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def metrics_to_csv(trainings: Sequence[TrainingCurves]) -> str:
    """Every point, by training, metric and step. A cell is empty where nothing is known."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows(row for training in trainings for row in _rows(training))
    return out.getvalue()


def _rows(training: TrainingCurves) -> Iterator[tuple[Json, ...]]:
    for name in training.names:
        head = (str(training.address), training.attempt, _cell(name))
        for point in training.curves.get(name, ()):
            yield (*head, point.step, _cell_number(point.epoch), _cell(point.at), _cell_number(point.value))
        if name in training.values:
            yield (*head, "", "", "", _cell_number(training.values[name]))


def _training(training: TrainingCurves) -> dict[str, Json]:
    evaluations = {e.checkpoint_id: e for e in training.evaluations}
    return {
        "address": str(training.address),
        "attempt": training.attempt,
        "role": training.role.value,
        "score": None if training.score is None else _number(training.score),
        "selected_for": str(training.selected_for) if training.selected_for else None,
        "is_over": training.is_over,
        "source": "lock" if training.is_recorded else "service",
        "epochs": training.epochs,
        "steps": training.steps,
        "metrics": {name: _metric(training, name) for name in training.names},
        "checkpoints": [
            {
                "checkpoint_id": c.checkpoint_id,
                "epoch": c.epoch or None,
                "step": c.step or None,
                "metrics": _numbers(training.at_checkpoints.get(c.checkpoint_id, {})),
                "evaluation": _numbers(evaluations[c.checkpoint_id].scores) if c.checkpoint_id in evaluations else {},
            }
            for c in training.checkpoints
        ],
        "evaluations": [
            {"checkpoint_id": e.checkpoint_id, "scores": _numbers(e.scores), "error": e.error}
            for e in training.evaluations
        ],
        "advice": [_advice(training.advice)] if training.advice else [],
    }


def _metric(training: TrainingCurves, name: str) -> dict[str, Json]:
    return {
        "last": _reading(training.last(name)),
        "best": _reading(training.best(name)),
        "points": [_point(point) for point in training.curves.get(name, ())],
    }


def _reading(reading: ReadValue | None) -> Json:
    return reading and {"step": reading.step, "epoch": reading.epoch, "value": _number(reading.value)}


def _point(point: MetricPoint) -> dict[str, Json]:
    return {"step": point.step, "epoch": point.epoch, "at": point.at or None, "value": _number(point.value)}


def _advice(advice: Advice) -> dict[str, Json]:
    """`from` and `to` are levels, each a mean over about a tenth of the curve."""
    other = advice.other
    return {
        "kind": advice.kind.value,
        "metric": advice.metric,
        "words": advice_words(advice),
        "from": _point(advice.turn),
        "to": _point(advice.end),
        "share_of_fall": advice.share,
        "epochs": advice.epochs,
        "training_loss": {"from": _point(other[0]), "to": _point(other[1])} if other else None,
        "checkpoint_id": advice.checkpoint.checkpoint_id if advice.checkpoint else None,
    }


def _numbers(values: Mapping[str, float]) -> dict[str, Json]:
    return {name: _number(value) for name, value in sorted(values.items())}


def _number(value: float) -> float | None:
    """JSON knows no other numbers than finite ones."""
    return value if math.isfinite(value) else None


def _cell_number(value: float | None) -> Json:
    return "" if value is None else value


def _cell(text: str) -> str:
    """What came from a service: it moves no cursor, and no spreadsheet may calculate it."""
    return escape(f"'{text}" if text[:1] in _FORMULA else text)
