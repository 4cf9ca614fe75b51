"""What people are told of: that a model serves, waits, was refused, has failed, or stands badly. Pure.

A notice follows from the lock, and what was told stands there too: whichever run comes next tells what is due, so that
each is told at least once, and one that is told twice has the same id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from reconciler.core.concerns import Concern, ConcernKind, of_result
from reconciler.core.lock import Entry, Lock, Milestone, Role, Training
from reconciler.core.model import Address
from reconciler.core.times import moment, seconds_of

NEWS_LASTS_S = 7 * 86400.0
"""What happened longer ago is no news: a lock that has never told anybody does not begin with its history. Ours."""
_ID_LENGTH = 32


class NoticeKind(StrEnum):
    """What a notice is about, by its word in `notify.events`."""

    SERVED = "served"
    PENDING = "pending"
    REFUSED = "refused"
    UNDECIDED = "undecided"
    FAILED = "failed"
    STUCK = "stuck"
    GONE = "gone"
    RETIRING = "retiring"


_OF_CONCERNS: Mapping[ConcernKind, NoticeKind] = {
    ConcernKind.FAILED: NoticeKind.FAILED,
    ConcernKind.REFUSED: NoticeKind.REFUSED,
    ConcernKind.UNDECIDED: NoticeKind.UNDECIDED,
    ConcernKind.STUCK: NoticeKind.STUCK,
    ConcernKind.GONE: NoticeKind.GONE,
    ConcernKind.RETIRING: NoticeKind.RETIRING,
}
"""A blocked one has no attempt yet that it could be recorded with; that of its parent is told."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell. `at` is when it happened (RFC 3339), "" for what holds and has no moment."""

    kind: NoticeKind
    address: Address
    attempt: str
    training: Training
    text: str
    at: str = ""

    def id(self, lineage: str) -> str:
        """The same in whichever run it is told; another one when a model serves anew."""
        parts = (lineage, str(self.address), self.attempt, self.training.job, self.kind.value, self.at)
        return sha256("\n".join(parts).encode()).hexdigest()[:_ID_LENGTH]


@dataclass(frozen=True, slots=True)
class Message:
    """A notice as it is sent: `body` is one CloudEvent, in JSON."""

    id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notice to one receiver, or one that is due. `why` says why it was not taken, "" where it was."""

    notice: Notice
    sink: str
    why: str = ""


class Sink(Protocol):
    """Somebody who is told."""

    @property
    def name(self) -> str:
        """What the lock and messages call it."""

    @property
    def kinds(self) -> frozenset[NoticeKind]:
        """What it wants to know."""

    def deliver(self, message: Message, *, is_patient: bool) -> str:
        """Whether it has it: "", or else why not. Only who `is_patient` tries again after a pause."""


def of_lock(lock: Lock) -> Iterator[Notice]:
    """What the lock alone says, in the order of addresses and attempts."""
    for address, entry in lock.by_address:
        for attempt, training in entry.in_order:
            yield from _of_training(address, entry, attempt, training)


def _of_training(address: Address, entry: Entry, attempt: str, training: Training) -> Iterator[Notice]:
    if training.role is Role.SERVING:
        at = training.at(Milestone.SERVED, Milestone.ADOPTED)
        words = f"attempt {attempt} serves at {training.endpoint or training.model}"
        yield Notice(NoticeKind.SERVED, address, attempt, training, words, at)
    elif training.role is Role.PENDING:
        at = training.at(Milestone.PENDING)
        words = f"attempt {attempt} is trained, passed its gate, and waits to be promoted"
        yield Notice(NoticeKind.PENDING, address, attempt, training, words, at)
    at = training.at(Milestone.REFUSED, Milestone.ENDED)
    for concern in of_result(entry, attempt, training, None):
        yield Notice(_OF_CONCERNS[concern.kind], address, attempt, training, concern.text, at)


def of_concerns(lock: Lock, found: Iterable[tuple[Address, str, Concern]]) -> Iterator[Notice]:
    """What was found in the cloud beside the lock, by address and attempt; what `of_lock` says too is left to it."""
    said = {(n.address, n.attempt, n.kind) for n in of_lock(lock)}
    for address, attempt, concern in found:
        kind, entry = _OF_CONCERNS.get(concern.kind), lock.entry(address)
        training = entry.trainings.get(attempt) if entry else None
        if kind is not None and training is not None and (address, attempt, kind) not in said:
            yield Notice(kind, address, attempt, training, concern.text)


def notified_key(notice: Notice, sink: str) -> str:
    """Under which the lock keeps when somebody was told."""
    return f"{notice.kind.value}/{sink}"


def due(notices: Iterable[Notice], sinks: Iterable[Sink], now_s: float) -> Iterator[tuple[Notice, Sink]]:
    """Who is still to be told of what."""
    everybody = list(sinks)
    for notice in notices:
        if notice.at and now_s - seconds_of(notice.at) > NEWS_LASTS_S:
            continue
        for sink in everybody:
            if notice.kind in sink.kinds and not _knows(notice, sink):
                yield notice, sink


def _knows(notice: Notice, sink: Sink) -> bool:
    """Told since it happened: a model that serves again after a rollback is news again."""
    known = notice.training.notified.get(notified_key(notice, sink.name), "")
    return bool(known) and (not notice.at or moment(known) >= moment(notice.at))
