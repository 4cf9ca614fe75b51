"""Work that is counted, and memory that is measured: never the time, which depends on who else is there."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from types import FrameType

EVERY_RUN = 4 << 20
"""Bytes that any reading takes, whatever the size: a thousand errors of pydantic's at a time, among others."""

EVERY_TIME = 20_000
"""Calls that any reading takes: a hundred findings of a code are put into words, among others."""


def steps_of(work: Callable[[], object]) -> int:
    """Calls of functions, those in C included."""
    count = 0

    def on_event(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(on_event)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def peak_of(work: Callable[[], object]) -> int:
    """Bytes that Python has at once beyond those that it had before."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
