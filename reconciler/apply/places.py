"""Whether a create may go out under limits.concurrentJobs, and what it waits for where it may not.

The service's quota is one of the whole project: jobs count in every location, whoever made them. Looked at are the
locations of the lock and of this create, the workspace's own, and those in which base models of the catalogue still
train: one list each, before the first create and again while one waits.
"""

from __future__ import annotations

from reconciler.apply.run import Run
from reconciler.backends.base import Backend, BackendError
from reconciler.core.faults import Fault
from reconciler.core.lock import Submission
from reconciler.core.model import Address, LiveTraining
from reconciler.core.places import waits_for

_NO_JOBS_THERE = frozenset({Fault.AUTH, Fault.NOT_FOUND, Fault.REJECTED})
"""A location that the project may not use has none of its jobs."""


def place(run: Run, address: Address, submission: Submission) -> str:
    """What a create has to wait for, or "" when it may go out."""
    if not run.backend(address).limits_concurrency:
        return ""
    project = submission.project
    if run.not_before.get(project, 0.0) > run.clock.now():
        return run.quota_words.get(project, "the service's quota")
    if run.strangers is None or project not in run.strangers:
        _look_at_places(run, address, submission)
    ours, strangers = run.places_taken(project), (run.strangers or {}).get(project, ())
    limit = run.limits.concurrent_jobs
    if ours + len(strangers) < limit:
        return ""
    return waits_for(limit, run.holders(project), strangers)


def _look_at_places(run: Run, address: Address, submission: Submission) -> None:
    """Who has places in the quota: looked at again while there is none for us.

    Of what this lock has under way, this run may step a part only: what it does not step ends all the same.
    """
    project = submission.project
    trainings = [
        training
        for text, entry in run.store.lock.entries.items()
        if Address.parse(text).backend == address.backend
        for training in entry.trainings.values()
        if training.submission.project == project
    ]
    certain = {submission.location, *(t.submission.location for t in trainings if t.is_open)}
    backend = run.backend(address)
    jobs = [job for location in sorted(certain) for job in backend.jobs(project, location)]
    for location in sorted(run.locations - certain):
        jobs += _jobs_if_any(backend, project, location)
    run.over |= {job.resource_name for job in jobs if job.status.is_terminal}
    run.taken = None
    known = {t.job for t in trainings}
    others = [job for job in jobs if not job.status.is_terminal and job.resource_name not in known]
    # A create of ours whose answer was lost has a place already, and may be among the others.
    count = max(0, len(others) - run.unanswered(project))
    run.strangers = {**(run.strangers or {}), project: tuple(others[-count:] if count else ())}


def _jobs_if_any(backend: Backend, project: str, location: str) -> list[LiveTraining]:
    try:
        return backend.jobs(project, location)
    except BackendError as exc:
        if exc.fault not in _NO_JOBS_THERE:
            raise
        return []
