"""Vertex AI: tuning jobs that make a Model and an Endpoint.

Source: the published definitions of aiplatform v1 and v1beta1 (TuningJob), and recorded answers; for metrics their
reference, Google's notebooks on them, and for preference tuning its own page. Open models publish no list, and neither
do the methods of v1beta1. Where the weights of an open model are: the page on tuning open models, and google/skills.
"""

from __future__ import annotations

from dataclasses import replace

from reconciler.core.dialect import Dialect, TuningMethod
from reconciler.core.model import Status

PREVIEW = "v1beta1"
"""The version that has what v1 has not yet."""
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


def _method(name: str, word: str, data: str, dataset: str = "trainingDatasetUri") -> TuningMethod:
    """One whose metrics and bill are published nowhere, as those of v1beta1."""
    return TuningMethod(
        field=name,
        word=word,
        training_data=f"{name}.{dataset}",
        validation_data=f"{name}.validationDatasetUri",
        epochs=f"{name}.hyperParameters.epochCount",
        adapter_size=f"{name}.hyperParameters.adapterSize",
        metrics=None,
        data=data,
        version=PREVIEW,
        bills_tokens=False,
    )


def _of_v1(method: TuningMethod, *metrics: str) -> TuningMethod:
    """One that v1 has, with its metrics beside those of all."""
    known = (*_TRAIN_METRICS, *_EVAL_METRICS, *metrics)
    last_only = f"{method.field}.exportLastCheckpointOnly"
    return replace(method, metrics=known, version="", bills_tokens=True, last_checkpoint_only=last_only)


_SUPERVISED = _of_v1(_method("supervisedTuningSpec", "supervised", "sft"))
_PREFERENCE = _of_v1(
    _method("preferenceOptimizationSpec", "preference", "preference"), "preference_optimization_train_loss"
)
_REINFORCEMENT = _method("reinforcementTuningSpec", "reinforcement", "reinforcement")
_REWARDS = tuple(f"{_REINFORCEMENT.field}.{name}" for name in ("singleRewardConfig", "compositeRewardConfig"))

VERTEX = Dialect(
    name="vertex",
    title="Vertex AI",
    parent="preTunedModel",
    parent_name="preTunedModel.tunedModelName",
    display_name="tunedModelDisplayName",
    display_name_max=128,
    methods=(
        replace(_SUPERVISED, evaluation=f"{_SUPERVISED.field}.evaluationConfig"),
        _PREFERENCE,
        replace(_REINFORCEMENT, rewards=_REWARDS),
        _method("distillationSpec", "distillation", "prompts", "promptDatasetUri"),
        _method("fullFineTuningSpec", "full", "sft"),
    ),
    other_methods=("partnerModelTuningSpec", "veoTuningSpec", "veoLoraTuningSpec"),
    other_version=PREVIEW,
    of_other_version=frozenset(
        {"customBaseModel", "outputUri", "partnerModelTuningSpec", "veoTuningSpec", "veoLoraTuningSpec"}
    ),
    of_other_version_inside=frozenset({"tuningMode", "batchSize", "learningRate"}),
    not_training=frozenset(
        {
            *("trainingDatasetUri", "promptDatasetUri", "validationDatasetUri"),
            *("exportLastCheckpointOnly", "evaluationConfig", "outputUri"),
        }
    ),
    encryption="encryptionSpec",
    output="outputUri",
    artifacts="postprocess/node-0/checkpoints/final",
    mode="tuningMode",
    modes={"TUNING_MODE_FULL": "full", "TUNING_MODE_PEFT_ADAPTER": "adapter"},
    only_open=("customBaseModel",),
    only_open_inside=frozenset({"tuningMode", "batchSize", "learningRate"}),
    adapter_sizes=ADAPTER_SIZES,
    resources="projects/",
    jobs_to_rebase="/tuningJobs/",
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
