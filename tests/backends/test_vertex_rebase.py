"""rebaseTunedModel: what is sent, which job the answer names, and whose an endpoint is afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from reconciler.backends.base import BackendError, Scope
from reconciler.backends.vertex import Vertex
from reconciler.core.lock import Submission, Training
from reconciler.core.model import LiveTraining
from tests.backends.fakes import (
    LOCATION,
    PLACE,
    PROJECT,
    Cloud,
    a_training,
    a_vertex_submission,
    as_locked,
    bodies,
    ended,
    failed,
    routed,
    some_markers,
    wired,
)

OLD, NEW = f"{PLACE}/tuningJobs/7", f"{PLACE}/tuningJobs/8"
SCOPE = Scope(frozenset({(PROJECT, LOCATION)}))
OPERATION = f"{NEW}/operations/1"
PENDING = "JOB_STATE_PENDING"


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    cloud = Cloud.open(concurrent_jobs=9)
    cloud.has_training_data(tmp_path)
    return cloud


def rebasing(job: str = OLD, *, same: bool = False, **changes: Any) -> Submission:
    return a_vertex_submission(rebases=job, same_endpoint=same, digest="v1-new", **changes)


def made(cloud: Cloud, submission: Submission, attempt: str = "1") -> Training:
    """Trained, as the lock has it."""
    created = cloud.vertex.create(submission, some_markers(training=submission.digest, attempt=attempt), ())
    live = ended(cloud.vertex, a_training(submission, job=created.resource_name))
    return as_locked(submission, live)


def both(cloud: Cloud) -> tuple[Training, Training]:
    """What served, and what was rebased in its endpoint."""
    old = made(cloud, a_vertex_submission())
    return old, made(cloud, rebasing(old.job, same=True), "2")


def disposed(vertex: Vertex, training: Training) -> dict[str, str]:
    gone: dict[str, str] = {}
    for _ in range(30):
        disposal = vertex.dispose(training)
        gone |= dict(disposal.gone)
        if disposal.is_done:
            return gone
    raise AssertionError("it is not done")


def observed(cloud: Cloud, *locked: Training) -> dict[str, LiveTraining]:
    return dict(cloud.vertex.observe(Scope(SCOPE.places, locked)).trainings)


# What is sent


@pytest.mark.parametrize("same", [False, True])
def test_the_whole_of_a_create_goes_along_with_the_job_that_is_rebased(same: bool) -> None:
    w = wired(httpx.Response(200, json={"name": OPERATION}))
    vertex = Vertex(w.http)

    vertex.create(rebasing(same=same), some_markers(), ())

    (request,), (body,) = w.script.requests, bodies(w.script.requests)
    job = vertex.request_body(replace(rebasing(), rebases="", same_endpoint=False), some_markers(), ())
    where = {"deployToSameEndpoint": True} if same else {}
    assert request.url.path == f"/v1/projects/{PROJECT}/locations/{LOCATION}/tuningJobs:rebaseTunedModel"
    assert body == {"tunedModelRef": {"tuningJob": OLD}, "tuningJob": job, **where}
    assert body["tuningJob"]["labels"]["tuneform-attempt"] == "1"


def test_a_method_of_the_preview_is_rebased_there() -> None:
    w = wired(httpx.Response(200, json={"name": OPERATION}))
    training = {"baseModel": "gemini-3.5-flash", "reinforcementTuningSpec": {}}

    Vertex(w.http).create(rebasing(training=training, data=()), some_markers(), ())

    assert w.script.requests[0].url.path.startswith("/v1beta1/")


# What is answered


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"name": OPERATION}, ""),
        ({"name": OPERATION, "done": True, "response": {"name": NEW, "state": PENDING}}, PENDING),
        ({"name": f"{PLACE}/operations/1", "response": {"name": NEW, "state": PENDING}}, PENDING),
        ({"response": {"name": NEW}}, ""),
    ],
    ids=["its name alone", "both", "an operation of the place", "the response alone"],
)
def test_the_operation_or_its_response_names_the_job(answer: dict[str, Any], state: str) -> None:
    w = wired(httpx.Response(200, json=answer))

    created = Vertex(w.http).create(rebasing(), some_markers(), ())

    assert (created.resource_name, created.state, created.operation) == (NEW, state, "")


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"name": f"{PLACE}/operations/1"},
        {"name": "projects/x/tuningJobs/8/operations/1"},
        {"name": f"{PLACE}/operations/1", "response": {"name": f"{PLACE}/models/8"}},
    ],
    ids=["nothing", "an operation of the place", "no resource name", "another resource"],
)
def test_an_answer_that_names_no_job_leaves_open_what_was_made(answer: dict[str, Any]) -> None:
    w = wired(httpx.Response(200, json=answer))

    with pytest.raises(BackendError) as error:
        Vertex(w.http).create(rebasing(), some_markers(), ())

    assert failed(error) == ("API213", True)
    assert len(w.script.requests) == 1


@pytest.mark.parametrize(("code", "may_have_worked"), [(3, False), (9, False), (13, True), (4, True)])
def test_an_operation_that_failed_at_once_is_said_with_its_words(code: int, may_have_worked: bool) -> None:
    error = {"code": code, "message": "no\x1b"}
    w = wired(httpx.Response(200, json={"name": OPERATION, "done": True, "error": error}))

    with pytest.raises(BackendError) as found:
        Vertex(w.http).create(rebasing(), some_markers(), ())

    assert failed(found) == ("API320", may_have_worked)
    assert f"no\\x1b (code {code})" in found.value.diagnostic.detail


def test_an_answer_that_is_lost_may_have_worked(cloud: Cloud) -> None:
    old = made(cloud, a_vertex_submission())
    cloud.fault("vertex.tuningJobs.rebaseTunedModel", "reset-after")

    with pytest.raises(BackendError) as error:
        cloud.vertex.create(rebasing(old.job), some_markers(training="v1-new", attempt="2"), ())

    found = [t for t in cloud.vertex.listed(PROJECT, LOCATION) if t.markers.attempt == "2"]
    assert failed(error)[1]
    assert [t.markers.training for t in found] == ["v1-new"]


# Whose an endpoint is afterwards


def test_the_old_job_goes_on_naming_an_endpoint_that_serves_another_model(cloud: Cloud) -> None:
    old, new = both(cloud)

    found = observed(cloud, old, new)

    assert old.endpoint == new.endpoint
    assert found[old.job].endpoints_used == (old.endpoint,)
    assert (found[new.job].endpoints_used, found[new.job].is_ready) == ((), True)


def test_what_is_left_of_the_old_model_is_deleted_and_the_endpoint_stays(cloud: Cloud) -> None:
    old, new = both(cloud)

    gone = disposed(cloud.vertex, old)

    assert gone == {old.endpoint: "left, as another model is deployed there", old.model: "deleted"}
    assert cloud.call("GET", f"/v1/{new.endpoint}")["deployedModels"][0]["model"] == new.model.partition("@")[0]


@pytest.mark.parametrize("knows", [True, False], ids=["by the lock", "by the job's own word"])
def test_the_new_model_takes_the_endpoint_with_it_whatever_its_label_says(cloud: Cloud, knows: bool) -> None:
    old, new = both(cloud)
    label = cloud.call("GET", f"/v1/{old.endpoint}")["labels"]["google-vertex-llm-tuning-job-id"]
    rebuilt = replace(new, submission=replace(new.submission, rebases="", same_endpoint=False))

    gone = disposed(cloud.vertex, new if knows else rebuilt)

    assert label == old.job.rpartition("/")[2]
    assert gone[new.endpoint] == "deleted"
    assert gone[new.model] == "deleted"


def test_an_endpoint_that_neither_the_lock_nor_the_job_knows_of_stays_refused(cloud: Cloud) -> None:
    old, stranger = made(cloud, a_vertex_submission()), made(cloud, a_vertex_submission(), "5")
    new = made(cloud, rebasing(old.job, same=True), "2")
    mixed_up = replace(new, endpoint=stranger.endpoint)

    with pytest.raises(BackendError) as error:
        disposed(cloud.vertex, mixed_up)

    assert failed(error) == ("API332", False)
    assert cloud.call("GET", f"/v1/{stranger.endpoint}")["deployedModels"]


def test_where_the_service_has_lost_the_job_the_word_of_the_lock_is_enough() -> None:
    name, model = f"{PLACE}/endpoints/700", f"{PLACE}/models/80"
    endpoint = {"name": name, "labels": {"google-vertex-llm-tuning-job-id": "7"}}
    new = a_training(rebasing(same=True), job=NEW, model=f"{model}@1", endpoint=name)
    routes = {
        f"GET /v1/{name}": endpoint,
        f"DELETE /v1/{name}": {"name": f"{PLACE}/operations/1", "done": True},
    }

    gone = disposed(Vertex(wired(routed(routes)).http), new)

    assert gone == {name: "deleted", f"{model}@1": "absent already"}
