"""What is not adopted again, because somebody forgot it: by name, or by markers where no name was known yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.core.lock import Lock, Training
from reconciler.core.model import LiveTraining, Markers


@dataclass(frozen=True, slots=True)
class Graves:
    """Resource names, and the markers of creates that were unanswered when they were forgotten."""

    names: frozenset[str] = frozenset()
    intents: frozenset[str] = frozenset()

    @classmethod
    def of(cls, lock: Lock) -> Graves:
        """Of all addresses: a name or a digest stands for itself."""
        return cls(lock.buried, frozenset(i for t in lock.tombstones.values() for i in t.intents))

    def has(self, live: LiveTraining) -> bool:
        """Whether a live training was forgotten."""
        return bool({live.resource_name, live.model} & self.names) or grave_of(live.markers) in self.intents


def grave_of(markers: Markers) -> str:
    """How an intent stands in a tombstone: attempt, training and data; "" where the markers lack one."""
    parts = (markers.attempt, markers.training, markers.data)
    return " ".join(parts) if all(parts) else ""


def buried_intents(trainings: Iterable[tuple[str, Training]]) -> tuple[str, ...]:
    """Of an entry's trainings, those whose create was not answered."""
    unanswered = ((a, t.submission) for a, t in trainings if not t.job)
    return tuple(grave_of(Markers(attempt=a, training=s.digest, data=s.data_id)) for a, s in unanswered)
