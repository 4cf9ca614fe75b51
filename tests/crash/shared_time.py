"""One clock for a client and its emulator, in memory that a fork shares: no wait takes any time."""

from __future__ import annotations

import mmap
import struct

START_S = 1_795_000_000.0
"""In November 2026, always: no base model retires while nobody looks."""

_SECONDS = struct.Struct("d")
_UNKNOWN_STATES = 8
_ENDLESS_OPERATIONS = 9
_DISTORTED = 10
_LATE_CREATES = 11


class SharedTime:
    """Seconds since the epoch, and three switches for what an emulator has no fault of its own for.

    Whoever waits moves the time on. What a killed process has waited for has passed all the same.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 16)
        self.set(START_S)

    def now(self) -> float:
        """UTC."""
        now: float = _SECONDS.unpack_from(self._memory, 0)[0]
        return now

    def set(self, seconds: float) -> None:
        """Take the clock to another time, forwards or back."""
        _SECONDS.pack_into(self._memory, 0, seconds)

    def elapse(self, seconds: float) -> None:
        """Let time pass."""
        self.set(self.now() + max(0.0, seconds))

    @property
    def unknown_states(self) -> bool:
        """Whether every unfinished training is in a state that nobody has heard of."""
        return self._memory[_UNKNOWN_STATES] == 1

    @unknown_states.setter
    def unknown_states(self, value: bool) -> None:
        self._memory[_UNKNOWN_STATES] = int(value)

    @property
    def endless_operations(self) -> bool:
        """Whether no operation is ever done."""
        return self._memory[_ENDLESS_OPERATIONS] == 1

    @endless_operations.setter
    def endless_operations(self, value: bool) -> None:
        self._memory[_ENDLESS_OPERATIONS] = int(value)

    @property
    def late_creates(self) -> bool:
        """Whether every create is carried out after its client has given up."""
        return self._memory[_LATE_CREATES] == 1

    @late_creates.setter
    def late_creates(self, value: bool) -> None:
        self._memory[_LATE_CREATES] = int(value)

    @property
    def distorted(self) -> bool:
        """Whether any answer was changed since a switch was turned on."""
        return self._memory[_DISTORTED] == 1

    @distorted.setter
    def distorted(self, value: bool) -> None:
        self._memory[_DISTORTED] = int(value)
