"""From a spec to what one training is asked for, and to what its resources should carry."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from reconciler.core import markers
from reconciler.core.lock import DataRecord, Submission
from reconciler.core.model import Data, Declared, Identity, Json

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
