"""Where training data comes from: a regular file, or chunks that somebody else downloads."""

from __future__ import annotations

import errno
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.datasets.formats import Format

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BLOCK_BYTES = 120 << 10
"""What is read at once: memory for blocks over 128 KiB is mapped anew each time."""


class UnreadableError(Exception):
    """The file cannot be read; `args[0]` says why, for people."""


@dataclass(frozen=True, slots=True)
class Source:
    """Training data to read once. Either `path` or `chunks` is set.

    `name` is what messages call it: a path relative to where the user stands, or gs://bucket/object.
    `format` settles what one example cannot (OpenAI chat against open-model messages, CSV).
    """

    name: str
    path: Path | None = None
    chunks: Iterable[bytes] | None = None
    format: Format | None = None

    @classmethod
    def file(cls, path: Path | str, name: str = "", format_: Format | None = None) -> Source:
        """A file of this machine."""
        return cls(name or str(path), path=Path(path), format=format_)

    @classmethod
    def stream(cls, chunks: Iterable[bytes], name: str, format_: Format | None = None) -> Source:
        """Bytes from elsewhere, in pieces of any size; read once, so it can be checked once."""
        return cls(name, chunks=chunks, format=format_)

    @classmethod
    def inline(cls, pairs: Iterable[tuple[str, str]], name: str) -> Source:
        """Examples of the Gemini API that stand in a spec: (input, output). Line n is example n."""
        rows = ({"textInput": given, "output": output} for given, output in pairs)
        return cls(name, chunks=(json.dumps(row).encode() + b"\n" for row in rows), format=Format.PAIRS)

    @property
    def is_table(self) -> bool:
        """Whether the name says that the file is CSV."""
        return self.name.lower().endswith(".csv")

    @property
    def delimiter(self) -> str:
        """What stands between the cells of a table, by its name: a comma or a tab; "" for what is no table."""
        return "," if self.is_table else "\t" if self.name.lower().endswith((".tsv", ".tab")) else ""

    def read(self) -> Iterator[bytes]:
        """Every block from the start; raises UnreadableError for what is no regular file."""
        if self.chunks is not None:
            yield from blocks_of_chunks(self.chunks)
            return
        assert self.path is not None
        fd = open_regular(self.path)
        try:
            yield from blocks_of_file(fd, 0, os.fstat(fd).st_size)
        finally:
            os.close(fd)


@dataclass(frozen=True, slots=True)
class FileState:
    """What distinguishes two states of one file without reading it."""

    size: int
    mtime_ns: int
    inode: int

    @classmethod
    def of(cls, fd: int) -> FileState:
        """The stamp of an open file."""
        status = os.fstat(fd)
        return cls(status.st_size, status.st_mtime_ns, status.st_ino)


def open_regular(path: Path) -> int:
    """A descriptor of a regular file. Never waits on a pipe; raises UnreadableError for all but a file."""
    try:
        # O_NONBLOCK: opening a FIFO nobody writes to would wait for ever.
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as exc:
        raise UnreadableError(_why(exc)) from exc
    except ValueError as exc:
        raise UnreadableError("The path holds a NUL character.") from exc
    mode = os.fstat(fd).st_mode
    if stat.S_ISREG(mode):
        return fd
    os.close(fd)
    raise UnreadableError(f"It is {_kind(mode)}.")


def _why(exc: OSError) -> str:
    if exc.errno == errno.ENXIO:
        return "It is a socket or a device."
    return f"{exc.strerror or exc}."


def _kind(mode: int) -> str:
    kinds = (
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISFIFO, "a pipe (FIFO)"),
        (stat.S_ISSOCK, "a socket"),
    )
    return next((name for test, name in kinds if test(mode)), "a device")


def blocks_of_file(fd: int, start: int, stop: int) -> Iterator[bytes]:
    """The bytes of a range, in blocks; ends early where the file does."""
    position = start
    while position < stop:
        block = os.pread(fd, min(BLOCK_BYTES, stop - position), position)
        if not block:
            return
        position += len(block)
        yield block


def blocks_of_chunks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Chunks of any size cut to blocks of at most BLOCK_BYTES; small ones are joined."""
    kept = b""
    for chunk in chunks:
        kept = kept + chunk if kept else chunk
        if len(kept) < BLOCK_BYTES:
            continue
        view = memoryview(kept)
        whole = len(kept) - len(kept) % BLOCK_BYTES
        for start in range(0, whole, BLOCK_BYTES):
            yield bytes(view[start : start + BLOCK_BYTES])
        kept = bytes(view[whole:])
    if kept:
        yield kept
