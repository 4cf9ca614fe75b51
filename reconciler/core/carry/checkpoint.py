"""What lets another checkpoint of a trained model serve: nothing is sent, and nothing is trained."""

from __future__ import annotations

from msgspec.structs import replace

from reconciler.core import events as ev
from reconciler.core.carry.case import Case
from reconciler.core.carry.effects import ReadCurves, Save, Step
from reconciler.core.checkpoints import (
    LAST,
    chosen_by_id,
    chosen_by_metric,
    is_answering,
    metric_of,
    served_as,
    values_at,
    values_kept,
    with_endpoint,
)
from reconciler.core.lock import CheckpointRecord, ServedCheckpoint, Training
from reconciler.core.metric_names import evaluated
from reconciler.core.model import LiveTraining

_AS_CHOSEN = 2
"""The turn of the look at a training as it would serve: it is another look than those of the same tick before it."""


def choose(case: Case, training: Training, live: LiveTraining) -> Step | None:
    """Record which one serves; None where that is what stands in the lock, or nothing is asked for.

    Only one whose endpoint is there: until then, the one that answers now goes on.
    """
    wanted, attempt = case.approved.checkpoint, case.approved.attempt
    if not wanted or wanted == served_as(training):
        return None
    chosen, endpoint = None, live.endpoint
    if wanted != LAST:
        known = tuple(map(CheckpointRecord.of, live.checkpoints)) or training.checkpoints
        found = _found(case, training, known, wanted)
        if isinstance(found, Step):
            return found
        chosen, endpoint = found
    as_chosen = replace(training, checkpoint=chosen, endpoint=endpoint)
    seen = live if chosen is None else case.poll(attempt, as_chosen, turn=_AS_CHOSEN)
    if isinstance(seen, Step):
        return seen
    if not is_answering(as_chosen, seen):
        which = f"checkpoint {chosen.checkpoint_id}" if chosen else "the last checkpoint"
        return case.fails("RUN041", f"{endpoint}, the endpoint of {which}, is not there.")
    return Save((ev.CheckpointChosen(case.address, attempt, chosen, endpoint),))


def _found(
    case: Case, training: Training, known: tuple[CheckpointRecord, ...], wanted: str
) -> tuple[ServedCheckpoint, str] | Step:
    metric = metric_of(wanted)
    if metric:
        values = values_kept(metric, training)
        if not values and not evaluated(metric):
            curves = case.ask(ReadCurves(case.address, case.approved.attempt, training))
            if isinstance(curves, Step):
                return curves
            values = values_at(metric, known, curves)
        found = chosen_by_metric(wanted, known, values)
    else:
        found = chosen_by_id(wanted, known)
    return found or case.fails("RUN041", _why_not(case, known, wanted, metric))


def _why_not(case: Case, known: tuple[CheckpointRecord, ...], wanted: str, metric: str) -> str:
    what = f"Attempt {case.approved.attempt}"
    ids = ", ".join(c.checkpoint_id for c in with_endpoint(known))
    if not ids:
        return f"{what} has no checkpoints that can be asked, and serve.checkpoint is {wanted}."
    if metric:
        return f"{what} has no values of {metric} at its checkpoints ({ids})."
    return f"{what} has no checkpoint {wanted}; it has {ids}."
