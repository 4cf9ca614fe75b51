"""What a change leaves beyond `keep` goes with that change: a second apply has nothing to do, also the third time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.core.model import Action
from reconciler.core.settings import Limits
from tests.fakes.cloud import FAILED
from tests.fakes.specs import a_gemini_spec, a_spec
from tests.fakes.stage import NO_WAIT, Stage, pending
from tests.ownership.room import Room

NUMBERS = """\
apiVersion: tuneform.dev/v1
kind: GeminiTunedModel
metadata: {{name: numbers}}
spec:
  baseModel: models/gemini-1.5-flash-001-tuning
  tuningTask:
    hyperparameters: {{epochCount: {epochs}}}
    trainingData: {{examples: {{examples: [{{textInput: "1", output: "2"}}, {{textInput: "3", output: "4"}}]}}}}
  tuneform: {{lifecycle: {{keep: {keep}}}}}
"""


def _spec(room: Room, backend: str, epochs: int, keep: int, more: str = "") -> str:
    if backend == "gemini":
        room.write("specs/numbers.yaml", NUMBERS.format(epochs=epochs, keep=keep))
        return "gemini/numbers"
    room.spec("router", epochs=epochs, more=f"  tuneform: {{lifecycle: {{keep: {keep}{more}}}}}\n")
    return "vertex/router"


def _roles(room: Room, address: str) -> list[str]:
    trainings = room.lock["entries"][address]["trainings"]
    return [trainings[a]["role"] for a in sorted(trainings, key=int)]


@pytest.mark.parametrize("backend", ["vertex", "gemini"])
@pytest.mark.parametrize("keep", [0, 1, 2])
def test_after_any_number_of_replaces_the_plan_is_empty(room: Room, backend: str, keep: int) -> None:
    address = _spec(room, backend, 1, keep)
    room.apply()
    seen = []
    for epochs in range(2, 6):
        _spec(room, backend, epochs, keep)
        applied = room.apply()
        seen.append((applied.code, room.run("plan", "--detailed-exitcode").code, _roles(room, address)))

    assert seen == [(0, 0, ["deposed"] * min(keep, done) + ["serving"]) for done in range(1, 5)]


def test_a_replace_shows_what_goes_at_its_end_and_its_checksum_covers_it(room: Room) -> None:
    for epochs in (1, 2):
        _spec(room, "vertex", epochs, 1)
        room.apply()
    oldest = room.training("vertex/router", "1")["model"]
    _spec(room, "vertex", 3, 1)

    (change,) = room.plan()["changes"]
    text, markdown = room.run("plan").text, room.run("plan", "--format", "markdown").text
    lock = room.lock
    lock["entries"]["vertex/router"]["trainings"].pop("1")
    checksum = room.plan()["checksum"]
    room.lock_path.write_text(json.dumps(lock), encoding="utf-8")

    assert (change["action"], change["disposes"], oldest in change["surplus"]) == ("replace", ["1"], True)
    assert "then      disposes of attempt 1: 1 newer is kept" in text
    assert f"- {oldest}" in markdown
    assert room.plan()["checksum"] != checksum


def test_a_lower_keep_is_itself_the_change_that_disposes(room: Room) -> None:
    for epochs in (1, 2, 3):
        _spec(room, "vertex", epochs, 2)
        room.apply()
    _spec(room, "vertex", 3, 0)

    shown = room.plan()["changes"]
    applied = room.apply()

    assert [(c["action"], c["deposed"], c["disposes"]) for c in shown] == [("update", False, ["1", "2"])]
    assert (applied.code, _roles(room, "vertex/router")) == (0, ["serving"])
    assert room.run("plan", "--detailed-exitcode").code == 0


def test_a_higher_keep_saves_what_would_have_gone(room: Room) -> None:
    for epochs in (1, 2):
        _spec(room, "vertex", epochs, 1)
        room.apply()
    _spec(room, "vertex", 3, 2)
    room.apply()

    assert _roles(room, "vertex/router") == ["deposed", "deposed", "serving"]


def test_a_protected_address_with_keep_is_never_stuck(room: Room) -> None:
    codes = []
    for epochs in (1, 2, 3, 4):
        _spec(room, "vertex", epochs, 1, more=", protect: true")
        codes += [room.apply().code, room.run("plan", "--detailed-exitcode").code]

    assert codes == [0] * 8
    assert room.lock["entries"]["vertex/router"]["lifecycle"]["protect"] is True


def test_the_limits_count_what_goes(room: Room) -> None:
    for epochs in (1, 2):
        _spec(room, "vertex", epochs, 1)
        room.apply()
    settings = (room.folder / "tuneform.yaml").read_text(encoding="utf-8")
    room.write("tuneform.yaml", settings.replace("limits: {", "limits: {maxDeletes: 0, "))
    _spec(room, "vertex", 3, 1)

    shown = room.run("plan")

    assert shown.code == 3
    assert "1 deposed model (vertex/router) would be deleted; limits.maxDeletes is 0" in " ".join(shown.text.split())


def test_what_the_first_version_left_over_is_disposed_of_once(room: Room) -> None:
    for epochs in (1, 2, 3):
        _spec(room, "vertex", epochs, 2)
        room.apply()
    lock = room.lock
    lock["entries"]["vertex/router"]["lifecycle"]["keep"] = 1
    room.lock_path.write_text(json.dumps(lock), encoding="utf-8")
    _spec(room, "vertex", 3, 1)

    shown = room.plan()["changes"]
    codes = [room.apply().code, room.run("plan", "--detailed-exitcode").code]

    (disposal,) = [c for c in shown if c["deposed"]]
    assert disposal["reason"]["text"] == "left over: 1 newer is kept"
    assert (codes, _roles(room, "vertex/router")) == ([0, 0], ["deposed", "serving"])


def test_what_somebody_deleted_of_the_deposed_is_nobodys_change(room: Room) -> None:
    for epochs in (1, 2):
        _spec(room, "vertex", epochs, 1)
        room.apply()
    room.delete_model(room.training("vertex/router", "1"))

    before = room.run("plan", "--detailed-exitcode")
    applied = room.apply()

    assert (before.code, applied.code, _roles(room, "vertex/router")) == (0, 0, ["serving"])


def test_restores_leave_an_empty_plan(room: Room) -> None:
    codes = []
    for epochs in (1, 2, 1, 3, 1, 3):
        _spec(room, "vertex", epochs, 1)
        codes += [room.apply().code, room.run("plan", "--detailed-exitcode").code]

    assert codes == [0] * 12
    assert len(room.jobs()) == 3


def test_the_one_that_stopped_serving_last_is_kept(room: Room) -> None:
    """Attempt 1 was restored: it is the oldest, and the one that callers had a moment ago."""
    for epochs in (1, 2, 1, 3):
        _spec(room, "vertex", epochs, 1)
        room.apply()

    assert {a: t["role"] for a, t in room.lock["entries"]["vertex/router"]["trainings"].items()} == {
        "1": "deposed",
        "3": "serving",
    }


@pytest.mark.parametrize("backend", ["vertex", "gemini"])
def test_a_lost_lock_takes_several_back_and_the_next_plan_is_empty(room: Room, backend: str) -> None:
    for epochs in (1, 2, 3):
        _spec(room, backend, epochs, 5)
        room.apply()
    address = _spec(room, backend, 3, 1)
    room.lock_path.unlink()

    codes = [room.apply().code, room.run("plan", "--detailed-exitcode").code]

    assert codes == [0, 0]
    assert _roles(room, address).count("deposed") <= 1


# With a cloud that can be stopped in between


def test_a_failed_successor_takes_nothing_with_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for epochs in (1, 2):
        stage.specs = [a_spec(epochs=epochs)]
        stage.apply()
    stage.specs = [a_spec(epochs=3)]
    stage.cloud.end_next("router", FAILED)

    stage.apply()

    assert stage.roles() == {"1": "deposed", "2": "serving", "3": "failed"}


@pytest.mark.parametrize("spec", [a_spec, a_gemini_spec], ids=["vertex", "gemini"])
def test_wait_finishes_with_the_disposal_that_was_approved(tmp_path: Path, spec: object) -> None:
    stage = Stage(tmp_path, limits=Limits(concurrent_jobs=10))
    for epochs in (1, 2):
        stage.specs = [spec(epochs=epochs)]  # type: ignore[operator]
        stage.apply()
    address = str(stage.specs[0].address)
    stage.specs = [spec(epochs=3)]  # type: ignore[operator]
    stage.apply(NO_WAIT)

    again = stage.plan()
    stage.apply(NO_WAIT)
    stage.wait()

    assert [c.action for c in again.changes] == [Action.AWAIT]
    assert stage.roles(address) == {"2": "deposed", "3": "serving"}
    assert pending(stage.plan()) == []


def test_a_lower_keep_waits_for_the_training_under_way(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.specs = [a_spec(epochs=1)]
    stage.apply()
    stage.specs = [a_spec(epochs=2)]
    stage.apply(NO_WAIT)
    stage.specs = [a_spec(epochs=2, keep=0)]

    (awaited,) = stage.plan().changes
    stage.apply()
    (lowered,) = stage.plan().changes
    stage.apply()

    assert (awaited.action, awaited.disposes, "PLAN001" in [n.code for n in awaited.notes]) == (Action.AWAIT, (), True)
    assert (lowered.action, lowered.disposes) == (Action.UPDATE, ("1",))
    assert (stage.roles(), stage.plan().is_empty) == ({"2": "serving"}, True)
