"""The parts of a spec that are tuneform's own: metadata and the key `tuneform`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from reconciler.core import durations
from reconciler.core.model import OnChange
from reconciler.files.schema.base import Part, shared
from reconciler.files.schema.gate import GatePart
from reconciler.files.schema.values import INT32_MAX, Formed, Number

WORKSPACE_ANNOTATION = "tuneform.dev/workspace"
DNS_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"

Name = Annotated[
    str,
    Formed(
        DNS_LABEL,
        "a DNS label",
        "Use at most 63 lower-case letters, digits and hyphens; begin and end with a letter or digit.",
        "SPEC032",
    ),
]
ProjectId = Annotated[
    str,
    Formed(
        r"(?:[a-z0-9.-]+:)?[a-z0-9][a-z0-9-]{0,61}",
        "the id of a Google Cloud project",
        "Write the id or the number, such as acme-ml; not the display name.",
    ),
]
LocationId = Annotated[
    str,
    Formed(
        r"[a-z]+(?:-[a-z]+[0-9]+)?",
        "a location of Google Cloud",
        "Write it like us-central1, europe-west4 or global.",
    ),
]
NonNegative = Annotated[int, Number(is_whole=True, least=0, most=INT32_MAX)]
Positive = Annotated[int, Number(is_whole=True, least=1, most=INT32_MAX)]
Duration = Annotated[str, Formed(durations.FORM, "a duration", durations.ADVICE)]


def _empty_as_default(value: Any) -> Any:
    """`lifecycle:` with nothing under it, or only comments, is the same as leaving it out."""
    return {} if value is None else value


EmptyIsDefault = BeforeValidator(_empty_as_default)


class Metadata(Part):
    """The model's name, and what other tools may keep there."""

    name: Name
    """Name of the model; its address is `vertex/NAME` or `gemini/NAME`. A DNS label, kept through every
    retraining."""
    namespace: str | None = None
    """Accepted for other tools, and never sent."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Accepted for other tools, and never sent. Labels of the service's resources are `spec.labels`."""
    annotations: dict[str, str] = Field(default_factory=dict)
    """Accepted for other tools, and never sent. `tuneform.dev/workspace` must name the workspace in force."""


class LifecyclePart(Part):
    """What may happen to the model, and when."""

    protect: bool = False
    """Refuse to delete, dispose of, cancel or destroy the model. A successor may still be trained and
    serve."""
    on_remove: Literal["delete", "retain"] = "delete"
    """What the removal of this spec does: `delete` the model and its endpoints, or `retain` them and
    forget."""
    keep: NonNegative = 1
    """How many newer models there must be before a deposed one is deleted."""
    on_data_change: Literal["report", "retune"] = "report"
    """What other bytes behind the same `gs://` URI do: `report` them, or `retune`. Local data always
    counts as an edit."""
    on_parent_change: Literal["report", "retune"] = "report"
    """What a newer model of the spec under `ref` does."""
    on_failure: Literal["manual", "retry"] = "manual"
    """What a failed training does: wait for a person, or `retry` after transient failures."""
    max_attempts: Positive = 2
    """How many trainings there may be in all with `onFailure: retry`."""
    promote: Literal["automatic", "manual"] = "automatic"
    """When a model that is trained and passed its gate serves: at once, or when somebody says
    `tuneform promote ADDRESS`."""
    max_duration: Duration | None = None
    """How long a training may take, from its submission, before `status` shows it as stuck; unset: as
    `limits.maxDuration` of the workspace says. Nothing is cancelled."""


class _Checkpoint(Formed):
    """An id is a number, with quotes or without."""

    def check(self, value: Any) -> str:
        """The text as it is."""
        is_number = isinstance(value, int) and not isinstance(value, bool)
        return super().check(str(value) if is_number else value)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        text = super().__get_pydantic_json_schema__(schema, handler)
        return {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 999_999_999}, text]}


class _Trigger(_Checkpoint):
    """Any text of one line, or a whole number; what is no text would not be told apart by how it is written."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        text = Formed.__get_pydantic_json_schema__(self, schema, handler)
        return {"anyOf": [{"type": "integer"}, text]}


Trigger = Annotated[
    str,
    _Trigger(
        r"\S(?:[^\x00-\x1f\x7f]{0,198}\S)?",
        "a text of one line",
        "Write 1 to 200 characters, such as a date or the reason to train again; or leave it out.",
    ),
]


class ServePart(Part):
    """What of a trained model serves, and what it is called."""

    checkpoint: Annotated[
        str,
        _Checkpoint(
            r"last|[1-9][0-9]{0,8}|best (?:[A-Za-z][A-Za-z0-9_]{0,99}|evaluation/\S[^\x00-\x1f\x7f]{0,59})",
            "last, best METRIC, or the id of a checkpoint",
            "Write it like last, best eval_total_loss, or 2, an id that the command show lists.",
        ),
    ] = "last"
    """The checkpoint that serves: `last`, the one at which a metric was best (`best eval_total_loss`, or a score of the
    service's own evaluation: `best evaluation/NAME`), or the id of one. In place: nothing is trained."""
    alias: Annotated[
        str | None,
        Formed(
            r"(?!default$)[a-z][a-zA-Z0-9-]{0,126}[a-z0-9]",
            "a name for the version that serves",
            "Write 2 to 128 letters, digits and dashes, a small letter first, such as production, and not default.",
        ),
    ] = None
    """Alias of the version of the Model that serves, on Vertex AI: it moves with a promotion and a rollback, and is
    taken from the versions that served before. In place: nothing is trained. Other aliases are left alone."""


class TuneformPart(Part):
    """Everything about the model that is no field of the API."""

    task: Literal["classification", "summarization", "question-answering", "chat"] | None = None
    """What the model is for; checks the data and the epochs against the recommendations for it."""
    trigger: Annotated[Trigger | None, OnChange.REPLACE] = None
    """A text of your own whose change trains anew, with nothing else edited; also after a failure. To take it out
    trains nothing."""
    former_names: list[Name] = Field(default_factory=list)
    """Names that this spec had before: a rename without a training."""
    existing: str | None = None
    """Resource name of a model that tuneform did not make; written by `tuneform import`."""
    extra: dict[str, Any] = Field(default_factory=dict)
    """API fields that are newer than this version of tuneform: sent as they are, and training fields."""
    lifecycle: Annotated[LifecyclePart, EmptyIsDefault] = shared(LifecyclePart)
    """What may happen to the model, and when."""
    serve: ServePart | None = None
    """Which part of a trained model serves. Aliases of model versions are left alone: none moves with it."""
    gate: GatePart | None = None
    """What must hold before a successor serves, and what `tuneform gate` checks."""
