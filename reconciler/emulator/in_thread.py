"""A port of this process, and a thread that listens on it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.emulator.facade import Emulator
    from reconciler.emulator.messages import Request, Response

_START_S = 20


class EmulatorServer:
    """One port for all emulators that are put behind it, one after another: an address stays good for a whole run."""

    def __init__(self) -> None:
        self._until = threading.Event()
        self._thread: threading.Thread | None = None
        self.emulator: Emulator | None = None
        self.url = ""

    def start(self) -> None:
        """Listen on a free port of the loopback interface. Raises OSError where there is none."""
        from reconciler.emulator.server import serve

        ready, failed = threading.Event(), list[OSError]()

        def listening(url: str) -> None:
            self.url = url
            ready.set()

        def run() -> None:
            try:
                serve(self, host="127.0.0.1", port=0, ready=listening, until=self._until)
            except OSError as exc:
                failed.append(exc)
                ready.set()

        self._thread = threading.Thread(target=run, name="tuneform-emulator", daemon=True)
        self._thread.start()
        if not ready.wait(_START_S) or failed:
            raise failed[0] if failed else OSError("the emulator did not start")

    def handle(self, request: Request) -> Response:
        """Answer one request. Raises only ConnectionCut."""
        from reconciler.emulator.errors import ApiError
        from reconciler.emulator.responses import error_response

        if self.emulator is None:
            return error_response(ApiError(503, "The test that this emulator was started for is over."), request)
        return self.emulator.handle(request)

    def stop(self) -> None:
        """Stop listening, and close what was served last."""
        self._until.set()
        if self._thread is not None:
            self._thread.join(_START_S)
        if self.emulator is not None:
            self.emulator.close()
            self.emulator = None
