"""A lock that was lost, or reverted to an older commit: what it lacks is found again by the markers."""

from __future__ import annotations

import pytest

from tests.ownership.room import Room


@pytest.fixture
def thrice(room: Room) -> Room:
    """A model that was trained three times; two old ones are kept, and the locks of every commit are."""
    for epochs in (3, 4, 5):
        room.spec("router", epochs=epochs, more="  tuneform: {lifecycle: {keep: 2}}\n")
        assert room.apply().code == 0
        room.write(f"commits/{epochs}.lock", room.lock_path.read_text(encoding="utf-8"))
    return room


def _roles(room: Room) -> dict[int, str]:
    trainings = room.lock["entries"]["vertex/router"]["trainings"].values()
    return {
        t["submission"]["training"]["supervisedTuningSpec"]["hyperParameters"]["epochCount"]: t["role"]
        for t in trainings
    }


@pytest.mark.parametrize("commit", ["lost", "3", "4", "5"])
def test_a_lock_from_any_commit_adopts_the_rest_and_trains_nothing(thrice: Room, commit: str) -> None:
    thrice.lock_path.unlink()
    if commit != "lost":
        thrice.lock_path.write_bytes((thrice.folder / f"commits/{commit}.lock").read_bytes())

    planned = thrice.actions()
    applied = thrice.apply()

    assert planned == ([] if commit == "5" else ["adopt vertex/router"])
    assert applied.code == 0, applied.text
    assert len(thrice.jobs()) == 3
    assert _roles(thrice) == {3: "deposed", 4: "deposed", 5: "serving"}
    assert thrice.actions() == []


def test_a_model_that_came_back_as_deposed_can_serve_again(thrice: Room) -> None:
    thrice.lock_path.unlink()
    thrice.apply()

    thrice.spec("router", epochs=4, more="  tuneform: {lifecycle: {keep: 2}}\n")
    planned = thrice.actions()
    thrice.apply()

    assert planned == ["restore vertex/router"]
    assert _roles(thrice)[4] == "serving"
    assert len(thrice.jobs()) == 3


def test_a_model_that_came_back_beyond_keep_is_disposed_of_by_the_apply_that_brought_it(thrice: Room) -> None:
    thrice.lock_path.unlink()
    thrice.spec("router", epochs=5, more="  tuneform: {lifecycle: {keep: 1}}\n")
    applied = thrice.apply()

    assert applied.code == 0, applied.text
    assert _roles(thrice) == {4: "deposed", 5: "serving"}
    assert thrice.actions() == []


def test_beside_a_create_the_others_are_only_told(thrice: Room) -> None:
    thrice.lock_path.unlink()
    thrice.spec("router", epochs=6)

    (change,) = thrice.plan()["changes"]

    assert change["action"] == "create"
    assert [n["code"] for n in change["notes"]] == ["PLAN005"] * 3


def test_a_lock_reverted_to_before_the_running_training_takes_it_up_again(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.spec("router", epochs=3)
    room.apply()
    before = room.lock_path.read_bytes()
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "manual")
    room.spec("router", epochs=4)
    submitted = room.apply("--no-wait")
    room.lock_path.write_bytes(before)

    planned = room.actions()
    taken_up = room.apply("--no-wait")

    assert submitted.code == 4, submitted.text
    assert planned == ["adopt vertex/router"]
    assert taken_up.code == 4, taken_up.text
    assert len(room.jobs()) == 2
