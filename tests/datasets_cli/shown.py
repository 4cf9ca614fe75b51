"""What a command line shows, stdout and stderr apart."""

from __future__ import annotations

import io
import shlex
import sys
from typing import NamedTuple

from reconciler.cli import run


class Shown(NamedTuple):
    """One command's end."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Both streams."""
        return self.out + self.err


class _Screen(io.StringIO):
    encoding = "utf-8"


def typed(command: str) -> Shown:
    """Run `tuneform COMMAND` in the present folder."""
    out, err = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = shown, told = _Screen(), _Screen()
    try:
        code = run(shlex.split(command))
    finally:
        sys.stdout, sys.stderr = out, err
    return Shown(code, shown.getvalue(), told.getvalue())
