"""Deleting what a training left, and nothing that is not its own; and what stands in the way of it.

Every step is repeatable, and what is absent is done. Nothing waits in here. Files in Cloud Storage are left where they
are: nobody asked for their end.

Order of the service: undeploy our model@version from the endpoints that the job made, delete such an endpoint
once it is empty, then the version, or the Model with its last version.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from reconciler.backends import resource_names
from reconciler.backends.base import BackendError
from reconciler.backends.calls import Call, CallKind, json_body
from reconciler.backends.failures import failure
from reconciler.backends.http import Http
from reconciler.backends.quoting import cleaned
from reconciler.backends.resource_names import ResourceName
from reconciler.backends.targets import Service
from reconciler.backends.vertex_named import is_job
from reconciler.backends.vertex_reader import VertexReader, or_none
from reconciler.backends.vertex_types import (
    JOB_ID_LABEL,
    OPERATION,
    WireDeployed,
    WireEndpoint,
    WireModel,
    WireOperation,
    WireTunedModel,
)
from reconciler.backends.vertex_wire import status_of, traffic_without
from reconciler.core.answers import Disposal
from reconciler.core.copying import copied_endpoint, copied_model, is_copy
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.dialects import is_files
from reconciler.core.faults import Condition, Fault
from reconciler.core.lock import Training

_NOT_FOUND_IN_OPERATION = 5
_PRECONDITION_IN_OPERATION = 9


class Disposer:
    """Disposals under way, by job. One instance a run; threads may share it, each for its own training."""

    def __init__(self, http: Http, reader: VertexReader) -> None:
        self._http = http
        self._reader = reader
        self._underway: dict[str, _Underway] = {}
        self._guard = threading.Lock()

    def blockers(self, training: Training) -> list[Diagnostic]:
        """Endpoints that the job did not make and on which somebody deployed this model."""
        left, _ = self._begun(training)
        model = self._reader.model(left.model) if left.model and not is_files(left.model) else None
        if model is None:
            return []
        return [_blocked(left.model, name).diagnostic for name in self._elsewhere(model, left)]

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
        disposal = _Pass(self._http, self._reader, underway, self._elsewhere).run()
        if disposal.is_done:
            with self._guard:
                self._underway.pop(key, None)
        return disposal

    def _begun(self, training: Training) -> tuple[_Underway, bool]:
        """What the lock and the job itself say that the job made; and whether the job still runs."""
        job = or_none(lambda: self._reader.job(training.job)) if is_job(training.job) else None
        made = (job.tuned_model if job else None) or WireTunedModel()
        if is_copy(training.submission):
            made = WireTunedModel(copied_model(training), copied_endpoint(training))
        names = [*training.endpoints, made.endpoint, *(c.endpoint for c in made.checkpoints)]
        job_id, taken_from = _id_of(training.job), _id_of(training.submission.rebases)
        endpoints = tuple(dict.fromkeys(name for name in names if name))
        still_runs = job is not None and not status_of(job).is_terminal
        named = frozenset(resource_names.parsed(name).key for name in (made.endpoint,) if name)
        model = training.model or made.model
        return _Underway(endpoints, model, training.artifacts, job_id, taken_from, named), still_runs

    def _elsewhere(self, model: WireModel, underway: _Underway) -> list[str]:
        """Where else the version is deployed than on the job's own; the endpoint has the last word."""
        ours = resource_names.parsed(underway.model)
        named = {ref.endpoint for ref in model.deployed_models if ref.endpoint}
        others = sorted(name for name in named if resource_names.parsed(name).key not in underway.own_keys)
        return [name for name in others if serves(self._reader.endpoint(name), ours)]


@dataclass(slots=True)
class _Underway:
    """What one run knows of one disposal.

    `taken_from` is the job whose endpoint this one was rebased in, "" for none, and `named` what the job itself says
    that it answers at. `operations` are those that earlier passes began, by the resource that they change, with what
    will have happened to it. `news` is what no caller has heard yet: a pass that fails loses none of it.
    """

    endpoints: tuple[str, ...]
    model: str
    artifacts: str = ""
    job_id: str = ""
    taken_from: str = ""
    named: frozenset[tuple[str, str]] = frozenset()
    foreign: bool = False
    operations: dict[str, tuple[str, str]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    news: list[tuple[str, str]] = field(default_factory=list)

    @property
    def own_keys(self) -> set[tuple[str, str]]:
        """The job's own endpoints, however their project is written."""
        return {resource_names.parsed(name).key for name in self.endpoints}


@dataclass(slots=True)
class _Pass:
    """One pass over one disposal. `elsewhere` finds the endpoints of others that serve the model."""

    http: Http
    reader: VertexReader
    underway: _Underway
    elsewhere: Callable[[WireModel, _Underway], list[str]]

    def run(self) -> Disposal:
        """Every step that can be done now: all endpoints side by side, and then the model."""
        u = self.underway
        waiting = [w for name in u.endpoints if (w := self._advanced(name, self._endpoint))]
        if u.model and not is_files(u.model) and not waiting:
            waiting = [w for w in [self._advanced(u.model, self._model)] if w]
        if u.artifacts and not waiting:
            is_left = self.reader.has_files(u.artifacts)
            self._report(u.artifacts, "left in the bucket" if is_left else "absent already")
        news, u.news = tuple(u.news), []
        more = f" and {len(waiting) - 1} more" if len(waiting) > 1 else ""
        return Disposal(news, f"{waiting[0]}{more}" if waiting else "")

    def _advanced(self, name: str, step: Callable[[str], str]) -> str:
        """What to wait for of one resource; "" where nothing of ours is left of it."""
        waiting = self._looked_at(name) if name in self.underway.operations else ""
        if waiting or name in self.underway.gone:
            return waiting
        return step(name)

    def _looked_at(self, name: str) -> str:
        """An operation that an earlier pass began. One that nobody remembers says nothing: look at the resource."""
        operation_name, becomes = self.underway.operations.pop(name)
        operation = or_none(lambda: self.reader.get("operations.get", operation_name, OPERATION))
        return self._taken_in(name, becomes, operation) if operation else ""

    def _taken_in(self, name: str, becomes: str, operation: WireOperation) -> str:
        error = operation.error
        if not operation.done:
            self.underway.operations[name] = (operation.name, becomes)
            return f"{name} to be {becomes}"
        if error is None or error.code in (0, _NOT_FOUND_IN_OPERATION):
            return self._report(name, becomes)
        if error.code == _PRECONDITION_IN_OPERATION:
            return f"{name} to be {becomes}: {cleaned(error.message)}"
        raise failure("API331", detail=f"{name} was not {becomes}: {error.message} (code {error.code}).")

    def _endpoint(self, name: str) -> str:
        endpoint = self.reader.endpoint(name)
        if endpoint is None:
            return self._report(name, "absent already")
        self._refuse_another_jobs(endpoint)
        ours = self._ours_on(endpoint)
        if ours:
            waiting = self._started(name, "undeployed", _undeploy(endpoint, ours[0].id))
            return waiting or self._endpoint_again(name, len(ours))
        if endpoint.deployed_models:
            return self._report(name, "left, as another model is deployed there")
        return self._started(name, "deleted", _delete("endpoints.delete", name))

    def _endpoint_again(self, name: str, ours_before: int) -> str:
        """After an undeployment that was done at once; where it still shows, the next pass looks again."""
        endpoint = self.reader.endpoint(name)
        if endpoint is not None and len(self._ours_on(endpoint)) >= ours_before:
            return f"{name} to be undeployed"
        return self._endpoint(name)

    def _ours_on(self, endpoint: WireEndpoint) -> list[WireDeployed]:
        if not self.underway.model:
            return []
        ours = resource_names.parsed(self.underway.model)
        return [deployed for deployed in endpoint.deployed_models if _is_version(deployed, ours)]

    def _strangers_endpoint(self, name: str) -> str:
        """Ours alone is undeployed; the endpoint is not ours to delete."""
        endpoint = self.reader.endpoint(name)
        ours = self._ours_on(endpoint) if endpoint else []
        if endpoint is None or not ours:
            return ""
        waiting = self._started(name, "undeployed", _undeploy(endpoint, ours[0].id))
        return waiting or f"{name} to be undeployed"

    def _refuse_another_jobs(self, endpoint: WireEndpoint) -> None:
        """A lock that was edited, or merged wrongly, must not delete what another job made.

        A job that was rebased in the endpoint of another one has it by the lock's word, or by its own.
        """
        u, labelled = self.underway, endpoint.labels.get(JOB_ID_LABEL, "")
        job_id = u.job_id
        is_own = labelled in ("", job_id, u.taken_from) or resource_names.parsed(endpoint.name).key in u.named
        if job_id and not is_own:
            raise failure("API332", detail=f"{endpoint.name} was made by job {labelled}, not by {job_id}.")

    def _model(self, name: str) -> str:
        model = self.reader.model(name)
        if model is None:
            return self._report(name, "absent already")
        for endpoint in self.elsewhere(model, self.underway):
            if not self.underway.foreign:
                raise _blocked(name, endpoint)
            waiting = self._advanced(endpoint, self._strangers_endpoint)
            if waiting:
                return waiting
        ours = resource_names.parsed(name)
        others = [v for v in self.reader.versions(name) if ours.version and v.version_id != ours.version]
        if others:
            return self._started(name, "deleted", _delete("models.deleteVersion", name, ":deleteVersion"))
        return self._started(name, "deleted", _delete("models.delete", str(ours.without_version)))

    def _started(self, name: str, becomes: str, call: Call) -> str:
        """Send one step; "" where it is done already."""
        try:
            operation = self.http.read(call, OPERATION)
        except BackendError as error:
            if error.fault is Fault.NOT_FOUND:
                return "" if becomes == "undeployed" else self._report(name, "absent already")
            if _is_lingering(error):
                return f"{name} to be {becomes}: {error.diagnostic.detail}"
            raise
        if not operation.name and not operation.done:
            raise failure("API213", detail=f"{call.method} answered without an operation.", may_have_worked=True)
        return self._taken_in(name, becomes, operation)

    def _report(self, name: str, what: str) -> str:
        """Once per resource and step."""
        self.underway.news.append((name, what))
        if what != "undeployed":
            self.underway.gone.add(name)
        return ""


def _id_of(job: str) -> str:
    """The number of a tuning job; "" for what is none."""
    return resource_names.parsed(job).id if is_job(job) else ""


def _is_lingering(error: BackendError) -> bool:
    """Still deployed for a while after an undeployment, or another change under way: look again later."""
    return error.fault is Fault.CONFLICT or error.condition is Condition.PRECONDITION


def _is_version(deployed: WireDeployed, ours: ResourceName) -> bool:
    """Whether this is our model in our version; a version may stand in the name or beside it."""
    if not deployed.model:
        return False
    there = resource_names.parsed(deployed.model)
    version = there.version or deployed.model_version_id
    return there.without_version.key == ours.without_version.key and version in ("", ours.version)


def serves(endpoint: WireEndpoint | None, ours: ResourceName) -> bool:
    """Whether our version is deployed on it."""
    return endpoint is not None and any(_is_version(d, ours) for d in endpoint.deployed_models)


def _blocked(model: str, endpoint: str) -> BackendError:
    """The refusal to delete a model that somebody else's endpoint serves."""
    name = resource_names.parsed(endpoint)
    return failure(
        "API330",
        detail=f"{model} is deployed on {endpoint}.",
        fix="Undeploy it there, or keep the model with `onRemove: retain`.",
        command=f"gcloud ai endpoints describe {name.id} --region={name.location} --project={name.project}",
    )


def _undeploy(endpoint: WireEndpoint, deployed_model_id: str) -> Call:
    name = resource_names.parsed(endpoint.name)
    split = traffic_without(endpoint, deployed_model_id)
    return Call(
        "endpoints.undeployModel",
        Service.VERTEX,
        "POST",
        f"/v1/{name}:undeployModel",
        kind=CallKind.CHANGE,
        location=name.location,
        project=name.project,
        body=json_body({"deployedModelId": deployed_model_id, **({"trafficSplit": split} if split else {})}),
    )


def _delete(method: str, resource: str, suffix: str = "") -> Call:
    name = resource_names.parsed(resource)
    path = f"/v1/{name}{suffix}"
    return Call(
        method, Service.VERTEX, "DELETE", path, kind=CallKind.CHANGE, location=name.location, project=name.project
    )
