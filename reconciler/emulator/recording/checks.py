"""One thing that two services were compared in, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Aspect = Literal[
    "status", "missing field", "additional field", "type", "value", "state", "text", "length", "order", "missing item"
]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was compared. `at` is a path such as `tuningJobs[].state`, "" for the whole answer."""

    method: str
    status: int
    aspect: Aspect
    at: str
    holds: bool
    service: str = ""
    emulator: str = ""
    was_given: bool = False
    """Whether the client has sent the very value: then nobody has shown what a service makes of none."""

    @property
    def evidence(self) -> str:
        """What the service says and what the emulator does, in a few words."""
        if self.holds:
            return "the same"
        return f"the service {self.service}, the emulator {self.emulator}"
