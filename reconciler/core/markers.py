"""Markers: what we put on a resource to recognise it, within what each service can carry.

Vertex AI has labels (values of at most 63 of `[a-z0-9_-]`), which it copies from the job to the Model
and the Endpoint. The Gemini API has none: its client-chosen id proves who made it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from reconciler.core.dialects import dialect_of
from reconciler.core.digest import digest
from reconciler.core.lock import DataRecord, Submission
from reconciler.core.model import Address, Fields, Markers

LABEL_PREFIX = "tuneform-"
WORKSPACE_LABEL = LABEL_PREFIX + "workspace"
NAME_LABEL = LABEL_PREFIX + "name"
OWNER_LABELS = (WORKSPACE_LABEL, NAME_LABEL)
"""What every Model and Endpoint of an address carries, whatever its spec says."""
RESERVED_LABEL_PREFIXES = (LABEL_PREFIX, "google-")
_DIGEST_VERSION = "v1"
ROWS_RECIPE = "rows1"
PAIRS_RECIPE = "pairs1"
"""How a digest of content was made stands before it (datasets/content.py): only equal recipes are compared."""
_LABEL_VALUE_MAX = 63
_TRIGGER_DIGITS = 16
_SLUG_MAX = 20


def training_digest(training: Fields, parent: str = "", trigger: str = "") -> str:
    """Marker value of the training fields as written; its version says how it was made.

    A trigger stands behind it, in digits of its own: what is trained alike is recognised by the fields, where a digest
    of another version stands there, and still told apart by what it was asked for with.
    """
    value = f"{_DIGEST_VERSION}-{digest({'training': training, 'parent': parent})[:40]}"
    return f"{value}-{digest(trigger)[:_TRIGGER_DIGITS]}" if trigger else value


def fields_id(value: str) -> str:
    """The marker value of a training without what a trigger has left in it."""
    return "-".join(value.split("-")[:2])


def trigger_id(value: str) -> str:
    """What a trigger has left in the marker value of a training; "" where there was none."""
    return "".join(value.split("-")[2:])


def with_trigger_of(value: str, other: str) -> str:
    """The marker value, under the trigger of another one; what has a trigger itself keeps that."""
    known = trigger_id(other)
    return f"{value}-{known}" if known and not trigger_id(value) else value


def asks_for(wanted: str, found: str) -> bool:
    """Whether a spec asks for the training with this marker value: one without a trigger does so whatever that had."""
    return with_trigger_of(wanted, found) == found


def data_id(record: DataRecord) -> str:
    """Marker value of the data: its content where that is known, else its bytes, or the URI's digest."""
    return _content_id(record) or _bytes_id(record)


def data_ids(record: DataRecord) -> tuple[str, ...]:
    """Every marker value that says this data, in whichever version's recipe; the one that is written now is first."""
    return tuple(dict.fromkeys(value for value in (_content_id(record), _bytes_id(record)) if value))


def _content_id(record: DataRecord) -> str:
    """Pairs travel without a form of their own: the digest of 0.1.0 was one of content already."""
    recipe, _, content = record.content.partition(":")
    if not content:
        return ""
    return f"sha-{content[:40]}" if recipe == PAIRS_RECIPE else f"{recipe}-{content[:40]}"


def _bytes_id(record: DataRecord) -> str:
    """The recipe of 0.1.0: crc32c and size; else the sha256; else the URI's digest."""
    if record.crc32c and record.size is not None:
        return f"crc-{digest(record.crc32c)[:16]}-{record.size}"
    if record.sha256:
        return f"sha-{record.sha256[:40]}"
    return f"uri-{digest(record.uri)[:40]}"


def label_value(text: str) -> str:
    """`text` as a label value; what does not fit or is not allowed is distinguished by a digest."""
    clean = re.sub(r"[^a-z0-9_-]", "-", text.lower())
    if clean == text and len(clean) <= _LABEL_VALUE_MAX:
        return clean
    return f"{clean[: _LABEL_VALUE_MAX - 9]}-{digest(text)[:8]}"


def to_labels(markers: Markers) -> dict[str, str]:
    """The labels of a Vertex AI job."""
    pairs = {
        "workspace": label_value(markers.workspace),
        "name": label_value(markers.name),
        "training": markers.training,
        "data": markers.data,
        "attempt": markers.attempt,
    }
    return {LABEL_PREFIX + key: value for key, value in pairs.items() if value}


def from_labels(labels: Mapping[str, str]) -> Markers:
    """Our markers among a resource's labels; empty ones where there are none."""
    return Markers(
        workspace=labels.get(LABEL_PREFIX + "workspace", ""),
        name=labels.get(LABEL_PREFIX + "name", ""),
        training=labels.get(LABEL_PREFIX + "training", ""),
        data=labels.get(LABEL_PREFIX + "data", ""),
        attempt=labels.get(LABEL_PREFIX + "attempt", ""),
    )


def owner_digest(project: str, workspace: str, name: str) -> str:
    """8 hex digits that prove whose a Gemini API tuned model is."""
    return digest([project, workspace, name])[:8]


def fingerprint(markers: Markers) -> str:
    """10 hex digits of which training it is."""
    return digest([markers.training, markers.data, markers.attempt])[:10]


def tuned_model_id(project: str, markers: Markers) -> str:
    """The Gemini API's tunedModelId: at most 40 characters, starting with a letter."""
    slug = re.sub(r"[^a-z0-9]+", "-", markers.name.lower()).strip("-")[:_SLUG_MAX].strip("-")
    if not slug[:1].isalpha():
        slug = f"m{slug}"[:_SLUG_MAX].strip("-")
    owner = owner_digest(project, markers.workspace, markers.name)
    return f"{slug}-{owner}-{fingerprint(markers)}"


def chosen_name(address: Address, project: str, markers: Markers) -> str:
    """The resource name that a create asks for, where the id is ours to choose; "" where the service chooses it."""
    dialect = dialect_of(address)
    return "" if dialect.has_labels else f"{dialect.resources}{tuned_model_id(project, markers)}"


def from_tuned_model_id(model_id: str) -> Markers:
    """Owner and fingerprint of an id of ours; empty ones where it is not of that form."""
    match = re.fullmatch(r"[a-z][a-z0-9-]*-([0-9a-f]{8})-([0-9a-f]{10})", model_id)
    return Markers(owner=match[1], fingerprint=match[2]) if match else Markers()


def belongs_to(markers: Markers, address: Address, workspace: str, project: str) -> bool:
    """Whether a resource carries our workspace and this name."""
    return owner_key(markers) == key_of(address, workspace, project)


def key_of(address: Address, workspace: str, project: str) -> tuple[str, ...]:
    """What the markers of an address's resources have in common, to look them up by."""
    if dialect_of(address).has_labels:
        return (label_value(workspace), label_value(address.name))
    return (owner_digest(project, workspace, address.name),)


def owner_key(markers: Markers) -> tuple[str, ...]:
    """The key (`key_of`) that a resource's markers carry."""
    return (markers.owner,) if markers.owner else (markers.workspace, markers.name)


def renamed(markers: Markers, labels: Mapping[str, str]) -> Markers:
    """The markers under the name in the labels of the Model: a rename patches them, and no job's can change."""
    name = labels.get(LABEL_PREFIX + "name", "")
    is_ours = bool(markers.name) and labels.get(WORKSPACE_LABEL, "") == markers.workspace
    return replace(markers, name=name) if is_ours and name else markers


def data_ids_of(submission: Submission) -> tuple[str, ...]:
    """Every marker value that the training data of a submission may have; the recorded one is first."""
    known = data_ids(submission.data[0]) if submission.data else ()
    return tuple(dict.fromkeys((submission.data_id, *known)))


def in_every_recipe(markers: Markers, submission: Submission) -> tuple[Markers, ...]:
    """The same markers with every value that says the data of this submission: what to look for, present ones first."""
    values = (markers.data, *data_ids_of(submission))
    return tuple(replace(markers, data=value) for value in dict.fromkeys(values))
