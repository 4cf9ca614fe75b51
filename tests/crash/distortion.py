"""What the cloud may do and the emulator has no fault for: a state that is newer than this client, an operation
that never ends, a create that is carried out after its client has given up. Answers are changed on their way out and
creates kept back; the emulator itself goes on as ever."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from typing import Any

from reconciler.emulator import ConnectionCut, Emulator, Request, Response
from tests.crash.shared_time import SharedTime

STATE = "STATE_OF_THE_FUTURE"
LATE_S = 6.0
"""How long after it was sent a late create is carried out: less than `listLag`, more than one look-up."""
SILENCE_S = 0.4
"""How long the service says nothing. Seconds of the real clock, unlike every other time here."""


class Distorted:
    """The emulator, seen through switches."""

    def __init__(self, emulator: Emulator, time: SharedTime) -> None:
        self._emulator = emulator
        self._time = time
        self._kept: list[tuple[float, Request]] = []
        self._keeping = threading.Lock()

    def handle(self, request: Request) -> Response:
        """What the server calls."""
        self._carry_out_what_is_due()
        if self._time.late_creates and _is_create(request):
            self._time.distorted = True
            with self._keeping:
                self._kept.append((self._time.now() + LATE_S, request))
            threading.Event().wait(SILENCE_S)
            raise ConnectionCut("nobody listens any longer")
        answer = self._emulator.handle(request)
        if answer.status != 200 or not (self._time.unknown_states or self._time.endless_operations):
            return answer
        body = b"".join(answer.chunks)
        try:
            content = json.loads(body)
        except ValueError:
            return Response(200, answer.headers, [body])
        changed = self._changed(content)
        self._time.distorted |= changed != content
        body = json.dumps(changed).encode()
        headers = [(n, v) for n, v in answer.headers if n.lower() != "content-length"]
        return Response(200, [*headers, ("Content-Length", str(len(body)))], [body])

    def _carry_out_what_is_due(self) -> None:
        with self._keeping:
            due = [request for at, request in self._kept if at <= self._time.now()]
            self._kept = [(at, request) for at, request in self._kept if at > self._time.now()]
            for request in due:
                self._emulator.handle(request)

    def _changed(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._changed(v) for v in value]
        if not isinstance(value, dict):
            return value
        changed = {k: self._changed(v) for k, v in value.items()}
        if self._time.unknown_states and changed.get("state") in RUNNING:
            changed["state"] = STATE
        if self._time.endless_operations and _is_operation(changed):
            changed = {k: v for k, v in changed.items() if k not in ("done", "response", "error")}
        return changed


RUNNING = frozenset({"JOB_STATE_PENDING", "JOB_STATE_RUNNING", "JOB_STATE_QUEUED", "CREATING"})


def _is_create(request: Request) -> bool:
    return request.method == "POST" and request.path.endswith(("/tuningJobs", ":rebaseTunedModel", "/tunedModels"))


def _is_operation(value: Iterable[str]) -> bool:
    return isinstance(value, dict) and "/operations/" in str(value.get("name"))
