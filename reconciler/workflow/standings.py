"""What stands where: every locked training beside what the cloud shows of it."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.core.lock import Training
from reconciler.core.model import Address, LiveTraining
from reconciler.workflow.planning import Planned


@dataclass(frozen=True, slots=True)
class Standing:
    """One training of one address, as locked and as seen."""

    address: Address
    attempt: str
    training: Training
    live: LiveTraining | None


def standings(planned: Planned) -> list[Standing]:
    """Every locked training, in address and attempt order."""
    return [
        Standing(address, attempt, training, planned.live.trainings.get(training.job))
        for address, entry in planned.lock.by_address
        for attempt, training in entry.in_order
    ]
