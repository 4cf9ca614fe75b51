"""What a gate will ask, and what refuses it, as the plan says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from reconciler.core.catalog import BaseModel, Catalog
from reconciler.core.change import Forecast, Plan
from reconciler.core.gate_forecast import KeptAnswers, check_gates, with_forecasts
from reconciler.core.gate_spec import Against, GateSpec, Heldout, HeldoutSize, MaxCost, Metric, Prompt, Scorer, Trial
from reconciler.core.lock import Lock
from reconciler.core.model import Declared
from reconciler.core.settings import GenerationPrice
from tests.fakes.planning import plan_of
from tests.fakes.specs import a_live, a_live_training, a_lock, a_spec, a_training, an_entry

BASE, JUDGE = "gemini-2.5-flash", "gemini-9-pro"
CATALOG = Catalog(models=(BaseModel(name=BASE, surface="vertex"),))
PRICES = {
    BASE: GenerationPrice(1.0, 10.0, "USD", "2026-11-01"),
    JUDGE: GenerationPrice(2.0, 20.0, "USD", "2026-11-01"),
}
ITEMS = Heldout("data/eval.jsonl", "specs/data/eval.jsonl", "ab12", 100)
SIZE = HeldoutSize((10_000, 20_000), (1_000, 2_000), "bytes / 4")
TRIAL = Trial(ITEMS, at_least=0.8)
AGAINST = Trial(ITEMS, against=Against.INCUMBENT, margin=0.05)


def a_gated(gate: GateSpec, *, epochs: int = 3, base: str = BASE) -> Declared:
    return replace(a_spec(gate=gate, epochs=epochs, base=base), heldout=SIZE)


def retrained(gate: GateSpec) -> tuple[Plan, Lock]:
    """The plan of a successor to a model that serves."""
    was = a_spec(epochs=2)
    lock = a_lock([(was, an_entry(was, a_training(was)))])
    return plan_of(a_gated(gate), lock, a_live(a_live_training(was))), lock


def forecast_of(
    plan: Plan, lock: Lock | None = None, prices: Mapping[str, GenerationPrice] = PRICES
) -> Forecast | None:
    (change,) = with_forecasts(plan, lock or a_lock(), CATALOG, prices).changes
    return change.forecast


def codes(plan: Plan, lock: Lock | None = None, prices: Mapping[str, GenerationPrice] = PRICES) -> list[str]:
    return [found.code for found in check_gates(plan, lock or a_lock(), CATALOG, prices)]


@pytest.mark.parametrize("gate", [None, GateSpec(), GateSpec(latency_p95_s=2.0)])
def test_a_gate_that_asks_nothing_has_no_forecast(gate: GateSpec | None) -> None:
    assert forecast_of(plan_of(a_spec(gate=gate))) is None


def test_a_model_that_is_as_declared_is_not_judged() -> None:
    spec = a_gated(GateSpec(trial=TRIAL))
    lock = a_lock([(spec, an_entry(spec, a_training(spec)))])

    assert forecast_of(plan_of(spec, lock, a_live(a_live_training(spec))), lock) is None


def test_a_first_model_is_asked_alone() -> None:
    forecast = forecast_of(plan_of(a_gated(GateSpec(trial=replace(AGAINST, at_least=0.8, samples=3)))))

    assert forecast is not None
    assert (forecast.answers, forecast.models, forecast.finds) == (300, 1, None)


@pytest.mark.parametrize("against", Against)
def test_two_models_are_asked_the_same_items(against: Against) -> None:
    forecast = forecast_of(*retrained(GateSpec(trial=replace(AGAINST, against=against))))

    assert forecast is not None
    assert (forecast.answers, forecast.models) == (200, 2)
    assert forecast.finds == pytest.approx(0.112, abs=0.001)


def test_the_cost_is_that_of_questions_and_of_answers_like_their_references() -> None:
    forecast = forecast_of(*retrained(GateSpec(trial=replace(AGAINST, samples=5))))

    assert forecast is not None
    least, most = (10 * (given * 1.0 + answered * 10.0) / 1e6 for given, answered in ((10_000, 1_000), (20_000, 2_000)))
    assert forecast.cost.low == pytest.approx(least)
    assert forecast.cost.high == pytest.approx(most)
    assert "answers as long as their references" in forecast.cost.method
    assert forecast.cost.as_of == "2026-11-01"


def test_a_limit_of_tokens_is_the_most_that_answers_cost() -> None:
    forecast = forecast_of(plan_of(a_gated(GateSpec(trial=TRIAL, settings={"maxOutputTokens": 50}))))

    assert forecast is not None
    assert forecast.cost.high == pytest.approx((20_000 * 1.0 + 5_000 * 10.0) / 1e6)


def test_prompts_are_asked_beside_the_items() -> None:
    prompts = (Prompt("I paid twice", contains="billing", samples=5), Prompt("Hi", matches="."))

    forecast = forecast_of(plan_of(a_gated(GateSpec(trial=TRIAL, prompts=prompts))))
    alone = forecast_of(plan_of(a_spec(gate=GateSpec(prompts=prompts))))

    assert forecast is not None
    assert (forecast.answers, alone) == (106, None)


def test_a_judge_reads_every_answer_and_has_a_price_of_its_own() -> None:
    judged = replace(TRIAL, scorer=Scorer(Metric.JUDGE, judge=JUDGE, rubric="Polite?"))

    by_judge = forecast_of(plan_of(a_gated(GateSpec(trial=judged))))
    by_text = forecast_of(plan_of(a_gated(GateSpec(trial=TRIAL))))
    unpriced = forecast_of(plan_of(a_gated(GateSpec(trial=judged))), prices={BASE: PRICES[BASE]})

    assert by_judge is not None
    assert by_text is not None
    assert unpriced is not None
    assert by_judge.cost.low > by_text.cost.low  # type: ignore[operator]
    assert not unpriced.cost.is_known
    assert unpriced.cost.method.startswith(
        "the judge's price is unknown: no price of answers is known for gemini-9-pro"
    )


def test_what_is_known_costs_nothing_and_the_rest_its_share() -> None:
    prompts = (Prompt("I paid twice", contains="billing", samples=4),)
    judged = replace(AGAINST, scorer=Scorer(Metric.JUDGE, judge=JUDGE, rubric="Polite?"))
    plan, lock = retrained(GateSpec(trial=judged, prompts=prompts))
    (address,) = (change.address for change in plan.changes)

    def found(**known: int) -> Forecast:
        (change,) = with_forecasts(plan, lock, CATALOG, PRICES, {address: KeptAnswers(**known)}).changes
        assert change.forecast is not None
        return change.forecast

    nothing, half = found(), found(new=50, old=50, prompts=2, scores=100)
    answers, everything = found(new=100, old=100, prompts=4), found(new=100, old=100, prompts=4, scores=200)

    assert [forecast.known for forecast in (nothing, half, answers, everything)] == [0, 102, 204, 204]
    assert half.cost.low == pytest.approx((nothing.cost.low or 0) / 2)
    assert 0 < (answers.cost.low or 0) < (nothing.cost.low or 0)
    assert (everything.cost.low, everything.cost.high, everything.cost.method) == (0.0, 0.0, "nobody is asked")


def test_an_incumbent_of_another_base_model_is_asked_at_its_own_price() -> None:
    was = a_spec(epochs=2, base=JUDGE)
    lock = a_lock([(was, an_entry(was, a_training(was)))])
    plan = plan_of(a_gated(GateSpec(trial=AGAINST, max_cost=MaxCost(3.0, "USD"))), lock, a_live(a_live_training(was)))

    forecast = forecast_of(plan, lock)

    assert forecast is not None
    assert forecast.cost.low == pytest.approx((10_000 * (1.0 + 2.0) + 1_000 * (10.0 + 20.0)) / 1e6)
    assert (codes(plan, lock), codes(plan, lock, {BASE: PRICES[BASE]})) == ([], ["PLAN131"])


@pytest.mark.parametrize(
    ("prices", "why"),
    [
        ({}, "no price of answers is known for gemini-2.5-flash"),
        ({BASE: PRICES[BASE], JUDGE: replace(PRICES[JUDGE], currency="EUR")}, "several currencies"),
    ],
)
def test_what_is_unknown_stays_unknown(prices: dict[str, GenerationPrice], why: str) -> None:
    judged = replace(TRIAL, scorer=Scorer(Metric.JUDGE, judge=JUDGE, rubric="Polite?"))

    forecast = forecast_of(plan_of(a_gated(GateSpec(trial=judged))), prices=prices)

    assert forecast is not None
    assert not forecast.cost.is_known
    assert why in forecast.cost.method


def test_items_in_an_object_are_not_counted() -> None:
    spec = a_spec(gate=GateSpec(trial=Trial(Heldout("gs://acme/eval.jsonl"), at_least=0.8)))

    forecast = forecast_of(plan_of(spec))

    assert forecast is not None
    assert (forecast.answers, forecast.cost.is_known) == (None, False)


def test_a_price_by_the_name_of_a_version_counts() -> None:
    catalog = Catalog(models=(BaseModel(name=f"{BASE}-001", surface="vertex"),))
    plan = plan_of(a_gated(GateSpec(trial=TRIAL)))

    (change,) = with_forecasts(plan, a_lock(), catalog, {f"{BASE}-001": PRICES[BASE]}).changes

    assert change.forecast is not None
    assert change.forecast.cost.is_known


def test_a_first_model_has_no_incumbent_and_needs_a_number() -> None:
    number = replace(AGAINST, at_least=0.8)
    base = replace(AGAINST, against=Against.BASE)

    assert codes(plan_of(a_gated(GateSpec(trial=AGAINST)))) == ["PLAN130"]
    assert [codes(plan_of(a_gated(GateSpec(trial=trial)))) for trial in (number, base)] == [[], []]
    assert codes(*retrained(GateSpec(trial=AGAINST))) == []


@pytest.mark.parametrize(
    ("prices", "found"),
    [(PRICES, []), ({}, ["PLAN131"]), ({BASE: replace(PRICES[BASE], currency="EUR")}, ["PLAN131"])],
)
def test_a_limit_of_cost_needs_a_price_in_its_currency(prices: dict[str, GenerationPrice], found: list[str]) -> None:
    plan = plan_of(a_gated(GateSpec(trial=TRIAL, max_cost=MaxCost(3.0, "USD"))))

    assert codes(plan, prices=prices) == found


def test_a_gate_of_what_trains_nothing_refuses_no_plan() -> None:
    spec = a_gated(GateSpec(trial=AGAINST, max_cost=MaxCost(3.0, "USD")))
    lock = a_lock([(spec, an_entry(spec, a_training(spec)))])

    assert codes(plan_of(spec, lock, a_live(a_live_training(spec))), lock, {}) == []
