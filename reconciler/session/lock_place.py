"""Where the lock lies: a file beside the workspace, the embedded emulator's own, or an object in Cloud Storage."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.core.lock import Lock
from reconciler.core.settings import Workspace
from reconciler.session.settings import Settings

if TYPE_CHECKING:
    from reconciler.backends.http import Http
    from reconciler.core.clock import Clock
    from reconciler.core.store import LockStore
    from reconciler.session.purpose import Purpose

EMULATOR_LOCK = ".tuneform/emulator.lock"
_OTHER_SCHEME = re.compile(r"[A-Za-z][\w+.-]*:/")
"""`s3://…` is a path too, of a folder that nobody meant."""


def lock_place(chosen: Settings, workspace: Workspace, *, is_embedded: bool) -> str:
    """The one that was asked for, or the target's own."""
    return chosen.lock or (emulator_lock(chosen) if is_embedded else workspace.lock)


def emulator_lock(chosen: Settings) -> str:
    """Each workspace of a folder has its own, as it has its own lock against Google."""
    name = chosen.workspace
    own = EMULATOR_LOCK if name is None else EMULATOR_LOCK.replace(".lock", f".{name}.lock")
    return str(Path(chosen.folder) / own)


def lock_store(place: str, http: Http, clock: Clock, purpose: Purpose) -> LockStore:
    """A file beside the workspace, or an object that several machines share."""
    if place.startswith("gs://"):
        from reconciler.backends.objects import Objects
        from reconciler.files.bucket_lock import BucketLock

        return BucketLock(place, Objects(http), clock, purpose=purpose.name)
    if _OTHER_SCHEME.match(place):
        from reconciler.core.codes_lock import lock_error

        fix = "Write a path, or gs://BUCKET/NAME for a lock that several machines share."
        raise lock_error("LOCK001", "It is neither a path nor an object in Cloud Storage.", path=place, fix=fix)
    from reconciler.files.lockfile import LockFile

    return LockFile(place, clock, purpose=purpose.name)


def must_be_there(store: LockStore, path: str) -> None:
    """A misspelt lock is no empty one. What was written once has a lineage, or entries in its journal."""
    if store.read() == Lock():
        from reconciler.core.codes_lock import lock_error

        fix = "Correct the path: --lock goes before TUNEFORM_LOCK."
        raise lock_error("LOCK023", f"There is nothing at {path}.", path=path, fix=fix)
