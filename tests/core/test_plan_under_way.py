"""A training is under way: await, outdated, interrupted, duplicated, ended, gone."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.core.change import ReasonCode
from reconciler.core.lock import Approved, Entry, Lock, Phase, Role
from reconciler.core.model import Action, Declared, LiveTraining, OnChange, Progress, Status
from tests.fakes.planning import change_of, codes_of, fields_of, plan_of
from tests.fakes.specs import (
    a_live,
    a_live_training,
    a_lock,
    a_spec,
    a_training,
    an_entry,
    job_name,
    submitted,
)


def _candidate(spec: Declared, attempt: str = "1", **more: Any) -> Any:
    return a_training(spec, attempt, role=Role.CANDIDATE, **more)


def _running(spec: Declared, attempt: str = "1", **more: Any) -> LiveTraining:
    return a_live_training(spec, attempt, status=Status.IN_PROGRESS, progress=Progress(percent=40.0), **more)


def _locked(spec: Declared, *trainings: Any, **more: Any) -> Lock:
    return a_lock([(spec, an_entry(spec, *(trainings or (_candidate(spec),)), **more))])


def _intended(spec: Declared) -> Any:
    return _candidate(spec, phase=Phase.INTENDED, job="", state="")


def test_a_running_training_is_awaited() -> None:
    spec = a_spec()

    change = change_of(spec, _locked(spec), a_live(_running(spec)))

    assert (change.action, change.reason.code) == (Action.AWAIT, ReasonCode.IN_PROGRESS)
    assert (change.attempt, change.progress) == ("1", Progress(percent=40.0))
    assert not change.action.is_pending


@pytest.mark.parametrize("status", [Status.IN_PROGRESS, Status.UNKNOWN])
def test_an_unknown_state_is_awaited(status: Status) -> None:
    spec = a_spec()

    change = change_of(spec, _locked(spec), a_live(a_live_training(spec, status=status)))

    assert change.action is Action.AWAIT


def test_a_training_that_is_being_cancelled_says_so() -> None:
    spec = a_spec()

    change = change_of(spec, _locked(spec, _candidate(spec, cancel_requested="2026")), a_live(_running(spec)))

    assert change.reason.text == "training is being cancelled"


def test_a_trained_candidate_starts_to_serve() -> None:
    spec = a_spec()

    change = change_of(spec, _locked(spec), a_live(a_live_training(spec)))

    assert (change.action, change.reason.code, change.attempt) == (Action.UPDATE, ReasonCode.TRAINED, "1")


def test_an_edit_of_a_mutable_field_outdates_nothing_and_is_said() -> None:
    spec, edited = a_spec(labels={"team": "a"}), a_spec(labels={"team": "b"})

    change = change_of(edited, _locked(spec), a_live(_running(spec)))

    assert (change.action, codes_of(change), fields_of(change)) == (Action.AWAIT, ["PLAN001"], ["labels.team"])
    assert change.in_place is not None
    assert change.in_place["labels"]["team"] == "b"


def test_an_edit_that_was_approved_already_is_not_said_again() -> None:
    spec, edited = a_spec(labels={"team": "a"}), a_spec(labels={"team": "b"})
    approved = Approved(action=Action.AWAIT, attempt="1", in_place=submitted(edited).in_place)

    change = change_of(edited, _locked(spec, approved=(approved,)), a_live(_running(spec)))

    assert (codes_of(change), fields_of(change)) == ([], [])


def test_reported_fields_are_shown_while_it_trains() -> None:
    spec, edited = a_spec(), a_spec(reported={"evaluationConfig": {"x": 1}})

    change = change_of(edited, _locked(spec), a_live(_running(spec)))

    assert (change.action, [f.on_change for f in change.fields]) == (Action.AWAIT, [OnChange.REPORT])


def test_an_edit_of_a_training_field_cancels_what_runs_and_trains_the_new_spec() -> None:
    spec, edited = a_spec(), a_spec(epochs=5)

    change = change_of(edited, _locked(spec), a_live(_running(spec)))

    assert (change.action, change.reason.code) == (Action.REPLACE, ReasonCode.OUTDATED)
    assert (change.cancels, change.attempt, change.progress) == (("1",), "2", Progress(percent=40.0))


def test_an_edit_back_to_what_serves_cancels_what_runs_and_trains_nothing() -> None:
    spec, edited = a_spec(), a_spec(epochs=5)
    lock = _locked(spec, a_training(spec), _candidate(edited, "2"))

    change = change_of(spec, lock, a_live(a_live_training(spec), _running(edited, "2")))

    assert (change.action, change.reason.code, change.cancels) == (Action.CANCEL, ReasonCode.REVERTED, ("2",))


def test_an_edit_back_to_what_serves_deposes_a_successor_that_has_just_ended() -> None:
    spec, edited = a_spec(), a_spec(epochs=5)
    lock = _locked(spec, a_training(spec), _candidate(edited, "2"))

    change = change_of(spec, lock, a_live(a_live_training(spec), a_live_training(edited, "2")))

    assert (change.action, change.cancels, change.progress) == (Action.CANCEL, ("2",), None)


def test_an_edit_after_a_training_has_just_ended_trains_beside_it() -> None:
    spec, edited = a_spec(), a_spec(epochs=5)

    change = change_of(edited, _locked(spec), a_live(a_live_training(spec)))

    assert (change.action, change.cancels, change.progress) == (Action.REPLACE, ("1",), None)


def test_an_edit_to_what_is_deposed_cancels_what_runs_and_restores() -> None:
    one, two, three = a_spec(epochs=1), a_spec(epochs=2), a_spec(epochs=3)
    lock = _locked(two, a_training(one, role=Role.DEPOSED), a_training(two, "2"), _candidate(three, "3"))
    live = a_live(a_live_training(one), a_live_training(two, "2"), _running(three, "3"))

    change = change_of(one, lock, live)

    assert (change.action, change.attempt, change.cancels) == (Action.RESTORE, "1", ("3",))


def test_an_edit_to_what_has_failed_before_leaves_what_runs_alone() -> None:
    bad, good = a_spec(epochs=1), a_spec(epochs=2)
    lock = _locked(good, a_training(bad, role=Role.FAILED), _candidate(good, "2"))

    change = change_of(bad, lock, a_live(_running(good, "2")))

    assert (change.action, change.reason.code, change.cancels) == (Action.BLOCKED, ReasonCode.FAILED, ())


def test_replace_cancels_what_runs() -> None:
    spec = a_spec()

    change = change_of(spec, _locked(spec), a_live(_running(spec)), replace=["vertex/router"])

    assert (change.action, change.reason.code, change.cancels) == (Action.REPLACE, ReasonCode.REQUESTED, ("1",))


# Interrupted


def test_an_interrupted_create_is_looked_up_under_its_own_attempt() -> None:
    spec = a_spec()

    change = change_of(spec, _locked(spec, _intended(spec)))

    assert (change.action, change.reason.code, change.attempt) == (Action.CREATE, ReasonCode.INTERRUPTED, "1")
    assert change.cancels == ()


def test_an_interrupted_successor_is_a_replace() -> None:
    spec, edited = a_spec(), a_spec(epochs=5)
    lock = _locked(spec, a_training(spec), _candidate(edited, "2", phase=Phase.INTENDED, job=""))

    change = change_of(edited, lock, a_live(a_live_training(spec)))

    assert (change.action, change.reason.code, change.attempt) == (Action.REPLACE, ReasonCode.INTERRUPTED, "2")


def test_replace_asks_for_no_more_than_an_interrupted_create() -> None:
    spec = a_spec()

    change = change_of(spec, _locked(spec, _intended(spec)), replace=["vertex/router"])

    assert (change.reason.code, change.attempt) == (ReasonCode.INTERRUPTED, "1")


def test_an_edit_after_an_interrupted_create_ends_what_came_of_it() -> None:
    spec, edited = a_spec(), a_spec(epochs=5)

    change = change_of(edited, _locked(spec, _intended(spec)))

    assert (change.reason.code, change.cancels, change.attempt) == (ReasonCode.OUTDATED, ("1",), "2")


@pytest.mark.parametrize(
    ("status", "place", "progress"),
    [
        (Status.IN_PROGRESS, "us-central1", Progress(percent=40.0)),
        (Status.CANCELLED, "us-central1", None),
        (Status.IN_PROGRESS, "europe-west4", None),
    ],
    ids=["it runs", "it has ended", "it is elsewhere"],
)
def test_an_edit_tells_how_far_the_job_of_an_interrupted_create_is(
    status: Status, place: str, progress: Progress | None
) -> None:
    spec = a_spec()
    sent = a_live_training(spec, status=status, location=place, progress=Progress(percent=40.0))

    change = change_of(a_spec(epochs=9), _locked(spec, _intended(spec)), a_live(sent))

    assert (change.cancels, change.progress) == (("1",), progress)


def test_an_edit_back_after_an_interrupted_create_trains_nothing() -> None:
    spec, edited = a_spec(), a_spec(epochs=5)
    lock = _locked(spec, a_training(spec), _candidate(edited, "2", phase=Phase.INTENDED, job=""))

    change = change_of(spec, lock, a_live(a_live_training(spec)))

    assert (change.action, change.cancels) == (Action.CANCEL, ("2",))


# Duplicates


def test_a_younger_duplicate_is_cancelled_and_named() -> None:
    spec = a_spec()
    live = a_live(_running(spec), _running(spec, "2"))

    change = change_of(spec, _locked(spec), live)

    assert (change.action, change.reason.code) == (Action.ADOPT, ReasonCode.DUPLICATE)
    assert (change.attempt, change.cancels, codes_of(change)) == ("1", ("2",), ["PLAN003"])
    assert [a.resource_name for a in change.adopts] == [job_name(spec, "2")]


def test_an_older_duplicate_stays_and_ours_is_cancelled() -> None:
    spec = a_spec()
    ours = _running(spec, "2", created="2026-09-09T00:00:00Z")
    lock = a_lock([(spec, Entry(revision=1, trainings={"2": _candidate(spec, "2")}))])

    change = change_of(spec, lock, a_live(ours, _running(spec, "1", created="2026-09-01T00:00:00Z")))

    assert (change.attempt, change.cancels) == ("1", ("2",))


def test_a_duplicate_that_is_ready_serves_and_ours_is_cancelled() -> None:
    spec = a_spec()

    change = change_of(spec, _locked(spec), a_live(_running(spec), a_live_training(spec, "2")))

    assert (change.attempt, change.cancels) == ("2", ("1",))


def test_two_locked_candidates_of_one_training_are_one_too_many() -> None:
    spec = a_spec()
    lock = _locked(spec, _candidate(spec), _candidate(spec, "2"))

    change = change_of(spec, lock, a_live(_running(spec), _running(spec, "2")))

    assert (change.attempt, change.cancels, change.adopts) == ("1", ("2",), ())


def test_a_duplicate_that_is_being_cancelled_is_not_awaited() -> None:
    spec = a_spec()
    lock = _locked(spec, _candidate(spec), _candidate(spec, "2", cancel_requested="2026"))

    change = change_of(spec, lock, a_live(_running(spec), _running(spec, "2")))

    assert (change.action, change.attempt) == (Action.AWAIT, "1")


# Ended, and gone


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
def test_a_candidate_that_ended_badly_is_settled_before_anything_is_decided(status: Status) -> None:
    spec = a_spec()

    change = change_of(spec, _locked(spec), a_live(a_live_training(spec, status=status, error="Too long.")))

    assert change.action is Action.BLOCKED


def test_a_candidate_that_succeeded_while_being_cancelled_is_deposed_and_then_restored() -> None:
    spec = a_spec()
    lock = _locked(spec, _candidate(spec, cancel_requested="2026"))

    change = change_of(spec, lock, a_live(a_live_training(spec)))

    assert (change.action, change.attempt) == (Action.RESTORE, "1")


@pytest.mark.parametrize("live", [[], [a_live_training(a_spec(), model_exists=False)]], ids=["job", "model"])
def test_a_candidate_that_is_gone_blocks(live: list[LiveTraining]) -> None:
    spec = a_spec()

    change = change_of(spec, _locked(spec), a_live(*live))

    assert (change.action, change.reason.code) == (Action.BLOCKED, ReasonCode.MODEL_GONE)


def test_a_candidate_that_is_gone_is_ended_when_another_is_asked_for() -> None:
    spec = a_spec()

    change = change_of(spec, _locked(spec), a_live(), replace=["vertex/router"])

    assert (change.action, change.cancels, change.attempt) == (Action.REPLACE, ("1",), "2")


def test_a_trained_candidate_without_an_endpoint_blocks() -> None:
    spec = a_spec()

    change = change_of(spec, _locked(spec), a_live(a_live_training(spec, endpoint="", endpoint_exists=False)))

    assert (change.action, change.reason.code) == (Action.BLOCKED, ReasonCode.ENDPOINT_GONE)


def test_awaits_alone_leave_the_plan_empty() -> None:
    spec = a_spec()

    plan = plan_of(spec, _locked(spec), a_live(_running(spec)))

    assert plan.is_empty
    assert plan.changes[0].does_something
