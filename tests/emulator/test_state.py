"""The state on disk: what stays, what is refused, several processes, and kill -9."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest

from reconciler.emulator import Emulator, SettingError, StateError
from tests.emulator.conftest import Client, Wall, example, jsonl

ROOT = Path(__file__).parents[2]
JOBS = "/v1/projects/acme/locations/us-central1/tuningJobs"
DATA = jsonl([example("a", "b")] * 10)
WRITER = """
import sys
from reconciler.emulator import Emulator, Request
emulator = Emulator.open(sys.argv[1], speed="manual")
n = 0
while n < int(sys.argv[3]):
    path = f"name={sys.argv[2]}-{n}&uploadType=media"
    response = emulator.handle(Request("POST", "/upload/storage/v1/b/acme/o", path, {}, b"x" * 3000))
    assert response.status == 200, response
    print(n, flush=True)
    n += 1
"""


def a_client(state: Path | None, wall: Wall | None = None, **settings: Any) -> Client:
    wall = wall or Wall()
    return Client(Emulator.open(state, now=wall, **settings), wall)


def a_writer(state: Path, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(state), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})


def object_names(client: Client) -> set[str]:
    names: set[str] = set()
    token = ""
    while True:
        page = client.get(f"/storage/v1/b/acme/o?pageToken={token}" if token else "/storage/v1/b/acme/o")
        names |= {item["name"] for item in page.get("items", [])}
        token = page.get("nextPageToken", "")
        if not token:
            return names


def test_a_reopened_state_has_its_id_settings_and_jobs(tmp_path: Path) -> None:
    state = tmp_path / "deep" / "emulator.db"
    first = a_client(state, speed="manual", catalog="historic")
    name = first.tune(first.upload("train.jsonl", DATA))["name"]
    first.emulator.close()

    second = a_client(state)

    assert second.emulator.id == first.emulator.id
    assert second.get(f"/v1/{name}")["state"] == "JOB_STATE_PENDING"
    health = second.get("/_emulator/health")
    assert (health["speed"], health["catalog"], health["counts"]["tuningJob"]) == ("manual", "historic", 1)


def test_a_new_state_has_an_id_of_its_own() -> None:
    assert a_client(None).emulator.id != a_client(None).emulator.id


def test_a_job_goes_on_between_two_processes(tmp_path: Path) -> None:
    wall = Wall()
    first = a_client(tmp_path / "e.db", wall, speed=1)
    name = first.tune(first.upload("train.jsonl", DATA))["name"]
    first.emulator.close()

    wall.seconds += 3600
    second = a_client(tmp_path / "e.db", wall)

    job = second.get(f"/v1/{name}")
    assert job["state"] == "JOB_STATE_SUCCEEDED"
    assert job["startTime"] < job["endTime"] < second.get("/_emulator/clock")["now"]


def test_the_same_seed_and_requests_give_the_same_ids() -> None:
    names = []
    for _ in range(2):
        client = a_client(None, speed="instant", seed=5)
        job = client.tune(client.upload("train.jsonl", DATA))
        names.append(client.get(f"/v1/{job['name']}")["tunedModel"])

    assert names[0] == names[1]


def test_a_changed_speed_keeps_what_has_been_trained() -> None:
    client = a_client(None, speed=1)
    name = client.tune(client.upload("train.jsonl", DATA))["name"]
    client.wall.seconds += 37
    before = client.get(f"/v1beta1/{name}")["tuningJobMetadata"]

    client.settings(speed="manual")
    client.wall.seconds += 100

    assert client.get(f"/v1beta1/{name}")["tuningJobMetadata"] == before


@pytest.mark.parametrize("content", [b"not a database, not at all", b"SQLite format 3\x00 cut short"])
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    state = tmp_path / "e.db"
    state.write_bytes(content)

    with pytest.raises(StateError, match="cannot be used"):
        Emulator.open(state)

    assert state.read_bytes() == content


def test_a_database_of_somebody_else_is_refused(tmp_path: Path) -> None:
    state = tmp_path / "e.db"
    with sqlite3.connect(state) as other:
        other.execute("CREATE TABLE theirs(x)")
    other.close()

    with pytest.raises(StateError, match="not an emulator's state"):
        Emulator.open(state)


def test_a_state_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    state = tmp_path / "e.db"
    Emulator.open(state).close()
    with sqlite3.connect(state) as newer:
        newer.execute("PRAGMA user_version=99")
    newer.close()

    with pytest.raises(StateError, match="newer version"):
        Emulator.open(state)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StateError):
        Emulator.open(tmp_path)


@pytest.mark.parametrize(
    "settings",
    [{"speed": 0}, {"speed": "fast"}, {"catalog": "old"}, {"page_size": 0}, {"nonsense": 1}, {"step_s": "x"}],
)
def test_a_setting_that_makes_no_sense_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(SettingError):
        a_client(None, **settings)


def test_two_processes_write_to_one_state(tmp_path: Path) -> None:
    state = tmp_path / "e.db"
    writers = [a_writer(state, name, 40) for name in ("a", "b")]

    codes = [(writer.communicate(timeout=60), writer.returncode)[1] for writer in writers]

    assert codes == [0, 0]
    assert len(object_names(a_client(state))) == 80


def kill_while_writing(tmp_path: Path, kills: int) -> None:
    state, random = tmp_path / "e.db", Random(1)
    acknowledged: set[str] = set()
    for kill in range(kills):
        with a_writer(state, f"w{kill}", 10_000) as writer:
            assert writer.stdout is not None
            for _ in range(random.randrange(1, 15)):
                acknowledged.add(f"w{kill}-{writer.stdout.readline().strip()}")
            writer.send_signal(signal.SIGKILL)
            acknowledged |= {f"w{kill}-{line.strip()}" for line in writer.stdout if line.endswith("\n")}

    assert acknowledged - object_names(a_client(state)) == set()


def test_what_was_acknowledged_survives_kills(tmp_path: Path) -> None:
    kill_while_writing(tmp_path, 5)


@pytest.mark.slow
def test_what_was_acknowledged_survives_eighty_kills(tmp_path: Path) -> None:
    kill_while_writing(tmp_path, 80)
