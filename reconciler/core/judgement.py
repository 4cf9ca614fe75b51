"""What judges a trained model before it serves: a refusal belongs to a version and a gate. Pure.

A gate is the spec's metrics and prompts, and the workspace's `limits.maxDroppedPercent`. The same version is never
judged twice by the same gate; a changed or removed gate judges it again, and nothing is trained for that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.core.digest import digest
from reconciler.core.evidence.conclusion import Conclusion
from reconciler.core.gate_spec import GateSpec
from reconciler.core.lock import DroppedRecord, Evidence, Judgement, JudgingCost, Training
from reconciler.core.plurals import counted

NO_GATE = "none"
"""Nothing is demanded: whatever was trained serves."""
DROPPED = "dropped"
"""`limits.maxDroppedPercent` refuses it, whatever its figure: by how much is judged by the present one."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a gate said of one version: why it must not serve, or "".

    `metrics` are the last values that were read, `evidence` what held-out items proved by so many `answers` that were
    asked for it, and `spent` what that came to. `conclusion` failed or inconclusive: both keep what serves.
    `could_tell` is False where a refusal rests on what nobody could read yet: it belongs to no gate, and is judged
    again.
    """

    refused: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    could_tell: bool = True
    conclusion: Conclusion = Conclusion.PASSED
    evidence: tuple[Evidence, ...] = ()
    answers: int = 0
    spent: JudgingCost | None = None


@dataclass(frozen=True, slots=True)
class StillJudging:
    """There is more to be asked: so many of the answers are known, of which so many were `asked` by this look."""

    known: int
    wanted: int
    asked: int = 0


def judge_of(training: Training, gate: GateSpec | None, most_dropped_percent: float | None) -> str:
    """The digest of what judges this training now."""
    if too_many_dropped(training, most_dropped_percent):
        return DROPPED
    return digest_of(gate)


def digest_of(gate: GateSpec | None) -> str:
    """20 hex digits. The order of prompts and of metrics decides nothing, nor does what judging may cost.

    Nor where held-out items lie, where it is known what they hold.
    """
    if gate is None or gate.is_empty:
        return NO_GATE
    plain = {name: value for name, value in gate.plain.items() if name != "max_cost"}
    if gate.trial is not None:
        plain["trial"] = {**plain["trial"], "heldout": gate.trial.heldout.content or gate.trial.heldout.uri}
    return digest({**plain, "prompts": sorted(plain["prompts"], key=digest)})[:20]


def recorded(judged: Judged, by: str, before: Judgement | None = None) -> Judgement:
    """For the lock, which holds finite numbers alone; a refusal that nobody is certain of names no gate.

    Every look counts, whatever gate it was by.
    """
    metrics = {name: value for name, value in sorted(judged.metrics.items()) if math.isfinite(value)}
    return Judgement(
        by=by if judged.could_tell else "",
        metrics=metrics,
        conclusion=judged.conclusion.value,
        evidence=judged.evidence,
        looks=(before.looks if before else 0) + 1,
        answers=judged.answers,
        spent=judged.spent,
    )


def too_many_dropped(training: Training, most_percent: float | None) -> str:
    """Why the successor must not serve, or ""."""
    dropped = training.dropped
    if most_percent is None or dropped is None or dropped.percent is None or dropped.percent <= most_percent:
        return ""
    return f"{share_of(dropped)} were dropped; limits.maxDroppedPercent is {most_percent:g}"


def share_of(dropped: DroppedRecord) -> str:
    """`2 examples (5.0 % of 40)`."""
    count = counted(dropped.count, "example")
    return f"{count} ({dropped.percent:.1f} % of {dropped.total:,})" if dropped.percent is not None else count
