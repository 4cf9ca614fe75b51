"""The emulator on a port: uvicorn around `Emulator.handle`, which runs in a thread pool."""

from __future__ import annotations

import asyncio
import io
import ipaddress
import json
import logging
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from reconciler.emulator.messages import ConnectionCut, Request, Response

if TYPE_CHECKING:
    import socket

AsgiScope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

MAX_UPLOAD_BYTES = 256 << 20
MAX_BODY_BYTES = 20 << 20
"""Of JSON: the number that the Gemini API's refusal names. Assumed that Vertex AI has the same."""
MOST_HELD_BYTES = 512 << 20
"""Of all bodies that are being read or answered at once."""
DRAIN_S = 10
THREADS = 16
_LOG = logging.getLogger(__name__)


class ServedHandler(Protocol):
    """An emulator, or what stands in front of one."""

    def handle(self, request: Request) -> Response:
        """Answer one request. Raises only ConnectionCut."""


def serve(emulator: ServedHandler, *, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is being answered and return.

    Port 0 picks a free one. `ready` is called once, with the base URL, when the socket listens. Raises OSError when
    the address is not available.
    """
    if not is_loopback(host):
        _LOG.warning("The emulator has no access control: everybody who reaches %s can use it.", host)
    config = uvicorn.Config(
        _App(emulator),
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",  # a client that does not speak HTTP is answered 400, and that is all there is to say
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_S,
    )
    with _listening(config, host, port) as listener:
        address = listener.getsockname()
        shown = f"[{address[0]}]" if ":" in address[0] else address[0]
        _Server(config, lambda: ready(f"http://{shown}:{address[1]}")).run(sockets=[listener])


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def _listening(config: uvicorn.Config, host: str, port: int) -> Iterator[socket.socket]:
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where the protocol is named; with it answers wait 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(config.backlog)
        yield listener
    finally:
        listener.close()


class _Server(uvicorn.Server):
    """Says when it is ready, and returns after a signal instead of dying of it."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class _Protocol(H11Protocol):
    """Lets an injected fault cut the connection that a request came by."""

    open: dict[object, asyncio.Transport] = {}  # noqa: RUF012 - one for all connections of the process

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.open[tuple(transport.get_extra_info("peername")[:2])] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.open.pop(self.client, None)
        super().connection_lost(exc)


class _App:
    """The ASGI application."""

    def __init__(self, emulator: ServedHandler) -> None:
        self._emulator = emulator
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="emulator")
        self._held = 0

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        body = _Body(self)
        try:
            refusal = await body.read(scope, receive)
            if refusal is not None:
                await _answer(send, refusal)
                return
            await self._answered(scope, receive, send, body.whole())
        finally:
            self._held -= body.size

    def hold(self, size: int) -> bool:
        """Room for so many bytes more; False where there is none."""
        self._held += size
        return self._held <= MOST_HELD_BYTES

    async def _answered(self, scope: AsgiScope, receive: Receive, send: Send, body: bytes) -> None:
        loop = asyncio.get_running_loop()
        try:
            response = await loop.run_in_executor(self._threads, self._emulator.handle, _request(scope, body))
        except ConnectionCut:
            await _cut(scope, receive)
            return
        await _answer(send, response)


def _request(scope: AsgiScope, body: bytes) -> Request:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    path = scope["raw_path"].decode("latin-1")
    return Request(scope["method"], path, scope["query_string"].decode("latin-1"), headers, body)


class _Body:
    """A request's body, read up to its limit."""

    def __init__(self, app: _App) -> None:
        self._app = app
        self._parts = io.BytesIO()
        self.size = 0

    async def read(self, scope: AsgiScope, receive: Receive) -> Response | None:
        """Why not, where it is too large, or where too much is held already; what comes after is not read."""
        limit = MAX_UPLOAD_BYTES if scope["path"].startswith("/upload/") else MAX_BODY_BYTES
        if _length(scope) > limit:
            return _too_large(limit)
        while True:
            message = await receive()
            part = message.get("body", b"")
            self.size += len(part)
            has_room = self._app.hold(len(part))
            if self.size > limit:
                return _too_large(limit)
            if not has_room:
                return _json(503, "UNAVAILABLE", "The emulator is reading as many requests as it has room for.")
            self._parts.write(part)
            if not message.get("more_body"):
                return None

    def whole(self) -> bytes:
        """All of it, held once."""
        return self._parts.getvalue()


def _length(scope: AsgiScope) -> int:
    """What the client says that it sends; a wrong one is h11's to refuse."""
    declared = dict(scope["headers"]).get(b"content-length", b"")
    return int(declared) if declared.isdigit() else 0


async def _answer(send: Send, response: Response) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in response.headers]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    for chunk in response.chunks:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _cut(scope: AsgiScope, receive: Receive) -> None:
    """Reset the connection, and wait until the server has noticed: it would answer 500 otherwise."""
    transport = _Protocol.open.get(tuple(scope["client"] or ()))
    if transport is not None:
        transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass


def _too_large(limit: int) -> Response:
    return _json(413, "INVALID_ARGUMENT", f"Request payload size exceeds the limit: {limit} bytes.")


def _json(status: int, rpc: str, text: str) -> Response:
    body = json.dumps({"error": {"code": status, "message": text, "status": rpc}}).encode()
    headers = [("Content-Type", "application/json; charset=UTF-8"), ("Content-Length", str(len(body)))]
    return Response(status, headers, [body])
