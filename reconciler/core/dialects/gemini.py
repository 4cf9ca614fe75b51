"""The Gemini API: a tuned model is its own training, and its examples travel in the create.

Source: the published definitions of generativelanguage v1beta (TunedModel: its snapshots have a mean
loss), and recorded answers.
"""

from __future__ import annotations

from reconciler.core.dialect import Dialect, TuningMethod
from reconciler.core.model import Status

GEMINI = Dialect(
    name="gemini",
    title="the Gemini API",
    parent="tunedModelSource",
    parent_name="tunedModelSource.tunedModel",
    display_name="displayName",
    display_name_max=40,
    methods=(
        TuningMethod(
            field="tuningTask",
            word="supervised",
            training_data="tuningTask.trainingData",
            epochs="tuningTask.hyperparameters.epochCount",
            metrics=("mean_loss",),
        ),
    ),
    resources="tunedModels/",
    base_models="models/",
    has_locations=False,
    has_labels=False,
    gives_names_again=True,
    has_checkpoints=False,
    has_aliases=False,
    keeps_jobs=False,
    adds_versions=False,
    has_inline_data=True,
    is_free=True,
    statuses={"CREATING": Status.IN_PROGRESS, "ACTIVE": Status.READY, "FAILED": Status.FAILED},
    cancelled_code=1,
)
