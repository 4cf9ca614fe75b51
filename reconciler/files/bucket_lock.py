"""The lock in Cloud Storage: every write is compare-and-set, and a lease says who may write.

The lease is an object beside the lock with holder and expiry. It covers deciding, submitting and
saving; a holder that dies stops renewing it, and after its expiry anybody takes it over, so a killed
run blocks nobody for ever. A holder that was only slow, such as a laptop that slept, finds out before
its next request that changes the cloud, and at its next write: the lock may have another generation by then.
"""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count
from typing import Any, Protocol

from msgspec.structs import replace

from reconciler.core.advance import advance, changes_lock
from reconciler.core.clock import Clock
from reconciler.core.codes_lock import lock_error
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.events import Fact
from reconciler.core.lock import LOCK_VERSION, Lock
from reconciler.core.suggest import suggest
from reconciler.files.lease import LEASE_S, RENEW_S, Kept, Lease
from reconciler.files.lock_json import decode_lock, encode_lock

LEASE_SUFFIX = ".hold"
BACKUP_SUFFIX = ".backup"
BACKUPS_SUFFIX = ".backups/"
_POLL_S = 1.0
_ABSENT = "0"
_FRESH_S = 15.0
"""How long a run counts on the lock that it has read or written last, before it changes the cloud by it."""


class _Content(Protocol):
    @property
    def data(self) -> bytes: ...
    @property
    def generation(self) -> str: ...


class Objects(Protocol):
    """Conditional reads and writes of small objects (backends/objects.py)."""

    def read(self, uri: str) -> _Content | None:
        """None where it does not exist."""

    def write(self, uri: str, data: bytes, if_generation: str) -> str | None:
        """The new generation, or None where another one is there."""

    def delete(self, uri: str, if_generation: str) -> bool:
        """False where another generation is there."""


class BucketLock:
    """A LockStore on a `gs://` URI."""

    def __init__(
        self,
        uri: str,
        objects: Objects,
        clock: Clock,
        *,
        purpose: str = "",
        patience_s: float = 120.0,
        renew_s: float = RENEW_S,
    ) -> None:
        self._uri = uri
        self._objects = objects
        self._clock = clock
        self._purpose = purpose
        self._patience_s = patience_s
        self._renew_s = renew_s
        self._holder = uuid.uuid4().hex[:12]
        self._lock = Lock()
        self._unknown: dict[str, Any] = {}
        self._generation = _ABSENT
        self._content = b""
        self._unanswered = b""
        self._written = _ABSENT
        self._lease: Kept | None = None
        self._seen = 0.0

    @property
    def lock(self) -> Lock:
        """As last read or recorded."""
        return self._lock

    def read(self) -> Lock:
        """The object as it is now."""
        self._seen = self._clock.now()
        found = self._objects.read(self._uri)
        self._content = found.data if found else b""
        self._generation = found.generation if found else _ABSENT
        empty: tuple[Lock, dict[str, Any]] = (Lock(), {})
        self._lock, self._unknown = decode_lock(self._content, self._uri) if found else empty
        return self._lock

    @contextmanager
    def hold(self) -> Iterator[None]:
        """The lease, renewed by a thread while it is held."""
        if self._lease is not None:
            yield
            return
        self._lease = self._acquire()
        try:
            self.read()
            yield
        except BaseException:
            # It ends by itself; what ended the run must not be hidden by what could not be let go.
            with suppress(Exception):
                self._release()
            raise
        self._release()

    def _release(self) -> None:
        lease, self._lease = self._must_hold(), None
        lease.release()

    def record(self, event: Fact) -> None:
        """Written at once: there is no journal that anybody else could miss."""
        self._must_hold()
        if changes_lock(event):
            self._write(advance(self._lock, event))

    def learn(self, *, workspace: str, target: str, projects: Mapping[str, str]) -> None:
        """The header, when it says something new."""
        self._must_hold()
        lineage = str(uuid.uuid4())
        self._write(self._lock.learnt(lineage=lineage, workspace=workspace, target=target, projects=projects))

    def replace(self, lock: Lock) -> None:
        """Written at once, like everything here."""
        self._must_hold()
        self._write(lock)

    def text(self) -> bytes:
        """As the object has it."""
        return encode_lock(self._lock, self._unknown)

    def back_up(self, stamp: str) -> str:
        """An object of its own: the one of `.backup` is every run's."""
        self._must_hold()
        if not self._content:
            return ""
        for number in count():
            place = f"{self._uri}{BACKUPS_SUFFIX}{stamp}{f'-{number}' if number else ''}"
            if self._objects.write(place, self._content, _ABSENT) is not None:
                return place
        raise AssertionError("there is always another name")

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Nobody else can see it: what takes something away is marked in the lock instead."""
        yield

    def is_as_read(self) -> bool:
        """By the object's generation, asked for where it was not seen of late: this process may have been stopped."""
        if 0 <= self._clock.now() - self._seen < _FRESH_S:
            return True
        found = self._objects.read(self._uri)
        self._seen = self._clock.now()
        return (found.generation if found else _ABSENT) == self._generation

    def in_flight(self) -> bool | None:
        """Machines do not see each other."""
        return None

    def confirm(self) -> None:
        """Whether the lease is still ours, by Cloud Storage where it was not renewed of late."""
        if not self._must_hold().is_ours():
            raise self._lost("Its lease ended while this run was stopped or cut off, and another run took it over.")

    def fold(self) -> None:
        """Nothing is left to do: every record was written."""

    def unlock(self, holder: str) -> Lease:
        """Take the lease away from a holder that is known to be gone."""
        found = self._objects.read(self._uri + LEASE_SUFFIX)
        lease = Lease.of(found.data) if found else None
        if found is None or lease is None or lease.holder != holder:
            told = lease.described() if lease else "Nobody holds it."
            raise lock_error("LOCK010", told, path=self._uri, fix="Name the holder that is shown here.")
        if not self._objects.delete(self._uri + LEASE_SUFFIX, found.generation):
            raise lock_error("LOCK010", "It changed hands just now.", path=self._uri, fix="Look again.")
        return lease

    def _write(self, after: Lock) -> None:
        if after == self._lock:
            return
        if after.entries != self._lock.entries:
            after = replace(after, version=max(after.version, LOCK_VERSION))
        self.confirm()
        content = encode_lock(after, self._unknown)
        if self._content and self._generation != self._written:
            self._back_up()
        generation = self._put_lock(content)
        if generation is None:
            raise self._lost("It was written by another run in between.")
        self._written = self._generation = generation
        self._content, self._lock, self._seen = content, after, self._clock.now()

    def _put_lock(self, content: bytes) -> str | None:
        """None where somebody else wrote it. A write of ours whose answer was lost is written over."""
        unanswered, self._unanswered = self._unanswered, content
        generation = self._objects.write(self._uri, content, self._generation)
        if generation is None and unanswered:
            present = self._objects.read(self._uri)
            if present is not None and present.data == unanswered:
                generation = self._objects.write(self._uri, content, present.generation)
        self._unanswered = b""
        return generation

    def _back_up(self) -> None:
        """The version before what this run writes; what somebody else wrote in between is the next such version."""
        uri = self._uri + BACKUP_SUFFIX
        present = self._objects.read(uri)
        self._objects.write(uri, self._content, present.generation if present else _ABSENT)

    def _acquire(self) -> Kept:
        """Take it where it is free, where it has ended, or where nobody has renewed it for as long as one lasts."""
        began = self._clock.now()
        seen, seen_since = _ABSENT, began
        while True:
            present = self._objects.read(self._uri + LEASE_SUFFIX)
            held = Lease.of(present.data) if present else None
            generation, now = present.generation if present else _ABSENT, self._clock.now()
            if generation != seen:
                seen, seen_since = generation, now
            if held is None or held.expires <= now or now - seen_since >= LEASE_S:
                taken = self._put(generation, now)
                if taken is not None:
                    put = partial(self._put, since=now)
                    return Kept(put, self._drop, self._clock.now, generation=taken, since=now, renew_s=self._renew_s)
            if now - began >= self._patience_s:
                raise self._held(held)
            self._clock.sleep(_POLL_S)

    def _put(self, generation: str, since: float) -> str | None:
        """The generation of the written lease. One of ours from a write whose answer was lost is written over."""
        expires = self._clock.now() + LEASE_S
        lease = Lease(self._holder, socket.gethostname(), os.getpid(), self._purpose, since, expires).to_json()
        uri = self._uri + LEASE_SUFFIX
        written = self._objects.write(uri, lease, generation)
        ours = self._generation_of_ours() if written is None else ""
        return self._objects.write(uri, lease, ours) if ours else written

    def _drop(self, generation: str) -> None:
        if not self._objects.delete(self._uri + LEASE_SUFFIX, generation) and (ours := self._generation_of_ours()):
            self._objects.delete(self._uri + LEASE_SUFFIX, ours)

    def _generation_of_ours(self) -> str:
        """Of the lease as it is now, if it is this run's; else ""."""
        present = self._objects.read(self._uri + LEASE_SUFFIX)
        lease = Lease.of(present.data) if present else None
        return present.generation if present and lease and lease.holder == self._holder else ""

    def _held(self, held: Lease | None) -> ReconcilerError:
        return lock_error(
            "LOCK006",
            held.described() if held else "Others take it in turns.",
            path=self._uri,
            fix="Wait for it; or, if it is known to be gone, take the lock from it with "
            f"{suggest('lock', 'unlock', held.holder if held else 'HOLDER').quoted}.",
        )

    def _lost(self, detail: str) -> ReconcilerError:
        return lock_error(
            "LOCK009", detail, path=self._uri, fix="Run the command again: what was submitted is found by its markers."
        )

    def _must_hold(self) -> Kept:
        if self._lease is None:
            raise RuntimeError("the lock is written only by whoever holds it")
        return self._lease
