"""From a spec to what one training is asked for, and to what its resources should carry."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec.structs import replace

from reconciler.core import diff, markers
from reconciler.core.carried import sent_with
from reconciler.core.copying import FROM, source_fields, source_record
from reconciler.core.dialect import LABELS, Dialect, labels_of
from reconciler.core.dialects import DIALECTS, dialect_of, names_training_data
from reconciler.core.lock import DataRecord, Entry, Submission
from reconciler.core.model import Address, Data, Declared, Fields, Identity, Json, LiveData, LiveTraining

PROTECT_LABEL = markers.LABEL_PREFIX + "protect"


def submission_of(declared: Declared, identities: Mapping[str, Identity], staging_uri: str) -> Submission:
    """What training this spec would be asked for now. The parent's model is pinned only when it is sent.

    `identities` are those of `gs://` objects as observed; local files bring their own. `staging_uri`
    is the folder in Cloud Storage where the local files of this workspace go, each under the name of its sha256;
    what travels in the create itself goes nowhere.
    """
    d = declared
    staging = "" if dialect_of(d.address).has_inline_data else staging_uri
    records = tuple(_record(data, identities, staging) for data in d.data)
    parent = str(d.parent) if d.parent else ""
    training = {**d.training, **source_fields(d.source)} if d.source else d.training
    return Submission(
        project=d.project,
        location=d.location,
        training=dict(training),
        in_place=in_place_of(d),
        reported=dict(d.reported),
        data=records,
        parent=parent,
        digest=markers.training_digest(training, parent, d.trigger),
        data_id=markers.data_id(records[0]) if records else "",
        source=source_record(d.source, d.location) if d.source else None,
        trigger=d.trigger,
    )


def with_known_content(wanted: Submission, entry: Entry | None) -> Submission:
    """With the content of bytes that the lock knows already: what is unchanged is not read for it."""
    records = tuple(_known_content(record, entry) for record in wanted.data) if entry else wanted.data
    if records == wanted.data:
        return wanted
    return replace(wanted, data=records, data_id=markers.data_id(records[0]))


def _known_content(record: DataRecord, entry: Entry) -> DataRecord:
    if record.content or not (record.local and record.sha256):
        return record
    content = known_content(record.sha256, entry)
    return replace(record, content=content) if content else record


def known_content(sha256: str, entry: Entry) -> str:
    """The content of these bytes, where a training at this address had them."""
    records = (r for t in entry.trainings.values() for r in t.submission.data)
    return next((r.content for r in records if r.content and r.sha256 == sha256), "")


def in_place_of(declared: Declared) -> dict[str, Json]:
    """The mutable fields as declared, protection included where the service has labels to hold it."""
    fields = dict(declared.in_place)
    if declared.lifecycle.protect and dialect_of(declared.address).has_labels:
        fields[LABELS] = {**labels_of(fields), PROTECT_LABEL: "true"}
    return fields


def pinned(submission: Submission, parent_model: str) -> Submission:
    """With the parent's model@version, as it is when the create is sent."""
    return replace(submission, parent_model=parent_model)


def staged_uri(staging_uri: str, data: Data) -> str:
    """Where a local file is uploaded: named by its content, so that it is there once or not at all."""
    suffix = "." + (data.path or "").rpartition(".")[2] if data.path and "." in data.path else ""
    return f"{staging_uri.rstrip('/')}/{data.identity.sha256}{suffix}"


_STAGED = re.compile(r"gs://.*/([0-9a-f]{64})(?:\.[A-Za-z0-9]+)?")


def staged_sha256(uri: str) -> str:
    """The sha256 that an upload is named by, wherever it lies; "" where the name is none of ours."""
    found = _STAGED.fullmatch(uri)
    return found[1] if found else ""


def as_trained(wanted: Submission, live: LiveTraining) -> Submission:
    """`wanted` as far as the live training is of it, and what the job says where it is not.

    Of the fields that the spec leaves unset nothing is recorded: the service decided them, and they are
    never compared. A job that shows nothing is believed to be what the spec says.
    """
    if not live.training:
        return wanted
    shown = _fields_of(live)
    training = diff.only_set(shown, wanted.training)
    if wanted.training.keys() - shown.keys():
        # Another method, or a base model instead of a parent: all that the job says of it counts.
        training = {**shown, **training}
    data = tuple(_as_trained_on(record, live) for record in wanted.data)
    parent_model = _parent_model(live)
    parent = wanted.parent if parent_model else ""
    known = markers.trigger_id(live.markers.training)
    trigger = wanted.trigger if known == markers.trigger_id(wanted.digest) else ""
    return replace(
        wanted,
        training=training,
        data=data,
        reported=diff.only_set(live.training, wanted.reported),
        parent=parent,
        parent_model=parent_model if parent else wanted.parent_model,
        digest=markers.training_digest(training, parent, trigger),
        data_id=markers.data_id(data[0]) if data else "",
        trigger=trigger,
    )


def pinned_as(submission: Submission, live: LiveTraining) -> Submission:
    """As a live training of exactly this was sent: the parent's model@version, and the bytes that were uploaded."""
    parent_model = _parent_model(live)
    digest = markers.with_trigger_of(submission.digest, live.markers.training)
    submission = replace(submission, digest=digest) if digest != submission.digest else submission
    if submission.parent and parent_model:
        submission = pinned(submission, parent_model)
    if not (submission.data and live.data_uri):
        return submission
    first, *others = submission.data
    data = (as_sent(first, live), *others)
    return replace(submission, data=data, data_id=live.markers.data or submission.data_id)


def as_sent(record: DataRecord, live: LiveTraining) -> DataRecord:
    """The record of local data, as the object that a live training was trained on has it.

    Where nobody can tell what that had in it, no content is claimed.
    """
    shown = live.data_uri
    if not record.local or not shown or shown == record.sent_uri:
        return record
    sha256 = staged_sha256(shown)
    if sha256 == record.sha256:
        return replace(record, sent_uri=shown)
    if not sha256 and live.data is None:
        return record
    found = live.data or LiveData()
    known = found.identity
    is_same = live.data is None or found.content == record.content
    return replace(
        record,
        sent_uri=shown,
        crc32c=known.crc32c,
        size=known.size,
        sha256=known.sha256 or sha256,
        content=record.content if is_same else found.content,
        generation="",
        examples=record.examples if is_same else None,
    )


def trained_alone(address: Address, live: LiveTraining) -> Submission:
    """What a live training was asked for, from the live job alone: there is no spec that says so."""
    training = _fields_of(live)
    field = _training_data_of(training, dialect_of(address))
    record = DataRecord(field=field, uri=live.data_uri, local=not live.data_uri)
    return Submission(
        project=live.project,
        location=live.location,
        training=training,
        in_place=sent_with(live),
        data=() if FROM in training else (record,),
        parent_model=_parent_model(live),
        digest=live.markers.training,
        data_id=live.markers.data,
    )


def _fields_of(live: LiveTraining) -> dict[str, Json]:
    """What decides the weights of a job, its datasets apart: those are compared by what they hold."""
    without = DIALECTS[live.backend].not_training
    return {
        key: {k: v for k, v in value.items() if k not in without} if isinstance(value, Mapping) else value
        for key, value in live.training.items()
        if key not in without
    }


def _training_data_of(training: Fields, dialect: Dialect) -> str:
    """The field that names what is learnt, in a method that specs do not have too."""
    usual = dialect.method_of(training)
    other = next((name for name in dialect.other_methods if name in training), "")
    return usual.training_data.replace(usual.field, other, 1) if other else usual.training_data


def _parent_model(live: LiveTraining) -> str:
    return str(diff.at(live.training, DIALECTS[live.backend].parent_name) or "")


def _as_trained_on(record: DataRecord, live: LiveTraining) -> DataRecord:
    """The record, unless the job names another dataset in its place.

    An upload of ours is known by its name, in whichever folder it was put, and by its content in another form.
    """
    is_training = names_training_data(record.field)
    shown = live.data_uri if is_training else diff.at(live.training, record.field)
    if not shown or shown in (record.uri, record.sent_uri):
        return record
    if record.local and staged_sha256(shown) == record.sha256:
        return replace(record, sent_uri=shown)
    is_ours = is_training and record.local and bool(staged_sha256(shown)) and live.data is not None
    return as_sent(record, live) if is_ours else DataRecord(field=record.field, uri=shown)


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
        content=data.content if data.is_local else "",
        generation=identity.generation,
        examples=data.examples,
    )
