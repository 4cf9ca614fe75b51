"""A training failed, was cancelled, expired or was refused by its gate: blocked until something changes."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.core.change import ReasonCode
from reconciler.core.lock import Lock, Role, Training
from reconciler.core.model import Action, Declared, OnFailure, Status
from tests.fakes.planning import change_of, codes_of
from tests.fakes.specs import (
    TRAIN,
    a_gemini_spec,
    a_live,
    a_live_training,
    a_lock,
    a_spec,
    a_training,
    an_entry,
    bytes_of,
    model_name,
)


def _failed(spec: Declared, attempt: str = "1", **more: Any) -> Training:
    known = {"state": "JOB_STATE_FAILED", "error": "The dataset is too long.", "error_code": 3}
    return a_training(spec, attempt, role=Role.FAILED, **{**known, **more})


def _locked(spec: Declared, *trainings: Training) -> Lock:
    return a_lock([(spec, an_entry(spec, *(trainings or (_failed(spec),))))])


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("JOB_STATE_FAILED", ReasonCode.FAILED),
        ("JOB_STATE_EXPIRED", ReasonCode.FAILED),
        ("JOB_STATE_CANCELLED", ReasonCode.CANCELLED),
    ],
)
def test_what_ended_badly_blocks_with_the_services_words(state: str, code: ReasonCode) -> None:
    spec = a_spec()

    change = change_of(spec, _locked(spec, _failed(spec, state=state)))

    assert (change.action, change.reason.code) == (Action.BLOCKED, code)
    assert str(change.command) == "tuneform apply --replace vertex/router"
    assert code is ReasonCode.CANCELLED or "The dataset is too long." in change.reason.text


@pytest.mark.parametrize(
    ("known", "code"),
    [
        ({"status": Status.CANCELLED}, ReasonCode.CANCELLED),
        ({"status": Status.FAILED}, ReasonCode.FAILED),
        # 0.1.0 recorded the service's own words alone.
        ({"error_code": 1}, ReasonCode.CANCELLED),
        ({"error_code": 3}, ReasonCode.FAILED),
        ({}, ReasonCode.FAILED),
    ],
)
def test_a_cancelled_training_is_no_failed_one_where_its_service_has_one_state_for_both(
    known: dict[str, Any], code: ReasonCode
) -> None:
    spec = a_gemini_spec()
    ended = a_training(spec, role=Role.FAILED, **{"state": "FAILED", "error": "Somebody ended it.", **known})

    change = change_of(spec, _locked(spec, ended))

    assert (change.action, change.reason.code) == (Action.BLOCKED, code)


def test_a_failure_without_words_shows_its_state() -> None:
    spec = a_spec()

    change = change_of(spec, _locked(spec, _failed(spec, state="JOB_STATE_EXPIRED", error="")))

    assert "JOB_STATE_EXPIRED" in change.reason.text


def test_an_edit_trains_again() -> None:
    change = change_of(a_spec(epochs=5), _locked(a_spec()))

    assert (change.action, change.reason.code, change.attempt) == (Action.CREATE, ReasonCode.EDITED, "2")
    assert [f.field for f in change.fields] == ["supervisedTuningSpec.hyperParameters.epochCount"]


def test_changed_data_behind_the_same_uri_trains_again() -> None:
    spec = a_spec()

    change = change_of(spec, _locked(spec), a_live(objects={TRAIN: bytes_of("mended")}))

    assert (change.action, change.attempt) == (Action.CREATE, "2")


def test_replace_trains_again() -> None:
    spec = a_spec()

    change = change_of(spec, _locked(spec), replace=["vertex/router"])

    assert (change.action, change.reason.code) == (Action.CREATE, ReasonCode.REQUESTED)


def test_a_successor_that_failed_leaves_the_old_model_and_is_not_trained_again() -> None:
    old, new = a_spec(), a_spec(epochs=5)
    lock = _locked(old, a_training(old), _failed(new, "2"))

    change = change_of(new, lock, a_live(a_live_training(old)))

    assert (change.action, change.reason.code, change.attempt) == (Action.BLOCKED, ReasonCode.FAILED, "2")


def test_an_edit_back_to_what_serves_is_in_sync_whatever_failed_before() -> None:
    old, new = a_spec(), a_spec(epochs=5)
    lock = _locked(old, a_training(old), _failed(new, "2"))

    change = change_of(old, lock, a_live(a_live_training(old)))

    assert change.action is Action.NOOP


def test_a_gate_that_refused_a_successor_blocks_with_its_words() -> None:
    old, new = a_spec(), a_spec(epochs=5)
    refused = _failed(new, "2", gate_refused="eval_total_loss: wanted <= 0.8, got 0.9", model=model_name(new, "2"))

    change = change_of(new, _locked(old, a_training(old), refused), a_live(a_live_training(old)))

    assert (change.action, change.reason.code) == (Action.BLOCKED, ReasonCode.GATE_REFUSED)
    assert "0.9" in change.reason.text


@pytest.mark.parametrize(
    ("known", "retries"),
    [
        ({"error_code": 14}, True),
        ({"error_code": 4}, True),
        ({"error_code": 8}, True),
        ({"error_code": 13}, True),
        ({"state": "JOB_STATE_EXPIRED", "error_code": 0}, True),
        ({"error_code": 3}, False),
        ({"error_code": 9}, False),
        ({"error_code": 14, "cancel_requested": "2026"}, False),
        ({"error_code": 14, "gate_refused": "too bad"}, False),
        ({"error_code": 14, "model": "projects/p/locations/l/models/1@1"}, False),
        ({"state": "JOB_STATE_CANCELLED", "error_code": 1}, False),
    ],
)
def test_only_failures_that_may_pass_are_retried(known: dict[str, Any], retries: bool) -> None:
    spec = a_spec(on_failure=OnFailure.RETRY)

    change = change_of(spec, _locked(spec, _failed(spec, **known)))

    assert (change.action is Action.CREATE) is retries
    assert (change.reason.code is ReasonCode.RETRY) is retries


@pytest.mark.parametrize(("failures", "most", "retries"), [(1, 1, False), (1, 2, True), (2, 2, False), (2, 3, True)])
def test_retries_end_at_max_attempts_in_all(failures: int, most: int, retries: bool) -> None:
    spec = a_spec(on_failure=OnFailure.RETRY, max_attempts=most)
    trainings = [_failed(spec, str(n), error_code=14) for n in range(1, failures + 1)]

    change = change_of(spec, _locked(spec, *trainings))

    assert (change.action is Action.CREATE) is retries


def test_attempts_at_another_spec_do_not_count() -> None:
    spec = a_spec(on_failure=OnFailure.RETRY, max_attempts=2)
    lock = _locked(spec, _failed(a_spec(epochs=9), error_code=14), _failed(spec, "2", error_code=14))

    change = change_of(spec, lock)

    assert change.action is Action.CREATE


def test_a_successor_is_retried_beside_what_serves() -> None:
    old, new = a_spec(), a_spec(epochs=5, on_failure=OnFailure.RETRY)
    lock = _locked(old, a_training(old), _failed(new, "2", error_code=14))

    change = change_of(new, lock, a_live(a_live_training(old)))

    assert (change.action, change.reason.code, change.attempt) == (Action.REPLACE, ReasonCode.RETRY, "3")


def test_a_failed_job_that_left_a_model_says_so() -> None:
    spec = a_spec()

    change = change_of(spec, _locked(spec, _failed(spec, model=model_name(spec))))

    assert codes_of(change) == ["PLAN007"]
    assert model_name(spec) in change.notes[0].detail


def test_a_failed_tuned_model_of_the_gemini_api_is_no_model_that_was_left() -> None:
    spec = a_gemini_spec(on_failure=OnFailure.RETRY)

    change = change_of(spec, _locked(spec, _failed(spec, model=model_name(spec), error_code=14)))

    assert (change.action, change.reason.code) == (Action.CREATE, ReasonCode.RETRY)


@pytest.mark.parametrize("tokens", [None, 5])
def test_money_already_spent_is_told(tokens: int | None) -> None:
    spec = a_spec()
    live = a_live(a_live_training(spec, status=Status.FAILED, billable_tokens=7)) if tokens is None else a_live()

    change = change_of(spec, _locked(spec, _failed(spec, billable_tokens=tokens)), live)

    assert change.spent_tokens == (7 if tokens is None else tokens)


def test_a_deposed_model_that_matches_is_restored_rather_than_trained() -> None:
    spec, bad = a_spec(), a_spec(epochs=5)
    lock = _locked(spec, a_training(spec, role=Role.DEPOSED), _failed(bad, "2"))

    change = change_of(spec, lock, a_live(a_live_training(spec)))

    assert (change.action, change.attempt) == (Action.RESTORE, "1")
