"""What a queued or waiting change says the same at every look is printed once, and again when something changes."""

from __future__ import annotations

from reconciler.core import events as e
from reconciler.core.model import Address


class Repetitions:
    """What was said last of each address, its age left out."""

    def __init__(self) -> None:
        self._said: dict[Address, tuple[object, ...]] = {}

    def is_repetition(self, event: e.Event) -> bool:
        """Whether nothing but time went by since the last event of this address."""
        match event:
            case e.Queued(address=address, waiting_for=words):
                key: tuple[object, ...] = (words,)
            case e.Waiting(address=address, attempt=attempt, state=state, progress=progress):
                key = (attempt, state, progress)
            case _:
                return False
        is_known = self._said.get(address) == key
        self._said[address] = key
        return is_known
