"""Metrics that a gate limits: the last, the best, that of the checkpoint that serves, and what the incumbent had."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from reconciler.core.gate_spec import At, Bound
from reconciler.gate.demands import Read, metric_checks

LOSS, ACCURACY = "eval_total_loss", "eval_fraction_of_correct_next_step_preds"
READ = Read({At.LAST: {LOSS: 0.9, ACCURACY: 0.7}, At.BEST: {LOSS: 0.6, ACCURACY: 0.8}, At.CHECKPOINT: {LOSS: 0.7}})
BEFORE = Read({At.LAST: {LOSS: 0.8, ACCURACY: 0.75}, At.BEST: {LOSS: 0.5}})


def conclusions(bounds: Mapping[str, Bound], before: Read | None = None) -> list[str]:
    return [check.conclusion.value for check in metric_checks(READ, bounds, before)]


@pytest.mark.parametrize(
    ("bound", "conclusion"),
    [
        (Bound(max=0.8), "failed"),
        (Bound(max=0.8, at=At.BEST), "passed"),
        (Bound(max=0.5, at=At.BEST), "failed"),
        (Bound(max=0.8, at=At.CHECKPOINT), "passed"),
        (Bound(max=0.65, at=At.CHECKPOINT), "failed"),
    ],
)
def test_the_point_that_is_asked_for_counts(bound: Bound, conclusion: str) -> None:
    assert conclusions({LOSS: bound}) == [conclusion]


@pytest.mark.parametrize(
    ("name", "bound", "conclusion"),
    [
        (LOSS, Bound(no_worse_by=0.2), "passed"),
        (LOSS, Bound(no_worse_by=0.05), "failed"),
        (LOSS, Bound(no_worse_by=0.05, at=At.BEST), "failed"),
        (LOSS, Bound(no_worse_by=0.2, max=0.85), "failed"),
        (ACCURACY, Bound(no_worse_by=0.1), "passed"),
        (ACCURACY, Bound(no_worse_by=0.01), "failed"),
    ],
)
def test_no_worse_than_what_serves_goes_by_what_is_better_of_that_metric(
    name: str, bound: Bound, conclusion: str
) -> None:
    assert conclusions({name: bound}, BEFORE) == [conclusion]


def test_without_an_incumbent_its_own_limits_are_all_that_counts() -> None:
    assert conclusions({LOSS: Bound(no_worse_by=0.0, max=1.0)}) == ["passed", "passed"]


def test_an_incumbent_that_has_no_such_metric_leaves_it_open() -> None:
    assert conclusions({LOSS: Bound(no_worse_by=0.0, max=1.0)}, Read()) == ["passed", "inconclusive"]


def test_a_metric_that_the_checkpoint_has_not_is_missed() -> None:
    assert conclusions({ACCURACY: Bound(min=0.1, at=At.CHECKPOINT)}) == ["failed"]
