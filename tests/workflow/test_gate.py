"""The gate: passes when everything declared is trained, active and unchanged, and as its own gate demands."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.core.gate_result import Verdict
from reconciler.core.model import Bound, GateSpec, Prompt
from reconciler.workflow.looking import gate
from tests.fakes.cloud import FAILED
from tests.fakes.specs import a_gemini_spec, a_spec
from tests.fakes.stage import NO_WAIT, Stage

_GATE = GateSpec(
    metrics={"/eval_total_loss": Bound(max=0.8), "accuracy": Bound(min=0.5, max=1.0)},
    prompts=(Prompt("Hi", contains="hello"), Prompt("Number?", matches=r"^\d+$")),
)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path, [a_spec()])
    stage.cloud.metrics |= {"eval_total_loss": 0.5, "accuracy": 0.9}
    stage.cloud.answers |= {"Hi": "well hello", "Number?": "42"}
    stage.apply()
    stage.specs = [a_spec(gate=_GATE)]
    stage.apply()
    return stage


def _verdict(stage: Stage) -> tuple[Verdict, int, list[str]]:
    found = gate(stage.world(), stage.planned())
    missed = [c.name for a in found.addresses for c in a.checks if not c.passed]
    return found.verdict, found.exit_code, missed


def test_what_is_as_declared_passes(stage: Stage) -> None:
    assert _verdict(stage) == (Verdict.PASSED, 0, [])


def test_a_gate_over_nothing_does_not_pass(tmp_path: Path) -> None:
    assert _verdict(Stage(tmp_path)) == (Verdict.FAILED, 3, [])


def test_what_is_locked_and_not_declared_is_not_judged(stage: Stage) -> None:
    stage.specs = []

    assert _verdict(stage) == (Verdict.FAILED, 3, [])
    stage.specs = [a_gemini_spec()]
    stage.is_complete = False
    stage.apply()
    stage.is_complete = True
    assert _verdict(stage) == (Verdict.PASSED, 0, [])


def test_a_training_in_progress_is_neither_passed_nor_failed(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec()])
    stage.apply(NO_WAIT)

    assert _verdict(stage)[:2] == (Verdict.IN_PROGRESS, 4)


def test_a_failure_outweighs_a_training_in_progress(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec("bad"), a_spec("running")])
    stage.cloud.end_next("bad", FAILED)
    stage.apply(NO_WAIT)
    stage.cloud.job_of("running").ends += 1000.0
    stage.clock.sleep(60.0)

    assert _verdict(stage)[:2] == (Verdict.FAILED, 3)


def test_what_was_edited_or_drifted_does_not_pass(stage: Stage) -> None:
    stage.specs = [a_spec(gate=_GATE, epochs=9)]

    assert _verdict(stage) == (Verdict.FAILED, 3, ["trained, active and unchanged"])


@pytest.mark.parametrize(
    ("metrics", "missed"),
    [
        ({"eval_total_loss": 0.81, "accuracy": 0.9}, ["/eval_total_loss"]),
        ({"eval_total_loss": 0.8, "accuracy": 0.4}, ["accuracy"]),
        ({"eval_total_loss": 0.8, "accuracy": 1.1}, ["accuracy"]),
        ({"accuracy": 0.5}, ["/eval_total_loss"]),
        ({"eval_total_loss": float("nan"), "accuracy": 0.5}, ["/eval_total_loss"]),
    ],
)
def test_a_metric_outside_its_bounds_or_missing_does_not_pass(
    stage: Stage, metrics: dict[str, float], missed: list[str]
) -> None:
    stage.cloud.metrics = metrics

    assert _verdict(stage) == (Verdict.FAILED, 3, missed)


@pytest.mark.parametrize(
    ("answers", "missed"),
    [
        ({"Hi": "hello", "Number?": "4"}, []),
        ({"Hi": "no", "Number?": "4"}, ["prompt 'Hi'"]),
        ({"Hi": "hello", "Number?": "four"}, ["prompt 'Number?'"]),
        ({"Number?": "4"}, ["prompt 'Hi'"]),
    ],
)
def test_an_answer_that_differs_does_not_pass(stage: Stage, answers: dict[str, str], missed: list[str]) -> None:
    stage.cloud.answers = answers

    assert _verdict(stage)[2] == missed


@pytest.mark.parametrize(("method", "missed"), [("metrics", 2), ("generate", 1)])
def test_a_service_that_does_not_answer_does_not_pass(stage: Stage, method: str, missed: int) -> None:
    stage.cloud.fail(method, "unavailable")

    verdict, code, checks = _verdict(stage)

    assert (verdict, code, len(checks)) == (Verdict.FAILED, 3, missed)
