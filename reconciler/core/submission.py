"""From a spec to what one training is asked for, and to what its resources should carry."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from reconciler.core import diff, markers
from reconciler.core.carried import sent_with
from reconciler.core.lock import DataRecord, Submission
from reconciler.core.model import Address, Data, Declared, Fields, Identity, Json, LiveTraining

PROTECT_LABEL = markers.LABEL_PREFIX + "protect"


def submission_of(declared: Declared, identities: Mapping[str, Identity], staging_uri: str) -> Submission:
    """What training this spec would be asked for now. The parent's model is pinned only when it is sent.

    `identities` are those of `gs://` objects as observed; local files bring their own. `staging_uri`
    is the folder in Cloud Storage where local files go, each under the name of its sha256.
    """
    d = declared
    records = tuple(_record(data, identities, staging_uri) for data in d.data)
    parent = str(d.parent) if d.parent else ""
    return Submission(
        project=d.project,
        location=d.location,
        training=dict(d.training),
        in_place=in_place_of(d),
        reported=dict(d.reported),
        data=records,
        parent=parent,
        digest=markers.training_digest(d.training, parent),
        data_id=markers.data_id(records[0]) if records else "",
    )


def in_place_of(declared: Declared) -> dict[str, Json]:
    """The mutable fields as declared, protection included where the service has labels to hold it."""
    fields = dict(declared.in_place)
    if declared.lifecycle.protect and declared.address.backend == "vertex":
        fields["labels"] = {**fields.get("labels", {}), PROTECT_LABEL: "true"}
    return fields


def pinned(submission: Submission, parent_model: str) -> Submission:
    """With the parent's model@version, as it is when the create is sent."""
    return replace(submission, parent_model=parent_model)


def staged_uri(staging_uri: str, data: Data) -> str:
    """Where a local file is uploaded: named by its content, so that it is there once or not at all."""
    suffix = "." + (data.path or "").rpartition(".")[2] if data.path and "." in data.path else ""
    return f"{staging_uri.rstrip('/')}/{data.identity.sha256}{suffix}"


_NO_TRAINING_FIELDS = ("trainingDatasetUri", "validationDatasetUri", "exportLastCheckpointOnly", "evaluationConfig")
_DATA_FIELD = {"gemini": "tuningTask.trainingData", "vertex": "supervisedTuningSpec.trainingDatasetUri"}


def as_trained(wanted: Submission, live: LiveTraining) -> Submission:
    """`wanted` as far as the live training is of it, and what the job says where it is not.

    Of the fields that the spec leaves unset nothing is recorded: the service decided them, and they are
    never compared. A job that tells nothing is believed to be what the spec says.
    """
    if not live.training:
        return wanted
    told = _fields_of(live.training)
    training = diff.only_set(told, wanted.training)
    if wanted.training.keys() - told.keys():
        # Another method, or a base model instead of a parent: all that the job says of it counts.
        training = {**told, **training}
    data = tuple(_as_trained_on(record, live) for record in wanted.data)
    parent_model = _parent_model(live.training)
    parent = wanted.parent if parent_model else ""
    return replace(
        wanted,
        training=training,
        data=data,
        reported=diff.only_set(live.training, wanted.reported),
        parent=parent,
        parent_model=parent_model if parent else wanted.parent_model,
        digest=markers.training_digest(training, parent),
        data_id=markers.data_id(data[0]) if data else "",
    )


def pinned_as(submission: Submission, live: LiveTraining) -> Submission:
    """With the parent's model@version that a live training of exactly this was made from."""
    parent_model = _parent_model(live.training)
    return pinned(submission, parent_model) if submission.parent and parent_model else submission


def trained_alone(address: Address, live: LiveTraining) -> Submission:
    """What a live training was asked for, from the live job alone: there is no spec that says so."""
    training = _fields_of(live.training)
    name = next((f"{key}.trainingDatasetUri" for key in training if key.endswith("Spec")), "")
    record = DataRecord(field=name or _DATA_FIELD[address.backend], uri=live.data_uri, local=not live.data_uri)
    return Submission(
        project=live.project,
        location=live.location,
        training=training,
        in_place=sent_with(live),
        data=(record,),
        parent_model=_parent_model(live.training),
        digest=live.markers.training,
        data_id=live.markers.data,
    )


def _fields_of(told: Fields) -> dict[str, Json]:
    """What decides the weights of a job, its datasets apart: those are compared by what they hold."""
    return {
        key: {k: v for k, v in value.items() if k not in _NO_TRAINING_FIELDS} if isinstance(value, Mapping) else value
        for key, value in told.items()
    }


def _parent_model(told: Fields) -> str:
    parent = told.get("preTunedModel") or told.get("tunedModelSource") or {}
    return str(parent.get("tunedModelName") or parent.get("tunedModel") or "")


def _as_trained_on(record: DataRecord, live: LiveTraining) -> DataRecord:
    """The record, unless the job names another dataset in its place."""
    is_training = record.field.endswith(".trainingDatasetUri")
    told = live.data_uri if is_training else diff.at(live.training, record.field)
    if not told or told in (record.uri, record.sent_uri):
        return record
    return DataRecord(field=record.field, uri=told)


def _record(data: Data, identities: Mapping[str, Identity], staging_uri: str) -> DataRecord:
    identity = data.identity if data.is_local else identities.get(data.uri, Identity())
    sent = staged_uri(staging_uri, data) if data.path and staging_uri and identity.sha256 else ""
    return DataRecord(
        field=data.field,
        uri=data.uri or data.path or "",
        sent_uri=sent,
        local=data.is_local,
        crc32c=identity.crc32c,
        size=identity.size,
        sha256=identity.sha256,
        generation=identity.generation,
        examples=data.examples,
    )
