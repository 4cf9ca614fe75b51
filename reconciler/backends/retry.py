"""Which failed calls are sent again, and when. tenacity does it; it is imported once something failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from reconciler.backends.base import BackendError, Clock
from reconciler.backends.failures import is_worth_repeating

if TYPE_CHECKING:
    from tenacity import RetryCallState

T = TypeVar("T")

ATTEMPTS = 5
LONGEST_WAIT_S = 60.0
"""A service that asks for more is not waited for here: its words go to the caller at once."""


def with_retries(send: Callable[[], T], clock: Clock, left_s: Callable[[], float]) -> T:
    """Call `send` up to ATTEMPTS times, none after a wait for which no time is left. A first success costs nothing."""
    try:
        return send()
    except BackendError as error:
        if not _may_follow(error):
            raise
        return _again(send, error, clock, left_s)


def _may_follow(error: BaseException) -> bool:
    return (
        isinstance(error, BackendError) and is_worth_repeating(error) and (error.retry_after_s or 0.0) <= LONGEST_WAIT_S
    )


def _again(send: Callable[[], T], first: BackendError, clock: Clock, left_s: Callable[[], float]) -> T:
    import tenacity

    first_failure = [first]

    def attempt() -> T:
        # What has already failed is tenacity's first attempt, so that it waits before the second.
        if first_failure:
            raise first_failure.pop()
        return send()

    retrying = tenacity.Retrying(
        sleep=clock.sleep,
        stop=lambda state: state.attempt_number >= ATTEMPTS or state.upcoming_sleep >= left_s(),
        wait=_wait_s,
        retry=tenacity.retry_if_exception(_may_follow),
        reraise=True,
    )
    return retrying(attempt)


def _wait_s(state: RetryCallState) -> float:
    """The service's own Retry-After wins; else about 1, 2, 4, 8 seconds, never all callers at once."""
    import tenacity

    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, BackendError) and error.retry_after_s is not None:
        return error.retry_after_s
    return tenacity.wait_exponential_jitter(initial=1, max=30, jitter=1)(state)
