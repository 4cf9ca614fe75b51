"""Two clones that saw the same training end, of which one could not read its curves: merged, they are not lost."""

from __future__ import annotations

import pytest

from reconciler.core.lock import EvaluationRecord, Measured, Milestone, Phase, PointRecord, Role, Submission, Training
from reconciler.core.merge import _further

READ = Training(
    role=Role.SERVING,
    phase=Phase.APPLIED,
    submission=Submission(project="acme-ml", digest="d"),
    job="projects/1/locations/us-central1/tuningJobs/1",
    measured=Measured(last={"eval_total_loss": PointRecord(step=3, value=0.5)}),
    evaluations=(EvaluationRecord(checkpoint_id="1", scores={"exact_match": 0.5}),),
    times={Milestone.ENDED: "2026-11-28T10:00:00Z"},
)
UNREAD = Training(role=READ.role, phase=READ.phase, submission=READ.submission, job=READ.job, times=READ.times)


@pytest.mark.parametrize(("kept", "other"), [(READ, UNREAD), (UNREAD, READ)])
def test_what_curves_came_to_is_taken_from_whoever_has_read_them(kept: Training, other: Training) -> None:
    merged = _further(kept, other)

    assert (merged.measured, merged.evaluations) == (READ.measured, READ.evaluations)
