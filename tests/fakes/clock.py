"""A clock that moves only when somebody waits, or when a test says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

START = 1_790_000_000.0
"""2026-09-21T14:13:20Z."""
LATEST = START + 2 * 24 * 3600.0
"""Nothing in any test takes so long: whoever still waits then, waits for ever."""


@dataclass(slots=True)
class FakeClock:
    """Implements base.Clock. `meanwhile` happens, each once, while somebody waits."""

    time: float = START
    meanwhile: list[Callable[[], object]] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        if self.meanwhile:
            self.meanwhile.pop(0)()
        self.time += seconds
        if self.time > LATEST:
            raise AssertionError("it waits for ever")


def rfc3339(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
