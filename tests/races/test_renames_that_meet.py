"""A rename on one branch meets another change on the other: one model, one address, nothing deleted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ownership.room import Room

GEMINI = """\
apiVersion: tuneform.dev/v1
kind: GeminiTunedModel
metadata: {{name: {name}}}
spec:
  baseModel: models/gemini-1.5-flash-001-tuning
  tuningTask:
    hyperparameters: {{epochCount: {epochs}, batchSize: 2, learningRate: 0.001}}
    trainingData: {{examples: {{examples: [{{textInput: "1", output: "2"}}, {{textInput: "3", output: "4"}}]}}}}
  tuneform: {{formerNames: [{former}]}}
"""


def _spec(room: Room, service: str, name: str, former: str = "", epochs: int = 3) -> None:
    for path in (room.folder / "specs").glob("*.yaml"):
        path.unlink()
    if service == "gemini":
        room.write(f"specs/{name}.yaml", GEMINI.format(name=name, epochs=epochs, former=former))
    else:
        more = f"  tuneform: {{formerNames: [{former}]}}\n" if former else ""
        room.spec(name, epochs=epochs, more=more)


def _rename(room: Room, old: str, new: str) -> None:
    path = room.folder / f"specs/{old}.yaml"
    text = _bare(path).replace(f"name: {old}", f"name: {new}")
    path.unlink()
    room.write(f"specs/{new}.yaml", f"{text}  tuneform: {{formerNames: [{old}]}}\n")


def _bare(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("  tuneform:")[0]


def _clone(make_room: Callable[..., Room], main: Room, name: str) -> Room:
    other = make_room(name)
    other.run("status")
    other.lock_path.write_bytes(main.lock_path.read_bytes())
    return other


def _merged(room: Room, other: bytes) -> None:
    (room.folder / "theirs.lock").write_bytes(other)
    shown = room.run("lock", "merge", "theirs.lock")
    assert shown.code == 0, shown.text


def _models(room: Room, service: str) -> int:
    if service == "gemini":
        return len(room.ask("GET", "/v1beta/tunedModels").get("tunedModels", []))
    return len(room.ask("GET", "/v1/projects/acme-ml/locations/us-central1/models").get("models", []))


@pytest.mark.parametrize("service", ["vertex", "gemini"])
@pytest.mark.parametrize("order", ["ours", "theirs"])
@pytest.mark.parametrize("epochs", [3, 5], ids=["unedited", "edited on the other side"])
def test_a_rename_on_one_side_is_one_model_after_the_merge(
    make_room: Callable[..., Room], service: str, order: str, epochs: int
) -> None:
    main = make_room("main")
    _spec(main, service, "old")
    assert main.apply().code == 0
    branch = _clone(make_room, main, "branch")
    _spec(main, service, "new", "old")
    assert main.apply().code == 0
    _spec(branch, service, "old", epochs=epochs)
    assert branch.apply().code == 0
    made = _models(main, service)

    here, there = (main, branch) if order == "ours" else (branch, main)
    _merged(here, there.lock_path.read_bytes())
    _spec(here, service, "new", "old", epochs=epochs)
    applied = here.apply()

    assert applied.code == 0, applied.text
    assert list(here.lock["entries"]) == [f"{service}/new"]
    assert _models(here, service) == made, applied.text
    assert here.run("plan", "--detailed-exitcode").code == 0


def test_a_chain_of_renames_on_one_side_is_followed_to_its_end(make_room: Callable[..., Room]) -> None:
    main = make_room("main")
    _spec(main, "vertex", "a")
    main.apply()
    branch = _clone(make_room, main, "branch")
    _spec(main, "vertex", "b", "a")
    main.apply()
    half = main.lock_path.read_bytes()
    _spec(main, "vertex", "c", "b")
    main.apply()
    _spec(branch, "vertex", "c", "b")

    _merged(branch, main.lock_path.read_bytes())
    _merged(branch, half)

    assert list(branch.lock["entries"]) == ["vertex/c"]
    assert branch.actions() == []


def test_a_swap_on_one_side_is_one_after_the_merge(make_room: Callable[..., Room]) -> None:
    main = make_room("main")
    main.spec("a")
    main.spec("b", epochs=5)
    main.apply()
    branch = _clone(make_room, main, "branch")
    for old, new in (("a", "t"), ("b", "a"), ("t", "b")):
        _rename(main, old, new)
        assert main.apply().code == 0
        main.write(f"specs/{new}.yaml", _bare(main.folder / f"specs/{new}.yaml"))
    before = json.dumps(main.jobs())

    for file in (main.folder / "specs").iterdir():
        branch.write(f"specs/{file.name}", file.read_text(encoding="utf-8"))
    _merged(branch, main.lock_path.read_bytes())

    serving = {a: next(iter(e["trainings"].values()))["name"] for a, e in branch.lock["entries"].items()}
    assert serving == {"vertex/a": "b", "vertex/b": "a"}
    assert branch.apply().code == 0
    assert json.dumps(main.jobs()) == before
    assert branch.actions() == []


def test_a_rename_that_both_branches_made_differently_keeps_the_model_of_the_name_that_is_declared(
    make_room: Callable[..., Room],
) -> None:
    main = make_room("main")
    _spec(main, "vertex", "a")
    main.apply()
    branch = _clone(make_room, main, "branch")
    _spec(main, "vertex", "b", "a")
    main.apply()
    _spec(branch, "vertex", "c", "a")
    branch.apply()
    jobs = len(main.jobs())

    _merged(branch, main.lock_path.read_bytes())
    _spec(branch, "vertex", "b", "a")
    applied = branch.apply()

    assert (applied.code, list(branch.lock["entries"])) == (0, ["vertex/b"]), applied.text
    assert (len(branch.jobs()), _models(branch, "vertex")) == (jobs, 1)


@pytest.mark.parametrize(
    "command",
    [["plan"], ["apply", "--yes"], ["wait"], ["destroy", "--all", "--yes"], ["cancel", "vertex/old"], ["gc", "--yes"]],
    ids=lambda words: words[0],
)
def test_a_lock_that_was_joined_line_by_line_is_refused_and_nothing_is_done(
    make_room: Callable[..., Room], command: list[str]
) -> None:
    room = _joined_by_hand(make_room)

    shown = room.run(*command)

    assert (shown.code, "LOCK012" in shown.text, "tuneform lock merge" in shown.text) == (1, True, True), shown.text
    assert _models(room, "vertex") == 1


def test_the_remedy_of_such_a_lock_is_true(make_room: Callable[..., Room]) -> None:
    room = _joined_by_hand(make_room)

    assert room.run("lock", "merge").code == 0

    assert room.apply().code == 0
    assert (list(room.lock["entries"]), _models(room, "vertex"), len(room.jobs())) == (["vertex/new"], 1, 1)


def test_forgetting_one_of_two_addresses_does_not_bury_what_the_other_one_has(make_room: Callable[..., Room]) -> None:
    room = _joined_by_hand(make_room)

    assert room.run("forget", "vertex/old", "--yes").code == 0

    assert "tombstones" not in room.lock
    assert room.actions() == []


def _joined_by_hand(make_room: Callable[..., Room]) -> Room:
    room = make_room()
    _spec(room, "vertex", "old")
    room.apply()
    before = room.lock["entries"]["vertex/old"]
    _spec(room, "vertex", "new", "old")
    room.apply()
    lock = room.lock
    lock["entries"]["vertex/old"] = before
    Path(room.lock_path).write_text(json.dumps(lock), encoding="utf-8")
    return room


@pytest.mark.parametrize("command", [["plan"], ["apply", "--yes"]], ids=lambda words: words[0])
def test_a_rename_to_a_name_deleted_in_the_same_step_is_refused_before_anything_is_paid(
    make_room: Callable[..., Room], command: list[str]
) -> None:
    room = make_room()
    room.spec("a")
    room.spec("b", epochs=5)
    room.apply()
    _rename(room, "a", "b")

    shown = room.run(*command)

    assert (shown.code, "specs/b.yaml:1:1: error PLAN014" in shown.text) == (3, True), shown.text
    assert (len(room.jobs()), _models(room, "vertex")) == (2, 2)


def test_the_remedy_of_such_a_rename_is_true(make_room: Callable[..., Room]) -> None:
    room = make_room()
    room.spec("a")
    room.spec("b", epochs=5)
    room.apply()
    kept = room.training("vertex/a")["job"]
    _rename(room, "a", "b")

    assert room.run("destroy", "vertex/b", "--yes").code == 0
    assert room.apply().code == 0

    assert [room.training(a)["job"] for a in room.lock["entries"]] == [kept]
    assert (list(room.lock["entries"]), len(room.jobs()), _models(room, "vertex")) == (["vertex/b"], 2, 1)
    assert room.actions() == []


def test_reverting_a_rename_keeps_the_model(make_room: Callable[..., Room]) -> None:
    room = make_room()
    _spec(room, "vertex", "old")
    room.apply()
    _spec(room, "vertex", "new", "old")
    room.apply()
    _spec(room, "vertex", "old")

    assert room.apply().code == 0

    assert (list(room.lock["entries"]), len(room.jobs()), _models(room, "vertex")) == (["vertex/old"], 1, 1)
