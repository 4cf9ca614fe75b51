"""An open model's files on the emulator: where they are written, whether they are there, and that they stay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from reconciler.backends.base import BackendError, Scope
from reconciler.backends.vertex import Vertex
from reconciler.backends.vertex_wire import to_wire
from reconciler.core.lock import DataRecord, Submission, Training
from reconciler.core.model import Identity, LiveTraining
from tests.backends.fakes import (
    LOCATION,
    PROJECT,
    Cloud,
    a_training,
    a_vertex_submission,
    an_error,
    ended,
    some_markers,
    wired,
)

URI = "gs://bucket/messages.jsonl"
FOLDER = "gs://out/llama/acme/router/1"
FINAL = f"{FOLDER}/postprocess/node-0/checkpoints/final"
SCOPE = frozenset({(PROJECT, LOCATION)})


def _submission() -> Submission:
    spec = {"tuningMode": "TUNING_MODE_PEFT_ADAPTER", "hyperParameters": {"epochCount": 2, "batchSize": 4}}
    return a_vertex_submission(
        training={"baseModel": "meta/llama3_1@llama-3.1-8b-instruct", "supervisedTuningSpec": spec},
        reported={"outputUri": "gs://out/llama"},
        data=(DataRecord(field="supervisedTuningSpec.trainingDatasetUri", uri=URI),),
    )


@pytest.fixture(params=[False, True], ids=["files alone", "a Model beside them"])
def registered(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def cloud(tmp_path: Path, registered: bool) -> Cloud:
    cloud = Cloud.open(open_models_registered=registered)
    turns = [{"role": "user", "content": "Where is it?"}, {"role": "assistant", "content": "Here."}]
    path = tmp_path / "messages.jsonl"
    path.write_text(f"{json.dumps({'messages': turns})}\n" * 20, encoding="utf-8")
    cloud.storage.upload(str(path), URI, Identity())
    return cloud


def _trained(cloud: Cloud) -> tuple[Training, LiveTraining]:
    created = cloud.vertex.create(_submission(), some_markers(), ())
    training = a_training(_submission(), job=created.resource_name)
    live = ended(cloud.vertex, training)
    locked = a_training(
        _submission(), job=live.resource_name, model=live.model, artifacts=live.artifacts, state=live.state
    )
    return locked, live


def _empty(cloud: Cloud) -> None:
    for item in cloud.call("GET", "/storage/v1/b/out/o").get("items", []):
        cloud.call("DELETE", f"/storage/v1/b/out/o/{quote(item['name'], safe='')}")


def _everywhere(cloud: Cloud, training: Training) -> list[LiveTraining]:
    """By every way in which a training is looked at."""
    observed = cloud.vertex.observe(Scope(SCOPE, (training,))).trainings
    marked = cloud.vertex.observe(Scope(SCOPE)).trainings
    named = cloud.vertex.observe(Scope(named=frozenset({training.job}))).trainings
    (listed,) = cloud.vertex.listed(PROJECT, LOCATION)
    found = [next(iter(seen.values())) for seen in (observed, marked, named)]
    return [cloud.vertex.poll(training), cloud.vertex.settled(listed), *found]


def test_a_job_is_sent_to_a_folder_of_its_attempt() -> None:
    first, second = (to_wire(_submission(), some_markers(attempt=attempt)) for attempt in ("1", "2"))

    assert (first["outputUri"], second["outputUri"]) == (FOLDER, "gs://out/llama/acme/router/2")
    assert first["supervisedTuningSpec"]["hyperParameters"] == {"epochCount": "2", "batchSize": "4"}


def test_the_files_are_known_wherever_the_training_is_looked_at(cloud: Cloud, registered: bool) -> None:
    training, live = _trained(cloud)

    assert (live.artifacts, live.endpoint) == (FINAL, "")
    assert live.model == (live.model if registered else FINAL)
    for seen in _everywhere(cloud, training):
        assert (seen.model_exists, seen.artifacts, seen.is_undeployed) == (True, FINAL, True)


def test_files_alone_are_gone_when_nothing_lies_there(cloud: Cloud, registered: bool) -> None:
    training, _ = _trained(cloud)
    _empty(cloud)

    assert {seen.model_exists for seen in _everywhere(cloud, training)} == {registered}


def test_disposing_of_it_leaves_the_files(cloud: Cloud, registered: bool) -> None:
    training, live = _trained(cloud)
    before = cloud.call("GET", "/storage/v1/b/out/o")["items"]

    gone: list[tuple[str, str]] = []
    for _ in range(10):
        disposal = cloud.vertex.dispose(training)
        gone += disposal.gone
        if disposal.is_done:
            break

    assert cloud.call("GET", "/storage/v1/b/out/o")["items"] == before
    assert gone == [*([(live.model, "deleted")] if registered else []), (FINAL, "left in the bucket")]
    assert cloud.vertex.blockers(training) == []


def test_nothing_of_files_is_patched_and_nobody_is_asked(cloud: Cloud, registered: bool) -> None:
    training, live = _trained(cloud)

    patched = cloud.vertex.update(training, live, {"labels": {"team": "sales"}})

    assert patched == ([live.model.partition("@")[0]] if registered else [])
    assert cloud.vertex.alias(training, "" if registered else "best", ()) == []
    with pytest.raises(BackendError, match="files"):
        list(cloud.vertex.generate(training, "hello", None))  # type: ignore[arg-type]


def _seen(answer: httpx.Response) -> LiveTraining:
    job: dict[str, Any] = {
        "name": f"projects/12345/locations/{LOCATION}/tuningJobs/7",
        "state": "JOB_STATE_SUCCEEDED",
        "outputUri": FOLDER,
    }
    vertex = Vertex(wired(httpx.Response(200, json=job), answer).http)
    return vertex.poll(a_training(_submission(), job=job["name"]))


def test_a_bucket_that_nobody_may_list_hides_nothing() -> None:
    assert _seen(an_error(403, "PERMISSION_DENIED", "no storage.objects.list")).model_exists


def test_a_bucket_that_is_gone_took_the_files_with_it() -> None:
    assert not _seen(an_error(404, "NOT_FOUND", "The specified bucket does not exist.")).model_exists


def test_a_bucket_that_does_not_answer_is_no_absence() -> None:
    with pytest.raises(BackendError):
        _seen(an_error(400, "INVALID_ARGUMENT", "what?"))
