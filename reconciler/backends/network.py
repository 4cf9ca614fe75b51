"""The waits of one request, each cut to what is left of it.

A time-out of a socket starts anew with every byte. Here no wait of a connection outlasts its request, whatever comes
in, so that a byte a second is bounded as silence is. No thread watches over it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final, Self

import httpx

_WRITE_BYTES: Final = 16 * 1024


class Until(float):
    """A time-out as httpx and httpcore pass it on, with the moment at which its whole request is over."""

    moment: float

    def __new__(cls, wait_s: float, left_s: float) -> Self:
        """`left_s` from now on."""
        made = super().__new__(cls, max(0.001, min(wait_s, left_s)))
        made.moment = time.monotonic() + left_s
        return made


def timeouts(timeout: httpx.Timeout, left_s: float) -> httpx.Timeout:
    """The same time-outs, none of which outlasts what is left."""
    connect, read, write, pool = (
        Until(math.inf if part is None else part, left_s)
        for part in (timeout.connect, timeout.read, timeout.write, timeout.pool)
    )
    return httpx.Timeout(connect=connect, read=read, write=write, pool=pool)


def watched(client: httpx.Client) -> httpx.Client:
    """The same client, whose connections heed `Until`; it keeps no cookies, which would grow with every answer.

    httpx takes no network of one's own, only httpcore below it does: without these two names a test fails.
    """
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for transport in (client._transport, *client._mounts.values()):  # noqa: SLF001
        if isinstance(transport, httpx.HTTPTransport):
            pool = transport._pool  # noqa: SLF001
            pool._network_backend = _Network(pool._network_backend)  # type: ignore[assignment]  # noqa: SLF001
    return client


def _cut(timeout: float | None, over: type[httpx.TimeoutException]) -> float | None:
    """What is left of a wait; raises where nothing is."""
    if not isinstance(timeout, Until):
        return timeout
    left = timeout.moment - time.monotonic()
    if left <= 0:
        raise over("the time of the request is over")
    return min(float(timeout), left)


class _Network:
    """httpcore.NetworkBackend."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> _Stream:
        """See httpcore."""
        left = _cut(timeout, httpx.ConnectTimeout)
        return _Stream(self._inner.connect_tcp(host, port, left, local_address, socket_options))

    def sleep(self, seconds: float) -> None:
        """See httpcore."""
        self._inner.sleep(seconds)


class _Stream:
    """httpcore.NetworkStream."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """See httpcore."""
        return bytes(self._inner.read(max_bytes, _cut(timeout, httpx.ReadTimeout)))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """In pieces: one is sent in as many waits as the other side likes."""
        for start in range(0, len(buffer), _WRITE_BYTES):
            self._inner.write(buffer[start : start + _WRITE_BYTES], _cut(timeout, httpx.WriteTimeout))

    def close(self) -> None:
        """See httpcore."""
        self._inner.close()

    def start_tls(self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None) -> _Stream:
        """See httpcore."""
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _cut(timeout, httpx.ConnectTimeout)))

    def get_extra_info(self, info: str) -> Any:
        """See httpcore."""
        return self._inner.get_extra_info(info)
