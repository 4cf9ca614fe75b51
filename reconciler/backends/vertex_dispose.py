"""Deleting what a training left, and nothing that is not its own; and what stands in the way of it."""

from __future__ import annotations

import threading

from reconciler.backends import resource_names
from reconciler.backends.base import Disposal
from reconciler.backends.http import Http
from reconciler.backends.vertex_dispose_steps import Pass, Underway, blocked, serves
from reconciler.backends.vertex_named import is_job
from reconciler.backends.vertex_reader import Reader, or_none
from reconciler.backends.vertex_types import WireModel, WireTunedModel
from reconciler.backends.vertex_wire import status_of
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.lock import Training


class Disposer:
    """Disposals under way, by job. One instance a run; threads may share it, each for its own training."""

    def __init__(self, http: Http, reader: Reader) -> None:
        self._http = http
        self._reader = reader
        self._underway: dict[str, Underway] = {}
        self._guard = threading.Lock()

    def blockers(self, training: Training) -> list[Diagnostic]:
        """Endpoints that the job did not make and on which somebody deployed this model."""
        left, _ = self._begun(training)
        model = self._reader.model(left.model) if left.model else None
        if model is None:
            return []
        return [blocked(left.model, name).diagnostic for name in self._elsewhere(model, left)]

    def dispose(self, training: Training, *, foreign: bool = False) -> Disposal:
        """One pass: every step that can be done now. `foreign`: strangers' endpoints lose the model, too."""
        key = training.job or training.model
        with self._guard:
            underway = self._underway.get(key)
        if underway is None:
            underway, still_runs = self._begun(training)
            if still_runs:
                return Disposal(waiting_for=f"{training.job} to end")
            with self._guard:
                self._underway[key] = underway
        underway.foreign = foreign
        disposal = Pass(self._http, self._reader, underway, self._elsewhere).run()
        if disposal.is_done:
            with self._guard:
                self._underway.pop(key, None)
        return disposal

    def _begun(self, training: Training) -> tuple[Underway, bool]:
        """What the lock and the job itself say that the job made; and whether the job still runs."""
        job = or_none(lambda: self._reader.job(training.job)) if is_job(training.job) else None
        made = (job.tuned_model if job else None) or WireTunedModel()
        names = [*training.endpoints, made.endpoint, *(c.endpoint for c in made.checkpoints)]
        job_id = resource_names.parsed(training.job).id if is_job(training.job) else ""
        endpoints = tuple(dict.fromkeys(name for name in names if name))
        still_runs = job is not None and not status_of(job).is_terminal
        return Underway(endpoints, training.model or made.model, job_id), still_runs

    def _elsewhere(self, model: WireModel, underway: Underway) -> list[str]:
        """Where else the version is deployed than on the job's own; the endpoint has the last word."""
        ours = resource_names.parsed(underway.model)
        named = {ref.endpoint for ref in model.deployed_models if ref.endpoint}
        others = sorted(name for name in named if resource_names.parsed(name).key not in underway.own_keys)
        return [name for name in others if serves(self._reader.endpoint(name), ours)]
