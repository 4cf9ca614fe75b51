"""What a tuning job looks like at one moment, in v1 and in v1beta1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from reconciler.emulator import training
from reconciler.emulator.tuning_methods import METHODS
from reconciler.emulator.v1_view import as_v1

if TYPE_CHECKING:
    from reconciler.emulator.call import Simulation
    from reconciler.emulator.store import BodyRow, Resource

Json = dict[str, Any]

LIVE = b"*"  # in place of the v1beta1 part: it changes from second to second
MORE = b"~"  # before it: the body itself has fields that v1 does not
_ORDER = {
    name: position
    for position, name in enumerate(
        (
            *(
                "name",
                "tunedModelDisplayName",
                "description",
                "baseModel",
                "customBaseModel",
                "preTunedModel",
                *METHODS,
            ),
            *("state", "createTime", "startTime", "endTime", "updateTime", "error", "labels", "encryptionSpec"),
            *("serviceAccount", "outputUri", "experiment", "gcsMetricsUri", "pipelineJob", "tunedModel"),
            *("tuningDataStats", "evaluateDatasetRuns", "satisfiesPzs", "satisfiesPzi"),
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
    tail = LIVE if row.data["stage"] == "TUNING" else _beta_part(row, row.data.get("steps_done", 0))
    row.beta = MORE + tail if row.data.get("is_beta") else tail


def render(sim: Simulation, row: Resource, *, is_beta: bool) -> Json:
    """The job as it is answered now."""
    found: Json = msgspec.json.decode(render_bytes(sim, row, is_beta=is_beta))
    return found


def render_bytes(sim: Simulation, row: Resource, *, is_beta: bool) -> bytes:
    """The same as bytes."""
    beta = row.beta or b""
    if is_beta and beta.removeprefix(MORE) == LIVE:
        beta = _beta_part(row, steps_done(sim, row))
    return _joined(row.body, beta, is_beta=is_beta)


def listed_bytes(sim: Simulation, raw: BodyRow, *, is_beta: bool) -> bytes:
    """The same of a row of a list, which is decoded only where it has to be."""
    seq, _, body, beta = raw
    if not beta or not (is_beta or beta.startswith(MORE)):
        return body
    if is_beta and beta.removeprefix(MORE) == LIVE:
        row = sim.store.by_seq(seq)
        assert row is not None
        return render_bytes(sim, row, is_beta=True)
    return _joined(body, beta, is_beta=is_beta)


def _joined(body: bytes, beta: bytes, *, is_beta: bool) -> bytes:
    if not is_beta:
        return msgspec.json.encode(as_v1(msgspec.json.decode(body))) if beta.startswith(MORE) else body
    tail = beta.removeprefix(MORE)
    return body[:-1] + tail + b"}" if tail else body


def place_of(row: Resource) -> str:
    """The location of what belongs to a job: its own, or the region that a job of `global` runs in."""
    return str(row.data.get("place", row.parent))


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
