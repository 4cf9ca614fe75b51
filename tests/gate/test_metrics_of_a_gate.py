"""Metrics that a gate limits: the last, the best, that of the checkpoint that serves, and what the incumbent had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from reconciler.backends.base import BackendError
from reconciler.core.curves import Curves, MetricPoint
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.faults import Fault
from reconciler.core.gate_spec import At, Bound
from reconciler.core.lock import CheckpointRecord, EvaluationRecord, Judgement, Measured, PointRecord, Training
from reconciler.gate.demands import Read, metric_checks, read_metrics
from tests.render.builders import a_training

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


@dataclass
class Service:
    """Counts who reads its curves."""

    read: int = 0

    def metrics(self, training: Training) -> Curves:  # noqa: ARG002 - of whichever it is asked
        self.read += 1
        return {LOSS: [MetricPoint(10, 0.5)]}


KEPT = Measured(last={LOSS: PointRecord(step=10, value=0.9)}, best={LOSS: PointRecord(step=8, value=0.6)})


@pytest.mark.parametrize(
    ("measured", "bounds", "value", "reads"),
    [
        (KEPT, {LOSS: Bound(max=1.0)}, 0.9, 0),
        (KEPT, {LOSS: Bound(max=1.0, at=At.BEST)}, 0.6, 0),
        (KEPT, {f"/{LOSS}": Bound(max=1.0)}, 0.9, 0),
        (KEPT, {LOSS: Bound(max=1.0), ACCURACY: Bound(min=0.1)}, 0.5, 1),
        (None, {LOSS: Bound(max=1.0)}, 0.5, 1),
    ],
)
def test_curves_that_were_read_when_the_training_ended_are_not_read_again(
    measured: Measured | None, bounds: Mapping[str, Bound], value: float, reads: int
) -> None:
    service = Service()

    read = read_metrics(service, a_training(measured=measured), bounds)  # type: ignore[arg-type]

    name, bound = next(iter(bounds.items()))
    assert (read.of(name, bound), read.recorded, service.read) == (value, False, reads)


class NoExperiment:
    """Somebody deleted it."""

    def metrics(self, training: Training) -> Curves:
        words = Diagnostic("API301", Severity.ERROR, "Not found", f"{training.job} has no experiment.")
        raise BackendError(Fault.NOT_FOUND, words)


def test_of_a_deleted_experiment_counts_what_a_gate_has_read_of_it_before() -> None:
    judged = a_training(measured=None, judged=Judgement(metrics={LOSS: 0.7}))

    read = read_metrics(NoExperiment(), judged, {LOSS: Bound(max=1.0)})  # type: ignore[arg-type]
    nothing = read_metrics(NoExperiment(), a_training(measured=None), {LOSS: Bound(max=1.0)})  # type: ignore[arg-type]

    assert (read.of(LOSS, Bound()), read.recorded) == (0.7, True)
    assert (nothing.of(LOSS, Bound()), nothing.recorded) == (None, False)
    assert nothing.trouble.endswith("has no experiment.")


def test_without_an_incumbent_its_own_limits_are_all_that_counts() -> None:
    assert conclusions({LOSS: Bound(no_worse_by=0.0, max=1.0)}) == ["passed", "passed"]


def test_an_incumbent_that_has_no_such_metric_leaves_it_open() -> None:
    assert conclusions({LOSS: Bound(no_worse_by=0.0, max=1.0)}, Read()) == ["passed", "inconclusive"]


def test_a_metric_that_the_checkpoint_has_not_is_missed() -> None:
    assert conclusions({ACCURACY: Bound(min=0.1, at=At.CHECKPOINT)}) == ["failed"]


EXACT, SPREAD = "evaluation/exact", "evaluation/exact_standard_deviation"
OF_TWO = tuple(CheckpointRecord(checkpoint_id=str(n), epoch=n, step=10 * n, endpoint=f"e{n}") for n in (1, 2))


def _evaluated(endpoint: str = "e2", **scores: float) -> Training:
    """By checkpoint: the first was better, and its answers differed more."""
    found = (
        EvaluationRecord(checkpoint_id="2", scores={"exact": 0.6, "exact_standard_deviation": 0.1, **scores}),
        EvaluationRecord(checkpoint_id="1", scores={"exact": 0.8, "exact_standard_deviation": 0.3}),
    )
    return a_training(measured=None, checkpoints=OF_TWO, endpoint=endpoint, evaluations=found)


@pytest.mark.parametrize(
    ("name", "at", "endpoint", "value"),
    [
        (EXACT, At.LAST, "e1", 0.6),
        (EXACT, At.BEST, "e2", 0.8),
        (EXACT, At.CHECKPOINT, "e1", 0.8),
        (EXACT, At.CHECKPOINT, "e2", 0.6),
        (f"/{EXACT}", At.LAST, "e2", 0.6),
        (SPREAD, At.CHECKPOINT, "e1", 0.3),
        (SPREAD, At.BEST, "e1", None),
        ("evaluation/other", At.LAST, "e2", None),
    ],
)
def test_scores_of_the_services_own_evaluation_are_metrics_of_each_checkpoint(
    name: str, at: At, endpoint: str, value: float | None
) -> None:
    bound = Bound(min=0.1, at=at)
    service = Service()

    read = read_metrics(service, _evaluated(endpoint), {name: bound})  # type: ignore[arg-type]

    assert (read.of(name, bound), service.read) == (value, 0)


def test_they_stand_beside_metrics_of_the_curves() -> None:
    service = Service()
    bounds = {EXACT: Bound(min=0.5), LOSS: Bound(max=1.0)}

    read = read_metrics(service, _evaluated(), bounds)  # type: ignore[arg-type]

    assert [check.conclusion.value for check in metric_checks(read, bounds)] == ["passed", "passed"]
    assert service.read == 1


def test_a_higher_score_than_the_incumbents_is_no_worse() -> None:
    bounds = {EXACT: Bound(no_worse_by=0.05)}
    before = read_metrics(Service(), _evaluated(), bounds)  # type: ignore[arg-type]
    worse, better = (read_metrics(Service(), _evaluated(exact=x), bounds) for x in (0.5, 0.56))  # type: ignore[arg-type]

    verdicts = [next(metric_checks(read, bounds, before)).passed for read in (worse, better)]

    assert verdicts == [False, True]
