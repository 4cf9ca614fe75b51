"""What the curves of a training suggest about the next one: suggestions with their figures, never applied. Pure.

Google's guide to tuning (Gemini API, "Advanced settings") has the advice: "If the loss starts to plateau before 5
epochs, use a smaller value. If the loss is converging and doesn't appear to plateau, use a higher value", and "Use a
smaller [learning rate] for smaller datasets"; ideally training stops at the lowest point of the curve, right before it
levels off. It has no numbers: the shares below are ours. They are parts of the whole fall of the same curve, so that
neither its unit nor its height decides, and nothing is said that its noise could explain.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from reconciler.core.curves import Curve, Curves, MetricPoint, finite
from reconciler.core.metric_names import EVAL_PREFIX
from reconciler.core.model import Checkpoint

FLAT_SHARE = 0.02
"""Of the whole fall: who has all but this has the same loss."""
FALLING_SHARE = 0.05
"""Of the whole fall, in the last epoch: more epochs would go on. Between the two nothing is said."""
RISEN_SHARE = 0.05
"""Of the whole fall, given back on validation data: more than a flat end gives."""
DIVERGED_SHARE = 0.5
"""Of the whole fall, given back on the training data itself: its loss rises only where steps are too wide."""
LEAST_POINTS = 8
"""Below, the noise of a curve cannot be told from its course."""
NOISES = 10.0
"""How many standard errors of a level are a fall, or a rise; twice as many where there is nothing but a rise. The
lowest of many levels is low by chance: of 31,500 curves of noise alone, of 8 to 400 points, one was given advice."""
_MOST = 1e100
"""No loss of a training that goes well, and far from where sums of them have no number."""
_WINDOWS = 10
"""A curve is smoothed over about a tenth of it."""
_ABS_OF_SECOND_DIFFERENCES = math.sqrt(6) * math.sqrt(2 / math.pi)
"""What |a - 2b + c| of three normal values is on average, in their standard deviations: a course does not add to it."""


class Kind(Enum):
    """What a curve shows."""

    FLATTENED = "flattened"
    """It flattens before the last epoch: fewer would have done."""
    STILL_FALLING = "still falling"
    """More epochs would go on."""
    OVERFITTING = "over-fitting"
    """The loss on validation data rises while the one on training data falls."""
    DIVERGING = "diverging"
    """The loss rises on what is learnt itself, or is no number any more."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One suggestion. Values are levels: means over about a tenth of the curve, so that no single point speaks.

    `turn` is where it flattens, where the last epoch begins, or where the loss was lowest; `end` the end of the curve.
    `share` is what happened between the two, as a part of the whole fall; None where there is no number. `other` is the
    training loss at both, where an over-fitting is told by it. `checkpoint` is the best one, where there are some.
    """

    kind: Kind
    metric: str
    turn: MetricPoint
    end: MetricPoint
    share: float | None = None
    epochs: float | None = None
    other: tuple[MetricPoint, MetricPoint] | None = None
    checkpoint: Checkpoint | None = None


def advise(curves: Curves, checkpoints: Sequence[Checkpoint] = (), *, has_ended: bool = True) -> Advice | None:
    """The most pressing one. Of a training that runs, only what can end it is said: over-fitting and diverging."""
    learnt, validated = _losses(curves)
    for name in (learnt, validated):
        advice = _broken(name, curves[name]) if name else None
        if advice:
            return advice
    trained, judged = _smooth(curves.get(learnt, ())), _smooth(curves.get(validated, ()))
    if trained and (diverged := _diverging(learnt, trained)):
        return diverged
    if trained and judged and (fitted := _over_fitting(validated, judged, trained, checkpoints)):
        return fitted
    if not has_ended:
        return None
    name, smooth = (validated, judged) if judged else (learnt, trained)
    return (_flattened(name, smooth) or _still_falling(name, smooth)) if smooth else None


def _losses(curves: Curves) -> tuple[str, str]:
    """The loss on training data and the one on validation data; "" for none. The total loss is told by its name."""
    names = [name for name in sorted(curves) if name.endswith("loss") and curves[name]]
    names.sort(key=lambda name: "total" not in name)
    learnt = next((name for name in names if not name.startswith(EVAL_PREFIX)), "")
    return learnt, next((name for name in names if name.startswith(EVAL_PREFIX)), "")


@dataclass(frozen=True, slots=True)
class _Smooth:
    """A curve as levels, each of so many points, with the standard error of one."""

    levels: Sequence[MetricPoint]
    width: int
    error: float

    @property
    def low(self) -> MetricPoint:
        return min(self.levels, key=lambda point: (point.value, point.step))

    @property
    def end(self) -> MetricPoint:
        return self.levels[-1]

    @property
    def fall(self) -> float:
        return self.levels[0].value - self.low.value

    @property
    def has_fallen(self) -> bool:
        return self.fall > NOISES * self.error

    def near(self, step: float) -> MetricPoint:
        return min(self.levels, key=lambda point: (abs(point.step - step), point.step))

    def after(self, epoch: float, ahead: int = 0) -> MetricPoint | None:
        """The level when that many epochs were done, or so many points later; None where no epoch is known."""
        for n, point in enumerate(self.levels):
            if point.epoch is not None and point.epoch >= epoch - 1e-9:
                later = self.levels[min(n + ahead, len(self.levels) - 1)]
                return MetricPoint(point.step, later.value, point.epoch, point.at)
        return None

    def left(self, epoch: float) -> int:
        """How many points come after that many epochs."""
        return sum(1 for p in self.levels if p.epoch is not None and p.epoch > epoch + 1e-9)


def _smooth(curve: Curve) -> _Smooth | None:
    """None for too few points to tell anything."""
    points = _numbers(curve)
    if len(points) < LEAST_POINTS:
        return None
    width = max(3, len(points) // _WINDOWS)
    levels = []
    for i, point in enumerate(points):
        first = min(max(0, i - width // 2), len(points) - width)
        window = points[first : first + width]
        mean = math.fsum(p.value for p in window) / len(window)
        levels.append(MetricPoint(point.step, mean, point.epoch, point.at))
    bends = [abs(a.value - 2 * b.value + c.value) for (a, b), (_, c) in pairwise(pairwise(points))]
    noise = math.fsum(bends) / len(bends) / _ABS_OF_SECOND_DIFFERENCES
    rounding = 1e-9 * max(abs(point.value) for point in points)
    return _Smooth(levels, width, max(noise / math.sqrt(width), rounding))


def _numbers(curve: Curve) -> list[MetricPoint]:
    return [point for point in finite(curve) if abs(point.value) <= _MOST]


def _broken(name: str, curve: Curve) -> Advice | None:
    """A loss that ended as no number, and was one before."""
    points = _numbers(curve)
    if not points or points[-1] == curve[-1]:
        return None
    return Advice(Kind.DIVERGING, name, min(points, key=lambda point: (point.value, point.step)), curve[-1])


def _diverging(name: str, curve: _Smooth) -> Advice | None:
    rise = curve.end.value - curve.low.value
    if rise <= DIVERGED_SHARE * curve.fall or rise <= (1 if curve.has_fallen else 2) * NOISES * curve.error:
        return None
    share = rise / curve.fall if curve.has_fallen else None
    return Advice(Kind.DIVERGING, name, curve.low, curve.end, share)


def _over_fitting(name: str, judged: _Smooth, trained: _Smooth, checkpoints: Sequence[Checkpoint]) -> Advice | None:
    """A rise on one side and a fall on the other, each more than its noise; it may rise from the beginning."""
    rise = judged.end.value - judged.low.value
    then, now = trained.near(judged.low.step), trained.end
    if rise <= max(NOISES * judged.error, RISEN_SHARE * judged.fall):
        return None
    if then.value - now.value <= NOISES / 2 * trained.error:
        return None
    known = [checkpoint for checkpoint in checkpoints if checkpoint.step > 0]
    kept = min(known, key=lambda c: (judged.near(c.step).value, c.step), default=None)
    share = rise / judged.fall if judged.has_fallen else None
    return Advice(Kind.OVERFITTING, name, judged.low, judged.end, share, judged.end.epoch, (then, now), kept)


def _flattened(name: str, curve: _Smooth) -> Advice | None:
    """After which whole epoch nearly nothing came any more, by the points from its end on.

    Not told where the noise is as large as that, nor of fewer than two levels of points. What comes is seen from the
    middle of the first level to the middle of the last, and taken for as much more as lies outside.
    """
    within, epochs = FLAT_SHARE * curve.fall, curve.end.epoch
    if epochs is None or not curve.has_fallen or curve.error > within or curve.end.value - curve.low.value > within:
        return None
    for done in range(1, math.ceil(epochs - 1e-9)):
        level, left = curve.after(done, ahead=curve.width // 2), curve.left(done)
        if level is None or left < 2 * curve.width:
            return None
        came = (level.value - curve.low.value) * left / (left - curve.width)
        if came <= within:
            return Advice(Kind.FLATTENED, name, level, curve.end, max(0.0, came) / curve.fall, epochs)
    return None


def _still_falling(name: str, curve: _Smooth) -> Advice | None:
    """Over the last epoch; over the last half of a single one, since a training that begins always falls."""
    epochs = curve.end.epoch
    before = None if epochs is None else curve.after(epochs - 1 if epochs > 1 else epochs / 2)
    if before is None or not curve.has_fallen:
        return None
    fell = before.value - curve.end.value
    if fell < FALLING_SHARE * curve.fall or fell <= NOISES * curve.error:
        return None
    return Advice(Kind.STILL_FALLING, name, before, curve.end, fell / curve.fall, epochs)
