"""What curves suggest: which ones are given which advice, with which figures, and which are given none."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.curve_advice import Advice, Kind, advise
from reconciler.core.curves import Curve, Curves, MetricPoint
from reconciler.core.model import Checkpoint

TRAIN, EVAL = "train_total_loss", "eval_total_loss"


def drawn(values: list[float], epochs: int | None = 4) -> list[MetricPoint]:
    """Values at steps 1, 2, 3 …, evenly over the epochs."""
    return [
        MetricPoint(step, value, None if epochs is None else step * epochs / len(values))
        for step, value in enumerate(values, 1)
    ]


def course(
    shape: Callable[[float], float], epochs: int = 4, points: int = 60, noise: float = 0.0, seed: int = 0
) -> list[MetricPoint]:
    """A shape over the epochs, from 0 to their number."""
    chance = Random(seed)
    return drawn([shape(n * epochs / points) + chance.gauss(0, noise) for n in range(1, points + 1)], epochs)


def flat_from(epoch: float) -> Callable[[float], float]:
    """As the picture in Google's guide: it falls by the same amount an epoch, and levels off."""
    return lambda seen: 2.0 - 1.5 * min(seen, epoch) / epoch


def decay(pace: float) -> Callable[[float], float]:
    return lambda seen: 0.4 + 2.0 * math.exp(-pace * seen)


def valley(lowest: float) -> Callable[[float], float]:
    return lambda seen: 0.5 + 0.2 * abs(seen - lowest)


CHECKPOINTS = tuple(Checkpoint(str(n), n, n * 15) for n in range(1, 5))


OVER: Curves = {TRAIN: course(decay(1)), EVAL: course(valley(2))}
NOISY: Curves = {TRAIN: course(decay(1), noise=0.02), EVAL: course(valley(2), noise=0.02)}
BOTH: Curves = {TRAIN: course(decay(0.5)), EVAL: course(flat_from(2))}
RISING: Curves = {TRAIN: course(decay(1)), EVAL: course(lambda seen: 1 + seen / 5)}

_SENTENCES: list[tuple[str, Curves, Kind | None]] = [
    ("a loss that levels off between epochs 4 and 6 flattens", {TRAIN: course(flat_from(4), 6)}, Kind.FLATTENED),
    ("one that levels off in the last epoch fell in it", {TRAIN: course(flat_from(3.6))}, Kind.STILL_FALLING),
    ("a loss that falls to the end is still falling", {TRAIN: course(decay(0.5))}, Kind.STILL_FALLING),
    ("that of a single epoch too", {TRAIN: course(decay(2.0), 1)}, Kind.STILL_FALLING),
    ("a loss that is nearly there is neither", {TRAIN: course(decay(1.0))}, None),
    ("without epochs nobody knows how many would have done", {TRAIN: drawn([2.0, 1.5, *[1.0] * 18], None)}, None),
    ("validation data speaks before training data", BOTH, Kind.FLATTENED),
    ("a validation loss that rises while the other falls over-fits", OVER, Kind.OVERFITTING),
    ("one that rises from the beginning too", RISING, Kind.OVERFITTING),
    ("noise does not hide it", NOISY, Kind.OVERFITTING),
    ("a flat training loss tells nothing of it", {TRAIN: course(lambda _: 0.3), EVAL: course(valley(2))}, None),
    ("a training loss that rises again diverges", {TRAIN: course(valley(1))}, Kind.DIVERGING),
    ("so does one that never fell", {TRAIN: course(lambda seen: 1 + seen)}, Kind.DIVERGING),
    ("so does one that is no number any more", {TRAIN: drawn([2.0, 1.0, 3.0, math.nan])}, Kind.DIVERGING),
    ("and one that is as large as no loss", {TRAIN: drawn([*[2.0] * 20, 1e300])}, Kind.DIVERGING),
    ("and one that is infinite", {TRAIN: course(decay(1)), EVAL: drawn([1.0, math.inf])}, Kind.DIVERGING),
    ("one that never was a number tells nothing", {TRAIN: drawn([math.nan] * 20)}, None),
    ("seven points tell nothing", {TRAIN: drawn([7.0, 6, 5, 4, 3, 2, 1])}, None),
    ("a constant tells nothing", {TRAIN: course(lambda _: 0.7), EVAL: course(lambda _: 0.9)}, None),
    ("what is no loss tells nothing", {"eval_fraction_of_correct_next_step_preds": course(decay(0.5))}, None),
    ("no curve tells nothing", {}, None),
    ("the Gemini API's loss counts as well", {"mean_loss": course(decay(0.5))}, Kind.STILL_FALLING),
]  # fmt: skip


@pytest.mark.parametrize(("curves", "kind"), [s[1:] for s in _SENTENCES], ids=[s[0] for s in _SENTENCES])
def test_advice_is_given_by_the_course(curves: Curves, kind: Kind | None) -> None:
    advice = advise(curves)

    assert (advice.kind if advice else None) is kind


def test_a_flat_end_is_told_with_the_epoch_that_would_have_done() -> None:
    advice = known(advise({TRAIN: course(flat_from(4), 6)}))

    assert (advice.turn.epoch, advice.epochs) == (4.0, 6.0)
    assert advice.turn.value == pytest.approx(0.5, abs=0.03)
    assert advice.share == pytest.approx(0.0, abs=0.02)


def test_a_falling_loss_is_told_with_what_the_last_epoch_brought() -> None:
    advice = known(advise({TRAIN: course(decay(0.5))}))

    assert (advice.turn.epoch, advice.end.epoch) == (3.0, 4.0)
    assert advice.turn.value - advice.end.value == pytest.approx(2 * (math.exp(-1.5) - math.exp(-2)), abs=0.02)
    assert advice.share == pytest.approx(0.11, abs=0.02)


def test_over_fitting_is_told_with_the_step_the_epoch_and_the_checkpoint_that_were_best() -> None:
    advice = known(advise(OVER, CHECKPOINTS))

    assert (advice.metric, advice.turn.step, advice.turn.epoch) == (EVAL, 30, 2.0)
    assert advice.checkpoint == CHECKPOINTS[1]
    assert advice.end.value == pytest.approx(0.87, abs=0.03)
    assert advice.other is not None
    assert advice.other[0].value > advice.other[1].value


def test_over_fitting_of_a_training_without_checkpoints_names_none() -> None:
    advice = known(advise(OVER))

    assert advice.checkpoint is None


def test_a_diverging_loss_is_told_with_where_it_was_lowest() -> None:
    advice = known(advise({TRAIN: course(valley(1))}))

    assert (advice.turn.step, advice.turn.epoch) == (15, 1.0)
    assert advice.end.value > advice.turn.value


@pytest.mark.parametrize("kind", [Kind.FLATTENED, Kind.STILL_FALLING])
def test_of_a_training_that_goes_on_nothing_is_said_of_its_end(kind: Kind) -> None:
    curves = {Kind.FLATTENED: {TRAIN: course(flat_from(2))}, Kind.STILL_FALLING: {TRAIN: course(decay(0.5))}}[kind]

    assert known(advise(curves)).kind is kind
    assert advise(curves, has_ended=False) is None


def test_that_it_over_fits_or_diverges_is_said_while_there_is_time_to_end_it() -> None:
    over = advise(OVER, has_ended=False)
    wide = advise({TRAIN: course(valley(1))}, has_ended=False)

    assert (known(over).kind, known(wide).kind) == (Kind.OVERFITTING, Kind.DIVERGING)


@given(st.integers(0, 2**32), st.integers(8, 120), st.floats(0.0, 100.0), st.floats(1e-6, 10.0))
def test_a_noisy_constant_is_given_no_advice(seed: int, points: int, height: float, noise: float) -> None:
    chance = Random(seed)
    curves = {name: drawn([height + chance.uniform(-noise, noise) for _ in range(points)]) for name in (TRAIN, EVAL)}

    assert advise(curves) is None


@given(st.sampled_from(_SENTENCES), st.integers(-20, 20))
def test_the_unit_of_a_loss_decides_nothing(sentence: tuple[str, Curves, Kind | None], power: int) -> None:
    _, curves, kind = sentence
    scaled = {name: changed(points, lambda value: value * 2.0**power) for name, points in curves.items()}

    advice = advise(scaled)

    assert (advice.kind if advice else None) is kind


@given(st.sampled_from(_SENTENCES), st.floats(-50, 50))
def test_the_height_of_a_loss_decides_nothing(sentence: tuple[str, Curves, Kind | None], by: float) -> None:
    _, curves, kind = sentence
    shifted = {name: changed(points, lambda value: value + by) for name, points in curves.items()}

    advice = advise(shifted)

    assert (advice.kind if advice else None) is kind


@given(st.sampled_from(_SENTENCES), st.integers(1, 1000))
def test_how_many_steps_lie_between_two_points_decides_nothing(
    sentence: tuple[str, Curves, Kind | None], stride: int
) -> None:
    _, curves, kind = sentence
    spread = {name: [MetricPoint(p.step * stride, p.value, p.epoch) for p in points] for name, points in curves.items()}

    advice = advise(spread)

    assert (advice.kind if advice else None) is kind


@given(st.dictionaries(st.sampled_from([TRAIN, EVAL, "mean_loss", "x"]), st.lists(st.floats(), max_size=30)))
def test_no_curve_is_too_strange(curves: dict[str, list[float]]) -> None:
    advise({name: drawn(values) for name, values in curves.items()}, CHECKPOINTS)


def changed(points: Curve, change: Callable[[float], float]) -> list[MetricPoint]:
    return [MetricPoint(p.step, change(p.value), p.epoch) for p in points]


def known(advice: Advice | None) -> Advice:
    assert advice is not None
    return advice
