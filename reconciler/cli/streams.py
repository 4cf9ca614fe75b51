"""Standard streams that are closed, full or read by nobody: what they do to a run, and what they do not.

What goes to stderr is for people, and a run never ends because nobody hears it. What goes to stdout is data: a reader
that has read enough (`| head -1`) is no failure, and a disk that is full is one. A stream that was closed (`>&-`) is
one that nobody reads.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO, cast


def open_closed_streams() -> None:
    """Let descriptors 0, 1 and 2 be something, or the next file that is opened, such as a database, is stdout."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest that is free


@contextmanager
def tolerant_streams() -> Iterator[None]:
    """Inside, sys.stdout and sys.stderr are there and end no run that they need not end."""
    before = sys.stdin, sys.stdout, sys.stderr
    with open(os.devnull, encoding="utf-8") as nothing, open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123
        sys.stdin = sys.stdin or nothing
        sys.stdout = _tolerant(sys.stdout or nowhere, BrokenPipeError)
        sys.stderr = _tolerant(sys.stderr or nowhere, OSError)
        try:
            yield
        finally:
            sys.stdin, sys.stdout, sys.stderr = before


def _tolerant(stream: TextIO, passed_over: type[OSError]) -> TextIO:
    return cast("TextIO", _Tolerant(stream, passed_over))


class _Tolerant(io.TextIOBase):
    """The stream, without one kind of error. After the first nothing is written any more."""

    def __init__(self, stream: TextIO, passed_over: type[OSError]) -> None:
        self._stream = stream
        self._passed_over = passed_over
        self._is_gone = False

    def write(self, text: str) -> int:
        """All of it, or nobody reads."""
        if not self._is_gone:
            try:
                self._stream.write(text)
            except self._passed_over:
                self._give_up()
        return len(text)

    def flush(self) -> None:
        """What is still buffered."""
        if not self._is_gone:
            try:
                self._stream.flush()
            except self._passed_over:
                self._give_up()

    def _give_up(self) -> None:
        """What is buffered would be complained about again at the end."""
        self._is_gone = True
        silence(self._stream)

    def isatty(self) -> bool:
        """Of the stream."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Of the stream."""
        return self._stream.fileno()

    def writable(self) -> bool:
        """Always."""
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]  # a plain attribute there
        """Of the stream."""
        return self._stream.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override]  # a plain attribute there
        """Of the stream."""
        return self._stream.errors

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


def is_one_place(one: TextIO, other: TextIO) -> bool:
    """Whether both are read together, as `2>&1` makes it. What is no file of the system's is compared as an object."""
    try:
        return os.path.samestat(os.fstat(one.fileno()), os.fstat(other.fileno()))
    except (OSError, ValueError):
        return _beneath(one) is _beneath(other)


def _beneath(stream: TextIO) -> TextIO:
    return stream._stream if isinstance(stream, _Tolerant) else stream  # noqa: SLF001 - of this module


def silence(stream: object) -> None:
    """Its reader is gone, or there is no room: a second complaint at exit would go nowhere."""
    fileno = getattr(stream, "fileno", None)
    if fileno is not None:
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), fileno())
