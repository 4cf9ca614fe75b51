"""Labels, display names and resource names as Vertex AI checks them."""

from __future__ import annotations

import re
from typing import Any

from reconciler.emulator.call import with_number

Json = dict[str, Any]

MAX_DISPLAY_NAME = 128
SYSTEM_LABELS = ("google-vertex-llm-tuning-base-model-id", "google-vertex-llm-tuning-job-id", "tune-type")
MAX_LABELS = 64
MAX_LABEL_CHARACTERS = 63
_MODEL_NAME = re.compile(r"projects/[^/]+/locations/[^/]+/models/([^/@]+)(?:@([^/@]+))?")
_GCS_URI = re.compile(r"gs://([^/\s]+)/(.+)")

Violations = list[tuple[str, str]]


def label_problems(labels: Json, field: str) -> Violations:
    """What is wrong with user labels. Source: documented (which characters, 64 labels of 63 characters)."""
    found: Violations = []
    if len(labels) > MAX_LABELS:
        found.append((field, f"No more than {MAX_LABELS} labels are allowed."))
    for key, value in labels.items():
        if not key or not _is_label_text(key):
            found.append((field, f"Label key {key[:80]!r} must have 1 to 63 lower case letters, digits, _ or -."))
        if not _is_label_text(value):
            found.append(
                (field, f"Label value {str(value)[:80]!r} must have up to 63 lower case letters, digits, _ or -.")
            )
    return found


def _is_label_text(text: str) -> bool:
    allowed = all(c in "_-" or c.isdigit() or (c.isalpha() and c == c.lower()) for c in text)
    return allowed and len(text) <= MAX_LABEL_CHARACTERS


def system_labels(doc: Json) -> Json:
    """The labels that the service put there: a patch of the user's leaves them (assumed)."""
    return {k: v for k, v in doc.get("labels", {}).items() if k in SYSTEM_LABELS}


def display_name_problems(name: str, field: str) -> Violations:
    """A display name has at most 128 characters."""
    return [(field, f"{field} must be at most {MAX_DISPLAY_NAME} characters.")] if len(name) > MAX_DISPLAY_NAME else []


def split_model_name(name: str) -> tuple[str, str] | None:
    """(model name with the project's number, version or alias) of a model's resource name; None for another text."""
    match = _MODEL_NAME.fullmatch(name)
    if not match:
        return None
    return with_number(name.partition("@")[0]), match[2] or ""


def split_gcs_uri(uri: str) -> tuple[str, str] | None:
    """(bucket, object) of a gs:// URI of an object."""
    match = _GCS_URI.fullmatch(uri)
    return (match[1], match[2]) if match else None


def split_gcs_folder(uri: str) -> tuple[str, str] | None:
    """(bucket, prefix without a slash at its end, "" for the whole bucket) of a gs:// URI of a folder."""
    match = re.fullmatch(r"gs://([^/\s]+)(?:/(.*))?", uri, re.DOTALL)
    return (match[1], (match[2] or "").rstrip("/")) if match else None


def base_label(base: str) -> str:
    """A base model's id as the system label has it: dots become underscores. Source: recorded."""
    return base.rpartition("/")[2].replace(".", "_").replace("@", "-")
