"""The lock on disk: read by everyone, written by whoever holds it, never half."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import stat
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from msgspec import structs

from reconciler.core.advance import advance, advance_entry, changes_lock, reaches_beyond
from reconciler.core.clock import Clock
from reconciler.core.codes_lock import lock_error
from reconciler.core.events import Fact
from reconciler.core.lock import LOCK_VERSION, Entry, Lock
from reconciler.files.bounds import LOCK, TooLargeError, bytes_of
from reconciler.files.durable import replace_file
from reconciler.files.journal import Journal, JournalLine, header_line, line_of, replay
from reconciler.files.lock_json import decode_lock, encode_lock

_POLL_S = 0.1
_BACKUPS = "backups"
_SCRATCH = ".tuneform"
"""Beside the lock, and never in version control."""


def real_place(path: Path) -> Path:
    """Where the lock really is: hold, journal and new file lie beside it, or two runs would not see each other.

    A path without any link in it stays as the user wrote it, for messages.
    """
    real = os.path.realpath(path)
    return path if real == os.path.abspath(path) else Path(real)  # noqa: PTH100 - resolve() would follow the link


def _is_dangling(given: Path, real: Path) -> bool:
    folders = any(folder.is_symlink() and not folder.exists() for folder in given.parents)
    return folders or (given.is_symlink() and not real.parent.is_dir())


def journal_beside(path: Path) -> Path:
    """The journal of the lock at this very place."""
    return path.with_name(path.name + ".journal")


class LockFile:
    """A LockStore on a local file. `purpose` is what others are told while this one holds it."""

    def __init__(self, path: str | Path, clock: Clock, *, purpose: str = "", patience_s: float = 30.0) -> None:
        self._given = Path(path)
        self._path = real_place(self._given)
        self._journal = Journal(journal_beside(self._path))
        scratch = self._path.parent if self._path.parent.name == _SCRATCH else self._path.parent / _SCRATCH
        self._hold_path = scratch / (self._path.name + ".hold")
        self._changing_path = scratch / (self._path.name + ".changing")
        self._clock = clock
        self._purpose = purpose
        self._patience_s = patience_s
        self._lock = Lock()
        self._unknown: dict[str, Any] = {}
        self._held_by: int | None = None
        self._stamp: object = None
        self._is_shared = False

    @property
    def lock(self) -> Lock:
        """As last read or recorded: what is recorded later does not change it."""
        self._is_shared = True
        return self._lock

    def read(self) -> Lock:
        """Lock and journal of one moment, anew where either changed on disk.

        Another process may fold the journal in between: what it held is in neither then. So the lock is looked at
        again after the journal; one that only grew meanwhile is no matter.
        """
        while (stamp := (_stamp(self._path), _stamp(self._journal.path))) != self._stamp:
            self._check_link()
            content = self._content()
            lines = self._journal.condensed()
            if _stamp(self._path) != stamp[0]:
                continue
            lock, unknown = (Lock(), {}) if content is None else decode_lock(content, str(self._path))
            self._lock, self._unknown = replay(lock, lines), unknown
            self._stamp = stamp
            break
        return self.lock

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Exclusive among processes of this machine, by flock: a killed one lets go."""
        if self._held_by is not None:
            yield
            return
        fd = self._acquire()
        try:
            self._held_by = fd
            self.read()
            yield
        finally:
            self._held_by = None
            self._journal.close()
            os.close(fd)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Shared among all who change something, by flock: a killed process lets go, a stopped one does not."""
        fd = self._opened(self._changing_path)
        try:
            fcntl.flock(fd, fcntl.LOCK_SH)
            yield
        finally:
            os.close(fd)

    def is_as_read(self) -> bool:
        """By the files' stamps."""
        return (_stamp(self._path), _stamp(self._journal.path)) == self._stamp

    def in_flight(self) -> bool | None:
        """Whether anybody on this machine is inside `changing`."""
        fd = self._opened(self._changing_path)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(fd)
        return False

    def confirm(self) -> None:
        """Whether the file that others would have to lock is still the one that is locked."""
        self._must_hold()
        if self._held_by is None or not self._is_the_hold(self._held_by):
            raise lock_error(
                "LOCK009",
                f"{self._hold_path} was deleted or replaced under this run.",
                path=str(self._path),
                fix="Run the command again: what was submitted is found by its markers.",
            )

    def record(self, event: Fact) -> None:
        """Journal the entry after the event, then keep it."""
        self._must_hold()
        if not changes_lock(event):
            return
        if reaches_beyond(self._lock.entry(event.address) or Entry(), event):
            wide = advance(self._lock, event)
            self._record_difference(wide, header=self._lock.tombstones != wide.tombstones)
            return
        address = str(event.address)
        entries = self._lock.entries
        before = entries.get(address)
        after = advance_entry(before or Entry(), event)
        if after == before:
            return
        self._append([line_of(address, before, after)])
        if self._is_shared:  # a value that somebody has; where nobody has, a copy for each record would be quadratic
            entries = dict(entries)
            self._lock, self._is_shared = structs.replace(self._lock, entries=entries), False
        if after is None:
            entries.pop(address, None)
        else:
            entries[address] = after

    def learn(self, *, workspace: str, target: str, projects: Mapping[str, str]) -> None:
        """Write the header when it says something new; a lineage is made with the first."""
        self._must_hold()
        after = self._lock.learnt(lineage=str(uuid.uuid4()), workspace=workspace, target=target, projects=projects)
        if after != self._lock:
            self._append([header_line(_header(after))])
            self._lock = after

    def replace(self, lock: Lock) -> None:
        """Journal every entry that differs, and the header."""
        self._must_hold()
        self._record_difference(lock, header=True)

    def text(self) -> bytes:
        """As it is written when the journal is folded in."""
        return encode_lock(self._lock, self._unknown)

    def back_up(self, stamp: str) -> str:
        """Beside the hold, where version control does not look."""
        self._must_hold()
        if self._lock == Lock():
            return ""
        place = _free(self._hold_path.parent / _BACKUPS, f"{self._path.name}.{stamp}")
        with self._writing():
            place.parent.mkdir(parents=True, exist_ok=True)
            replace_file(place, self.text())
        return str(place)

    def fold(self) -> None:
        """The journal becomes the lock, atomically; an unchanged lock is not written."""
        if not self._journal.path.exists():
            return
        with self.hold():
            self._fold()

    def _fold(self) -> None:
        content = encode_lock(self._lock, self._unknown)
        if content != self._content():
            with self._writing():
                replace_file(self._path, content)
        self._journal.remove()
        self._stamp = (_stamp(self._path), _stamp(self._journal.path))

    def _record_difference(self, after: Lock, *, header: bool) -> None:
        """Every entry that differs, however many: a rename, a tombstone, a merge."""
        before = self._lock
        touched = sorted(a for a in {*before.entries, *after.entries} if before.entries.get(a) != after.entries.get(a))
        lines = [line_of(a, before.entries.get(a), after.entries.get(a)) for a in touched]
        if lines:
            after = structs.replace(after, version=max(after.version, LOCK_VERSION))
        if header:
            emptied = {key: type(value)() for key, value in _header(before).items() if key != "version"}
            lines.append(header_line({**emptied, **_header(after)}))
        if lines:
            self._append(lines)
        self._lock = after

    def _append(self, lines: list[JournalLine]) -> None:
        self.confirm()
        self._raise_version(lines)
        with self._writing():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._journal.append(lines)
        self._stamp = (_stamp(self._path), _stamp(self._journal.path))

    def _raise_version(self, lines: list[JournalLine]) -> None:
        """An entry is about to be written anew: say so first, in the file itself, which an older version reads first.

        A journal is no place for it: one that a killed run left would be folded in by whoever does not know its fields.
        """
        if self._lock.version >= LOCK_VERSION or all(line.header is not None for line in lines):
            return
        content = self._content()
        if content:
            on_disk, unknown = decode_lock(content, str(self._path))
            with self._writing():
                replace_file(self._path, encode_lock(structs.replace(on_disk, version=LOCK_VERSION), unknown))
        self._lock = structs.replace(self._lock, version=LOCK_VERSION)

    def _content(self) -> bytes | None:
        """None where there is no lock yet; an empty file is a damaged one."""
        try:
            return bytes_of(self._path, LOCK)
        except FileNotFoundError:
            return None
        except TooLargeError as exc:
            raise lock_error("LOCK001", f"{exc.strerror}.", path=str(self._path), fix=exc.fix) from exc
        except OSError as exc:
            raise lock_error("LOCK001", f"{exc.strerror}.", path=str(self._path)) from exc

    def _check_link(self) -> None:
        """A link says that there is a lock elsewhere. Where that place is missing, the lock is not at hand."""
        if self._path == self._given:
            return
        if _is_dangling(self._given, self._path):
            raise lock_error(
                "LOCK021",
                f"It leads to {self._path}, and there is no such folder.",
                path=str(self._given),
                fix="Bring that folder back (is it mounted?), or remove the link to begin with a new lock.",
            )
        left = journal_beside(self._given)
        if left.exists() and not (self._journal.path.exists() and left.samefile(self._journal.path)):
            raise lock_error(
                "LOCK022",
                f"The lock is a link to {self._path}, and an earlier version kept its journal beside the link.",
                path=str(left),
                fix=f"Append it to {self._journal.path} and remove it; then run the same command again.",
            )

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as exc:
            raise lock_error(
                "LOCK007",
                f"{exc.strerror or exc}.",
                path=str(exc.filename or self._path),
                fix="Make room, or make the folder writable; then run the same command again: nothing is lost.",
            ) from exc

    def _acquire(self) -> int:
        """The hold file, locked; one that was replaced before it was locked would keep nobody away."""
        give_up = self._clock.now() + self._patience_s
        while True:
            fd = self._opened(self._hold_path)
            try:
                if self._is_locked(fd, is_last_try=self._clock.now() >= give_up):
                    return fd
            except BaseException:
                os.close(fd)
                raise
            os.close(fd)
            self._clock.sleep(_POLL_S)

    def _opened(self, path: Path) -> int:
        with self._writing():
            path.parent.mkdir(parents=True, exist_ok=True)
            return _own_file(path)

    def _is_locked(self, fd: int, *, is_last_try: bool) -> bool:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if is_last_try:
                raise self._held_by_another(fd) from None
            return False
        if not self._is_the_hold(fd):
            return False
        who = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "purpose": self._purpose,
            "since": datetime.fromtimestamp(self._clock.now(), UTC).isoformat(timespec="seconds"),
        }
        with self._writing():
            os.ftruncate(fd, 0)
            os.pwrite(fd, json.dumps(who).encode(), 0)
        return True

    def _is_the_hold(self, fd: int) -> bool:
        try:
            return os.path.samestat(os.fstat(fd), self._hold_path.stat())
        except OSError:
            return False

    def _held_by_another(self, fd: int) -> Exception:
        try:
            who = json.loads(os.pread(fd, 4096, 0))
            told = f"Process {who['pid']} on {who['host']} ({who['purpose']}) has held it since {who['since']}."
        except (ValueError, KeyError, TypeError):
            told = "Another process holds it."
        return lock_error("LOCK006", told, path=str(self._path), fix="Run the command again when that one is done.")

    def _must_hold(self) -> None:
        if self._held_by is None:
            raise RuntimeError("the lock is written only by whoever holds it")


def _own_file(path: Path) -> int:
    """A file of ours alone, and so never a link to somebody else's, which would be written over."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, "It is not a regular file", str(path))
    return fd


def _free(folder: Path, name: str) -> Path:
    """A place where nothing is yet."""
    places = (folder / (f"{name}-{number}" if number else name) for number in count())
    return next(place for place in places if not os.path.lexists(place))


def _header(lock: Lock) -> dict[str, Any]:
    tree = msgspec.to_builtins(structs.replace(lock, entries={}))
    return {key: value for key, value in tree.items() if key != "entries"}


def _stamp(path: Path) -> object:
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_ino, status.st_size, status.st_mtime_ns)
