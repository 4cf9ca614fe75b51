"""Command lines as processes of their own: what races is real."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

REPOSITORY = Path(__file__).parents[2]
_PATIENCE_S = 120


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended, with everything that it printed."""

    code: int
    text: str


def started(folder: Path, *words: str, emulator: str = "embedded", speed: str = "instant") -> subprocess.Popen[str]:
    """`tuneform WORDS`, on its way."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TUNEFORM_")}
    env = {**kept, "PYTHONPATH": str(REPOSITORY), "TUNEFORM_EMULATOR": emulator, "TUNEFORM_EMULATOR_SPEED": speed}
    return subprocess.Popen(
        [sys.executable, "-m", "reconciler", *words],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> Ended:
    """Its end, awaited."""
    text, _ = process.communicate(timeout=_PATIENCE_S)
    return Ended(process.returncode, text)


def at_once(*processes: subprocess.Popen[str]) -> list[Ended]:
    """The ends of processes that run side by side."""
    return [ended(process) for process in processes]


@contextmanager
def served(state: Path, speed: str = "instant") -> Iterator[str]:
    """An emulator on a port of its own; the URL that it prints when it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "emulator", "--port", "0", "--state", str(state), "--speed", speed],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    stop = Timer(_PATIENCE_S, process.kill)
    stop.start()
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        url = re.search(r"http://127\.0\.0\.1:\d+", first)
        assert url is not None, first
        yield url[0]
    finally:
        process.terminate()
        process.communicate(timeout=20)
        stop.cancel()
