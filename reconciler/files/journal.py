"""The journal beside the lock: one line per recorded change, on disk before anything is sent.

A line holds the whole entry after the change and the revision before it, so that replaying is
replacing; what belongs together, as the two names of a rename, is an array on one line. A torn last
line is what a crash leaves; what it announced was not sent yet.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from reconciler.core.codes_lock import lock_error
from reconciler.core.lock import LOCK_VERSION, Entry, Lock
from reconciler.core.model import Address
from reconciler.core.suggest import suggest
from reconciler.files.bounds import JOURNAL, TooLargeError, bytes_of
from reconciler.files.durable import sync, sync_folder
from reconciler.files.lock_json import check_entry, entry_from_json, entry_to_json, refuse_newer

_BLOCK = 1 << 16


class JournalLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """`base` is the entry's revision before the change, None where there was no entry."""

    address: str
    base: int | None = None
    entry: dict[str, Any] | None = None
    header: dict[str, Any] | None = None
    version: int = 1
    """Of the lock that it is a part of: a journal may have no header line."""


class Journal:
    """An append-only file, opened at the first line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None

    @property
    def path(self) -> Path:
        """Where it is."""
        return self._path

    def append(self, lines: Sequence[JournalLine]) -> None:
        """Durable on return, all of them or none. A failed write leaves the file as it was."""
        data = msgspec.json.encode(lines[0] if len(lines) == 1 else lines) + b"\n"
        if self._fd is None:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            is_new = not self._path.exists()
            self._fd = os.open(self._path, flags, 0o600)
            _mend_tail(self._fd, self._path)
            if is_new:
                sync_folder(self._path.parent)
        size = os.fstat(self._fd).st_size
        try:
            _write_all(self._fd, data)
            sync(self._fd)
        except OSError:
            os.ftruncate(self._fd, size)
            raise

    def remove(self) -> None:
        """It is folded in."""
        self.close()
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def read(self) -> list[JournalLine]:
        """The complete lines, oldest first."""
        return list(self._each())

    def condensed(self) -> list[JournalLine]:
        """The same for `replay`, which needs the last entry of each address: the others are let go while it is read."""
        lines: list[JournalLine] = []
        last: dict[str, int] = {}
        for line in self._each():
            if line.header is None:
                before = last.get(line.address)
                if before is not None:
                    lines[before] = JournalLine(line.address, lines[before].base)
                last[line.address] = len(lines)
            lines.append(line)
        return lines

    def _each(self) -> Iterator[JournalLine]:
        try:
            content = bytes_of(self._path, JOURNAL)
        except FileNotFoundError:
            return
        except TooLargeError as exc:
            raise lock_error("LOCK008", f"{exc.strerror}.", path=str(self._path), fix=exc.fix) from exc
        except OSError as exc:
            fix = f"Move it away; then run {suggest('plan').quoted}."
            raise lock_error("LOCK008", f"{exc.strerror}.", path=str(self._path), fix=fix) from exc
        number, start = 0, 0
        while end := content.find(b"\n", start) + 1:  # behind the last is a torn one
            number += 1
            yield from self._lines(number, content[start : end - 1])
            start = end

    def _lines(self, number: int, text: bytes) -> list[JournalLine]:
        try:
            for version in _versions(text):
                refuse_newer(version, str(self._path), number)
            found = msgspec.json.decode(text, type=JournalLine | list[JournalLine])
            return [_checked(line) for line in (found if isinstance(found, list) else [found])]
        except (msgspec.DecodeError, ValueError, RecursionError) as exc:
            raise lock_error(
                "LOCK008",
                f"{exc}.",
                path=str(self._path),
                line=number,
                fix="Remove that line if you know what it was; else move the journal away and run "
                f"{suggest('plan').quoted}.",
            ) from exc


def _versions(text: bytes) -> Iterator[object]:
    """Before anything else of a line is understood: a later version may have other fields."""
    found = msgspec.json.decode(text)
    for line in found if isinstance(found, list) else [found]:
        if isinstance(line, dict):
            yield line.get("version")
            header = line.get("header")
            yield header.get("version") if isinstance(header, dict) else None


def _checked(line: JournalLine) -> JournalLine:
    """Raise ValueError or msgspec.ValidationError for what is a line by its form alone."""
    if line.header is not None:
        msgspec.convert(line.header, Lock)
    else:
        check_entry(line.address, entry_from_json(line.entry))
    return line


def line_of(address: Address | str, base: Entry | None, entry: Entry | None) -> JournalLine:
    """The line that records this change."""
    return JournalLine(str(address), base.revision if base else None, entry_to_json(entry), version=LOCK_VERSION)


def replay(lock: Lock, lines: Iterable[JournalLine]) -> Lock:
    """The lock with the journal folded in, entry by entry.

    The last line of an address counts, unless the lock is already past it: a lock that another
    machine took further, and that came here by version control, wins over an older journal.
    """
    last: dict[str, JournalLine] = {}
    bases: dict[str, set[int | None]] = {}
    headers: dict[str, Any] = {}
    for line in lines:
        if line.header is not None:
            headers.update(line.header)
            continue
        bases.setdefault(line.address, set()).add(line.base)
        last[line.address] = line
    entries = dict(lock.entries)
    for address, line in last.items():
        entry = entry_from_json(line.entry)
        if _wins(entry, bases[address], entries.get(address)):
            entries.pop(address, None)
            if entry is not None:
                entries[address] = entry
    header = msgspec.convert({**msgspec.to_builtins(msgspec.structs.replace(lock, entries={})), **headers}, Lock)
    # A header that was written before the version was raised does not lower it again.
    return msgspec.structs.replace(header, entries=entries, version=max(header.version, lock.version))


def _wins(journaled: Entry | None, bases: set[int | None], current: Entry | None) -> bool:
    if current is None:
        return True
    if current.revision in bases:
        return True
    known = [b for b in bases if b is not None]
    newest = max([*known, journaled.revision if journaled else 0], default=0)
    return current.revision < newest


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _mend_tail(fd: int, path: Path) -> None:
    """Cut a torn last line off, so that the next one stands alone."""
    size = end = os.fstat(fd).st_size
    with path.open("rb") as file:
        while end:
            start = max(0, end - _BLOCK)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                end = start + found + 1
                break
            end = start
    if end < size:
        os.ftruncate(fd, end)


def header_line(header: dict[str, Any]) -> JournalLine:
    """A line for what stands above the entries."""
    return JournalLine("", header=header, version=LOCK_VERSION)
