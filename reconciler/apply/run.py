"""What every step of a run works with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import TypeAlias, TypeVar

import msgspec

from reconciler.backends.base import Backend, Storage
from reconciler.core.attempts import markers_for
from reconciler.core.clock import Clock
from reconciler.core.events import Event, Noted
from reconciler.core.judgement import Judged
from reconciler.core.lock import Entry, Phase, Training
from reconciler.core.model import Address, GateSpec, Live, LiveTraining, Markers
from reconciler.core.settings import Limits
from reconciler.core.situation import Marked
from reconciler.core.store import LockStore
from reconciler.core.times import seconds_of

E = TypeVar("E", bound=Event)

INTENT_FRESH_S = 30.0
"""A create goes out within these seconds of its intent, else it is announced anew. Ours."""


class Next(Enum):
    """How a step left its change."""

    DONE = "done"
    WAITING = "waiting"
    FAILED = "failed"
    ANNOUNCED = "announced"
    """An intent is durable, and its create goes out in this tick, after the look that serves all of them."""


Steps: TypeAlias = Generator[Event, None, Next]
"""Events as they happen, and how the change was left."""


Judge: TypeAlias = Callable[[Backend, Training, GateSpec], Judged]
"""What a gate says of a successor. BackendError where the service does not answer: that is no refusal."""


@dataclass(frozen=True, slots=True)
class Look:
    """One list of a project and location: when it was begun, after how many intents of this run, and what it shows."""

    began_s: float
    intents: int
    shown: Mapping[str, LiveTraining]


@dataclass(slots=True)
class Run:
    """The world of one apply or wait, and what the lock cannot hold.

    `examples` are the Gemini API's inline pairs by address: training examples never enter the lock.
    `declares` says that the specs are applied, and not merely imported; `commit` at which commit they are.
    `files` are the local training files, where the specs are at hand.
    `unreachable` counts ticks in a row in which a service did not answer for an address. `given_up` are changes, by
    address and whether they are of what is deposed, that failed in this run and stay approved.
    """

    store: LockStore
    backends: Mapping[str, Backend]
    storage: Storage
    clock: Clock
    workspace: str
    judge: Judge
    limits: Limits = field(default_factory=Limits)
    declares: bool = True
    commit: str = ""
    live: Live = field(default_factory=Live)
    examples: Mapping[Address, Sequence[tuple[str, str]]] = field(default_factory=dict)
    files: Mapping[Address, str] = field(default_factory=dict)
    over_s: dict[tuple[Address, str], float] = field(default_factory=dict)
    """When a create without an answer can last have been carried out: when its call ended."""
    unsent: dict[tuple[Address, str], int] = field(default_factory=dict)
    """Intents of this run whose create was not sent yet, each with its number among them."""
    intents: int = 0
    looks: dict[tuple[str, str, str], Look] = field(default_factory=dict)
    """The lists of this tick by backend, project and location."""
    not_before: dict[str, float] = field(default_factory=dict)
    tries: dict[Address, int] = field(default_factory=dict)
    unreachable: dict[Address, int] = field(default_factory=dict)
    given_up: set[tuple[Address, bool]] = field(default_factory=set)
    began: dict[tuple[Address, bool], float] = field(default_factory=dict)
    disposed: set[tuple[Address, str]] = field(default_factory=set)
    quota_refusals: Counter[str] = field(default_factory=Counter)
    """Creates in a row that met a spent quota, by project."""
    quota_words: dict[str, str] = field(default_factory=dict)
    """What a create waits for until `not_before`, by project: it stays the same until somebody looks again."""
    locations: frozenset[str] = frozenset()
    """Where the project may have jobs besides those of the lock."""
    strangers: dict[str, tuple[LiveTraining, ...]] | None = None
    """Jobs in progress that are not ours, by project; None until somebody looks."""
    over: frozenset[str] = frozenset()
    """Jobs that the cloud says have ended, whatever the lock still says of them."""
    taken: Counter[str] | None = None
    """Places in each project's quota that our own trainings take; counted at the first question of a hold."""
    _marked: Marked | None = None

    def record(self, event: E) -> E:
        """Durable first, heard of second."""
        if self.taken is None or isinstance(event, Noted):
            self.store.record(event)
            return event
        before = self._places(event.address)
        self.store.record(event)
        self.taken += self._places(event.address)
        self.taken -= before
        return event

    def places_taken(self, project: str) -> int:
        """By trainings of this lock that are sent, or about to be, and not known to have ended.

        A create that was announced longer ago than lists may lag made a job that is seen, or none.
        """
        if self.taken is None:
            self.taken = Counter()
            for text in self.store.lock.entries:
                self.taken += self._places(Address.parse(text))
        return self.taken[project]

    def holders(self, project: str) -> list[str]:
        """Addresses of this lock whose trainings have places in a project's quota."""
        return [text for text in self.store.lock.entries if self._places(Address.parse(text))[project]]

    def unanswered(self, project: str) -> int:
        """Creates of this lock that may have made a job whose name nobody knows yet."""
        return sum(
            t.submission.project == project and not t.job and self._takes_place(t, self.longest_create_s(address))
            for text, entry in self.store.lock.entries.items()
            if self.backend(address := Address.parse(text)).limits_concurrency
            for t in entry.trainings.values()
        )

    def _places(self, address: Address) -> Counter[str]:
        if not self.backend(address).limits_concurrency:
            return Counter()
        trainings = self.entry(address).trainings.values()
        longest_s = self.longest_create_s(address)
        return Counter(t.submission.project for t in trainings if self._takes_place(t, longest_s))

    def _takes_place(self, training: Training, longest_s: float) -> bool:
        if not training.is_open or training.phase is Phase.APPLIED:
            return False
        if training.job:
            return training.job not in self.over
        return self.clock.now() - self.intended_s(training) < self.limits.list_lag_s + longest_s

    @property
    def marked(self) -> Marked:
        """What was observed before this run, by the owner that its markers tell."""
        if self._marked is None:
            self._marked = Marked(self.live.trainings, self.workspace)
        return self._marked

    def entry(self, address: Address) -> Entry:
        """The address's entry as it is now."""
        return self.store.lock.entries.get(str(address)) or Entry()

    def training(self, address: Address, attempt: str) -> Training | None:
        """One training as it is now."""
        return self.entry(address).trainings.get(attempt)

    def backend(self, address: Address) -> Backend:
        """The cloud that the address names."""
        return self.backends[address.backend]

    def changing(self, address: Address) -> Backend:
        """The same, about to be asked for a change: nothing is asked for once the lock is another run's."""
        self.store.confirm()
        return self.backends[address.backend]

    def markers(self, address: Address, training: Training, attempt: str) -> Markers:
        """What the training's resource carries; a rename leaves the old name in them."""
        return markers_for(training.submission, self.workspace, training.name or address.name, attempt)

    def at(self) -> str:
        """Now, as the lock writes it."""
        return datetime.fromtimestamp(self.clock.now(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def intended_s(self, training: Training) -> float:
        """When its create was announced last, in seconds since the epoch."""
        return seconds_of(training.times.get("intended", ""))

    def longest_create_s(self, address: Address) -> float:
        """Seconds from an intent to the last moment at which its create can be carried out, its run killed or not."""
        return INTENT_FRESH_S + self.backend(address).longest_create_s

    def since_s(self, time: str) -> float:
        """Seconds since a time of the lock's; 0 for none."""
        return max(0.0, self.clock.now() - seconds_of(time)) if time else 0.0

    def elapsed_s(self, address: Address, *, deposed: bool) -> float:
        """Seconds since the change was approved, in whichever run; where nobody knows, since this one took it up."""
        approved = next((a.at for a in self.entry(address).approved if a.deposed is deposed), "")
        began = self.began.get((address, deposed), self.clock.now())
        return self.since_s(approved) if approved else max(0.0, self.clock.now() - began)


def gate_of(value: Mapping[str, object] | None) -> GateSpec | None:
    """The gate that was approved, from the lock."""
    return None if value is None else msgspec.convert(value, GateSpec)
