"""Hyperparameters that several methods of Vertex AI share, and how an open model is tuned.

Source: the published definitions of aiplatform v1 and v1beta1, `SupervisedHyperParameters` and its likes.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from reconciler.core.model import OnChange
from reconciler.files.schema.base import OneOf, Part
from reconciler.files.schema.values import INT64_MAX, AdapterSize, Number

Epochs: TypeAlias = Annotated[int, Number(is_whole=True, least=1, most=INT64_MAX)]
Multiplier: TypeAlias = Annotated[float, Number(is_whole=False, above=0)]
TuningMode: TypeAlias = Literal["TUNING_MODE_FULL", "TUNING_MODE_PEFT_ADAPTER"]


class AdapterHyperParameters(Part):
    """Hyperparameters that every method with an adapter has."""

    epoch_count: Annotated[Epochs | None, OnChange.REPLACE] = None
    """Full passes over the training data; unset: the service decides by the size of the data."""
    adapter_size: Annotated[Annotated[str, AdapterSize()] | None, OnChange.REPLACE] = None
    """Size of the adapter: 1, 2, 4, 8, 16 or 32 (the size itself), or the API's name for it."""
    learning_rate_multiplier: Annotated[Multiplier | None, OnChange.REPLACE] = None
    """Multiplies the recommended learning rate."""


class OpenHyperParameters(AdapterHyperParameters):
    """The same, with those that only open models have (v1beta1)."""

    alternatives = (OneOf(("learningRate", "learningRateMultiplier"), is_required=False),)

    batch_size: Annotated[Epochs | None, OnChange.REPLACE] = None
    """Examples of one step, for open models alone; unset: the service decides."""
    learning_rate: Annotated[Multiplier | None, OnChange.REPLACE] = None
    """Learning rate itself, for open models alone; unset: the service decides."""
