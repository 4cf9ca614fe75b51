"""Which entry of the lock a spec speaks of: that of its name, of a former one, or of the one that it had before. Pure.

`formerNames` in a spec, and the names that an entry has had (core/lock.Entry.former), are the two records of a
rename. Where they leave two readings, and one of them would pay for a model or delete one, the plan is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from reconciler.core.codes_plan import plan_diagnostic
from reconciler.core.compare import unchanged_data
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.lock import Entry, Lock, Role, Submission
from reconciler.core.markers import asks_for
from reconciler.core.model import Address, Declared, Desired, Identity, OnRemove
from reconciler.core.submission import submission_of
from reconciler.core.suggest import suggest


@dataclass(frozen=True, slots=True)
class Claims:
    """The locked address that each declared one speaks of."""

    lock: Lock
    of: Mapping[Address, Address]

    def entry(self, address: Address) -> tuple[Address | None, Entry | None]:
        """The entry of a declared address, and the former name under which it stands, where it does."""
        locked = self.of.get(address)
        if locked is None:
            return None, None
        return (None if locked == address else locked), self.lock.entry(locked)

    @property
    def claimed(self) -> frozenset[Address]:
        """Locked addresses that a spec speaks of."""
        return frozenset(self.of.values())


def claims_of(desired: Desired, lock: Lock, identities: Mapping[str, Identity]) -> Claims:
    """Own names first, then declared renames, then renames that were taken back or made on another branch."""
    found = {a: a for a in desired.models if str(a) in lock.entries}
    homeless = [d for a, d in desired.models.items() if a not in found]
    taken = set(found)
    for declared in homeless:
        former = next((f for f in declared.former_addresses if _is_free(f, desired, lock, taken)), None)
        if former is not None:
            found[declared.address] = former
            taken.add(former)
    if desired.is_complete:
        left = [a for a in map(Address.parse, sorted(lock.entries)) if _is_left(a, taken, desired)]
        named = _by_names(left, lock)
        for declared in homeless:
            if declared.address not in found:
                names = (declared.address.name, *declared.former_names)
                maybe = sorted({a for name in names for a in named.get(name, ()) if a not in taken})
                before = next((a for a in maybe if _was(declared, a, lock, identities)), None)
                if before is not None:
                    found[declared.address] = before
                    taken.add(before)
    return Claims(lock, found)


def _is_left(address: Address, taken: Collection[Address], desired: Desired) -> bool:
    """What somebody wrote down as removed is nobody's predecessor."""
    return not (address in taken or address in desired.models or address in desired.removals)


def _by_names(addresses: Sequence[Address], lock: Lock) -> dict[str, list[Address]]:
    """By every name that an entry had and that its trainings carry: a spec has one or two, and a lock has thousands."""
    found: dict[str, list[Address]] = {}
    for address in addresses:
        entry = lock.entries[str(address)]
        for name in {*entry.former, *(t.name for t in entry.trainings.values())}:
            found.setdefault(name, []).append(address)
    return found


def _is_free(former: Address, desired: Desired, lock: Lock, taken: set[Address]) -> bool:
    return str(former) in lock.entries and former not in taken and former not in desired.models


def _was(declared: Declared, address: Address, lock: Lock, identities: Mapping[str, Identity]) -> bool:
    """Whether the entry had a name that this spec has or had.

    The spec may be another model under an old name. Then its predecessor is deposed and not deleted, which loses
    nothing; only one that is to be retained is left as it is.
    """
    entry = lock.entries[str(address)]
    if address.backend != declared.address.backend:
        return False
    if {declared.address.name, *declared.former_names} & set(entry.former):
        return entry.lifecycle.on_remove is not OnRemove.RETAIN or _has(declared, entry, identities)
    return declared.address.name in {t.name for t in entry.trainings.values()} and _has(declared, entry, identities)


def _has(declared: Declared, entry: Entry, identities: Mapping[str, Identity]) -> bool:
    """Whether the spec asks for what the entry has, one that was deposed since included: that can serve again."""
    wanted = submission_of(declared, identities, "")
    kept = [t.submission for t in entry.trainings.values() if t.role is not Role.FAILED]
    return any(_is_same(wanted, was) for was in kept) or _trains(declared, entry, identities)


def _trains(declared: Declared, entry: Entry, identities: Mapping[str, Identity]) -> bool:
    """Whether the spec asks for what the entry serves, or was to have."""
    newest = entry.serving or entry.newest
    approved = next((a.submission for a in entry.approved if a.submission is not None), None)
    was = newest[1].submission if newest else approved
    return was is not None and _is_same(submission_of(declared, identities, ""), was)


def _is_same(wanted: Submission, was: Submission) -> bool:
    places = [(s.project, s.location) for s in (was, wanted)]
    return places[0] == places[1] and asks_for(wanted.digest, was.digest) and unchanged_data(wanted, was)


def collisions(desired: Desired, lock: Lock, identities: Mapping[str, Identity]) -> list[Diagnostic]:
    """Renames that may as well be something else, each at its spec.

    A former name that is still declared, or that two specs have, is refused where specs are loaded (SPEC043).
    """
    return [
        _both_locked(declared, former)
        for declared in desired.models.values()
        if (own := lock.entry(declared.address)) is not None
        for former in declared.former_addresses
        if former not in desired.models and former != declared.address and (old := lock.entry(former)) is not None
        if not _was_carried_out(own, former)
        # The spec is what is locked under its own name: what stands under the former one was removed.
        if not _trains(declared, own, identities) or _trains(declared, old, identities)
    ]


def _was_carried_out(own: Entry, former: Address) -> bool:
    """Whether the entry had the former name already: the line in the spec is what is left of that."""
    return former.name in own.former or any(t.name == former.name for t in own.trainings.values())


def _both_locked(declared: Declared, former: Address) -> Diagnostic:
    address = declared.address
    return plan_diagnostic(
        "PLAN014",
        Severity.ERROR,
        f"{address} names {former.name} as its former name, and the lock has models of both.",
        fix=f"If {former.name} was renamed: let the old {address} go first ({suggest('destroy', address).quoted}, or "
        f"{suggest('forget', address).quoted} to keep its model), and apply after that. If nothing was renamed now: "
        f"take {former.name} out of formerNames.",
        where=declared.where,
        address=str(address),
    )
