"""`tuneform lock merge|unlock`: the lock itself."""

from __future__ import annotations

import sys

import click

from reconciler.cli.console import style_for, write
from reconciler.cli.help import group
from reconciler.cli.options import common, example
from reconciler.cli.sessions import lock_session
from reconciler.core import exits
from reconciler.core.codes_lock import lock_error
from reconciler.core.lock import Lock
from reconciler.core.merge import merge_locks
from reconciler.core.suggest import suggest
from reconciler.files.bounds import LOCK, TooLargeError, bytes_of
from reconciler.files.lock_json import decode_lock
from reconciler.render.commands import shell_line
from reconciler.render.terminal.banner import render_banner
from reconciler.render.words import escape


@group(epilog=example("tuneform lock merge theirs.lock\ntuneform lock unlock 3f1c09aa12de"))
def lock() -> None:
    """Merge two locks, or take the lock in Cloud Storage away from a holder that is gone."""


@lock.command(epilog=example("git show MERGE_HEAD:tuneform.lock > theirs.lock && tuneform lock merge theirs.lock"))
@common
@click.argument("others", nargs=-1, metavar="[FILE...]")
def merge(others: tuple[str, ...]) -> None:
    """Merge other locks of this workspace into the present one. Nothing that was paid for is dropped.

    Without a FILE, the present lock alone is put in order: one job at one address, one model that serves it.
    """
    with lock_session("lock merge") as now:
        write(render_banner(now.banner, style_for(sys.stdout)))
        with now.world.store.hold():
            merged = now.world.store.lock
            read = [(path, decode_lock(_content(path), path)[0]) for path in others]
            for path, other in read:
                _check(now.world.store.lock, other, path)
            for other in [other for _, other in read] or [merged]:
                result = merge_locks(merged, other)
                merged = result.lock
                for note in result.notes:
                    write(f"{escape(note)}\n")
            now.world.store.replace(merged)
            now.world.store.fold()
        done = "Merged" if others else "In order"
        write(f"{done}. `{shell_line(suggest('plan'))}` compares it with the cloud.\n")


@lock.command(epilog=example("tuneform lock unlock 3f1c09aa12de"))
@common
@click.argument("holder")
def unlock(holder: str) -> int:
    """Take the lock in Cloud Storage away from HOLDER, the id that a waiting run shows."""
    from reconciler.files.bucket_lock import BucketLock

    with lock_session("lock unlock") as now:
        write(render_banner(now.banner, style_for(sys.stdout)))
        store = now.world.store
        if not isinstance(store, BucketLock):
            raise lock_error(
                "LOCK010",
                "A lock on disk is held by a living process only.",
                path=now.world.workspace.lock,
                fix="End that process; nothing stays locked.",
            )
        lease = store.unlock(holder)
        write(f"Taken from {lease.described()}\n")
    return exits.OK


def _content(path: str) -> bytes:
    try:
        return bytes_of(path, LOCK, takes_pipe=True)
    except TooLargeError as exc:
        raise lock_error("LOCK001", f"{exc.strerror}.", path=path, fix=exc.fix) from exc
    except OSError as exc:
        raise lock_error("LOCK001", f"{exc.strerror}.", path=path) from exc


def _check(ours: Lock, other: Lock, path: str) -> None:
    """An empty lock takes anything; else workspace and target must be the same."""
    for what, mine, theirs in (("workspace", ours.workspace, other.workspace), ("target", ours.target, other.target)):
        if mine and theirs and mine != theirs:
            raise lock_error("LOCK011", f"Its {what} is {theirs}; this lock's is {mine}.", path=path)
