"""Builders of what people declare, what is locked and what is live: a test spells out only what matters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from reconciler.core import diff
from reconciler.core.attempts import markers_for
from reconciler.core.diagnostics import Location
from reconciler.core.digest import canonical, digest
from reconciler.core.gate_spec import GateSpec
from reconciler.core.lock import Entry, Lock, Phase, Role, Submission, Training
from reconciler.core.markers import from_labels, from_tuned_model_id, to_labels, tuned_model_id
from reconciler.core.model import (
    Address,
    Carrier,
    Data,
    Declared,
    Fields,
    Identity,
    Lifecycle,
    Live,
    LiveTraining,
    Markers,
    Status,
)
from reconciler.core.plan import owner_labels
from reconciler.core.submission import submission_of

WORKSPACE = "acme"
PROJECT = "acme-ml"
PLACE = "us-central1"
STAGING = "gs://acme-tuning/staging"
TRAIN = "gs://acme-tuning/train.jsonl"
VALIDATE = "gs://acme-tuning/validate.jsonl"
TRAIN_FIELD = "supervisedTuningSpec.trainingDatasetUri"
VALIDATE_FIELD = "supervisedTuningSpec.validationDatasetUri"


_TEXTS: dict[str, str] = {}


def bytes_of(text: str) -> Identity:
    """The identity of an object with this content, as Cloud Storage tells it."""
    crc32c = digest(text)[:8]
    _TEXTS[crc32c] = text
    return Identity(crc32c=crc32c, size=100 + len(text), generation="1")


def text_of(identity: Identity | None) -> str:
    """The content of an object: what a training that reads it learns."""
    return _TEXTS.get(identity.crc32c, "") if identity else ""


def file_of(text: str) -> Identity:
    """The identity of a local file with this content: all of it was read."""
    return replace(bytes_of(text), sha256=digest(text), generation="")


def pairs_as_text(pairs: Iterable[tuple[str, str]]) -> str:
    """Inline examples, one a line."""
    return "\n".join(f"{question} = {answer}" for question, answer in pairs)


OBJECTS: Mapping[str, Identity] = {TRAIN: bytes_of("train"), VALIDATE: bytes_of("validate")}


def a_file(text: str = "rows", path: str = "data/train.jsonl") -> Data:
    """Training data beside the spec."""
    return Data(TRAIN_FIELD, path, path=path, identity=file_of(text), examples=3)


def a_spec(
    name: str = "router",
    *,
    base: str = "gemini-2.5-flash",
    epochs: int | None = 3,
    data: str | Data = TRAIN,
    validation: str | None = None,
    labels: Mapping[str, str] | None = None,
    display: str | None = None,
    description: str | None = None,
    parent: str | None = None,
    reported: Fields | None = None,
    project: str = PROJECT,
    location: str = PLACE,
    former: tuple[str, ...] = (),
    existing: str = "",
    gate: GateSpec | None = None,
    extra: Fields | None = None,
    trigger: str = "",
    alias: str = "",
    **lifecycle: Any,
) -> Declared:
    """A VertexTunedModel as loaded."""
    hyper = {} if epochs is None else {"hyperParameters": {"epochCount": epochs}}
    training: dict[str, Any] = {"supervisedTuningSpec": hyper}
    if parent is None:
        training["baseModel"] = base
    in_place: dict[str, Any] = {"tunedModelDisplayName": display or name}
    if labels is not None:
        in_place["labels"] = dict(labels)
    if description is not None:
        in_place["description"] = description
    datasets = [data if isinstance(data, Data) else Data(TRAIN_FIELD, data)]
    if validation is not None:
        datasets.append(Data(VALIDATE_FIELD, validation))
    return Declared(
        address=Address("vertex", name),
        where=Location(f"specs/{name}.yaml", 1, 1),
        project=project,
        location=location,
        training=diff.merge(training, extra or {}),
        in_place=in_place,
        reported=dict(reported or {}),
        data=tuple(datasets),
        parent=Address("vertex", parent) if parent else None,
        lifecycle=Lifecycle(**lifecycle),
        gate=gate,
        former_names=former,
        trigger=trigger,
        alias=alias,
        existing=existing,
    )


def a_gemini_spec(
    name: str = "numbers",
    *,
    base: str = "models/gemini-1.5-flash-001-tuning",
    epochs: int = 5,
    pairs: tuple[tuple[str, str], ...] = (("1", "2"), ("3", "4")),
    display: str | None = None,
    description: str | None = None,
    temperature: float | None = None,
    parent: str | None = None,
    former: tuple[str, ...] = (),
    gate: GateSpec | None = None,
    trigger: str = "",
    **lifecycle: Any,
) -> Declared:
    """A GeminiTunedModel as loaded, its pairs in hand."""
    in_place: dict[str, Any] = {"displayName": display or name}
    if description is not None:
        in_place["description"] = description
    if temperature is not None:
        in_place["temperature"] = temperature
    content = [list(pair) for pair in pairs]
    return Declared(
        address=Address("gemini", name),
        where=Location(f"specs/{name}.yaml", 1, 1),
        project=PROJECT,
        location="",
        training={
            **({} if parent else {"baseModel": base}),
            "tuningTask": {"hyperparameters": {"epochCount": epochs}},
        },
        in_place=in_place,
        reported={},
        data=(
            Data(
                "tuningTask.trainingData",
                "",
                identity=Identity(size=len(canonical(content)), sha256=digest(content)),
                examples=len(pairs),
            ),
        ),
        parent=Address("gemini", parent) if parent else None,
        lifecycle=Lifecycle(**lifecycle),
        gate=gate,
        former_names=former,
        trigger=trigger,
        examples=pairs,
    )


def submitted(spec: Declared, objects: Mapping[str, Identity] = OBJECTS) -> Submission:
    """What a training of this spec is asked for."""
    return submission_of(spec, objects, STAGING if spec.address.backend == "vertex" else "")


def job_name(spec: Declared, attempt: str = "1") -> str:
    """The resource name of an attempt's job."""
    if spec.address.backend == "gemini":
        return f"tunedModels/{tuned_model_id(spec.project, markers(spec, attempt))}"
    return f"projects/{spec.project}/locations/{spec.location}/tuningJobs/{spec.address.name}-{attempt}"


def model_name(spec: Declared, attempt: str = "1") -> str:
    """The resource name of the model that an attempt makes."""
    if spec.address.backend == "gemini":
        return job_name(spec, attempt)
    return f"projects/{spec.project}/locations/{spec.location}/models/{spec.address.name}-{attempt}@1"


def endpoint_name(spec: Declared, attempt: str = "1") -> str:
    """The resource name of the endpoint that an attempt makes."""
    if spec.address.backend == "gemini":
        return job_name(spec, attempt)
    return f"projects/{spec.project}/locations/{spec.location}/endpoints/{spec.address.name}-{attempt}"


def markers(spec: Declared, attempt: str = "1", objects: Mapping[str, Identity] = OBJECTS) -> Markers:
    """What a resource of this training carries."""
    return markers_for(submitted(spec, objects), WORKSPACE, spec.address.name, attempt)


def carried(spec: Declared, attempt: str = "1") -> dict[str, Any]:
    """The mutable fields as the service has them after a training of this spec."""
    if spec.address.backend == "gemini":
        return dict(spec.in_place)
    return diff.merge(submitted(spec).in_place, {"labels": to_labels(markers(spec, attempt))})


def a_live_training(
    spec: Declared,
    attempt: str = "1",
    *,
    status: Status = Status.READY,
    state: str = "",
    fields: Fields | None = None,
    objects: Mapping[str, Identity] = OBJECTS,
    created: str = "",
    **more: Any,
) -> LiveTraining:
    """A training of this spec as a service tells it: ready unless said otherwise."""
    is_ready = status is Status.READY
    names = (model_name(spec, attempt).partition("@")[0], endpoint_name(spec, attempt))
    shown = carried(spec, attempt) if fields is None else fields
    return LiveTraining(
        **{
            "backend": spec.address.backend,
            "resource_name": job_name(spec, attempt),
            "status": status,
            "state": state or _STATES[status],
            "project": spec.project,
            "location": spec.location,
            "markers": _as_read(spec, attempt, objects),
            "training": spec.training,
            "created": created or f"2026-09-0{attempt}T00:00:00Z",
            "model": model_name(spec, attempt) if is_ready else "",
            "model_exists": is_ready,
            "endpoint": endpoint_name(spec, attempt) if is_ready else "",
            "endpoint_exists": is_ready,
            "carriers": tuple(Carrier(n, shown) for n in dict.fromkeys(names)) if is_ready else (),
            **more,
        }
    )


_STATES = {
    Status.READY: "JOB_STATE_SUCCEEDED",
    Status.IN_PROGRESS: "JOB_STATE_RUNNING",
    Status.FAILED: "JOB_STATE_FAILED",
    Status.CANCELLED: "JOB_STATE_CANCELLED",
    Status.UNKNOWN: "JOB_STATE_SHINY",
}


def _as_read(spec: Declared, attempt: str, objects: Mapping[str, Identity]) -> Markers:
    told = markers(spec, attempt, objects)
    if spec.address.backend == "gemini":
        return from_tuned_model_id(tuned_model_id(spec.project, told))
    return from_labels(to_labels(told))


def a_live(*trainings: LiveTraining, objects: Mapping[str, Identity] = OBJECTS, **more: Any) -> Live:
    """The cloud as read."""
    return Live({t.resource_name: t for t in trainings}, objects, **more)


def a_training(
    spec: Declared,
    attempt: str = "1",
    *,
    role: Role = Role.SERVING,
    objects: Mapping[str, Identity] = OBJECTS,
    **more: Any,
) -> Training:
    """A training as locked: serving unless said otherwise."""
    left = role in (Role.PENDING, Role.SERVING, Role.DEPOSED)
    return Training(
        **{
            "role": role,
            "phase": Phase.SUBMITTED if role is Role.CANDIDATE else Phase.APPLIED,
            "submission": submitted(spec, objects),
            "name": spec.address.name,
            "job": job_name(spec, attempt),
            "state": _STATES[_BY_ROLE[role]],
            "model": model_name(spec, attempt) if left else "",
            "endpoint": endpoint_name(spec, attempt) if left else "",
            **more,
        }
    )


_BY_ROLE = {
    Role.PENDING: Status.READY,
    Role.SERVING: Status.READY,
    Role.DEPOSED: Status.READY,
    Role.CANDIDATE: Status.IN_PROGRESS,
    Role.FAILED: Status.FAILED,
}


def an_entry(spec: Declared, *trainings: Training, **more: Any) -> Entry:
    """The lock's entry of this spec; trainings are numbered from 1, one that serves is the default."""
    kept = trainings or (a_training(spec),)
    applied = diff.merge(submitted(spec).in_place, owner_labels(spec.address, WORKSPACE))
    serves = any(t.role is Role.SERVING for t in kept)
    return Entry(
        **{
            "revision": 1,
            "lifecycle": spec.lifecycle,
            "in_place": applied if serves else {},
            "trainings": {str(number): t for number, t in enumerate(kept, start=1)},
            "declared": True,
            **more,
        }
    )


def a_lock(entries: Mapping[str, Entry] | Iterable[tuple[Declared, Entry]] = (), **more: Any) -> Lock:
    """A lock of the workspace; `entries` by spec or by address."""
    pairs = entries.items() if isinstance(entries, Mapping) else [(str(s.address), e) for s, e in entries]
    return Lock(
        **{
            "lineage": "11111111-2222-3333-4444-555555555555",
            "workspace": WORKSPACE,
            "target": "emulator:test",
            "entries": {str(address): entry for address, entry in pairs},
            **more,
        }
    )
