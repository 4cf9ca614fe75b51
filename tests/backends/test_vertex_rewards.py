"""validateReinforcementTuningReward: what is sent, and what its answers mean."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from googleapiclient.discovery_cache import get_static_doc

from reconciler.backends.base import BackendError
from reconciler.backends.vertex_rewards import TRIED, _tried, try_reward
from reconciler.core.faults import Fault
from reconciler.core.rewards import TriedReward
from tests.backends.fakes import an_error, bodies, wired

REWARDS = {"singleRewardConfig": {"rewardName": "right"}}
EXAMPLE = {"contents": [{"role": "user", "parts": [{"text": "What is 2 + 2?"}]}], "references": {"answer": "4"}}


def tried(answer: dict[str, Any]) -> TriedReward:
    return _tried(TRIED.decode(json.dumps(answer)))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"overallReward": 1}, TriedReward(1.0)),
        ({}, TriedReward(0.0)),
        ({"overallReward": "-0.5", "rewardDetails": {"a": -1}}, TriedReward(-0.5, {"a": -1.0})),
        (
            {"overallReward": 0.5, "rewardInfoDetails": {"a": {"reward": 1}, "b": {}}, "rewardDetails": {"a": 9}},
            TriedReward(0.5, {"a": 1.0, "b": 0.0}),
        ),
        ({"error": "no group"}, TriedReward(None, {}, "no group")),
        ({"errorStatus": {"code": 3, "message": "bad"}}, TriedReward(None, {}, "bad")),
        ({"errorStatus": {"code": 13}}, TriedReward(None, {}, "code 13")),
        ({"errorStatus": {}}, TriedReward(0.0)),
        (
            {
                "overallReward": 1,
                "rewardInfoDetails": {"a": {"reward": 1}, "b": {"errorStatus": {"message": "timed out"}}},
            },
            TriedReward(None, {"a": 1.0}, "b: timed out"),
        ),
        ({"overallReward": "NaN"}, TriedReward(None)),
    ],
)
def test_an_answer_is_a_reward_or_says_why_there_is_none(answer: dict[str, Any], expected: TriedReward) -> None:
    assert tried(answer) == expected


def test_words_of_the_service_move_no_cursor() -> None:
    found = tried({"error": "a\x1b[2Jb", "rewardInfoDetails": {"x\u202ey": {"reward": 1}}})

    assert "\x1b" not in found.error
    assert "\u202e" not in repr(found.rewards)


def test_every_field_of_the_answer_is_decoded() -> None:
    schemas = json.loads(str(get_static_doc("aiplatform", "v1beta1")))["schemas"]
    prefix = "GoogleCloudAiplatformV1beta1"
    answer = schemas[f"{prefix}ValidateReinforcementTuningRewardResponse"]["properties"]
    info = answer["rewardInfoDetails"]["additionalProperties"]["$ref"]

    assert set(answer) == {"overallReward", "rewardDetails", "rewardInfoDetails", "error", "errorStatus"}
    assert set(schemas[info]["properties"]) == {"reward", "errorStatus", "userRequestedAuxInfo"}


def test_the_request_has_the_rewards_the_example_and_the_answer_as_a_turn_of_the_model() -> None:
    cloud = wired(httpx.Response(200, json={"overallReward": 1}))

    found = try_reward(cloud.http, "acme-ml", "us-central1", REWARDS, EXAMPLE, "<a>4</a>")

    (request,) = cloud.script.requests
    assert found == TriedReward(1.0)
    assert request.url.path == (
        "/v1beta1/projects/acme-ml/locations/us-central1/tuningJobs:validateReinforcementTuningReward"
    )
    assert bodies(cloud.script.requests) == [
        {**REWARDS, "example": EXAMPLE, "sampleResponse": {"role": "model", "parts": [{"text": "<a>4</a>"}]}}
    ]


def test_a_refusal_repeats_neither_the_example_nor_the_answer() -> None:
    cloud = wired(an_error(400, "INVALID_ARGUMENT", 'Bad: "What is 2 + 2?" and "<a>4</a>"'))

    with pytest.raises(BackendError) as caught:
        try_reward(cloud.http, "acme-ml", "us-central1", REWARDS, EXAMPLE, "<a>4</a>")

    assert caught.value.fault is Fault.REJECTED
    assert "What is 2 + 2?" not in caught.value.diagnostic.detail
    assert "<a>4</a>" not in caught.value.diagnostic.detail
