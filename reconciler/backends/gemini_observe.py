"""Observing the Gemini API: one list a project, and what that list does not show, by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from reconciler.backends.base import BackendError, Observed, Scope
from reconciler.backends.gemini_reader import GeminiReader
from reconciler.backends.gemini_wire import WireTunedModel, from_wire
from reconciler.backends.threads import gather
from reconciler.core.faults import Condition, Fault
from reconciler.core.lock import Training
from reconciler.core.model import LiveTraining, Status


def observe(reader: GeminiReader, scope: Scope, parallelism: int) -> Observed:
    """Every tuned model in scope. One failed list fails the whole: half a picture would look like deletions."""
    projects = sorted({project for project, _ in scope.places})
    lists = gather([partial(reader.tuned_models, project) for project in projects], parallelism)
    locked = {t.job: t for t in scope.trainings if t.job}
    asks = [
        partial(_live, reader, model, project, locked.get(model.name))
        for project, models in zip(projects, lists, strict=True)
        for model in models
    ]
    trainings = {live.resource_name: live for live in gather(asks, parallelism)}
    trainings |= _settled(reader, scope, trainings, parallelism)
    trainings |= _named(reader, scope, trainings)
    unfinished = dict.fromkeys(projects, 0)
    for live in trainings.values():
        if live.project in unfinished:
            unfinished[live.project] += not live.status.is_terminal
    return Observed(trainings, {}, unfinished)


def _live(reader: GeminiReader, model: WireTunedModel, project: str, locked: Training | None) -> LiveTraining:
    """Why a training of ours ended stands in its operation alone; asked for until the lock knows it."""
    live = from_wire(model, project, locked=locked)
    unexplained = locked.is_open if locked else bool(live.markers.owner) and live.status is Status.FAILED
    if not (live.status.is_terminal and unexplained):
        return live
    operation = reader.operation_named(locked.operation, project) if locked and locked.operation else None
    return from_wire(model, project, operation or reader.operation_of(model, project), locked)


def _settled(
    reader: GeminiReader, scope: Scope, seen: Mapping[str, LiveTraining], parallelism: int
) -> dict[str, LiveTraining]:
    """Locked trainings that no list shows, by name: a list lags, and what it lacks may be running and paid for."""
    missing = [t for t in scope.trainings if t.job and t.job not in seen and (t.is_open or t.model)]
    asks = [partial(_if_there, reader, training) for training in missing]
    return {live.resource_name: live for live in gather(asks, parallelism) if live}


def _if_there(reader: GeminiReader, training: Training) -> LiveTraining | None:
    """None where the service does not know it; it answers 403, too, where there was never anything."""
    project = training.submission.project
    try:
        model = reader.tuned_model(training.job, project)
    except BackendError as error:
        if error.fault is not Fault.NOT_FOUND and error.condition is not Condition.DENIED:
            raise
        return None
    return _live(reader, model, project, training)


def _named(reader: GeminiReader, scope: Scope, seen: Mapping[str, LiveTraining]) -> dict[str, LiveTraining]:
    """Models that specs name and no list shows: shared by another project, or too new."""
    project = next(iter(sorted(project for project, _ in scope.places)), "")
    models = [_model(reader, name, project) for name in sorted(scope.named - seen.keys())]
    return {m.name: _live(reader, m, project, None) for m in models if m is not None}


def _model(reader: GeminiReader, name: str, project: str) -> WireTunedModel | None:
    """None where it does not exist; a 403 says neither that nor the contrary, and is an error."""
    try:
        return reader.tuned_model(name, project)
    except BackendError as error:
        if error.fault is not Fault.NOT_FOUND:
            raise
        return None
