"""The six ways in which a service fails, by what the caller can do, and conditions that some callers can answer to."""

from __future__ import annotations

from enum import Enum


class Fault(Enum):
    """A failure of a service by what can be done about it."""

    AUTH = "auth"
    NOT_FOUND = "not found"
    CONFLICT = "conflict"
    QUOTA = "quota"
    REJECTED = "rejected"
    TRANSIENT = "transient"
    """The answer is missing or unusable: for a create, it may have worked."""


class Condition(Enum):
    """What a failure is beyond its class, where some caller has an answer to it. Most are none of these."""

    NO_LOGIN = "no login"
    """There are no credentials at all."""
    TOKEN_REFUSED = "token refused"  # noqa: S105 - no password
    """The service does not accept the token: a new one may do."""
    DENIED = "denied"
    """Who asks is known, and may not do this, or may not know whether there is such a resource."""
    TIME_OUT = "time-out"
    """What was waited for did not come in time."""
    TOO_LARGE = "too large"
    """The answer goes past its limit: a smaller one may be asked for."""
    PRECONDITION = "precondition"
    """The resource is not in a state for it, and may be later."""
    RUN_OVER = "run over"
    """The time of the whole run is over."""
