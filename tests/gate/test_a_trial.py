"""A successor on held-out items: asked side by side with what serves, judged, and let serve, refused or left open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.core import events as ev
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.gate_result import AddressGate
from reconciler.core.gate_spec import (
    Against,
    GateSpec,
    Heldout,
    HeldoutSize,
    MaxCost,
    Metric,
    Prompt,
    Scorer,
    Trial,
)
from reconciler.core.gating.indifference import NO_ANSWER
from reconciler.core.lock import Judgement
from reconciler.core.model import Declared
from reconciler.core.questions import HeldoutItem, ModelAnswer, Question, Score, Usage
from reconciler.core.settings import GenerationPrice
from reconciler.files.answer_store import AnswersInMemory
from reconciler.gate import Bench
from reconciler.gate.bench import Answers, ScoreAll, key_of, no_scores
from reconciler.workflow.gate import RecordedGate, gate, gate_and_record
from reconciler.workflow.planning import Planned
from reconciler.workflow.world import World
from tests.fakes.cloud import FakeCloud
from tests.fakes.crash import Effects
from tests.fakes.specs import a_spec
from tests.fakes.stage import Outcome, Stage

HELDOUT = Heldout("data/eval.jsonl", "data/eval.jsonl", "sha", 60)
NOT_WORSE = Trial(HELDOUT, against=Against.INCUMBENT, margin=0.05)


def items(number: int) -> list[HeldoutItem]:
    return [
        HeldoutItem(n, ({"role": "user", "parts": [{"text": f"question {n}"}]},), reference="right")
        for n in range(1, number + 1)
    ]


@dataclass(slots=True)
class Cloud(FakeCloud):
    """`wrong` are the lines that an endpoint answers wrongly; `broken` those at which the service fails, how often."""

    wrong: dict[str, frozenset[int]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    right: str = "right"
    mistake: str = "wrong"

    def said(self, whom: str, question: Question) -> ModelAnswer:
        text = question.contents[0]["parts"][0]["text"]
        self.asked.append((whom, text))
        line = int(text.split()[-1])
        if whom not in self.wrong:
            self.wrong[whom] = self.wrong.get("next", frozenset())
        return ModelAnswer(self.mistake if line in self.wrong[whom] else self.right, took_s=1.0)


@dataclass(slots=True)
class Gated(Stage):
    """With held-out items, and answers that outlive a run, as on a disk."""

    cloud: Cloud = field(init=False)
    items: list[HeldoutItem] = field(default_factory=lambda: items(60))
    answers: Answers = field(default_factory=AnswersInMemory)
    score_all: ScoreAll = no_scores
    reads: Callable[[Heldout], Sequence[HeldoutItem]] | None = None
    price: GenerationPrice | None = None

    def __post_init__(self) -> None:
        self.cloud = Cloud(self.clock)

    def world(self, effects: Effects | None = None) -> World:
        world = Stage.world(self, effects)
        reads = self.reads or (lambda _: self.items)
        bench = Bench(self.clock, self.answers, reads, self.score_all, parallelism=self.parallelism)
        if self.price is not None:
            priced = {"gemini-2.5-flash": self.price}
            world = replace(world, workspace=replace(world.workspace, generation_prices=priced))
        return replace(world, bench=lambda: bench)

    def judged(self) -> AddressGate:
        return gate(self.world(), self.planned()).addresses[0]

    def train(self, epochs: int, trial: Trial | None = NOT_WORSE, **wanted: Any) -> Outcome:
        gated = GateSpec(trial=trial) if trial else None
        self.specs = [a_spec(epochs=epochs, gate=gated, **wanted)]
        return self.apply()

    @property
    def recorded(self) -> Judgement:
        """What the lock has of the newest attempt."""
        newest = self.entry().newest
        assert newest is not None
        assert newest[1].judged is not None
        return newest[1].judged

    def serving(self, attempt: str) -> str:
        """Where an attempt answers, as the cloud will name it."""
        training = self.entry().trainings[attempt]
        return training.endpoint

    def next_is_wrong_at(self, *lines: int) -> None:
        """The next model answers these wrongly, wherever it will be served."""
        self.cloud.wrong["next"] = frozenset(lines)


@pytest.fixture
def stage(tmp_path: Path) -> Gated:
    """One model serves, by no gate: it is always right."""
    stage = Gated(tmp_path)
    stage.train(3, None)
    stage.cloud.wrong[stage.serving("1")] = frozenset()
    return stage


def test_a_successor_that_is_no_worse_serves_and_the_lock_says_by_what_evidence(stage: Gated) -> None:
    outcome = stage.train(4)

    (evidence,) = stage.recorded.evidence
    assert (outcome.codes, stage.roles()) == ([], {"1": "deposed", "2": "serving"})
    assert (stage.recorded.conclusion, stage.recorded.looks) == ("passed", 1)
    assert (evidence.both, evidence.better, evidence.worse, evidence.items) == (evidence.judged, 0, 0, 60)
    assert evidence.against == stage.entry().trainings["1"].model


def test_a_successor_that_is_worse_is_refused_and_what_serves_goes_on(stage: Gated) -> None:
    stage.next_is_wrong_at(*range(1, 31))

    outcome = stage.train(4)

    assert (outcome.codes, stage.roles()) == (["RUN004"], {"1": "serving", "2": "failed"})
    assert stage.recorded.conclusion == "failed"


def test_what_the_items_cannot_tell_keeps_what_serves_and_is_no_failure(stage: Gated) -> None:
    stage.next_is_wrong_at(1, 2)

    outcome = stage.train(4)

    failed = [e for e in outcome.events if isinstance(e, ev.ChangeFailed)]
    assert (outcome.codes, [e.undecided for e in failed]) == (["RUN061"], [True])
    assert (stage.recorded.conclusion, stage.roles()) == ("inconclusive", {"1": "serving", "2": "failed"})
    assert (stage.change().undecided, stage.change().action.word) == (True, "blocked")


def test_a_changed_margin_judges_again_with_no_question_and_no_training(stage: Gated) -> None:
    stage.next_is_wrong_at(1, 2)
    stage.train(4)
    asked, trained = len(stage.cloud.asked), stage.cloud.jobs_made

    outcome = stage.train(4, replace(NOT_WORSE, margin=0.15))

    assert (outcome.codes, stage.roles()) == ([], {"1": "deposed", "2": "serving"})
    assert (len(stage.cloud.asked), stage.cloud.jobs_made) == (asked, trained)
    assert (stage.recorded.looks, stage.recorded.answers) == (2, 0)


def known_of(stage: Gated) -> tuple[int | None, int, str]:
    """How many answers the plan wants, how many it knows, and how their cost is found."""
    forecast = stage.change().forecast
    assert forecast is not None
    return forecast.answers, forecast.known, forecast.cost.method


def test_a_plan_says_how_many_answers_of_a_refused_model_are_known(stage: Gated) -> None:
    stage.next_is_wrong_at(*range(1, 31))
    stage.train(4)
    asked = len(stage.cloud.asked)
    stage.specs = [a_spec(epochs=4, gate=GateSpec(trial=replace(NOT_WORSE, margin=0.15)))]

    known = known_of(stage)

    assert 0 < asked < 120
    assert known[:2] == (120, asked)
    assert len(stage.cloud.asked) == asked


def test_a_plan_says_that_nobody_is_asked_where_every_answer_is_known(stage: Gated) -> None:
    stage.next_is_wrong_at(1, 2)
    prompts = (Prompt("question 0", contains="right", samples=3),)
    stage.specs = [a_spec(epochs=4, gate=GateSpec(trial=replace(NOT_WORSE, margin=0.001), prompts=prompts))]
    stage.apply()
    asked = len(stage.cloud.asked)
    at_least = replace(NOT_WORSE, margin=0.15, at_least=0.3)
    stage.specs = [with_size(a_spec(epochs=4, gate=GateSpec(trial=at_least, prompts=prompts)))]

    known = known_of(stage)

    assert (asked, known) == (123, (123, 123, "nobody is asked"))


def test_of_a_model_that_is_not_trained_yet_its_incumbents_answers_may_be_known(stage: Gated) -> None:
    stage.next_is_wrong_at(*range(1, 31))
    stage.train(4)
    olds = sum(whom == stage.serving("1") for whom, _ in stage.cloud.asked)
    stage.specs = [a_spec(epochs=5, gate=GateSpec(trial=NOT_WORSE))]
    of_incumbent = known_of(stage)
    stage.specs = [a_spec(epochs=5, gate=GateSpec(trial=Trial(HELDOUT, against=Against.BASE, margin=0.05)))]

    of_base = known_of(stage)

    assert 0 < olds < 60
    assert (of_incumbent[:2], of_base[:2]) == ((120, olds), (120, 0))


def test_a_plan_knows_the_answers_that_a_judge_has_scored(stage: Gated) -> None:
    stage.price, stage.score_all = FIVE_EACH, judges([])
    stage.next_is_wrong_at(1, 2)
    first = replace(JUDGED, at_least=0.5)
    stage.specs = [a_spec(epochs=4, gate=GateSpec(trial=replace(first, margin=0.001, at_least=None)))]
    stage.apply()
    stage.specs = [with_size(a_spec(epochs=4, gate=GateSpec(trial=first)))]
    same_rubric = known_of(stage)
    other = replace(first, scorer=replace(first.scorer, rubric="Short?"))
    stage.specs = [with_size(a_spec(epochs=4, gate=GateSpec(trial=other)))]

    other_rubric = known_of(stage)

    assert (same_rubric[:2], other_rubric[:2]) == ((120, 120), (120, 120))
    assert (same_rubric[2], other_rubric[2]) == (
        "nobody is asked",
        "answers as long as their references, without thinking",
    )


def with_size(spec: Declared) -> Declared:
    """As one who has read the held-out set knows it."""
    return replace(spec, heldout=HeldoutSize((6_000, 9_000), (60, 90), "bytes / 4"))


def test_a_changed_metric_asks_nobody_either(stage: Gated) -> None:
    stage.next_is_wrong_at(*range(1, 31))
    stage.train(4)
    asked = len(stage.cloud.asked)

    stage.train(4, replace(NOT_WORSE, scorer=Scorer(Metric.CONTAINS)))

    assert len(stage.cloud.asked) <= 2 * 60
    assert len({*stage.cloud.asked}) == len(stage.cloud.asked) >= asked


def test_more_items_ask_for_those_alone(stage: Gated) -> None:
    stage.next_is_wrong_at(1, 2)
    stage.train(4)
    stage.items = items(400)

    outcome = stage.train(4, replace(NOT_WORSE, heldout=replace(HELDOUT, content="more")))

    assert (outcome.codes, stage.roles()) == ([], {"1": "deposed", "2": "serving"})
    assert len({*stage.cloud.asked}) == len(stage.cloud.asked)


def test_without_the_gate_the_candidate_serves_and_the_plan_says_so(stage: Gated) -> None:
    stage.next_is_wrong_at(*range(1, 31))
    stage.train(4)
    stage.specs = [a_spec(epochs=4)]

    change = stage.change()
    stage.apply()

    assert "nothing refuses it any more" in change.reason.text
    assert stage.roles() == {"1": "deposed", "2": "serving"}


def test_a_first_model_is_judged_by_a_number_and_judged_again_for_free(tmp_path: Path) -> None:
    stage = Gated(tmp_path)
    stage.next_is_wrong_at(*range(1, 31))
    first = stage.train(3, Trial(HELDOUT, at_least=0.9))
    asked = len(stage.cloud.asked)

    again = stage.train(3, Trial(HELDOUT, at_least=0.3))

    assert (first.codes, again.codes, stage.roles()) == (["RUN004"], [], {"1": "serving"})
    assert len(stage.cloud.asked) >= asked
    assert stage.cloud.jobs_made == 1


def test_a_base_model_can_be_the_measure(stage: Gated) -> None:
    stage.cloud.wrong["gemini-2.5-flash"] = frozenset(range(1, 31))

    outcome = stage.train(4, Trial(HELDOUT, against=Against.BASE))

    assert (outcome.codes, stage.recorded.evidence[0].against) == ([], "gemini-2.5-flash")


def test_what_is_tuned_further_is_measured_by_the_base_model_at_the_root(stage: Gated) -> None:
    stage.cloud.wrong["gemini-2.5-flash"] = frozenset(range(1, 31))
    gate = GateSpec(trial=Trial(HELDOUT, against=Against.BASE))
    stage.specs = [a_spec(epochs=3), a_spec("child", parent="router", gate=gate)]

    outcome = stage.apply()

    serving = stage.entry("vertex/child").serving
    assert outcome.codes == []
    assert serving is not None
    assert serving[1].judged is not None
    assert serving[1].judged.evidence[0].against == "gemini-2.5-flash"


def test_nothing_more_is_asked_once_no_answer_could_change_the_verdict(stage: Gated) -> None:
    stage.items = items(400)
    stage.next_is_wrong_at(*range(1, 401))

    stage.train(4)

    (evidence,) = stage.recorded.evidence
    assert evidence.judged < 300
    assert evidence.conclusion == "failed"


def test_a_question_that_the_service_fails_at_once_is_asked_again_at_the_end(stage: Gated) -> None:
    stage.cloud.fail("ask", *["ok"] * 40, "unavailable")

    outcome = stage.train(4)

    assert (outcome.codes, stage.roles()) == ([], {"1": "deposed", "2": "serving"})
    assert not stage.cloud.faults_left()


def test_questions_that_the_service_cannot_answer_refuse_nothing_and_are_asked_again(stage: Gated) -> None:
    stage.cloud.fail("ask", *["ok"] * 40, *["unavailable"] * 200)

    outcome = stage.train(4)
    stage.cloud.faults.clear()
    change = stage.change()
    again = stage.apply()

    assert (outcome.codes, change.action.word, change.is_judged_again) == (["RUN061"], "update", True)
    assert (again.codes, stage.roles()) == ([], {"1": "deposed", "2": "serving"})
    assert stage.recorded.looks == 2


def test_held_out_items_that_cannot_be_read_leave_the_change_to_the_next_run(stage: Gated) -> None:
    def unreadable(heldout: Heldout) -> Sequence[HeldoutItem]:
        raise ReconcilerError(run_diagnostic("RUN060", f"{heldout.uri} is not there."))

    stage.reads = unreadable
    first = stage.train(4)
    open_ones = [check.why for check in stage.judged().checks if check.is_open]
    stage.reads = None
    again = stage.wait()

    assert (first.codes, stage.cloud.jobs_made) == (["RUN060"], 2)
    assert (again.codes, stage.roles()) == ([], {"1": "deposed", "2": "serving"})
    assert not open_ones


def test_a_set_whose_answers_are_no_json_is_a_mistake_with_its_line_before_anything_is_asked(stage: Gated) -> None:
    outcome = stage.train(4, replace(NOT_WORSE, scorer=Scorer(Metric.JSON)))

    failed = [e.diagnostic for e in outcome.events if isinstance(e, ev.ChangeFailed)]
    assert (stage.cloud.asked, [str(d.where) for d in failed]) == ([], ["data/eval.jsonl:1"])


def test_a_reference_that_does_not_follow_the_schema_is_one_too(stage: Gated) -> None:
    stage.items = [replace(item, reference='"right"' if item.line != 7 else "3") for item in stage.items]

    outcome = stage.train(4, replace(NOT_WORSE, scorer=Scorer(Metric.JSON, {"type": "string"})))

    (failed,) = [e.diagnostic for e in outcome.events if isinstance(e, ev.ChangeFailed)]
    assert (stage.cloud.asked, str(failed.where)) == ([], "data/eval.jsonl:7")
    assert failed.detail == 'The reference of line 7: it does not follow jsonSchema: it is not of type "string".'


def test_what_does_not_follow_the_schema_flips_with_its_reason_and_another_schema_asks_nobody(stage: Gated) -> None:
    stage.items = [replace(item, reference="1") for item in stage.items]
    stage.cloud.right, stage.cloud.mistake = "1", "1.5"
    stage.train(4, None)
    stage.cloud.wrong[stage.serving("2")] = frozenset(range(1, 31))
    shown = []

    for schema in ({"type": "integer"}, {"type": "number"}):
        by_schema = replace(NOT_WORSE, scorer=Scorer(Metric.JSON, schema))
        stage.specs = [a_spec(epochs=4, gate=GateSpec(trial=by_schema))]
        shown.append(stage.judged())

    assert [judged.verdict.value for judged in shown] == ["failed", "failed"]
    assert {flip.why_new for flip in shown[0].flips} == {
        'it does not follow jsonSchema: it is not of type "integer"',
    }
    assert {flip.why_new for flip in shown[1].flips} == {""}
    assert [row.name for row in shown[0].breakdown] == ["follows jsonSchema", "."]
    assert len({*stage.cloud.asked}) == len(stage.cloud.asked)


@pytest.mark.parametrize(("metric", "rows"), [(Metric.LABEL, ["macro-F1", "right"]), (Metric.EXACT, [])])
def test_labels_are_broken_down_by_class(stage: Gated, metric: Metric, rows: list[str]) -> None:
    stage.train(4, None)
    stage.specs = [a_spec(epochs=4, gate=GateSpec(trial=replace(NOT_WORSE, scorer=Scorer(metric))))]

    assert [row.name for row in stage.judged().breakdown] == rows


def test_a_gate_stops_where_its_answers_cost_what_it_may_cost_and_keeps_what_is_known(stage: Gated) -> None:
    stage.price = GenerationPrice(0.0, 1e6, "USD", "2026-11-30")
    stage.specs = [a_spec(epochs=4, gate=GateSpec(trial=NOT_WORSE, max_cost=MaxCost(100.0, "USD")))]
    stopped = stage.apply()
    asked = len(stage.cloud.asked)
    stage.specs = [a_spec(epochs=4, gate=GateSpec(trial=NOT_WORSE, max_cost=MaxCost(1e6, "USD")))]

    again = stage.apply()

    assert (stopped.codes, asked) == (["RUN061"], 20)
    assert (again.codes, stage.roles()) == ([], {"1": "deposed", "2": "serving"})
    assert len(stage.cloud.asked) == len({*stage.cloud.asked})


FIVE_EACH = GenerationPrice(0.0, 1e6, "USD", "2026-11-30")
"""Of an answer of five bytes, where nobody counts tokens."""


def limited(amount: float, trial: Trial = NOT_WORSE, **gate: Any) -> GateSpec:
    return GateSpec(trial=trial, max_cost=MaxCost(amount, "USD"), **gate)


def test_answers_that_were_paid_for_before_cost_nothing(stage: Gated) -> None:
    stage.price = FIVE_EACH
    stage.next_is_wrong_at(1, 2)
    stage.train(4)
    asked = len(stage.cloud.asked)
    stage.items = items(400)
    more = replace(NOT_WORSE, heldout=replace(HELDOUT, content="more"))
    stage.specs = [a_spec(epochs=4, gate=limited(100.0, more))]

    outcome = stage.apply()

    assert (outcome.codes, len(stage.cloud.asked) - asked) == (["RUN061"], 20)


def test_a_judging_that_another_run_began_goes_on_with_its_bill(stage: Gated) -> None:
    stage.price = FIVE_EACH
    stage.cloud.fail("ask", *["ok"] * 12, *["refused"] * 8)
    stage.specs = [a_spec(epochs=4, gate=limited(100.0))]
    first = stage.apply()
    asked = len(stage.cloud.asked)
    stage.cloud.faults.clear()

    again = stage.wait()
    third = stage.apply()

    assert (len(first.of(ev.ChangeLeft)) + len(first.of(ev.ChangeFailed)), 0 < asked < 20) == (1, True)
    assert (again.codes, len(stage.cloud.asked)) == (["RUN061"], 20 + 20)
    assert third.codes == ["RUN061"]


def test_what_has_no_price_is_not_asked_where_its_cost_is_limited(stage: Gated) -> None:
    stage.train(4, None)
    stage.specs = [a_spec(epochs=4, gate=limited(100.0))]

    judged = stage.judged()

    assert (judged.verdict.value, stage.cloud.asked) == ("inconclusive", [])
    assert "not all answers have a price" in judged.checks[-1].why


def test_prompts_are_paid_out_of_the_same_purse(stage: Gated) -> None:
    stage.price = FIVE_EACH
    stage.items = items(60)
    prompts = (Prompt("question 0", contains="right", samples=10),)
    stage.specs = [a_spec(epochs=4, gate=limited(100.0, prompts=prompts))]

    outcome = stage.apply()

    assert (outcome.codes, len(stage.cloud.asked)) == (["RUN061"], 20 + 2)


JUDGED = replace(NOT_WORSE, scorer=Scorer(Metric.JUDGE, judge="gemini-2.5-flash", rubric="Polite?"))


def judges(calls: list[int]) -> ScoreAll:
    """A judge that is content with all but no answer, reads nothing and writes five tokens, which cost five."""

    def score_all(*args: Any) -> Sequence[Score]:
        calls.append(len(args[-1]))
        return [Score(float(answer.text != NO_ANSWER), usage=Usage(0, 5)) for _, answer in args[-1]]

    return score_all


def test_a_judge_is_paid_out_of_what_judging_may_cost(stage: Gated) -> None:
    calls: list[int] = []
    stage.price, stage.score_all = FIVE_EACH, judges(calls)
    stage.specs = [a_spec(epochs=4, gate=limited(100.0, JUDGED))]

    outcome = stage.apply()

    assert (outcome.codes, len(stage.cloud.asked), sum(calls)) == (["RUN061"], 12, 8)


def test_another_rubric_over_answers_that_are_known_is_bounded_as_well_and_keeps_its_scores(stage: Gated) -> None:
    calls: list[int] = []
    stage.price, stage.score_all = FIVE_EACH, judges(calls)
    stage.next_is_wrong_at(1, 2)
    stage.train(4)
    asked = len(stage.cloud.asked)
    stage.specs = [a_spec(epochs=4, gate=limited(100.0, JUDGED))]
    stopped = stage.apply()
    scored, asked_by_then = sum(calls), len(stage.cloud.asked)
    stage.specs = [a_spec(epochs=4, gate=limited(1e6, JUDGED))]

    again = stage.apply()

    assert (stopped.codes, scored, asked_by_then) == (["RUN061"], 20, asked)
    assert (again.codes, sum(calls)) == ([], 120 + 2)  # two that it is tried with, having said the same of all


def test_a_first_model_that_has_nothing_to_be_compared_with_is_not_paid_for(tmp_path: Path) -> None:
    stage = Gated(tmp_path)

    outcome = stage.train(3)

    assert (outcome.codes, stage.cloud.jobs_made, stage.cloud.asked) == (["PLAN130"], 0, [])


def test_a_wait_resumes_with_the_answers_that_are_known(stage: Gated) -> None:
    stage.cloud.fail("ask", *["unavailable"] * 400)
    first = stage.train(4)
    stage.cloud.faults.clear()

    again = stage.wait()

    assert first.of(ev.ChangeLeft)
    assert (again.codes, stage.roles()) == ([], {"1": "deposed", "2": "serving"})


def test_scores_of_a_program_that_dies_are_no_pass(stage: Gated) -> None:
    trial = replace(NOT_WORSE, scorer=Scorer(Metric.COMMAND, command=("./score",)))

    outcome = stage.train(4, trial)

    assert outcome.codes == ["RUN061"]
    assert "nobody can score by command here" in (stage.entry().newest or ("", None))[1].gate_refused  # type: ignore[union-attr]


def test_scores_of_a_program_are_asked_once(stage: Gated) -> None:
    calls: list[int] = []

    def score_all(*args: Any) -> Sequence[Score]:
        calls.append(len(args[-1]))
        return [Score(float(answer.text == "right")) for _, answer in args[-1]]

    stage.score_all = score_all
    trial = replace(NOT_WORSE, scorer=Scorer(Metric.COMMAND, command=("./score",)))

    outcome = stage.train(4, trial)
    scored = sum(calls)
    stage.judged()

    assert (outcome.codes, sum(calls)) == ([], scored == 120 and 120)


def test_gate_reports_the_verdict_that_the_lock_has_and_asks_nobody(stage: Gated) -> None:
    stage.train(4)
    asked = len(stage.cloud.asked)

    judged = stage.judged()

    assert (judged.verdict.value, judged.is_recorded, len(stage.cloud.asked)) == ("passed", True, asked)


def test_gate_says_of_an_open_verdict_that_it_is_open(stage: Gated) -> None:
    stage.next_is_wrong_at(1, 2)
    stage.train(4)

    found = gate(stage.world(), stage.planned())

    assert (found.verdict.value, found.exit_code) == ("inconclusive", 5)


def test_gate_compares_what_serves_with_what_served_before_where_its_gate_is_new(stage: Gated) -> None:
    stage.train(4, None)
    stage.cloud.wrong[stage.serving("2")] = frozenset(range(1, 31))
    stage.specs = [a_spec(epochs=4, gate=GateSpec(trial=NOT_WORSE))]

    judged = stage.judged()

    assert judged.verdict.value == "failed"
    assert (len(judged.flips), judged.flips[0].is_better) == (judged.evidence[0].worse, False)


def test_a_recorded_verdict_shows_what_flipped_out_of_the_answers_that_are_kept(stage: Gated) -> None:
    stage.cloud.wrong[stage.serving("1")] = frozenset({7, 3})
    stage.train(4, replace(NOT_WORSE, scorer=Scorer(Metric.LABEL)))
    asked = len(stage.cloud.asked)

    judged = stage.judged()
    stage.answers = AnswersInMemory()
    elsewhere = stage.judged()

    assert [(flip.line, flip.is_better, flip.old) for flip in judged.flips] == [(3, True, "wrong"), (7, True, "wrong")]
    assert ([row.name for row in judged.breakdown], judged.is_recorded, judged.has_answers) == (
        ["macro-F1", "right"],
        True,
        True,
    )
    assert (elsewhere.flips, elsewhere.verdict, elsewhere.has_answers) == ((), judged.verdict, False)
    assert len(stage.cloud.asked) == asked


def test_where_some_answers_are_gone_what_is_left_is_not_shown_as_the_whole(stage: Gated) -> None:
    stage.cloud.wrong[stage.serving("1")] = frozenset({7, 3})
    stage.train(4)
    kept, stage.answers = stage.answers, AnswersInMemory()
    for number, item in enumerate(stage.items):
        key = key_of(stage.entry().trainings["2"], item.key, {}, 1)
        if number % 2 and (answer := kept.get(key)):
            stage.answers.put(key, answer)

    judged = stage.judged()

    assert (judged.is_recorded, judged.has_answers, judged.flips) == (True, False, ())


def test_a_refusal_shows_what_flipped_as_well(stage: Gated) -> None:
    stage.next_is_wrong_at(*range(1, 31))
    stage.train(4)
    asked = len(stage.cloud.asked)

    judged = stage.judged()

    assert (judged.verdict.value, judged.is_recorded) == ("failed", True)
    assert len(judged.flips) == judged.evidence[0].worse > 0
    assert len(stage.cloud.asked) == asked


def test_scores_of_a_program_are_shown_as_it_said_them_and_it_is_not_asked_again(stage: Gated) -> None:
    calls: list[int] = []

    def score_all(*args: Any) -> Sequence[Score]:
        calls.append(len(args[-1]))
        return [Score(float(answer.text == "right"), "so it says") for _, answer in args[-1]]

    stage.score_all = score_all
    stage.cloud.wrong[stage.serving("1")] = frozenset({7, 3})
    stage.train(4, replace(NOT_WORSE, scorer=Scorer(Metric.COMMAND, command=("./score",))))
    scored = sum(calls)

    judged = stage.judged()

    assert (sum(calls), [(flip.line, flip.why_old) for flip in judged.flips]) == (
        scored,
        [(3, "so it says"), (7, "so it says")],
    )


# What stands in the lock


def recording(stage: Gated, between: Callable[[], object] = lambda: None) -> RecordedGate:
    """`between` happens while the models are asked."""

    def plan() -> Planned:
        planned = stage.planned()
        between()
        return planned

    return gate_and_record(stage.world(), plan)


def with_a_new_gate(stage: Gated, trial: Trial = NOT_WORSE, *, wrong: int = 0) -> None:
    """Two models have served, by no gate; now there is one."""
    stage.train(4, None)
    stage.cloud.wrong[stage.serving("2")] = frozenset(range(1, wrong + 1))
    stage.specs = [a_spec(epochs=4, gate=GateSpec(trial=trial))]


@pytest.mark.parametrize(("wrong", "verdict"), [(0, "passed"), (30, "failed"), (2, "inconclusive")])
def test_what_is_found_anew_of_what_serves_stands_in_the_lock_where_somebody_wants_it(
    stage: Gated, wrong: int, verdict: str
) -> None:
    with_a_new_gate(stage, wrong=wrong)
    stage.judged()
    unrecorded = stage.entry().trainings["2"].judged

    first = recording(stage).result.addresses[0]
    asked = len(stage.cloud.asked)
    again = recording(stage).result.addresses[0]

    assert unrecorded is None
    assert (first.verdict.value, first.is_counted, first.looks, stage.recorded.looks) == (verdict, True, 1, 1)
    assert (stage.recorded.conclusion, stage.recorded.evidence) == (verdict, first.evidence)
    assert (again.verdict.value, again.is_recorded, again.is_counted) == (verdict, True, False)
    assert (len(stage.cloud.asked), stage.roles()) == (asked, {"1": "deposed", "2": "serving"})
    assert stage.change().action.word == "noop"


def test_a_pass_of_what_was_refused_is_a_look_and_apply_lets_it_serve(stage: Gated) -> None:
    stage.next_is_wrong_at(1, 2)
    stage.train(4)
    stage.specs = [a_spec(epochs=4, gate=GateSpec(trial=replace(NOT_WORSE, margin=0.15)))]

    looked = recording(stage).result.addresses[0]
    still = stage.change()
    outcome = stage.apply()

    assert (looked.looks, looked.is_counted, still.is_judged_again) == (2, True, True)
    assert (outcome.codes, stage.recorded.looks, stage.roles()) == ([], 3, {"1": "deposed", "2": "serving"})


def test_another_gate_that_refuses_it_too_stands_in_the_lock_as_apply_would_have_it(stage: Gated) -> None:
    stage.next_is_wrong_at(*range(1, 31))
    stage.train(4)
    stage.specs = [a_spec(epochs=4, gate=GateSpec(trial=replace(NOT_WORSE, margin=0.06)))]

    looked = recording(stage).result.addresses[0]
    change = stage.change()

    assert (looked.verdict.value, looked.looks, stage.recorded.conclusion) == ("failed", 2, "failed")
    assert (change.action.word, "6.0% worse" in change.reason.text) == ("blocked", True)


def test_a_look_at_what_another_run_has_changed_meanwhile_is_not_counted_and_it_is_said(stage: Gated) -> None:
    with_a_new_gate(stage)

    def somebody_records() -> None:
        other = stage.world().store
        with other.hold():
            other.record(ev.GateLooked(stage.specs[0].address, "2", Judgement(by="another", looks=7)))

    found = recording(stage, somebody_records)

    assert [warning.code for warning in found.warnings] == ["RUN064"]
    assert (found.result.addresses[0].is_counted, stage.recorded.looks) == (False, 7)


def test_what_serves_alone_is_its_own_measure(tmp_path: Path) -> None:
    stage = Gated(tmp_path)
    stage.train(3, None)
    stage.specs = [a_spec(epochs=3, gate=GateSpec(trial=NOT_WORSE))]

    assert (stage.judged().verdict.value, stage.cloud.asked) == ("passed", [])


def test_answers_that_take_too_long_do_not_pass(stage: Gated) -> None:
    stage.specs = [a_spec(epochs=4, gate=GateSpec(trial=NOT_WORSE, latency_p95_s=0.5))]

    outcome = stage.apply()

    assert outcome.codes == ["RUN004"]
