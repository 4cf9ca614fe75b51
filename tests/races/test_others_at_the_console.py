"""Somebody else acts while we do: cancels, deletes, or is too late to."""

from __future__ import annotations

import pytest

from tests.ownership.room import Room


@pytest.fixture
def training(room: Room, monkeypatch: pytest.MonkeyPatch) -> Room:
    """A room whose router is being trained."""
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "manual")
    room.spec("router")
    assert room.apply("--no-wait").code == 4
    room.ask("POST", "/_emulator/clock", {"advance": 60})
    return room


def _cancel_at_the_console(room: Room) -> None:
    room.ask("POST", f"/v1/{room.training('vertex/router')['job']}:cancel", {})
    room.ask("POST", "/_emulator/clock", {"advance": 600})


def test_a_training_that_somebody_cancels_in_the_console_is_not_trained_again(training: Room) -> None:
    _cancel_at_the_console(training)

    waited = training.run("wait")
    planned = training.plan()
    applied = training.apply()

    (change,) = planned["changes"]
    assert (waited.code, "RUN002" in waited.text) == (1, True)
    assert (change["action"], change["command"]) == ("blocked", "tuneform apply --replace vertex/router --emulator")
    assert (applied.code, len(training.jobs())) == (1, 1)


def test_an_apply_while_somebody_cancels_in_the_console_waits_and_then_says_so(training: Room) -> None:
    training.ask("POST", f"/v1/{training.training('vertex/router')['job']}:cancel", {})

    during = training.apply("--no-wait")
    training.ask("POST", "/_emulator/clock", {"advance": 600})
    after = training.apply()

    assert during.code == 4, during.text
    assert (after.code, len(training.jobs())) == (1, 1), after.text
    assert training.actions() == ["blocked vertex/router"]


def test_what_was_cancelled_trains_again_when_it_is_asked_for(training: Room) -> None:
    _cancel_at_the_console(training)
    training.run("wait")

    submitted = training.apply("--no-wait", "--replace", "vertex/router")

    assert (submitted.code, len(training.jobs())) == (4, 2), submitted.text


def test_a_job_that_ends_while_it_is_being_cancelled_is_kept_as_deposed(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "manual")
    room.spec("router")
    room.run("status")
    room.ask("POST", "/_emulator/faults", {"method": "vertex.tuningJobs.run", "fault": "finish-while-cancelling"})
    room.apply("--no-wait")
    room.ask("POST", "/_emulator/clock", {"advance": 60})

    room.run("cancel", "vertex/router", "--yes", "--no-wait")
    room.ask("POST", "/_emulator/clock", {"advance": 100_000})
    waited = room.run("wait")

    assert waited.code == 0, waited.text
    assert room.training("vertex/router")["role"] == "deposed"
    assert room.actions() == ["restore vertex/router"]
    assert len(room.jobs()) == 1


def test_an_endpoint_deleted_by_hand_needs_a_person_and_trains_nothing(room: Room) -> None:
    room.spec("router")
    room.apply()
    room.delete_endpoint(room.training("vertex/router")["endpoint"])

    (change,) = room.plan()["changes"]
    applied = room.apply()

    assert (change["action"], change["reason"]["code"]) == ("blocked", "endpoint_gone")
    assert (applied.code, len(room.jobs())) == (1, 1)


def test_an_endpoint_deleted_by_hand_while_the_lock_is_lost_is_no_reason_to_train(room: Room) -> None:
    room.spec("router")
    room.apply()
    room.delete_endpoint(room.training("vertex/router")["endpoint"])
    room.lock_path.unlink()

    planned = room.actions()
    room.apply()

    assert planned == ["blocked vertex/router"]
    assert len(room.jobs()) == 1
