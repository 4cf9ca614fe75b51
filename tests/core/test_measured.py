"""What stays in the lock of a training's curves, and how it reads when the service no longer has them."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.curves import Curves, MetricPoint, best, last
from reconciler.core.lock import Judgement, Phase, PointRecord, Role, Submission, Training
from reconciler.core.measured import MOST_METRICS, last_values, measured_of, recalled
from reconciler.core.model import Checkpoint

LOSS, COUNT = "eval_total_loss", "eval_num_predictions"
CURVES: Curves = {
    LOSS: [MetricPoint(10, 2.0, 1.0), MetricPoint(20, 0.5, 2.0), MetricPoint(30, 0.9, 3.0)],
    COUNT: [MetricPoint(10, 40), MetricPoint(30, 41)],
}


def a_training(curves: Curves = CURVES, judged: Judgement | None = None) -> Training:
    return Training(
        role=Role.SERVING,
        phase=Phase.APPLIED,
        submission=Submission(project="acme-ml"),
        measured=measured_of(curves, ()),
        judged=judged,
    )


def test_the_last_and_the_best_point_of_each_metric_are_kept_and_a_count_has_no_best() -> None:
    kept = measured_of(CURVES, ())

    assert kept is not None
    assert kept.last == {
        LOSS: PointRecord(step=30, value=0.9, epoch=3.0),
        COUNT: PointRecord(step=30, value=41),
    }
    assert kept.best == {LOSS: PointRecord(step=20, value=0.5, epoch=2.0)}


def test_what_a_metric_was_at_each_checkpoint_is_kept() -> None:
    kept = measured_of(CURVES, (Checkpoint("1", 1, 10), Checkpoint("2", 2, 21), Checkpoint("9", 9, 900)))

    assert kept is not None
    assert kept.checkpoints == {"1": {LOSS: 2.0}, "2": {LOSS: 0.5}}


def test_nothing_is_kept_of_curves_without_a_number() -> None:
    assert measured_of({}, ()) is None
    assert measured_of({LOSS: []}, ()) is None
    assert measured_of({LOSS: [MetricPoint(1, math.nan)]}, ()) is None


def test_a_service_with_thousands_of_metrics_does_not_fill_the_lock() -> None:
    many = {f"loss_{n}": [MetricPoint(1, 1.0)] for n in range(5_000)}

    kept = measured_of(many, ())

    assert kept is not None
    assert len(kept.last) == len(kept.best) == MOST_METRICS


def test_the_last_values_of_an_older_lock_are_those_that_a_gate_read() -> None:
    judged = Judgement(by="x", metrics={LOSS: 7.0, "train_total_loss": 0.1})

    assert last_values(a_training({}, judged)) == {LOSS: 7.0, "train_total_loss": 0.1}
    assert last_values(a_training(CURVES, judged)) == {LOSS: 0.9, COUNT: 41, "train_total_loss": 0.1}


@given(
    st.dictionaries(
        st.sampled_from([LOSS, COUNT, "train_total_loss", "x_fraction"]),
        st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=12),
    )
)
def test_recalled_curves_have_the_same_best_and_the_same_last_value(values: dict[str, list[float]]) -> None:
    curves = {name: [MetricPoint(step, v) for step, v in enumerate(line, 1)] for name, line in values.items()}

    again = recalled(a_training(curves))

    for name in curves:
        assert last(again, name) == last(curves, name)
        assert best(again, name) == best(curves, name)
