"""The steps of deleting what one training left, each repeatable; what is absent is done. Nothing waits in here.

Order of the service: undeploy our model@version from the endpoints that the job made, delete such an endpoint
once it is empty, then the version, or the Model with its last version.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from reconciler.backends import resource_names
from reconciler.backends.base import BackendError, Disposal
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
from reconciler.core.faults import Condition, Fault

_NOT_FOUND_IN_OPERATION = 5
_PRECONDITION_IN_OPERATION = 9


@dataclass(slots=True)
class Underway:
    """What one run knows of one disposal.

    `operations` are those that earlier passes began, by the resource that they change, with what will have
    happened to it. `news` is what no caller has been told yet: a pass that fails loses none of it.
    """

    endpoints: tuple[str, ...]
    model: str
    job_id: str = ""
    foreign: bool = False
    operations: dict[str, tuple[str, str]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    news: list[tuple[str, str]] = field(default_factory=list)

    @property
    def own_keys(self) -> set[tuple[str, str]]:
        """The job's own endpoints, however their project is written."""
        return {resource_names.parsed(name).key for name in self.endpoints}


@dataclass(slots=True)
class Pass:
    """One pass over one disposal. `elsewhere` tells the endpoints of others that serve the model."""

    http: Http
    reader: Reader
    underway: Underway
    elsewhere: Callable[[WireModel, Underway], list[str]]

    def run(self) -> Disposal:
        """Every step that can be done now: all endpoints side by side, and then the model."""
        u = self.underway
        waiting = [w for name in u.endpoints if (w := self._advanced(name, self._endpoint))]
        if u.model and not waiting:
            waiting = [w for w in [self._advanced(u.model, self._model)] if w]
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
        """An operation that an earlier pass began. One that nobody remembers tells nothing: look at the resource."""
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
            return self._report(name, "left, as it serves somebody's model")
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
        return [deployed for deployed in endpoint.deployed_models if is_version(deployed, ours)]

    def _strangers_endpoint(self, name: str) -> str:
        """Ours alone is undeployed; the endpoint is not ours to delete."""
        endpoint = self.reader.endpoint(name)
        ours = self._ours_on(endpoint) if endpoint else []
        if endpoint is None or not ours:
            return ""
        waiting = self._started(name, "undeployed", _undeploy(endpoint, ours[0].id))
        return waiting or f"{name} to be undeployed"

    def _refuse_another_jobs(self, endpoint: WireEndpoint) -> None:
        """A lock that was edited, or merged wrongly, must not delete what another job made."""
        labelled, job_id = endpoint.labels.get(JOB_ID_LABEL, ""), self.underway.job_id
        if labelled and job_id and labelled != job_id:
            raise failure("API332", detail=f"{endpoint.name} was made by job {labelled}, not by {job_id}.")

    def _model(self, name: str) -> str:
        model = self.reader.model(name)
        if model is None:
            return self._report(name, "absent already")
        for endpoint in self.elsewhere(model, self.underway):
            if not self.underway.foreign:
                raise blocked(name, endpoint)
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


def _is_lingering(error: BackendError) -> bool:
    """Still deployed for a while after an undeployment, or another change under way: look again later."""
    return error.fault is Fault.CONFLICT or error.condition is Condition.PRECONDITION


def is_version(deployed: WireDeployed, ours: ResourceName) -> bool:
    """Whether this is our model in our version; a version may stand in the name or beside it."""
    if not deployed.model:
        return False
    there = resource_names.parsed(deployed.model)
    version = there.version or deployed.model_version_id
    return there.without_version.key == ours.without_version.key and version in ("", ours.version)


def serves(endpoint: WireEndpoint | None, ours: ResourceName) -> bool:
    """Whether our version is deployed on it."""
    return endpoint is not None and any(is_version(d, ours) for d in endpoint.deployed_models)


def blocked(model: str, endpoint: str) -> BackendError:
    """The refusal to delete a model that somebody else's endpoint serves."""
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
