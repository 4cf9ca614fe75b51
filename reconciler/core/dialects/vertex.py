"""Vertex AI: tuning jobs that make a Model and an Endpoint.

Source: the published definitions of aiplatform v1 and v1beta1 (TuningJob), and recorded answers; for metrics their
reference, Google's notebooks on them, and for preference tuning its own page. Open models publish no list.
"""

from __future__ import annotations

from reconciler.core.dialect import Dialect, TuningMethod
from reconciler.core.model import Status

ONLY_IN_V1BETA1 = frozenset(
    {
        "customBaseModel",
        "outputUri",
        "distillationSpec",
        "fullFineTuningSpec",
        "partnerModelTuningSpec",
        "reinforcementTuningSpec",
        "veoTuningSpec",
        "veoLoraTuningSpec",
    }
)
"""Fields of a tuning job that v1 refuses."""
ONLY_IN_V1BETA1_SPECS = frozenset({"tuningMode"})
"""The same of a method's field."""
ADAPTER_SIZES = {
    "ADAPTER_SIZE_ONE": 1,
    "ADAPTER_SIZE_TWO": 2,
    "ADAPTER_SIZE_FOUR": 4,
    "ADAPTER_SIZE_EIGHT": 8,
    "ADAPTER_SIZE_SIXTEEN": 16,
    "ADAPTER_SIZE_THIRTY_TWO": 32,
}
"""A bare number on the wire would be read as the number of the enum: 4 is size sixteen."""
_TRAIN_METRICS = ("train_total_loss", "train_fraction_of_correct_next_step_preds", "train_num_predictions")
_EVAL_METRICS = ("eval_total_loss", "eval_fraction_of_correct_next_step_preds", "eval_num_predictions")


def _method(name: str, word: str, *metrics: str) -> TuningMethod:
    return TuningMethod(
        field=name,
        word=word,
        training_data=f"{name}.trainingDatasetUri",
        validation_data=f"{name}.validationDatasetUri",
        epochs=f"{name}.hyperParameters.epochCount",
        adapter_size=f"{name}.hyperParameters.adapterSize",
        evaluation=f"{name}.evaluationConfig",
        last_checkpoint_only=f"{name}.exportLastCheckpointOnly",
        metrics=(*_TRAIN_METRICS, *_EVAL_METRICS, *metrics),
    )


VERTEX = Dialect(
    name="vertex",
    title="Vertex AI",
    parent="preTunedModel",
    parent_name="preTunedModel.tunedModelName",
    display_name="tunedModelDisplayName",
    display_name_max=128,
    methods=(
        _method("supervisedTuningSpec", "supervised"),
        _method("preferenceOptimizationSpec", "preference", "preference_optimization_train_loss"),
    ),
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
    adapter_sizes=ADAPTER_SIZES,
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
