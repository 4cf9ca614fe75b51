"""What an applied set has not declared is nobody's to delete; what is removed says since when it stood so."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.ownership.room import Room


@pytest.fixture
def made(room: Room) -> dict[str, Any]:
    return room.job_by_hand("By hand")


def _clone(room: Room, name: str = "other") -> Room:
    """Another checkout of the repository as it was pushed, with the lock of this one: they share it."""
    folder = room.folder.parent / name
    shutil.copytree(room.folder, folder, ignore=shutil.ignore_patterns("emulator.db*"))
    return Room(folder, room.state)


def _share_lock(source: Room, target: Room) -> None:
    target.lock_path.parent.mkdir(exist_ok=True)
    shutil.copy(source.lock_path, target.lock_path)


@pytest.fixture
def other(room: Room, made: dict[str, Any]) -> Room:
    """A checkout that has not seen the spec that another one imported; both have the lock."""
    room.spec("router")
    assert room.apply().code == 0
    clone = _clone(room)
    assert room.run("import", "vertex/by-hand", made["name"], "--yes").code == 0
    _share_lock(room, clone)
    return clone


def test_a_checkout_that_has_not_seen_an_imported_spec_leaves_the_model_alone(
    other: Room, made: dict[str, Any]
) -> None:
    shown = other.run("plan", "--detailed-exitcode")
    applied = other.apply()

    assert (shown.code, applied.code) == (0, 0), shown.text
    assert "note PLAN017" in shown.text
    assert "vertex/by-hand" in shown.text
    assert "vertex/by-hand" in other.lock["entries"]
    assert other.asked("GET", f"/v1/{made['tunedModel']['model'].partition('@')[0]}")[0] == 200


def test_machines_are_told_what_is_left_alone(other: Room) -> None:
    plan = other.plan()
    markdown = other.run("plan", "--format", "markdown").text

    assert (plan["left_alone"], plan["pending"]) == (["vertex/by-hand"], False)
    assert "PLAN017" in markdown


@pytest.mark.parametrize("words", [("-f", "specs", "--prune"), ("--target", "vertex/by-hand")], ids=lambda w: w[0])
def test_no_way_of_planning_deletes_what_was_only_imported(other: Room, words: tuple[str, ...]) -> None:
    assert other.actions(*words) == []


def test_an_empty_set_is_not_emptied_of_what_was_only_imported(room: Room, made: dict[str, Any]) -> None:
    clone = _clone(room)
    room.run("import", "vertex/by-hand", made["name"], "--yes")
    _share_lock(room, clone)

    assert clone.run("plan", "--detailed-exitcode").code == 0


def test_retain_forgets_no_import_either(room: Room, made: dict[str, Any]) -> None:
    clone = _clone(room)
    room.run("import", "vertex/by-hand", made["name"], "--yes")
    lock = room.lock
    lock["entries"]["vertex/by-hand"]["lifecycle"]["onRemove"] = "retain"
    clone.lock_path.parent.mkdir(exist_ok=True)
    clone.lock_path.write_text(json.dumps(lock), encoding="utf-8")

    assert clone.actions() == []


def test_the_first_apply_that_declares_it_makes_it_disposable_and_has_nothing_to_do(room: Room, other: Room) -> None:
    before = room.run("plan", "--detailed-exitcode")
    applied = room.apply()
    written = room.lock_path.read_bytes()
    again = room.apply()
    _share_lock(room, other)

    assert (before.code, applied.code, again.code) == (0, 0, 0)
    assert room.lock["entries"]["vertex/by-hand"]["declared"] is True
    assert room.lock_path.read_bytes() == written
    assert other.actions() == ["delete vertex/by-hand"]


def test_whoever_names_it_may_destroy_it(other: Room) -> None:
    shown = other.run("destroy", "--yes", "vertex/by-hand")

    assert shown.code == 0, shown.text
    assert "vertex/by-hand" not in other.lock["entries"]


def test_existing_that_was_applied_is_declared(room: Room, made: dict[str, Any]) -> None:
    room.spec("by-hand", epochs=2, more=f"  tuneform: {{existing: {made['name']}}}\n")
    assert room.apply().code == 0

    (room.folder / "specs/by-hand.yaml").unlink()

    assert room.actions("--allow-empty") == ["delete vertex/by-hand"]


def test_what_a_lost_lock_took_back_by_its_markers_is_declared_by_that_apply(room: Room) -> None:
    room.spec("router")
    room.apply()
    room.lock_path.unlink()
    room.apply()

    (room.folder / "specs/router.yaml").unlink()

    assert room.actions("--allow-empty") == ["delete vertex/router"]


@pytest.mark.parametrize(("time", "is_removed"), [("submitted", True), ("adopted", False)])
def test_in_a_lock_of_the_first_version_what_was_submitted_was_declared(
    room: Room, time: str, is_removed: bool
) -> None:
    room.spec("router")
    room.apply()
    lock = room.lock
    entry = lock["entries"]["vertex/router"]
    del entry["declared"]
    entry["trainings"]["1"]["times"] = {time: "2026-11-01T00:00:00Z", "served": "2026-11-02T00:00:00Z"}
    room.lock_path.write_text(json.dumps(lock), encoding="utf-8")
    (room.folder / "specs/router.yaml").unlink()

    assert room.actions("--allow-empty") == ["delete vertex/router"] * is_removed


# The commit


def _repository(folder: Path, commit: str, *, packed: bool = False) -> None:
    git = folder / ".git"
    (git / "refs/heads").mkdir(parents=True, exist_ok=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
    if packed:
        (git / "packed-refs").write_text(f"# pack-refs with: peeled\n{commit} refs/heads/main\n", encoding="utf-8")
    else:
        (git / "refs/heads/main").write_text(f"{commit}\n", encoding="utf-8")


_FIRST, _SECOND = "1" * 40, "2" * 40


def test_a_removal_names_the_commit_at_which_its_entry_last_changed(room: Room) -> None:
    _repository(room.folder, _FIRST)
    room.spec("router")
    room.spec("kept")
    room.apply()
    _repository(room.folder, _SECOND)
    room.spec("kept", labels="team: b")
    room.apply()
    (room.folder / "specs/router.yaml").unlink()

    text, markdown = room.run("plan").text, room.run("plan", "--format", "markdown").text
    (change,) = [c for c in room.plan()["changes"] if c["action"] == "delete"]

    assert change["commit"] == _FIRST
    assert f"last at commit {_FIRST}" in text
    assert f"last changed at commit: {_FIRST}" in markdown
    assert room.lock["entries"]["vertex/kept"]["commit"] == _SECOND


def test_the_commit_is_none_of_the_checksums_business(room: Room) -> None:
    room.spec("router")
    room.apply()
    (room.folder / "specs/router.yaml").unlink()
    before = room.plan("--allow-empty")["checksum"]
    lock = room.lock
    lock["entries"]["vertex/router"]["commit"] = _SECOND
    room.lock_path.write_text(json.dumps(lock), encoding="utf-8")

    assert room.plan("--allow-empty")["checksum"] == before


@pytest.mark.parametrize("name", ["GITHUB_SHA", "CI_COMMIT_SHA"])
def test_a_pipeline_says_its_commit_itself(room: Room, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, _SECOND)
    room.spec("router")
    room.apply()

    assert room.lock["entries"]["vertex/router"]["commit"] == _SECOND


def test_outside_of_a_repository_no_commit_is_told(room: Room) -> None:
    room.spec("router")
    room.apply()
    (room.folder / "specs/router.yaml").unlink()

    (change,) = room.plan("--allow-empty")["changes"]

    assert "commit" not in change
    assert "commit" not in room.run("plan", "--allow-empty").text
