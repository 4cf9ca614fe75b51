"""`distillationSpec` and `fullFineTuningSpec`, of v1beta1 alone.

Source: the published definitions of aiplatform v1beta1, `DistillationSpec` and `FullFineTuningSpec`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, TypeAlias

from pydantic import Field

from reconciler.core.model import OnChange
from reconciler.files.schema.base import Apart, OneOf, Part
from reconciler.files.schema.hyperparameters import OpenHyperParameters, TuningMode
from reconciler.files.schema.values import Formed

DatasetUri: TypeAlias = Annotated[str, Field(min_length=1)]


class MethodHyperParameters(OpenHyperParameters):
    """Hyperparameters of distillation and of full fine-tuning."""


class DistillationSpec(Part):
    """Distillation: prompts, and a larger model whose answers are learnt."""

    alternatives = (OneOf(("baseTeacherModel", "tunedTeacherModelSource")),)
    left_out: ClassVar[Mapping[str, str]] = {
        "studentModel": "It is outdated: the model that learns is baseModel of the spec.",
        "trainingDatasetUri": "It is outdated: write promptDatasetUri.",
        "pipelineRootDirectory": "It is outdated, and the service needs no such folder any more.",
    }

    prompt_dataset_uri: Annotated[DatasetUri, OnChange.REPLACE, Apart.DATASET]
    """Prompts that the teacher answers: `gs://BUCKET/OBJECT`, or a path relative to this file."""
    validation_dataset_uri: Annotated[DatasetUri | None, OnChange.REPORT, Apart.DATASET] = None
    """Validation data, in the same forms; does not change the weights."""
    base_teacher_model: Annotated[str | None, OnChange.REPLACE, Field(min_length=1)] = None
    """Base model that teaches; or else `tunedTeacherModelSource`."""
    tuned_teacher_model_source: Annotated[
        Annotated[
            str,
            Formed(
                r"projects/[^/\s]+/locations/[a-z0-9-]+/models/[^/\s]+",
                "the resource name of a model",
                "Write it as projects/PROJECT/locations/LOCATION/models/ID.",
            ),
        ]
        | None,
        OnChange.REPLACE,
    ] = None
    """Tuned model that teaches: `projects/…/locations/…/models/…`."""
    tuning_mode: Annotated[TuningMode | None, OnChange.REPLACE] = None
    """How an open model is tuned: all of its weights, or an adapter."""
    hyper_parameters: Annotated[MethodHyperParameters | None, OnChange.REPLACE] = None
    """Hyperparameters; what is unset the service decides."""


class FullFineTuningSpec(Part):
    """Full fine-tuning: as supervised tuning, of all weights."""

    training_dataset_uri: Annotated[DatasetUri, OnChange.REPLACE, Apart.DATASET]
    """Training data: `gs://BUCKET/OBJECT`, a dataset's resource name, or a path relative to this file."""
    validation_dataset_uri: Annotated[DatasetUri | None, OnChange.REPORT, Apart.DATASET] = None
    """Validation data, in the same forms; does not change the weights."""
    hyper_parameters: Annotated[MethodHyperParameters | None, OnChange.REPLACE] = None
    """Hyperparameters; what is unset the service decides."""
