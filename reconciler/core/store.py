"""Where the lock lives, as apply sees it. files/lockfile.py is the one on disk."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from reconciler.core.events import Fact
from reconciler.core.lock import Lock


class LockStore(Protocol):
    """Reads the lock, and records events in it durably, entry by entry."""

    @property
    def lock(self) -> Lock:
        """The lock as last read or recorded: a value, which no later record changes."""

    def read(self) -> Lock:
        """Read it anew, journal included. Raises ReconcilerError for one that cannot be trusted."""

    def hold(self) -> AbstractContextManager[None]:
        """Exclude other writers while deciding and recording; never during a request to a service, or a wait.

        On entry the lock is read anew. Raises ReconcilerError when somebody else holds it too long.
        """

    def changing(self) -> AbstractContextManager[None]:
        """Around each request that changes the cloud, outside the hold: others can see that it is under way."""

    def is_as_read(self) -> bool:
        """Before each of them: whether no other run has written since this one read or recorded last, or of late."""

    def in_flight(self) -> bool | None:
        """Whether another process is in the middle of one; None where nobody can see that."""

    def confirm(self) -> None:
        """Before each write: raises ReconcilerError where the hold is another's by now.

        A process that was stopped, or a machine that slept, does not notice how long it was away. Only inside `hold`.
        """

    def record(self, event: Fact) -> None:
        """Fold the event into the lock; durable on return. Only inside `hold`."""

    def learn(self, *, workspace: str, target: str, projects: Mapping[str, str]) -> None:
        """Keep whose lock it is and which project numbers answers carried. Only inside `hold`."""

    def replace(self, lock: Lock) -> None:
        """Another lock in place of this one: a merge, or what a person does by hand. Only inside `hold`."""

    def text(self) -> bytes:
        """The lock as it was read or recorded last, journal included, as its file has it once that is folded in."""

    def back_up(self, stamp: str) -> str:
        """Keep `text` where no run writes over it; answers where, "" for a lock that is not there. Only inside `hold`.

        `stamp` is a part of the name.
        """

    def fold(self) -> None:
        """Write what was recorded into the lock itself, under a hold of its own where there is none."""
