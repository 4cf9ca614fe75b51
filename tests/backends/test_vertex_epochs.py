"""Which epoch a step of a tuning job is in: by what the job says, and unknown where it says nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.backends.vertex_metrics import steps_an_epoch
from reconciler.backends.vertex_types import JOB


def job(**fields: Any) -> Any:
    return JOB.decode(json.dumps({"name": "projects/1/locations/us-central1/tuningJobs/1", **fields}))


_EPOCHS = {"supervisedTuningSpec": {"hyperParameters": {"epochCount": "4"}}}
_STEPS = {"tuningDataStats": {"supervisedTuningDataStats": {"tuningStepCount": "60"}}}
_CHECKPOINTS = {"tunedModel": {"checkpoints": [{"checkpointId": "1", "epoch": "1", "step": "15"}]}}


@pytest.mark.parametrize(
    ("said", "steps"),
    [
        (_EPOCHS | _STEPS, 15.0),
        (_STEPS | _CHECKPOINTS, 15.0),
        (_CHECKPOINTS, 15.0),
        (_EPOCHS, None),
        (_STEPS, None),
        ({"tunedModel": {"checkpoints": [{"checkpointId": "1", "step": "15"}]}}, None),
        ({}, None),
    ],
    ids=["its counts", "steps and checkpoints", "checkpoints", "epochs alone", "steps alone", "no epoch", "nothing"],
)
def test_the_steps_of_an_epoch_are_known_from_what_the_job_says(said: dict[str, Any], steps: float | None) -> None:
    assert steps_an_epoch(job(**said)) == steps
