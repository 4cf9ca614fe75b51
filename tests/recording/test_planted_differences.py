"""An emulator is recorded through another: each difference that is planted is found, and none is invented."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.emulator import Request
from reconciler.emulator.recording.exchange import encoded
from reconciler.emulator.recording.verifying import Departure, replayed
from tests.recording.plants import PLANTS, Plant
from tests.recording.sessions import Session, work


def test_two_that_are_alike_have_no_difference() -> None:
    session = Session()

    work(session)

    assert session.found() == []
    assert session.recorder.failed == 0
    assert session.account.compared == session.account.exchanges > 50


def test_a_recording_that_is_replayed_says_the_same() -> None:
    session = Session()
    work(session)

    replay = replayed(session.recorder.exchanges, catalog="historic")

    assert replay.findings == []
    assert replay.held == session.account.held


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_a_planted_difference_is_found_put_down_to_its_behaviour_and_nothing_else_is(plant: Plant) -> None:
    session = Session(plant)

    work(session)

    found: dict[tuple[str, str], Departure] = {(f.check.aspect, f.check.at): f for f in session.account.findings}
    assert (plant.aspect, plant.at) in found, session.found()
    assert found[plant.aspect, plant.at].ground.text.startswith(plant.row)
    assert len({f.check.method.rpartition(".")[0] for f in session.account.findings}) == 1, session.found()
    assert len(session.account.findings) <= 4, session.found()
    assert session.recorder.failed == 0


def test_all_of_them_at_once_are_all_found() -> None:
    # Of two that are planted in one field or one answer, one hides the other.
    apart = [p for p in PLANTS if p.name not in ("a page that is too large", "a job that no list has", "one step more")]
    apart = [p for p in apart if p.name not in ("another text of 404", "no details of a bad page size")]

    def alter(request: Request, status: int, body: Any) -> tuple[int, Any]:
        for plant in apart:
            status, body = plant(request, status, body)
        return status, body

    session = Session(alter)
    work(session)

    found = {(f.check.aspect, f.check.at) for f in session.account.findings}
    assert [plant.name for plant in apart if (plant.aspect, plant.at) not in found] == []


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_what_is_only_in_the_way_is_no_difference(status: int) -> None:
    error = {"error": {"code": status, "message": "Not now.", "status": "ANY"}}
    session = Session(lambda request, old, body: (status, error) if request.method == "GET" else (old, body))

    session.get("/v1beta/tunedModels")
    session.get("/v1/projects/acme/locations/us-central1/tuningJobs")

    assert session.found() == []
    assert session.account.compared == 0


def test_a_finding_outlives_its_recording() -> None:
    plant = next(p for p in PLANTS if p.name == "a job that is paused")
    session = Session(plant)
    work(session)

    replay = replayed(session.recorder.exchanges, catalog="historic")

    assert [str(f) for f in replay.findings] == [str(f) for f in session.account.findings]
    assert all(encoded(exchange) for exchange in session.recorder.exchanges)
