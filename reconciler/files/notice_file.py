"""Notices in a file: a line of JSON each, appended. Never through a link, never into anything but a file."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass

from reconciler.core.notices import Message
from reconciler.files.durable import sync


@dataclass(frozen=True, slots=True)
class NoticeFile:
    """One file, which a program that takes lines away may rename at any time."""

    path: str

    def deliver(self, message: Message, *, is_patient: bool) -> str:
        """Why the line is not on disk, "" where it is."""
        del is_patient
        try:
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
            fd = os.open(self.path, flags, 0o600)
            try:
                if not stat.S_ISREG(os.fstat(fd).st_mode):
                    return f"{self.path} is no file"
                _append(fd, message.body)
            finally:
                os.close(fd)
        except OSError as exc:
            return f"{self.path}: {exc.strerror or exc}"
        return ""


def _append(fd: int, body: bytes) -> None:
    """After what a killed run left of its line there is a new one."""
    size = os.fstat(fd).st_size
    is_torn = size > 0 and os.pread(fd, 1, size - 1) != b"\n"
    line = (b"\n" if is_torn else b"") + body + b"\n"
    written = os.write(fd, line)
    if written < len(line):
        raise OSError(0, "the line was not written whole")
    sync(fd)
