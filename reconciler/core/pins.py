"""An address that somebody rolled back: it serves an earlier attempt until the spec asks for something else. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from msgspec.structs import replace as with_fields

from reconciler.core.change import Change, Decided, Reason, ReasonCode
from reconciler.core.codes_plan import plan_diagnostic
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.lock import Approved, Author, Entry, Lock, Milestone, Pin, Promotion, Role
from reconciler.core.markers import asks_for
from reconciler.core.model import Action, Address, Json
from reconciler.core.situation import Situation
from reconciler.core.suggest import suggest


def holding(case: Situation) -> Pin | None:
    """The pin of what serves, while the spec asks for what it was rolled back from.

    Only a training that was tried before may be passed over: whatever else the spec asks for is an edit since then.
    """
    pin = case.entry.pinned
    if pin is None:
        return None
    first = case.entry.trainings.get(pin.over[0]) if pin.over else None
    if first is not None and first.submission.digest == pin.digest:
        return None if case.is_outdated(first) else pin
    is_asked_for = asks_for(case.wanted.digest, pin.digest) and case.wanted.data_id == pin.data_id
    return pin if is_asked_for else None


def is_over(case: Situation) -> bool:
    """Whether the spec says what serves by now, and no longer what that was rolled back from."""
    serving = case.entry.serving
    is_pinned = case.entry.pinned is not None and holding(case) is None
    return is_pinned and serving is not None and not case.is_outdated(serving[1])


def with_pin(case: Situation, change: Change) -> Change:
    """The change of a pinned address, with what has to be known of the pin."""
    pin = case.entry.pinned
    if pin is None:
        return change
    if is_over(case) and change.action in (Action.NOOP, Action.UPDATE):
        return _unpinning(change, pin)
    if holding(case) is None or change.action in _LET_SERVE:
        ends = change.action in _LET_SERVE
        return _noted(change, _ends(case.address, pin)) if ends else change
    if change.held is not None:
        return _noted(change, _stays(case.address, pin))
    if change.action is Action.NOOP:
        change = replace(change, reason=Reason(ReasonCode.PINNED, f"{pinned_words(pin)}; nothing is done"))
    if change.action is Action.BLOCKED:
        change = replace(change, command=suggest("promote", case.address))
    held = Decided.PINNED if change.action in (Action.NOOP, Action.UPDATE) else None
    return replace(_noted(change, _stays(case.address, pin)), held=held)


_LET_SERVE = frozenset({Action.CREATE, Action.REPLACE, Action.RESTORE, Action.ADOPT, Action.AWAIT})


def _unpinning(change: Change, pin: Pin) -> Change:
    """The lock alone is written, whatever else there is to patch."""
    if change.action is Action.UPDATE:
        return replace(change, unpins=True)
    words = f"the spec says what attempt {pin.attempt} is: it serves on, and the pin is over"
    return replace(change, action=Action.UPDATE, reason=Reason(ReasonCode.UNPINNED, words), unpins=True)


def pins_of(lock: Lock) -> Iterator[tuple[Address, Pin]]:
    """Every address that is pinned."""
    return ((address, entry.pinned) for address, entry in lock.by_address if entry.pinned is not None)


def pinned_words(pin: Pin) -> str:
    """`pinned to attempt 1 since 2026-09-01T00:00:00Z`."""
    return f"pinned to attempt {pin.attempt} since {pin.at}"


def decided_by(by: Author | None, reason: str) -> str:
    """Who did it and why, as far as the lock knows: `, by sam (it answers in French)`."""
    who = f", by {by.actor}" if by and by.actor else ""
    return f"{who} ({reason})" if reason else who


def explained(pin: Pin) -> str:
    """The same in one sentence, for whoever looks at the address."""
    over = f" instead of attempt {pin.over[0]}" if pin.over else ""
    return f"Attempt {pin.attempt} serves{over} since {pin.at}{decided_by(pin.by, pin.reason)}."


def _noted(change: Change, note: Diagnostic) -> Change:
    return replace(change, notes=(*change.notes, note))


def _stays(address: Address, pin: Pin) -> Diagnostic:
    detail = f"{explained(pin)} It stays until the spec changes, or somebody promotes again."
    command = suggest("promote", address)
    return plan_diagnostic("PLAN026", Severity.WARNING, detail, address=str(address), command=command)


def _ends(address: Address, pin: Pin) -> Diagnostic:
    detail = f"{explained(pin)} The pin ends when another one serves."
    return plan_diagnostic("PLAN026", Severity.NOTE, detail, address=str(address))


# Letting an attempt serve by hand: what stands in the lock of it until it is done


def unfinished(address: Address, entry: Entry) -> Change | None:
    """A rollback or a promotion that was approved and is not done: any run finishes it."""
    approved = next((a for a in entry.approved if is_by_hand(a)), None)
    training = entry.trainings.get(approved.attempt) if approved else None
    if approved is None or training is None or training.role is Role.CANDIDATE:
        return None
    return let_serve(
        address, entry, approved.attempt, approved.pin, approved.in_place or {}, promotion=approved.promotion
    )


def is_by_hand(approved: Approved) -> bool:
    """Whether a person chose what this lets serve. It stands beside the address's own change."""
    return approved.deposed and approved.action is Action.RESTORE


def let_serve(
    address: Address,
    entry: Entry,
    attempt: str,
    pin: Pin | None,
    in_place: Mapping[str, Json],
    *,
    promotion: Promotion | None = None,
) -> Change:
    """Serve again what is there, carrying what was last applied of the mutable fields, and the alias."""
    serving = entry.serving
    instead = f" instead of attempt {serving[0]}" if serving and serving[0] != attempt else ""
    training = entry.trainings[attempt]
    return Change(
        address,
        Action.RESTORE,
        Reason(ReasonCode.REQUESTED, f"asked for: attempt {attempt} serves{instead}; nothing is trained"),
        in_place=in_place,
        lifecycle=entry.lifecycle,
        attempt=attempt,
        resources=tuple(name for name in (training.endpoint or training.model,) if name),
        deposed=True,
        pin=pin,
        promotion=promotion,
        alias=entry.alias,
    )


def pin_of(entry: Entry, attempt: str, *, by: Author | None, reason: str, at: str) -> Pin | None:
    """What rolling back to an attempt leaves: nothing where that is what the pin was set over.

    A pin that stands already goes on with what it was over: the spec asks for the first of them still.
    """
    before = entry.pinned
    assert entry.serving is not None
    serving, training = entry.serving
    sent = training.submission
    new = Pin(attempt=attempt, over=(serving,), digest=sent.digest, data_id=sent.data_id, by=by, reason=reason, at=at)
    if before is None:
        return new
    if before.over[:1] == (attempt,):
        return None
    over = tuple(a for a in (*before.over, serving) if a != attempt)
    return with_fields(new, over=over, digest=before.digest, data_id=before.data_id)


def served_before(entry: Entry) -> str:
    """The attempt that served before what does now; what was rolled back from is none. "" where nobody knows of one."""
    served = {Milestone.SERVED, Milestone.DEPOSED}
    before = [a for a, t in entry.deposed if a not in entry.spared and served & t.times.keys()]
    return before[-1] if before else ""
