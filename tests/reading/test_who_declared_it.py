"""A whole set removes what it declared itself: what another one declared last is refused, and both are named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ownership.room import Room, Shown
from tests.reading.test_a_spec_that_is_not_read import piped, text_of

ALL = ("--prune", "--yes")


def origins(room: Room) -> dict[str, str]:
    return {address: entry.get("origin", "") for address, entry in room.lock["entries"].items()}


@pytest.fixture
def pipe(room: Room, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Shown]:
    """A command with these specs piped in."""

    def run(command: str, *names: str, words: tuple[str, ...] = ()) -> Shown:
        return piped(room, monkeypatch, "---\n".join(map(text_of, names)), command, "-f", "-", *words)

    return run


@pytest.fixture
def by_pipe(room: Room, pipe: Callable[..., Shown]) -> Room:
    """Three models that a pipe declared, of which specs/ holds one."""
    assert pipe("apply", "kept", "router", "triage", words=ALL).code == 0
    room.spec("kept")
    return room


@pytest.fixture
def by_folder(room: Room) -> Room:
    """Two models that specs/ declared."""
    room.spec("kept")
    room.spec("router")
    assert room.apply().code == 0
    return room


def test_a_bare_plan_does_not_remove_what_a_pipe_declared(by_pipe: Room) -> None:
    before = dict(by_pipe.lock["entries"])

    planned, applied = by_pipe.run("plan"), by_pipe.apply()

    assert (planned.code, applied.code, by_pipe.lock["entries"]) == (3, 3, before), planned.text
    words = " ".join(planned.text.split())
    assert "PLAN123" in words
    assert "removes vertex/router and 1 more, which specs named with -f or piped in declared last" in words
    assert "this run reads specs/" in words
    assert "--allow-unread" in words


def test_a_pipe_does_not_remove_what_the_folder_declared(by_folder: Room, pipe: Callable[..., Shown]) -> None:
    shown = pipe("plan", "kept", words=("--prune",))

    assert shown.code == 3
    words = " ".join(shown.text.split())
    assert "removes vertex/router, which specs/ declared last" in words
    assert "this run reads what is named with -f or piped in" in words
    assert pipe("plan", "kept").code == 0


@pytest.mark.parametrize("words", [(), ("--target", "vertex/router")], ids=["all", "a target"])
def test_it_is_allowed_by_name(by_pipe: Room, words: tuple[str, ...]) -> None:
    line = "  allow: [{unread: vertex/%s, until: 2999-01-01, reason: it moved}]\n"

    refused, allowed = by_pipe.run("plan", *words).code, by_pipe.run("plan", "--allow-unread", *words).code
    by_pipe.workspace(more=line % "router")
    of_one = by_pipe.run("plan", "--target", "vertex/router").code

    assert (refused, allowed, of_one, by_pipe.run("plan").code) == (3, 0, 0, 3)


def test_the_same_pipe_again_removes(by_pipe: Room, pipe: Callable[..., Shown]) -> None:
    assert pipe("apply", "kept", "triage", words=ALL).code == 0
    assert list(by_pipe.lock["entries"]) == ["vertex/kept", "vertex/triage"]


def test_the_same_folder_again_removes(by_folder: Room) -> None:
    (by_folder.folder / "specs/router.yaml").unlink()

    assert by_folder.run("plan").code == 0
    assert by_folder.run("plan", "-f", "specs", "--prune").code == 0
    assert by_folder.run("plan", "-f", "./specs/", "--prune").code == 0


def test_the_folder_by_another_name_is_the_folder(room: Room) -> None:
    room.spec("kept")
    room.spec("router")
    (room.folder / "linked").symlink_to("specs")

    assert room.run("apply", "-f", "linked", *ALL).code == 0
    assert set(origins(room).values()) == {"specs/"}


@pytest.mark.parametrize("place", ["models", "specs/prod", "models/all.yaml"])
def test_another_place_is_another_set_and_the_same_to_itself(room: Room, place: str) -> None:
    both, one = f"{text_of('kept')}---\n{text_of('router')}", text_of("kept")
    file = place if place.endswith(".yaml") else f"{place}/all.yaml"
    room.write(file, both)
    assert room.run("apply", "-f", place, *ALL).code == 0

    room.write(file, one)

    assert set(origins(room).values()) == {"-f"}
    assert room.run("plan", "-f", place, "--prune").code == 0
    if not place.startswith("specs/"):
        room.spec("kept")
    assert room.run("plan").code == 3


def test_one_file_of_the_folder_stays_the_folders(by_folder: Room) -> None:
    by_folder.spec("router", labels="team: a")
    assert by_folder.run("apply", "-f", "specs/router.yaml", "--yes").code == 0
    (by_folder.folder / "specs/router.yaml").unlink()

    assert by_folder.run("plan").code == 0
    assert by_folder.run("plan", "-f", "specs/kept.yaml", "--prune").code == 3


def test_whoever_declares_it_last_may_remove_it(by_pipe: Room) -> None:
    for name in ("router", "triage"):
        by_pipe.spec(name)
    applied = by_pipe.apply()
    (by_pipe.folder / "specs/triage.yaml").unlink()

    assert applied.code == 0
    assert set(origins(by_pipe).values()) == {"specs/"}
    assert by_pipe.actions() == ["delete vertex/triage"]
    assert by_pipe.run("plan").code == 0


def test_an_apply_without_changes_records_it_once(by_folder: Room) -> None:
    assert by_folder.apply().code == 0
    before = by_folder.lock_path.read_bytes()

    assert by_folder.apply().code == 0
    assert by_folder.lock_path.read_bytes() == before


def test_what_a_lock_does_not_tell_is_as_it_was(by_pipe: Room) -> None:
    lock = by_pipe.lock
    for entry in lock["entries"].values():
        del entry["origin"]
    by_pipe.lock_path.write_text(json.dumps(lock), encoding="utf-8")

    assert by_pipe.run("plan").code == 0
    assert by_pipe.actions() == ["delete vertex/router", "delete vertex/triage"]


def test_what_is_destroyed_by_name_needs_no_set(by_pipe: Room) -> None:
    assert by_pipe.run("destroy", "--yes", "vertex/router").code == 0


def test_a_set_that_declares_nothing_locked_is_refused_once(by_pipe: Room) -> None:
    (by_pipe.folder / "specs/kept.yaml").unlink()

    shown = by_pipe.run("plan")

    assert (shown.code, "PLAN102" in shown.text, "PLAN123" in shown.text) == (3, True, False)
    assert by_pipe.run("plan", "--allow-empty", "--allow-limits").code == 0


def test_a_merged_lock_tells_what_the_newer_one_tells(by_folder: Room, pipe: Callable[..., Shown]) -> None:
    other = by_folder.folder / "other.lock"
    other.write_bytes(by_folder.lock_path.read_bytes())
    assert pipe("apply", "kept", "router", words=ALL).code == 0

    merged = by_folder.run("lock", "merge", "other.lock")

    assert merged.code == 0
    assert set(origins(by_folder).values()) == {"-f"}


def test_a_saved_plan_says_what_it_is_the_whole_of(by_folder: Room) -> None:
    assert by_folder.run("plan", "--out", "plan.json").code == 0

    saved = json.loads((by_folder.folder / "plan.json").read_text(encoding="utf-8"))

    assert saved["origins"] == ["specs/"]
    assert Path(by_folder.folder / "plan.json").exists()
