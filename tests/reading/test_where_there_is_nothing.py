"""In a folder or a workspace that does not exist every command ends as plan does, and none says that all is done."""

from __future__ import annotations

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
