"""The one way to write to a path that a user names: a new file, whole or not at all, where the path says.

What is no file is refused. A link that leads out of its folder is refused, and a linked folder is said. What exists is
replaced only where the command may: with --force, or where it is a document of tuneform's own.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TypeAlias

from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError


class Replaces(Enum):
    """What of what is there a command may replace. An empty file holds nothing, and always may be."""

    NOTHING = "nothing"
    OURS = "documents of tuneform"
    ANYTHING = "any file, after --force"


_OURS = re.compile(rb'\s*\{\s*"format_version"\s*:|<!DOCTYPE html>\n<!-- tuneform report ')
"""How every document begins that tuneform writes: JSON for programs, and reports (render/html/page.py)."""
_HEAD = 200

_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_NAME_A_FILE = "Name a file. What is to go into a pipe is printed: leave the option out."


Say: TypeAlias = Callable[[str], object]
"""Where a sentence goes that a user has to read: that a file lies elsewhere than its name says."""


def _silent(words: str) -> None:
    del words


@dataclass(frozen=True, slots=True)
class Destination:
    """A place that may be written to, as it was looked at."""

    name: str
    place: Path
    replaces: Replaces
    fix: str
    say: Say

    @contextmanager
    def opened(self) -> Iterator[Callable[[str], None]]:
        """Write text; the file appears when the block ends well, and not at all otherwise."""
        partial = self.place.with_name(f".tuneform-{secrets.token_hex(8)}.partial")
        _make(self.place.parent)
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            with open(  # noqa: PTH123  # a descriptor, which no link can stand in for
                os.open(partial, flags, 0o666), "w", encoding="utf-8", errors="surrogateescape", newline=""
            ) as file:
                yield lambda text: _put(file.write(text))
                self._keep_mode(file.fileno())
            self._appear(partial)
        except OSError as exc:
            raise _unusable(self.name, f"{exc.strerror or exc}") from exc
        finally:
            with suppress(OSError):
                partial.unlink(missing_ok=True)

        _say_where(self.name, self.place, self.say)

    def write(self, text: str) -> None:
        """All of it at once."""
        with self.opened() as put:
            put(text.encode(errors="backslashreplace").decode())

    def remove(self) -> None:
        """Take back what was written."""
        self.place.unlink(missing_ok=True)

    def _keep_mode(self, descriptor: int) -> None:
        with suppress(FileNotFoundError):
            os.fchmod(descriptor, self.place.stat().st_mode & 0o777)

    def _appear(self, partial: Path) -> None:
        """Looked at again: somebody else may have made it in between."""
        _check_existing(self.name, self.place, self.replaces, self.fix)
        if not self.place.exists():
            try:
                self.place.hardlink_to(partial)
            except FileExistsError as exc:
                raise _is_there(self.name, self.fix) from exc
            except OSError:
                pass  # a file system without hard links; the look above has to do
            else:
                return
        partial.replace(self.place)


def destination(name: str, replaces: Replaces = Replaces.NOTHING, *, fix: str = "", say: Say = _silent) -> Destination:
    """Look at a path before any work is done for it. Raises ReconcilerError (RUN016, RUN029)."""
    fix = fix or "Name another file, or remove this one."
    _check_name(name)
    try:
        place = _place_of(name)
        _check_existing(name, place, replaces, fix)
    except OSError as exc:
        raise _unusable(name, f"{exc.strerror or exc}") from exc
    return Destination(name, place, replaces, fix, say)


def folder_for(name: str, *, say: Say = _silent) -> Path:
    """A folder that a user names for new files: missing or empty. Raises ReconcilerError."""
    _check_name(name, is_folder=True)
    place = Path(os.path.realpath(name))
    if place.exists() and not place.is_dir():
        raise _unusable(name, "It is no folder", fix="Name a folder that is new or empty.")
    if place.is_dir() and any(place.iterdir()):
        raise ReconcilerError(
            run_diagnostic("RUN029", f"{name} is not empty.", fix="Name a folder that is new or empty.")
        )
    _make(place)
    _say_where(name, place, say)
    return place


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise _unusable(str(exc.filename or folder), f"{exc.strerror or exc}") from exc


def _check_name(name: str, *, is_folder: bool = False) -> None:
    if not name:
        raise _unusable("The name", "It is empty", fix=_NAME_A_FILE)
    if name == "-":
        raise _unusable(name, "Standard output has no name here", fix="Leave the option out, or write ./-.")
    if "://" in name:
        raise _unusable(name, "It is an address, and a file is written", fix="Write a local file, and upload that.")
    if name.endswith("/") and not is_folder:
        raise _unusable(name, "It names a folder", fix=_NAME_A_FILE)


def _place_of(name: str) -> Path:
    """Where it would be written: a link is followed inside its own folder alone."""
    folder = os.path.realpath(Path(name).parent)
    place = Path(folder) / Path(name).name
    if not place.is_symlink():
        return place
    target = os.path.realpath(place)
    if Path(target).is_symlink():
        raise OSError(errno.ELOOP, "It is a link that leads to itself")
    if not _is_within(target, folder):
        detail = f"It is a link to {target}, out of its folder"
        raise _unusable(name, detail, fix="Name that place itself where it is meant, or remove the link.")
    return Path(target)


def _check_existing(name: str, place: Path, replaces: Replaces, fix: str) -> None:
    try:
        status = place.lstat()
    except (FileNotFoundError, NotADirectoryError):  # what is in the way is reported when its folder is made
        return
    for is_kind, kind in _KINDS:
        if is_kind(status.st_mode):
            raise _unusable(name, f"It is {kind}", fix=_NAME_A_FILE)
    if not status.st_size or replaces is Replaces.ANYTHING:
        return
    if replaces is Replaces.NOTHING or not _is_ours(place):
        raise _is_there(name, fix)


def _is_ours(place: Path) -> bool:
    with place.open("rb") as file:
        return _OURS.match(file.read(_HEAD)) is not None


def _say_where(name: str, place: Path, say: Say) -> None:
    """A folder of the working folder that is a link to somewhere else."""
    here = os.path.realpath(".")
    if _is_within(os.path.abspath(name), str(Path.cwd())) and not _is_within(str(place), here):  # noqa: PTH100
        say(f"{name} lies behind a link; it was written to {place}")


def _is_within(path: str, folder: str) -> bool:
    return Path(path).is_relative_to(folder)


def _is_there(name: str, fix: str) -> ReconcilerError:
    return ReconcilerError(run_diagnostic("RUN029", f"{name} exists already.", fix=fix))


def _unusable(name: str, why: str, fix: str = "Choose a place that can be written.") -> ReconcilerError:
    return ReconcilerError(run_diagnostic("RUN016", f"{name}: {why}.", fix=fix))


def _put(written: int) -> None:
    del written
