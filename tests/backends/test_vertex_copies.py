"""Copies of Models: an id of ours, a label for whose it is, an endpoint; and what if a step was done before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from reconciler.backends.base import BackendError, Scope
from reconciler.backends.vertex import Vertex
from reconciler.core.dialect import labels_of
from reconciler.core.faults import Fault
from reconciler.core.generation import AnswerSettings
from reconciler.core.lock import Phase, SourceRecord, Submission, Training
from reconciler.core.model import LiveTraining, Markers, Status
from tests.backends.fakes import (
    LOCATION,
    PLACE,
    PROJECT,
    Cloud,
    a_training,
    a_vertex_submission,
    failed,
    routed,
    some_markers,
    wired,
)
from tests.backends.test_vertex import disposed, trained

MARKERS = Markers("prod", "router", "v1-copy", "", "1")
OPTIONS = AnswerSettings()


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    cloud = Cloud.open(concurrent_jobs=9)
    cloud.has_training_data(tmp_path)
    return cloud


def a_copy_of(source: Training, **more: Any) -> Submission:
    """What prod asks for."""
    return Submission(
        project=PROJECT,
        location=LOCATION,
        training={"from": {"model": source.model}},
        in_place={"tunedModelDisplayName": "Router", "labels": {"tier": "gold"}},
        digest="v1-copy",
        source=SourceRecord(workspace="staging", address="vertex/router", serves_in=LOCATION, **more),
    )


def begun(cloud: Cloud, submission: Submission) -> Training:
    created = cloud.vertex.create(submission, MARKERS, ())
    return a_training(submission, job=created.resource_name, operation=created.operation)


def equipped(vertex: Vertex, training: Training, passes: int = 12) -> LiveTraining:
    states = []
    for _ in range(passes):
        live = vertex.equip(training, MARKERS)
        if live.status.is_terminal:
            return live
        states.append(live.state)
    raise AssertionError(f"not ready after {states}")


def applied(training: Training, live: LiveTraining) -> Training:
    return structs.replace(training, phase=Phase.APPLIED, model=live.model, endpoint=live.endpoint)


def test_a_copy_answers_as_its_source_does_and_outlives_it(cloud: Cloud) -> None:
    source = trained(cloud)
    copy = begun(cloud, a_copy_of(source))

    live = equipped(cloud.vertex, copy)
    disposed(cloud.vertex, source)
    answer = "".join(cloud.vertex.generate(applied(copy, live), "Ticket 3: the lamp blinks.", OPTIONS))

    assert (live.status, live.model, answer) == (Status.READY, f"{copy.job}@1", "hardware")
    assert cloud.vertex.poll(applied(copy, live)).model_exists


def test_it_carries_its_own_labels_and_none_of_its_sources(cloud: Cloud) -> None:
    copy = begun(cloud, a_copy_of(trained(cloud, workspace="staging")))

    live = equipped(cloud.vertex, copy)

    shown = [{k: v for k, v in labels_of(c.fields).items() if not k.startswith("google-")} for c in live.carriers]
    ours = {"tier": "gold", "tuneform-workspace": "prod", "tuneform-name": "router"}
    marks = {"tuneform-training": "v1-copy", "tuneform-attempt": "1"}
    assert shown == [{**ours, **marks, "tune-type": "sft"}, {**ours, **marks}]


def test_what_it_carries_before_is_nobodys_to_judge_it_by(cloud: Cloud) -> None:
    copy = begun(cloud, a_copy_of(trained(cloud, workspace="staging")))

    live = cloud.vertex.poll(copy)

    assert (live.status, live.model_exists, live.carriers, live.markers) == (Status.IN_PROGRESS, True, (), Markers())


def test_a_second_create_meets_the_first(cloud: Cloud) -> None:
    submission = a_copy_of(trained(cloud))
    first = cloud.vertex.create(submission, MARKERS, ())

    again = cloud.vertex.create(submission, MARKERS, ())

    assert again.resource_name == first.resource_name
    assert len(cloud.call("GET", f"/v1/projects/{PROJECT}/locations/{LOCATION}/models")["models"]) == 2


def test_another_attempt_or_another_source_has_another_name(cloud: Cloud) -> None:
    submission = a_copy_of(trained(cloud))
    one = cloud.vertex.create(submission, MARKERS, ())

    second = cloud.vertex.create(submission, replace(MARKERS, attempt="2"), ())
    other = cloud.vertex.create(submission, replace(MARKERS, training="v1-other"), ())

    assert len({one.resource_name, second.resource_name, other.resource_name}) == 3


def test_a_copy_is_found_by_its_name_alone(cloud: Cloud) -> None:
    submission = a_copy_of(trained(cloud))
    before = cloud.vertex.find(submission, MARKERS)
    created = cloud.vertex.create(submission, MARKERS, ())

    found = cloud.vertex.find(submission, MARKERS)

    assert before is None
    assert found is not None
    assert found.resource_name == created.resource_name


def test_another_run_goes_on_where_one_stopped(cloud: Cloud) -> None:
    """Each pass in a client of its own, which remembers nothing."""
    copy = begun(cloud, a_copy_of(trained(cloud)))

    states = [cloud.vertex.equip(copy, MARKERS).state for _ in range(6)]

    assert states[-1] == "READY"
    endpoints = cloud.call("GET", f"/v1/projects/{PROJECT}/locations/{LOCATION}/endpoints")["endpoints"]
    (mine,) = [e for e in endpoints if e["name"].endswith(copy.job.rpartition("/")[2])]
    assert len(mine["deployedModels"]) == 1


def test_a_copy_of_what_is_gone_is_refused(cloud: Cloud) -> None:
    source = trained(cloud)
    disposed(cloud.vertex, source)

    with pytest.raises(BackendError) as error:
        cloud.vertex.create(a_copy_of(source), MARKERS, ())

    assert error.value.fault is Fault.NOT_FOUND


def test_nothing_is_left_of_a_copy_that_is_disposed_of(cloud: Cloud) -> None:
    source = trained(cloud)
    copy = begun(cloud, a_copy_of(source))
    live = equipped(cloud.vertex, copy)

    gone = dict(disposed(cloud.vertex, applied(copy, live)))

    assert gone == {live.endpoint: "deleted", live.model: "deleted"}
    assert cloud.vertex.poll(source).is_ready


def test_nothing_is_left_of_a_copy_that_was_never_deployed(cloud: Cloud) -> None:
    copy = begun(cloud, a_copy_of(trained(cloud)))

    gone = disposed(cloud.vertex, copy)

    assert (f"{copy.job}@1", "deleted") in gone
    assert cloud.vertex.find(copy.submission, MARKERS) is None


def test_a_list_shows_a_copy_that_no_lock_has(cloud: Cloud) -> None:
    copy = begun(cloud, a_copy_of(trained(cloud)))
    live = equipped(cloud.vertex, copy)

    seen = cloud.vertex.observe(Scope(frozenset({(PROJECT, LOCATION)}))).trainings[copy.job]

    assert (seen.status, seen.markers, seen.endpoint) == (Status.READY, MARKERS, live.endpoint)
    assert seen.training == copy.submission.training


def test_a_copy_is_not_taken_for_the_model_of_its_source(cloud: Cloud) -> None:
    """It comes with the labels of its source, and staging must not adopt, patch or delete it for them."""
    source = trained(cloud, workspace="staging")
    copy = begun(cloud, a_copy_of(source))

    seen = cloud.vertex.observe(Scope(frozenset({(PROJECT, LOCATION)}), (source,))).trainings

    assert list(seen) == [source.job]
    assert copy.job not in seen


def test_the_curves_of_a_copy_are_those_of_the_job_that_trained_it(cloud: Cloud) -> None:
    source = trained(cloud)
    copy = begun(cloud, a_copy_of(source))
    live = equipped(cloud.vertex, copy)

    curves = cloud.vertex.metrics(applied(copy, live))

    assert curves == cloud.vertex.metrics(source)
    assert curves["train_total_loss"]


def test_a_deployment_that_fails_on_the_services_side_is_told_in_its_words() -> None:
    name = f"{PLACE}/models/router-12345678-0123456789"
    model = {"name": name, "versionId": "1", "displayName": "Router"}
    over = {"name": f"{PLACE}/operations/1", "done": True, "error": {"code": 13, "message": "No capacity."}}
    routes = {
        f"GET /v1/{name}": model,
        f"PATCH /v1/{name}": model,
        f"POST /v1/{PLACE}/endpoints": over,
    }
    source = a_training(a_vertex_submission(), model="projects/1/locations/us-central1/models/2@3")
    copy = a_training(a_copy_of(source), job=name)

    with pytest.raises(BackendError) as error:
        Vertex(wired(routed(routes)).http).equip(copy, MARKERS)

    assert failed(error) == ("API333", False)
    assert "endpoints.create: No capacity. (code 13)" in error.value.diagnostic.detail


def test_a_copy_that_the_service_gave_up_has_failed() -> None:
    operation = f"{PLACE}/operations/1"
    routes = {f"GET /v1/{operation}": {"name": operation, "done": True, "error": {"code": 7, "message": "Denied."}}}
    source = a_training(a_vertex_submission(), model="projects/1/locations/us-central1/models/2@3")
    copy = a_training(a_copy_of(source), job=f"{PLACE}/models/c", operation=operation)

    live = Vertex(wired(routed(routes)).http).poll(copy)

    assert (live.status, live.error, live.error_code, live.model_exists) == (Status.FAILED, "Denied.", 7, False)


def test_a_copy_that_is_not_there_yet_is_waited_for() -> None:
    operation = f"{PLACE}/operations/1"
    routes = {f"GET /v1/{operation}": {"name": operation}}
    source = a_training(a_vertex_submission(), model="projects/1/locations/us-central1/models/2@3")
    copy = a_training(a_copy_of(source), job=f"{PLACE}/models/c", operation=operation)

    live = Vertex(wired(routed(routes)).http).poll(copy)

    assert (live.status, live.state, live.model_exists) == (Status.IN_PROGRESS, "COPYING", False)


def test_a_key_of_its_own_goes_into_the_request(cloud: Cloud) -> None:
    key = {"kmsKeyName": "projects/p/locations/us-central1/keyRings/r/cryptoKeys/k"}
    submission = a_copy_of(a_training(a_vertex_submission(), model="projects/1/locations/us-central1/models/2@3"))
    submission = structs.replace(submission, training={**submission.training, "encryptionSpec": key})

    body = cloud.vertex.request_body(submission, some_markers(), ())

    assert body["sourceModel"] == "projects/1/locations/us-central1/models/2@3"
    assert (body["encryptionSpec"], set(body)) == (key, {"sourceModel", "modelId", "encryptionSpec"})
