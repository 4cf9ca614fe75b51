"""google-api-python-client: every way to tune that the discovery document of v1beta1 has, and the methods beside them.

What this client says of a job is what was answered; that it is as published is asked of every answer at the end.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conformance.served import PARENT, Served
from tests.conformance.test_api_client import Build
from tests.conformance.test_api_client import build as a_build
from tests.conformance.test_genai_methods import OPEN_BASE, messages, prompts
from tests.conformance.test_genai_vertex import preferences

CLIENT = "google-api-python-client"
build = a_build  # the fixture

Json = dict[str, Any]

EXACT: Json = {
    "rewardName": "exact",
    "stringMatchRewardScorer": {
        "correctAnswerReward": 1.0,
        "wrongAnswerReward": -1.0,
        "stringMatchExpression": {"matchOperation": "EXACT_MATCH", "expression": "{{references.answer}}"},
    },
}


def bodies(served: Served) -> dict[str, Json]:
    """A body for each spec."""
    plain = {"trainingDatasetUri": served.upload()}
    asked = served.upload("prompts.jsonl", prompts())
    free = served.upload("free.jsonl", (json.dumps({"prompt": "A harbour"}) + "\n").encode() * 9)
    gemini, veo = "gemini-2.5-flash", "veo-3.0-generate-001"
    return {
        "supervisedTuningSpec": {"baseModel": gemini, "supervisedTuningSpec": plain},
        "preferenceOptimizationSpec": {
            "baseModel": gemini,
            "preferenceOptimizationSpec": {"trainingDatasetUri": served.upload("pairs.jsonl", preferences())},
        },
        "reinforcementTuningSpec": {
            "baseModel": "gemini-3.5-flash",
            "reinforcementTuningSpec": {"trainingDatasetUri": asked, "singleRewardConfig": EXACT},
        },
        "distillationSpec": {
            "baseModel": gemini,
            "distillationSpec": {"promptDatasetUri": asked, "baseTeacherModel": "gemini-3.1-pro"},
        },
        "fullFineTuningSpec": {
            "baseModel": OPEN_BASE,
            "outputUri": "gs://acme-data/out",
            "fullFineTuningSpec": {"trainingDatasetUri": served.upload("messages.jsonl", messages())},
        },
        "veoTuningSpec": {"baseModel": veo, "veoTuningSpec": {"trainingDatasetUri": free}},
        "veoLoraTuningSpec": {"baseModel": veo, "veoLoraTuningSpec": {"trainingDatasetUri": free}},
        "partnerModelTuningSpec": {
            "baseModel": "mistralai/mistral-small@2503",
            "partnerModelTuningSpec": {"trainingDatasetUri": free, "hyperParameters": {"epochs": 3}},
        },
    }


SPECS = (
    *("supervisedTuningSpec", "preferenceOptimizationSpec", "reinforcementTuningSpec", "distillationSpec"),
    *("fullFineTuningSpec", "veoTuningSpec", "veoLoraTuningSpec", "partnerModelTuningSpec"),
)


@pytest.mark.parametrize("spec", SPECS)
def test_a_job_of_every_method_is_followed_to_its_end_in_both_versions(build: Build, served: Served, spec: str) -> None:
    served.empty(speed="manual", catalog="historic")
    beta = build("aiplatform.v1beta1").projects().locations().tuningJobs()
    stable = build("aiplatform.v1").projects().locations().tuningJobs()
    name = beta.create(parent=PARENT, body=bodies(served)[spec]).execute()["name"]

    states = []
    for seconds in (0, 40, 1e6):
        served.advance(seconds)
        states.append(beta.get(name=name).execute()["state"].removeprefix("JOB_STATE_"))
    (listed,) = beta.list(parent=PARENT).execute()["tuningJobs"]
    (seen,) = stable.list(parent=PARENT).execute()["tuningJobs"]

    assert states == ["PENDING", "RUNNING", "SUCCEEDED"]
    assert spec in listed
    assert seen == stable.get(name=name).execute()
    assert (spec in seen) == (spec in SPECS[:2])


@pytest.mark.parametrize("spec", SPECS)
def test_a_job_of_every_method_is_cancelled(build: Build, served: Served, spec: str) -> None:
    served.empty(speed="manual", catalog="historic")
    jobs = build("aiplatform.v1beta1").projects().locations().tuningJobs()
    name = jobs.create(parent=PARENT, body=bodies(served)[spec]).execute()["name"]
    served.advance(37)

    jobs.cancel(name=name, body={}).execute()
    served.advance(60)

    assert jobs.get(name=name).execute()["state"] == "JOB_STATE_CANCELLED"


def test_a_reward_is_tried(build: Build) -> None:
    jobs = build("aiplatform.v1beta1").projects().locations().tuningJobs()
    body = {
        "example": {"contents": [{"role": "user", "parts": [{"text": "?"}]}], "references": {"answer": "Paris"}},
        "sampleResponse": {"parts": [{"text": "Paris"}]},
        "singleRewardConfig": EXACT,
    }

    found = jobs.validateReinforcementTuningReward(parent=PARENT, body=body).execute()

    assert found["overallReward"] == 1.0
    assert found["rewardInfoDetails"] == {"exact": {"reward": 1.0}}
