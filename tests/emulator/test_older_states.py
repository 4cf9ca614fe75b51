"""States that an older version wrote: they are opened, and what trains in them goes on.

The file was dumped by the version before jobs of other methods; it holds a finished job, two that train, and one that
waits.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from reconciler.emulator import Emulator
from tests.emulator import methods
from tests.emulator.conftest import Client, Wall

DUMP = Path(__file__).parent / "states" / "supervised_and_preference_alone.sql"
APPLICATION_ID = 0x74666D75


@pytest.fixture
def old(tmp_path: Path) -> Client:
    state = tmp_path / "emulator.db"
    with sqlite3.connect(state) as database:
        database.executescript(DUMP.read_text(encoding="utf-8"))
        database.execute(f"PRAGMA application_id={APPLICATION_ID}")
        database.execute("PRAGMA user_version=1")
    database.close()
    wall = Wall()
    return Client(Emulator.open(state, now=wall), wall)


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_jobs_of_an_older_version_go_on_to_their_ends(old: Client, version: str) -> None:
    jobs = f"/{version}/projects/acme/locations/us-central1/tuningJobs"
    before = [job["state"].removeprefix("JOB_STATE_") for job in old.get(jobs)["tuningJobs"]]

    old.advance(1e6)

    after = old.get(jobs)["tuningJobs"]
    assert before == ["PENDING", "RUNNING", "RUNNING", "SUCCEEDED"]
    assert {job["state"] for job in after} == {"JOB_STATE_SUCCEEDED"}
    assert all(job["tunedModel"]["endpoint"] for job in after)
    assert "preferenceOptimizationDataStats" in after[2]["tuningDataStats"]


def test_a_model_of_an_older_version_is_tuned_further_and_read(old: Client) -> None:
    done = old.get(methods.BETA)["tuningJobs"][-1]
    body = methods.reinforcement(old)
    del body["baseModel"]

    again = methods.ended(old, {**body, "preTunedModel": {"tunedModelName": done["tunedModel"]["model"]}})

    tensorboard = old.get(f"/v1/{done['experiment']}")["metadata"]["backing_tensorboard_resource"]
    experiment = done["experiment"].rpartition("/")[2]
    (run,) = old.get(f"/v1/{tensorboard}/experiments/{experiment}/runs")["tensorboardRuns"]
    assert old.get(f"/v1/{run['name']}/timeSeries")["tensorboardTimeSeries"][0]["displayName"] == "/train_total_loss"
    assert again["tunedModel"]["model"] == done["tunedModel"]["model"].replace("@1", "@2")
