"""The lock is a fold over events: `advance(lock, event)` is the only thing that changes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypeGuard, assert_never

from msgspec.structs import replace

from reconciler.core import events as ev
from reconciler.core.dialect import LABELS, labels_of
from reconciler.core.lock import (
    Approved,
    CheckpointRecord,
    DroppedRecord,
    Entry,
    Lock,
    Milestone,
    Phase,
    Role,
    Tombstone,
    Training,
)
from reconciler.core.markers import OWNER_LABELS
from reconciler.core.measured import evaluations_of, measured_of
from reconciler.core.model import Action, Address, Fields, Json, LiveTraining, Status
from reconciler.core.times import latest_of

_SILENT = (
    ev.ChangeStarted,
    ev.Uploaded,
    ev.Queued,
    ev.ChangeLeft,
    ev.Noted,
    ev.ResourceGone,
)
"""Events for people, which leave the lock as it is."""
_DISPOSED_KEPT = 16
"""Disposed trainings of an address: a lock that is further behind than that brings some back as gone, and no more."""


def advance(lock: Lock, event: ev.Fact) -> Lock:
    """The lock after the event. The entry's revision counts its writes."""
    if isinstance(event, _SILENT):
        return lock
    if isinstance(event, ev.Forgotten):
        return _bury(lock.with_entry(event.address, None), event)
    if isinstance(event, ev.ChangeApproved) and event.renamed_from is not None:
        lock = _renamed(lock, event.renamed_from, event.address)
    before = lock.entry(event.address) or Entry()
    after = advance_entry(before, event)
    lock = noted_as_disposed(lock.with_entry(event.address, after), event.address, dropped(before, after, event))
    return _with_files_buried(lock, event)


def reaches_beyond(before: Entry, event: ev.Fact) -> bool:
    """Whether the event changes more of the lock than the entry of its address."""
    if isinstance(event, ev.Forgotten):
        return True
    if isinstance(event, ev.ChangeApproved):
        return event.renamed_from is not None
    if isinstance(event, ev.Disposed):
        return True
    return isinstance(event, ev.ChangeDone) and any(a.removes_entry for a in before.approved)


def _renamed(lock: Lock, former: Address, address: Address) -> Lock:
    """The entry under its new name; once is enough, since a change of a deposed training says it too."""
    entry = lock.entry(former)
    if entry is None:
        return lock
    return lock.with_entry(former, None).with_entry(address, entry.renamed(former.name))


Recorded: TypeAlias = (
    ev.ChangeApproved
    | ev.SpecApplied
    | ev.Intended
    | ev.IntentWithdrawn
    | ev.Submitted
    | ev.Waiting
    | ev.DataSeen
    | ev.CancelRequested
    | ev.TrainingEnded
    | ev.GateRefused
    | ev.GateLooked
    | ev.Notified
    | ev.Served
    | ev.AwaitsPromotion
    | ev.CheckpointChosen
    | ev.AliasMoved
    | ev.ChangeBegun
    | ev.Adopted
    | ev.Updated
    | ev.Disposed
    | ev.Forgotten
    | ev.ChangeDone
    | ev.ChangeFailed
)
"""Events that change the lock."""


def changes_lock(event: ev.Fact) -> TypeGuard[Recorded]:
    """Whether the lock must be saved before anybody hears of the event."""
    if isinstance(event, ev.Waiting):
        return bool(event.state_changed_at)
    return not isinstance(event, _SILENT)


def advance_entry(entry: Entry, event: ev.Fact) -> Entry | None:
    """One address's entry after the event; None when nothing of it is left to record."""
    after = _advance(entry, event)
    if after is None or after == entry:
        return None if after == Entry() else after  # of what was moved or forgotten meanwhile nothing begins anew
    return replace(after, revision=entry.revision + 1)


def _advance(entry: Entry, event: ev.Fact) -> Entry | None:  # noqa: C901, PLR0911, PLR0912 - one case an event
    match event:
        case ev.ChangeApproved():
            return _approve(entry, event)
        case ev.SpecApplied():
            commit = entry.commit if entry.declared else event.commit
            return replace(entry, declared=True, origin=event.origin or entry.origin, commit=commit)
        case ev.Intended():
            return _intend(entry, event)
        case ev.IntentWithdrawn():
            return _without(entry, event.attempt)
        case ev.Submitted():
            return _submit(entry, event)
        case ev.Waiting():
            return _see_state(entry, event)
        case ev.DataSeen():
            return _amend(entry, event.attempt, time=(Milestone.DATA_SEEN, event.at), data_unproven=event.unproven)
        case ev.CancelRequested():
            return _amend(entry, event.attempt, cancel_requested=event.at)
        case ev.TrainingEnded():
            return _end(entry, event)
        case ev.GateRefused():
            refused = {"role": Role.FAILED, "gate_refused": event.words, "phase": Phase.APPLIED}
            return _amend(entry, event.attempt, time=(Milestone.REFUSED, event.at), judged=event.judged, **refused)
        case ev.GateLooked():
            return _amend(entry, event.attempt, judged=event.judged)
        case ev.Notified():
            return _tell(entry, event)
        case ev.Served():
            return _serve(entry, event)
        case ev.CheckpointChosen():
            return _amend(entry, event.attempt, checkpoint=event.chosen, endpoint=event.endpoint)
        case ev.AliasMoved():
            return replace(entry, alias=event.alias)
        case ev.AwaitsPromotion():
            return _let_wait(entry, event)
        case ev.ChangeBegun():
            return _begin(entry, event)
        case ev.Adopted():
            return _adopt(entry, event)
        case ev.Updated():
            return _update(entry, event)
        case ev.Disposed():
            return _dispose(entry, event)
        case ev.ChangeDone():
            return _close(entry, event)
        case ev.ChangeFailed():
            return _close(entry, event)
        case ev.Forgotten():
            return None
        case ev.ChangeStarted() | ev.Uploaded() | ev.Queued() | ev.ChangeLeft() | ev.Noted() | ev.ResourceGone():
            return entry
        case _:
            assert_never(event)


def learned_from(live: LiveTraining, known: Training | None = None) -> dict[str, Any]:
    """What a training's record takes over from the cloud; what the cloud no longer shows is kept."""
    learned: dict[str, Any] = {"state": live.state, "status": live.status if live.status.is_terminal else None}
    if live.model:
        learned["model"] = live.model
    if live.artifacts:
        learned["artifacts"] = live.artifacts
    if live.endpoint and not (known and known.checkpoint):
        learned["endpoint"] = live.endpoint
    if live.checkpoints:
        learned["checkpoints"] = tuple(CheckpointRecord.of(c) for c in live.checkpoints)
    if live.operation:
        learned["operation"] = live.operation
    if live.evaluations:
        learned["evaluations"] = evaluations_of(live.evaluations)
    if live.curves and (measured := measured_of(live.curves, live.checkpoints)):
        learned["measured"] = measured
    if live.billable_tokens is not None:
        learned["billable_tokens"] = live.billable_tokens
    if live.dropped is not None:
        data = known.submission.data if known else ()
        learned["dropped"] = DroppedRecord.of(live.dropped, data[0].examples if data else None)
    return learned | {"error": live.error, "error_code": live.error_code}


def _approve(entry: Entry, event: ev.ChangeApproved) -> Entry:
    approved = event.approved
    others = tuple(a for a in entry.approved if a.deposed != approved.deposed)
    before = next((a for a in entry.approved if a.deposed == approved.deposed), approved)
    if before.at and (before.action, before.attempt) == (approved.action, approved.attempt):
        approved = replace(approved, at=before.at)  # the same wait goes on
        if before.submission == approved.submission:
            approved = replace(approved, by=before.by or approved.by, reason=before.reason or approved.reason)
    # What a deposed training's change says of the lifecycle may be older than what the address's own says.
    lifecycle = entry.lifecycle if approved.deposed else event.lifecycle
    # Nothing changes by waiting on, whatever commit it is done at.
    commit = entry.commit if event.action is Action.AWAIT else event.commit
    declared = {"declared": True, "origin": event.origin or entry.origin} if event.declared else {}
    pin = None if event.unpins else entry.pin
    if event.withdraws:
        entry = _none_waits(entry, *event.withdraws)
    return replace(entry, approved=(*others, approved), lifecycle=lifecycle, commit=commit, pin=pin, **declared)


def _begin(entry: Entry, event: ev.ChangeBegun) -> Entry:
    marked = (replace(a, begun=event.at) if a.deposed == event.deposed else a for a in entry.approved)
    return replace(entry, approved=tuple(marked))


def _intend(entry: Entry, event: ev.Intended) -> Entry:
    training = Training(
        role=Role.CANDIDATE,
        phase=Phase.INTENDED,
        submission=event.submission,
        name=event.address.name,
        times={Milestone.INTENDED: event.at},
        **_asked_by(entry, event.attempt),
    )
    known = entry.trainings.get(event.attempt)
    if known is not None:
        training = replace(known, times={**known.times, Milestone.INTENDED: event.at})
    return _with(entry, event.attempt, training)


def _asked_by(entry: Entry, attempt: str) -> dict[str, Any]:
    """Who had approved what an attempt comes from, and why: the change about it, or else that of the address."""
    about = (a for a in entry.approved if a.attempt == attempt)
    approved = next(about, next((a for a in entry.approved if not a.deposed), None))
    return {"by": approved.by, "reason": approved.reason} if approved else {}


def _submit(entry: Entry, event: ev.Submitted) -> Entry:
    return _amend(
        entry,
        event.attempt,
        time=(Milestone.SUBMITTED, event.at),
        phase=Phase.SUBMITTED,
        job=event.resource_name,
        operation=event.operation,
        state=event.state,
    )


def _see_state(entry: Entry, event: ev.Waiting) -> Entry:
    if not event.state_changed_at:
        return entry
    known = entry.trainings.get(event.attempt)
    states = {**(known.states if known else {}), event.state: event.state_changed_at}
    return _amend(entry, event.attempt, state=event.state, states=states)


def _end(entry: Entry, event: ev.TrainingEnded) -> Entry:
    role = Role.FAILED
    if event.live.status is Status.READY:
        role = Role.DEPOSED if event.deposed else Role.CANDIDATE
    ended = event.live.ended or event.at
    return _amend(
        entry,
        event.attempt,
        time=(Milestone.ENDED, ended),
        phase=Phase.APPLIED,
        role=role,
        **learned_from(event.live, entry.trainings.get(event.attempt)),
    )


def _serve(entry: Entry, event: ev.Served) -> Entry:
    if event.deposed and event.deposed in entry.trainings:
        left = _left_carrying(entry, event.deposed)
        entry = _amend(entry, event.deposed, time=(Milestone.DEPOSED, event.at), role=Role.DEPOSED, in_place=left)
    entry = _amend(
        entry,
        event.attempt,
        time=(Milestone.SERVED, event.at),
        role=Role.SERVING,
        phase=Phase.APPLIED,
        model=event.model,
        endpoint=event.endpoint,
        gate_refused="",
        **({"judged": event.judged} if event.judged else {}),
        promoted=event.promotion,
        in_place=None,
    )
    if event.pin is None:  # what is rolled back to is no successor of what waits
        entry = _none_waits(entry, *entry.with_role(Role.PENDING))
    return replace(entry, in_place=as_declared(event.in_place), pin=event.pin)


def _tell(entry: Entry, event: ev.Notified) -> Entry:
    known = entry.trainings.get(event.attempt)
    return _amend(entry, event.attempt, notified={**known.notified, **event.notified}) if known else entry


def _let_wait(entry: Entry, event: ev.AwaitsPromotion) -> Entry:
    """In place of what waited before. A first model is promoted without its spec: its alias is known by then."""
    entry = _none_waits(entry, *entry.with_role(Role.PENDING))
    entry = entry if entry.serving else replace(entry, alias=event.alias)
    return _amend(
        entry,
        event.attempt,
        time=(Milestone.PENDING, event.at),
        role=Role.PENDING,
        phase=Phase.APPLIED,
        model=event.model,
        endpoint=event.endpoint,
        gate_refused="",
        **({"judged": event.judged} if event.judged else {}),
    )


def _none_waits(entry: Entry, *attempts: str) -> Entry:
    """Deposed: whatever serves next is none of these."""
    for attempt in attempts:
        if entry.trainings[attempt].role is Role.PENDING:
            entry = _amend(entry, attempt, role=Role.DEPOSED)
    return entry


def _left_carrying(entry: Entry, attempt: str) -> Fields | None:
    """What was patched onto a training that is deposed now; None where that is what it was sent with."""
    sent = entry.trainings[attempt].submission.in_place
    return None if as_declared(sent) == entry.in_place else entry.in_place


def _adopt(entry: Entry, event: ev.Adopted) -> Entry:
    live = event.live
    phase = Phase.APPLIED if live.status.is_terminal else Phase.SUBMITTED
    known = entry.trainings.get(event.attempt)
    if known is not None and known.job == live.resource_name and known.is_open:
        learned = learned_from(live, known)
        return _with(entry, event.attempt, replace(known, role=event.role, phase=phase, **learned))
    training = Training(
        role=event.role,
        phase=phase,
        submission=event.submission,
        name=event.address.name,
        job=live.resource_name,
        times={k: v for k, v in ((Milestone.ADOPTED, event.at), _history(live)) if v},
        **_asked_by(entry, event.attempt),
    )
    return _with(entry, event.attempt, replace(training, **learned_from(live, training)))


def _history(live: LiveTraining) -> tuple[Milestone, str]:
    """When it ended; where nobody knows that, when it was made. Older ones are disposed of first."""
    is_known = bool(live.ended) or not live.status.is_terminal
    return (Milestone.ENDED, live.ended) if is_known else (Milestone.CREATED, live.created)


def _update(entry: Entry, event: ev.Updated) -> Entry:
    entry = replace(entry, in_place=as_declared(event.in_place), lifecycle=event.lifecycle)
    serving = entry.serving
    if event.submission is not None and serving is not None:
        entry = _amend(entry, serving[0], submission=event.submission)
    return entry


def as_declared(in_place: Fields) -> dict[str, Json]:
    """Without the labels that say whose it is: they follow from the address, whether or not they had to be patched."""
    fields = dict(in_place)
    labels = labels_of(fields)
    if not any(name in labels for name in OWNER_LABELS):
        return fields
    kept = {name: value for name, value in labels.items() if name not in OWNER_LABELS}
    return {**fields, LABELS: kept} if kept else {k: v for k, v in fields.items() if k != LABELS}


def _dispose(entry: Entry, event: ev.Disposed) -> Entry:
    """Without the training; the record that one failed stays, since it keeps the same from being trained again."""
    known = entry.trainings.get(event.attempt)
    if known is None or known.role is not Role.FAILED:
        return _without(entry, event.attempt)
    return _amend(entry, event.attempt, model="", endpoint="", checkpoints=())


def _close(entry: Entry, event: ev.ChangeDone | ev.ChangeFailed) -> Entry | None:
    """Without the approved change; None where it was to remove the entry, or where nothing is left in it.

    A change that is done under another action's name was withdrawn, and removes nothing.
    """
    open_ones = tuple(a for a in entry.approved if a.deposed != event.deposed)
    closed = [a for a in entry.approved if a.deposed == event.deposed]
    due = _due(entry, event, closed)
    entry = replace(entry, approved=open_ones if due is None else _beside(open_ones, due))
    is_finished = isinstance(event, ev.ChangeDone) and any(
        a.action is event.action and _removes(a, entry) for a in closed
    )
    is_bare = not (entry.trainings or entry.approved)
    return None if is_finished or is_bare else entry


def _due(entry: Entry, event: ev.ChangeDone | ev.ChangeFailed, closed: Sequence[Approved]) -> Approved | None:
    """The last step of a change that let a model serve: what was approved to go then, as a change of its own.

    It is due in the same write that closes the change, so that no crash comes between. Where another model serves
    than the change was about, nothing became surplus.
    """
    if not isinstance(event, ev.ChangeDone):
        return None
    serving = entry.serving[0] if entry.serving else ""
    for approved in closed:
        is_done = approved.action is event.action and (approved.deposed or approved.attempt == serving)
        if approved.action in _REMOVING or not is_done:
            continue
        going = tuple(a for a in approved.disposes if a in entry.with_role(Role.DEPOSED))
        if going:
            return replace(approved, **_ONLY_DISPOSAL, disposes=going)
    return None


_REMOVING = (Action.DELETE, Action.CANCEL)
"""They dispose of things themselves."""
_ONLY_DISPOSAL: dict[str, Any] = {
    "action": Action.DELETE,
    "deposed": True,
    "attempt": "",
    "submission": None,
    "cancels": (),
    "in_place": None,
    "gate": None,
    "begun": "",
    "pin": None,
    "promotion": None,
    "checkpoint": "",
    "alias": "",
}


def _beside(open_ones: tuple[Approved, ...], due: Approved) -> tuple[Approved, ...]:
    """One change about deposed models an address: where one is open, it disposes of this as well."""
    known = next((a for a in open_ones if a.deposed), None)
    if known is None:
        return (*open_ones, due)
    both = tuple(dict.fromkeys((*known.disposes, *due.disposes)))
    wider = replace(known, disposes=both, foreign=known.foreign or due.foreign)
    return (*(a for a in open_ones if a is not known), wider)


def _removes(approved: Approved, entry: Entry) -> bool:
    """A training that succeeded while it was being cancelled is deposed, or serves, and keeps the entry."""
    ended = (entry.trainings.get(attempt) for attempt in approved.cancels)
    return approved.removes_entry and not any(t is not None and t.role in (Role.DEPOSED, Role.SERVING) for t in ended)


def _bury(lock: Lock, event: ev.Forgotten) -> Lock:
    if not (event.resource_names or event.intents):
        return lock
    known = lock.tombstones.get(str(event.address), Tombstone())
    names = dict.fromkeys((*known.resource_names, *event.resource_names))
    intents = dict.fromkeys((*known.intents, *event.intents))
    grave = replace(
        known,
        resource_names=tuple(names),
        at=event.at,
        intents=tuple(intents),
        by=event.by or known.by,
        reason=event.reason or known.reason,
    )
    return replace(lock, tombstones={**lock.tombstones, str(event.address): grave})


def _with_files_buried(lock: Lock, event: ev.Fact) -> Lock:
    """Files stay where they are, and so their job looks as if its model were there: it is nobody's to adopt."""
    if not (isinstance(event, ev.Disposed) and event.artifacts and event.job):
        return lock
    return _bury(lock, ev.Forgotten(event.address, (event.job,), event.at))


def dropped(before: Entry, after: Entry | None, event: ev.Fact) -> dict[str, str]:
    """The jobs that this event takes out of the lock because nothing is left of them, each with its last time."""
    if not isinstance(event, ev.Disposed | ev.ChangeDone):
        return {}
    kept = {t.job for t in after.trainings.values()} if after else set()
    gone = [t for t in before.trainings.values() if t.job and t.job not in kept]
    return {t.job: latest_of(t.seen.values()) for t in gone}


def noted_as_disposed(lock: Lock, address: Address, jobs: Mapping[str, str]) -> Lock:
    """So that a lock that still has them is known to be behind."""
    if not jobs:
        return lock
    known = lock.tombstones.get(str(address), Tombstone())
    grave = replace(known, disposed=latest({**known.disposed, **jobs}))
    return replace(lock, tombstones={**lock.tombstones, str(address): grave})


def latest(disposed: Mapping[str, str]) -> dict[str, str]:
    """As many as are kept."""
    kept = sorted(disposed.items(), key=lambda pair: (pair[1], pair[0]))[-_DISPOSED_KEPT:]
    return dict(sorted(kept))


def _with(entry: Entry, attempt: str, training: Training) -> Entry:
    return replace(entry, trainings={**entry.trainings, attempt: training})


def _without(entry: Entry, attempt: str) -> Entry:
    return replace(entry, trainings={a: t for a, t in entry.trainings.items() if a != attempt})


def _amend(entry: Entry, attempt: str, time: tuple[Milestone, str] | None = None, **fields: Any) -> Entry:
    """A training with some fields changed; one that is no longer there stays away."""
    known = entry.trainings.get(attempt)
    if known is None:
        return entry
    times: Mapping[Milestone, str] = {**known.times, time[0]: time[1]} if time else known.times
    return _with(entry, attempt, replace(known, times=dict(times), **fields))
