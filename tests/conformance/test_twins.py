"""Every recorded real body has a twin: the emulator in the same situation answers in the same shape, field by field."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conformance import situations
from tests.conformance.shapes import lines_of, order_of
from tests.conformance.situations import Scene
from tests.recorded import body

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Twin:
    """One recorded body, the situation it was answered in, and the places whose very values that decides."""

    file: str
    situation: Callable[[Scene], Json]
    same: tuple[str, ...] = ()


STATISTICS = "tuningDataStats.supervisedTuningDataStats"
TWINS = (
    Twin(
        "vertex.sft.pending.text.json",
        situations.pending,
        ("state", "baseModel", "supervisedTuningSpec.hyperParameters"),
    ),
    Twin("vertex.sft.pending.create-response.image.json", situations.pending_pictures, ("state",)),
    Twin(
        "vertex.sft.succeeded.qa-full-stats.json",
        situations.succeeded_questions,
        (
            "state",
            "baseModel",
            "supervisedTuningSpec.hyperParameters",
            f"{STATISTICS}.tuningDatasetExampleCount",
            f"{STATISTICS}.userMessagePerExampleDistribution",
        ),
    ),
    Twin(
        "vertex.sft.succeeded.image-full-stats.json",
        situations.succeeded_pictures,
        (
            "state",
            "supervisedTuningSpec.hyperParameters.epochCount",
            "supervisedTuningSpec.hyperParameters.adapterSize",
            f"{STATISTICS}.tuningDatasetExampleCount",
            f"{STATISTICS}.userMessagePerExampleDistribution",
        ),
    ),
    Twin(
        "vertex.sft.failed.endpoint-creation.json",
        situations.failed_without_endpoint,
        ("state", "error", "supervisedTuningSpec"),
    ),
    Twin(
        "gemini.operation.create-response.v1beta.json",
        lambda scene: situations.numbers(scene, 5, 4, displayName="number generator"),
        ("metadata.totalSteps",),
    ),
    Twin("gemini.operation.curl.json", situations.numbers, ("metadata.totalSteps",)),
    Twin("gemini.operation.website-sample.json", situations.numbers, ("metadata.totalSteps",)),
    Twin(
        "gemini.operation.create-response.v1beta3.json",
        lambda scene: situations.numbers(scene, 3, 4, displayName="number generator"),
        ("metadata.totalSteps",),
    ),
    Twin(
        "gemini.operation.curl.v1beta3.json",
        lambda scene: situations.numbers(scene, 3, 2),
        ("metadata.totalSteps",),
    ),
    Twin(
        "gemini.tunedModel.creating.json", situations.creating, ("state", "displayName", "tuningTask.hyperparameters")
    ),
    Twin("gemini.tunedModels.list.json", situations.listed),
)

# What differs, and why it may. `-` is in the recorded body alone, `+` in the emulator's.
_STEPS = {
    f"+ {STATISTICS}.{field}: number as text": "in the schema; what was recorded is of 2025 or older"
    for field in ("tuningStepCount", "totalTuningCharacterCount")
}
_V1BETA3 = "the PaLM era's v1beta3 is not served; its messages are v1beta's"
EXPLAINED: Mapping[str, Mapping[str, str]] = {
    "vertex.sft.succeeded.qa-full-stats.json": _STEPS,
    "vertex.sft.succeeded.image-full-stats.json": _STEPS,
    "vertex.sft.failed.endpoint-creation.json": _STEPS,
    "gemini.operation.create-response.v1beta3.json": {
        "- metadata.@type: type.googleapis.com/google.ai.generativelanguage.v1beta3.CreateTunedModelMetadata": _V1BETA3,
        "+ metadata.@type: type.googleapis.com/google.ai.generativelanguage.v1beta.CreateTunedModelMetadata": _V1BETA3,
    },
    "gemini.operation.curl.v1beta3.json": {
        "- metadata.@type: type.googleapis.com/google.ai.generativelanguage.v1beta3.CreateTunedModelMetadata": _V1BETA3,
        "+ metadata.@type: type.googleapis.com/google.ai.generativelanguage.v1beta.CreateTunedModelMetadata": _V1BETA3,
    },
}


def at(body: Any, path: str) -> Any:
    for key in path.split("."):
        body = body[key]
    return body


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: twin.file)
def test_a_recorded_body_has_a_twin(twin: Twin) -> None:
    real = json.loads(body(twin.file))

    ours = twin.situation(Scene.open())

    missing = {f"- {line}" for line in lines_of(real) - lines_of(ours)}
    added = {f"+ {line}" for line in lines_of(ours) - lines_of(real)}
    explained = set(EXPLAINED.get(twin.file, {}))
    assert missing | added == explained, "explain what differs, and take away what no longer does"
    assert {path: at(ours, path) for path in twin.same} == {path: at(real, path) for path in twin.same}
    assert [k for k in order_of(ours) if k in real] == [k for k in order_of(real) if k in ours]
