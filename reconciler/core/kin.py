"""Which entries of two locks are one: by what they trained, whatever they are called by now. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from msgspec import to_builtins

from reconciler.core.codes_lock import CODES_LOCK
from reconciler.core.diagnostics import Diagnostic, ReconcilerError, Severity
from reconciler.core.digest import digest
from reconciler.core.lock import Entry, Training
from reconciler.core.model import Address
from reconciler.core.plurals import counted
from reconciler.core.times import latest_of, moment

MOST_KIN = 200
"""Entries of two locks that can be one; two are usual. The time for them grows with their square."""
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Held:
    """An entry of one of the locks (`side`), without what the other side has disposed of; `was` is all of it.

    Of one that is wholly `over`, the names alone still count: the other lock may have made it anew under an old one.
    """

    side: int
    address: Address
    entry: Entry
    was: Entry
    over: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """All that it has had, the present one last."""
        return (*self.entry.former, self.address.name)


def by_address(held: Sequence[Held]) -> dict[Address, list[Held]]:
    """What belongs together, under the name that it has now; nothing of what is over."""
    found: dict[Address, list[Held]] = {}
    for group in _groups(held):
        if len(group) > MOST_KIN:
            raise _too_many(group)
        if not all(h.over for h in group):
            found.setdefault(_newest_name(group), []).extend(group)
    return dict(sorted(found.items()))


def _too_many(group: Sequence[Held]) -> ReconcilerError:
    named = ", ".join(sorted({str(h.address) for h in group})[:_NAMED])
    detail = f"{counted(len(group), 'entry is', 'entries are')} one by their jobs and names: {named} and more."
    fix = "No run writes such a lock: restore one of the two from version control."
    return ReconcilerError(Diagnostic("LOCK017", Severity.ERROR, CODES_LOCK["LOCK017"].summary, detail, fix=fix))


def progress(entry: Entry) -> tuple[int, tuple[float, str], str]:
    """More writes, then the later event; then anything that does not depend on who asks."""
    times = [time for training in entry.trainings.values() for time in training.seen.values()]
    return (entry.revision, moment(latest_of(times)), digest(to_builtins(entry)))


def former_names(address: Address, group: Sequence[Held]) -> tuple[str, ...]:
    """Every other name that any of them has had, in the order of the one that was renamed last."""
    known = max((h.entry.former for h in group if h.address == address), key=lambda f: (len(f), f), default=())
    others = {name for h in group for name in h.names} - {*known, address.name}
    return (*sorted(others), *known)


_Key: TypeAlias = tuple[str, ...]


class _Sets:
    """Disjoint sets of numbers."""

    def __init__(self, size: int) -> None:
        self._above = list(range(size))

    def of(self, number: int) -> int:
        while self._above[number] != number:
            number = self._above[number]
        return number

    def join(self, one: int, other: int) -> None:
        first, second = sorted((self.of(one), self.of(other)))
        self._above[second] = first


def _groups(held: Sequence[Held]) -> list[list[Held]]:
    sets = _Sets(len(held))
    for one, other in (*_by_job(held), *_by_markers(held), *_by_history(held)):
        sets.join(one, other)
    _join_namesakes(held, sets)
    groups: dict[int, list[Held]] = {}
    for number, h in enumerate(held):
        groups.setdefault(sets.of(number), []).append(h)
    return list(groups.values())


def _by_job(held: Sequence[Held]) -> Iterator[tuple[int, int]]:
    """One job, or one model, is one training wherever it stands."""
    first: dict[str, int] = {}
    for number, h in enumerate(held):
        for training in h.entry.trainings.values():
            for name in (training.job, training.model):
                if name:
                    yield first.setdefault(name, number), number


def _by_markers(held: Sequence[Held]) -> Iterator[tuple[int, int]]:
    """A create that one side has no answer to, and the job that the other side knows to have come of it."""
    jobs = [{t.job for h in held if h.side == side for t in h.entry.trainings.values()} for side in (0, 1)]
    intents: dict[_Key, tuple[list[int], list[int]]] = {}
    for number, h in enumerate(held):
        for key, training in _marked(h):
            if not training.job:
                intents.setdefault(key, ([], []))[h.side].append(number)
    answers: dict[_Key, tuple[list[int], list[int]]] = {}
    for number, h in enumerate(held):
        for key, training in _marked(h):
            if training.job and key in intents and training.job not in jobs[1 - h.side]:
                answers.setdefault(key, ([], []))[h.side].append(number)
    for key, sent in intents.items():
        yield from _each_with_each(sent[0], sent[1])
        known = answers.get(key, ([], []))
        yield from _each_with_each(sent[0], known[1])
        yield from _each_with_each(sent[1], known[0])


def _each_with_each(some: Sequence[int], others: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Enough pairs to make one set of all of them, where there are any on both sides."""
    if some and others:
        yield from ((number, others[0]) for number in some)
        yield from ((some[0], number) for number in others)


def _marked(held: Held) -> Iterator[tuple[_Key, Training]]:
    for attempt, training in held.entry.trainings.items():
        sent = training.submission
        yield (held.address.backend, training.name, sent.digest, sent.data_id, attempt), training


def _by_history(held: Sequence[Held]) -> Iterator[tuple[int, int]]:
    """An entry that one side has renamed, and all of whose trainings have changed since.

    Where the other side has the new name as well, what it has under the old one is something else, if it is anything.
    """
    places = {(h.side, h.address): number for number, h in enumerate(held)}
    for number, h in enumerate(held):
        is_there_too = (1 - h.side, h.address) in places
        for name in h.entry.former:
            former = Address(h.address.backend, name)
            other = places.get((1 - h.side, former))
            if other is None or (h.side, former) in places:
                continue
            if not (is_there_too and (held[other].entry.trainings or held[other].entry.approved)):
                yield number, other


def _join_namesakes(held: Sequence[Held], sets: _Sets) -> None:
    """Entries of one name are one where neither has met itself under another."""
    sides: dict[int, set[int]] = {}
    for number, h in enumerate(held):
        sides.setdefault(sets.of(number), set()).add(h.side)
    alone = {(h.side, h.address): n for n, h in enumerate(held) if len(sides[sets.of(n)]) == 1 and not h.over}
    for (side, address), number in alone.items():
        other = alone.get((1 - side, address))
        if other is not None:
            sets.join(number, other)


def _newest_name(group: Sequence[Held]) -> Address:
    """Whoever was renamed from another's name has the newer one."""
    latest = [h for h in group if not any(_is_renamed(from_=h, to=other) for other in group)]
    return max(latest or group, key=lambda h: (progress(h.entry), h.address)).address


def _is_renamed(*, from_: Held, to: Held) -> bool:
    """By the names that both have had; of locks that do not have them, by the name in the markers."""
    if from_.address == to.address:
        return False
    if not (from_.entry.former or to.entry.former):
        names = {t.name for t in to.entry.trainings.values()}
        return from_.address.name in names and to.address.name not in names
    is_known = from_.address.name in to.entry.former
    return is_known and (to.address.name not in from_.entry.former or len(to.names) > len(from_.names))
