"""What parameters of Google's clients are called in a spec, by the method of tuning that they are for.

Source: `CreateTuningJobConfig` of google-genai and what it makes of each for every method; a field of a method that the
published definitions do not have is none here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reconciler.core.dialects.vertex import VERTEX

TOP: Final = {
    "tuned_model_display_name": "tunedModelDisplayName",
    "description": "description",
    "labels": "labels",
    "encryption_spec": "encryptionSpec",
    "service_account": "serviceAccount",
}
"""Beside the method."""


@dataclass(frozen=True, slots=True)
class MethodSettings:
    """One method: its word, its field, the name of its training data, and what parameters are called inside."""

    word: str
    field: str
    data: str
    inside: Mapping[str, str]
    parameters: Mapping[str, str]


def _settings(word: str, inside: Mapping[str, str], parameters: Mapping[str, str]) -> MethodSettings:
    method = next(method for method in VERTEX.methods if method.word == word)
    data = method.training_data.rpartition(".")[2]
    inside = {"validation_dataset_uri": "validationDatasetUri", **inside}
    return MethodSettings(word, method.field, data, inside, {**_OF_ALL, **parameters})


_OF_ALL: Final = {
    "epoch_count": "epochCount",
    "epochs": "epochCount",
    "adapter_size": "adapterSize",
    "learning_rate_multiplier": "learningRateMultiplier",
}
_TUNED: Final = {
    "export_last_checkpoint_only": "exportLastCheckpointOnly",
    "evaluation_config": "evaluationConfig",
    "tuning_mode": "tuningMode",
}
USUAL: Final = "SUPERVISED_FINE_TUNING"
METHODS: Final[Mapping[str, MethodSettings]] = {
    USUAL: _settings("supervised", _TUNED, {}),
    "PREFERENCE_TUNING": _settings("preference", _TUNED, {"beta": "beta"}),
    "DISTILLATION": _settings(
        "distillation",
        {
            "base_teacher_model": "baseTeacherModel",
            "tuned_teacher_model_source": "tunedTeacherModelSource",
            "tuning_mode": "tuningMode",
        },
        {},
    ),
    "REINFORCEMENT_TUNING": _settings(
        "reinforcement",
        {"reward_config": "singleRewardConfig", "composite_reward_config": "compositeRewardConfig"},
        {
            "batch_size": "batchSize",
            "samples_per_prompt": "samplesPerPrompt",
            "evaluate_interval": "evaluateInterval",
            "checkpoint_interval": "checkpointInterval",
            "max_output_tokens": "maxOutputTokens",
            "thinking_level": "thinkingLevel",
        },
    ),
}
"""By the client's word for it."""


def why_no_place(name: str, method: MethodSettings) -> str:
    """Why a parameter has no field in a spec of this method."""
    others = [other.word for other in METHODS.values() if name in other.inside or name in other.parameters]
    if others and method.word not in others:
        return f"it is of {' and '.join(others)} tuning, and this is {method.word} tuning"
    return "no field of a spec stands for it"
