"""Which checkpoint of a training serves: what a spec asks for, and which one that is. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite

from reconciler.core.curves import Curves, at_checkpoint
from reconciler.core.lock import CheckpointRecord, ServedCheckpoint, Training
from reconciler.core.metric_names import evaluated, is_lower_better
from reconciler.core.model import LiveTraining

LAST = "last"
"""The one of the job's end: the endpoint that the job names."""
BEST = "best "


def served_as(training: Training) -> str:
    """What the lock says was asked for: `last`, `best eval_total_loss`, or the id of a checkpoint."""
    return training.checkpoint.wanted if training.checkpoint else LAST


def in_words(training: Training) -> str:
    """The same with the one that it came to be: `best eval_total_loss (2)`."""
    chosen = training.checkpoint
    if chosen is None:
        return LAST
    return chosen.wanted if chosen.wanted == chosen.checkpoint_id else f"{chosen.wanted} ({chosen.checkpoint_id})"


def with_endpoint(checkpoints: Sequence[CheckpointRecord]) -> list[CheckpointRecord]:
    """Those that can be asked."""
    return [c for c in checkpoints if c.endpoint]


def chosen_by_id(wanted: str, checkpoints: Sequence[CheckpointRecord]) -> tuple[ServedCheckpoint, str] | None:
    """The checkpoint of that id with its endpoint."""
    found = next((c for c in with_endpoint(checkpoints) if c.checkpoint_id == wanted), None)
    return (ServedCheckpoint(wanted=wanted, checkpoint_id=found.checkpoint_id), found.endpoint) if found else None


def is_answering(training: Training, live: LiveTraining, wanted: str = "") -> bool:
    """Whether the endpoint is there at which it answers: as the lock has it, or as it is `wanted` to.

    Of a checkpoint that has to be chosen first, or that there is not, nobody can tell: choosing it does.
    """
    if live.is_undeployed:
        return True  # nothing is to answer: what serves is files, whoever deploys them
    if wanted not in ("", served_as(training)):
        found = None if wanted == LAST else chosen_by_id(wanted, training.checkpoints)
        return live.endpoint_exists if wanted == LAST else found is None or found[1] not in live.endpoints_gone
    return training.endpoint not in live.endpoints_gone if training.checkpoint else live.endpoint_exists


def answering(training: Training, live: LiveTraining) -> list[str]:
    """What `serve.checkpoint` may name because its endpoint is there: `last`, and ids."""
    ids = [c.checkpoint_id for c in with_endpoint(training.checkpoints) if c.endpoint not in live.endpoints_gone]
    return [*([LAST] if live.endpoint_exists else []), *ids]


def metric_of(wanted: str) -> str:
    """The metric whose best value decides; "" where none does."""
    return wanted.removeprefix(BEST).strip() if wanted.startswith(BEST) else ""


def values_at(name: str, checkpoints: Sequence[CheckpointRecord], curves: Curves) -> Mapping[str, float]:
    """What a metric was at each checkpoint, by its id, as far as the curve says so."""
    points = {c.checkpoint_id: at_checkpoint(curves, name, c.step) for c in checkpoints}
    return {checkpoint: p.value for checkpoint, p in points.items() if p is not None and isfinite(p.value)}


def values_kept(name: str, training: Training) -> Mapping[str, float]:
    """The same as the lock has it, since the curves were read when the training ended; none where they were not.

    Of the service's own evaluation what it found.
    """
    score = evaluated(name)
    if score:
        return {e.checkpoint_id: e.scores[score] for e in training.evaluations if e.checkpoint_id and score in e.scores}
    kept = training.measured.checkpoints if training.measured else {}
    return {checkpoint: values[name] for checkpoint, values in kept.items() if name in values}


def chosen_by_metric(
    wanted: str, checkpoints: Sequence[CheckpointRecord], values: Mapping[str, float]
) -> tuple[ServedCheckpoint, str] | None:
    """The checkpoint at which the metric was best; of equal ones the earliest. None where nobody knows its values."""
    lower = is_lower_better(metric_of(wanted))
    known = [(values[c.checkpoint_id], c) for c in with_endpoint(checkpoints) if c.checkpoint_id in values]
    if lower is None or not known:
        return None
    value, found = min(known, key=lambda pair: (pair[0] if lower else -pair[0], pair[1].step))
    return ServedCheckpoint(wanted=wanted, checkpoint_id=found.checkpoint_id, value=value), found.endpoint
