"""The Gemini API's words and ours. Pure. Counts are int32 here, JSON numbers, unlike Vertex AI's.

Source: the protos of google.ai.generativelanguage v1beta, and recorded answers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from reconciler.backends.bodies import body_of
from reconciler.backends.quoting import cleaned
from reconciler.core import compare
from reconciler.core.curves import Curves, MetricPoint
from reconciler.core.dialects.gemini import GEMINI
from reconciler.core.diff import nested
from reconciler.core.job_details import JobDetails
from reconciler.core.lock import Submission, Training
from reconciler.core.markers import from_tuned_model_id
from reconciler.core.model import Carrier, Fields, Json, LiveTraining, Progress, Status

_ID = r"tunedModels/[a-z0-9][a-z0-9-]*"
TunedModelName = Annotated[str, Meta(pattern=f"^{_ID}$")]

OperationName = Annotated[str, Meta(pattern=rf"^({_ID}/operations/[\w-]+)?$")]

MUTABLE = ("displayName", "description", "temperature", "topP", "topK", "readerProjectNumbers")
"""Fields that tunedModels.patch takes."""


class WireSnapshot(Struct, frozen=True, rename="camel", gc=False):
    """TuningSnapshot; a value of 0 is absent."""

    step: int = 0
    epoch: int = 0
    mean_loss: float = 0.0
    compute_time: str = ""


class WireTask(Struct, frozen=True, rename="camel"):
    """TuningTask; the training data is never answered."""

    start_time: str = ""
    complete_time: str = ""
    snapshots: tuple[WireSnapshot, ...] = ()
    hyperparameters: dict[str, Any] = {}


class WireTunedModel(Struct, frozen=True, rename="camel"):
    """TunedModel."""

    name: TunedModelName
    state: str = ""
    create_time: str = ""
    update_time: str = ""
    display_name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    base_model: str | UnsetType = UNSET
    tuned_model_source: dict[str, Any] | UnsetType = UNSET
    temperature: float | UnsetType = UNSET
    top_p: float | UnsetType = UNSET
    top_k: int | UnsetType = UNSET
    reader_project_numbers: list[str | int] | UnsetType = UNSET
    tuning_task: WireTask = WireTask()


class TunedModelsPage(Struct, frozen=True, rename="camel"):
    """ListTunedModelsResponse."""

    tuned_models: list[WireTunedModel] = []
    next_page_token: str = ""


class WireOperationStatus(Struct, frozen=True):
    """google.rpc.Status."""

    code: int = 0
    message: str = ""


class WireTuningMetadata(Struct, frozen=True, rename="camel"):
    """CreateTunedModelMetadata; what is 0 is absent."""

    tuned_model: str = ""
    total_steps: int = 0
    completed_steps: int = 0
    completed_percent: float = 0.0


class WireTuningOperation(Struct, frozen=True, rename="camel"):
    """The operation that a create answers with. Its name is kept in the lock: anything but a name is damaged."""

    name: OperationName = ""
    done: bool = False
    metadata: WireTuningMetadata = WireTuningMetadata()
    error: WireOperationStatus | None = None


class OperationsPage(Struct, frozen=True, rename="camel"):
    """ListOperationsResponse."""

    operations: list[WireTuningOperation] = []
    next_page_token: str = ""


TUNED_MODEL = msgspec.json.Decoder(WireTunedModel, strict=False)
TUNED_MODELS = msgspec.json.Decoder(TunedModelsPage, strict=False)
OPERATION = msgspec.json.Decoder(WireTuningOperation, strict=False)
OPERATIONS = msgspec.json.Decoder(OperationsPage, strict=False)


def to_wire(submission: Submission, examples: Sequence[tuple[str, str]]) -> dict[str, Json]:
    """The body of tunedModels.create. Whose it is stands in the id, which is no part of the body."""
    s = submission
    parent = nested(GEMINI.parent_name, s.parent_model) if s.parent_model else {}
    pairs = [{"textInput": text, "output": output} for text, output in examples]
    data = nested(GEMINI.training_data[0], {"examples": {"examples": pairs}}) if pairs else {}
    return body_of(s.training, s.reported, s.in_place, parent, data)


def from_wire(
    model: WireTunedModel,
    project: str,
    operation: WireTuningOperation | None = None,
    locked: Training | None = None,
) -> LiveTraining:
    """A tuned model is its own training: the name is both. `operation` and `locked` show its progress."""
    error = operation.error if operation else None
    # There is no state of what was cancelled: what it leaves answers, and was never finished.
    status = GEMINI.status_of(model.state, error.code if error else 0)
    return LiveTraining(
        backend=GEMINI.name,
        resource_name=model.name,
        status=status,
        state=cleaned(model.state, limit=80),
        project=project,
        markers=from_tuned_model_id(model.name.partition("/")[2]),
        training=_training(model),
        created=model.create_time,
        ended=_ended(model, status),
        model=model.name,
        model_exists=True,
        endpoint=model.name,
        endpoint_exists=True,
        carriers=(Carrier(model.name, mutable_fields(model)),),
        progress=_progress(model, operation, locked),
        operation=operation.name if operation else locked.operation if locked else "",
        error=cleaned(error.message) if error else "",
        error_code=error.code if error else 0,
    )


def mutable_fields(model: WireTunedModel) -> dict[str, Json]:
    """What can be patched, by the API's names."""
    values = (
        model.display_name,
        model.description,
        model.temperature,
        model.top_p,
        model.top_k,
        model.reader_project_numbers,
    )
    return {name: value for name, value in zip(MUTABLE, values, strict=True) if value is not UNSET}


def differences(model: WireTunedModel, fields: Fields) -> dict[str, Json]:
    """Those of the wanted fields that the model does not have so; None clears one."""
    present = mutable_fields(model)
    return {
        name: fields[name]
        for name in MUTABLE
        if name in fields and not compare.same_value(fields[name], present.get(name))
    }


def curves(model: WireTunedModel) -> Curves:
    """The loss over the steps; none before the first snapshot. An epoch that is absent is the service's 0."""
    points = [
        MetricPoint(s.step, s.mean_loss, s.epoch, cleaned(s.compute_time, limit=40))
        for s in model.tuning_task.snapshots
    ]
    return {"mean_loss": points} if points else {}


def _training(model: WireTunedModel) -> dict[str, Json]:
    task = model.tuning_task
    fields = {
        "baseModel": model.base_model,
        "tunedModelSource": model.tuned_model_source,
        "tuningTask": {"hyperparameters": task.hyperparameters} if task.hyperparameters else UNSET,
    }
    return {name: value for name, value in fields.items() if value is not UNSET}


def _ended(model: WireTunedModel, status: Status) -> str:
    if not status.is_terminal:
        return ""
    return model.tuning_task.complete_time or model.update_time


def _progress(model: WireTunedModel, operation: WireTuningOperation | None, locked: Training | None) -> Progress:
    """The operation knows; without it the last snapshot does, and the lock how many examples there are."""
    if operation is not None and operation.metadata.total_steps:
        metadata = operation.metadata
        return Progress(min(100.0, metadata.completed_percent), metadata.completed_steps, metadata.total_steps)
    snapshots = model.tuning_task.snapshots
    done = snapshots[-1].step if snapshots else None
    total = _total_steps(model, locked)
    if done is None and total is None:
        return Progress()
    return Progress(min(100.0, 100.0 * (done or 0) / total) if total else None, done or 0, total)


def _total_steps(model: WireTunedModel, locked: Training | None) -> int | None:
    """ceil(examples x epochs / batch size), the arithmetic of every recorded answer."""
    hyper = model.tuning_task.hyperparameters
    epochs, batch = hyper.get("epochCount"), hyper.get("batchSize")
    examples = locked.submission.data[0].examples if locked and locked.submission.data else None
    if not (isinstance(epochs, int) and isinstance(batch, int) and batch and examples):
        return None
    return math.ceil(examples * epochs / batch)


def details_of(model: WireTunedModel) -> JobDetails:
    """What it tells beyond what decides anything; the service counts nothing of its data."""
    texts = (model.display_name, model.description)
    display_name, description = ("" if text is UNSET else cleaned(text, limit=2_000) for text in texts)
    return JobDetails(
        resource_name=model.name,
        state=cleaned(model.state, limit=80),
        display_name=display_name,
        description=description,
        created=cleaned(model.create_time, limit=80),
        started=cleaned(model.tuning_task.start_time, limit=80),
        updated=cleaned(model.update_time, limit=80),
        ended=cleaned(model.tuning_task.complete_time, limit=80),
    )
