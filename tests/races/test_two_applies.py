"""Two applies at once: on one lock file, on one lock in Cloud Storage, and in two clones that share neither."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.core.diagnostics import ReconcilerError
from reconciler.files.lockfile import LockFile
from tests.ownership.room import PLACE, Room
from tests.races.processes import REPOSITORY, at_once, served, started

_HOLDER = """
import sys, time
from reconciler.files.lockfile import LockFile

class Clock:
    now = staticmethod(time.time)
    sleep = staticmethod(time.sleep)

with LockFile(sys.argv[1], Clock(), purpose="apply").hold():
    print("held", flush=True)
    sys.stdin.readline()
"""


class _Clock:
    """Real enough for two tries."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


@pytest.fixture
def holder(tmp_path: Path) -> subprocess.Popen[str]:
    """A process that holds the lock until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(tmp_path / "tuneform.lock")],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_whoever_cannot_have_the_lock_is_told_who_holds_it_since_when(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    lock = LockFile(tmp_path / "tuneform.lock", _Clock(), patience_s=1.0)

    with pytest.raises(ReconcilerError) as refused, lock.hold():
        pass
    holder.communicate("go\n", timeout=20)

    (diagnostic,) = refused.value.diagnostics
    assert diagnostic.code == "LOCK006"
    assert f"Process {holder.pid} on " in diagnostic.detail
    assert "(apply) has held it since 20" in diagnostic.detail


def test_a_killed_process_holds_nothing(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.communicate(timeout=20)
    lock = LockFile(tmp_path / "tuneform.lock", _Clock(), patience_s=1.0)

    with lock.hold():
        held = True

    assert held


def test_two_applies_on_one_lock_file_train_once(room: Room) -> None:
    room.spec("router")
    room.run("status")

    ends = at_once(*(started(room.folder, "apply", "--yes") for _ in range(2)))

    assert len(room.jobs()) == 1
    assert 0 in {end.code for end in ends}
    assert all(end.code == 0 or "PLAN109" in end.text for end in ends), [end.text for end in ends]
    assert room.actions() == []


@pytest.mark.slow
def test_two_applies_on_one_lock_in_cloud_storage_train_once(tmp_path: Path, room: Room) -> None:
    room.spec("router")
    other = Room(tmp_path / "other", room.state)
    other.folder.mkdir()
    other.workspace()
    other.spec("router")
    lock = "gs://acme-locks/tuneform.lock"

    with served(tmp_path / "served.db") as url:
        words = ("apply", "--yes", "--lock", lock)
        ends = at_once(*(started(r.folder, *words, emulator=url) for r in (room, other)))
        jobs = ended_jobs(url)
        again = at_once(started(other.folder, "plan", "--detailed-exitcode", "--lock", lock, emulator=url))

    assert jobs == 1
    assert 0 in {end.code for end in ends}
    assert all(end.code == 0 or "PLAN109" in end.text for end in ends), [end.text for end in ends]
    assert again[0].code == 0, again[0].text


def ended_jobs(url: str) -> int:
    """How many trainings a served emulator knows."""
    import json
    import urllib.request

    with urllib.request.urlopen(f"{url}/v1/{PLACE}/tuningJobs", timeout=20) as answer:
        return len(json.loads(answer.read()).get("tuningJobs", []))


@pytest.fixture
def clones(make_room: Callable[..., Room]) -> tuple[Room, Room]:
    """Two clones of one repository, whose locks know nothing of each other."""
    one, other = make_room("one"), make_room("other")
    for clone in (one, other):
        clone.spec("router")
    return one, other


def test_two_clones_one_after_the_other_train_once(clones: tuple[Room, Room]) -> None:
    one, other = clones
    one.apply()

    planned = other.actions()
    applied = other.apply()

    assert planned == ["adopt vertex/router"]
    assert applied.code == 0, applied.text
    assert len(one.jobs()) == 1
    assert one.training("vertex/router")["job"] == other.training("vertex/router")["job"]


@pytest.fixture
def duplicates(clones: tuple[Room, Room], monkeypatch: pytest.MonkeyPatch) -> tuple[Room, Room]:
    """Both submitted at the same time: the list lagged, and neither saw the other's job."""
    one, other = clones
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "manual")
    one.run("status")
    assert one.apply("--no-wait").code == 4
    fault = {"method": "vertex.tuningJobs.list", "fault": "lag:3600", "times": None}
    one.ask("POST", "/_emulator/faults", fault)
    one.ask("POST", "/_emulator/clock", {"advance": 5})
    assert other.apply("--no-wait").code == 4
    one.ask("DELETE", "/_emulator/faults")
    assert len(one.jobs()) == 2
    return one, other


@pytest.mark.parametrize("first", ["the older one's clone", "the younger one's clone"])
def test_of_two_duplicates_the_next_run_cancels_the_younger_and_names_it(
    duplicates: tuple[Room, Room], first: str
) -> None:
    one, other = duplicates
    older, younger = one.training("vertex/router")["job"], other.training("vertex/router")["job"]
    runner = one if first == "the older one's clone" else other

    planned = runner.run("plan")
    runner.apply("--no-wait")
    one.ask("POST", "/_emulator/clock", {"advance": 100_000})
    waited = runner.run("wait")

    assert "PLAN003" in planned.text
    assert younger in planned.text.replace("\n    ", "")
    assert waited.code == 0, waited.text
    states = {job["name"]: job["state"] for job in one.jobs()}
    assert states == {older: "JOB_STATE_SUCCEEDED", younger: "JOB_STATE_CANCELLED"}


@pytest.mark.parametrize("first", ["the older one's clone", "the younger one's clone"])
def test_after_the_duplicate_is_gone_both_clones_agree(duplicates: tuple[Room, Room], first: str) -> None:
    one, other = duplicates
    runner, follower = (one, other) if first == "the older one's clone" else (other, one)
    runner.apply("--no-wait")
    one.ask("POST", "/_emulator/clock", {"advance": 100_000})
    runner.run("wait")

    follower.apply("--no-wait")
    one.ask("POST", "/_emulator/clock", {"advance": 100_000})
    follower.run("wait")
    final = follower.apply()

    assert final.code == 0, final.text
    assert len(one.jobs()) == 2
    served = [_serving(clone) for clone in (one, other)]
    assert served[0] == served[1]
    assert (one.actions(), other.actions()) == ([], [])


def _serving(room: Room) -> str:
    (job,) = [t["job"] for t in room.lock["entries"]["vertex/router"]["trainings"].values() if t["role"] == "serving"]
    return str(job)


@pytest.mark.slow
def test_two_clones_that_really_apply_at_once_end_with_one_model_that_serves(clones: tuple[Room, Room]) -> None:
    one, other = clones
    one.run("status")
    other.run("status")

    at_once(*(started(clone.folder, "apply", "--yes") for clone in clones))
    ends = [clone.apply() for clone in (one, other, one)]

    assert [end.code for end in ends] == [0, 0, 0], [end.text for end in ends]
    assert len(one.jobs()) in (1, 2)
    assert _serving(one) == _serving(other)
