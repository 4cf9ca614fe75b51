"""Which files are read, and reading them. What cannot be read is an error, never a file that is not there."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic, Location
from reconciler.files.bounds import HEAD_BYTES, SPECS, TooLargeError, bounded, piped_in
from reconciler.files.dataset_paths import STDIN, is_pipe
from reconciler.files.yaml_tree import SourceText

_SUFFIXES = (".yaml", ".yml")
_KUSTOMIZATIONS: Final = frozenset({"kustomization.yaml", "kustomization.yml", "kustomization"})
_OTHERS_FOLDERS: Final = frozenset(
    {".git", ".hg", ".svn", ".jj", ".venv", ".tuneform", ".ipynb_checkpoints", "node_modules", "__pycache__"}
)
"""Folders of tools: copies and caches, never a place where somebody keeps a spec."""


@dataclass(frozen=True, slots=True)
class Passed:
    """Something below a folder of specs that is not read as one: a file, or a folder with nothing in it."""

    path: str
    is_folder: bool = False


Found: TypeAlias = str | Passed | Diagnostic
"""A file of specs, what is passed over, or what cannot be listed."""


class UnreadableFileError(Exception):
    """A path cannot be read; `diagnostic` says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.detail)
        self.diagnostic = diagnostic


def read_source(path: str) -> SourceText:
    """One file. Raise UnreadableFileError where it is missing, forbidden, too large or not a regular file."""
    try:
        with _opened(path) as file:
            data = bounded(lambda size: file.read(size) or b"", SPECS)
    except TooLargeError as exc:
        raise _unreadable(path, exc.strerror or "", exc.fix) from exc
    except OSError as exc:
        raise _unreadable(path, exc.strerror or str(exc)) from exc
    return SourceText(path, data)


def head_of(path: str) -> bytes:
    """The beginning of a file. Raise OSError where it cannot be opened, or is no regular file."""
    with _opened(path) as file:
        return file.read(HEAD_BYTES) or b""


def piped_source() -> SourceText:
    """What is piped in. Raise UnreadableFileError where it is too much."""
    try:
        return SourceText(STDIN, piped_in(SPECS))
    except TooLargeError as exc:
        raise _unreadable(STDIN, exc.strerror or "", exc.fix) from exc


def stdin_source(text: str | bytes) -> SourceText:
    """The same, for a caller who has read it."""
    return SourceText(STDIN, text.encode(errors="surrogateescape") if isinstance(text, str) else text)


def spec_files(folder: str) -> Iterator[Found]:
    """Every `*.yaml` and `*.yml` below a folder, sorted; hidden ones are passed over, as a shell does.

    Links to folders are followed, each folder once. What cannot be listed comes as a diagnostic.
    """
    yield from _walk(folder)


def files_named(path: str, seen: set[str]) -> Iterator[Found]:
    """What one `-f` names: a file as it is, a folder with all that is in it. A file of `seen` comes once."""
    found = spec_files(path) if Path(path).is_dir() else iter([path])
    for file in found:
        key = os.path.realpath(file) if isinstance(file, str) else ""
        if key and key in seen:
            continue
        seen.add(key)
        yield file


def _walk(top: str) -> Iterator[Found]:
    """Folder by folder, without a frame for each: paths may be as deep as the system has them."""
    seen: set[tuple[int, int]] = set()
    below = [_listed(top, seen, is_hidden=False)]
    while below:
        for found in below[-1]:
            if not isinstance(found, _Folder):
                yield found
            elif (folder := _identity(found.path)) is None or folder not in seen:
                below.append(_listed(found.path, seen, is_hidden=found.is_hidden))
                break
        else:
            below.pop()


class _Folder(NamedTuple):
    path: str
    is_hidden: bool


def _listed(folder: str, seen: set[tuple[int, int]], *, is_hidden: bool) -> Iterator[Found | _Folder]:
    """What lies in one folder, in order; the folders among it are not gone into."""
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as exc:
        yield Passed(folder) if is_hidden else _unreadable(folder, exc.strerror or str(exc)).diagnostic
        return
    identity = _identity(folder)
    if identity is not None:
        seen.add(identity)
    if not entries:
        yield Passed(folder, is_folder=True)
    for entry in entries:
        hidden = is_hidden or entry.name.startswith(".")
        if _is_folder(entry):
            if entry.name not in _OTHERS_FOLDERS:
                yield _Folder(entry.path, hidden)
        elif entry.name.endswith(_SUFFIXES) and not hidden and not is_kustomization(entry.path):
            yield entry.path
        else:
            yield Passed(entry.path)


def _identity(folder: str) -> tuple[int, int] | None:
    try:
        status = os.stat(folder)  # noqa: PTH116  # called for every folder
    except OSError:
        return None
    return status.st_dev, status.st_ino


def is_kustomization(path: str) -> bool:
    """Whether kustomize alone reads it."""
    return os.path.basename(path).casefold() in _KUSTOMIZATIONS  # noqa: PTH119  # called for every file


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself: reading it says so
        return False


@contextmanager
def _opened(path: str) -> Iterator[FileIO]:
    # Without O_NONBLOCK a pipe that nothing writes to would hold the run here.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123  # a descriptor, not a path
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, "It is a folder", path)
        if not stat.S_ISREG(mode):
            if not is_pipe(path):
                raise OSError(errno.EINVAL, "It is not a regular file", path)
            os.set_blocking(descriptor, True)
        yield file


_CORRECT: Final = "Correct the path or its permissions; the run does not go on without it."


def _unreadable(path: str, reason: str, fix: str = _CORRECT) -> UnreadableFileError:
    return UnreadableFileError(spec_error("SPEC001", Location(path), f"{reason}.", fix))
