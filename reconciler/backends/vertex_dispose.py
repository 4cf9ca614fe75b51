"""Deleting what a training left, step by step, and nothing that is not its own.

Order of the service: undeploy our model@version from the endpoints that the job made, delete such an endpoint
once it is empty, then the version, or the Model with its last version. Every step may be repeated; what is
absent is done. Nothing waits in here: an operation under way is remembered, and the next pass looks at it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from reconciler.backends import resource_names
from reconciler.backends.base import BackendError, Disposal, Fault
from reconciler.backends.calls import Call, Kind, json_body
from reconciler.backends.failures import failure
from reconciler.backends.http import Http
from reconciler.backends.quoting import cleaned
from reconciler.backends.resource_names import ResourceName
from reconciler.backends.targets import Service
from reconciler.backends.vertex_reader import Reader, or_none
from reconciler.backends.vertex_types import (
    JOB_ID_LABEL,
    OPERATION,
    WireDeployed,
    WireEndpoint,
    WireModel,
    WireOperation,
)
from reconciler.backends.vertex_wire import status_of
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.lock import Training

_LINGERING = frozenset({"API302", "API305", "API306"})
"""Still deployed for a while after an undeployment, or another change under way: look again later."""

_NOT_FOUND_IN_OPERATION = 5
_PRECONDITION_IN_OPERATION = 9

_Foreign = Callable[[WireModel, ResourceName, set[tuple[str, str]]], list[str]]


@dataclass(slots=True)
class _Underway:
    """What this run knows of one disposal: a name is reported as gone once."""

    endpoints: tuple[str, ...]
    model: str
    operation: str = ""
    touches: str = ""
    """The resource that the operation changes, and what will have happened to it."""
    becomes: str = ""
    gone: set[str] = field(default_factory=set)


class Disposer:
    """Disposals under way, by job. One instance a run; threads may share it, each for its own training."""

    def __init__(self, http: Http, reader: Reader) -> None:
        self._http = http
        self._reader = reader
        self._underway: dict[str, _Underway] = {}
        self._guard = threading.Lock()

    def blockers(self, training: Training) -> list[Diagnostic]:
        """Endpoints that the job did not make and on which somebody deployed this model."""
        left, _ = self._begun(training)
        model = self._reader.model(left.model) if left.model else None
        if model is None:
            return []
        own = {resource_names.parsed(name).key for name in left.endpoints}
        foreign = self._foreign_endpoints(model, resource_names.parsed(left.model), own)
        return [_blocked(left.model, name).diagnostic for name in foreign]

    def dispose(self, training: Training) -> Disposal:
        """One pass: every step that can be done now."""
        with self._guard:
            underway = self._underway.get(training.job or training.model)
        if underway is None:
            underway, still_runs = self._begun(training)
            if still_runs:
                return Disposal(waiting_for=f"{training.job} to end")
            with self._guard:
                self._underway[training.job or training.model] = underway
        disposal = _Pass(self._http, self._reader, underway, training).run(self._foreign_endpoints)
        if disposal.is_done:
            with self._guard:
                self._underway.pop(training.job or training.model, None)
        return disposal

    def _begun(self, training: Training) -> tuple[_Underway, bool]:
        """What the lock and the job itself say that the job made; and whether the job still runs."""
        job = or_none(lambda: self._reader.job(training.job)) if training.job else None
        made = job.tuned_model if job else None
        names = [*training.endpoints]
        if made:
            names += [made.endpoint, *(c.endpoint for c in made.checkpoints)]
        model = training.model or (made.model if made else "")
        still_runs = job is not None and not status_of(job).is_terminal
        return _Underway(tuple(dict.fromkeys(name for name in names if name)), model), still_runs

    def _foreign_endpoints(self, model: WireModel, ours: ResourceName, own: set[tuple[str, str]]) -> list[str]:
        """Where else the version is deployed than on the job's own; the endpoint has the last word."""
        names = {ref.endpoint for ref in model.deployed_models if ref.endpoint}
        foreign = sorted(name for name in names if resource_names.parsed(name).key not in own)
        return [name for name in foreign if _serves(self._reader.endpoint(name), ours)]


@dataclass(slots=True)
class _Pass:
    """One pass over one disposal."""

    http: Http
    reader: Reader
    underway: _Underway
    training: Training
    gone: list[tuple[str, str]] = field(default_factory=list)

    def run(self, foreign_endpoints: _Foreign) -> Disposal:
        waiting = self._operation() or self._endpoints() or self._model(foreign_endpoints)
        return Disposal(tuple(self.gone), waiting)

    def _operation(self) -> str:
        """What to wait for, of the operation that an earlier pass began."""
        u = self.underway
        if not u.operation:
            return ""
        operation = or_none(lambda: self.reader.get("operations.get", u.operation, OPERATION))
        return self._noted(operation or WireOperation(name=u.operation, done=True))

    def _noted(self, operation: WireOperation) -> str:
        """Take an operation's answer in: "" where it is done."""
        u = self.underway
        if not operation.done:
            u.operation = operation.name
            return f"{u.touches} to be {u.becomes}"
        u.operation = ""
        error = operation.error
        if error is not None and error.code == _PRECONDITION_IN_OPERATION:
            return f"{u.touches} to be {u.becomes}: {cleaned(error.message)}"
        if error is not None and error.code not in (0, _NOT_FOUND_IN_OPERATION):
            raise failure("API331", detail=f"{u.touches} was not {u.becomes}: {error.message} (code {error.code}).")
        self._report(u.touches, u.becomes)
        return ""

    def _endpoints(self) -> str:
        for name in self.underway.endpoints:
            waiting = "" if name in self.underway.gone else self._endpoint(name)
            if waiting:
                return waiting
        return ""

    def _endpoint(self, name: str) -> str:
        endpoint = self.reader.endpoint(name)
        if endpoint is None:
            return self._report(name, "absent already")
        self._refuse_another_jobs(endpoint)
        ours = resource_names.parsed(self.underway.model) if self.underway.model else None
        for deployed in endpoint.deployed_models:
            if ours and _is_version(deployed, ours):
                waiting = self._started("endpoints.undeployModel", name, "undeployed", _undeploy(endpoint, deployed.id))
                return waiting or self._endpoint_again(name)
        if endpoint.deployed_models:  # a stranger's model is served here too: the endpoint stays
            self.underway.gone.add(name)
            return ""
        return self._started("endpoints.delete", name, "deleted", _delete("endpoints.delete", name))

    def _endpoint_again(self, name: str) -> str:
        """After an undeployment that was done at once; one that still shows is looked at by the next pass."""
        endpoint = self.reader.endpoint(name)
        ours = resource_names.parsed(self.underway.model)
        if endpoint is not None and any(_is_version(d, ours) for d in endpoint.deployed_models):
            return f"{name} to be undeployed"
        return self._endpoint(name)

    def _refuse_another_jobs(self, endpoint: WireEndpoint) -> None:
        """A lock that was edited, or merged wrongly, must not delete what another job made."""
        labelled = endpoint.labels.get(JOB_ID_LABEL, "")
        job_id = resource_names.parsed(self.training.job).id if self.training.job else ""
        if labelled and job_id and labelled != job_id:
            raise failure("API332", detail=f"{endpoint.name} was made by job {labelled}, not by {job_id}.")

    def _model(self, foreign_endpoints: _Foreign) -> str:
        name = self.underway.model
        if not name or name in self.underway.gone:
            return ""
        model = self.reader.model(name)
        if model is None:
            return self._report(name, "absent already")
        ours = resource_names.parsed(name)
        own = {resource_names.parsed(e).key for e in self.underway.endpoints}
        for foreign in foreign_endpoints(model, ours, own):
            raise _blocked(name, foreign)
        return self._model_or_version(ours, name)

    def _model_or_version(self, ours: ResourceName, name: str) -> str:
        others = [v for v in self.reader.versions(name) if ours.version and v.version_id != ours.version]
        if others:
            call = _delete("models.deleteVersion", name, ":deleteVersion")
            return self._started("models.deleteVersion", name, "deleted", call)
        return self._started("models.delete", name, "deleted", _delete("models.delete", str(ours.without_version)))

    def _started(self, method: str, name: str, becomes: str, call: Call) -> str:
        """Send one step; "" where it is done already."""
        self.underway.touches, self.underway.becomes = name, becomes
        try:
            operation = self.http.read(call, OPERATION)
        except BackendError as error:
            if error.fault is Fault.NOT_FOUND:
                return "" if becomes == "undeployed" else self._report(name, "absent already")
            if error.diagnostic.code in _LINGERING:
                return f"{name} to be {becomes}: {error.diagnostic.detail}"
            raise
        if not operation.name and not operation.done:
            raise failure("API213", detail=f"{method} answered without an operation.", may_have_worked=True)
        return self._noted(operation)

    def _report(self, name: str, what: str) -> str:
        self.gone.append((name, what))
        if what != "undeployed":
            self.underway.gone.add(name)
        return ""


def _is_version(deployed: WireDeployed, ours: ResourceName) -> bool:
    """Whether this is our model in our version; a version may stand in the name or beside it."""
    if not deployed.model:
        return False
    there = resource_names.parsed(deployed.model)
    version = there.version or deployed.model_version_id
    return there.without_version.key == ours.without_version.key and version in ("", ours.version)


def _serves(endpoint: WireEndpoint | None, ours: ResourceName) -> bool:
    return endpoint is not None and any(_is_version(d, ours) for d in endpoint.deployed_models)


def _blocked(model: str, endpoint: str) -> BackendError:
    name = resource_names.parsed(endpoint)
    return failure(
        "API330",
        detail=f"{model} is deployed on {endpoint}.",
        fix="Undeploy it there, or keep the model with `onRemove: retain`.",
        command=f"gcloud ai endpoints describe {name.id} --region={name.location} --project={name.project}",
    )


def traffic_without(endpoint: WireEndpoint, deployed_model_id: str) -> dict[str, int]:
    """How the others share the traffic once this one is gone: as before, and 100 in all. Pure.

    Empty where no other is deployed, or where this one has no traffic: then the service needs to be told nothing.
    """
    others = [d.id for d in endpoint.deployed_models if d.id != deployed_model_id]
    if not others or not endpoint.traffic_split.get(deployed_model_id):
        return {}
    before = {other: endpoint.traffic_split.get(other, 0) for other in others}
    total = sum(before.values())
    after = {other: share * 100 // total for other, share in before.items()} if total else dict.fromkeys(others, 0)
    busiest = max(others, key=lambda other: before[other])
    after[busiest] += 100 - sum(after.values())
    return after


def _undeploy(endpoint: WireEndpoint, deployed_model_id: str) -> Call:
    name = resource_names.parsed(endpoint.name)
    split = traffic_without(endpoint, deployed_model_id)
    return Call(
        "endpoints.undeployModel",
        Service.VERTEX,
        "POST",
        f"/v1/{name}:undeployModel",
        kind=Kind.CHANGE,
        location=name.location,
        project=name.project,
        body=json_body({"deployedModelId": deployed_model_id, **({"trafficSplit": split} if split else {})}),
    )


def _delete(method: str, resource: str, suffix: str = "") -> Call:
    name = resource_names.parsed(resource)
    path = f"/v1/{name}{suffix}"
    return Call(method, Service.VERTEX, "DELETE", path, kind=Kind.CHANGE, location=name.location, project=name.project)
