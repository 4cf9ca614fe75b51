"""Reading Vertex AI: paged lists per project and location, joined into one LiveTraining per job.

A job is only history; the lists of models and endpoints say what still exists. Endpoints of newer models
live in the multi-regions `us` and `eu`, so their locations are learnt from the jobs and from the lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

import msgspec

from reconciler.backends import resource_names
from reconciler.backends.base import BackendError, Fault, Observed, Scope
from reconciler.backends.calls import Call
from reconciler.backends.http import PAGE_SIZE, Http, Page, gather
from reconciler.backends.targets import Service
from reconciler.backends.vertex_wire import (
    ENDPOINT,
    ENDPOINTS,
    JOB,
    JOBS,
    MODEL,
    MODELS,
    WireEndpoint,
    WireJob,
    WireModel,
    carriers_of,
    from_wire,
    indexed,
)
from reconciler.core.lock import Training
from reconciler.core.model import Checkpoint, LiveTraining, Markers, Status

T = TypeVar("T")
P = TypeVar("P", bound=Page)
Place = tuple[str, str]

_V1BETA1_UNUSABLE = frozenset({"API301", "API302", "API303", "API304", "API310"})


class Reader:
    """The reads of Vertex AI that everything else is made of."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._job_version = "v1beta1"

    def job(self, name: str) -> WireJob:
        """One job, with its steps where v1beta1 tells them."""
        return self._in_best_version(lambda version: self._get(version, "tuningJobs.get", name, JOB))

    def jobs(self, project: str, location: str) -> list[WireJob]:
        """Every job of a place, strangers' included."""

        def listed(version: str) -> list[WireJob]:
            pages = self._list(version, "tuningJobs", project, location, JOBS)
            return [job for page in pages for job in page.tuning_jobs]

        return self._in_best_version(listed)

    def models(self, project: str, location: str) -> list[WireModel]:
        """Every Model of a place, each as its default version."""
        return [m for page in self._list("v1", "models", project, location, MODELS) for m in page.models]

    def endpoints(self, project: str, location: str) -> list[WireEndpoint]:
        """Every Endpoint of a place."""
        return [e for page in self._list("v1", "endpoints", project, location, ENDPOINTS) for e in page.endpoints]

    def versions(self, model: str) -> list[WireModel]:
        """Every version of a Model; none where it does not exist."""
        name = resource_names.parsed(model).without_version
        call = Call(
            "models.listVersions",
            Service.VERTEX,
            "GET",
            f"/v1/{name}:listVersions",
            location=name.location,
            project=name.project,
            query={"pageSize": "100", "prettyPrint": "false"},
        )
        found = or_none(lambda: [m for page in self._http.pages(call, MODELS) for m in page.models])
        return found or []

    def model(self, name: str) -> WireModel | None:
        """One version of a Model; None where it does not exist."""
        return or_none(lambda: self._get("v1", "models.get", name, MODEL))

    def endpoint(self, name: str) -> WireEndpoint | None:
        """One Endpoint; None where it does not exist."""
        return or_none(lambda: self._get("v1", "endpoints.get", name, ENDPOINT))

    def get(self, method: str, name: str, decoder: msgspec.json.Decoder[T], suffix: str = "") -> T:
        """Any resource of v1."""
        return self._get("v1", method, name, decoder, suffix)

    def _get(self, version: str, method: str, name: str, decoder: msgspec.json.Decoder[T], suffix: str = "") -> T:
        parsed = resource_names.parsed(name)
        path = f"/{version}/{parsed}{suffix}"
        call = Call(method, Service.VERTEX, "GET", path, location=parsed.location, project=parsed.project)
        return self._http.read(call, decoder)

    def _list(
        self, version: str, collection: str, project: str, location: str, decoder: msgspec.json.Decoder[P]
    ) -> list[P]:
        call = Call(
            f"{collection}.list",
            Service.VERTEX,
            "GET",
            f"/{version}/{resource_names.parent(project, location)}/{collection}",
            location=location,
            project=project,
            query={"pageSize": str(PAGE_SIZE), "prettyPrint": "false"},
        )
        try:
            return list(self._http.pages(call, decoder))
        except BackendError as error:
            if not _minds_the_page_size(error):
                raise
        return list(self._http.pages(replace(call, query={"prettyPrint": "false"}), decoder))

    def _in_best_version(self, read: Callable[[str], T]) -> T:
        """v1beta1 tells steps and the wait for quota; where it is not to be had, v1 tells the rest."""
        if self._job_version == "v1":
            return read("v1")
        try:
            return read("v1beta1")
        except BackendError as error:
            if error.diagnostic.code not in _V1BETA1_UNUSABLE:
                raise
        answer = read("v1")
        self._job_version = "v1"
        return answer


def or_none(read: Callable[[], T]) -> T | None:
    """None where the service itself says that there is no such resource; every other failure stays one."""
    try:
        return read()
    except BackendError as error:
        if error.fault is not Fault.NOT_FOUND:
            raise
        return None


def _minds_the_page_size(error: BackendError) -> bool:
    return error.diagnostic.code == "API301" and "page" in error.diagnostic.detail.lower()


@dataclass(slots=True)
class _Survey:
    """What was listed so far."""

    jobs: dict[Place, list[WireJob]] = field(default_factory=dict)
    models: dict[str, WireModel] = field(default_factory=dict)
    endpoints: dict[str, WireEndpoint] = field(default_factory=dict)
    versions: dict[str, WireModel] = field(default_factory=dict)
    endpoint_places: set[Place] = field(default_factory=set)
    numbers: dict[str, str] = field(default_factory=dict)

    def model(self, name: str) -> WireModel | None:
        """The version that `name` asks for, where it exists."""
        base, _, version = name.partition("@")
        default = self.models.get(base)
        if default is None or not version or version == default.version_id:
            return default
        return self.versions.get(name)


def observe(reader: Reader, scope: Scope, parallelism: int) -> Observed:
    """Everything in scope. One failed list fails the whole: half a picture would look like deletions."""
    survey = _Survey()
    _list_places(reader, survey, scope, parallelism)
    _list_other_endpoints(reader, survey, scope, parallelism)
    _list_versions(reader, survey, scope, parallelism)
    trainings = {live.resource_name: live for live in _joined(survey)}
    trainings |= _settled(reader, survey, scope, trainings, parallelism)
    return Observed(trainings, survey.numbers, _unfinished(survey, trainings))


def _list_places(reader: Reader, survey: _Survey, scope: Scope, parallelism: int) -> None:
    def jobs(place: Place) -> None:
        survey.jobs[place] = reader.jobs(*place)

    def models(place: Place) -> None:
        found = reader.models(*place)
        _learn_number(survey, place, found)
        survey.models.update({m.name.partition("@")[0]: m for m in found})

    places = sorted(scope.places)
    endpoint_places = sorted(scope.places | _endpoint_places(scope, ()))
    tasks = [partial(read, place) for read in (jobs, models) for place in places]
    tasks += [partial(_list_endpoints, reader, survey, place) for place in endpoint_places]
    gather(tasks, parallelism)
    for place in places:
        _learn_number(survey, place, survey.jobs[place])


def _list_other_endpoints(reader: Reader, survey: _Survey, scope: Scope, parallelism: int) -> None:
    """Where the jobs just read say that endpoints live, and nobody has looked yet."""
    made = [(place, job) for place, jobs in survey.jobs.items() for job in jobs if job.tuned_model]
    places = sorted(_endpoint_places(scope, made) - survey.endpoint_places)
    gather([partial(_list_endpoints, reader, survey, place) for place in places], parallelism)


def _list_endpoints(reader: Reader, survey: _Survey, place: Place) -> None:
    found = reader.endpoints(*place)
    survey.endpoint_places.add(place)
    _learn_number(survey, place, found)
    survey.endpoints.update({e.name: e for e in found})


def _endpoint_places(scope: Scope, made: Iterable[tuple[Place, WireJob]]) -> set[Place]:
    locked = {
        (t.submission.project, location)
        for t in scope.trainings
        for name in t.endpoints
        if (location := _location(name))
    }
    seen = {
        (project, location)
        for (project, _), job in made
        if job.tuned_model
        for name in (job.tuned_model.endpoint, *(c.endpoint for c in job.tuned_model.checkpoints))
        if (location := _location(name))
    }
    return locked | seen


def _location(name: str) -> str:
    """The location inside a name, without a check: it is compared here, and checked before it is used."""
    parts = name.split("/", 4)
    return parts[3] if len(parts) == 5 else ""


def _learn_number(survey: _Survey, place: Place, resources: Iterable[WireJob | WireModel | WireEndpoint]) -> None:
    for resource in resources:
        number = resource.name.split("/", 2)[1] if resource.name.startswith("projects/") else ""
        if number.isdecimal():
            survey.numbers[place[0]] = number
        return


def _list_versions(reader: Reader, survey: _Survey, scope: Scope, parallelism: int) -> None:
    """Only of Models whose default version is not the one that a job made: others need no further look."""
    made = [job.tuned_model.model for jobs in survey.jobs.values() for job in jobs if job.tuned_model]
    asked = [*made, *(t.model for t in scope.trainings)]
    unclear = {
        base
        for base, _, version in (name.partition("@") for name in asked)
        if version and base in survey.models and survey.models[base].version_id != version
    }
    for versions in gather([partial(reader.versions, model) for model in sorted(unclear)], parallelism):
        survey.versions |= indexed(versions)


def _joined(survey: _Survey) -> Iterable[LiveTraining]:
    for (project, location), jobs in sorted(survey.jobs.items()):
        for job in jobs:
            made = job.tuned_model
            if made is None:
                yield from_wire(job, project, location)
            else:
                yield from_wire(job, project, location, survey.model(made.model), survey.endpoints.get(made.endpoint))


def _unfinished(survey: _Survey, trainings: dict[str, LiveTraining]) -> dict[str, int]:
    """Jobs in progress per project, everybody's: they share one quota."""
    counts = dict.fromkeys((project for project, _ in survey.jobs), 0)
    for live in trainings.values():
        if live.project in counts and not live.status.is_terminal:
            counts[live.project] += 1
    return counts


def _settled(
    reader: Reader, survey: _Survey, scope: Scope, seen: dict[str, LiveTraining], parallelism: int
) -> dict[str, LiveTraining]:
    """Locked trainings whose job the list does not show: it lags, or it no longer keeps the job."""
    missing = [t for t in scope.trainings if t.job and t.job not in seen]
    if missing:  # a name may have the project's id where answers have its number
        keys = {resource_names.parsed(name).key for name in seen}
        missing = [t for t in missing if resource_names.parsed(t.job).key not in keys]
    found = gather([partial(_settle, reader, survey, training) for training in missing], parallelism)
    return {live.resource_name: live for live in found if live}


def _settle(reader: Reader, survey: _Survey, training: Training) -> LiveTraining | None:
    """One read of the job itself; where even that knows nothing, what the lock and the lists tell."""
    place = (training.submission.project, training.submission.location)
    job = or_none(lambda: reader.job(training.job))
    if job is not None:
        made = job.tuned_model
        model = survey.model(made.model) if made else None
        return from_wire(job, *place, model, survey.endpoints.get(made.endpoint) if made else None)
    return _from_lock(survey, training) if training.model else None


def _from_lock(survey: _Survey, training: Training) -> LiveTraining:
    model, endpoint = survey.model(training.model), survey.endpoints.get(training.endpoint)
    status = Status.FAILED if training.error_code or training.error else Status.READY
    checkpoints = tuple(Checkpoint(c.checkpoint_id, c.epoch, c.step, c.endpoint) for c in training.checkpoints)
    return LiveTraining(
        backend="vertex",
        resource_name=training.job,
        status=status,
        state=training.state,
        project=training.submission.project,
        location=training.submission.location,
        markers=Markers(),
        training=training.submission.training,
        model=training.model,
        model_exists=model is not None,
        endpoint=training.endpoint,
        endpoint_exists=endpoint is not None,
        checkpoints=checkpoints,
        carriers=carriers_of(model, endpoint),
        error=training.error,
        error_code=training.error_code,
        billable_tokens=training.billable_tokens,
    )
