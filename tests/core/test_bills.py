"""What trainings were billed: worked out where everything is known, and never guessed."""

from __future__ import annotations

import pytest
from msgspec import structs

from reconciler.core.bills import Billed, base_in_lock, bill_of, billed
from reconciler.core.catalog import Catalog
from reconciler.core.lock import Entry, Lock, Role, Training
from reconciler.core.model import Address, LiveTraining, Status
from reconciler.core.settings import Price
from tests.render.builders import ROUTER, a_submission, a_training

_BASE = "gemini-2.5-flash"
_PRICES = {_BASE: Price(5.0, "EUR", "2026-11-01")}
_CHILD = Address("vertex", "child")


def _live(tokens: int) -> LiveTraining:
    epochs = {"supervisedTuningSpec": {"hyperParameters": {"epochCount": 2}}}
    return LiveTraining("vertex", "job", Status.READY, "", training=epochs, billable_tokens=tokens)


def test_a_bill_is_tokens_by_epochs_by_price() -> None:
    bill = bill_of(ROUTER, a_training(), None, _BASE, Catalog(), _PRICES)

    assert (bill.tokens, bill.epochs, bill.amount) == (1_234_567, 4, 1_234_567 * 4 * 5 / 1e6)
    assert (bill.currency, bill.as_of, bill.why) == ("EUR", "2026-11-01", "")


def test_beside_a_training_stands_what_it_was_billed_and_nothing_of_what_was_for_nothing() -> None:
    failed = a_training(role=Role.FAILED, billable_tokens=None, status=Status.FAILED)

    def row(training: Training, base: str = _BASE) -> Billed:
        return billed(ROUTER, training, None, base, Catalog(), _PRICES)

    assert row(a_training(status=Status.READY)) == (True, 1_234_567 * 4 * 5 / 1e6, "EUR")
    assert row(a_training(status=Status.READY), base="unknown") == (True, None, "")
    assert row(failed) == (False, None, "")


def test_what_the_lock_does_not_have_the_service_says() -> None:
    submission = structs.replace(a_submission(), training={"baseModel": _BASE})
    training = a_training(billable_tokens=None, submission=submission)

    bill = bill_of(ROUTER, training, _live(1_000_000), _BASE, Catalog(), _PRICES)

    assert (bill.tokens, bill.epochs, bill.amount) == (1_000_000, 2, 10.0)


@pytest.mark.parametrize(
    ("training", "base", "why"),
    [
        (a_training(Role.CANDIDATE), _BASE, "it has not ended"),
        (a_training(billable_tokens=None), _BASE, "the service has not said how many tokens"),
        (a_training(), "gemini-9", "no price is known for gemini-9"),
        (a_training(), "", "no price is known for its base model"),
        (
            a_training(submission=structs.replace(a_submission(), training={"baseModel": _BASE})),
            _BASE,
            "the number of epochs is not known",
        ),
    ],
)
def test_what_is_not_known_is_no_amount(training: Training, base: str, why: str) -> None:
    bill = bill_of(ROUTER, training, None, base, Catalog(), _PRICES)

    assert (bill.amount, bill.why) == (None, why)


def test_tuning_through_the_gemini_api_cost_nothing() -> None:
    bill = bill_of(Address("gemini", "x"), a_training(), None, "models/x", Catalog(), {})

    assert (bill.amount, "free of charge" in bill.why) == (0.0, True)


def test_a_model_that_is_tuned_further_has_the_base_of_its_parent() -> None:
    further = structs.replace(a_submission(), training={}, parent=str(ROUTER))
    child = Entry(trainings={"1": a_training(submission=further)})
    lock = Lock(entries={str(ROUTER): Entry(trainings={"1": a_training()}), str(_CHILD): child})

    assert base_in_lock(_CHILD, lock) == _BASE


def test_a_circle_of_parents_ends() -> None:
    itself = structs.replace(a_submission(), training={}, parent=str(_CHILD))
    lock = Lock(entries={str(_CHILD): Entry(trainings={"1": a_training(submission=itself)})})

    assert base_in_lock(_CHILD, lock) == ""
    assert base_in_lock(Address("vertex", "absent"), lock) == ""
