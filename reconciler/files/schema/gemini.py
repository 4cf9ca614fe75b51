"""`kind: GeminiTunedModel`: the fields of a TunedModel that a user may set.

Source: the published definition of generativelanguage v1beta, `TunedModel` and what hangs on it.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from reconciler.core.dialects.gemini import GEMINI
from reconciler.core.model import OnChange
from reconciler.files.schema.base import Apart, OneOf, Part, shared
from reconciler.files.schema.ours import DNS_LABEL, EmptyIsDefault, Metadata, ProjectId, TuneformPart
from reconciler.files.schema.values import INT32_MAX, INT64_MAX, Formed, Number

GeminiBaseModel: TypeAlias = Annotated[
    str,
    Formed(
        r"models/[A-Za-z0-9][A-Za-z0-9._-]*",
        "a base model of the Gemini API",
        'Write it with "models/" before it, such as models/gemini-1.5-flash-001-tuning.',
    ),
]
TunedModelName: TypeAlias = Annotated[
    str, Formed(r"tunedModels/[a-z0-9-]+", "the name of a tuned model", "Write it as tunedModels/ID.")
]
Count: TypeAlias = Annotated[int, Number(is_whole=True, least=1, most=INT32_MAX)]
Rate: TypeAlias = Annotated[float, Number(is_whole=False, above=0)]
Share: TypeAlias = Annotated[float, Number(is_whole=False, least=0, most=1)]
ProjectNumber: TypeAlias = Annotated[int, Number(is_whole=True, least=1, most=INT64_MAX)]


class GeminiRef(Part):
    """Another spec of this workspace."""

    kind: Annotated[Literal["GeminiTunedModel"], OnChange.REPLACE] = "GeminiTunedModel"
    """Kind of the other spec."""
    name: Annotated[str, OnChange.REPLACE, Formed(DNS_LABEL, "the name of a spec", "Write its metadata.name.")]
    """`metadata.name` of the other spec."""


class TunedModelSource(Part):
    """A tuned model to go on from."""

    alternatives = (OneOf(("tunedModel", "ref")),)
    answers = frozenset({"baseModel"})

    tuned_model: Annotated[TunedModelName | None, OnChange.REPLACE] = None
    """Name of the tuned model, `tunedModels/…`."""
    ref: Annotated[GeminiRef | None, OnChange.REPLACE, Apart.PARENT] = None
    """Another spec instead of a name: it is trained first, and its model is pinned when this one is
    submitted."""


class Hyperparameters(Part):
    """Hyperparameters; what is unset the service decides."""

    alternatives = (OneOf(("learningRate", "learningRateMultiplier"), is_required=False),)

    epoch_count: Annotated[Count | None, OnChange.REPLACE] = None
    """Passes over the training data; the service's default is 5."""
    batch_size: Annotated[Count | None, OnChange.REPLACE] = None
    """Examples in a step; the service's default is 4 or 16, by the size of the data."""
    learning_rate: Annotated[Rate | None, OnChange.REPLACE] = None
    """Learning rate; or else `learningRateMultiplier`. The service's default is 0.001 or 0.0002."""
    learning_rate_multiplier: Annotated[Rate | None, OnChange.REPLACE] = None
    """Multiplies the service's default learning rate."""


class TuningExample(Part):
    """One pair to learn from."""

    text_input: Annotated[str, OnChange.REPLACE]
    """The prompt."""
    output: Annotated[str, OnChange.REPLACE]
    """The answer to learn."""


class TuningExamples(Part):
    """A list of pairs."""

    examples: Annotated[list[TuningExample], OnChange.REPLACE, Apart.EXAMPLES, Field(min_length=1)]
    """The pairs; at least 20 are recommended. They are sent, and appear in no plan and no lock."""


class TrainingData(Part):
    """Inline examples; or else `tuneform.dataFile`."""

    examples: Annotated[TuningExamples, OnChange.REPLACE]
    """The API nests the list of examples twice."""


class TuningTask(Part):
    """How the model is trained, and on what."""

    answers = frozenset({"startTime", "completeTime", "snapshots"})

    hyperparameters: Annotated[Hyperparameters | None, OnChange.REPLACE] = None
    """Hyperparameters; what is unset the service decides."""
    training_data: Annotated[TrainingData | None, OnChange.REPLACE] = None
    """Inline examples; or else `tuneform.dataFile`."""


class GeminiTuneform(TuneformPart):
    """Everything about the model that is no field of the API."""

    existing: TunedModelName | None = None
    """Name of a model that tuneform did not make; written by `tuneform import`."""
    data_file: Annotated[str, Field(min_length=1)] | None = None
    """Training data as a csv, json or jsonl file, by its path relative to this file; instead of inline
    examples."""


class GeminiSpec(Part):
    """The fields of a TunedModel, with its project."""

    alternatives = (OneOf(("baseModel", "tunedModelSource")),)
    answers = frozenset({"name", "state", "createTime", "updateTime"})

    project: Annotated[ProjectId | None, OnChange.REPLACE] = None
    """Google Cloud project that pays and owns the model; default: the workspace's `gemini.project`."""
    base_model: Annotated[GeminiBaseModel | None, OnChange.REPLACE] = None
    """Base model to tune, such as `models/gemini-1.5-flash-001-tuning`; or else `tunedModelSource`."""
    tuned_model_source: Annotated[TunedModelSource | None, OnChange.REPLACE] = None
    """Tuned model to go on from, instead of a base model."""
    display_name: Annotated[str | None, OnChange.IN_PLACE, Field(min_length=1, max_length=GEMINI.display_name_max)] = (
        None
    )
    """What people see, at most 40 characters; always sent, by default `metadata.name`."""
    description: Annotated[str | None, OnChange.IN_PLACE] = None
    """A description for people."""
    temperature: Annotated[Share | None, OnChange.IN_PLACE] = None
    """Default randomness of answers, from 0 to 1; unset: the base model's."""
    top_p: Annotated[Share | None, OnChange.IN_PLACE] = None
    """Default nucleus sampling, from 0 to 1; unset: the base model's."""
    top_k: Annotated[Count | None, OnChange.IN_PLACE] = None
    """Default top-k sampling; unset: the base model's."""
    reader_project_numbers: Annotated[list[ProjectNumber] | None, OnChange.IN_PLACE] = None
    """Numbers of the projects that may read the model."""
    tuning_task: Annotated[TuningTask | None, OnChange.REPLACE] = None
    """Hyperparameters and training data."""
    tuneform: Annotated[GeminiTuneform, EmptyIsDefault] = shared(GeminiTuneform)
    """Everything about the model that is no field of the API."""


class GeminiTunedModel(Part):
    """A model tuned by the Gemini API; its address is `gemini/NAME`."""

    answers = frozenset({"status"})

    api_version: Literal["tuneform.dev/v1"]
    """Version of this format."""
    kind: Literal["GeminiTunedModel"]
    """Kind of this document."""
    metadata: Metadata
    """Name of the model."""
    spec: GeminiSpec
    """The fields of a TunedModel, with its project."""
