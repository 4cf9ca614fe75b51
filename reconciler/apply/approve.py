"""From a planned change to an approved one in the lock: after this, the plan is not needed any more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

import msgspec

from reconciler.apply.run import Run
from reconciler.backends.base import BackendError
from reconciler.core import events as ev
from reconciler.core.change import Change, Plan
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Severity
from reconciler.core.lock import Approved, DataRecord, Entry, Lock, Role
from reconciler.core.lookup import known_beside
from reconciler.core.model import Action, Address, Data

_RECORDING = (Action.UPDATE, Action.RESTORE)
"""Actions that may write into the lock that a training is told in another way now."""
APPROVABLE = frozenset(Action) - {Action.NOOP, Action.BLOCKED}


def approve(run: Run, change: Change, checksum: str) -> Iterator[ev.Event]:
    """Upload what is local, then record the change. Nothing is recorded when an upload fails."""
    yield ev.ChangeStarted(change.address, change.action, change.deposed)
    if change.action.trains and change.declared is not None:
        try:
            for data in change.declared.data:
                yield from _upload(run, change, data)
        except BackendError as exc:
            # Recorded, so that what an earlier run approved and did not begin is not begun instead.
            yield run.record(ev.ChangeFailed(change.address, change.action, exc.diagnostic, change.deposed))
            return
    yield run.record(
        ev.ChangeApproved(
            change.address,
            change.action,
            approved_of(change, checksum, run.at(), _beside(run, change)),
            change.lifecycle,
            change.renamed_from,
            declared=run.declares and change.declared is not None,
            commit=run.commit,
            origin=change.declared.origin if change.declared else "",
        )
    )
    for adoption in change.adopts:
        live = run.live.trainings[adoption.resource_name]
        submission = adoption.submission or change.submission
        assert submission is not None
        role = Role.DEPOSED if live.status.is_terminal and adoption.role is Role.DEPOSED else Role.CANDIDATE
        yield run.record(ev.Adopted(change.address, adoption.attempt, role.value, submission, live, run.at()))


def newly_declared(plan: Plan, lock: Lock) -> dict[Address, str]:
    """What is locked, has nothing to be done, and was not declared by this set before; each with the set."""
    spoken_of = {c.address: c.declared.origin for c in plan.changes if c.declared and c.action not in APPROVABLE}
    known = ((address, origin, lock.entry(address)) for address, origin in spoken_of.items())
    return {a: origin for a, origin, entry in known if entry and _is_news(entry, origin)}


def _is_news(entry: Entry, origin: str) -> bool:
    return not entry.declared or bool(origin and origin != entry.origin)


def superseded(plan: Plan, lock: Lock) -> list[tuple[Address, Approved]]:
    """What is approved at the plan's addresses and no longer in the plan."""
    wanted = {(c.address, c.deposed) for c in plan.changes if c.action in APPROVABLE}
    spoken_of = {c.address for c in plan.changes}
    return [
        (address, approved)
        for address in sorted(spoken_of)
        if (entry := lock.entry(address))
        for approved in entry.approved
        if (address, approved.deposed) not in wanted
    ]


def withdraw(run: Run, plan: Plan) -> Iterator[ev.Event]:
    """Only what this plan says is carried out; an approval that it does not repeat is over."""
    for address, approved in superseded(plan, run.store.lock):
        words = f"the approved {approved.action} is not in the plan any more"
        yield run.record(ev.ChangeDone(address, Action.NOOP, 0.0, words, approved.deposed))


def _beside(run: Run, change: Change) -> tuple[str, ...]:
    """What is there of exactly this training and is no reason not to train it: somebody asked for another one."""
    if not change.action.trains or change.submission is None:
        return ()
    entry = run.entry(change.renamed_from or change.address)
    if change.attempt in entry.trainings:  # announced before: what is there of it may be its own
        return next((a.beside for a in entry.approved if a.attempt == change.attempt), ())
    names = (*(change.declared.former_names if change.declared else ()), *entry.former)
    marked = run.marked.of(change.address, names, change.submission.project)
    return known_beside(change.submission, marked)


def approved_of(change: Change, checksum: str, at: str, beside: tuple[str, ...] = ()) -> Approved:
    """What `wait` needs to finish the change."""
    gate = change.declared.gate if change.declared else None
    return Approved(
        action=change.action.word,
        deposed=change.deposed,
        attempt=change.attempt,
        submission=change.submission if change.action.trains or change.action in _RECORDING else None,
        cancels=change.cancels,
        disposes=change.disposes,
        removes_entry=change.removes_entry,
        foreign=change.foreign,
        beside=beside,
        in_place=dict(change.in_place) if change.in_place is not None else None,
        gate=msgspec.to_builtins(gate) if gate else None,
        checksum=checksum,
        at=at,
    )


def _upload(run: Run, change: Change, data: Data) -> Iterator[ev.Event]:
    """Under the name of its sha256: it is there once, or not at all."""
    records = change.submission.data if change.submission else ()
    record = next((r for r in records if r.field == data.field), None)
    if record is None or not (data.path and record.sent_uri):
        return
    if record.sha256 and data.identity.sha256 and record.sha256 != data.identity.sha256:
        yield from _sent_before(run, change, record)
        return
    existed = not run.storage.upload(str(PurePath(data.path)), record.sent_uri, data.identity)
    yield ev.Uploaded(change.address, data.path, record.sent_uri, data.identity.size or 0, existed)


def _sent_before(run: Run, change: Change, record: DataRecord) -> Iterator[ev.Event]:
    """A create that was announced is repeated word for word: a file of another form is not what it names."""
    if run.storage.identity(record.sent_uri) is None:
        detail = (
            f"{record.sent_uri}, which the interrupted create names, is gone, and {record.uri} has another form now."
        )
        note = run_diagnostic(
            "RUN019",
            detail,
            Severity.WARNING,
            address=str(change.address),
            fix="Bring back the file as it was (its line ends, for instance), and apply again.",
        )
        yield ev.Noted(note)
