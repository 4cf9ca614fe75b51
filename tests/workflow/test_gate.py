"""The gate: passes when everything declared is trained, active and unchanged, and as its own gate demands."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.core.gate_result import Verdict
from reconciler.core.gate_spec import Bound, GateSpec, Prompt
from reconciler.core.model import Action, Declared
from reconciler.workflow.gate import gate
from tests.fakes.cloud import FAILED
from tests.fakes.specs import a_gemini_spec, a_spec
from tests.fakes.stage import NO_WAIT, Stage, pending

_GATE = GateSpec(
    metrics={"/eval_total_loss": Bound(max=0.8), "accuracy": Bound(min=0.5, max=1.0)},
    prompts=(Prompt("Hi", contains="hello"), Prompt("Number?", matches=r"^\d+$")),
)


def _serving(stage: Stage, **metrics: float) -> Stage:
    """Trained with these metrics, and then given a gate."""
    stage.cloud.metrics |= metrics
    stage.cloud.answers |= {"Hi": "well hello", "Number?": "42"}
    stage.apply()
    stage.specs = [a_spec(gate=_GATE)]
    stage.apply()
    return stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return _serving(Stage(tmp_path, [a_spec()]), eval_total_loss=0.5, accuracy=0.9)


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
    tmp_path: Path, metrics: dict[str, float], missed: list[str]
) -> None:
    stage = _serving(Stage(tmp_path, [a_spec()]), **metrics)

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


@pytest.mark.parametrize(("method", "missed"), [("metrics", 2), ("ask", 1)])
def test_a_service_that_does_not_answer_refuses_and_passes_nothing(tmp_path: Path, method: str, missed: int) -> None:
    stage = Stage(tmp_path, [a_spec()])
    stage.cloud.fail("metrics", "unavailable")  # so that the lock has none of them
    _serving(stage, eval_total_loss=0.5, accuracy=0.9)
    stage.cloud.fail(method, "unavailable")

    verdict, code, checks = _verdict(stage)

    assert (verdict, code, len(checks)) == (Verdict.INCONCLUSIVE, 5, missed)


def test_metrics_that_the_lock_has_are_asked_of_nobody(stage: Stage) -> None:
    stage.cloud.fail("metrics", "unavailable")

    assert _verdict(stage) == (Verdict.PASSED, 0, [])
    assert stage.cloud.faults_left()


# Refused, and judged again


def _refused(tmp_path: Path) -> Stage:
    """A first model that answers `hello`, and a gate that waits for `Hello`."""
    stage = Stage(tmp_path, [a_spec(gate=_GATE)])
    stage.cloud.metrics |= {"eval_total_loss": 0.5, "accuracy": 0.9}
    stage.cloud.answers |= {"Hi": "Hello", "Number?": "42"}
    outcome = stage.apply()
    assert outcome.codes == ["RUN004"]
    return stage


@pytest.mark.parametrize("make", [a_spec, a_gemini_spec], ids=["vertex", "gemini"])
@pytest.mark.parametrize("gate_now", [GateSpec(prompts=(Prompt("Hi", contains="Hello"),)), None], ids=["new", "none"])
@pytest.mark.parametrize("is_successor", [False, True])
def test_a_mended_or_removed_gate_lets_the_refused_model_serve_and_nothing_is_trained(
    tmp_path: Path, make: Callable[..., Declared], gate_now: GateSpec | None, *, is_successor: bool
) -> None:
    stage = Stage(tmp_path, [make()])
    if is_successor:
        stage.apply()
    stage.cloud.metrics |= {"eval_total_loss": 0.5, "accuracy": 0.9}
    stage.cloud.answers |= {"Hi": "Hello", "Number?": "42"}
    stage.specs = [make(epochs=7, gate=_GATE)]
    assert stage.apply().codes == ["RUN004"]
    assert pending(stage.planned().plan) == [f"! {stage.specs[0].address}"]
    made, text = stage.cloud.jobs_made, str(stage.specs[0].address)

    stage.specs = [make(epochs=7, gate=gate_now)]
    shown = pending(stage.planned().plan)
    outcome = stage.apply()
    again = stage.apply()

    assert shown == [f"~ {text}"]
    assert (outcome.codes, outcome.words[-2:]) == ([], ["Served", "ChangeDone"])
    assert stage.roles(text) == ({"1": "deposed", "2": "serving"} if is_successor else {"1": "serving"})
    assert (stage.cloud.jobs_made, again.words, pending(stage.planned().plan)) == (made, [], [])


def test_a_gate_that_refuses_it_once_more_blocks_with_its_own_words_and_is_not_asked_a_third_time(
    tmp_path: Path,
) -> None:
    stage = _refused(tmp_path)
    stage.specs = [a_spec(gate=GateSpec(prompts=(Prompt("Hi", contains="good day"),)))]

    outcome = stage.apply()
    asked = len(stage.cloud.calls("ask"))
    again = stage.apply()

    assert (outcome.codes, again.codes, len(stage.cloud.calls("ask"))) == (["RUN004"], [], asked)
    (change,) = stage.planned().plan.changes
    assert (change.action, "good day" in change.reason.text) == (Action.BLOCKED, True)
    assert stage.cloud.jobs_made == 1


def test_what_was_approved_to_be_judged_again_is_judged_by_wait(tmp_path: Path) -> None:
    stage = _refused(tmp_path)
    stage.specs = [a_spec(gate=None)]
    stage.cloud.fail("poll", "unavailable")

    left = stage.apply(NO_WAIT)
    outcome = stage.wait(specs=False)

    assert [type(e).__name__ for e in left.events][-1] == "ChangeLeft"
    assert (outcome.codes, stage.roles(), stage.cloud.jobs_made) == ([], {"1": "serving"}, 1)


def test_a_refused_model_that_is_gone_by_the_time_it_is_judged_is_said_to_be_gone(tmp_path: Path) -> None:
    stage = _refused(tmp_path)
    stage.specs = [a_spec(gate=None)]
    stage.cloud.fail("poll", "unavailable")
    stage.apply(NO_WAIT)
    stage.cloud.gone(stage.cloud.job_of("router").model)

    outcome = stage.wait(specs=False)

    assert (outcome.codes, stage.cloud.jobs_made) == (["RUN007"], 1)
    (change,) = stage.planned().plan.changes
    assert (change.action, "its model is gone" in change.reason.text) == (Action.BLOCKED, True)


def test_a_lock_of_0_1_0_does_not_say_which_gate_refused_and_asks_the_present_one_once(tmp_path: Path) -> None:
    stage = _refused(tmp_path)
    document = json.loads(stage.path.read_text(encoding="utf-8"))
    del document["entries"]["vertex/router"]["trainings"]["1"]["judged"]
    stage.path.write_text(json.dumps(document), encoding="utf-8")

    shown = pending(stage.planned().plan)
    stage.apply()

    assert (shown, pending(stage.planned().plan)) == (["~ vertex/router"], ["! vertex/router"])
    assert stage.cloud.jobs_made == 1


def test_labels_edited_with_the_gate_are_on_the_model_when_it_serves(tmp_path: Path) -> None:
    stage = _refused(tmp_path)
    stage.specs = [a_spec(gate=None, labels={"team": "support"})]

    stage.apply()

    assert stage.roles() == {"1": "serving"}
    assert pending(stage.planned().plan) == []


def test_what_a_judged_successor_makes_surplus_goes_with_it_and_a_second_apply_does_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec(keep=0)])
    stage.apply()
    stage.cloud.answers |= {"Hi": "Hello"}
    stage.specs = [a_spec(keep=0, epochs=7, gate=_GATE)]
    refused = stage.apply()
    roles = stage.roles()
    stage.specs = [a_spec(keep=0, epochs=7)]

    outcome = stage.apply()

    assert (refused.codes, roles) == (["RUN004"], {"1": "serving", "2": "failed"})
    assert (outcome.codes, stage.roles(), stage.apply().events) == ([], {"2": "serving"}, [])


def test_a_child_waits_for_its_parent_to_be_judged_again(tmp_path: Path) -> None:
    stage = _refused(tmp_path)
    stage.specs = [a_spec(gate=None), a_spec("child", parent="router")]
    stage.cloud.fail("poll", "unavailable", "unavailable")

    outcome = stage.apply()

    assert outcome.codes == ["RUN006"]
    assert (stage.roles(), stage.roles("vertex/child")) == ({"1": "serving"}, {"1": "serving"})


def test_a_training_that_succeeds_while_it_is_cancelled_does_not_serve_past_a_gate(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec()])
    stage.apply(NO_WAIT)
    stage.cloud.cancel_wins = False
    stage.cloud.answers |= {"Hi": "Hello"}
    stage.specs = [a_spec(epochs=7, gate=_GATE)]

    stage.apply()

    assert stage.roles() == {"1": "deposed", "2": "failed"}


# Experiments that somebody deletes


def test_what_a_gate_has_read_goes_on_counting_after_its_experiment_was_deleted(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec(gate=GateSpec(metrics={"eval_total_loss": Bound(max=0.8)}))])
    stage.cloud.metrics |= {"eval_total_loss": 0.5, "train_total_loss": 0.25}
    stage.apply()
    recorded = stage.entry().trainings["1"].judged
    stage.cloud.fail("metrics", "not found", "not found", "not found")

    same = _verdict(stage)
    stage.specs = [a_spec(gate=GateSpec(metrics={"eval_total_loss": Bound(max=0.4)}))]
    tighter = _verdict(stage)
    stage.specs = [a_spec(gate=GateSpec(metrics={"train_total_loss": Bound(max=0.4)}))]
    another = _verdict(stage)

    assert recorded is not None
    assert recorded.metrics == {"eval_total_loss": 0.5, "train_total_loss": 0.25}
    assert (same, another) == ((Verdict.PASSED, 0, []), (Verdict.PASSED, 0, []))
    assert tighter == (Verdict.FAILED, 3, ["eval_total_loss"])


def test_a_gate_added_after_its_experiment_was_deleted_says_what_is_gone(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec()])
    stage.apply()
    stage.specs = [a_spec(gate=GateSpec(metrics={"eval_total_loss": Bound(max=0.8)}))]
    stage.cloud.fail("metrics", "not found")

    found = gate(stage.world(), stage.planned())

    (check,) = [c for a in found.addresses for c in a.checks if not c.passed]
    assert (found.exit_code, check.got, check.why) == (
        3,
        None,
        f"metrics answered not found for {stage.cloud.job_of('router').name}.",
    )


def test_metrics_that_are_not_there_yet_refuse_in_the_name_of_no_gate(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec(gate=GateSpec(metrics={"eval_total_loss": Bound(max=0.8)}))])

    first = stage.apply()
    stage.cloud.metrics["eval_total_loss"] = 0.5
    shown = pending(stage.planned().plan)
    second = stage.apply()

    assert (first.codes, shown, second.codes) == (["RUN061"], ["~ vertex/router"], [])
    assert (stage.roles(), stage.cloud.jobs_made) == ({"1": "serving"}, 1)
