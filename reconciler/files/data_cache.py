"""What was learnt of local files, kept so that an unchanged one is not read again.

Only ever a shortcut: whatever is wrong with the cache, the files are read instead. An entry counts while
size, times and inode of its files are what they were. Files that were written less than SETTLED_S before they
were read are not remembered at all: a second write in the same tick of the clock would not show.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import get_ident
from typing import Generic, NamedTuple, TypeVar

import msgspec

from reconciler.files.bounds import CACHED, bytes_of
from reconciler.files.durable import replace_file

SETTLED_S = 2.0
"""The coarsest clock of a file system in use (FAT) ticks every two seconds."""

T = TypeVar("T")


class Stamp(NamedTuple):
    """What distinguishes two states of a file without reading it. `changed_ns` shows what sets back a write time."""

    size: int
    written_ns: int
    changed_ns: int
    inode: int
    device: int


class _Remembered(msgspec.Struct, Generic[T], frozen=True):
    stamps: tuple[Stamp, ...]
    value: T


class DataCache:
    """Values by the files they were learnt from, one small file each; safe to share and to delete at any time."""

    def __init__(self, folder: Path, now: Callable[[], float]) -> None:
        self._folder = folder
        self._now = now

    def through(
        self,
        files: Sequence[str],
        purpose: str,
        kind: type[T],
        learn: Callable[[], T],
        lasts: Callable[[T], bool] = lambda _: True,
    ) -> T:
        """What was learnt of these files for this purpose, if they are as they were; else learn it now.

        `purpose` says everything else that the value depends on; a value that does not last (a file could not
        be read, or moved) is not kept. Errors of `learn` pass.
        """
        started = self._now()
        before = _stamps(files)
        if before is None:
            return learn()
        place = self._folder / f"{_key(files, purpose)}.json"
        known = _read(place, before, kind)
        if known is not None and _stamps(files) == before:
            return known
        value = learn()
        if lasts(value) and _is_settled(before, started) and _stamps(files) == before:
            self._write(place, _Remembered(before, value))
        return value

    def _write(self, place: Path, entry: _Remembered[T]) -> None:
        keep_private(place, msgspec.json.encode(entry))


def keep_private(place: Path, content: bytes) -> None:
    """Write a file of the cache whole, for the owner alone; a folder that cannot be written to is no reason to fail."""
    partial = place.with_name(f"{place.name}.{os.getpid()}.{get_ident()}.partial")
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        ignored_by_git(place.parent)
        replace_file(place, content, partial=partial, mode=0o600, is_synced=False)


def _key(files: Sequence[str], purpose: str) -> str:
    """Paths may be any bytes but NUL."""
    parts = [purpose, *(part for file in files for part in (file, str(Path(file).absolute())))]
    return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()


def _stamps(files: Sequence[str]) -> tuple[Stamp, ...] | None:
    """None where one of them is no regular file that can be looked at."""
    found = []
    for file in files:
        try:
            status = Path(file).stat()
        except (OSError, ValueError):
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        found.append(Stamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev))
    return tuple(found)


def _is_settled(stamps: Sequence[Stamp], started: float) -> bool:
    """Times in the future never are."""
    latest = max(max(s.written_ns, s.changed_ns) for s in stamps)
    return latest < (started - SETTLED_S) * 1e9


def _read(place: Path, stamps: tuple[Stamp, ...], kind: type[T]) -> T | None:
    try:
        entry = msgspec.json.decode(bytes_of(place, CACHED), type=_Remembered[kind])  # type: ignore[valid-type]
    except (OSError, ValueError):
        return None
    return entry.value if entry.stamps == stamps else None


def ignored_by_git(folder: Path) -> None:
    """Beside the embedded emulator's state there is such a file; without it, the cache writes its own."""
    scratch = folder.parent
    ignore = (scratch if scratch.name == ".tuneform" else folder) / ".gitignore"
    with suppress(FileExistsError), ignore.open("x", encoding="utf-8") as file:
        file.write("*\n")
