"""Before a plan is carried out: its local files are uploaded, and its changes stand in the lock as approved."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePath

from reconciler.apply.run import Run
from reconciler.backends.base import BackendError
from reconciler.backends.threads import gather
from reconciler.core import events as ev
from reconciler.core.carry.approval import (
    APPROVABLE,
    Approval,
    approve,
    newly_declared,
    to_upload,
    was_sent_before,
    withdrawals,
)
from reconciler.core.carry.seen import Key
from reconciler.core.change import Change, Plan
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.lock import DataRecord
from reconciler.core.model import Address, Data


@dataclass(frozen=True, slots=True)
class Uploads:
    """Changes and uploads of which people have heard, and changes of which a file could not be uploaded."""

    started: frozenset[Key] = frozenset()
    failed: Mapping[Key, Diagnostic] = field(default_factory=dict)
    uris: frozenset[tuple[Address, str]] = frozenset()
    found: tuple[tuple[Change, Data, DataRecord], ...] = ()
    """Files that were there already: nobody keeps them for a change that is not approved yet."""


def upload(run: Run, plan: Plan, before: Uploads = Uploads()) -> Generator[ev.Event, None, Uploads]:
    """Upload what is local, holding nothing: under the names of their sha256 files are there once, or not at all.

    `before`: what people have heard when the plan was made before.
    """
    todo = [(change, *pair) for change in plan.changes if change.action in APPROVABLE for pair in to_upload(change)]
    begun = [change for change in plan.changes if todo and change.action in APPROVABLE]
    new = [change for change in begun if Key(change.address, change.deposed) not in before.started]
    for change in new:
        yield ev.ChangeStarted(change.address, change.action, change.deposed)
    failed: dict[Key, Diagnostic] = {}
    uris = set(before.uris)
    done = gather([partial(_uploaded, run, *one) for one in todo], run.parallelism)
    found = tuple(o for o, d in zip(todo, done, strict=True) if isinstance(d, ev.Uploaded) and d.existed)
    for (change, _, _), outcome in zip(todo, done, strict=True):
        if isinstance(outcome, Diagnostic):
            failed.setdefault(Key(change.address, change.deposed), outcome)
        elif isinstance(outcome, ev.Uploaded) and (outcome.address, outcome.uri) in uris:
            continue
        elif outcome is not None:
            yield outcome
            uris |= {(outcome.address, outcome.uri)} if isinstance(outcome, ev.Uploaded) else set()
    started = before.started | {Key(change.address, change.deposed) for change in begun}
    return Uploads(started, failed, frozenset(uris), found)


def upload_again(run: Run, uploaded: Uploads) -> Iterator[ev.Event]:
    """What was there and is gone by now: `gc` spares it once the lock names it. Where this fails, creates say so."""
    for outcome in gather([partial(_uploaded, run, *one) for one in uploaded.found], run.parallelism):
        if isinstance(outcome, ev.Uploaded) and not outcome.existed:
            yield outcome


def _uploaded(run: Run, change: Change, data: Data, record: DataRecord) -> ev.Event | Diagnostic | None:
    try:
        if was_sent_before(data, record):
            return _sent_before(run, change, record)
        existed = not run.storage.upload(str(PurePath(data.path or "")), record.sent_uri, data.identity)
    except BackendError as exc:
        return exc.diagnostic
    return ev.Uploaded(change.address, data.path or "", record.sent_uri, data.identity.size or 0, existed)


def _sent_before(run: Run, change: Change, record: DataRecord) -> ev.Noted | None:
    if run.storage.identity(record.sent_uri) is not None:
        return None
    detail = f"{record.sent_uri}, which the interrupted create names, is gone, and {record.uri} has another form now."
    fix = "Bring back the file as it was (its line ends, for instance), and apply again."
    return ev.Noted(run_diagnostic("RUN019", detail, Severity.WARNING, address=str(change.address), fix=fix))


def approve_beside(run: Run, change: Change, approval: Approval) -> list[ev.Event]:
    """One change of what is deposed into the lock, beside what the address has under way. Inside the store's hold."""
    happened: list[ev.Event] = [ev.ChangeStarted(change.address, change.action, change.deposed)]
    for event in approve(change, run.store.lock, approval):
        run.store.record(event)
        happened.append(event)
    return happened


def approve_plan(run: Run, plan: Plan, approval: Approval, uploaded: Uploads = Uploads()) -> list[ev.Event]:
    """Put every change of the plan into the lock as approved, and nothing else. Inside the store's hold.

    A change whose upload failed is recorded as failed, so that what an earlier run approved and did not begin is not
    begun. Answers what happened, for after the hold.
    """
    happened: list[ev.Event] = []

    def record(event: ev.Event) -> None:
        run.store.record(event)
        happened.append(event)

    for done in withdrawals(plan, run.store.lock):
        record(done)
    for address, origin in newly_declared(plan, run.store.lock).items() if approval.declares else ():
        record(ev.SpecApplied(address, approval.commit, origin))
    for change in plan.changes:
        if change.action not in APPROVABLE:
            continue
        key = Key(change.address, change.deposed)
        if key not in uploaded.started:
            happened.append(ev.ChangeStarted(change.address, change.action, change.deposed))
        if key in uploaded.failed:
            record(ev.ChangeFailed(change.address, change.action, uploaded.failed[key], change.deposed))
            continue
        for event in approve(change, run.store.lock, approval):
            record(event)
    return happened
