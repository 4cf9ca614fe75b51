"""When a run has to be over, and how it ends when it is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from reconciler.cli import exits
from reconciler.core.diagnostics import Diagnostic, ReconcilerError
from reconciler.core.lock import Lock

if TYPE_CHECKING:
    from reconciler.core.store import LockStore

LOOKING_S: Final = 1800.0
CHANGING_S: Final = 6 * 3600.0
_WITHOUT_END: Final = frozenset({"apply", "wait", "a Python program"})
"""A training takes as long as it takes."""
_CHANGING: Final = frozenset({"destroy", "cancel", "forget", "gc", "import"})
_LATE: Final = "API361"
_MOST_NAMED: Final = 50


def timeout_of(purpose: str) -> float | None:
    """Where nobody says --timeout."""
    if purpose in _WITHOUT_END:
        return None
    return CHANGING_S if purpose in _CHANGING else LOOKING_S


@contextmanager
def told_when_late(store: LockStore | None, purpose: str) -> Iterator[None]:
    """A run whose time is over ends as one that --timeout ended, and names what it leaves open.

    One that changes things, and could not even read its lock, has failed: nobody knows what is open.
    """
    from reconciler.backends.base import BackendError

    try:
        yield
    except BackendError as exc:
        if exc.diagnostic.code != _LATE:
            raise
        raise _ended((exc.diagnostic,), store, purpose) from exc
    except ReconcilerError as exc:
        if exc.exit_code != exits.FAILED or all(d.code != _LATE for d in exc.diagnostics):
            raise
        raise _ended(exc.diagnostics, store, purpose) from exc


def _ended(told: tuple[Diagnostic, ...], store: LockStore | None, purpose: str) -> ReconcilerError:
    lock = _known(store)
    changes = purpose in _CHANGING or purpose in _WITHOUT_END
    if lock is None:
        return ReconcilerError(*told, exit_code=exits.FAILED if changes else exits.STILL_RUNNING)
    open_ones = [address for address, entry in lock.entries.items() if entry.approved]
    left = f" Left for the next run: {_listed(open_ones)}." if open_ones and changes else ""
    named = [replace(d, detail=f"{d.detail}{left}") if d.code == _LATE else d for d in told]
    return ReconcilerError(*named, exit_code=exits.STILL_RUNNING)


def _listed(addresses: list[str]) -> str:
    more = len(addresses) - _MOST_NAMED
    return ", ".join(addresses[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _known(store: LockStore | None) -> Lock | None:
    """As it was read; None where it was not: one in Cloud Storage cannot be read any more."""
    if store is None:
        return None
    if store.lock == Lock():
        from reconciler.files.lockfile import LockFile

        if not isinstance(store, LockFile):
            return None
        with suppress(ReconcilerError):
            return store.read()
    return store.lock
