"""Bytes and names that survive a power cut, on every system that has Python."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

_TO_THE_PLATTER: int | None = getattr(fcntl, "F_FULLFSYNC", None)
"""macOS: fsync(2) there only reaches the drive, which may keep it in its cache; fdatasync does not exist."""


def sync(fd: int) -> None:
    """What was written is on disk on return. Raises OSError."""
    if _TO_THE_PLATTER is not None:
        fcntl.fcntl(fd, _TO_THE_PLATTER)
        return
    getattr(os, "fdatasync", os.fsync)(fd)


def sync_folder(folder: Path) -> None:
    """A file that was made or renamed in it is found again under its name. Raises OSError."""
    fd = os.open(folder, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def replace_file(
    path: Path, content: bytes, *, partial: Path | None = None, mode: int | None = None, is_synced: bool = True
) -> None:
    """Whole or not at all: a new file beside it, synced, renamed over it. Raises OSError.

    Its name is always the same, so that what a killed run left is overwritten and not kept; `partial` is another one
    where several may write at once. `mode` is the old file's, where nothing is said. What may as well be lost in a
    power cut need not be `is_synced`.
    """
    if mode is None:
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    new = partial or path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    try:
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            if is_synced:
                sync(file.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    if is_synced:
        sync_folder(path.parent)
