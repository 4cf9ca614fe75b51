"""The lease on a lock in Cloud Storage: who holds it until when, and the heartbeat that keeps it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

LEASE_S = 60.0
RENEW_S = 15.0
_FRESH_S = LEASE_S / 2
"""How long after a renewal no one can have taken it, by any clock that is not half a minute off."""


class Lease(msgspec.Struct, frozen=True):
    """Who holds the lock. Times are seconds since the epoch, by the holder's clock."""

    holder: str
    host: str
    pid: int
    purpose: str
    since: float
    expires: float

    def to_json(self) -> bytes:
        """As the object holds it."""
        return msgspec.json.format(msgspec.json.encode(self, order="sorted"), indent=2) + b"\n"

    @classmethod
    def of(cls, data: bytes) -> Lease | None:
        """None where it is not a lease: a broken one is nobody's."""
        try:
            return msgspec.json.decode(data, type=cls)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None

    def described(self) -> str:
        """For whoever has to wait."""
        return (
            f"{self.holder} (process {self.pid} on {self.host}, {self.purpose}) has held it since {_day(self.since)}."
        )


def _day(time: float) -> str:
    try:
        return datetime.fromtimestamp(time, UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return "a time that is none"


class Kept:
    """A lease that a thread renews until it is released.

    `put` writes it over the generation that it names, and answers the new one, or None where it is another's.
    """

    def __init__(
        self,
        put: Callable[[str], str | None],
        drop: Callable[[str], object],
        now: Callable[[], float],
        *,
        generation: str,
        since: float,
        renew_s: float = RENEW_S,
    ) -> None:
        self._put = put
        self._drop = drop
        self._now = now
        self._generation = generation
        self._renewed = since
        self._renew_s = renew_s
        self._is_lost = False
        self._renewing = threading.Lock()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="lock lease", daemon=True)
        self._thread.start()

    def is_ours(self) -> bool:
        """Asks where the last renewal is too long ago: the process may have been stopped, or the machine asleep."""
        with self._renewing:
            age_s = self._now() - self._renewed
            # A clock that was set back says nothing about the time that has passed.
            if not self._is_lost and 0 <= age_s < _FRESH_S:
                return True
            return self._renew()

    def release(self) -> None:
        """Let go, unless somebody took it over. Raises what `drop` raises: the next run waits for its end then."""
        self._done.set()
        self._thread.join()
        self._drop(self._generation)

    def _renew(self) -> bool:
        if not self._is_lost:
            at = self._now()
            generation = self._put(self._generation)
            if generation is None:
                self._is_lost = True
            else:
                self._generation, self._renewed = generation, at
        return not self._is_lost

    def _beat(self) -> None:
        while not self._done.wait(self._renew_s) and not self._is_lost:
            try:
                with self._renewing:
                    self._renew()
            # A signal ends the waits of all threads, and is the main thread's to answer; whether a failed renewal
            # matters is seen before the next request.
            except BaseException:  # noqa: BLE001, S112
                continue
