"""The judge sees every fault that it is there for: one doctored cloud each."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.cloud import Resources
from tests.oracle.judge import Judge, Past
from tests.oracle.wish import GEMINI, VERTEX, Wish, learnt

Json = dict[str, Any]
_PLACE = "projects/1/locations/us-central1"
_JOB, _MODEL, _ENDPOINT = f"{_PLACE}/tuningJobs/1", f"{_PLACE}/models/1", f"{_PLACE}/endpoints/1"
_TUNED = "tunedModels/numbers-1"
_OURS = {"tuneform-workspace": "acme", "tuneform-name": "router"}
_SFT = {"trainingDatasetUri": "gs://a/t.jsonl", "hyperParameters": {"epochCount": "3", "adapterSize": "FOUR"}}
_TASK = {"hyperparameters": {"epochCount": 5, "learningRate": 0.001}}


def _world() -> tuple[list[Wish], Json, Json, Past]:
    """Two specs, and a cloud that is as they say."""
    router = {
        "baseModel": "gemini-2.5-flash",
        "description": "Sorts",
        "labels": {"team": "a"},
        "supervisedTuningSpec": {**_SFT, "hyperParameters": {"epochCount": 3, "adapterSize": 4}},
        "tuneform": {},
    }
    numbers = {"baseModel": "models/base", "temperature": 0.5, "tuningTask": _TASK}
    shown = {"displayName": "router", "description": "Sorts", "labels": {"team": "a", **_OURS, "tune-type": "sft"}}
    job = {
        "name": _JOB,
        "state": "JOB_STATE_SUCCEEDED",
        "baseModel": "gemini-2.5-flash",
        "supervisedTuningSpec": _SFT,
        "labels": {"team": "a", **_OURS},
        "tunedModel": {"model": f"{_MODEL}@1", "endpoint": _ENDPOINT},
    }
    tuned = {**numbers, "name": _TUNED, "state": "ACTIVE", "displayName": "numbers", "topK": 64}
    claims = {"vertex/router": (_JOB, f"{_MODEL}@1", _ENDPOINT), "gemini/numbers": (_TUNED, _TUNED, _TUNED)}
    lock = {
        "entries": {
            address: {"trainings": {"1": {"role": "serving", "job": job, "model": model, "endpoint": endpoint}}}
            for address, (job, model, endpoint) in claims.items()
        }
    }
    cloud = {
        "jobs": {_JOB: job},
        "models": {_MODEL: {"name": _MODEL, **shown}},
        "endpoints": {_ENDPOINT: {"name": _ENDPOINT, **shown, "deployedModels": [{"model": _MODEL}]}},
        "tuned": {_TUNED: tuned},
        "read": {_JOB: '{"a": 1, "b": 2}\n', _TUNED: "1 = 2"},
        "names": {_JOB: "router", _TUNED: "numbers"},
    }
    wishes = [Wish(VERTEX, "router", router, '{"b":2,"a":1}'), Wish(GEMINI, "numbers", numbers, "1 = 2")]
    return wishes, copy.deepcopy(lock), copy.deepcopy(cloud), Past()


def _said(wishes: list[Wish], lock: Json, cloud: Json, past: Past) -> list[str]:
    return Judge("acme", wishes, [lock], Resources(**cloud), past).complaints()


def test_a_cloud_that_is_as_the_specs_say_is_not_complained_of() -> None:
    assert _said(*_world()) == []


_COPY = f"{_PLACE}/models/router-copy"


def _copied() -> tuple[list[Wish], Json, Json, Past]:
    """The same, but that the router is a copy of another workspace's."""
    wishes, lock, cloud, past = _world()
    spec = {k: v for k, v in wishes[0].spec.items() if k in ("description", "labels", "tuneform")}
    wishes[0] = Wish(VERTEX, "router", {**spec, "from": {"workspace": "staging"}}, "", source=f"{_MODEL}@1")
    labels = {"team": "a", **_OURS}
    shown = {"displayName": "router", "description": "Sorts", "labels": labels}
    origin = {"originalModelInfo": {"model": f"{_MODEL}@1"}, "versionId": "1"}
    model = {"name": _COPY, **shown, **origin, "deployedModels": [{"endpoint": _ENDPOINT}]}
    endpoint = {"name": _ENDPOINT, **shown, "deployedModels": [{"model": _COPY}]}
    cloud |= {"jobs": {}, "models": {_COPY: model}, "endpoints": {_ENDPOINT: endpoint}}
    cloud["names"] = {_COPY: "router", _TUNED: "numbers"}
    serving = {"role": "serving", "job": _COPY, "model": f"{_COPY}@1", "endpoint": _ENDPOINT}
    lock["entries"]["vertex/router"]["trainings"]["1"] = serving
    return wishes, lock, cloud, past


def test_a_copy_of_what_the_other_workspace_serves_is_not_complained_of() -> None:
    assert _said(*_copied()) == []


def test_a_copy_of_something_else_is_complained_of() -> None:
    wishes, lock, cloud, past = _copied()
    cloud["models"][_COPY]["originalModelInfo"]["model"] = f"{_PLACE}/models/9@1"

    (said,) = _said(wishes, lock, cloud, past)

    assert said == f"vertex/router: it is a copy of {_PLACE}/models/9@1 and should be one of {_MODEL}@1"


def test_a_label_that_came_along_from_the_source_is_complained_of() -> None:
    wishes, lock, cloud, past = _copied()
    cloud["models"][_COPY]["labels"] = {**cloud["models"][_COPY]["labels"], "stage": "trial"}

    (said,) = _said(wishes, lock, cloud, past)

    assert said == f"vertex/router: {_COPY}: label stage is not in the spec"


def test_a_copy_that_nobody_wants_is_complained_of() -> None:
    wishes, lock, cloud, past = _copied()
    del lock["entries"]["vertex/router"]

    said = _said(wishes[1:], lock, cloud, past)

    assert said == [f"{_COPY} of router has a model, and no spec speaks of it"]


_ROUTER = "vertex/router"


def _epochs(wishes: list[Wish], lock: Json, cloud: Json, past: Past) -> None:
    cloud["jobs"][_JOB]["supervisedTuningSpec"]["hyperParameters"]["epochCount"] = "4"


def _adapter(wishes: list[Wish], lock: Json, cloud: Json, past: Past) -> None:
    cloud["jobs"][_JOB]["supervisedTuningSpec"]["hyperParameters"]["adapterSize"] = "ADAPTER_SIZE_EIGHT"


def _base(wishes: list[Wish], lock: Json, cloud: Json, past: Past) -> None:
    cloud["jobs"][_JOB]["baseModel"] = "gemini-2.5-pro"


def _rate(wishes: list[Wish], lock: Json, cloud: Json, past: Past) -> None:
    cloud["tuned"][_TUNED]["tuningTask"]["hyperparameters"]["learningRate"] = 0.002


def _content(wishes: list[Wish], lock: Json, cloud: Json, past: Past) -> None:
    cloud["read"][_JOB] = '{"a": 2, "b": 2}'


def _order(wishes: list[Wish], lock: Json, cloud: Json, past: Past) -> None:
    wishes[0] = replace(wishes[0], data='{"a": 1}\n{"a": 2}')
    cloud["read"][_JOB] = '{"a": 2}\n{"a": 1}'


def _label_gone(wishes: list[Wish], lock: Json, cloud: Json, past: Past) -> None:
    del cloud["endpoints"][_ENDPOINT]["labels"]["team"]


def _label_left(wishes: list[Wish], lock: Json, cloud: Json, past: Past) -> None:
    cloud["models"][_MODEL]["labels"]["env"] = "prod"


def _description(wishes: list[Wish], lock: Json, cloud: Json, past: Past) -> None:
    del wishes[0].spec["description"]


def _display(wishes: list[Wish], lock: Json, cloud: Json, past: Past) -> None:
    cloud["models"][_MODEL]["displayName"] = "triage"


def _temperature(wishes: list[Wish], lock: Json, cloud: Json, past: Past) -> None:
    cloud["tuned"][_TUNED]["temperature"] = 1.0


def _owner(wishes: list[Wish], lock: Json, cloud: Json, past: Past) -> None:
    cloud["endpoints"][_ENDPOINT]["labels"]["tuneform-name"] = "triage"


def _protected(wishes: list[Wish], lock: Json, cloud: Json, past: Past) -> None:
    wishes[0].spec["tuneform"] = {"lifecycle": {"protect": True}}


def _not_deployed(wishes: list[Wish], lock: Json, cloud: Json, past: Past) -> None:
    cloud["endpoints"][_ENDPOINT]["deployedModels"] = [{"model": f"{_PLACE}/models/2"}]


def _no_model(wishes: list[Wish], lock: Json, cloud: Json, past: Past) -> None:
    del cloud["models"][_MODEL]


def _nothing_serves(wishes: list[Wish], lock: Json, cloud: Json, past: Past) -> None:
    del lock["entries"][_ROUTER]


def _another_endpoint(wishes: list[Wish], lock: Json, cloud: Json, past: Past) -> None:
    lock["entries"][_ROUTER]["trainings"]["1"]["endpoint"] = f"{_PLACE}/endpoints/9"


def _two_deposed(wishes: list[Wish], lock: Json, cloud: Json, past: Past) -> None:
    for n in ("2", "3"):
        lock["entries"][_ROUTER]["trainings"][n] = {"role": "deposed", "job": _JOB}


def _nobodys(wishes: list[Wish], lock: Json, cloud: Json, past: Past) -> None:
    del wishes[0]


def _no_parent(wishes: list[Wish], lock: Json, cloud: Json, past: Past) -> None:
    cloud["jobs"][_JOB]["preTunedModel"] = {"tunedModelName": f"{_PLACE}/models/7@1"}


@pytest.mark.parametrize(
    ("doctor", "words"),
    [
        (_epochs, "epochCount is '4' and should be 3"),
        (_adapter, "adapterSize"),
        (_base, "baseModel"),
        (_rate, "learningRate"),
        (_content, "other examples"),
        (_order, "other examples"),
        (_label_gone, "label team is None and should be 'a'"),
        (_label_left, "label env is not in the spec"),
        (_description, "description is 'Sorts' and should be None"),
        (_display, "displayName"),
        (_temperature, "temperature is 1.0 and should be 0.5"),
        (_owner, "label tuneform-name"),
        (_protected, "label tuneform-protect"),
        (_not_deployed, "do not serve"),
        (_no_model, "do not serve"),
        (_nothing_serves, "0 trainings serve it"),
        (_another_endpoint, "the lock says endpoint"),
        (_two_deposed, "2 deposed models are there, and keep is 1"),
        (_nobodys, "no spec speaks of it"),
        (_no_parent, "has no parent"),
    ],
)
def test_what_is_not_as_the_specs_say_is_complained_of(doctor: Callable[..., None], words: str) -> None:
    world = _world()
    doctor(*world)

    said = _said(*world)

    assert said != []
    assert words in said[0]


@pytest.mark.parametrize("state", ["JOB_STATE_FAILED", "JOB_STATE_CANCELLED"])
def test_the_very_same_that_ended_badly_is_not_asked_for_again(state: str) -> None:
    wishes, lock, cloud, past = _world()
    cloud["jobs"][_JOB]["state"] = state
    del lock["entries"][_ROUTER]

    assert _said(wishes, lock, cloud, past) == []


def test_another_training_that_ended_badly_excuses_nothing() -> None:
    wishes, lock, cloud, past = _world()
    cloud["jobs"][_JOB]["state"] = "JOB_STATE_FAILED"
    _epochs(wishes, lock, cloud, past)
    del lock["entries"][_ROUTER]

    assert _said(wishes, lock, cloud, past) == ["vertex/router: it is declared, and 0 trainings serve it"]


def _pinned(cloud: Json, lock: Json, epochs: str = "3") -> None:
    """Rolled back to attempt 1, which had other epochs; attempt 2 is what the spec asks for."""
    place = {"job": f"{_PLACE}/tuningJobs/2", "model": f"{_PLACE}/models/2@1", "endpoint": f"{_PLACE}/endpoints/2"}
    lock["entries"][_ROUTER]["trainings"]["2"] = {"role": "deposed", **place}
    lock["entries"][_ROUTER]["pin"] = {"attempt": "1", "over": ["2"]}
    made = {"model": place["model"], "endpoint": place["endpoint"]}
    successor = {**copy.deepcopy(cloud["jobs"][_JOB]), "name": place["job"], "tunedModel": made}
    successor["supervisedTuningSpec"]["hyperParameters"]["epochCount"] = epochs
    cloud["jobs"][place["job"]] = successor
    cloud["models"][f"{_PLACE}/models/2"] = {"name": f"{_PLACE}/models/2"}
    cloud["jobs"][_JOB]["supervisedTuningSpec"]["hyperParameters"]["epochCount"] = "9"


def test_a_pinned_attempt_is_not_held_against_the_spec_and_what_it_was_rolled_back_from_is() -> None:
    wishes, lock, cloud, past = _world()
    _pinned(cloud, lock)

    kept = _said(wishes, lock, cloud, past)
    wishes[0].spec["tuneform"] = {"lifecycle": {"keep": 0}}
    beyond_keep = _said(wishes, lock, cloud, past)
    del cloud["models"][f"{_PLACE}/models/2"]
    disposed_of = _said(wishes, lock, cloud, past)

    assert (kept, beyond_keep) == ([], [])
    assert disposed_of == [f"vertex/router: {_PLACE}/tuningJobs/2, which it was rolled back from, is disposed of"]


def test_what_waits_to_be_promoted_is_what_the_spec_asks_for_and_asked_to_wait() -> None:
    wishes, lock, cloud, past = _world()
    _pinned(cloud, lock)
    del lock["entries"][_ROUTER]["pin"]
    lock["entries"][_ROUTER]["trainings"]["2"]["role"] = "pending"
    job = f"{_PLACE}/tuningJobs/2"

    unasked = _said(wishes, lock, cloud, past)
    wishes[0].spec["tuneform"] = {"lifecycle": {"promote": "manual"}}
    asked = _said(wishes, lock, cloud, past)
    cloud["jobs"][job]["supervisedTuningSpec"]["hyperParameters"]["epochCount"] = "4"
    another = _said(wishes, lock, cloud, past)

    assert unasked == [f"vertex/router: ['{job}'] wait to be promoted, and nobody asked for that"]
    assert asked == []
    assert another[0].startswith(f"vertex/router: {job} waits to be promoted, and the spec asks for something else")


def test_a_pin_does_not_outlast_an_edit() -> None:
    wishes, lock, cloud, past = _world()
    _pinned(cloud, lock, epochs="4")

    said = _said(wishes, lock, cloud, past)

    assert said == [
        "vertex/router: it is pinned, and was rolled back from something else: "
        "supervisedTuningSpec.hyperParameters.epochCount is '4' and should be 3"
    ]


def test_what_others_wrote_and_deleted_is_theirs() -> None:
    wishes, lock, cloud, past = _world()
    cloud["models"][_MODEL]["labels"]["theirs"] = "1"
    past.wrote[_MODEL] = {"theirs"}
    del cloud["endpoints"][_ENDPOINT]
    past.gone.add(_ENDPOINT)

    assert _said(wishes, lock, cloud, past) == []


@pytest.mark.parametrize(
    "form", ['{"b": 2, "a": 1}\r\n', '\ufeff{"a":1,"b":2}', '\n{"a": 1, "b": 2}\n\n', '{"\\u0061": 1, "b": 2}']
)
def test_form_is_not_content(form: str) -> None:
    assert learnt(form) == learnt('{"a": 1, "b": 2}')


def test_no_module_of_the_judge_imports_the_product() -> None:
    folder = Path(__file__).parent
    imported = {
        name.name if isinstance(node, ast.Import) else node.module
        for path in folder.glob("[!t]*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }

    assert [name for name in sorted(map(str, imported)) if name.startswith("reconciler")] == []
    assert [n for n in sorted(map(str, imported)) if n.startswith("tests") and not n.startswith("tests.oracle")] == []
