"""What only the Gemini API has: ids that we choose, a project in a header, operations at another version."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from reconciler.backends.base import BackendError, Scope
from reconciler.backends.gemini import Gemini
from reconciler.core.faults import Fault
from reconciler.core.generation import AnswerSettings
from reconciler.core.lock import Role
from reconciler.core.markers import tuned_model_id
from reconciler.core.model import Status
from tests.backends.fakes import (
    EXAMPLES,
    PROJECT,
    Cloud,
    a_gemini_submission,
    a_training,
    an_error,
    failed,
    routed,
    some_markers,
    wired,
)

NAME = f"tunedModels/{tuned_model_id(PROJECT, some_markers())}"
BASE = "models/gemini-1.5-flash-001-tuning"
FORBIDDEN = an_error(403, "PERMISSION_DENIED", f"You do not have permission to access tuned model {NAME}")
ABSENT = an_error(404, "NOT_FOUND", f"Tuned model {NAME} does not exist.")
TAKEN = an_error(409, "ALREADY_EXISTS", "there is one")


def test_every_call_names_the_project_that_pays() -> None:
    operation = {"name": f"{NAME}/operations/1"}
    said = 'data: {"candidates": [{"content": {"parts": [{"text": "4"}]}}]}\n\n'
    routes = {
        "POST /v1beta/tunedModels": operation,
        f"GET /v1beta/{NAME}": {"name": NAME, "state": "ACTIVE"},
        f"PATCH /v1beta/{NAME}": {},
        f"DELETE /v1beta/{NAME}": {},
        f"POST /v1beta/{NAME}:streamGenerateContent": httpx.Response(200, text=said),
        f"GET /v1/{NAME}/operations": {"operations": [operation]},
        f"GET /v1/{NAME}/operations/1": operation,
        f"POST /v1/{NAME}/operations/1:cancel": {},
        "GET /v1beta/tunedModels": {},
    }
    w = wired(routed(routes))
    gemini, training = Gemini(w.http), a_training(a_gemini_submission(), job=NAME)

    gemini.observe(Scope(frozenset({(PROJECT, "")})))
    gemini.create(a_gemini_submission(), some_markers(), EXAMPLES)
    gemini.find(a_gemini_submission(), some_markers())
    gemini.poll(a_training(a_gemini_submission(), job=NAME, operation=operation["name"]))
    gemini.update(training, None, {"displayName": "x"})
    gemini.cancel(training)
    gemini.metrics(training)
    list(gemini.generate(training, "3", AnswerSettings()))
    gemini.dispose(training)

    asked = {(r.method, r.url.path) for r in w.script.requests}
    assert asked == {tuple(route.split(" ")) for route in routes}
    assert {r.headers["x-goog-user-project"] for r in w.script.requests} == {PROJECT}


def test_models_are_read_at_v1beta_and_operations_at_v1() -> None:
    w = wired(routed({f"GET /v1beta/{NAME}": {"name": NAME, "state": "CREATING"}}))

    Gemini(w.http).poll(a_training(a_gemini_submission(), job=NAME, operation=f"{NAME}/operations/1"))

    assert [r.url.path for r in w.script.requests] == [f"/v1beta/{NAME}", f"/v1/{NAME}/operations/1"]


def test_the_second_create_of_one_training_counts_as_the_first() -> None:
    cloud = Cloud.open()
    first = cloud.gemini.create(a_gemini_submission(), some_markers(), EXAMPLES)

    second = cloud.gemini.create(a_gemini_submission(), some_markers(), EXAMPLES)

    assert (second.resource_name, second.operation) == (first.resource_name, first.operation)
    assert len(cloud.gemini.observe(Scope(frozenset({(PROJECT, "")}))).trainings) == 1


def test_an_id_that_is_taken_by_something_else_is_refused() -> None:
    routes = {
        "POST /v1beta/tunedModels": TAKEN,
        f"GET /v1beta/{NAME}": {"name": NAME, "baseModel": "models/other", "state": "ACTIVE"},
    }

    with pytest.raises(BackendError) as error:
        Gemini(wired(routed(routes)).http).create(a_gemini_submission(), some_markers(), EXAMPLES)

    assert failed(error) == ("API321", False)
    assert error.value.fault is Fault.REJECTED


@pytest.mark.parametrize("routes", [{"POST /v1beta/tunedModels": TAKEN, f"GET /v1beta/{NAME}": FORBIDDEN}])
def test_an_id_that_is_taken_and_may_not_be_looked_at_is_an_error(routes: dict[str, httpx.Response]) -> None:
    with pytest.raises(BackendError) as error:
        Gemini(wired(routed(routes)).http).create(a_gemini_submission(), some_markers(), EXAMPLES)

    assert failed(error) == ("API122", False)


def test_a_403_on_our_own_id_is_neither_absent_nor_present() -> None:
    gemini = Gemini(wired(FORBIDDEN).http)

    for ask in (
        lambda: gemini.find(a_gemini_submission(), some_markers()),
        lambda: gemini.poll(a_training(a_gemini_submission(), job=NAME)),
        lambda: gemini.dispose(a_training(a_gemini_submission(), job=NAME)),
        lambda: gemini.cancel(a_training(a_gemini_submission(), job=NAME)),
    ):
        with pytest.raises(BackendError) as error:
            ask()

        assert error.value.fault is Fault.AUTH


def test_without_a_login_for_tuning_it_says_that_a_key_is_not_enough() -> None:
    cloud = Cloud.open(require_oauth=True)

    with pytest.raises(BackendError) as error:
        cloud.gemini.observe(Scope(frozenset({(PROJECT, "")})))

    assert error.value.fault is Fault.AUTH


@pytest.mark.parametrize("left", ["FAILED", "ACTIVE"])
def test_a_cancelled_training_is_cancelled_whatever_it_leaves(left: str) -> None:
    cloud = Cloud.open(speed="manual", cancelled_tuned_model=left)
    created = cloud.gemini.create(a_gemini_submission(), some_markers(), EXAMPLES)
    training = a_training(a_gemini_submission(), job=created.resource_name)

    cloud.gemini.cancel(training)
    cloud.call("POST", "/_emulator/clock", {"advance": 600.0})

    live = cloud.gemini.poll(training)
    assert (live.status, live.state) == (Status.CANCELLED, left)


def test_the_operation_is_looked_for_where_the_lock_does_not_know_it() -> None:
    cloud = Cloud.open()
    created = cloud.gemini.create(a_gemini_submission(), some_markers(), EXAMPLES)

    live = cloud.gemini.poll(a_training(a_gemini_submission(), job=created.resource_name))

    assert live.operation == created.operation
    assert live.progress.percent == 100.0


def test_a_model_nobody_knows_the_operation_of_is_cancelled_without_a_call_in_vain() -> None:
    w = wired(routed({f"GET /v1/{NAME}/operations": {}}))

    Gemini(w.http).cancel(a_training(a_gemini_submission(), job=NAME))

    assert [r.method for r in w.script.requests] == ["GET"]


def test_a_failed_training_is_told_with_its_reason() -> None:
    cloud = Cloud.open()
    cloud.fault("gemini.tunedModels.run", "fail:3;message=row 7 is empty")
    created = cloud.gemini.create(a_gemini_submission(), some_markers(), EXAMPLES)

    live = cloud.gemini.poll(a_training(a_gemini_submission(), job=created.resource_name))

    assert (live.status, live.error, live.error_code) == (Status.FAILED, "row 7 is empty", 3)


@pytest.mark.parametrize(("age_s", "status"), [(5, Status.IN_PROGRESS), (90, Status.FAILED)])
def test_the_operation_of_a_training_that_failed_just_now_is_waited_for(age_s: float, status: Status) -> None:
    """It alone says whether the training was cancelled; a lock that did not wait never learnt of it."""
    w = wired(routed({}))
    ended = datetime.fromtimestamp(w.http.clock.now() - age_s, UTC).isoformat().replace("+00:00", "Z")
    model = {"name": NAME, "state": "FAILED", "updateTime": ended}
    w = wired(routed({f"GET /v1beta/{NAME}": model, f"GET /v1/{NAME}/operations/1": {"name": f"{NAME}/operations/1"}}))

    live = Gemini(w.http).poll(a_training(a_gemini_submission(), job=NAME, operation=f"{NAME}/operations/1"))

    assert live.status is status


def test_why_a_training_failed_is_observed_until_the_lock_knows_it() -> None:
    cloud = Cloud.open()
    cloud.fault("gemini.tunedModels.run", "fail:3;message=row 7 is empty")
    created = cloud.gemini.create(a_gemini_submission(), some_markers(), EXAMPLES)
    unlocked = Scope(frozenset({(PROJECT, "")}))
    known = a_training(a_gemini_submission(), job=created.resource_name, role=Role.FAILED, error="row 7 is empty")
    open_ = a_training(a_gemini_submission(), job=created.resource_name, operation=created.operation)
    cloud.gemini.observe(unlocked)
    cloud.requests.clear()

    seen = [cloud.gemini.observe(Scope(unlocked.places, locked)) for locked in ((), (open_,), (known,))]

    errors = [live.error for observed in seen for live in observed.trainings.values()]
    assert errors == ["row 7 is empty", "row 7 is empty", ""]
    assert len(cloud.requests) == 5


@pytest.mark.parametrize(
    ("answer", "seen"),
    [({"name": NAME, "state": "CREATING"}, [NAME]), (ABSENT, []), (FORBIDDEN, [])],
    ids=["there", "404", "403"],
)
def test_a_locked_training_that_the_list_does_not_show_is_asked_for_by_name(answer: object, seen: list[str]) -> None:
    """Lists lag: it was taken for gone, and the way out that the plan named would have trained it a second time."""
    w = wired(routed({"GET /v1beta/tunedModels": {}, f"GET /v1beta/{NAME}": answer}))
    submitted = a_training(a_gemini_submission(), job=NAME)

    found = Gemini(w.http).observe(Scope(frozenset({(PROJECT, "")}), (submitted,))).trainings

    assert list(found) == seen


def test_no_training_example_is_ever_in_what_is_read() -> None:
    cloud = Cloud.open()
    secret = [(f"canary {n}", "canary") for n in range(20)]
    created = cloud.gemini.create(a_gemini_submission(), some_markers(), secret)

    live = cloud.gemini.poll(a_training(a_gemini_submission(), job=created.resource_name))

    assert "canary" not in str(live)


def test_a_create_whose_answer_names_no_operation_of_ours_may_have_worked() -> None:
    w = wired(httpx.Response(200, json={"name": f"{NAME}/operations/\x1b[2J"}))

    with pytest.raises(BackendError) as error:
        Gemini(w.http).create(a_gemini_submission(), some_markers(), EXAMPLES)

    assert failed(error) == ("API213", True)


def test_several_projects_are_listed_each_for_itself() -> None:
    w = wired(
        lambda r: httpx.Response(
            200,
            json={"tunedModels": [{"name": f"tunedModels/of-{r.headers['x-goog-user-project']}", "state": "CREATING"}]},
        )
    )

    observed = Gemini(w.http).observe(Scope(frozenset({("one", ""), ("two", "")})))

    assert {live.project for live in observed.trainings.values()} == {"one", "two"}
    assert observed.unfinished == {"one": 1, "two": 1}
