"""Dying at the N-th effect: a run is killed there, and nothing that it would still do happens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from reconciler.core.events import Fact
from reconciler.core.lock import Lock
from reconciler.core.store import LockStore


class Killed(BaseException):
    """As SIGKILL: not an Exception, so that nobody answers it."""


@dataclass(slots=True)
class Effects:
    """Counts every boundary of an effect; `die_at` (counted from 1) is the one that is not survived.

    A dead run does nothing any more: what its `finally` clauses try is refused as well.
    """

    die_at: int | None = None
    seen: list[str] = field(default_factory=list)
    is_dead: bool = False

    def boundary(self, label: str) -> None:
        if self.is_dead:
            raise Killed(label)
        self.seen.append(label)
        if len(self.seen) == self.die_at:
            self.is_dead = True
            raise Killed(label)


@dataclass(slots=True)
class MortalStore:
    """A LockStore whose every write is an effect."""

    inner: LockStore
    effects: Effects

    @property
    def lock(self) -> Lock:
        return self.inner.lock

    def read(self) -> Lock:
        return self.inner.read()

    @contextmanager
    def hold(self) -> Iterator[None]:
        if self.effects.is_dead:
            raise Killed("hold")
        with self.inner.hold():
            yield

    @contextmanager
    def changing(self) -> Iterator[None]:
        with self.inner.changing():
            yield

    def is_as_read(self) -> bool:
        return self.inner.is_as_read()

    def in_flight(self) -> bool | None:
        return self.inner.in_flight()

    def confirm(self) -> None:
        self.inner.confirm()

    def record(self, event: Fact) -> None:
        label = f"record {type(event).__name__}"
        self.effects.boundary(f"before {label}")
        self.inner.record(event)
        self.effects.boundary(f"after {label}")

    def learn(self, *, workspace: str, target: str, projects: Mapping[str, str]) -> None:
        self.effects.boundary("before learn")
        self.inner.learn(workspace=workspace, target=target, projects=projects)
        self.effects.boundary("after learn")

    def replace(self, lock: Lock) -> None:
        self.effects.boundary("before replace")
        self.inner.replace(lock)
        self.effects.boundary("after replace")

    def text(self) -> bytes:
        return self.inner.text()

    def back_up(self, stamp: str) -> str:
        self.effects.boundary("before back_up")
        place = self.inner.back_up(stamp)
        self.effects.boundary("after back_up")
        return place

    def fold(self) -> None:
        self.effects.boundary("before fold")
        self.inner.fold()
        self.effects.boundary("after fold")
