"""Stands between a client and a service: passes on, answers what the service answered, and keeps what came of it.

Nothing of an exchange is kept but its scrubbed form, in memory, until somebody says that it may be written.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from reconciler.emulator.messages import Request, Response
from reconciler.emulator.recording.checks import Check
from reconciler.emulator.recording.exchange import Exchange
from reconciler.emulator.recording.scrubbing import Scrubber
from reconciler.emulator.recording.twin import Twin
from reconciler.emulator.responses import json_response

_LOG = logging.getLogger(__name__)
Forward = Callable[[Request], Response]
"""Sends a request to the service. Raises UpstreamError."""


class UpstreamError(Exception):
    """The service was not reached; the text says why. It becomes a 502, and no exchange."""


@dataclass(slots=True)
class Recorder:
    """`may_send` is asked before whatever is no mere question; `heard` is called with each exchange and its checks.

    `admin` answers the emulator's own routes below /_emulator/, which are no exchange.
    """

    forward: Forward
    twin: Twin
    admin: Forward
    may_send: Callable[[Request], bool]
    heard: Callable[[Exchange, list[Check]], None]
    exchanges: list[Exchange] = field(default_factory=list)
    failed: int = 0
    """Exchanges that were lost to a bug of ours."""
    _scrubber: Scrubber = field(default_factory=Scrubber)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def handle(self, request: Request) -> Response:
        """The service's answer. One request at a time, so that a state is compared with that of the same moment."""
        try:
            return self.admin(request) if request.path.startswith("/_emulator") else self._recorded(request)
        except UpstreamError as error:
            return _error(502, "UNAVAILABLE", str(error))

    def _recorded(self, request: Request) -> Response:
        with self._turn:
            if request.method not in ("GET", "HEAD") and not self.may_send(request):
                return _refused()
            answer = self.forward(request)
            content = b"".join(answer.chunks)
            headers = {name.lower(): value for name, value in answer.headers}
            self._keep(request, answer.status, headers, content)
            return Response(answer.status, answer.headers, [content])

    def _keep(self, request: Request, status: int, headers: dict[str, str], content: bytes) -> None:
        """What the service has done is done: the client gets its answer, whatever goes wrong here."""
        try:
            exchange = self._scrubber.exchange(request, status, headers, content)
            checks = self.twin.observe(exchange)
        except Exception:  # noqa: BLE001 - a bug here costs one exchange, and no answer
            self.failed += 1
            _LOG.exception("The recorder failed on an answer to %s", request.method)
            return
        self.exchanges.append(exchange)
        self.heard(exchange, checks)


def folded(exchanges: list[Exchange]) -> list[Exchange]:
    """Without the polls that tell nothing new: the same question with the same answer, nothing changed in between."""
    kept: list[Exchange] = []
    seen: list[Exchange] = []
    for exchange in exchanges:
        if exchange.changes:
            seen = []
        elif exchange in seen:
            continue
        else:
            seen.append(exchange)
        kept.append(exchange)
    return kept


def _refused() -> Response:
    return _error(403, "PERMISSION_DENIED", "The recorder did not send this: nobody agreed to it.")


def _error(status: int, rpc: str, text: str) -> Response:
    return json_response(status, {"error": {"code": status, "message": text, "status": rpc}})
