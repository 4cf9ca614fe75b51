"""How long a call may be silent, how long it may take, and for how long one that fails is sent again."""

from __future__ import annotations

import math
from typing import Final

import httpx

from reconciler.backends.calls import CallKind

_TIMEOUT: Final = httpx.Timeout(60.0, connect=10.0)
_CREATE_TIMEOUT: Final = httpx.Timeout(120.0, connect=10.0)
_ASK_TIMEOUT: Final = httpx.Timeout(300.0, connect=10.0)
"""A model that thinks says nothing for minutes."""
_READING_S: Final = 300.0
_QUESTION_S: Final = 300.0
"""A question that a service was silent to for so long is not asked again: each time may be paid for."""


def silence(kind: CallKind, timeout_s: float | None) -> httpx.Timeout:
    """How long it may be silent; `timeout_s` None lets each kind of call have its own."""
    if timeout_s is not None:
        return httpx.Timeout(timeout_s)
    own = {CallKind.CREATE: _CREATE_TIMEOUT, CallKind.ASK: _ASK_TIMEOUT, CallKind.QUESTION: _ASK_TIMEOUT}
    return own.get(kind, _TIMEOUT)


def longest_s(kind: CallKind, timeout_s: float | None) -> float:
    """Connecting, sending, silence, and for what may be large five minutes of reading."""
    timeout = silence(kind, timeout_s)
    silent = sum(part or 0.0 for part in (timeout.connect, timeout.write, timeout.read))
    return silent if kind is CallKind.CREATE else silent + _READING_S


def repeated_for_s(kind: CallKind) -> float:
    """How long after its beginning a call that failed is sent once more, beside what retry.py says."""
    return _QUESTION_S if kind is CallKind.QUESTION else math.inf
