"""In a folder or a workspace that does not exist every command ends as plan does, and none says that all is done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.ownership.room import Room

_COMMANDS = (
    "plan",
    "apply --yes",
    "validate",
    "wait",
    "output",
    "status",
    "gate",
    "show vertex/router",
    "cancel vertex/router",
    "forget vertex/router",
    "metrics vertex/router",
    "prompt vertex/router hello",
    "destroy --all --yes",
    "import --all",
    "import vertex/router tunedModels/x",
    "gc",
    "doctor",
    "lock merge other.lock",
    "lock unlock 1234",
    "models migrate vertex/router",
)


@pytest.mark.parametrize("words", _COMMANDS)
@pytest.mark.parametrize("where", [["-C", "empty"], ["-C", "misspelt"], ["--workspace", "misspelt"]], ids=" ".join)
def test_it_ends_as_plan_does(room: Room, words: str, where: list[str]) -> None:
    (room.folder / "empty").mkdir()

    shown = room.run(*words.split(), *where)

    assert (shown.code, "SPEC060" in shown.text) == (1, True), shown.text
    assert not (room.folder / "empty/.tuneform").exists()


@pytest.mark.parametrize("words", ["wait", "output", "status", "cancel vertex/router", "doctor"])
def test_settings_that_cannot_be_read_end_it_too(room: Room, words: str) -> None:
    room.write(
        "tuneform.yaml", "apiVersion: tuneform.dev/v1\nkind: Workspace\nmetadata: {name: acme}\nspec: {lok: x}\n"
    )

    shown = room.run(*words.split())

    assert (shown.code, "SPEC023" in shown.text) == (1, True), shown.text


def test_a_broken_spec_keeps_nobody_from_what_the_lock_says(room: Room) -> None:
    room.spec("router")
    room.apply()
    room.write("specs/other.yaml", "kind: [")

    assert room.run("output").code == 0
    assert room.run("wait").code == 0


_OF_A_LOCK = (
    "wait",
    "output",
    "status",
    "gate",
    "show vertex/router",
    "cancel vertex/router",
    "forget vertex/router --yes",
    "metrics vertex/router",
    "prompt vertex/router hello",
    "destroy --all --yes",
    "gc",
    "gc --yes",
    "doctor",
)


@pytest.mark.parametrize("words", _OF_A_LOCK)
def test_a_lock_that_is_named_and_is_not_there_is_no_empty_one(room: Room, words: str) -> None:
    room.spec("router")

    shown = room.run(*words.split(), "--lock", "mispelt/tuneform.lock")

    assert (shown.code, "LOCK023" in shown.text) == (1, True), shown.text
    assert "mispelt/tuneform.lock" in shown.text
    assert not (room.folder / "mispelt").exists()


def test_a_lock_that_the_environment_names_must_be_there_as_well(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNEFORM_LOCK", "gone.lock")

    assert (shown := room.run("wait")).code == 1
    assert "LOCK023" in shown.text


def test_a_lock_in_a_bucket_must_be_there_as_well(room: Room) -> None:
    room.ask("POST", "/storage/v1/b", {"name": "acme-locks"}, query="project=acme-ml")

    shown = room.run("wait", "--lock", "gs://acme-locks/gone.lock")

    assert (shown.code, "LOCK023" in shown.text) == (1, True), shown.text


def test_what_makes_a_lock_may_name_a_new_one(room: Room) -> None:
    room.spec("router")

    codes = [room.run(*words.split(), "--lock", "new.lock").code for words in ("plan", "apply --yes", "wait", "output")]

    assert codes == [0, 0, 0, 0]


def test_a_journal_alone_is_a_lock(room: Room) -> None:
    room.spec("router")
    room.run("apply", "--yes", "--lock", "new.lock")
    lock = json.loads((room.folder / "new.lock").read_text(encoding="utf-8"))
    (room.folder / "new.lock").unlink()
    header = {key: value for key, value in lock.items() if key not in ("$comment", "entries", "tombstones")}
    Path(room.folder / "new.lock.journal").write_text(json.dumps({"address": "", "header": header}) + "\n", "utf-8")

    assert "LOCK023" not in room.run("wait", "--lock", "new.lock").text


@pytest.mark.parametrize("words", ["wait", "output", "status"])
def test_where_nothing_was_applied_yet_the_lock_of_the_workspace_may_be_missing(room: Room, words: str) -> None:
    room.spec("router")

    assert room.run(words).code == 0
