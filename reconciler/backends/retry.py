"""Which failed calls are sent again, and when (docs/decisions/0010-retries-and-what-is-never-repeated.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from secrets import SystemRandom
from typing import Final, TypeVar

from reconciler.backends.base import BackendError
from reconciler.core.clock import Clock

T = TypeVar("T")

ATTEMPTS: Final = 5
LONGEST_PAUSE_S: Final = 60.0
"""A service that asks for more is not waited for here: its words go to the caller at once."""
SHORT_PAUSE_S: Final = 2.0
"""The same inside of `without_long_pauses`; our own pauses are no longer there either."""
_LONGEST_OF_OURS_S: Final = 30.0

_patience_s: ContextVar[float] = ContextVar("patience_s", default=LONGEST_PAUSE_S)


@contextmanager
def without_long_pauses() -> Iterator[None]:
    """For a caller that has a better place to wait: calls are repeated after short pauses alone.

    A longer one that the service asks for ends the call at once, in a BackendError with `retry_after_s`. It holds for
    the calls of this thread, and for those that it has others make side by side (threads.gather).
    """
    before = _patience_s.set(SHORT_PAUSE_S)
    try:
        yield
    finally:
        _patience_s.reset(before)


def with_retries(send: Callable[[], T], clock: Clock, left_s: Callable[[], float]) -> T:
    """Call `send` up to ATTEMPTS times, none after a pause for which no time is left."""
    attempt = 1
    while True:
        try:
            return send()
        except BackendError as error:
            pause_s = _pause_s(attempt, error)
            if attempt == ATTEMPTS or pause_s is None or pause_s >= left_s():
                raise
        clock.sleep(pause_s)
        attempt += 1


def _pause_s(attempt: int, error: BackendError) -> float | None:
    """Before what follows attempt number `attempt`, counted from 1; None where nothing should follow.

    The service's own Retry-After wins; else about 1, 2, 4, 8 seconds, never all callers at once.
    """
    patience_s = _patience_s.get()
    if not error.repeats:
        return None
    if error.retry_after_s is not None:
        return error.retry_after_s if error.retry_after_s <= patience_s else None
    ours_s = min(float(2 ** (attempt - 1)), _LONGEST_OF_OURS_S) + SystemRandom().random()
    return min(ours_s, patience_s)
