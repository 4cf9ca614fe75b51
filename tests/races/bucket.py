"""Machines that share a lock in Cloud Storage, and what may happen to one of them between two requests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from reconciler.backends.http import Http
from reconciler.backends.inprocess import InProcessTransport
from reconciler.backends.objects import Content, Objects
from reconciler.backends.targets import EMBEDDED
from reconciler.emulator import Emulator, Request
from reconciler.files.bucket_lock import LEASE_SUFFIX, BucketLock
from reconciler.files.lease import Lease
from reconciler.workflow.world import World
from tests.fakes.clock import FakeClock
from tests.fakes.crash import Effects, MortalStore
from tests.fakes.stage import Stage

URI = "gs://acme-locks/team/tuneform.lock"
NEVER_S = 10_000.0
"""A heartbeat of a process that is stopped."""


@dataclass(slots=True)
class Wire:
    """Cloud Storage as one machine reaches it. Hooks are called with the URI and the bytes of a write."""

    objects: Objects
    before: Callable[[str, bytes], object] = lambda _uri, _data: None
    after: Callable[[str, bytes], object] = lambda _uri, _data: None
    on_delete: Callable[[str], object] = lambda _uri: None

    def read(self, uri: str) -> Content | None:
        return self.objects.read(uri)

    def write(self, uri: str, data: bytes, if_generation: str) -> str | None:
        self.before(uri, data)
        written = self.objects.write(uri, data, if_generation)
        self.after(uri, data)
        return written

    def delete(self, uri: str, if_generation: str) -> bool:
        self.on_delete(uri)
        return self.objects.delete(uri, if_generation)


@dataclass(slots=True)
class Bucket:
    """One bucket that several machines reach, by one clock."""

    clock: FakeClock = field(default_factory=FakeClock)
    objects: Objects = field(init=False)
    dead: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        handle = Emulator.open(None).handle
        self.objects = Objects(Http(EMBEDDED, self.clock, transport=InProcessTransport(handle, Request)))

    def machine(
        self,
        purpose: str = "apply",
        *,
        wire: Wire | None = None,
        clock: FakeClock | None = None,
        patience_s: float = 5.0,
        renew_s: float = NEVER_S,
    ) -> BucketLock:
        """The lock as another process opens it. Its heartbeat is silent unless it is asked for."""
        there, by = wire or Wire(self.objects), clock or self.clock
        return BucketLock(URI, there, by, purpose=purpose, patience_s=patience_s, renew_s=renew_s)

    def killed(self, purpose: str = "apply", *, clock: FakeClock | None = None) -> None:
        """A machine takes the lock and is killed: nothing is let go, nothing is renewed."""
        hold = self.machine(purpose, clock=clock).hold()
        hold.__enter__()
        self.dead.append(hold)

    def content(self, suffix: str = "") -> bytes:
        found = self.objects.read(URI + suffix)
        return found.data if found else b""

    @property
    def lease(self) -> Lease | None:
        return Lease.of(self.content(LEASE_SUFFIX))

    def put(self, data: bytes, suffix: str = "") -> None:
        """Somebody writes without asking."""
        present = self.objects.read(URI + suffix)
        written = self.objects.write(URI + suffix, data, present.generation if present else "0")
        assert written is not None


@dataclass(slots=True)
class SharedStage(Stage):
    """A stage whose lock is in the bucket, as one machine reaches it."""

    bucket: Bucket = field(default_factory=Bucket)
    wire: Wire | None = None

    @classmethod
    def on(cls, bucket: Bucket, folder: Path, *specs: object) -> SharedStage:
        return cls(folder, list(specs), clock=bucket.clock, bucket=bucket)  # type: ignore[arg-type]

    def world(self, effects: Effects | None = None) -> World:
        there = super(SharedStage, self).world(effects)
        store = self.bucket.machine(wire=self.wire or Wire(self.bucket.objects))
        return replace(there, store=MortalStore(store, self.cloud.effects))


@dataclass(slots=True)
class Beats:
    """A clock on which every wait takes at least one heartbeat of the holder."""

    clock: FakeClock
    beat: threading.Event = field(default_factory=threading.Event)

    def now(self) -> float:
        return self.clock.now()

    def sleep(self, seconds: float) -> None:
        self.beat.clear()
        assert self.beat.wait(20), "the heartbeat stopped"
        self.clock.sleep(seconds)
