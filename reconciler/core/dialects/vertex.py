"""Vertex AI: tuning jobs that make a Model and an Endpoint.

Source: the published definitions of aiplatform v1 and v1beta1 (TuningJob), and recorded answers.
"""

from __future__ import annotations

from reconciler.core.dialect import Dialect, TuningMethod
from reconciler.core.model import Status


def _method(name: str, word: str) -> TuningMethod:
    return TuningMethod(
        field=name,
        word=word,
        training_data=f"{name}.trainingDatasetUri",
        validation_data=f"{name}.validationDatasetUri",
        hyperparameters=f"{name}.hyperParameters",
        epochs=f"{name}.hyperParameters.epochCount",
        adapter_size=f"{name}.hyperParameters.adapterSize",
        evaluation=f"{name}.evaluationConfig",
    )


VERTEX = Dialect(
    name="vertex",
    title="Vertex AI",
    parent="preTunedModel",
    parent_name="preTunedModel.tunedModelName",
    display_name="tunedModelDisplayName",
    methods=(_method("supervisedTuningSpec", "supervised"), _method("preferenceOptimizationSpec", "preference")),
    other_methods=(
        "reinforcementTuningSpec",
        "distillationSpec",
        "fullFineTuningSpec",
        "partnerModelTuningSpec",
        "veoTuningSpec",
        "veoLoraTuningSpec",
    ),
    not_training=frozenset(
        {"trainingDatasetUri", "validationDatasetUri", "exportLastCheckpointOnly", "evaluationConfig"}
    ),
    encryption="encryptionSpec",
    adapter_sizes={
        "ADAPTER_SIZE_ONE": 1,
        "ADAPTER_SIZE_TWO": 2,
        "ADAPTER_SIZE_FOUR": 4,
        "ADAPTER_SIZE_EIGHT": 8,
        "ADAPTER_SIZE_SIXTEEN": 16,
        "ADAPTER_SIZE_THIRTY_TWO": 32,
    },
    resources="projects/",
    statuses={
        "JOB_STATE_SUCCEEDED": Status.READY,
        "JOB_STATE_FAILED": Status.FAILED,
        "JOB_STATE_EXPIRED": Status.FAILED,
        "JOB_STATE_CANCELLED": Status.CANCELLED,
        **dict.fromkeys(
            (f"JOB_STATE_{word}" for word in ("QUEUED", "PENDING", "RUNNING", "CANCELLING", "PAUSED", "UPDATING")),
            Status.IN_PROGRESS,
        ),
    },
    passing_states=frozenset({"JOB_STATE_EXPIRED"}),
)
