"""When a run is over: one moment, made where the parts are put together and passed to whoever talks to a service."""

from __future__ import annotations

import math
from typing import Final

from reconciler.core.clock import Clock

GRACE_S: Final = 30.0
"""What a change under way gets past the end of its run: cut off, nobody would know whether it worked."""


class Deadline:
    """The end of a run by its clock. `timeout_s` None is as long as it takes."""

    def __init__(self, clock: Clock, timeout_s: float | None) -> None:
        self._clock = clock
        self.timeout_s = timeout_s
        self._until_s = math.inf if timeout_s is None else clock.now() + timeout_s

    @property
    def left_s(self) -> float:
        """Seconds until then; negative afterwards."""
        return self._until_s - self._clock.now()

    def extend(self, seconds: float) -> None:
        """What a person takes to answer a question is nobody's waiting for a service."""
        self._until_s += seconds
