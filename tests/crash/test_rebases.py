"""A rebase in the endpoint of what serves, where the lock is lost afterwards, and where it is cancelled too late."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.crash.matrix import parent
from tests.crash.scenarios import APPLY, NO_WAIT, prepare, rebase
from tests.crash.shared_time import START_S
from tests.crash.specs import ROUTER
from tests.crash.stage import PLACE, Stage

Json = dict[str, Any]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    parent().order("time", set=START_S)
    stage = Stage(parent(), tmp_path / "stage")
    stage.open()
    try:
        prepare(stage)
        rebase(stage, "sameEndpoint")
        yield stage
    finally:
        stage.close()


def trainings(stage: Stage) -> dict[str, Json]:
    found: dict[str, Json] = json.loads(stage.lock_text())["entries"]["vertex/router"]["trainings"]
    return found


def roles(stage: Stage) -> dict[str, str]:
    return {attempt: training["role"] for attempt, training in trainings(stage).items()}


def deployed(stage: Stage, endpoint: str) -> list[str]:
    return [d["model"] for d in stage.ask("GET", f"/v1/{endpoint}").get("deployedModels", [])]


def ours(stage: Stage, collection: str) -> list[str]:
    found = stage.ask("GET", f"/v1/{PLACE}/{collection}").get(collection, [])
    return [r["name"] for r in found if r.get("labels", {}).get("tuneform-workspace") == "acme"]


@pytest.mark.slow
def test_a_lock_that_is_lost_afterwards_is_rebuilt_and_everything_can_be_deleted(stage: Stage) -> None:
    stage.succeeds(*APPLY)
    known = trainings(stage)
    stage.elapse(60)
    stage.lose_lock()

    stage.succeeds(*APPLY)
    rebuilt = trainings(stage)

    assert roles(stage) == {"1": "deposed", "2": "serving"}
    assert rebuilt["2"]["endpoint"] == rebuilt["1"]["endpoint"] == known["2"]["endpoint"]
    assert stage.tuneform("plan", "--detailed-exitcode").code == 0
    assert stage.tuneform("rollback", "vertex/router", "--to", "1", "--yes").code == 1
    assert deployed(stage, known["2"]["endpoint"]) == [known["2"]["model"].partition("@")[0]]
    stage.succeeds("destroy", "--all", "--yes")
    assert (ours(stage, "models"), ours(stage, "endpoints")) == ([], [])


@pytest.mark.slow
def test_one_that_was_cancelled_too_late_serves_because_the_service_has_deployed_it(stage: Stage) -> None:
    before = trainings(stage)["1"]
    stage.fault("vertex.tuningJobs.run", "finish-while-cancelling")
    stage.succeeds(*NO_WAIT, code=4)
    stage.elapse(0.5)
    stage.edit(ROUTER, "gemini-3.5-flash", "gemini-2.5-flash")

    ended = stage.tuneform(*APPLY, "--allow-cancel")

    assert ended.code == 0, ended.shown
    assert "attempt 2 succeeded while it was cancelled: it serves" in " ".join(ended.shown.split())
    assert roles(stage) == {"1": "deposed", "2": "serving"}
    assert deployed(stage, before["endpoint"]) == [trainings(stage)["2"]["model"].partition("@")[0]]
    # What the spec asks for is not what serves: the plan says so, and restores nothing that has no endpoint.
    plan = json.loads(stage.tuneform("plan", "--format", "json").shown)
    (change,) = (c for c in plan["changes"] if c["address"] == "vertex/router")
    assert (change["action"], change["rebase"]["job"]) == ("replace", trainings(stage)["2"]["job"])
