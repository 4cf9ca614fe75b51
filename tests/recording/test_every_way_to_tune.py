"""Every way to tune through a recorder: no difference is invented, and a planted one is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.emulator import Request
from reconciler.emulator.recording.verifying import Departure, replayed
from tests.recording.plants import Plant
from tests.recording.sessions import Session
from tests.recording.ways import ALL_REWARDS, BETA, EXACT, WAYS, tried

Json = dict[str, Any]


class _DataFromBefore(Session):
    """One whose data lay in the bucket before anything was recorded."""

    def call(self, verb: str, target: str, body: Any = None, **headers: str) -> Any:
        if not target.startswith("/upload/"):
            return super().call(verb, target, body, **headers)
        path, _, query = target.partition("?")
        self.upstream.handle(Request(verb, path, query, headers, body))
        return {}


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_invented_and_all_of_it_is_compared(way: str) -> None:
    session = Session()

    WAYS[way](session)

    assert session.found() == []
    assert session.recorder.failed == 0
    assert session.account.compared == session.account.exchanges > 10


@pytest.mark.parametrize("way", WAYS)
def test_each_trains_to_its_end_upstream(way: str) -> None:
    session = Session()

    WAYS[way](session)

    jobs = session.get(BETA)["tuningJobs"]
    assert {job["state"] for job in jobs} == {"JOB_STATE_SUCCEEDED"}


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_invented_where_the_data_lay_there_before(way: str) -> None:
    session = _DataFromBefore()

    WAYS[way](session)

    assert session.found() == []
    assert session.recorder.failed == 0


@pytest.mark.parametrize("way", WAYS)
def test_a_recording_of_it_holds_when_it_is_replayed(way: str) -> None:
    session = Session()
    WAYS[way](session)

    replay = replayed(session.recorder.exchanges, catalog="historic")

    assert replay.findings == []
    assert replay.held == session.account.held


def _changed(path: str, value: Any) -> Callable[[int, Any], tuple[int, Any]]:
    """Puts a value at a place of an answer that is no error; None takes away what is there, `[]` is each item."""

    def alter(status: int, body: Any) -> tuple[int, Any]:
        *folders, last = path.split(".")
        found = [body] if status == 200 else []
        for folder in folders:
            inner = [at[folder.removesuffix("[]")] for at in found if folder.removesuffix("[]") in at]
            found = [item for items in inner for item in items] if folder.endswith("[]") else inner
        for at in found:
            if value is None:
                at.pop(last, None)
            elif last in at or value == {}:
                at[last] = value
        return status, body

    return alter


def _fine(status: int, body: Any) -> tuple[int, Any]:
    return (200, {}) if status == 400 else (status, body)


_JOB = r"/tuningJobs/\d+\?$"
_TRIED = ":validateReinforcementTuningReward"
_REBASE = ":rebaseTunedModel"
_RL = "reinforcementTuningSpec"
_WEIGHTED = f"{_RL}.compositeRewardConfig.weightedRewardConfigs[]"
_CODE = f"{_RL}.singleRewardConfig.codeExecutionRewardScorer.pythonCodeSnippet"
_CLOUD = f"{_WEIGHTED}.rewardConfig.cloudRunRewardScorer.cloudRunUri"
_PROMPT = f"{_WEIGHTED}.rewardConfig.autoraterScorer.autoraterPrompt"
_BETA = "preferenceOptimizationSpec.hyperParameters.beta"
_SIZE = "fullFineTuningSpec.hyperParameters.adapterSize"
_TEACHER = "distillationSpec.baseTeacherModel"
_TEACHING = "tuningDataStats.distillationDataStats"
_SAMPLES = f"{_RL}.hyperParameters.samplesPerPrompt"
_MODE = "supervisedTuningSpec.tuningMode"


def _own_model(status: int, body: Any) -> tuple[int, Any]:
    if "preTunedModel" in body and "tunedModel" in body:
        parent = body["tunedModel"]["model"].rpartition("/")[0]
        body["tunedModel"]["model"] = f"{parent}/5555555555555555555@1"
    return status, body


# Each way with what is altered in which of its answers: aspect and place of the finding, and the behaviour of it.
PLANTED: tuple[tuple[str, Plant], ...] = (
    ("preference", Plant("another beta", "GET", _JOB, _changed(_BETA, 0.9), "value", _BETA, "paths, methods")),
    (
        "full",
        Plant("an adapter", "GET", _JOB, _changed(_SIZE, {}), "additional field", _SIZE, "resolved hyperparameters"),
    ),
    (
        "distillation",
        Plant(
            "another teacher", "GET", _JOB, _changed(_TEACHER, "gemini-2.5-pro"), "value", _TEACHER, "paths, methods"
        ),
    ),
    (
        "distillation",
        Plant(
            *("no statistics", "GET", _JOB, _changed(f"{_TEACHING}.trainingDatasetStats", None), "missing field"),
            *(f"{_TEACHING}.trainingDatasetStats", "statistics of distillation leave out"),
        ),
    ),
    (
        "one_reward",
        Plant("other code", "GET", _JOB, _changed(_CODE, "def other(): ..."), "value", _CODE, "paths, methods"),
    ),
    (
        "one_reward",
        Plant(
            *("a reward without its details", "POST", _TRIED, _changed("rewardInfoDetails", None), "missing field"),
            *("rewardInfoDetails", "exactly one of a single"),
        ),
    ),
    ("one_reward", Plant("no answer is fine", "POST", _TRIED, _fine, "status", "", "exactly one of a single")),
    (
        "several_rewards",
        Plant(
            "weights of one", "GET", _JOB, _changed(f"{_WEIGHTED}.weight", 0.5), "value", f"{_WEIGHTED}.weight", "paths"
        ),
    ),
    (
        "several_rewards",
        Plant("another address", "GET", _JOB, _changed(_CLOUD, "https://x.run.app"), "value", _CLOUD, "paths"),
    ),
    ("several_rewards", Plant("another prompt", "GET", _JOB, _changed(_PROMPT, "Is it?"), "value", _PROMPT, "paths")),
    (
        "several_rewards",
        Plant(
            "no samples", "GET", _JOB, _changed(_SAMPLES, None), "missing field", _SAMPLES, "resolved hyperparameters"
        ),
    ),
    (
        "open_models",
        Plant(
            "another folder", "GET", _JOB, _changed("outputUri", "gs://other/x"), "value", "outputUri", "paths, methods"
        ),
    ),
    ("open_models", Plant("no mode", "GET", _JOB, _changed(_MODE, None), "missing field", _MODE, "fields with proto3")),
    (
        "open_models",
        Plant(
            *(
                "a file elsewhere",
                "GET",
                r"/o\?prefix",
                _changed("items[].name", "out/llama/pytorch.bin"),
                "missing item",
            ),
            *("items[]", "objects, their fields"),
        ),
    ),
    (
        "further",
        Plant(
            *("no checkpoint", "GET", _JOB, _changed("preTunedModel.checkpointId", None), "missing field"),
            *("preTunedModel.checkpointId", "fields with proto3"),
        ),
    ),
    ("further", Plant("a model of its own", "GET", _JOB, _own_model, "value", "tunedModel.model", "paths, methods")),
    (
        "rebased",
        Plant(
            *("an operation of a failed job", "GET", r"/operations/", _changed("response.state", "JOB_STATE_FAILED")),
            *("state", "response.state", "states and their order"),
        ),
    ),
    (
        "rebased",
        Plant("no metadata", "POST", _REBASE, _changed("metadata", None), "missing field", "metadata", "rebase takes"),
    ),
    (
        "rebased",
        Plant(
            "no such job is fine",
            "POST",
            _REBASE,
            lambda s, b: (400, b) if s == 404 else (s, b),
            "status",
            "",
            "rebase",
        ),
    ),
)


@pytest.mark.parametrize(("way", "plant"), PLANTED, ids=lambda value: getattr(value, "name", value))
def test_a_planted_difference_is_found_and_put_down_to_its_behaviour(way: str, plant: Plant) -> None:
    session = Session(plant)

    WAYS[way](session)

    found: dict[tuple[str, str], Departure] = {(f.check.aspect, f.check.at): f for f in session.account.findings}
    assert (plant.aspect, plant.at) in found, session.found()
    assert found[plant.aspect, plant.at].ground.text.startswith(plant.row), found[plant.aspect, plant.at].ground
    assert session.recorder.failed == 0


def test_every_way_has_a_planted_difference() -> None:
    assert {way for way, _ in PLANTED} == WAYS.keys()


def test_what_a_reward_comes_to_is_no_difference() -> None:
    # It follows from code that no recording keeps.
    def alter(request: Request, status: int, body: Any) -> tuple[int, Any]:
        if request.path.endswith(_TRIED) and status == 200:
            details = {name: {"errorStatus": {"code": 3, "message": "No."}} for name in body["rewardInfoDetails"]}
            return 200, {"error": "No.", "errorStatus": {"code": 3, "message": "No."}, "rewardInfoDetails": details}
        return status, body

    session = Session(alter)

    tried(session, {"singleRewardConfig": EXACT})
    tried(session, ALL_REWARDS)

    assert session.found() == []
    assert session.account.compared == 6


@pytest.mark.parametrize("name", ["", "reward"])
def test_a_reward_that_has_no_name_is_paired_with_ours(name: str) -> None:
    def alter(request: Request, status: int, body: Any) -> tuple[int, Any]:
        if status == 200 and "rewardInfoDetails" in body and not name:
            (details,) = body["rewardInfoDetails"].values()
            body["rewardInfoDetails"] = {"default": details}
        return status, body

    session = Session(alter)

    tried(session, {"singleRewardConfig": {**EXACT, "rewardName": name}})

    assert session.found() == []
