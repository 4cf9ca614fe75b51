"""From a planned change to an approved one in the lock: after this, the plan is not needed any more. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconciler.core import events as ev
from reconciler.core.carry.seen import Key
from reconciler.core.change import Change, Plan
from reconciler.core.lock import Approved, Author, DataRecord, Entry, Lock, Promotion, Role
from reconciler.core.lookup import known_beside
from reconciler.core.model import Action, Address, Data, Live, LiveTraining
from reconciler.core.situation import MarkerIndex
from reconciler.core.times import seconds_of

APPROVABLE = frozenset(Action) - {Action.NOOP, Action.BLOCKED}
BEGUN_LASTS_S = 600.0
"""After which a request that takes something away is over, whatever became of its run. Ours."""
_RECORDING = (Action.UPDATE, Action.RESTORE)
"""Actions that may write into the lock that a training is described in another way now."""


@dataclass(frozen=True, slots=True)
class Approval:
    """What is recorded with every change. `declares`: the specs are applied, and not merely imported, at `commit`.

    `by` is who has it approved.
    """

    checksum: str
    at: str
    live: Live
    marked: MarkerIndex
    declares: bool = True
    commit: str = ""
    by: Author | None = None


def approve(change: Change, lock: Lock, approval: Approval) -> Iterator[ev.Event]:
    """The facts to record for one change, in the lock as it is now."""
    declares = approval.declares and change.declared is not None
    yield ev.ChangeApproved(
        change.address,
        change.action,
        _approved(change, approval, _beside(change, lock, approval.marked)),
        change.lifecycle,
        change.renamed_from,
        declared=declares,
        commit=approval.commit,
        origin=change.declared.origin if change.declared else "",
        unpins=change.unpins,
        withdraws=change.withdraws,
    )
    for adoption in change.adopts:
        live = approval.live.trainings[adoption.resource_name]
        submission = adoption.submission or change.submission
        assert submission is not None
        role = Role.DEPOSED if live.status.is_terminal and adoption.role is Role.DEPOSED else Role.CANDIDATE
        yield ev.Adopted(change.address, adoption.attempt, role, submission, live, approval.at)


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
    return [(a, approved) for a, approved in _approved_at(plan, lock) if (a, approved.deposed) not in wanted]


def withdrawals(plan: Plan, lock: Lock) -> Iterator[ev.ChangeDone]:
    """Only what this plan says is carried out; an approval that it does not repeat is over."""
    for address, approved in superseded(plan, lock):
        words = f"the approved {approved.action.word} is not in the plan any more"
        yield ev.ChangeDone(address, Action.NOOP, 0.0, words, approved.deposed)


def under_way(plan: Plan, lock: Lock, now: float, *, in_flight: bool | None) -> Key | None:
    """A disposal that this plan would take back, and that another run may be in the middle of; None without one.

    `in_flight` is None where nobody can see what other machines do: a mark in the lock says so then, for as long as a
    request can take.
    """
    disposes = {(c.address, c.deposed): set(c.disposes) for c in plan.changes if c.action in APPROVABLE}
    for address, approved in _approved_at(plan, lock):
        if not approved.disposes or set(approved.disposes) <= disposes.get((address, approved.deposed), set()):
            continue
        began = seconds_of(approved.begun) if approved.begun else None
        is_fresh = began is not None and now - began < BEGUN_LASTS_S
        if in_flight or (in_flight is None and is_fresh):
            return Key(address, approved.deposed)
    return None


def to_upload(change: Change) -> Iterator[tuple[Data, DataRecord]]:
    """Local files of a change that trains, each with what the lock will say of it."""
    if not change.action.trains or change.declared is None:
        return
    records = change.submission.data if change.submission else ()
    for data in change.declared.data:
        record = next((r for r in records if r.field == data.field), None)
        if record is not None and data.path and record.sent_uri:
            yield data, record


def was_sent_before(data: Data, record: DataRecord) -> bool:
    """A create that was announced is repeated word for word: a file of another form is not what it names."""
    return bool(record.sha256 and data.identity.sha256 and record.sha256 != data.identity.sha256)


def _approved_at(plan: Plan, lock: Lock) -> Sequence[tuple[Address, Approved]]:
    spoken_of = sorted({c.address for c in plan.changes})
    return [(address, a) for address in spoken_of if (entry := lock.entry(address)) for a in entry.approved]


def _beside(change: Change, lock: Lock, marked: MarkerIndex) -> tuple[str, ...]:
    """What is there of exactly this training and is no reason not to train it: somebody asked for another one."""
    if not change.action.trains or change.submission is None:
        return ()
    entry = lock.entry(change.renamed_from or change.address) or Entry()
    if change.attempt in entry.trainings:  # announced before: what is there of it may be its own
        return next((a.beside for a in entry.approved if a.attempt == change.attempt), ())
    names = (*(change.declared.former_names if change.declared else ()), *entry.former)
    found: Sequence[LiveTraining] = marked.of(change.address, names, change.submission.project)
    return known_beside(change.submission, found)


def _allowed(change: Change, approval: Approval) -> Promotion | None:
    """Where it needs nobody to promote it, by a permission."""
    return Promotion(by=approval.by, reason=change.promotes, at=approval.at) if change.promotes else None


def _approved(change: Change, approval: Approval, beside: tuple[str, ...]) -> Approved:
    """What `wait` needs to finish the change."""
    gate = change.declared.gate if change.declared else None
    return Approved(
        action=change.action,
        deposed=change.deposed,
        attempt=change.attempt,
        submission=change.submission if change.action.trains or change.action in _RECORDING else None,
        cancels=change.cancels,
        disposes=change.disposes,
        removes_entry=change.removes_entry,
        foreign=change.foreign,
        beside=beside,
        in_place=dict(change.in_place) if change.in_place is not None else None,
        gate=gate.plain if gate else None,
        pin=change.pin,
        checkpoint=change.checkpoint,
        alias=change.alias,
        promotion=change.promotion or _allowed(change, approval),
        checksum=approval.checksum,
        at=approval.at,
        by=approval.by,
        reason=change.reason.text,
    )
