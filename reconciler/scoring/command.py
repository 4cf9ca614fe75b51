"""The user's scorer: one process for a batch, JSON lines in, JSON lines out (docs/reference/gates.md).

A program that does not start, dies, hangs or prints too much has scored nothing: no line of its output counts. Of one
that ends well, the lines that are scores count, and every other answer of the batch has an error. There is no shell,
and the environment is passed on as it is.
"""

from __future__ import annotations

import math
import os
import selectors
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from reconciler.backends.quoting import cleaned
from reconciler.core.clock import Clock
from reconciler.core.questions import Score
from reconciler.core.sizes import MIB
from reconciler.scoring.answers import LONGEST_WHY, ToScore, scored

MOST_OUTPUT_BYTES: Final = 16 * MIB
"""Of all scores of one batch."""
_STDERR_BYTES: Final = 4096
"""Of what it complains of, the end is kept: there stands why it died."""
_TICK_S: Final = 0.25
_LEFT_OPEN_S: Final = 1.0
"""Whoever inherited its output from it, and holds it open after its end, is waited for no longer."""
_PIECE: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class _Run:
    """What came of the process. `trouble` says why its output does not count, "" where it does."""

    output: bytes = b""
    complaint: str = ""
    trouble: str = ""


def score_by_command(
    command: Sequence[str], batch: Sequence[ToScore], *, timeout_s: float, clock: Clock, folder: Path | None = None
) -> dict[str, Score]:
    """A Score for each of the batch, by its id. `timeout_s` is for one answer: the process has it for each of them.

    It runs in `folder`. Whatever the clock raises while it waits (somebody asked for the end of the run) passes, after
    the process and all that it has started are killed.
    """
    if not batch:
        return {}
    run = _run(command, b"".join(map(_line, batch)), timeout_s * len(batch), clock, folder)
    if run.trouble:
        return dict.fromkeys((asked.id for asked in batch), _no_score(run.trouble, run.complaint))
    return _scores(batch, run)


def _line(asked: ToScore) -> bytes:
    return msgspec.json.encode(asdict(asked)) + b"\n"


def _no_score(why: str, complaint: str) -> Score:
    return Score(None, f"{why}: {complaint}" if complaint else why)


# Its output


def _scores(batch: Sequence[ToScore], run: _Run) -> dict[str, Score]:
    found: dict[str, Score] = {}
    times: Counter[str] = Counter()
    wrong = ""
    for number, line in enumerate(run.output.splitlines(), 1):
        if not line.strip():
            continue
        said = _object(line)
        name = said.get("id") if said is not None else None
        if said is None or not isinstance(name, str):
            wrong = wrong or f"line {number} of its output is {'no JSON object' if said is None else 'without an id'}"
            continue
        times[name] += 1
        found[name] = scored(said.get("score"), said.get("why"))
    known = {asked.id for asked in batch}
    if not wrong and times.keys() - known:
        wrong = f"it scored an id that it was not given: {cleaned(min(times.keys() - known), limit=60)}"
    silent = _no_score(f"the scorer said nothing of it{f'; {wrong}' if wrong else ''}", run.complaint)
    twice = Score(None, "the scorer said more than one score of it")
    return {one: silent if not times[one] else twice if times[one] > 1 else found[one] for one in known}


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except (ValueError, RecursionError):  # ValueError: msgspec's own, and bytes that are no UTF-8
        return None


# The process


def _run(command: Sequence[str], given: bytes, timeout_s: float, clock: Clock, folder: Path | None) -> _Run:
    try:
        with _started(command, folder) as process:
            return _Talk(process, given, timeout_s, clock).run()
    except (OSError, ValueError) as exc:  # ValueError: a NUL in its name
        words = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        return _Run(trouble=f"the scorer cannot be started: {cleaned(words, limit=LONGEST_WHY)}")


@contextmanager
def _started(command: Sequence[str], folder: Path | None) -> Iterator[subprocess.Popen[bytes]]:
    """In a group of its own, which is gone afterwards with all that it has started, however this ends."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(  # noqa: S603 - the user's own program, without a shell
        list(command), stdin=pipe, stdout=pipe, stderr=pipe, cwd=folder, start_new_session=True, bufsize=0
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError, PermissionError):  # the latter: macOS, of a group of the dead
            os.killpg(process.pid, signal.SIGKILL)
        for stream in (process.stdin, process.stdout, process.stderr):
            assert stream is not None
            with suppress(OSError):
                stream.close()
        process.wait()


class _Talk:
    """Writes to a process and reads both of its outputs side by side, so that neither waits for the other."""

    def __init__(self, process: subprocess.Popen[bytes], given: bytes, timeout_s: float, clock: Clock) -> None:
        self._process = process
        self._given = memoryview(given)
        self._timeout_s = timeout_s
        self._until = time.monotonic() + timeout_s
        self._clock = clock
        self._output: list[bytes] = []
        self._size = 0
        self._complaint = b""

    def run(self) -> _Run:
        """Until its output is closed and it has ended, or its time is over, or it prints too much."""
        trouble = self._talked() or self._ended() or _ending(self._process.returncode)
        complaint = cleaned(self._complaint.decode(errors="replace"), limit=LONGEST_WHY)
        return _Run(b"".join(self._output), complaint, trouble)

    def _talked(self) -> str:
        """Why its output does not count, or ""."""
        ended_at = math.inf
        with selectors.DefaultSelector() as ways:
            self._open(ways)
            while any(key.data is not self._write for key in ways.get_map().values()):
                if over := self._over():
                    return over
                for key, _ in ways.select(_TICK_S):
                    if not key.data(key.fd):
                        ways.unregister(key.fileobj)
                if self._size > MOST_OUTPUT_BYTES:
                    return f"the scorer printed more than {MOST_OUTPUT_BYTES // MIB} MiB"
                if self._process.poll() is not None:
                    ended_at = min(ended_at, time.monotonic())
                if time.monotonic() - ended_at > _LEFT_OPEN_S:
                    break
        return ""

    def _open(self, ways: selectors.BaseSelector) -> None:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        for stream, event, heard in (
            (process.stdin, selectors.EVENT_WRITE, self._write),
            (process.stdout, selectors.EVENT_READ, self._read),
            (process.stderr, selectors.EVENT_READ, self._hear),
        ):
            os.set_blocking(stream.fileno(), False)
            ways.register(stream, event, heard)

    def _over(self) -> str:
        self._clock.sleep(0.0)  # raises where somebody asked for the end of the run
        if time.monotonic() < self._until:
            return ""
        return f"the scorer had not ended after {self._timeout_s:g} s, and was killed"

    def _ended(self) -> str:
        """It has closed its output; it may have something to do before it ends."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        while True:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_TICK_S)
                return ""
            if over := self._over():
                return over

    # Each answers whether there is more to come.

    def _write(self, descriptor: int) -> bool:
        try:
            self._given = self._given[os.write(descriptor, self._given[:_PIECE]) :]
        except BlockingIOError:
            return True
        except OSError:  # it does not read to the end, which is its own business
            self._given = self._given[:0]
        if not self._given:
            assert self._process.stdin is not None
            self._process.stdin.close()
        return bool(self._given)

    def _read(self, descriptor: int) -> bool:
        piece = os.read(descriptor, _PIECE)
        self._output.append(piece)
        self._size += len(piece)
        return bool(piece)

    def _hear(self, descriptor: int) -> bool:
        piece = os.read(descriptor, _PIECE)
        self._complaint = (self._complaint + piece)[-_STDERR_BYTES:]
        return bool(piece)


def _ending(code: int) -> str:
    """How it ended, where it did not end well."""
    if code < 0:
        return f"the scorer was killed by signal {-code}"
    return f"the scorer ended with {code}" if code else ""
