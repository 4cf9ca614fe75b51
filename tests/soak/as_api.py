"""The fake cloud as the services would answer: JSON, for a judge that knows nothing of our types."""

from __future__ import annotations

from typing import Any

from tests.fakes.cloud import FakeCloud, Job
from tests.oracle.cloud import Resources

Json = dict[str, Any]
_TUNED = {"JOB_STATE_SUCCEEDED": "ACTIVE", "JOB_STATE_RUNNING": "CREATING", "JOB_STATE_CANCELLING": "CREATING"}


def resources(cloud: FakeCloud, workspace: str) -> Resources:
    """Everything in it, strangers' included; `names` are those of this workspace's jobs."""
    jobs, models, endpoints, tuned = {}, {}, {}, {}
    for job in cloud.jobs.values():
        state = cloud.state(job)
        if job.backend == "gemini":
            tuned[job.name] = tuned_model(job, state)
            continue
        jobs[job.name] = tuning_job(job, state)
        base = job.model.partition("@")[0]
        for name, fields in job.resources.items():
            shown = _shown(name, fields)
            if name == base:
                models[name] = {**shown, "versionAliases": ["default", *sorted(job.aliases)]}
            else:
                endpoints[name] = {**shown, "deployedModels": [{"model": base}] if base in job.resources else []}
    names = {job.name: job.markers.name for job in cloud.jobs.values() if job.markers.workspace == workspace}
    return Resources(jobs, models, endpoints, tuned, dict(cloud.read), names)


def tuning_job(job: Job, state: str) -> Json:
    """As tuningJobs.get answers."""
    m = job.markers
    pairs = (("workspace", m.workspace), ("name", m.name), ("training", m.training), ("data", m.data))
    marked = {f"tuneform-{key}": value for key, value in pairs if value}
    sent = job.submission
    made = {"model": job.model, "endpoint": job.endpoint}
    return {
        **sent.training,
        **sent.in_place,
        **({"preTunedModel": {"tunedModelName": sent.parent_model}} if sent.parent_model else {}),
        "name": job.name,
        "labels": {**sent.in_place.get("labels", {}), **marked},
        "state": state,
        **({"tunedModel": made} if job.model else {}),
    }


def tuned_model(job: Job, state: str) -> Json:
    """As tunedModels.get answers: without its examples."""
    fields = job.resources.get(job.name, job.submission.in_place)
    return {**job.submission.training, **fields, "name": job.name, "state": _TUNED.get(state, "FAILED")}


def _shown(name: str, fields: Json) -> Json:
    renamed = {"displayName" if k == "tunedModelDisplayName" else k: v for k, v in fields.items()}
    return {"name": name, **renamed}
