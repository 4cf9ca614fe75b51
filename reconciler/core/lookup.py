"""Whether a create that is about to be sent, or was sent without an answer, has made its job already. Pure.

A job that carries the workspace, the name, the training and the data of an intent is its job, whoever sent the create:
an older lock, another clone, a run that was killed. It is taken, and nothing is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from reconciler.core import markers as marks
from reconciler.core.attempts import CLOCK_SKEW_S, is_of
from reconciler.core.graves import Graves
from reconciler.core.lock import Entry, Milestone, Submission
from reconciler.core.model import Address, LiveTraining, Markers, Status
from reconciler.core.situation import is_alive
from reconciler.core.times import moment, seconds_of


@dataclass(frozen=True, slots=True)
class Sought:
    """What an intent's job looks like.

    `intended` is when it was announced, `names` are all that the address has had, and `beside` the jobs that it was
    asked for beside.
    """

    address: Address
    names: tuple[str, ...]
    markers: Markers
    submission: Submission
    intended: str
    beside: frozenset[str] = frozenset()

    @classmethod
    def of(cls, address: Address, entry: Entry, attempt: str, markers: Markers, *, intended: str = "") -> Sought:
        """The intent of one attempt, as its entry has it."""
        training = entry.trainings[attempt]
        beside = frozenset(name for a in entry.approved for name in a.beside)
        names = tuple(dict.fromkeys((address.name, markers.name, *entry.former)))
        return cls(address, names, markers, training.submission, intended or training.times[Milestone.INTENDED], beside)

    @property
    def owners(self) -> frozenset[tuple[str, ...]]:
        """What the markers of its job can say of its owner (markers.owner_key)."""
        addresses = [Address(self.address.backend, name) for name in self.names]
        return frozenset(marks.key_of(a, self.markers.workspace, self.submission.project) for a in addresses)

    def is_exact(self, live: LiveTraining) -> bool:
        """Whether it carries the very attempt, by any recipe."""
        either = marks.in_every_recipe(self.markers, self.submission)
        chosen = {marks.chosen_name(self.address, self.submission.project, one) for one in either} - {""}
        if chosen:
            return live.resource_name in chosen
        return live.markers in [marks.from_labels(marks.to_labels(one)) for one in either]


def candidates(
    sought: Sought, shown: Iterable[LiveTraining], graves: Graves, locked: frozenset[str]
) -> list[LiveTraining]:
    """What may be its job, likeliest first: the very attempt, then what is ready, the newest first, then what runs.

    What is `locked` is somebody's already, and what was forgotten is nobody's.
    """
    locked |= sought.beside
    owners = sought.owners
    found = [
        live
        for live in shown
        if live.resource_name not in locked and marks.owner_key(live.markers) in owners and not graves.has(live)
        if sought.is_exact(live) or is_of(live, sought.submission)
    ]
    found.sort(key=lambda t: (moment(t.created), t.resource_name))
    ready = [t for t in reversed(found) if t.status is Status.READY]
    others = [t for t in found if t.status is not Status.READY]
    return sorted([*ready, *others], key=lambda t: not sought.is_exact(t))


def is_taken(sought: Sought, live: LiveTraining, *, was_sent: bool) -> bool:
    """Whether a candidate is the job: alive, or what came of the very create that was sent."""
    if is_alive(live):
        return True
    return was_sent and sought.is_exact(live) and seconds_of(live.created) >= seconds_of(sought.intended) - CLOCK_SKEW_S


class NotFound(Enum):
    """What a look that found nothing means for a create."""

    SEND = "send"
    LOOK_AGAIN = "look again"


def when_not_found(*, was_sent: bool, over_s: float, looked_s: float, lag_s: float) -> NotFound:
    """A first create goes out. One that was sent before may be anywhere until a list can no longer lag.

    `over_s` is when it can last have been carried out, `looked_s` when the list that did not show it was begun.
    """
    return NotFound.SEND if not was_sent or looked_s - over_s >= lag_s else NotFound.LOOK_AGAIN


def known_beside(submission: Submission, shown: Sequence[LiveTraining]) -> tuple[str, ...]:
    """The jobs of exactly this that are known when it is approved: it is asked for beside them."""
    return tuple(sorted(t.resource_name for t in shown if is_of(t, submission)))
