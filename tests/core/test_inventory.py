"""A row of what stands in a project: whose it is, what it goes back to, whether anything answers there."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.core.catalog import Catalog
from reconciler.core.inventory import Books, ListedResource, billed_in_all, listed_resources
from reconciler.core.lock import Entry, Lock, Phase, Role, Submission, Training
from reconciler.core.model import Carrier, Live, LiveTraining, Status
from reconciler.core.resources import DeployedThere, ListedEndpoint, ListedModel
from reconciler.core.settings import Price

BY_ID = "projects/acme-ml/locations/us-central1"
BY_NUMBER = "projects/123/locations/us-central1"
NOW_S = 1_795_000_000.0


def a_job(number: str = "1", **different: Any) -> LiveTraining:
    fields: dict[str, Any] = {
        "backend": "vertex",
        "resource_name": f"{BY_NUMBER}/tuningJobs/{number}",
        "status": Status.READY,
        "state": "JOB_STATE_SUCCEEDED",
        "project": "acme-ml",
        "location": "us-central1",
        "training": {"baseModel": "gemini-3.5-flash", "supervisedTuningSpec": {"hyperParameters": {"epochCount": 2}}},
        "model": f"{BY_NUMBER}/models/{number}@1",
        "model_exists": True,
        "endpoint": f"{BY_NUMBER}/endpoints/{number}",
        "billable_tokens": 1_000_000,
    }
    return LiveTraining(**{**fields, **different})


def rows(*jobs: LiveTraining, lock: Lock | None = None, **beside: Any) -> list[ListedResource]:
    prices = {"gemini-3.5-flash": Price(5.0, "USD", "2026-11-01")}
    books = Books("acme", lock or Lock(), Catalog(), prices, NOW_S)
    live = Live({j.resource_name: j for j in jobs}, project_numbers={"acme-ml": "123"})
    return listed_resources(live, beside.get("models", ()), beside.get("endpoints", ()), books)


def test_what_the_lock_names_is_ours_whichever_way_the_project_is_written() -> None:
    training = Training(
        role=Role.SERVING,
        phase=Phase.APPLIED,
        submission=Submission(project="acme-ml", location="us-central1", training={}),
        job=f"{BY_ID}/tuningJobs/1",
        model=f"{BY_ID}/models/1@1",
        endpoint=f"{BY_ID}/endpoints/1",
    )
    lock = Lock(entries={"vertex/router": Entry(trainings={"1": training})})
    beside = {
        "models": [ListedModel(f"{BY_NUMBER}/models/1"), ListedModel(f"{BY_NUMBER}/models/2")],
        "endpoints": [ListedEndpoint(f"{BY_NUMBER}/endpoints/1")],
    }

    found = {row.resource_name.partition("us-central1/")[2]: row for row in rows(a_job(), lock=lock, **beside)}

    assert {name: row.address for name, row in found.items()} == {
        "tuningJobs/1": "vertex/router",
        "models/1": "vertex/router",
        "models/2": "",
        "endpoints/1": "vertex/router",
    }
    assert {row.project for row in found.values()} == {"acme-ml"}
    assert (found["models/1"].owner, found["models/1"].role) == ("acme", "serving")


def test_what_another_workspace_has_labelled_is_its_own() -> None:
    labels = {"tuneform-workspace": "theirs"}
    job = a_job(carriers=(Carrier(f"{BY_NUMBER}/models/1", {"labels": labels}),))

    found = rows(job, models=[ListedModel(f"{BY_NUMBER}/models/1", labels=labels)])

    assert [(row.owner, row.address) for row in found] == [("theirs", "")] * 2


def test_a_child_goes_back_to_the_base_model_of_its_parent() -> None:
    parent = a_job("1")
    child = a_job("2", training={"preTunedModel": {"tunedModelName": f"{BY_NUMBER}/models/1"}})
    orphan = a_job("3", training={"preTunedModel": {"tunedModelName": f"{BY_NUMBER}/models/9"}})
    own = a_job("4", training={"preTunedModel": {"tunedModelName": f"{BY_NUMBER}/models/4"}})

    bases = {row.resource_name[-1]: row.base for row in rows(parent, child, orphan, own)}

    assert bases == {"1": "gemini-3.5-flash", "2": "gemini-3.5-flash", "3": "", "4": ""}


@pytest.mark.parametrize(
    ("deployed", "state", "idle", "said"),
    [
        ((), "empty", True, "nothing is deployed on it"),
        ((DeployedThere("m", 100),), "serving", False, ""),
        ((DeployedThere("m"),), "serving", False, ""),
        ((DeployedThere("m", 0),), "no-traffic", True, "no traffic is sent to 1 model on it"),
        (
            (DeployedThere("m", 0, "2 x n1-standard-4"), DeployedThere("n", 0)),
            "no-traffic",
            True,
            "no traffic is sent to 2 models on it; billed by the hour: 2 x n1-standard-4",
        ),
        ((DeployedThere("m", 0), DeployedThere("n", 100, "1 x a2")), "serving", False, "billed by the hour: 1 x a2"),
    ],
)
def test_an_endpoint_says_whether_anything_answers_there(
    deployed: tuple[DeployedThere, ...], state: str, idle: bool, said: str
) -> None:
    (row,) = rows(endpoints=[ListedEndpoint(f"{BY_NUMBER}/endpoints/1", deployed=deployed)])

    assert (row.state, row.is_idle, row.note, row.deployed) == (state, idle, said, len(deployed))


def test_a_training_costs_what_was_billed_by_epochs_and_price_and_nothing_while_it_runs() -> None:
    known = a_job("1")
    unpriced = a_job("2", training={"baseModel": "gemini-x", "supervisedTuningSpec": {}})
    running = a_job("3", status=Status.IN_PROGRESS, state="JOB_STATE_RUNNING", billable_tokens=None)
    failed = a_job("4", status=Status.FAILED, state="JOB_STATE_FAILED", billable_tokens=None)

    found = rows(known, unpriced, running, failed)

    costs = {row.resource_name[-1]: (row.cost, row.was_billed) for row in found}
    assert costs == {"1": (10.0, True), "2": (None, True), "3": (None, False), "4": (None, False)}
    assert billed_in_all(found) == ({"USD": 10.0}, 1)


def test_a_job_whose_model_is_gone_says_so() -> None:
    (row,) = rows(a_job(model_exists=False))

    assert row.note == "its model is gone"


def test_a_copy_stands_among_the_models_once() -> None:
    name = f"{BY_NUMBER}/models/7"
    copy = a_job(resource_name=name, model=f"{name}@1")

    found = rows(copy, models=[ListedModel(name, copied_from=f"{BY_NUMBER}/models/1@1")])

    assert [(row.kind, row.note) for row in found] == [("model", f"copied from {BY_NUMBER}/models/1@1")]
