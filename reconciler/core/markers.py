"""Markers: what we put on a resource to recognise it, within what each service can carry.

Vertex AI has labels (values of at most 63 of `[a-z0-9_-]`), which it copies from the job to the Model
and the Endpoint. The Gemini API has none: its client-chosen id proves who made it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from reconciler.core.digest import digest
from reconciler.core.lock import DataRecord, Submission
from reconciler.core.model import Address, Fields, Markers

LABEL_PREFIX = "tuneform-"
WORKSPACE_LABEL = LABEL_PREFIX + "workspace"
OWNER_LABELS = (WORKSPACE_LABEL, LABEL_PREFIX + "name")
"""What every Model and Endpoint of an address carries, whatever its spec says."""
RESERVED_LABEL_PREFIXES = (LABEL_PREFIX, "google-")
_DIGEST_VERSION = "v1"
_LABEL_VALUE_MAX = 63
_SLUG_MAX = 20


def training_digest(training: Fields, parent: str = "") -> str:
    """Marker value of the training fields as written; its version says how it was made."""
    return f"{_DIGEST_VERSION}-{digest({'training': training, 'parent': parent})[:40]}"


def data_id(record: DataRecord) -> str:
    """Marker value of the bytes: their crc32c and size; else their sha256; else the URI's digest."""
    if record.crc32c and record.size is not None:
        return f"crc-{digest(record.crc32c)[:16]}-{record.size}"
    if record.sha256:
        return f"sha-{record.sha256[:40]}"
    return f"uri-{digest(record.uri)[:40]}"


def label_value(text: str) -> str:
    """`text` as a label value; what does not fit or is not allowed is told apart by a digest."""
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


def from_tuned_model_id(model_id: str) -> Markers:
    """Owner and fingerprint of an id of ours; empty ones where it is not of that form."""
    match = re.fullmatch(r"[a-z][a-z0-9-]*-([0-9a-f]{8})-([0-9a-f]{10})", model_id)
    return Markers(owner=match[1], fingerprint=match[2]) if match else Markers()


def belongs_to(markers: Markers, address: Address, workspace: str, project: str) -> bool:
    """Whether a resource carries our workspace and this name."""
    return owner_key(markers) == key_of(address, workspace, project)


def key_of(address: Address, workspace: str, project: str) -> tuple[str, ...]:
    """What the markers of an address's resources have in common, to look them up by."""
    if address.backend == "gemini":
        return (owner_digest(project, workspace, address.name),)
    return (label_value(workspace), label_value(address.name))


def owner_key(markers: Markers) -> tuple[str, ...]:
    """The key (`key_of`) that a resource's markers carry."""
    return (markers.owner,) if markers.owner else (markers.workspace, markers.name)


def renamed(markers: Markers, labels: Mapping[str, str]) -> Markers:
    """The markers under the name that the labels of the Model tell: a rename patches them, and no job's can change."""
    name = labels.get(LABEL_PREFIX + "name", "")
    is_ours = bool(markers.name) and labels.get(WORKSPACE_LABEL, "") == markers.workspace
    return replace(markers, name=name) if is_ours and name else markers


def is_same_training(markers: Markers, submission: Submission) -> bool:
    """Whether a marked resource was trained from exactly this. Gemini API: never by the id alone."""
    return (markers.training, markers.data) == (submission.digest, submission.data_id)
