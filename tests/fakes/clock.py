"""A clock that moves only when somebody waits, or when a test says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

START = 1_790_000_000.0
"""2026-09-21T14:13:20Z."""


@dataclass(slots=True)
class FakeClock:
    """Implements base.Clock."""

    time: float = START

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def rfc3339(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
