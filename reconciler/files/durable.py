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
