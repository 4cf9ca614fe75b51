"""A real HTTP server on this machine that answers whatever a test makes up, as long as anybody listens."""

from __future__ import annotations

import socket
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache

Answering = Callable[[str, str], Iterable[bytes]]
"""Verb and target of a request; the raw bytes of its answer, head included."""


@dataclass
class Hostile:
    """What was asked of it, and how much it could send."""

    answering: Answering
    url: str = ""
    asked: list[str] = field(default_factory=list)
    bytes_sent: int = 0
    is_ending: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def listen(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                self.start(self.serve, connection)

    def start(self, task: Callable[[socket.socket], None], argument: socket.socket) -> None:
        self._threads.append(threading.Thread(target=task, args=(argument,), daemon=True))
        self._threads[-1].start()

    def serve(self, connection: socket.socket) -> None:
        """One request a connection: the length of an answer may be a lie."""
        with connection, suppress(OSError):
            connection.settimeout(10)
            verb, target = self._request(connection)
            self.asked.append(f"{verb} {target}")
            for piece in self.answering(verb, target):
                connection.sendall(piece)
                self.bytes_sent += len(piece)
                if self.is_ending.is_set():
                    return
            # What of the request is not read yet would cut off the answer when this end closes.
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass

    def _request(self, connection: socket.socket) -> tuple[str, str]:
        text = b""
        while b"\r\n\r\n" not in text:
            if not (piece := connection.recv(65536)):
                raise OSError
            text += piece
        verb, target, _ = text.split(b" ", 2)
        return verb.decode(), target.decode()

    def end(self) -> None:
        self.is_ending.set()
        for thread in self._threads:
            thread.join(15)
            assert not thread.is_alive()


@contextmanager
def hostile(answering: Answering) -> Iterator[Hostile]:
    """Listens until the end of the block; its threads have ended then."""
    server = Hostile(answering)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.start(server.listen, listener)
        yield server
        listener.shutdown(socket.SHUT_RDWR)
    server.end()


def head(status: str = "200 OK", **headers: str) -> bytes:
    """Status line and headers; without a length the body ends with its connection."""
    given = {"content_type": "application/json", "connection": "close", **headers}
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in given.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def endless(piece: bytes) -> Iterator[bytes]:
    while True:
        yield piece


@cache
def bomb() -> bytes:
    """Gzip that unpacks to a gigabyte, a thousand times its size."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return b"".join([*(packer.compress(bytes(2**20)) for _ in range(2**10)), packer.flush()])
