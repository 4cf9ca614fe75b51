"""The lock in Cloud Storage: every write is compare-and-set, and a lease says who may write.

The lease is an object beside the lock with holder and expiry. It covers deciding, submitting and
saving; a holder that dies stops renewing it, and after its expiry anybody takes it over, so a killed
run blocks nobody for ever. A holder that was only slow finds out at its next write: the lock has
another generation by then, and its write does nothing.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple, Protocol

from msgspec.structs import replace

from reconciler.core.advance import advance, changes_lock
from reconciler.core.codes_lock import lock_error
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.events import Event
from reconciler.core.lock import Lock
from reconciler.files.lock_json import decode_lock, encode_lock

LEASE_SUFFIX = ".hold"
BACKUP_SUFFIX = ".backup"
LEASE_S = 60.0
_RENEW_S = 15.0
_POLL_S = 1.0
_ABSENT = "0"


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


class _Clock(Protocol):
    def now(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...


class Lease(NamedTuple):
    """Who holds the lock. Times are seconds since the epoch, by the holder's clock."""

    holder: str
    host: str
    pid: int
    purpose: str
    since: float
    expires: float

    def to_json(self) -> bytes:
        """As the object holds it."""
        return json.dumps(self._asdict(), indent=2, sort_keys=True).encode() + b"\n"

    @classmethod
    def of(cls, data: bytes) -> Lease | None:
        """None where it is not a lease: a broken one is nobody's."""
        try:
            found = json.loads(data)
            return cls(**{name: found[name] for name in cls._fields})
        except (ValueError, KeyError, TypeError):
            return None

    def told(self) -> str:
        """For whoever has to wait."""
        since = datetime.fromtimestamp(self.since, UTC).isoformat(timespec="seconds")
        return f"{self.holder} (process {self.pid} on {self.host}, {self.purpose}) holds it since {since}."


class BucketLock:
    """A LockStore on a `gs://` URI."""

    def __init__(
        self, uri: str, objects: Objects, clock: _Clock, *, purpose: str = "", patience_s: float = 120.0
    ) -> None:
        self._uri = uri
        self._objects = objects
        self._clock = clock
        self._purpose = purpose
        self._patience_s = patience_s
        self._holder = uuid.uuid4().hex[:12]
        self._lock = Lock()
        self._unknown: dict[str, Any] = {}
        self._generation = _ABSENT
        self._content = b""
        self._lease: _Renewed | None = None
        self._is_backed_up = False

    @property
    def lock(self) -> Lock:
        """As last read or recorded."""
        return self._lock

    def read(self) -> Lock:
        """The object as it is now."""
        found = self._objects.read(self._uri)
        self._content = found.data if found else b""
        self._generation = found.generation if found else _ABSENT
        empty: tuple[Lock, dict[str, Any]] = (Lock(), {})
        self._lock, self._unknown = decode_lock(self._content, self._uri) if self._content else empty
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
            self._is_backed_up = False
            yield
        finally:
            lease, self._lease = self._lease, None
            lease.release()

    def record(self, event: Event) -> None:
        """Written at once: there is no journal that anybody else could miss."""
        self._must_hold()
        if changes_lock(event):
            self._write(advance(self._lock, event))

    def learn(self, *, workspace: str, target: str, projects: Mapping[str, str]) -> None:
        """The header, when it says something new."""
        self._must_hold()
        known = self._lock
        after = replace(
            known,
            lineage=known.lineage or str(uuid.uuid4()),
            workspace=workspace or known.workspace,
            target=target or known.target,
            projects={**known.projects, **projects},
        )
        self._write(after)

    def replace(self, lock: Lock) -> None:
        """Written at once, like everything here."""
        self._must_hold()
        self._write(lock)

    def fold(self) -> None:
        """Nothing is left to do: every record was written."""
        self._must_hold()

    def unlock(self, holder: str) -> Lease:
        """Take the lease away from a holder that is known to be gone."""
        found = self._objects.read(self._uri + LEASE_SUFFIX)
        lease = Lease.of(found.data) if found else None
        if found is None or lease is None or lease.holder != holder:
            told = lease.told() if lease else "Nobody holds it."
            raise lock_error("LOCK010", told, path=self._uri, fix="Name the holder that is shown here.")
        if not self._objects.delete(self._uri + LEASE_SUFFIX, found.generation):
            raise lock_error("LOCK010", "It changed hands just now.", path=self._uri, fix="Look again.")
        return lease

    def _write(self, after: Lock) -> None:
        if after == self._lock:
            return
        content = encode_lock(after, self._unknown)
        if not self._is_backed_up and self._content:
            self._back_up()
        generation = self._objects.write(self._uri, content, self._generation)
        if generation is None:
            raise self._lost()
        self._generation, self._content, self._lock = generation, content, after

    def _back_up(self) -> None:
        """The version before this hold's first write."""
        uri = self._uri + BACKUP_SUFFIX
        present = self._objects.read(uri)
        self._objects.write(uri, self._content, present.generation if present else _ABSENT)
        self._is_backed_up = True

    def _acquire(self) -> _Renewed:
        give_up = self._clock.now() + self._patience_s
        while True:
            present = self._objects.read(self._uri + LEASE_SUFFIX)
            held = Lease.of(present.data) if present else None
            if held is None or held.expires <= self._clock.now():
                since = self._clock.now()
                generation = self._put(present.generation if present else _ABSENT, since)
                if generation is not None:
                    return _Renewed(partial(self._put, since=since), self._drop, generation)
            elif self._clock.now() >= give_up:
                raise lock_error(
                    "LOCK006",
                    held.told(),
                    path=self._uri,
                    fix="Wait for it; or, if it is known to be gone, run `tuneform lock unlock` with its id.",
                )
            self._clock.sleep(_POLL_S)

    def _put(self, generation: str, since: float) -> str | None:
        expires = self._clock.now() + LEASE_S
        lease = Lease(self._holder, socket.gethostname(), os.getpid(), self._purpose, since, expires)
        return self._objects.write(self._uri + LEASE_SUFFIX, lease.to_json(), generation)

    def _drop(self, generation: str) -> None:
        self._objects.delete(self._uri + LEASE_SUFFIX, generation)

    def _lost(self) -> ReconcilerError:
        return lock_error(
            "LOCK009",
            "It was written by another run in between.",
            path=self._uri,
            fix="Run the command again: what was submitted is found by its markers.",
        )

    def _must_hold(self) -> None:
        if self._lease is None:
            raise RuntimeError("the lock is written only by whoever holds it")


class _Renewed:
    """A lease that a thread keeps alive until it is released."""

    def __init__(self, put: Callable[[str], str | None], drop: Callable[[str], None], generation: str) -> None:
        self._put = put
        self._drop = drop
        self._generation = generation
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="lock lease", daemon=True)
        self._thread.start()

    def release(self) -> None:
        """Let go, unless somebody took it over."""
        self._done.set()
        self._thread.join()
        self._drop(self._generation)

    def _renew(self) -> None:
        while not self._done.wait(_RENEW_S):
            try:
                generation = self._put(self._generation)
            except Exception:  # noqa: BLE001, S112 - the next write of the lock tells whether it matters
                continue
            if generation is None:
                return
            self._generation = generation
