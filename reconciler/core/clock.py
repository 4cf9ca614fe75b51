"""What reads the time, as a type: the core has none of its own, and the clocks that are real stand outside."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """The world's time. A protocol is no clock: whoever needs one is given it."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait."""
