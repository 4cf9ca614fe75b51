"""Planning as a function of values: no store, no cloud."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.core.change import Change, Plan
from reconciler.core.diagnostics import Location
from reconciler.core.lock import Lock
from reconciler.core.model import Address, Declared, Desired, Live
from reconciler.core.plan import plan_changes
from reconciler.core.situation import PlanOptions
from tests.fakes.specs import STAGING, WORKSPACE, a_live, a_lock


def plan_of(
    specs: Sequence[Declared] | Declared,
    lock: Lock | None = None,
    live: Live | None = None,
    *,
    replace: Iterable[str] = (),
    targets: Iterable[str] | None = None,
    is_complete: bool = True,
    most_dropped: float | None = None,
    doubts: Iterable[str] = (),
) -> Plan:
    """The plan of these specs; nothing is locked or live unless it is given."""
    declared = [specs] if isinstance(specs, Declared) else specs
    options = PlanOptions(
        workspace=WORKSPACE,
        staging_uri=STAGING,
        replace=frozenset(map(Address.parse, replace)),
        targets=None if targets is None else frozenset(map(Address.parse, targets)),
        most_dropped_percent=most_dropped,
    )
    desired = Desired.of(declared, is_complete=is_complete, doubts=tuple(map(Location, doubts)))
    return plan_changes(desired, live or a_live(), lock or a_lock(), options)


def change_of(
    specs: Sequence[Declared] | Declared,
    lock: Lock | None = None,
    live: Live | None = None,
    *,
    replace: Iterable[str] = (),
) -> Change:
    """The only change of a plan."""
    (change,) = plan_of(specs, lock, live, replace=replace).changes
    return change


def fields_of(change: Change) -> list[str]:
    """The paths of what differs."""
    return [f.field for f in change.fields]


def codes_of(change: Change) -> list[str]:
    """The codes of its notes."""
    return [note.code for note in change.notes]
