"""What a service has from before a recording is taken in when it is looked at; what is done with it is compared."""

from __future__ import annotations

from typing import Any

import pytest

from tests.recording.plants import PLANTS, Plant
from tests.recording.sessions import Session, on_storage, on_vertex

Json = dict[str, Any]


def _project() -> tuple[Session, Json]:
    """A recorder that begins when a training is over, and what that has left."""
    before = Session()
    on_storage(before)
    spec = {"trainingDatasetUri": "gs://acme-data/sets/train.jsonl"}
    body = {"baseModel": "gemini-2.5-flash", "labels": {"team": "helpdesk"}, "supervisedTuningSpec": spec}
    jobs = "/v1/projects/acme/locations/us-central1/tuningJobs"
    name = before.call("POST", jobs, body)["name"]
    before.advance(10_000)
    made: Json = before.get(f"/v1/{name}")["tunedModel"]
    return before, made


def _go_on(session: Session, made: Json) -> None:
    model, endpoint = made["model"].partition("@")[0], made["endpoint"]
    parent = "/v1/projects/acme/locations/us-central1"
    for _ in range(2):
        session.get(f"{parent}/models")
        session.get(f"{parent}/endpoints")
        session.get(f"/v1/{model}")
        session.get(f"/v1/{endpoint}")
    session.call("PATCH", f"/v1/{model}?updateMask=labels", {"labels": {"team": "sales"}})
    session.call("PATCH", f"/v1/{endpoint}?updateMask=description", {"description": "of acme"})
    session.call("POST", f"/v1/{endpoint}:generateContent", {"contents": [{"parts": [{"text": "?"}], "role": "user"}]})
    session.get(f"/v1/{endpoint}")
    session.call("DELETE", f"/v1/{endpoint}")
    for one in session.get(f"/v1/{endpoint}")["deployedModels"]:
        session.call("POST", f"/v1/{endpoint}:undeployModel", {"deployedModelId": one["id"]})
    session.call("DELETE", f"/v1/{endpoint}")
    session.get(f"/v1/{endpoint}")


def test_nothing_is_invented_about_it() -> None:
    before, made = _project()
    session = Session(upstream=before.upstream)

    _go_on(session, made)
    on_storage(session)
    on_vertex(session)

    assert session.found() == []
    assert session.recorder.failed == 0


@pytest.mark.parametrize(
    "plant",
    [p for p in PLANTS if p.name in ("labels that a patch adds to", "a delete without an operation")],
    ids=lambda plant: plant.name,
)
def test_what_is_done_with_it_is_compared(plant: Plant) -> None:
    before, made = _project()
    session = Session(plant, upstream=before.upstream)

    _go_on(session, made)

    assert {check[0] for check in session.found()} == {plant.aspect}


def test_a_field_that_nobody_defines_is_found_on_it_all_the_same() -> None:
    before, made = _project()
    plant = next(p for p in PLANTS if p.name == "a model with a new field")
    session = Session(plant, upstream=before.upstream)

    _go_on(session, made)

    assert ("additional field", "launchStage", "vertex.models.get") in session.found()
