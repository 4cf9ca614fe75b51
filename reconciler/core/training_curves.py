"""One training with its curves, as `metrics` shows it and compares it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.core.cost import epochs_of
from reconciler.core.curve_advice import Advice, advise
from reconciler.core.curves import Curves, MetricPoint, at_checkpoint, best, last
from reconciler.core.lock import Role, Training
from reconciler.core.measured import last_values, recalled
from reconciler.core.metric_names import EVAL_PREFIX
from reconciler.core.model import Address, Checkpoint, Evaluation, LiveTraining


@dataclass(frozen=True, slots=True)
class ReadValue:
    """A value of a metric. Step and epoch are None where nobody recorded them, which is not step 0."""

    value: float
    step: int | None = None
    epoch: float | None = None

    @classmethod
    def of(cls, point: MetricPoint) -> ReadValue:
        """As measured."""
        return cls(point.value, point.step, point.epoch)


@dataclass(frozen=True, slots=True)
class TrainingCurves:
    """One attempt at an address with what was measured of it.

    `epochs` and `steps` are those of the whole training, None while nobody knows them. `is_recorded`: the service no
    longer has the curves, and what is here stood in the lock; `values` are then last values whose steps nobody
    recorded. Of a trial of a sweep, `score` is what it is selected by, and `selected_for` the address that serves a
    copy of it.
    """

    address: Address
    attempt: str
    role: Role
    curves: Curves = field(default_factory=dict)
    checkpoints: tuple[Checkpoint, ...] = ()
    at_checkpoints: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    evaluations: tuple[Evaluation, ...] = ()
    epochs: float | None = None
    steps: int | None = None
    is_over: bool = True
    is_recorded: bool = False
    values: Mapping[str, float] = field(default_factory=dict)
    advice: Advice | None = None
    score: float | None = None
    selected_for: Address | None = None

    @property
    def names(self) -> list[str]:
        """Of the metrics that it has: losses first, validation data before training data."""
        known = {*(name for name, points in self.curves.items() if points), *self.values}
        return sorted(known, key=by_interest)

    def last(self, name: str) -> ReadValue | None:
        """None where it has no such metric."""
        point = last(self.curves, name)
        if point is not None:
            return ReadValue.of(point)
        return ReadValue(self.values[name]) if name in self.values else None

    def best(self, name: str) -> ReadValue | None:
        """None where nothing is better than anything else."""
        point = best(self.curves, name)
        return None if point is None else ReadValue.of(point)


def by_interest(name: str) -> tuple[bool, bool, bool, str]:
    """Sorts names of metrics: losses, then fractions, then counts; what is measured on validation data first."""
    return ("num_" in name, not name.endswith("loss"), not name.startswith(EVAL_PREFIX), name)


def with_curves(
    address: Address, attempt: str, training: Training, live: LiveTraining | None, curves: Curves
) -> TrainingCurves:
    """From the service. `live` is the training as it is now, None where the lock knows how it ended."""
    checkpoints = _checkpoints(training, live)
    is_over = live is None or live.status.is_terminal
    points = [point for line in curves.values() for point in line]
    epochs = epochs_of(live.training if live else training.submission.training)
    ran = max((p.epoch for p in points if p.epoch is not None), default=None) if is_over else None
    steps = live.progress.steps_total if live else None
    there = {
        c.checkpoint_id: {
            name: point.value for name in curves if (point := at_checkpoint(curves, name, c.step)) is not None
        }
        for c in checkpoints
    }
    return TrainingCurves(
        address,
        attempt,
        training.role,
        curves,
        checkpoints,
        there,
        _evaluations(training, live),
        epochs=epochs if epochs is not None else ran,
        steps=steps or (max((p.step for p in points), default=None) if is_over else None),
        is_over=is_over,
        advice=advise(curves, checkpoints, has_ended=is_over),
    )


def from_lock(address: Address, attempt: str, training: Training) -> TrainingCurves | None:
    """From what was recorded; None where nothing was."""
    curves, values = recalled(training), last_values(training)
    if not (curves or values):
        return None
    return TrainingCurves(
        address,
        attempt,
        training.role,
        curves,
        _checkpoints(training, None),
        training.measured.checkpoints if training.measured else {},
        _evaluations(training, None),
        epochs=epochs_of(training.submission.training),
        is_recorded=True,
        values={name: value for name, value in values.items() if name not in curves},
    )


def _checkpoints(training: Training, live: LiveTraining | None) -> tuple[Checkpoint, ...]:
    if live and live.checkpoints:
        return live.checkpoints
    return tuple(Checkpoint(c.checkpoint_id, c.epoch, c.step, c.endpoint) for c in training.checkpoints)


def _evaluations(training: Training, live: LiveTraining | None) -> tuple[Evaluation, ...]:
    if live and live.evaluations:
        return live.evaluations
    return tuple(Evaluation(e.checkpoint_id, e.scores, e.error) for e in training.evaluations)
