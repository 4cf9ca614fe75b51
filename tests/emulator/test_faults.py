from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from reconciler.emulator import ConnectionCut

if TYPE_CHECKING:
    from tests.emulator.conftest import Client

JOBS = "/v1/projects/acme/locations/us-central1/tuningJobs"


def test_a_status_is_met_as_often_as_asked(client: Client) -> None:
    client.fault("vertex.tuningJobs.list", "status:429;retry-after=2", times=2)

    answers = [client.call("GET", JOBS) for _ in range(3)]

    assert [a.status for a in answers] == [429, 429, 200]
    assert answers[0].headers["retry-after"] == "2"
    assert client.get("/_emulator/faults")["faults"] == [
        {
            "id": 1,
            "method": "vertex.tuningJobs.list",
            "fault": "status:429;retry-after=2",
            "times": 2,
            "met": 2,
            "left": 0,
        }
    ]


def test_an_injected_error_has_the_form_of_its_surface(client: Client) -> None:
    client.fault("storage.objects.get", "status:403")
    client.fault("vertex.endpoints.streamGenerateContent", "status:503")

    stored = client.call("GET", "/storage/v1/b/acme-data/o/a")
    streamed = client.call("POST", "/v1/projects/acme/locations/us-central1/endpoints/1:streamGenerateContent", {})

    assert stored.json["error"]["errors"][0]["reason"] == "forbidden"
    assert streamed.json[0]["error"]["status"] == "UNAVAILABLE"


@pytest.mark.parametrize(("fault", "jobs"), [("reset-before", 0), ("reset-after", 1)])
def test_a_reset_comes_before_or_after_the_write(client: Client, data: str, fault: str, jobs: int) -> None:
    client.fault("vertex.tuningJobs.create", fault)

    with pytest.raises(ConnectionCut):
        client.tune(data)

    assert len(client.get(JOBS).get("tuningJobs", [])) == jobs
    assert client.faults_left() == []


def test_a_duplicated_create_makes_two_jobs(client: Client, data: str) -> None:
    client.fault("vertex.tuningJobs.create", "duplicate")

    client.tune(data)

    assert len(client.get(JOBS)["tuningJobs"]) == 2


def test_a_duplicated_delete_is_carried_out_and_finds_nothing_the_second_time(client: Client) -> None:
    client.settings(catalog="historic", speed="instant")
    client.tune_numbers("increment")
    client.fault("gemini.tunedModels.delete", "duplicate")

    answer = client.call("DELETE", "/v1beta/tunedModels/increment")

    assert answer.status == 404
    assert client.call("GET", "/v1beta/tunedModels/increment").status == 404


def test_a_duplicated_list_names_every_job_twice(client: Client, data: str) -> None:
    client.tune(data)
    client.fault("vertex.tuningJobs.list", "duplicate")

    first, second = client.get(JOBS)["tuningJobs"]

    assert first == second


def test_what_is_new_is_not_seen_under_a_lag(client: Client, data: str) -> None:
    client.fault("vertex.tuningJobs.*", "lag:60", times=None)
    name = client.tune(data)["name"]

    before = (client.get(JOBS), client.call("GET", f"/v1/{name}").status)
    client.advance(61)

    assert before == ({}, 404)
    assert len(client.get(JOBS)["tuningJobs"]) == 1


def test_bodies_are_cut_or_not_json(client: Client, data: str) -> None:
    client.tune(data)
    client.fault("vertex.tuningJobs.list", "truncate")
    client.fault("vertex.tuningJobs.list", "html:200")
    client.is_spoilt = True

    truncated, page = client.call("GET", JOBS), client.call("GET", JOBS)

    with pytest.raises(ValueError, match=r"Unterminated|Expecting|delimiter"):
        _ = truncated.json
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=UTF-8")


@pytest.mark.parametrize(
    ("fault", "state", "code"),
    [
        ("fail:13;message=Out of luck.", "JOB_STATE_FAILED", 13),
        ("no-endpoint", "JOB_STATE_FAILED", 13),
        ("expire", "JOB_STATE_EXPIRED", None),
        ("partial", "JOB_STATE_PARTIALLY_SUCCEEDED", None),
    ],
)
def test_a_training_can_be_told_how_to_end(client: Client, data: str, fault: str, state: str, code: int | None) -> None:
    client.fault("vertex.tuningJobs.run", fault)

    job = client.trained(data)

    assert (job["state"], job.get("error", {}).get("code")) == (state, code)
    assert ("tunedModel" in job) == (fault in {"no-endpoint", "partial"})


def test_a_failed_job_may_leave_a_model_without_an_endpoint(client: Client, data: str) -> None:
    client.fault("vertex.tuningJobs.run", "no-endpoint")

    tuned = client.trained(data)["tunedModel"]

    assert tuned.keys() == {"model"}
    assert "deployedModels" not in client.get(f"/v1/{tuned['model']}")


def test_a_training_can_finish_while_it_is_cancelled(client: Client, data: str) -> None:
    client.fault("vertex.tuningJobs.run", "finish-while-cancelling")
    name = client.tune(data)["name"]
    client.advance(30)

    client.post(f"/v1/{name}:cancel")
    cancelling = client.get(f"/v1/{name}")["state"]
    client.advance(1000)

    assert (cancelling, client.get(f"/v1/{name}")["state"]) == ("JOB_STATE_CANCELLING", "JOB_STATE_SUCCEEDED")


def test_a_gemini_training_can_fail(client: Client) -> None:
    client.settings(catalog="historic")
    client.fault("gemini.tunedModels.run", "fail:13;message=Out of luck.")

    operation = client.tune_numbers("increment")
    client.advance(1000)

    done = client.get(f"/v1/{operation['name']}")
    assert done["error"] == {"code": 13, "message": "Out of luck."}
    assert client.get("/v1beta/tunedModels/increment")["state"] == "FAILED"


def test_a_delay_goes_together_with_another_fault(client: Client) -> None:
    client.fault("vertex.tuningJobs.list", "delay:0.05")
    client.fault("vertex.tuningJobs.list", "status:503")

    started = time.perf_counter()
    answer = client.call("GET", JOBS)

    assert (answer.status, time.perf_counter() - started > 0.05) == (503, True)


def test_a_late_answer_is_that_of_a_request_carried_out_at_once(client: Client, data: str) -> None:
    client.fault("vertex.tuningJobs.create", "late:0.5")

    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(client.tune, data)
        while not client.get(JOBS):
            pass
        is_answered = asked.done()
        created = asked.result()

    assert not is_answered
    assert client.get(JOBS)["tuningJobs"][0]["name"] == created["name"]


def test_a_stuck_training_runs_for_ever_and_can_be_cancelled(client: Client, data: str) -> None:
    client.fault("vertex.tuningJobs.run", "stuck")

    job = client.trained(data)
    client.settings(speed="instant")
    still = client.get(f"/v1/{job['name']}")["state"]
    client.post(f"/v1/{job['name']}:cancel")

    assert (job["state"], still) == ("JOB_STATE_RUNNING", "JOB_STATE_RUNNING")
    assert client.get(f"/v1/{job['name']}")["state"] == "JOB_STATE_CANCELLED"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"method": "x", "fault": "explode"},
        {"method": "x", "fault": "status:9"},
        {"method": "x", "fault": "delay"},
        {"method": "x", "fault": "delay:-1"},
        {"method": "x", "fault": "reset-before", "times": 0},
        {"method": "x", "fault": "reset-before", "extra": 1},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(client: Client, body: dict[str, object]) -> None:
    assert client.call("POST", "/_emulator/faults", body).status == 400


def test_faults_can_be_cleared(client: Client) -> None:
    client.fault("vertex.*", "reset-before", times=None)

    client.call("DELETE", "/_emulator/faults")

    assert client.get(JOBS) == {}
