"""What a service answers to requests that change something, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Created:
    """The service's answer to a create."""

    resource_name: str
    state: str
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Disposal:
    """One pass over what a training left: what is gone by now, and what to wait for ("" when done)."""

    gone: tuple[tuple[str, str], ...] = ()
    """(resource name, what happened: "undeployed", "deleted", "absent already", "left, as …")."""
    waiting_for: str = ""

    @property
    def is_done(self) -> bool:
        """Nothing of the training is left."""
        return not self.waiting_for
