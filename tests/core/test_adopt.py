"""What comes into the lock with an adoption: earlier models of its name, and what an existing one was trained from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.adopt import is_named
from reconciler.core.lock import Role
from reconciler.core.model import Action, Declared, LiveTraining, Markers
from tests.fakes.planning import change_of, codes_of, fields_of
from tests.fakes.specs import (
    TRAIN,
    VALIDATE,
    a_gemini_spec,
    a_live,
    a_live_training,
    a_spec,
    job_name,
    model_name,
    submitted,
)

_UNMARKED = Markers()


def _told(spec: Declared, uri: str = TRAIN, **more: Any) -> dict[str, Any]:
    """The training fields as a job answers them: datasets among them, and defaults resolved."""
    told = {**spec.training, **more}
    method = dict(told.get("supervisedTuningSpec", {}))
    return {**told, "supervisedTuningSpec": {**method, "trainingDatasetUri": uri, "exportLastCheckpointOnly": False}}


def _handmade(spec: Declared, **more: Any) -> LiveTraining:
    live = a_live_training(a_spec("handmade"), training=_told(spec), data_uri=TRAIN)
    return replace(live, markers=_UNMARKED, **more)


def test_a_ready_model_of_this_name_from_another_spec_comes_in_as_deposed() -> None:
    spec, other = a_spec(), a_spec(epochs=9)
    live = a_live(a_live_training(other, "1", training=_told(other), data_uri=TRAIN), a_live_training(spec, "2"))

    change = change_of(spec, live=live)

    assert {a.attempt: a.role for a in change.adopts} == {"2": Role.SERVING, "1": Role.DEPOSED}
    (earlier,) = [a.submission for a in change.adopts if a.role is Role.DEPOSED]
    assert earlier is not None
    assert earlier.training == other.training
    assert (earlier.data[0].uri, earlier.digest, earlier.data_id) == (
        TRAIN,
        submitted(other).digest,
        submitted(other).data_id,
    )


def test_an_earlier_model_of_the_gemini_api_knows_its_inline_data() -> None:
    spec, other = a_gemini_spec(), a_gemini_spec(epochs=9)
    live = a_live(a_live_training(other), a_live_training(spec, "2"))

    change = change_of(spec, live=live)

    (earlier,) = [a.submission for a in change.adopts if a.role is Role.DEPOSED]
    assert earlier is not None
    assert (earlier.data[0].field, earlier.data[0].local) == ("tuningTask.trainingData", True)


def test_an_existing_model_that_is_as_declared_is_taken_over_as_declared() -> None:
    spec = a_spec(existing=model_name(a_spec("handmade")))

    change = change_of(spec, live=a_live(_handmade(spec)))

    assert (change.action, codes_of(change)) == (Action.ADOPT, [])
    assert change.adopts[0].submission == submitted(spec)


def test_what_an_existing_model_resolved_by_itself_is_not_compared() -> None:
    spec = a_spec(epochs=None, existing=model_name(a_spec("handmade")))

    change = change_of(spec, live=a_live(_handmade(a_spec(epochs=7))))

    assert change.adopts[0].submission == submitted(spec)


@pytest.mark.parametrize(
    ("trained", "field"),
    [
        (a_spec(epochs=7), "supervisedTuningSpec.hyperParameters.epochCount"),
        (a_spec(base="another"), "baseModel"),
    ],
)
def test_an_existing_model_that_was_trained_otherwise_says_so(trained: Declared, field: str) -> None:
    spec = a_spec(existing=model_name(a_spec("handmade")))

    change = change_of(spec, live=a_live(_handmade(trained)))

    assert (change.action, codes_of(change)) == (Action.ADOPT, ["PLAN011"])
    assert field in fields_of(change)
    assert change.adopts[0].submission != submitted(spec)


def test_an_existing_model_that_was_trained_on_other_data_says_so() -> None:
    spec = a_spec(existing=model_name(a_spec("handmade")))
    live = replace(_handmade(spec), data_uri=VALIDATE, training=_told(spec, VALIDATE))

    change = change_of(spec, live=a_live(live))

    assert codes_of(change) == ["PLAN011"]
    assert change.submission is not None
    assert change.submission.data[0].uri == VALIDATE


def test_an_existing_model_that_tells_nothing_is_believed() -> None:
    spec = a_spec(existing=model_name(a_spec("handmade")))

    change = change_of(spec, live=a_live(_handmade(spec, training={})))

    assert change.submission == submitted(spec)


def test_an_existing_child_is_pinned_to_the_parents_model_that_its_job_names() -> None:
    spec = a_spec(parent="parent", existing=model_name(a_spec("handmade")))
    told = {**_told(spec), "preTunedModel": {"tunedModelName": "projects/p/locations/l/models/7@2"}}

    change = change_of(spec, live=a_live(_handmade(spec, training=told)))

    assert change.submission is not None
    assert (change.submission.parent, change.submission.parent_model) == (
        "vertex/parent",
        "projects/p/locations/l/models/7@2",
    )


def test_an_adopted_child_is_pinned_to_the_model_that_it_was_made_from() -> None:
    spec = a_spec(parent="parent")
    told = {**_told(spec), "preTunedModel": {"tunedModelName": "projects/p/locations/l/models/7@2"}}

    change = change_of(spec, live=a_live(a_live_training(spec, training=told)))

    assert change.adopts[0].submission is not None
    assert change.adopts[0].submission.parent_model == "projects/p/locations/l/models/7@2"


@pytest.mark.parametrize(
    ("name", "is_it"),
    [
        ("projects/123/locations/us-central1/tuningJobs/handmade-1", True),
        ("projects/acme-ml/locations/us-central1/tuningJobs/handmade-1", True),
        ("projects/other/locations/us-central1/tuningJobs/handmade-1", False),
        ("projects/acme-ml/locations/us-central1/tuningJobs/handmade-2", False),
        ("projects/acme-ml", False),
        ("handmade-1", False),
        ("", False),
    ],
)
def test_a_resource_is_named_with_its_projects_id_or_number(name: str, is_it: bool) -> None:
    job = job_name(a_spec("handmade")).replace("acme-ml", "123")
    live = replace(a_live_training(a_spec("handmade")), resource_name=job, model="", endpoint="")

    assert is_named(live, name) is is_it
