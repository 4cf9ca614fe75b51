"""What a tuning job looks like at one moment, in v1 and in v1beta1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from reconciler.emulator import training

if TYPE_CHECKING:
    from reconciler.emulator.call import Simulation
    from reconciler.emulator.store import Resource

Json = dict[str, Any]

LIVE = b"*"  # in place of the v1beta1 part: it changes from second to second
_ORDER = {
    name: position
    for position, name in enumerate(
        (
            *("name", "tunedModelDisplayName", "description", "baseModel", "preTunedModel", "supervisedTuningSpec"),
            *("preferenceOptimizationSpec", "state", "createTime", "startTime", "endTime", "updateTime", "error"),
            *("labels", "encryptionSpec", "serviceAccount", "experiment", "tunedModel", "tuningDataStats"),
            "evaluateDatasetRuns",
        )
    )
}
_DETAILS = {
    "WAITING": "TUNING_JOB_STATE_WAITING_FOR_QUOTA",
    "PROCESSING": "TUNING_JOB_STATE_PROCESSING_DATASET",
    "TUNING": "TUNING_JOB_STATE_TUNING",
    "POST": "TUNING_JOB_STATE_POST_PROCESSING",
}


def dress(row: Resource) -> None:
    """Make a job's answers of its data."""
    row.data["doc"] = dict(sorted(row.data["doc"].items(), key=lambda item: _ORDER.get(item[0], 99)))
    row.body = msgspec.json.encode(row.data["doc"])
    row.beta = LIVE if row.data["stage"] == "TUNING" else _beta_part(row, row.data.get("steps_done", 0))


def render(sim: Simulation, row: Resource, *, is_beta: bool) -> Json:
    """The job as it is answered now."""
    found: Json = msgspec.json.decode(render_bytes(sim, row, is_beta=is_beta))
    return found


def render_bytes(sim: Simulation, row: Resource, *, is_beta: bool) -> bytes:
    """The same as bytes."""
    if not is_beta:
        return row.body
    beta = row.beta or b""
    if beta == LIVE:
        beta = _beta_part(row, steps_done(sim, row))
    return row.body[:-1] + beta + b"}" if beta else row.body


def steps_done(sim: Simulation, row: Resource) -> int:
    """Training steps completed by now."""
    data = row.data
    if data["stage"] != "TUNING":
        return int(data.get("steps_done", 0))
    return int(max(0, min(data["steps"], (sim.moment.trained - data["tune_t"]) // max(data["step_s"], 1e-9))))


def _beta_part(row: Resource, steps: int) -> bytes:
    """What v1beta1 adds, as the tail of a JSON object."""
    parts: Json = {}
    detail = _DETAILS.get(row.data["stage"])
    if detail:
        parts["tuningJobState"] = detail
    if steps:
        epochs = recipe_of(row).epoch_of(steps)
        counts = {"completedEpochCount": str(epochs)} if epochs else {}
        parts["tuningJobMetadata"] = {**counts, "completedStepCount": str(steps)}
    return b"," + msgspec.json.encode(parts)[1:-1] if parts else b""


def recipe_of(row: Resource) -> training.Recipe:
    """The training that a job resolved to; only from TUNING on."""
    return training.Recipe(**row.data["plan"])
