"""What the lock keeps of a training's curves, and how it reads again when they are gone. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from reconciler.core.curves import Curves, MetricPoint, at_checkpoint, best, last
from reconciler.core.lock import CheckpointRecord, EvaluationRecord, Measured, PointRecord, Training
from reconciler.core.metric_names import is_lower_better
from reconciler.core.model import Checkpoint, Evaluation

MOST_METRICS = 32
"""Of a training that are kept. The services have eight at most; who had thousands would fill the lock with them."""


def measured_of(curves: Curves, checkpoints: Sequence[Checkpoint | CheckpointRecord]) -> Measured | None:
    """For the lock, which holds finite numbers alone; None for curves without any."""
    kept = {name: curves[name] for name in sorted(curves)[:MOST_METRICS]}
    ends = _recorded({name: last(kept, name) for name in kept})
    peaks = _recorded({name: best(kept, name) for name in kept})
    if not (ends or peaks):
        return None
    graded = [name for name in kept if is_lower_better(name) is not None]
    there = {c.checkpoint_id: {name: at_checkpoint(kept, name, c.step) for name in graded} for c in checkpoints}
    known = {name: values for name, points in there.items() if (values := _values(points))}
    return Measured(last=ends, best=peaks, checkpoints=known)


def evaluations_of(found: Iterable[Evaluation]) -> tuple[EvaluationRecord, ...]:
    """As observed."""
    return tuple(EvaluationRecord(checkpoint_id=e.checkpoint_id, scores=dict(e.scores), error=e.error) for e in found)


def recalled(training: Training) -> Curves:
    """The curves as far as the lock knows them: their best and their last points, by rising steps."""
    known = training.measured or Measured()
    names = sorted({*known.last, *known.best})
    return {
        name: sorted(
            {_point(record) for record in (known.best.get(name), known.last.get(name)) if record},
            key=lambda point: point.step,
        )
        for name in names
    }


def last_values(training: Training) -> Mapping[str, float]:
    """The last value of each metric that the lock knows: as read when it ended, or by the gate that judged it."""
    judged = training.judged.metrics if training.judged else {}
    measured = training.measured.last if training.measured else {}
    return {**judged, **{name: point.value for name, point in measured.items()}}


def _recorded(points: Mapping[str, MetricPoint | None]) -> dict[str, PointRecord]:
    return {
        name: PointRecord(step=point.step, value=point.value, epoch=_epoch(point))
        for name, point in points.items()
        if point is not None and math.isfinite(point.value)
    }


def _epoch(point: MetricPoint) -> float | None:
    """To the thousandth: a diff of the lock is read by people."""
    return None if point.epoch is None else round(point.epoch, 3)


def _values(points: Mapping[str, MetricPoint | None]) -> dict[str, float]:
    return {name: p.value for name, p in points.items() if p is not None and math.isfinite(p.value)}


def _point(record: PointRecord) -> MetricPoint:
    return MetricPoint(record.step, record.value, record.epoch)
