"""What a session is opened for, and what follows from that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LOOKING_S: Final = 1800.0
CHANGING_S: Final = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class Purpose:
    """`name` is what others read who wait for the lock.

    `timeout_s` counts where nobody says another; None is as long as it takes. `changes` anything in the cloud or the
    lock: a run that could not even read its lock has failed then. `needs_lock` is for what a lock records, and
    has nothing to say without one. `is_decision` is what a person answers for by name. `plans` says that what it
    would do is judged by the workspace's own rules. What `asks_nobody` is about the lock alone: no account is looked
    for where that is a file.
    """

    name: str
    timeout_s: float | None = LOOKING_S
    changes: bool = False
    needs_lock: bool = False
    is_decision: bool = False
    plans: bool = False
    asks_nobody: bool = False
