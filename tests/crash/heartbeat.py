"""The renewal of a lease, made a boundary like any other: no time passes, so the heart beats when it is told to."""

from __future__ import annotations

import threading
from typing import Any

from reconciler.files import lease

_BEATING: list[Heart] = []


class Heart:
    """Stands in for the event by which a lease's thread waits for its next renewal."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._is_resting = self._is_asked = self._is_over = False
        self.has_beaten = False
        _BEATING.append(self)

    def wait(self, _timeout_s: float) -> bool:
        """What the thread calls: False is a renewal, True the end."""
        with self._turn:
            self._is_resting = True
            self._turn.notify_all()
            self._turn.wait_for(lambda: self._is_asked or self._is_over)
            self._is_resting = self._is_asked = False
            return self._is_over

    def set(self) -> None:
        """What whoever lets go of the lease calls; and the thread, when it gives up."""
        with self._turn:
            self._is_over = True
            self._turn.notify_all()
        if self in _BEATING:
            _BEATING.remove(self)

    def beat(self) -> None:
        """One renewal, from its beginning to its end."""
        self.has_beaten = True
        with self._turn:
            self._turn.wait_for(lambda: self._is_resting or self._is_over)
            self._is_asked = not self._is_over
            self._turn.notify_all()
            self._turn.wait_for(lambda: (self._is_resting and not self._is_asked) or self._is_over)


def beat(*, again: bool) -> None:
    """Every lease of this process is renewed now; or only those that never were."""
    for heart in tuple(_BEATING):
        if again or not heart.has_beaten:
            heart.beat()


def is_renewal() -> bool:
    """Whether the present thread is one that renews."""
    return threading.current_thread().name == "lock lease"


def install() -> None:
    """Leases of this process are renewed by `beat` alone."""
    kept: Any = lease.Kept
    beats = kept._beat

    def beat_until_given_up(held: Any) -> None:
        try:
            beats(held)
        finally:
            held._done.set()

    kept._beat = beat_until_given_up
    setattr(lease, "threading", _Threading)  # noqa: B010 - a module is replaced, and mypy minds


class _Threading:
    Event = Heart
    Lock = threading.Lock
    Thread = threading.Thread
