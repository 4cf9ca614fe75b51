"""What only Vertex AI has: locations, versions, other people's endpoints, and an order of deletion."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from reconciler.backends.base import BackendError, Scope
from reconciler.backends.http import Http
from reconciler.backends.inprocess import InProcessTransport
from reconciler.backends.targets import EmulatorAt
from reconciler.backends.vertex import Vertex
from reconciler.backends.vertex_observe import RECENT_S
from reconciler.backends.vertex_types import WireDeployed, WireEndpoint
from reconciler.backends.vertex_update import merged_labels
from reconciler.backends.vertex_wire import traffic_without
from reconciler.core.faults import Fault
from reconciler.core.generation import AnswerSettings
from reconciler.core.lock import ServedCheckpoint, Submission, Training
from reconciler.core.model import LiveTraining, Status
from reconciler.emulator import Request
from tests.backends.fakes import (
    LOCATION,
    PLACE,
    PROJECT,
    Cloud,
    a_training,
    a_vertex_submission,
    an_error,
    as_locked,
    bodies,
    ended,
    failed,
    routed,
    some_markers,
    wired,
)

JOB = f"{PLACE}/tuningJobs/7"
MODEL = f"{PLACE}/models/70"
ENDPOINT = f"{PLACE}/endpoints/700"
SCOPE = Scope(frozenset({(PROJECT, LOCATION)}))


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    cloud = Cloud.open(concurrent_jobs=9)
    cloud.has_training_data(tmp_path)
    return cloud


def trained(cloud: Cloud, submission: Submission | None = None, **markers: str) -> Training:
    submission = submission or a_vertex_submission()
    created = cloud.vertex.create(submission, some_markers(**markers), ())
    return as_locked(submission, ended(cloud.vertex, a_training(submission, job=created.resource_name)))


def disposed(vertex: Vertex, training: Training, passes: int = 30) -> list[tuple[str, str]]:
    gone: list[tuple[str, str]] = []
    waited_for = []
    for _ in range(passes):
        disposal = vertex.dispose(training)
        gone += disposal.gone
        if disposal.is_done:
            return gone
        waited_for.append(disposal.waiting_for)
    raise AssertionError(f"still waiting after {waited_for}")


def observed(cloud: Cloud, *locked: Training) -> dict[str, LiveTraining]:
    return dict(cloud.vertex.observe(Scope(SCOPE.places, locked)).trainings)


def flash_35() -> Submission:
    """A base model whose endpoints are in a multi-region."""
    submission = a_vertex_submission()
    return msgspec.structs.replace(submission, training={**submission.training, "baseModel": "gemini-3.5-flash"})


# Reading


def test_endpoints_in_a_multi_region_are_found_and_prompted(tmp_path: Path) -> None:
    cloud = Cloud.open(catalog="current")
    cloud.has_training_data(tmp_path)
    training = trained(cloud, flash_35())

    (live,) = observed(cloud).values()

    assert "/locations/us/endpoints/" in live.endpoint
    assert live.endpoint_exists
    assert "".join(cloud.vertex.generate(training, "Ticket 3: the lamp blinks.", AnswerSettings())) == "hardware"


def test_every_checkpoint_with_its_endpoint_is_observed_and_disposed_of(tmp_path: Path) -> None:
    cloud = Cloud.open(catalog="current")
    cloud.has_training_data(tmp_path)
    training = trained(cloud, flash_35())
    (live,) = observed(cloud).values()

    gone = disposed(cloud.vertex, training)

    assert len(live.checkpoints) > 1
    endpoints = {name for name, what in gone if what == "deleted"} - {live.model}
    assert endpoints == {live.endpoint, *(c.endpoint for c in live.checkpoints if c.endpoint)}
    assert cloud.call("GET", f"/v1/projects/{PROJECT}/locations/us/endpoints") == {}


def test_the_project_number_is_learnt_from_the_answers(cloud: Cloud) -> None:
    training = trained(cloud)

    numbers = cloud.vertex.observe(SCOPE).project_numbers

    assert numbers == {PROJECT: training.job.split("/")[1]}


def test_everybodys_unfinished_jobs_count(tmp_path: Path) -> None:
    cloud = Cloud.open(speed="manual", concurrent_jobs=9)
    cloud.has_training_data(tmp_path)
    cloud.vertex.create(a_vertex_submission(), some_markers(), ())
    stranger = {
        "baseModel": "gemini-2.0-flash-001",
        "supervisedTuningSpec": {"trainingDatasetUri": "gs://bucket/train.jsonl"},
    }
    cloud.call("POST", f"/v1/projects/{PROJECT}/locations/{LOCATION}/tuningJobs", stranger)

    assert cloud.vertex.observe(SCOPE).unfinished == {PROJECT: 2}


def test_an_endpoint_that_somebody_deleted_is_absent_and_the_model_is_not(cloud: Cloud) -> None:
    training = trained(cloud)
    deployed = cloud.call("GET", f"/v1/{training.endpoint}")["deployedModels"][0]["id"]
    cloud.call("POST", f"/v1/{training.endpoint}:undeployModel", {"deployedModelId": deployed})
    cloud.call("DELETE", f"/v1/{training.endpoint}")

    (live,) = observed(cloud).values()

    assert (live.status, live.model_exists, live.endpoint_exists) == (Status.READY, True, False)
    assert [carrier.resource_name for carrier in live.carriers] == [training.model.partition("@")[0]]


def test_of_checkpoints_the_endpoints_that_somebody_deleted_are_named(tmp_path: Path) -> None:
    cloud = Cloud.open(catalog="current")
    cloud.has_training_data(tmp_path)
    training = trained(cloud, flash_35())
    (before,) = observed(cloud).values()
    first, second = before.checkpoints[:2]
    deployed = cloud.call("GET", f"/v1/{first.endpoint}")["deployedModels"][0]["id"]
    cloud.call("POST", f"/v1/{first.endpoint}:undeployModel", {"deployedModelId": deployed})
    cloud.call("DELETE", f"/v1/{first.endpoint}")

    (live,) = observed(cloud).values()

    assert before.endpoints_gone == ()
    assert (live.endpoints_gone, live.endpoint_exists) == ((first.endpoint,), True)
    for which, gone in ((first, (first.endpoint,)), (second, ()), (None, ())):
        chosen = which and ServedCheckpoint(wanted=which.checkpoint_id, checkpoint_id=which.checkpoint_id)
        serves = msgspec.structs.replace(
            training, checkpoint=chosen, endpoint=which.endpoint if which else live.endpoint
        )
        assert cloud.vertex.poll(serves).endpoints_gone == gone


def test_a_model_that_got_another_version_is_still_there(cloud: Cloud) -> None:
    parent = trained(cloud)
    child = a_vertex_submission(
        training={"supervisedTuningSpec": {}}, in_place={}, parent_model=parent.model, digest="v1-child"
    )
    continued = trained(cloud, child, training="v1-child")

    live = observed(cloud)

    assert continued.model == f"{parent.model.partition('@')[0]}@2"
    assert live[parent.job].model_exists
    assert live[continued.job].model_exists
    assert any(path.endswith(":listVersions") for _, path in cloud.requests)


def test_a_list_asks_once_per_place_whatever_the_number_of_jobs(cloud: Cloud) -> None:
    for attempt in ("1", "2", "3"):
        trained(cloud, attempt=attempt)
    cloud.requests.clear()

    observed(cloud)

    assert len(cloud.requests) == 3


def test_a_locked_job_that_the_list_does_not_show_yet_is_asked_for_by_name(cloud: Cloud) -> None:
    training = trained(cloud)
    cloud.fault("vertex.tuningJobs.list", "lag:1000000")

    live = observed(cloud, training)

    assert live[training.job].is_ready


@pytest.mark.parametrize("list_lags", ["vertex.models.list", "vertex.endpoints.list", "vertex.*.list"])
def test_what_a_job_has_just_made_is_asked_for_by_name_before_it_counts_as_absent(cloud: Cloud, list_lags: str) -> None:
    training = trained(cloud)
    cloud.call("POST", "/_emulator/faults", {"method": list_lags, "fault": "lag:100", "times": None})

    (live,) = observed(cloud, training).values()

    assert (live.model_exists, live.endpoint_exists) == (True, True)
    assert live.carriers == cloud.vertex.poll(training).carriers


def test_what_an_old_job_made_is_absent_where_the_list_lacks_it(cloud: Cloud) -> None:
    training = trained(cloud)
    disposed(cloud.vertex, training)
    cloud.clock.time_s += 2 * RECENT_S
    cloud.requests.clear()

    (live,) = observed(cloud, training).values()

    assert (live.status, live.model_exists) == (Status.READY, False)
    assert len(cloud.requests) == 3


def test_a_job_that_two_pages_show_is_found_once(cloud: Cloud) -> None:
    training = trained(cloud)
    cloud.fault("vertex.tuningJobs.list", "duplicate")

    found = cloud.vertex.listed(training.submission.project, training.submission.location)

    assert [live.resource_name for live in found] == [training.job]
    assert cloud.faults_left() == 0


def test_a_model_is_looked_for_where_its_name_says_that_it_is() -> None:
    place = f"/projects/{PROJECT}/locations"
    made = {"model": "projects/12345/locations/us-central1/models/5@1"}
    job = {"name": "projects/12345/locations/global/tuningJobs/7", "tunedModel": made}
    routes = {
        f"GET /v1beta1{place}/global/tuningJobs": {"tuningJobs": [job]},
        f"GET /v1{place}/global/models": {},
        f"GET /v1{place}/global/endpoints": {},
        f"GET /v1{place}/us-central1/models": {"models": [{"name": made["model"][:-2], "versionId": "1"}]},
    }

    observed = Vertex(wired(routed(routes)).http).observe(Scope(frozenset({(PROJECT, "global")})))

    (live,) = observed.trainings.values()
    assert live.model_exists


def test_jobs_are_read_in_v1_where_v1beta1_is_not_offered() -> None:
    v1 = httpx.Response(200, json={"tuningJobs": [{"name": JOB, "state": "JOB_STATE_RUNNING"}]})
    parent = f"/projects/{PROJECT}/locations/{LOCATION}"
    routes = {f"GET /v1{parent}/tuningJobs": v1, f"GET /v1{parent}/models": {}, f"GET /v1{parent}/endpoints": {}}
    for refusal in (an_error(404, "NOT_FOUND", "x"), an_error(501, "UNIMPLEMENTED", "x"), an_error(400, "X", "x")):
        w = wired(routed({**routes, f"GET /v1beta1{parent}/tuningJobs": refusal}))

        trainings = Vertex(w.http).observe(SCOPE).trainings

        assert list(trainings) == [JOB]


@pytest.mark.parametrize("status", [403, 429, 500])
def test_a_failure_of_v1beta1_is_no_reason_to_read_v1(status: int) -> None:
    w = wired(an_error(status, "X", "x", retry_after="999"))

    with pytest.raises(BackendError):
        Vertex(w.http).listed(PROJECT, LOCATION)

    assert {r.url.path.split("/")[1] for r in w.script.requests} == {"v1beta1"}


def test_a_service_that_minds_large_pages_is_asked_without_a_size() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if "pageSize" in request.url.params:
            return an_error(400, "INVALID_ARGUMENT", "page_size must be at most 100")
        return httpx.Response(200, json={})

    w = wired(answer)

    assert Vertex(w.http).observe(SCOPE).trainings == {}


@pytest.mark.parametrize("words", ["page_size must be at most 100", "Request contains an invalid argument."])
def test_whether_it_minds_the_page_is_found_out_and_not_read_from_its_words(words: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if "pageSize" in request.url.params:
            return an_error(400, "INVALID_ARGUMENT", words)
        return httpx.Response(200, json={})

    w = wired(answer)

    assert Vertex(w.http).listed(PROJECT, LOCATION) == []


# Updating


def test_labels_of_the_service_and_of_strangers_survive_a_patch(cloud: Cloud) -> None:
    training = trained(cloud)
    labels = cloud.call("GET", f"/v1/{training.endpoint}")["labels"]
    cloud.call("PATCH", f"/v1/{training.endpoint}?updateMask=labels", {"labels": {**labels, "stranger": "1"}})

    patched = cloud.vertex.update(training, None, {"labels": {"team": None, "tier": "gold"}})

    endpoint = cloud.call("GET", f"/v1/{training.endpoint}")
    model = cloud.call("GET", f"/v1/{training.model}")
    assert patched == [training.model.partition("@")[0], training.endpoint]
    assert endpoint["labels"] == {k: v for k, v in labels.items() if k != "team"} | {"stranger": "1", "tier": "gold"}
    assert model["labels"]["tune-type"] == "sft"
    assert model["labels"]["tuneform-name"] == "router"
    assert "team" not in model["labels"]


def test_a_label_that_changes_between_our_read_and_our_write_is_kept() -> None:
    labels = {"team": "support"}
    patches = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal patches
        if request.method == "GET":
            return httpx.Response(200, json={"name": MODEL, "etag": str(patches), "labels": labels})
        patches += 1
        if patches == 1:
            labels["stranger"] = "1"
            return an_error(409, "ABORTED", "the etag does not fit")
        labels.clear()
        labels.update(json.loads(request.content)["labels"])
        return httpx.Response(200, json={})

    w = wired(answer)
    training = a_training(a_vertex_submission(), job=JOB, model=f"{MODEL}@1")

    patched = Vertex(w.http).update(training, None, {"labels": {"team": "sales"}})

    assert patched == [MODEL]
    assert labels == {"team": "sales", "stranger": "1"}
    assert [body["etag"] for body in bodies(w.script.requests)] == ["0", "1"]


@pytest.mark.parametrize("words", ["the etag does not fit", "Request contains an invalid argument."])
def test_a_400_is_about_the_etag_where_that_has_changed_whatever_it_says(words: str) -> None:
    patches = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal patches
        if request.method == "GET":
            return httpx.Response(200, json={"name": MODEL, "etag": str(patches), "displayName": "x"})
        patches += 1
        return an_error(400, "INVALID_ARGUMENT", words) if patches == 1 else httpx.Response(200, json={})

    training = a_training(a_vertex_submission(), job=JOB, model=f"{MODEL}@1")

    assert Vertex(wired(answer).http).update(training, None, {"tunedModelDisplayName": "y"}) == [MODEL]


def test_a_400_of_a_resource_that_nobody_changed_is_the_refusal_that_it_is_whatever_it_says() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"name": MODEL, "etag": "1", "displayName": "x"})
        return an_error(400, "INVALID_ARGUMENT", "a name must not end in etag")

    w = wired(answer)
    training = a_training(a_vertex_submission(), job=JOB, model=f"{MODEL}@1")

    with pytest.raises(BackendError) as error:
        Vertex(w.http).update(training, None, {"tunedModelDisplayName": "y"})

    assert failed(error) == ("API301", False)
    assert [r.method for r in w.script.requests].count("PATCH") == 1


def test_a_resource_that_never_holds_still_is_given_up() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"name": MODEL, "displayName": "x"})
        return an_error(409, "ABORTED", "somebody was faster")

    training = a_training(a_vertex_submission(), job=JOB, model=f"{MODEL}@1")

    with pytest.raises(BackendError) as error:
        Vertex(wired(answer).http).update(training, None, {"tunedModelDisplayName": "y"})

    assert failed(error) == ("API306", False)


def test_only_the_fields_that_differ_are_in_the_mask() -> None:
    w = wired(
        routed({f"GET /v1/{MODEL}": {"name": MODEL, "displayName": "a", "description": "d"}, f"PATCH /v1/{MODEL}": {}})
    )
    training = a_training(a_vertex_submission(), job=JOB, model=f"{MODEL}@1")

    Vertex(w.http).update(training, None, {"tunedModelDisplayName": "a", "description": None})

    patch = w.script.requests[-1]
    assert patch.url.params["updateMask"] == "description"
    assert json.loads(patch.content) == {"name": MODEL, "description": ""}


def test_a_training_that_has_made_nothing_yet_has_nothing_to_patch(cloud: Cloud) -> None:
    assert cloud.vertex.update(a_training(a_vertex_submission(), job=JOB), None, {"description": "d"}) == []


@pytest.mark.parametrize(
    ("present", "wanted", "expected"),
    [
        ({}, {}, {}),
        ({"a": "1"}, {"b": "2"}, {"a": "1", "b": "2"}),
        ({"a": "1"}, {"a": "2"}, {"a": "2"}),
        ({"a": "1", "b": "2"}, {"a": None}, {"b": "2"}),
        ({}, {"a": None}, {}),
    ],
)
def test_labels_are_merged(present: dict[str, str], wanted: dict[str, str | None], expected: dict[str, str]) -> None:
    assert merged_labels(present, wanted) == expected


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        ({"ours": 100}, {"a": 100, "b": 0}),
        ({"ours": 50, "a": 30, "b": 20}, {"a": 60, "b": 40}),
        ({"ours": 40, "a": 40, "b": 20}, {"a": 67, "b": 33}),
        ({"ours": 0, "a": 100}, {}),
        ({"a": 100}, {}),
        ({}, {}),
    ],
)
def test_the_traffic_of_what_is_undeployed_goes_to_the_others(split: dict[str, int], expected: dict[str, int]) -> None:
    deployed = tuple(WireDeployed(id=name) for name in ("ours", "a", "b"))

    shares = traffic_without(WireEndpoint(name=ENDPOINT, deployed_models=deployed, traffic_split=split), "ours")

    assert shares == expected


def test_the_last_one_on_an_endpoint_needs_no_split() -> None:
    endpoint = WireEndpoint(name=ENDPOINT, deployed_models=(WireDeployed(id="ours"),), traffic_split={"ours": 100})

    assert traffic_without(endpoint, "ours") == {}


# Disposing


def test_a_strangers_model_on_our_endpoint_keeps_the_endpoint(cloud: Cloud) -> None:
    ours, theirs = trained(cloud), trained(cloud, name="other")
    deploy = {"deployedModel": {"model": theirs.model}}
    cloud.call("POST", f"/v1/{ours.endpoint}:deployModel", deploy)

    gone = disposed(cloud.vertex, ours)

    deployed = cloud.call("GET", f"/v1/{ours.endpoint}")["deployedModels"]
    assert [d["model"].partition("@")[0] for d in deployed] == [theirs.model.partition("@")[0]]
    assert (ours.endpoint, "undeployed") in gone
    assert (ours.endpoint, "deleted") not in gone
    assert (ours.model, "deleted") in gone


def test_our_model_on_a_strangers_endpoint_blocks_and_nothing_is_deleted(cloud: Cloud) -> None:
    ours, theirs = trained(cloud), trained(cloud, name="other")
    cloud.call("POST", f"/v1/{theirs.endpoint}:deployModel", {"deployedModel": {"model": ours.model}})

    (blocker,) = cloud.vertex.blockers(ours)

    assert blocker.code == "API330"
    assert theirs.endpoint in blocker.detail
    assert theirs.endpoint.rpartition("/")[2] in str(blocker.command)
    assert cloud.vertex.blockers(theirs) == []


def test_a_model_that_is_deployed_elsewhere_in_the_middle_of_a_disposal_stays(cloud: Cloud) -> None:
    ours, theirs = trained(cloud), trained(cloud, name="other")
    cloud.call("POST", f"/v1/{theirs.endpoint}:deployModel", {"deployedModel": {"model": ours.model}})

    with pytest.raises(BackendError) as error:
        disposed(cloud.vertex, ours)

    assert failed(error) == ("API330", False)
    assert cloud.call("GET", f"/v1/{ours.model}")["name"]


def test_one_version_goes_and_the_other_stays(cloud: Cloud) -> None:
    parent = trained(cloud)
    child = a_vertex_submission(training={"supervisedTuningSpec": {}}, in_place={}, parent_model=parent.model)
    continued = trained(cloud, child, training="v1-child")

    gone = disposed(cloud.vertex, continued)

    live = observed(cloud)
    assert (continued.model, "deleted") in gone
    assert (live[parent.job].model_exists, live[continued.job].model_exists) == (True, False)
    assert live[parent.job].endpoint_exists


def test_another_version_of_our_model_on_our_endpoint_stays_there(cloud: Cloud) -> None:
    parent = trained(cloud)
    child = a_vertex_submission(training={"supervisedTuningSpec": {}}, in_place={}, parent_model=parent.model)
    continued = trained(cloud, child, training="v1-child")
    cloud.call("POST", f"/v1/{parent.endpoint}:deployModel", {"deployedModel": {"model": continued.model}})

    gone = disposed(cloud.vertex, parent)

    (deployed,) = cloud.call("GET", f"/v1/{parent.endpoint}")["deployedModels"]
    assert deployed["modelVersionId"] == "2"
    assert (parent.endpoint, "deleted") not in gone
    assert (parent.model, "deleted") in gone


@pytest.mark.parametrize("method", ["vertex.models.get", "vertex.endpoints.get", "vertex.tuningJobs.get"])
@pytest.mark.parametrize("fault", ["status:403", "html:404", "html:200"])
def test_a_read_that_fails_never_becomes_an_absence(cloud: Cloud, method: str, fault: str) -> None:
    training = trained(cloud)
    cloud.call("POST", "/_emulator/faults", {"method": method, "fault": fault, "times": None})
    cloud.requests.clear()

    for ask in (cloud.vertex.poll, partial(disposed, cloud.vertex)):
        with pytest.raises(BackendError) as error:
            ask(training)

        assert error.value.fault is not Fault.NOT_FOUND
    assert not [path for verb, path in cloud.requests if verb == "DELETE" and "/models/" in path]


def test_the_last_version_goes_with_its_model(cloud: Cloud) -> None:
    training = trained(cloud)

    disposed(cloud.vertex, training)

    assert cloud.call("GET", f"/v1/projects/{PROJECT}/locations/{LOCATION}/models") == {}
    assert any(m == "DELETE" and p.endswith(training.model.partition("@")[0]) for m, p in cloud.requests)


def test_an_endpoint_of_another_job_is_not_touched(cloud: Cloud) -> None:
    ours, theirs = trained(cloud), trained(cloud, name="other")
    mixed_up = msgspec.structs.replace(ours, endpoint=theirs.endpoint)

    with pytest.raises(BackendError) as error:
        disposed(cloud.vertex, mixed_up)

    assert failed(error) == ("API332", False)
    assert cloud.call("GET", f"/v1/{theirs.endpoint}")["deployedModels"]


def test_a_failed_job_that_left_a_model_is_disposed_of_whole(cloud: Cloud) -> None:
    cloud.fault("vertex.tuningJobs.run", "no-endpoint")
    training = trained(cloud)
    (live,) = observed(cloud).values()

    gone = disposed(cloud.vertex, training)

    assert (live.status, live.model_exists, live.endpoint) == (Status.FAILED, True, "")
    assert gone == [(live.model, "deleted")]


def test_what_the_lock_does_not_know_yet_is_learnt_from_the_job(cloud: Cloud) -> None:
    training = trained(cloud)
    forgetful = a_training(training.submission, job=training.job)

    gone = disposed(cloud.vertex, forgetful)

    assert {name for name, what in gone if what == "deleted"} == {training.endpoint, training.model}


def test_a_job_that_still_runs_is_waited_for(tmp_path: Path) -> None:
    cloud = Cloud.open(speed="manual")
    cloud.has_training_data(tmp_path)
    created = cloud.vertex.create(a_vertex_submission(), some_markers(), ())

    disposal = cloud.vertex.dispose(a_training(a_vertex_submission(), job=created.resource_name))

    assert disposal.waiting_for == f"{created.resource_name} to end"
    assert disposal.gone == ()


def test_a_disposal_never_waits_inside_and_goes_on_where_it_was(tmp_path: Path) -> None:
    cloud = Cloud.open(speed=1.0)
    cloud.has_training_data(tmp_path)
    training = trained_slowly(cloud)
    vertex = cloud.vertex

    first = vertex.dispose(training)
    second = vertex.dispose(training)
    cloud.call("POST", "/_emulator/clock", {"advance": 3600.0})
    third = vertex.dispose(training)

    assert first.waiting_for == second.waiting_for == f"{training.endpoint} to be undeployed"
    assert (first.gone, second.gone) == ((), ())
    assert third.gone[0] == (training.endpoint, "undeployed")
    assert sum(path.endswith(":undeployModel") for _, path in cloud.requests) == 1
    assert cloud.clock.slept == []


def trained_slowly(cloud: Cloud) -> Training:
    submission = a_vertex_submission()
    created = cloud.vertex.create(submission, some_markers(), ())
    cloud.call("POST", "/_emulator/clock", {"advance": 100_000.0})
    return as_locked(submission, ended(cloud.vertex, a_training(submission, job=created.resource_name)))


def test_another_run_finishes_a_disposal_that_was_interrupted(cloud: Cloud) -> None:
    training = trained(cloud)
    cloud.vertex.dispose(training)

    gone = disposed(cloud.vertex, training)

    assert not any(live.model_exists for live in observed(cloud).values())
    assert (training.model, "deleted") in gone


def scripted_disposal(**routes: Any) -> Vertex:
    """A model without endpoints, of which the service says what the test wants."""
    given = {
        f"GET /v1beta1/{JOB}": {"name": JOB, "state": "JOB_STATE_SUCCEEDED"},
        f"GET /v1/{MODEL}@1": {"name": MODEL, "versionId": "1"},
        f"GET /v1/{MODEL}:listVersions": {"models": [{"name": MODEL, "versionId": "1"}]},
        **{key.replace("__", " "): value for key, value in routes.items()},
    }
    return Vertex(wired(routed(given)).http)


OURS = a_training(a_vertex_submission(), job=JOB, model=f"{MODEL}@1")


def test_a_model_that_lingers_as_deployed_is_tried_again_later() -> None:
    lingering = an_error(400, "FAILED_PRECONDITION", "The Model is deployed or being deployed at …")
    vertex = scripted_disposal(**{f"DELETE__/v1/{MODEL}": lingering})

    disposal = vertex.dispose(OURS)

    assert not disposal.is_done
    assert "being deployed" in disposal.waiting_for


def test_an_operation_that_failed_is_said_with_its_words() -> None:
    operation = {"name": f"{PLACE}/operations/1", "done": True, "error": {"code": 13, "message": "internal\x1b"}}
    vertex = scripted_disposal(**{f"DELETE__/v1/{MODEL}": operation})

    with pytest.raises(BackendError) as error:
        vertex.dispose(OURS)

    assert failed(error) == ("API331", False)
    assert "internal\\x1b" in error.value.diagnostic.detail


def test_an_operation_nobody_remembers_any_more_tells_nothing_and_the_resource_does() -> None:
    routes = {
        f"GET /v1beta1/{JOB}": {"name": JOB, "state": "JOB_STATE_SUCCEEDED"},
        f"GET /v1/{MODEL}@1": {"name": MODEL, "versionId": "1"},
        f"GET /v1/{MODEL}:listVersions": {},
        f"DELETE /v1/{MODEL}": {"name": f"{PLACE}/operations/1"},
    }
    vertex = Vertex(wired(routed(routes)).http)

    first = vertex.dispose(OURS)
    second = vertex.dispose(OURS)
    del routes[f"GET /v1/{MODEL}@1"]
    third = vertex.dispose(OURS)

    assert first.waiting_for == second.waiting_for == f"{MODEL}@1 to be deleted"
    assert (third.gone, third.is_done) == (((f"{MODEL}@1", "absent already"),), True)


def test_endpoints_are_undeployed_side_by_side(tmp_path: Path) -> None:
    cloud = Cloud.open(catalog="current")
    cloud.has_training_data(tmp_path)
    training = trained(cloud, flash_35())
    vertex = cloud.vertex

    first = vertex.dispose(training)
    second = vertex.dispose(training)

    count = len(training.endpoints)
    assert count >= 2
    assert first.waiting_for == f"{training.endpoints[0]} to be undeployed and {count - 1} more"
    assert second.is_done
    assert len(second.gone) == 2 * count + 1


def test_what_is_gone_is_told_once(tmp_path: Path) -> None:
    cloud = Cloud.open(catalog="current")
    cloud.has_training_data(tmp_path)
    training = trained(cloud, flash_35())
    absent = training.endpoints[0]
    deployed = cloud.call("GET", f"/v1/{absent}")["deployedModels"][0]["id"]
    cloud.call("POST", f"/v1/{absent}:undeployModel", {"deployedModelId": deployed})
    cloud.call("DELETE", f"/v1/{absent}")
    vertex = cloud.vertex

    first = vertex.dispose(training)
    second = vertex.dispose(training)

    assert first.gone == ((absent, "absent already"),)
    assert not first.is_done
    assert absent not in dict(second.gone)


def test_what_was_done_before_a_failure_is_told_by_the_next_pass() -> None:
    gone = {f"GET /v1/{ENDPOINT}": an_error(404, "NOT_FOUND", "gone")}
    routes: dict[str, Any] = {
        f"GET /v1beta1/{JOB}": {"name": JOB, "state": "JOB_STATE_SUCCEEDED"},
        f"GET /v1/{MODEL}@1": an_error(403, "PERMISSION_DENIED", "no"),
        **gone,
    }
    vertex = Vertex(wired(routed(routes)).http)
    training = msgspec.structs.replace(OURS, endpoint=ENDPOINT)
    with pytest.raises(BackendError):
        vertex.dispose(training)
    del routes[f"GET /v1/{MODEL}@1"]

    disposal = vertex.dispose(training)

    assert disposal.gone == ((ENDPOINT, "absent already"), (f"{MODEL}@1", "absent already"))


def test_an_answer_without_an_operation_is_not_taken_for_success() -> None:
    vertex = scripted_disposal(**{f"DELETE__/v1/{MODEL}": {}})

    with pytest.raises(BackendError) as error:
        vertex.dispose(OURS)

    assert failed(error) == ("API213", True)


# Cancelling, prompting


def test_a_refused_cancel_of_a_running_job_is_an_error() -> None:
    routes = {
        f"POST /v1/{JOB}:cancel": an_error(400, "FAILED_PRECONDITION", "not now"),
        f"GET /v1beta1/{JOB}": {"name": JOB, "state": "JOB_STATE_RUNNING"},
    }

    with pytest.raises(BackendError) as error:
        Vertex(wired(routed(routes)).http).cancel(OURS)

    assert error.value.fault is Fault.REJECTED


def test_a_refused_cancel_of_a_job_that_has_ended_is_none() -> None:
    routes = {
        f"POST /v1/{JOB}:cancel": an_error(400, "FAILED_PRECONDITION", "already ended"),
        f"GET /v1beta1/{JOB}": {"name": JOB, "state": "JOB_STATE_CANCELLED"},
    }
    w = wired(routed(routes))

    Vertex(w.http).cancel(OURS)

    assert [r.method for r in w.script.requests] == ["POST", "GET"]


def test_a_training_without_an_endpoint_cannot_be_prompted(cloud: Cloud) -> None:
    with pytest.raises(BackendError) as error:
        list(cloud.vertex.generate(OURS, "Hello", AnswerSettings()))

    assert failed(error) == ("API341", False)


def test_a_prompt_goes_to_the_host_of_the_endpoints_location() -> None:
    endpoint = "projects/12345/locations/eu/endpoints/9"
    w = wired(httpx.Response(200, text='data: {"candidates": [{"content": {"parts": [{"text": "hi"}]}}]}\n\n'))

    answer = list(
        Vertex(w.http).generate(a_training(a_vertex_submission(), endpoint=endpoint), "Hello", AnswerSettings())
    )

    assert answer == ["hi"]
    assert w.script.requests[0].url.host == "aiplatform.eu.rep.googleapis.com"


def test_a_create_without_a_name_in_its_answer_may_have_worked() -> None:
    w = wired(httpx.Response(200, json={"state": "JOB_STATE_PENDING"}))

    with pytest.raises(BackendError) as error:
        Vertex(w.http).create(a_vertex_submission(), some_markers(), ())

    assert failed(error) == ("API213", True)


@pytest.mark.parametrize("name", ["", "x", "projects/1/locations/evil.example#/tuningJobs/1", f"{JOB}\x1b[2J"])
def test_a_create_whose_answer_names_no_job_may_have_worked(name: str) -> None:
    w = wired(httpx.Response(200, json={"name": name, "state": "JOB_STATE_PENDING"}))

    with pytest.raises(BackendError) as error:
        Vertex(w.http).create(a_vertex_submission(), some_markers(), ())

    assert failed(error) == ("API213", True)
    assert error.value.diagnostic.detail.isprintable()


def test_several_threads_observe_what_one_does(cloud: Cloud) -> None:
    for attempt in ("1", "2", "3"):
        trained(cloud, attempt=attempt)
    transport = InProcessTransport(cloud.emulator.handle, Request)
    threaded = Vertex(Http(EmulatorAt("http://127.0.0.1"), cloud.clock, transport=transport, parallelism=8))

    assert threaded.observe(SCOPE) == cloud.vertex.observe(SCOPE)


def test_a_job_without_an_experiment_has_no_curves() -> None:
    w = wired(routed({f"GET /v1beta1/{JOB}": {"name": JOB}}))

    assert Vertex(w.http).metrics(OURS) == {}


_STORE = f"{PLACE}/metadataStores/default"
_EXPERIMENT = f"{_STORE}/contexts/e"
_BOARD = f"{PLACE}/tensorboards/7"
_RUN = f"{_BOARD}/experiments/e/runs/r"
_BACKED = {"name": _EXPERIMENT, "metadata": {"backing_tensorboard_resource": _BOARD}}
_MARKED_DELETED = {**_BACKED, "metadata": {"backing_tensorboard_resource": _BOARD, "experiment_deleted": True}}


@pytest.mark.parametrize(
    "left",
    [
        {},
        {f"GET /v1/{_EXPERIMENT}": _MARKED_DELETED},
        {f"GET /v1/{_EXPERIMENT}": _BACKED, f"GET /v1/{_STORE}/contexts": {}},
        {f"GET /v1/{_EXPERIMENT}": _BACKED, f"GET /v1/{_STORE}/contexts": {"contexts": [{"name": f"{_STORE}/c/e-r"}]}},
    ],
    ids=["the experiment", "marked as deleted", "its run", "its tensorboard"],
)
@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_metrics_that_somebody_deleted_are_told_apart_from_none_yet(left: dict[str, Any], version: str) -> None:
    job = {"name": JOB, "experiment": _EXPERIMENT}
    paths = {path.replace("/v1/", f"/{version}/"): answer for path, answer in left.items()} | left

    running = Vertex(wired(routed({f"GET /v1beta1/{JOB}": {**job, "state": "JOB_STATE_RUNNING"}})).http)
    ended = Vertex(wired(routed({f"GET /v1beta1/{JOB}": {**job, "state": "JOB_STATE_SUCCEEDED"}, **paths})).http)

    assert running.metrics(OURS) == {}
    with pytest.raises(BackendError) as caught:
        ended.metrics(OURS)
    assert (caught.value.fault, caught.value.diagnostic.code) == (Fault.NOT_FOUND, "RUN024")
