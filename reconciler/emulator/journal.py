"""The calls that came in, in order, for whoever tests a program against this emulator.

It is of this process and in memory: the state would grow by every prompt, and reads would become writes. It is bounded,
so that an emulator can run for weeks; the oldest go first. No credential is kept.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from reconciler.emulator.clock import timestamp
from reconciler.emulator.lenient import JsonError, read_json
from reconciler.emulator.routing import Router
from reconciler.emulator.scripting import METHODS, SCRIPT_HEADER, asked_of, names_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reconciler.emulator.messages import Request, Response

Json = dict[str, Any]

MOST_CALLS = 1_000
MOST_BYTES = 16 << 20
"""Of all bodies together."""
LARGEST_BYTES = 4 << 20
"""Of one body; of a larger one its size is kept."""
NOT_KEPT = "(not kept)"
_SECRET = re.compile(r"auth|key|token|cookie|secret|credential|signature|assertion", re.IGNORECASE)
_SECRET_ARGUMENTS = re.compile(r"key|access_?token|oauth_token|x-goog-.*", re.IGNORECASE)


@dataclass(slots=True)
class JournalCall:
    """One call. `status` None: it has no answer yet, or its connection was cut instead."""

    number: int
    time: str
    request: Request
    query: tuple[tuple[str, str], ...]
    size: int
    status: int | None = None
    script: int | None = None


class CallJournal:
    """The last calls of this process."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._calls: deque[JournalCall] = deque()
        self._begun = 0
        self._bytes = 0
        self._dropped = 0

    def begin(self, request: Request) -> JournalCall:
        """Note that it came in."""
        with self._lock:
            self._begun += 1
            kept = replace(request, query="", headers=_without_secrets(request.headers.items()), body=_kept(request))
            query = tuple(_without_secrets(parse_qsl(request.query, keep_blank_values=True), _SECRET_ARGUMENTS).items())
            call = JournalCall(self._begun, timestamp(self._now()), kept, query, len(request.body))
            self._calls.append(call)
            self._bytes += len(kept.body)
            while len(self._calls) > MOST_CALLS or self._bytes > MOST_BYTES:
                self._bytes -= len(self._calls.popleft().request.body)
                self._dropped += 1
        return call

    def end(self, call: JournalCall, response: Response) -> None:
        """Note what it was answered."""
        call.status = response.status
        number = dict(response.headers).get(SCRIPT_HEADER, "")
        call.script = int(number) if number else None

    def clear(self) -> None:
        """Forget all; numbers go on."""
        with self._lock:
            self._calls.clear()
            self._bytes = self._dropped = 0

    def shown(self, *, api: str = "*", model: str = "*", status: int | None = None, after: int = 0) -> Json:
        """Those calls that fit, oldest first, and how many have been dropped."""
        with self._lock:
            calls, dropped = [*self._calls], self._dropped
        told = (self._told(call) for call in calls if call.number > after and status in (None, call.status))
        fitting = [entry for entry in told if _is_of(entry, api, model)]
        return {"calls": fitting, "dropped": dropped}

    @cached_property
    def _router(self) -> Router:
        return Router()

    def _told(self, call: JournalCall) -> Json:
        request = call.request
        route = self._router.find(request.method, request.path)
        entry: Json = {"id": call.number, "time": call.time, "method": request.method, "path": request.path}
        entry |= {"query": dict(call.query), "headers": dict(request.headers), "bodyBytes": call.size}
        body = _read(request.body)
        if body is not None:
            entry["body"] = body
        if route is not None:
            entry["api"] = route.name
            if route.name.endswith(METHODS) and isinstance(body, dict):
                entry["model"], entry["names"] = names_of(route.params)[0], names_of(route.params)
                entry["prompt"] = _asked(body)
        return {**entry, "status": call.status, "script": call.script}


def _asked(body: Json) -> str:
    """The prompt, "" where the body has none in any sense."""
    try:
        return asked_of(body)
    except (AttributeError, TypeError):
        return ""


def _is_of(entry: Json, api: str, model: str) -> bool:
    names = entry.pop("names", [""])
    return fnmatchcase(entry.get("api", ""), api) and any(fnmatchcase(name, model) for name in names)


def _without_secrets(pairs: Iterable[tuple[str, str]], secret: re.Pattern[str] = _SECRET) -> dict[str, str]:
    is_secret = secret.search if secret is _SECRET else secret.fullmatch
    return {name: NOT_KEPT if is_secret(name) else value for name, value in pairs}


def _kept(request: Request) -> bytes:
    """JSON alone: objects that are uploaded are in the storage, which has them anyway."""
    is_kept = len(request.body) <= LARGEST_BYTES and "/upload/" not in request.path
    return request.body if is_kept and request.body[:64].lstrip()[:1] in (b"{", b"[") else b""


def _read(body: bytes) -> Any:
    try:
        return read_json(body) if body else None
    except JsonError:
        return None
