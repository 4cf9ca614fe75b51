"""The real clock; signals end its waits."""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType

from reconciler.cli import exits
from reconciler.cli.failures import Interrupted


class SystemClock:
    """Seconds since the epoch, and sleeping that a signal ends."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._code = exits.INTERRUPTED

    def now(self) -> float:
        """UTC."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait; raise Interrupted as soon as somebody asked for the end."""
        if self._asked.wait(max(0.0, seconds)):
            raise Interrupted(self._code)

    def check(self) -> None:
        """Raise Interrupted if somebody asked for the end. Called between effects, never inside one."""
        if self._asked.is_set():
            raise Interrupted(self._code)

    def listen(self) -> None:
        """The first signal lets the current save complete; the second ends at once."""
        for number, code in ((signal.SIGINT, exits.INTERRUPTED), (signal.SIGTERM, exits.TERMINATED)):
            signal.signal(number, self._on(code))

    def _on(self, code: int) -> signal._HANDLER:
        def heard(number: int, frame: FrameType | None) -> None:
            del frame
            if self._asked.is_set():
                signal.signal(number, signal.SIG_DFL)
                raise KeyboardInterrupt
            self._code = code
            self._asked.set()

        return heard
