"""What a resource name leads to that no list of jobs shows: somebody's Model or Endpoint, with or without a job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.backends import resource_names
from reconciler.backends.resource_names import ResourceName
from reconciler.backends.vertex_reader import VertexReader, or_none
from reconciler.backends.vertex_types import JOB_ID_LABEL, WireEndpoint, WireJob, WireModel
from reconciler.backends.vertex_wire import artifacts_of, carriers_of, from_wire, leaves_files_alone
from reconciler.core.dialects import is_files
from reconciler.core.lock import Training
from reconciler.core.markers import from_labels
from reconciler.core.model import LiveTraining, Status


def is_job(name: str) -> bool:
    """Whether it is a tuning job's; a Model that came without one stands for itself."""
    return "/tuningJobs/" in name


def job_of_model(reader: VertexReader, training: Training) -> str:
    """The job that trained a Model which is not its own: the service's label names it, on a copy too; "" without one.

    A copy's job is where its source is.
    """
    model = reader.model(training.model or training.job)
    number = model.labels.get(JOB_ID_LABEL, "") if model else ""
    if model is None or not number.isdecimal():
        return ""
    source = model.original_model_info.model if model.original_model_info else ""
    home = resource_names.parsed(source or model.name)
    return str(home._replace(rest=f"tuningJobs/{number}"))


def named(
    reader: VertexReader, asked: Iterable[str], seen: Mapping[str, LiveTraining], projects: Mapping[str, str]
) -> dict[str, LiveTraining]:
    """The trainings behind names that nothing in `seen` bears; a name that leads nowhere is left out.

    `projects` has the number of every project id that is known by now.
    """
    names = (n for live in seen.values() for n in (live.resource_name, live.model, live.endpoint))
    known = {_key(name) for name in names if name and not is_files(name)}
    ids = {number: project for project, number in projects.items()}
    found = {}
    for name in asked:
        parsed = resource_names.parsed(name)
        if parsed.without_version.key in known:
            continue
        live = _followed(reader, parsed, ids.get(parsed.project, parsed.project))
        if live is not None:
            found[live.resource_name] = live
    return found


def _key(name: str) -> tuple[str, str]:
    return resource_names.parsed(name).without_version.key


def _followed(reader: VertexReader, name: ResourceName, project: str) -> LiveTraining | None:
    kind = name.rest.partition("/")[0]
    if kind == "tuningJobs":
        return _from_job(reader, str(name), project)
    if kind == "models":
        model = reader.model(str(name))
        return _from_model(reader, model, None, project) if model else None
    endpoint = reader.endpoint(str(name))
    deployed = next((d.model for d in endpoint.deployed_models if d.model), "") if endpoint else ""
    model = reader.model(deployed) if deployed else None
    return _from_model(reader, model, endpoint, project) if model else None


def _from_job(reader: VertexReader, name: str, project: str) -> LiveTraining | None:
    job = or_none(lambda: reader.job(name))
    return joined(reader, job, project, resource_names.parsed(job.name).location) if job else None


def joined(reader: VertexReader, job: WireJob, project: str, location: str) -> LiveTraining:
    """A job with the Model and the Endpoint, or the files, that are there of what it made."""
    if leaves_files_alone(job):
        return from_wire(job, project, location, has_files=reader.has_files(artifacts_of(job)))
    made = job.tuned_model
    model = reader.model(made.model) if made and made.model else None
    endpoint = reader.endpoint(made.endpoint) if made and made.endpoint else None
    return from_wire(job, project, location, model, endpoint)


def _from_model(
    reader: VertexReader, model: WireModel, endpoint: WireEndpoint | None, project: str
) -> LiveTraining | None:
    """By its job, which the service's own label names; else as it stands."""
    name = resource_names.parsed(model.name).without_version
    job_id = model.labels.get(JOB_ID_LABEL, "")
    live = _from_job(reader, str(name._replace(rest=f"tuningJobs/{job_id}")), project) if job_id.isdecimal() else None
    if live is not None and live.model and _key(live.model) == name.key:
        return live
    place = endpoint.name if endpoint else next((d.endpoint for d in model.deployed_models if d.endpoint), "")
    served = endpoint or (reader.endpoint(place) if place else None)
    versioned = f"{name}@{model.version_id}" if model.version_id else str(name)
    return LiveTraining(
        backend="vertex",
        resource_name=versioned,
        status=Status.READY,
        state="",
        project=project,
        location=name.location,
        markers=from_labels(model.labels),
        model=versioned,
        model_exists=True,
        endpoint=place,
        endpoint_exists=served is not None,
        carriers=carriers_of(model, served),
    )
