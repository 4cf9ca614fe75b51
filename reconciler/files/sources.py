"""Which files are read, and reading them. What cannot be read is an error, never a file that is not there."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from io import FileIO
from pathlib import Path
from typing import Final

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic, Location
from reconciler.files.dataset_paths import STDIN, is_pipe
from reconciler.files.yaml_tree import Source

MAX_BYTES: Final = 64 * 2**20
"""Of one file: far more than ten thousand specs, far less than what would exhaust a small machine."""

_CHUNK: Final = 2**20
_SUFFIXES = (".yaml", ".yml")


class UnreadableError(Exception):
    """A path cannot be read; `diagnostic` says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.detail)
        self.diagnostic = diagnostic


def read_source(path: str) -> Source:
    """One file. Raise UnreadableError where it is missing, forbidden, too large or not a regular file."""
    try:
        data = _bytes_of(path)
    except OSError as exc:
        raise _unreadable(path, exc.strerror or str(exc)) from exc
    if len(data) > MAX_BYTES:
        raise _unreadable(path, f"It is larger than {MAX_BYTES // 2**20} MiB")
    return Source(path, data)


def stdin_source(text: str | bytes) -> Source:
    """What was piped in."""
    return Source(STDIN, text.encode(errors="surrogateescape") if isinstance(text, str) else text)


def spec_files(folder: str) -> Iterator[str | Diagnostic]:
    """Every `*.yaml` and `*.yml` below a folder, sorted; hidden ones are passed over, as a shell does.

    Links to folders are followed, each folder once. What cannot be listed comes as a diagnostic.
    """
    yield from _walk(folder, set())


def files_named(paths: Sequence[str]) -> Iterator[str | Diagnostic]:
    """What `-f` names: files as they are, folders with all that is in them; each file once."""
    seen: set[str] = set()
    for path in paths:
        found = spec_files(path) if Path(path).is_dir() else iter([path])
        for file in found:
            key = os.path.realpath(file) if isinstance(file, str) else ""
            if key and key in seen:
                continue
            seen.add(key)
            yield file


def _walk(folder: str, seen: set[str]) -> Iterator[str | Diagnostic]:
    real = os.path.realpath(folder)
    if real in seen:
        return
    seen.add(real)
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as exc:
        yield _unreadable(folder, exc.strerror or str(exc)).diagnostic
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if _is_folder(entry):
            yield from _walk(entry.path, seen)
        elif entry.name.endswith(_SUFFIXES):
            yield entry.path


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself: reading it says so
        return False


def _bytes_of(path: str) -> bytes:
    # Without O_NONBLOCK a pipe that nobody writes to would hold the run here.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123  # a descriptor, not a path
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, "It is a folder", path)
        if not stat.S_ISREG(mode):
            if not is_pipe(path):
                raise OSError(errno.EINVAL, "It is not a regular file", path)
            os.set_blocking(descriptor, True)
        return b"".join(_chunks(file))


def _chunks(file: FileIO) -> Iterator[bytes]:
    total = 0
    while total <= MAX_BYTES and (chunk := file.read(_CHUNK)):
        total += len(chunk)
        yield chunk


def _unreadable(path: str, reason: str) -> UnreadableError:
    fix = "Mend the path or its permissions; the run does not go on without it."
    return UnreadableError(spec_error("SPEC001", Location(path), f"{reason}.", fix))
