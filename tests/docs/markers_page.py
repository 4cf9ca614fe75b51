"""docs/reference/markers.md: what a spec's resources carry, worked out as tuneform does."""

from __future__ import annotations

import json

from reconciler.core.attempts import markers_for
from reconciler.core.lock import DataRecord, Submission
from reconciler.core.markers import data_id, to_labels, training_digest, tuned_model_id

_TRAINING = {"baseModel": "gemini-3.5-flash", "supervisedTuningSpec": {"hyperParameters": {"epochCount": 4}}}


def labels() -> str:
    """Labels of the first attempt at one Vertex AI spec."""
    made = markers_for(_submission(), "acme", "support-router", "1")
    return f"```json\n{json.dumps(to_labels(made), indent=2)}\n```\n"


def identifier() -> str:
    """The Gemini API's id of the first attempt at one spec."""
    made = markers_for(_submission(), "acme", "number-generator", "1")
    return f"```text\ntunedModels/{tuned_model_id('acme-ml', made)}\n```\n"


def _submission() -> Submission:
    record = DataRecord(field="supervisedTuningSpec.trainingDatasetUri", crc32c="rv5FnQ==", size=2350)
    return Submission(project="acme-ml", data=(record,), digest=training_digest(_TRAINING), data_id=data_id(record))
