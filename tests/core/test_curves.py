"""What is read off curves: last, best, and what a metric was at a checkpoint."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.curves import MetricPoint, at_checkpoint, best, last


def curve(**by_step: float) -> list[MetricPoint]:
    """`s10=0.5` is 0.5 after step 10."""
    return [MetricPoint(int(name[1:]), value) for name, value in by_step.items()]


LOSS = {"eval_total_loss": curve(s10=2.0, s20=0.5, s30=0.5, s40=0.9)}


def test_the_last_value_of_a_metric_is_that_of_its_last_step() -> None:
    assert last(LOSS, "eval_total_loss") == MetricPoint(40, 0.9)


def test_a_name_may_have_the_slash_that_the_service_writes() -> None:
    assert last(LOSS, "/eval_total_loss") == last(LOSS, "eval_total_loss")
    assert best(LOSS, "/eval_total_loss") == best(LOSS, "eval_total_loss")


@pytest.mark.parametrize(
    ("name", "where"),
    [("eval_total_loss", 20), ("train_fraction_of_correct_next_step_preds", 10), ("train_mean_reward", 10)],
)
def test_the_best_loss_is_the_lowest_and_the_best_fraction_the_highest(name: str, where: int) -> None:
    found = best({name: LOSS["eval_total_loss"]}, name)

    assert found is not None
    assert found.step == where


def test_of_equally_good_steps_the_first_is_best() -> None:
    found = best(LOSS, "eval_total_loss")

    assert found == MetricPoint(20, 0.5)


def test_a_count_has_no_best_value() -> None:
    assert best({"eval_num_predictions": LOSS["eval_total_loss"]}, "eval_num_predictions") is None


@pytest.mark.parametrize("curves", [{}, {"eval_total_loss": []}])
def test_a_metric_without_points_has_neither_a_last_nor_a_best_value(curves: dict[str, list[MetricPoint]]) -> None:
    assert last(curves, "eval_total_loss") is None
    assert best(curves, "eval_total_loss") is None
    assert at_checkpoint(curves, "eval_total_loss", 10) is None


def test_what_is_no_number_is_never_the_best() -> None:
    diverged = {"eval_total_loss": curve(s1=1.0, s2=math.nan, s3=math.inf, s4=-math.inf)}

    assert best(diverged, "eval_total_loss") == MetricPoint(1, 1.0)
    assert best({"eval_total_loss": curve(s1=math.nan)}, "eval_total_loss") is None


@pytest.mark.parametrize(
    ("checkpoint", "nearest"),
    [(20, 20), (24, 20), (25, 20), (26, 30), (45, 40), (50, 40), (51, None), (0, 10), (-1, None)],
)
def test_at_a_checkpoint_a_metric_is_what_it_was_nearest_to_it(checkpoint: int, nearest: int | None) -> None:
    found = at_checkpoint(LOSS, "eval_total_loss", checkpoint)

    assert (found.step if found else None) == nearest


def test_a_single_point_says_something_of_its_own_step_alone() -> None:
    one = {"eval_total_loss": curve(s30=0.4)}

    assert at_checkpoint(one, "eval_total_loss", 30) == MetricPoint(30, 0.4)
    assert at_checkpoint(one, "eval_total_loss", 31) is None


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=40))
def test_the_best_is_one_of_the_points_and_none_is_better(values: list[float]) -> None:
    points = [MetricPoint(step, value) for step, value in enumerate(values, 1)]

    found = best({"train_total_loss": points}, "train_total_loss")

    numbers = [value for value in values if math.isfinite(value)]
    assert (found.value if found else None) == (min(numbers) if numbers else None)
    assert found is None or found in points
