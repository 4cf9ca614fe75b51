"""Cost and duration of a judging: in the report of a gate, and in the lock as long as the verdict stands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.core.gate_spec import Bound, GateSpec, Metric, Prompt, Scorer
from reconciler.core.lock import JudgingCost
from tests.fakes.specs import a_spec
from tests.gate.test_a_trial import FIVE_EACH, JUDGED, NOT_WORSE, Gated, judges

PROMPT = Prompt("question 0", contains="right", samples=3)


@pytest.fixture
def stage(tmp_path: Path) -> Gated:
    """One model serves, by no gate: it is always right. Each answer costs five, and takes two seconds."""
    stage = Gated(tmp_path, parallelism=1)
    stage.train(3, None)
    stage.cloud.wrong[stage.serving("1")] = frozenset()
    stage.price = FIVE_EACH
    stage.cloud.slow["ask"] = 2.0
    return stage


def test_the_lock_says_what_a_verdict_came_to_and_the_report_says_it_again(stage: Gated) -> None:
    stage.train(4)
    asked = len(stage.cloud.asked)

    shown = stage.judged()

    assert stage.recorded.spent == JudgingCost(amount=5.0 * asked, currency="USD", took_s=2.0 * asked)
    assert (shown.is_recorded, shown.spent) == (True, stage.recorded.spent)
    assert len(stage.cloud.asked) == asked


def test_a_look_by_the_gate_alone_says_what_it_came_to_and_another_one_asks_and_adds_nothing(stage: Gated) -> None:
    stage.train(4, None)
    stage.specs = [a_spec(epochs=4, gate=GateSpec(trial=NOT_WORSE))]

    first, again = stage.judged(), stage.judged()

    assert (first.is_recorded, first.answers) == (False, len(stage.cloud.asked))
    assert (
        first.spent
        == again.spent
        == JudgingCost(amount=5.0 * first.answers, currency="USD", took_s=2.0 * first.answers)
    )
    assert again.answers == 0


def test_another_gate_pays_for_what_it_asks_anew_alone(stage: Gated) -> None:
    stage.train(4)
    stage.specs = [a_spec(epochs=4, gate=GateSpec(trial=replace(NOT_WORSE, margin=0.2)))]

    shown = stage.judged()

    assert shown.spent == JudgingCost(amount=0.0, currency="USD")


def test_prompts_cost_as_well_and_metrics_alone_cost_nothing(stage: Gated) -> None:
    stage.train(4, None)
    stage.specs = [a_spec(epochs=4, gate=GateSpec(prompts=(PROMPT,)))]
    asked = stage.judged()
    stage.cloud.metrics["train_total_loss"] = 0.1
    stage.specs = [a_spec(epochs=4, gate=GateSpec(metrics={"train_total_loss": Bound(max=0.5)}))]

    read = stage.judged()

    assert asked.spent == JudgingCost(amount=15.0, currency="USD", took_s=6.0)
    assert read.spent is None


def test_without_a_price_the_time_is_known_and_the_amount_is_not(stage: Gated) -> None:
    stage.price = None

    stage.train(4)

    assert stage.recorded.spent == JudgingCost(amount=None, took_s=2.0 * len(stage.cloud.asked))


def test_a_refusal_says_what_it_came_to(stage: Gated) -> None:
    stage.next_is_wrong_at(*range(1, 31))

    stage.train(4)

    spent = stage.recorded.spent
    assert stage.recorded.conclusion == "failed"
    assert spent is not None
    assert spent.amount == 5.0 * len(stage.cloud.asked)


def test_a_judge_is_paid_for_beside_the_answers(stage: Gated) -> None:
    stage.score_all = judges([])

    stage.train(4, JUDGED)

    spent = stage.recorded.spent
    assert spent is not None
    assert spent.amount == 5.0 * (2 * len(stage.cloud.asked) + 2)


def test_a_judge_without_a_price_leaves_the_amount_open(stage: Gated) -> None:
    stage.score_all = judges([])

    stage.train(4, replace(JUDGED, scorer=Scorer(Metric.JUDGE, judge="gemini-9", rubric="Polite?")))

    assert stage.recorded.spent is not None
    assert stage.recorded.spent.amount is None


def test_what_another_run_began_is_one_bill(stage: Gated) -> None:
    stage.cloud.fail("ask", *["ok"] * 12, *["refused"] * 8)
    stage.train(4)
    stage.cloud.faults.clear()

    stage.wait()
    stage.apply()

    assert stage.recorded.spent is not None
    assert stage.recorded.spent.amount == 5.0 * len({*stage.cloud.asked})
