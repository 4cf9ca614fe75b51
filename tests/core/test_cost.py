"""What a training may cost: a range with its method and the date of its price, or what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.catalog import BaseModel, Catalog, TrainingPrice
from reconciler.core.change import Cost, Plan
from reconciler.core.cost import epochs_of, price_plan
from reconciler.core.lock import Lock, Role
from reconciler.core.model import Data, Declared, Identity
from reconciler.core.settings import Price
from tests.fakes.planning import plan_of
from tests.fakes.specs import (
    TRAIN,
    a_file,
    a_gemini_spec,
    a_live,
    a_live_training,
    a_lock,
    a_spec,
    a_training,
    an_entry,
)

CATALOG = Catalog(
    as_of="2026-11-01",
    models=(
        BaseModel(name="gemini-2.5-flash", surface="vertex", price=TrainingPrice(5.0, "2026-03")),
        BaseModel(name="unpriced", surface="vertex"),
        BaseModel(name="models/gemini-1.5-flash-001-tuning", surface="gemini", price=TrainingPrice(0, "2025-05-27")),
    ),
)
COUNTED = (80_000, 100_000, 120_000)


def _file(text: str = "rows", size: int | None = None) -> Data:
    data = a_file(text)
    identity = data.identity if size is None else replace(data.identity, size=size)
    return replace(data, identity=identity, tokens=COUNTED, counted_by="bytes / 4")


def _priced(plan: Plan, lock: Lock | None = None, prices: Mapping[str, Price] | None = None) -> list[Cost | None]:
    return [c.cost for c in price_plan(plan, lock or a_lock(), CATALOG, prices or {}).changes]


def _cost(spec: Declared, prices: Mapping[str, Price] | None = None) -> Cost:
    (cost,) = _priced(plan_of(spec), prices=prices)
    assert cost is not None
    return cost


def _retrained(spec: Declared, was: Declared, **trained: Any) -> Cost:
    """The cost of training `spec` where `was` was trained before."""
    lock = a_lock([(was, an_entry(was, a_training(was, **trained)))])
    (cost,) = _priced(plan_of(spec, lock, a_live(a_live_training(was))), lock)
    assert cost is not None
    return cost


def test_the_range_is_tokens_times_epochs_times_price() -> None:
    cost = _cost(a_spec(data=_file(), epochs=4))

    assert (cost.low, cost.high, cost.currency) == (1.6, 2.4, "USD")
    assert cost.method == "80,000 to 120,000 tokens (bytes / 4) x 4 epochs x 5 USD/1M"
    assert cost.as_of == "2026-03"


def test_the_workspaces_price_wins_with_its_currency_and_date() -> None:
    cost = _cost(a_spec(data=_file(), epochs=1), {"gemini-2.5-flash": Price(10.0, "EUR", "2026-11-01")})

    assert (cost.low, cost.high, cost.currency, cost.as_of) == (0.8, 1.2, "EUR", "2026-11-01")
    assert "1 epoch x" in cost.method


@pytest.mark.parametrize(
    ("spec", "why", "needs"),
    [
        (a_spec(base="unpriced", data=_file()), "no price is known for unpriced", "a price of unpriced under prices"),
        (a_spec(data=_file(), epochs=None), "epochCount is not set", "an explicit epochCount"),
        (a_spec(data="gs://acme-tuning/none.jsonl"), "the size of", "training data that can be read"),
    ],
    ids=["price", "epochs", "tokens"],
)
def test_what_is_missing_makes_the_cost_unknown_and_is_named(spec: Declared, why: str, needs: str) -> None:
    cost = _cost(spec)

    assert (cost.low, cost.high, cost.is_known) == (None, None, False)
    assert cost.method.startswith(why)
    assert cost.needs == needs


def test_everything_that_is_missing_is_named_at_once() -> None:
    cost = _cost(a_spec(base="unpriced", data=_file(), epochs=None))

    assert cost.needs == "a price of unpriced under prices and an explicit epochCount"
    no_price, no_epochs = cost.method.split("; ")
    assert no_price == "no price is known for unpriced (set one under prices)"
    assert no_epochs == "epochCount is not set, and the service chooses the epochs"


def test_an_objects_size_alone_gives_a_wide_range() -> None:
    identity = Identity("crc", 1_000_000)
    (change,) = plan_of(a_spec(epochs=1), live=a_live(objects={TRAIN: identity})).changes

    (cost,) = _priced(Plan((change,)))

    assert cost is not None
    assert cost.method.startswith("48,076 to 357,142 tokens (from the object's size alone)")
    assert (cost.low, cost.high) == (0.24038, 1.78571)


def test_the_same_bytes_cost_what_they_were_billed() -> None:
    was = a_spec(data=_file(), epochs=3)

    cost = _retrained(a_spec(data=_file(), epochs=4), was, billable_tokens=100_000)

    assert (cost.low, cost.high) == (2.0, 2.0)
    assert cost.method == "100,000 tokens billed last time x 4 epochs x 5 USD/1M"


def test_a_failed_training_of_the_same_bytes_tells_their_tokens_as_well() -> None:
    was = a_spec(data=_file(), epochs=3)
    lock = a_lock([(was, an_entry(was, a_training(was, role=Role.FAILED, billable_tokens=90_000)))])

    (cost,) = _priced(plan_of(a_spec(data=_file(), epochs=1), lock, a_live(a_live_training(was))), lock)

    assert cost is not None
    assert cost.low == cost.high == 0.45


def test_other_data_is_estimated_within_what_was_billed_for_a_byte() -> None:
    was = a_spec(data=_file("old", size=400_000), epochs=1)

    cost = _retrained(a_spec(data=_file("new", size=440_000), epochs=1), was, billable_tokens=100_000)

    assert (cost.low, cost.high) == (0.44, 0.6)
    assert cost.method.startswith("88,000 to 120,000 tokens (by what was billed for a byte last time)")


def test_what_was_billed_for_quite_different_data_changes_nothing() -> None:
    was = a_spec(data=_file("old", size=400_000), epochs=1)

    cost = _retrained(a_spec(data=_file("new", size=440_000), epochs=1), was, billable_tokens=1_000_000)

    assert "bytes / 4" in cost.method


def test_tuning_at_the_gemini_api_was_free() -> None:
    cost = _cost(a_gemini_spec())

    assert (cost.low, cost.high, cost.as_of) == (0.0, 0.0, "2025-05-27")


def test_a_child_is_priced_by_the_base_of_its_parent() -> None:
    parent, child = a_spec("parent", data=_file()), a_spec("child", data=_file(), parent="parent", epochs=1)

    costs = _priced(plan_of([parent, child]))

    assert [c is not None and c.is_known for c in costs] == [True, True]


def test_a_locked_parent_tells_the_base_as_well() -> None:
    parent = a_spec("parent", data=_file())
    lock = a_lock([(parent, an_entry(parent))])
    plan = plan_of([parent, a_spec("child", data=_file(), parent="parent")], lock, a_live(a_live_training(parent)))
    child = next(c for c in plan.changes if c.address.name == "child")

    (cost,) = _priced(replace(plan, changes=(child,)), lock)

    assert cost is not None
    assert cost.is_known


def test_what_trains_nothing_has_no_cost() -> None:
    spec = a_spec()
    lock = a_lock([(spec, an_entry(spec))])

    assert _priced(plan_of(spec, lock, a_live(a_live_training(spec))), lock) == [None]


@pytest.mark.parametrize(
    ("training", "epochs"),
    [
        ({"supervisedTuningSpec": {"hyperParameters": {"epochCount": 4}}}, 4),
        ({"preferenceOptimizationSpec": {"hyperParameters": {"epochCount": "2"}}}, 2),
        ({"tuningTask": {"hyperparameters": {"epochCount": 5}}}, 5),
        ({"supervisedTuningSpec": {}}, None),
        *(
            ({"supervisedTuningSpec": {"hyperParameters": {"epochCount": odd}}}, None)
            for odd in ("0x3", "1e400", "9" * 5_000, 10**400, -1, 2.5, float("inf"), True, "", "\uff13", "\ud800", [3])
        ),
    ],
)
def test_the_epochs_of_every_method_are_found(training: dict[str, Any], epochs: int | None) -> None:
    assert epochs_of(training) == epochs


def test_a_change_without_its_spec_has_no_cost() -> None:
    (change,) = plan_of(a_spec()).changes

    (cost,) = _priced(Plan((replace(change, declared=None),)))

    assert cost == Cost(method="the training data is not at hand", needs="the spec")


def test_a_training_whose_data_had_no_size_calibrates_nothing() -> None:
    was = a_spec(data=TRAIN, epochs=1)
    lock = a_lock([(was, an_entry(was, a_training(was, objects={}, billable_tokens=100_000)))])
    live = a_live(a_live_training(was))

    (cost,) = _priced(plan_of(a_spec(data=_file(), epochs=1), lock, live), lock)

    assert cost is not None
    assert "bytes / 4" in cost.method
