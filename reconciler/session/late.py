"""How a session ends that is not over in time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from reconciler.core import exits
from reconciler.core.codes_api import condition_of
from reconciler.core.diagnostics import Diagnostic, ReconcilerError
from reconciler.core.faults import Condition
from reconciler.core.lock import Lock
from reconciler.session.purpose import Purpose

if TYPE_CHECKING:
    from reconciler.core.store import LockStore

_MOST_NAMED: Final = 50


@contextmanager
def naming_what_is_open(store: LockStore | None, purpose: Purpose) -> Iterator[None]:
    """A run whose time is over ends as one that --timeout ended, and names what it leaves open.

    One that changes things, and could not even read its lock, has failed: nobody knows what is open.
    """
    from reconciler.backends.base import BackendError

    try:
        yield
    except BackendError as exc:
        if exc.condition is not Condition.RUN_OVER:
            raise
        raise _ended((exc.diagnostic,), store, purpose) from exc
    except ReconcilerError as exc:
        if exc.exit_code != exits.FAILED or not any(map(_is_late, exc.diagnostics)):
            raise
        raise _ended(exc.diagnostics, store, purpose) from exc


def _ended(found: tuple[Diagnostic, ...], store: LockStore | None, purpose: Purpose) -> ReconcilerError:
    lock = _known(store)
    if lock is None:
        return ReconcilerError(*found, exit_code=exits.FAILED if purpose.changes else exits.STILL_RUNNING)
    open_ones = [address for address, entry in lock.entries.items() if entry.approved]
    left = f" Left for the next run: {_listed(open_ones)}." if open_ones and purpose.changes else ""
    named = [replace(d, detail=f"{d.detail}{left}") if _is_late(d) else d for d in found]
    return ReconcilerError(*named, exit_code=exits.STILL_RUNNING)


def _is_late(found: Diagnostic) -> bool:
    return condition_of(found) is Condition.RUN_OVER


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
