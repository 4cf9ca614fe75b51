"""Work in forked processes, each of which hands back one answer through a pipe."""

from __future__ import annotations

import gc
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class WorkerError(Exception):
    """A worker ended without an answer: killed, or out of memory."""


@dataclass(frozen=True)
class Worker:
    """A forked process that writes one answer into a pipe."""

    pid: int
    pipe: int

    def answer(self) -> bytes:
        """Wait for it; raises WorkerError when there is none."""
        with os.fdopen(self.pipe, "rb") as pipe:
            data = pipe.read()
        _, status = os.waitpid(self.pid, 0)
        if status or not data:
            raise WorkerError(f"A worker ended with status {status}.")
        return data


def can_fork() -> bool:
    """Not on Windows."""
    return hasattr(os, "fork")


def start(work: Callable[[], bytes]) -> Worker:
    """Fork; the child does the work, writes its result and ends without any clean-up of ours."""
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        return Worker(pid, read)
    code = 1
    try:
        os.close(read)
        gc.disable()
        data = memoryview(work())
        while data:
            data = data[os.write(write, data) :]
        code = 0
    finally:
        # Not even an exception may unwind into the parent's stack: there would be two of it.
        os._exit(code)
