"""Observing Vertex AI: paged lists per project and location, joined into one LiveTraining per job.

A job is only history; the lists of models and endpoints say what still exists. Both may live elsewhere than their
job (endpoints of newer models in the multi-regions `us` and `eu`): where, is learnt from the jobs and the lock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

from reconciler.backends import resource_names
from reconciler.backends.base import Inventory, Observed, Scope
from reconciler.backends.threads import gather
from reconciler.backends.vertex_copies import is_ours, listed_copy, polled
from reconciler.backends.vertex_listed import listed_endpoint, listed_model
from reconciler.backends.vertex_named import is_job, named
from reconciler.backends.vertex_reader import VertexReader, or_none
from reconciler.backends.vertex_types import WireDeployed, WireEndpoint, WireJob, WireModel, WireTunedModel
from reconciler.backends.vertex_wire import aliases_of, artifacts_of, carriers_of, from_wire, leaves_files_alone
from reconciler.core.copying import is_copy
from reconciler.core.dialects import is_files
from reconciler.core.lock import Phase, Training
from reconciler.core.markers import from_labels
from reconciler.core.model import Checkpoint, LiveTraining, Markers, Status

Place = tuple[str, str]


RECENT_S = 3600.0
"""Lists are read at the same time and may lag: what a job of this last hour made is asked for by name before it
counts as absent. Later, a list is believed: a history of deleted models must not cost a request each."""


@dataclass(slots=True)
class _Survey:
    """What was listed so far, and where."""

    jobs: dict[Place, list[WireJob]] = field(default_factory=dict)
    models: dict[str, WireModel] = field(default_factory=dict)
    endpoints: dict[str, WireEndpoint] = field(default_factory=dict)
    versions: dict[str, WireModel] = field(default_factory=dict)
    model_places: set[Place] = field(default_factory=set)
    endpoint_places: set[Place] = field(default_factory=set)
    numbers: dict[str, str] = field(default_factory=dict)
    empty: set[str] = field(default_factory=set)
    """Folders of files that are not there any more."""

    @property
    def made(self) -> list[tuple[Place, WireJob, WireTunedModel]]:
        """The jobs that made something, and where the job is."""
        pairs = [(place, job) for place, jobs in sorted(self.jobs.items()) for job in jobs]
        return [(place, job, job.tuned_model) for place, job in pairs if job.tuned_model]

    def model(self, name: str) -> WireModel | None:
        """The version that `name` asks for, where it exists."""
        base, _, version = name.partition("@")
        default = self.models.get(base)
        if default is not None and version in ("", default.version_id):
            return default
        return self.versions.get(name)


def observe(reader: VertexReader, scope: Scope, parallelism: int, now_s: float) -> Observed:
    """Everything in scope. One failed list fails the whole: half a picture would look like deletions."""
    return _surveyed(reader, _Survey(), scope, parallelism, now_s)


def inventory(reader: VertexReader, scope: Scope, parallelism: int, now_s: float) -> Inventory:
    """The same, with every Model and Endpoint that the lists have shown."""
    survey = _Survey()
    observed = _surveyed(reader, survey, scope, parallelism, now_s)
    models = tuple(map(listed_model, survey.models.values()))
    return Inventory(observed, models, tuple(map(listed_endpoint, survey.endpoints.values())))


def _surveyed(reader: VertexReader, survey: _Survey, scope: Scope, parallelism: int, now_s: float) -> Observed:
    _list_places(reader, survey, scope, parallelism)
    _list_other_places(reader, survey, parallelism)
    _list_versions(reader, survey, scope, parallelism)
    _ask_for_recent(reader, survey, parallelism, now_s)
    _ask_for_files(reader, survey, scope, parallelism)
    trainings = {live.resource_name: live for live in _joined(survey)}
    trainings |= {live.resource_name: live for live in _copies(reader, survey, scope)}
    trainings |= _settled(reader, survey, scope, trainings, parallelism)
    trainings |= named(reader, sorted(scope.named), trainings, survey.numbers)
    return Observed(trainings, survey.numbers, _unfinished(survey, trainings))


def _list_places(reader: VertexReader, survey: _Survey, scope: Scope, parallelism: int) -> None:
    """Jobs, models and endpoints of every place; endpoints also where the lock has some."""

    def list_jobs(place: Place) -> None:
        survey.jobs[place] = reader.jobs(*place)

    places = sorted(scope.places)
    locked = {(t.submission.project, _location(name)) for t in scope.trainings for name in t.endpoints}
    tasks = [partial(list_jobs, place) for place in places]
    tasks += [partial(_list_models, reader, survey, place) for place in places]
    tasks += [partial(_list_endpoints, reader, survey, place) for place in sorted(scope.places | locked)]
    gather(tasks, parallelism)
    for place in places:
        _learn_number(survey, place, survey.jobs[place])


def _list_other_places(reader: VertexReader, survey: _Survey, parallelism: int) -> None:
    """Where the jobs just read say that something of theirs lives, and nobody has looked yet."""
    models, endpoints = set[Place](), set[Place]()
    for (project, _), _, made in survey.made:
        models.add((project, _location(made.model)))
        endpoints.update((project, _location(name)) for name in _endpoints_of(made))
    tasks = [partial(_list_models, reader, survey, p) for p in sorted(models - survey.model_places) if p[1]]
    tasks += [partial(_list_endpoints, reader, survey, p) for p in sorted(endpoints - survey.endpoint_places) if p[1]]
    gather(tasks, parallelism)


def _list_models(reader: VertexReader, survey: _Survey, place: Place) -> None:
    found = reader.models(*place)
    survey.model_places.add(place)
    _learn_number(survey, place, found)
    survey.models.update({m.name.partition("@")[0]: m for m in found})


def _list_endpoints(reader: VertexReader, survey: _Survey, place: Place) -> None:
    found = reader.endpoints(*place)
    survey.endpoint_places.add(place)
    _learn_number(survey, place, found)
    survey.endpoints.update({e.name: e for e in found})


def _ask_for_recent(reader: VertexReader, survey: _Survey, parallelism: int, now_s: float) -> None:
    """By name, what a job that ended just now made and the lists do not show; and endpoints of checkpoints."""

    def ask_for_model(name: str) -> None:
        found = reader.model(name)
        if found is not None:
            survey.versions[name] = found

    def ask_for_endpoint(name: str) -> None:
        found = reader.endpoint(name)
        if found is not None:
            survey.endpoints[name] = found

    since = datetime.fromtimestamp(now_s - RECENT_S, UTC).isoformat()
    recent = [made for _, job, made in survey.made if job.end_time > since]
    models = {made.model for made in recent if made.model and survey.model(made.model) is None}
    endpoints = {made.endpoint for made in recent if made.endpoint and made.endpoint not in survey.endpoints}
    tasks = [partial(ask_for_model, name) for name in sorted(models)]
    gather([*tasks, *(partial(ask_for_endpoint, name) for name in sorted(endpoints))], parallelism)
    left = {name for made in recent if survey.model(made.model) for name in _endpoints_of(made)}
    unseen = left - survey.endpoints.keys() - endpoints
    gather([partial(ask_for_endpoint, name) for name in sorted(unseen)], parallelism)


def _ask_for_files(reader: VertexReader, survey: _Survey, scope: Scope, parallelism: int) -> None:
    """Whether what jobs left as files is there: of locked, marked and named ones; others are nobody's to judge."""
    jobs = [job for found in survey.jobs.values() for job in found if leaves_files_alone(job)]
    names = (*(t.job for t in scope.trainings if t.job), *scope.named) if jobs else ()
    asked = {resource_names.parsed(name).key for name in names}
    ours = [job for job in jobs if resource_names.parsed(job.name).key in asked or _is_marked(job)]
    folders = {artifacts_of(job) for job in ours}
    folders |= {t.model for t in scope.trainings if is_files(t.model)}

    def ask(folder: str) -> None:
        if not reader.has_files(folder):
            survey.empty.add(folder)

    gather([partial(ask, folder) for folder in sorted(folders)], parallelism)


def _is_marked(job: WireJob) -> bool:
    return bool(job.labels and from_labels(job.labels) != Markers())


def _endpoints_of(made: WireTunedModel) -> list[str]:
    return [name for name in (made.endpoint, *(c.endpoint for c in made.checkpoints)) if name]


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


def _list_versions(reader: VertexReader, survey: _Survey, scope: Scope, parallelism: int) -> None:
    """Only of Models whose default version is not the one that a job made: others need no further look."""
    asked = [*(made.model for _, _, made in survey.made), *(t.model for t in scope.trainings)]
    unclear = {
        base
        for base, _, version in (name.partition("@") for name in asked)
        if version and base in survey.models and survey.models[base].version_id != version
    }
    for versions in gather([partial(reader.versions, model) for model in sorted(unclear)], parallelism):
        survey.versions |= _indexed(versions)


def _joined(survey: _Survey) -> Iterable[LiveTraining]:
    for (project, location), jobs in sorted(survey.jobs.items()):
        for job in jobs:
            made = job.tuned_model
            if made is None or leaves_files_alone(job):
                yield from_wire(job, project, location, has_files=artifacts_of(job) not in survey.empty)
            else:
                live = from_wire(job, project, location, survey.model(made.model), survey.endpoints.get(made.endpoint))
                yield _with_endpoints(live, made, survey)


def _copies(reader: VertexReader, survey: _Survey, scope: Scope) -> Iterable[LiveTraining]:
    """Copies of ours that the lock does not have: their ids say whose they are."""
    projects = {number: project for project, number in survey.numbers.items()}
    locked = {resource_names.parsed(t.job).key for t in scope.trainings if t.job}
    for model in survey.models.values():
        name = resource_names.parsed(model.name).without_version
        if name.key in locked or not is_ours(model):
            continue
        place = next((ref.endpoint for ref in model.deployed_models if ref.endpoint), "")
        endpoint = (survey.endpoints.get(place) or reader.endpoint(place)) if place else None
        yield listed_copy(model, endpoint, projects.get(name.project, name.project))


def _with_endpoints(live: LiveTraining, made: WireTunedModel, survey: _Survey) -> LiveTraining:
    """What of the job's endpoints serves somebody else's model, and what is left without any."""
    there = [survey.endpoints[name] for name in dict.fromkeys(_endpoints_of(made)) if name in survey.endpoints]
    used = tuple(e.name for e in there if any(_is_anothers(d, made.model) for d in e.deployed_models))
    left = () if live.model_exists else tuple(e.name for e in there if e.name not in used)
    gone = tuple(c.endpoint for c in made.checkpoints if c.endpoint and c.endpoint not in survey.endpoints)
    if not (left or used or (gone and live.model_exists)):
        return live
    return replace(live, endpoints_gone=gone if live.model_exists else (), endpoints_left=left, endpoints_used=used)


def _is_anothers(deployed: WireDeployed, ours: str) -> bool:
    """Whether it is another model than ours, or another version of it; a version may stand in the name or beside it."""
    name, _, version = deployed.model.partition("@")
    base, _, own = ours.partition("@")
    version = version or deployed.model_version_id
    return bool(name) and (name.rpartition("/")[2] != base.rpartition("/")[2] or bool(version and own != version))


def _unfinished(survey: _Survey, trainings: dict[str, LiveTraining]) -> dict[str, int]:
    """Jobs in progress per project, everybody's: they share one quota."""
    counts = dict.fromkeys((project for project, _ in survey.jobs), 0)
    for live in trainings.values():
        if live.project in counts and not live.status.is_terminal:
            counts[live.project] += 1
    return counts


def _settled(
    reader: VertexReader, survey: _Survey, scope: Scope, seen: dict[str, LiveTraining], parallelism: int
) -> dict[str, LiveTraining]:
    """Locked trainings whose job the list does not show: it lags, or it no longer keeps the job."""
    missing = [t for t in scope.trainings if t.job and t.job not in seen]
    if missing:  # a name may have the project's id where answers have its number
        keys = {resource_names.parsed(name).key for name in seen}
        missing = [t for t in missing if resource_names.parsed(t.job).key not in keys]
    found = gather([partial(_settle, reader, survey, training) for training in missing], parallelism)
    return {live.resource_name: live for live in found if live}


def _settle(reader: VertexReader, survey: _Survey, training: Training) -> LiveTraining | None:
    """The job itself; where even that knows nothing, what the lock and the lists say."""
    job = or_none(lambda: reader.job(training.job)) if is_job(training.job) else None
    if job is None and is_copy(training.submission):
        return _copy(reader, survey, training)
    if job is None:
        return _from_lock(survey, training) if training.model else None
    made = job.tuned_model or WireTunedModel()
    if leaves_files_alone(job):
        place = (training.submission.project, training.submission.location)
        return from_wire(job, *place, has_files=reader.has_files(artifacts_of(job)))
    model = (survey.model(made.model) or reader.model(made.model)) if made.model else None
    endpoint = (survey.endpoints.get(made.endpoint) or reader.endpoint(made.endpoint)) if made.endpoint else None
    live = from_wire(job, training.submission.project, training.submission.location, model, endpoint)
    return with_checkpoint(reader, live, training)


def _copy(reader: VertexReader, survey: _Survey, training: Training) -> LiveTraining | None:
    """One that is being made, as it is; a finished one as the lists have it, and by name where these do not."""
    if training.phase is not Phase.APPLIED:
        return or_none(lambda: polled(reader, training))
    if training.model and survey.model(training.model) is None and (model := reader.model(training.model)) is not None:
        survey.versions[training.model] = model
    name = training.endpoint
    if name and name not in survey.endpoints and (endpoint := reader.endpoint(name)) is not None:
        survey.endpoints[name] = endpoint
    return _from_lock(survey, training) if training.model else None


def with_checkpoint(reader: VertexReader, live: LiveTraining, training: Training) -> LiveTraining:
    """Where another checkpoint serves than the job's last: with whether its endpoint is there."""
    name = training.endpoint
    if training.checkpoint is None or not live.model_exists or not name:
        return live
    is_there = live.endpoint_exists if name == live.endpoint else reader.endpoint(name) is not None
    return live if is_there else replace(live, endpoints_gone=(name,))


def settled(reader: VertexReader, training: Training) -> LiveTraining:
    """A Model that came without a job, as it is now."""
    survey = _Survey()
    model = reader.model(training.model)
    endpoint = reader.endpoint(training.endpoint) if training.endpoint else None
    if model is not None:
        survey.versions[training.model] = model
    if endpoint is not None:
        survey.endpoints[training.endpoint] = endpoint
    return _from_lock(survey, training)


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
        model_exists=model is not None or (is_files(training.model) and training.model not in survey.empty),
        artifacts=training.artifacts,
        endpoint=training.endpoint,
        endpoint_exists=endpoint is not None,
        endpoints_gone=(training.endpoint,) if training.checkpoint and endpoint is None else (),
        checkpoints=checkpoints,
        carriers=carriers_of(model, endpoint),
        aliases=aliases_of(model),
        error=training.error,
        error_code=training.error_code,
        billable_tokens=training.billable_tokens,
    )


def _indexed(models: Iterable[WireModel]) -> dict[str, WireModel]:
    """By name with version: `projects/…/models/1@2`."""
    return {f"{m.name.partition('@')[0]}@{m.version_id}": m for m in models}
