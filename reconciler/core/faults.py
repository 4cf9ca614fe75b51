"""The six ways in which a service fails, by what the caller can do about it."""

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
