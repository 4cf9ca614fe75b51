"""The real clock; signals end its waits."""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from types import FrameType

from reconciler.core import exits

_TICK_S = 1.0
_LONG_S = 3600.0
_CODES = {signal.SIGINT: exits.INTERRUPTED, signal.SIGTERM: exits.TERMINATED, signal.SIGHUP: exits.TERMINATED}


class Interrupted(BaseException):
    """A signal asked for the end; where something was being saved it came between two effects."""

    def __init__(self, code: int, *, is_reported: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.is_reported = is_reported


class SystemClock:
    """Seconds since the epoch, and sleeping that a signal ends.

    A handler may run at any instruction of the main thread, also inside a lock that a wait has taken: where something
    may have to be saved it only sets a flag, and writes a byte to a pipe that every wait listens to. A threading.Event
    would lock itself out here.
    """

    def __init__(self) -> None:
        self._code: int | None = None
        self._heard: list[int] = []
        self._wake = -1
        self._is_saving = False
        self.on_tick: Callable[[], None] | None = None
        """Called about once a second while the main thread sleeps: who shows progress counts the time on."""

    def now(self) -> float:
        """UTC."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait; raise Interrupted as soon as somebody asked for the end."""
        self.check()
        # Nobody reads the byte, so that it ends the waits of all threads, and of those to come.
        # poll, not select: a process with many open files has descriptors beyond what select can name.
        waits = select.poll()
        for heard in self._heard:
            waits.register(heard, select.POLLIN)
        until = time.monotonic() + max(0.0, seconds)
        while (left := until - time.monotonic()) > 0 and not waits.poll(min(left, self._step_s()) * 1000):
            self._tick()
        self.check()

    def _step_s(self) -> float:
        return _TICK_S if self._ticks() else _LONG_S

    def _ticks(self) -> bool:
        """Only the main thread draws: the others read in parallel."""
        return self.on_tick is not None and threading.current_thread() is threading.main_thread()

    def _tick(self) -> None:
        if self.on_tick is not None and self._ticks():
            self.on_tick()

    def check(self) -> None:
        """Raise Interrupted if somebody asked for the end. Called between effects, never inside one."""
        if self._code is not None:
            raise Interrupted(self._code)

    @contextmanager
    def listening(self, signals: Collection[int] = _CODES) -> Iterator[None]:
        """Inside, a signal ends the run at once, or when the current save is complete. After, all is as before."""
        heard, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        self._heard = [heard]
        codes = {number: code for number, code in _CODES.items() if number in signals}
        # nohup, and whoever starts a service, says that a terminal that goes away does not matter.
        if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
            codes.pop(signal.SIGHUP, None)
        before = {number: signal.signal(number, self._on(code)) for number, code in codes.items()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler or signal.SIG_DFL)
            self._heard = []
            os.close(heard)
            os.close(self._wake)

    @contextmanager
    def saving(self) -> Iterator[None]:
        """Inside, the first signal lets the current save complete, and is heard by `check`; the second ends at once."""
        self._is_saving = True
        try:
            yield
        finally:
            self._is_saving = False

    def _on(self, code: int) -> signal._HANDLER:
        def heard(number: int, frame: FrameType | None) -> None:
            del frame
            is_second, self._code = self._code is not None, code
            os.write(self._wake, b"!")
            if is_second:
                signal.signal(number, signal.SIG_DFL)
            if is_second or not self._is_saving:
                raise Interrupted(code)

        return heard
