"""How much is read of what is read whole, looked at before any of it is parsed.

A limit is a number of bytes that fits a small machine at the memory for each byte that its reader takes
(docs/reference/limits.md). Where somebody really has more, one variable raises all of them.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.sizes import ANSWER_MIB, MIB, RAISED_BY

_CHUNK: Final = 2**20
_MOST_RAISED: Final = 2**20
"""MiB: a terabyte. More is a slip of the finger."""


class TextLimit(NamedTuple):
    """A limit of one kind of text, in MiB."""

    mib: int

    @property
    def most(self) -> int:
        """In bytes, as the variable raises it; it lowers none."""
        return max(self.mib, _raised_to()) * MIB

    @property
    def detail(self) -> str:
        """What is wrong with something larger."""
        return f"It is larger than {self.most // MIB} MiB, which is the limit"

    @property
    def fix(self) -> str:
        """How more is read."""
        return f"If it is meant to be so large, set {RAISED_BY} to a number of MiB above {self.most // MIB}."


SPECS: Final = TextLimit(16)
"""One file of specs, the workspace's file, or what is piped in: some thirty thousand specs."""
LOCK: Final = TextLimit(32)
"""Some ten thousand models."""
JOURNAL: Final = TextLimit(256)
"""What one run over such a lock records; it is read line by line."""
PLAN: Final = TextLimit(64)
PROMPT: Final = TextLimit(16)
ANSWER: Final = TextLimit(ANSWER_MIB)
"""One answer of a service; backends/bounded.py looks at it."""
SECRET: Final = TextLimit(1)
CATALOG: Final = TextLimit(8)
"""A catalogue of base models, from a file or the web: some twenty thousand models."""
CACHED: Final = TextLimit(64)
"""One file of the cache; a larger one counts as missing."""
ANSWERS: Final = TextLimit(256)
"""What is kept of the answers of one version of a model: some hundred thousand; it is read line by line."""
HEAD_BYTES: Final = MIB
"""Of a file that is not read, as much as is looked at."""


class TooLargeError(OSError):
    """There is more of it than its limit. An OSError, so that whoever names the others names this one."""

    def __init__(self, bound: TextLimit) -> None:
        super().__init__(errno.EFBIG, bound.detail)
        self.fix = bound.fix


def bounded(read: Callable[[int], bytes], bound: TextLimit) -> bytes:
    """All that there is to read. Raise TooLargeError behind the limit, whatever follows."""
    most, total, chunks = bound.most, 0, []
    while chunk := read(min(_CHUNK, most + 1 - total)):
        chunks.append(chunk)
        total += len(chunk)
        if total > most:
            raise TooLargeError(bound)
    return b"".join(chunks)


def bytes_of(path: str | Path, bound: TextLimit, *, takes_pipe: bool = False) -> bytes:
    """The content of a file; OSError for a device, which never ends, and a pipe, which would hold the run.

    `takes_pipe` is for what a person names, who may have written `<(git show …)`.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123  # a descriptor, not a path
        status = os.fstat(descriptor)
        mode = status.st_mode
        if status.st_size > bound.most:
            raise TooLargeError(bound)
        if not stat.S_ISREG(mode):
            if not (takes_pipe and stat.S_ISFIFO(mode)):
                raise OSError(errno.EINVAL, "It is not a regular file", str(path))
            os.set_blocking(descriptor, True)
        return bounded(lambda size: file.read(size) or b"", bound)


def piped_in(bound: TextLimit) -> bytes:
    """Standard input. Raise TooLargeError."""
    stream = getattr(sys.stdin, "buffer", None)
    if stream is not None:
        return bounded(stream.read1, bound)
    return bounded(lambda size: sys.stdin.read(size).encode(errors="surrogateescape"), bound)


def _raised_to() -> int:
    """In MiB; 0 where nothing is said."""
    text = os.environ.get(RAISED_BY) or "0"
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) <= _MOST_RAISED):
        fix = f"Write a number of MiB, {_MOST_RAISED} at most, or unset it."
        raise ReconcilerError(run_diagnostic("RUN037", f"{RAISED_BY} is {text[:40]!r}.", fix=fix))
    return int(text)
