"""Every boundary of an effect in a real run of the command line, counted; and what happens at one of them.

An effect is a request (every look at a job or an operation is one), a write of the journal, a rename of the lock, a
renewal of the lease. Its boundaries are the instants before and after it, and for a write also the instant when half
of it is written. A wait has none of its own: it begins after one effect and ends before the next.

A lease on a lock in Cloud Storage is renewed before the first write of every hold, and before everything that is asked
of Vertex AI and the Gemini API inside it: no time passes here in which its thread would do it by itself.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.crash import heartbeat

_real_open, _real_close = os.open, os.close
_LOCK_FILES = ((".journal", "journal"), (".hold", "hold"))


class Boundaries:
    """Counts from 1. `reached` is called at number `at`, with what is left half done as its argument."""

    def __init__(self, at: int | None, reached: Callable[[], None]) -> None:
        self._at = at
        self._reached = reached
        self._counting = threading.Lock()
        self.labels: list[str] = []

    def cross(self, label: str, *, half: Callable[[], object] | None = None) -> None:
        """Pass one boundary; `half` is what a torn effect leaves, done only if this is the one."""
        with self._counting:
            self.labels.append(label)
            is_here = len(self.labels) == self._at
            if is_here:
                if half is not None:
                    half()
                self._reached()

    def install(self) -> None:
        """Around the effects of this process, for the rest of its life."""
        self._around_requests()
        self._around_files()

    def _around_requests(self) -> None:
        real = httpx.HTTPTransport.handle_request

        def handle_request(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
            what = f"{request.method} {_shape(request.url.path)}"
            if heartbeat.is_renewal():
                what = f"renewal by {what}"
            elif request.method != "GET":
                heartbeat.beat(again="/storage/" not in request.url.path)
            self.cross(f"before {what}")
            try:
                return real(transport, request)
            finally:
                self.cross(f"after {what}")

        _replace(httpx.HTTPTransport, "handle_request", handle_request)

    def _around_files(self) -> None:
        """Those of the lock alone; they are told by the name they were opened by."""
        opened: dict[int, str] = {}
        self._around_opening(opened)
        real_write = os.write

        def write(fd: int, data: Any) -> int:
            if fd not in opened:
                return real_write(fd, data)
            what = f"write of the {opened[fd]}"
            self.cross(f"before {what}")
            self.cross(f"torn {what}", half=lambda: real_write(fd, bytes(data)[: len(data) // 2]))
            written = real_write(fd, data)
            self.cross(f"after {what}")
            return written

        _replace(os, "write", write)
        for name in ("fsync", "fdatasync", "ftruncate", "pwrite"):
            _replace(os, name, self._on_descriptor(name, getattr(os, name), opened))
        for name in ("replace", "rename", "unlink"):
            _replace(os, name, self._on_path(name, getattr(os, name)))

    def _around_opening(self, opened: dict[int, str]) -> None:
        def opening(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
            fd = _real_open(path, flags, mode, dir_fd=dir_fd)
            kind = _kind(path)
            if kind and flags & os.O_CREAT:
                opened[fd] = kind
                self.cross(f"after opening of the {kind}")
            return fd

        def closing(fd: int) -> None:
            opened.pop(fd, None)
            _real_close(fd)

        _replace(os, "open", opening)
        _replace(os, "close", closing)

    def _on_descriptor(self, name: str, real: Callable[..., Any], opened: dict[int, str]) -> Callable[..., Any]:
        def wrapped(fd: int, *rest: Any) -> Any:
            if fd not in opened:
                return real(fd, *rest)
            self.cross(f"before {name} of the {opened[fd]}")
            answer = real(fd, *rest)
            self.cross(f"after {name} of the {opened[fd]}")
            return answer

        return wrapped

    def _on_path(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(path: Any, *rest: Any, **options: Any) -> Any:
            kind = _kind(path)
            if not kind:
                return real(path, *rest, **options)
            self.cross(f"before {name} of the {kind}")
            answer = real(path, *rest, **options)
            self.cross(f"after {name} of the {kind}")
            return answer

        return wrapped


def kind_of(label: str) -> str:
    """Boundaries of one kind: `before GET`, `torn write of the journal`, `after renewal`."""
    when, what, *rest = label.split(" ")
    return f"{when} {what}" if what.isupper() or what == "renewal" else " ".join((when, what, *rest))


def leaves_something_new(label: str) -> bool:
    """Whether a kill here leaves another state than a kill at the boundary before: something was just changed.

    What a dead process wrote of itself into the hold on a file tells nobody anything.
    """
    when, what, *_ = label.split(" ")
    changes = when == "torn" or (when == "after" and what not in ("GET", "fsync", "fdatasync"))
    return changes and not label.endswith("of the hold")


def _kind(path: object) -> str:
    name = Path(os.fsdecode(path)).name if isinstance(path, str | bytes | os.PathLike) else ""
    if ".lock" not in name:
        return ""
    return next((kind for suffix, kind in _LOCK_FILES if name.endswith(suffix)), "lock's next version")


def _shape(path: str) -> str:
    """A path without what differs from run to run."""
    path = re.sub(r"(?<=/tunedModels/)[\w-]+", "N", path)
    return re.sub(r"[0-9a-f]{64}|\d{5,}", "N", path)


def _replace(owner: Any, name: str, function: Callable[..., Any]) -> None:
    setattr(owner, name, function)
