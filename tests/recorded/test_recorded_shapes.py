"""The shapes beside the tests are those of the recorded answers, and none of their values."""

from __future__ import annotations

import json

import pytest

from tests.recorded import BODIES, ORIGINALS, body, printed
from tests.recorded.facts import PRINTED, facts_of
from tests.recorded.shapes import shape_of

_NAMES = sorted(path.name for path in BODIES.iterdir())


@pytest.mark.parametrize("name", _NAMES)
def test_a_shape_is_that_of_its_answer(name: str) -> None:
    if not ORIGINALS.is_dir():
        pytest.skip("the recorded answers are not beside this repository")
    answer = json.loads((ORIGINALS / name).read_text("utf-8"))

    assert json.loads(body(name)) == shape_of(answer)


@pytest.mark.parametrize("name", PRINTED)
def test_facts_are_those_of_what_was_printed(name: str) -> None:
    if not ORIGINALS.is_dir():
        pytest.skip("what clients printed is not beside this repository")

    assert printed(name) == facts_of(name, (ORIGINALS / name).read_text("utf-8"))


@pytest.mark.parametrize("name", [*_NAMES, *PRINTED])
def test_it_is_said_where_an_answer_was_published(name: str) -> None:
    published = json.loads((BODIES.parent / "published.json").read_text("utf-8"))

    assert published[name]


def test_facts_hold_no_name_of_anybodys() -> None:
    text = (
        "ClientError: 404 NOT_FOUND. {'error': {'code': 404, 'message': 'Tuned model tunedModels/a-1 does not exist.'}}"
    )

    assert facts_of("gemini.error.404.clienterror.txt", text) == {
        "class": "ClientError",
        "code": 404,
        "status": "NOT_FOUND",
        "error": {"code": 404, "message": "Tuned model tunedModels/ID does not exist."},
    }


def test_a_shape_keeps_what_readers_look_at() -> None:
    answer = {
        "name": "projects/123456789012/locations/us-central1/tuningJobs/1234567890123456789",
        "state": "JOB_STATE_RUNNING",
        "createTime": "2024-05-06T07:08:09.1234Z",
        "endTime": "2024-05-07T07:08:09Z",
        "tunedModelDisplayName": "a title",
        "supervisedTuningSpec": {"hyperParameters": {"epochCount": "4"}},
        "userDatasetExamples": [{"role": "user", "parts": [{"text": "what somebody wrote"}]}],
    }

    shape = shape_of(answer)

    assert list(shape) == list(answer)
    assert (len(shape["name"]), shape["state"]) == (len(answer["name"]), "JOB_STATE_RUNNING")
    assert (shape["createTime"], shape["endTime"]) == ("2025-03-04T05:06:07.1234Z", "2025-03-04T05:07:07Z")
    assert shape["supervisedTuningSpec"]["hyperParameters"] == {"epochCount": "4"}
    assert shape["tunedModelDisplayName"] == "a title"
    for value in ("123456789012", "1234567890123456789", "somebody"):
        assert value not in json.dumps(shape)
