"""What must hold once a history has settled, whatever it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from reconciler.core.change import Change, Plan
from reconciler.core.lock import Lock
from reconciler.core.model import Action, Address, Status
from reconciler.workflow.doctor import examine
from tests.fakes.cloud import Job
from tests.fakes.specs import WORKSPACE
from tests.fakes.stage import Stage
from tests.oracle.judge import Judge
from tests.soak.as_api import resources
from tests.soak.specs_written import wishes
from tests.soak.town import Town
from tests.soak.unseen import BY_HAND


def complaints(town: Town, stage: Stage) -> list[str]:
    """Every sentence is a broken promise."""
    plan, lock = stage.plan(), stage.lock
    return [
        *_pending(town, plan),
        *_open_approvals(lock),
        *_lost(town, stage, plan),
        *_running_twice(town),
        *_touched(town),
        *_wrong_model(town, stage, plan, lock),
        *_judged(town, stage),
    ]


def _pending(town: Town, plan: Plan) -> Iterator[str]:
    """The plan is empty. What is blocked needs a person, and so does a child whose parent is.

    An alias is of one version: two locks that were never merged, of which each lets another one serve, take it in turn.
    """
    blocked = {c.address for c in plan.changes if c.action is Action.BLOCKED}
    for change in plan.changes:
        waits = change.action is Action.CREATE and any(a in blocked for a in change.after)
        if {f.field for f in change.fields} == {"serve.alias"} and _is_told_twice(town, change.address):
            continue
        if change.action not in (Action.NOOP, Action.BLOCKED) and not waits:
            yield f"still to do: {_told(change)}"
        if change.action is Action.BLOCKED and not change.command:
            yield f"blocked, and no command mends it: {_told(change)}"


def _is_told_twice(town: Town, address: Address) -> bool:
    entries = (entry for stage in town.stages if (entry := stage.lock.entry(address)))
    return len({entry.serving[1].model for entry in entries if entry.serving}) > 1


def _open_approvals(lock: Lock) -> Iterator[str]:
    for address, entry in lock.entries.items():
        for approved in entry.approved:
            yield f"still approved: {approved.action} {address}"


def _lost(town: Town, stage: Stage, plan: Plan) -> Iterator[str]:
    """Every model of ours is in a lock, or named; what a lost lock and no spec speaks of is for `import --all`.

    Which jobs have failed a lost lock forgets: what they left is named by `doctor`, with the command that mends it.
    """
    known = {t.job for s in town.stages for e in s.lock.entries.values() for t in e.trainings.values()}
    known |= {name for s in town.stages for name in s.lock.buried}
    told = " ".join(f"{n.detail} {n.fix}" for c in plan.changes for n in c.notes)
    told += " ".join(c.reason.text for c in plan.changes)
    if town.lost:
        told += " ".join(
            d.detail for d in examine(stage.world(), stage.desired, has_journal=False) if d.code == "LOCK104"
        )
    names = {*town.declared, *town.former.values()}
    for job in _alive(town):
        if not job.markers.name and BY_HAND not in town.declared:
            continue
        is_named = job.name in told or (job.model and job.model in told)
        is_orphan = town.lost and job.markers.name not in names
        if job.name not in known and not is_named and not is_orphan:
            yield f"lost: {job.name} of {job.markers.name} ({town.cloud.state(job)})"


def _running_twice(town: Town) -> Iterator[str]:
    """Undisturbed time has passed: whatever trained has ended."""
    for job in _alive(town):
        if not town.cloud.status(job).is_terminal:
            yield f"still running: {job.name}"


def _touched(town: Town) -> Iterator[str]:
    """What others have is as it was."""
    for name, was in town.strangers.items():
        now = town.cloud.jobs.get(name)
        if now is None or (now.resources, now.cancel_asked) != (was.resources, was.cancel_asked):
            yield f"a stranger's {name} was touched"
    names = {n for was in town.strangers.values() for n in (was.name, was.model)}
    for method, name in town.cloud.history:
        if name in names and method in ("cancel", "dispose", "update"):
            yield f"{method} of a stranger's {name}"


def _wrong_model(town: Town, stage: Stage, plan: Plan, lock: Lock) -> Iterator[str]:
    """What an address serves without a word is there, and was trained from what its spec says."""
    for change in plan.changes:
        if change.action is not Action.NOOP or change.declared is None or change.deposed:
            continue
        entry = lock.entry(change.address)
        serving = entry.serving if entry else None
        if serving is None:
            yield f"unchanged, and nothing serves: {change.address}"
            continue
        job = town.cloud.jobs.get(serving[1].job)
        if job is None or not town.cloud.has_model(job):
            yield f"unchanged, and its model is gone: {change.address}"
        elif change.held is None and job.submission.training != change.declared.training:  # pins are the judge's
            yield f"unchanged, and trained from something else: {change.address}"


def _judged(town: Town, stage: Stage) -> list[str]:
    """By the judge who knows nothing of the planner: every resource against its spec, field by field."""
    stages = sorted(town.stages, key=lambda other: other is not stage)
    locks = [json.loads(s.path.read_text("utf-8")) if s.path.exists() else {} for s in stages]
    remembered = {job for grave in stage.lock.tombstones.values() for job in grave.disposed}
    others = {
        name
        for name, who in town.cloud.disposed.items()
        # What it disposed of itself, a clone with another one's lock does not know any more.
        if who != str(stage.folder) or (town.lost and name not in remembered)
    }
    past = replace(town.past, gone=town.past.gone | others)
    return Judge(WORKSPACE, wishes(town), locks, resources(town.cloud, WORKSPACE), past).complaints()


def _alive(town: Town) -> list[Job]:
    """Jobs of ours that run, or that left a model. A tuned model of the Gemini API is there once it was created."""
    return [
        job
        for job in town.cloud.jobs.values()
        if job.name not in town.strangers
        and (not town.cloud.status(job).is_terminal or town.cloud.has_model(job) or _is_ready(town, job))
    ]


def _is_ready(town: Town, job: Job) -> bool:
    return job.backend == "gemini" and town.cloud.status(job) is Status.READY


def _told(change: Change) -> str:
    return f"{change.action.word} {change.address}{' (deposed)' if change.deposed else ''}: {change.reason.text}"
