"""An httpx transport around a function of this process: the embedded emulator, without a port."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import httpx


class Answered(Protocol):
    """What the function returns."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The headers, in order."""

    @property
    def chunks(self) -> Iterable[bytes]:
        """The body; iterated once."""


class InProcessTransport(httpx.BaseTransport):
    """Hands requests to `handle`. `make_request(method, path, query, headers, body)` builds its argument.

    An exception whose class is called ConnectionCut means what a cut connection means: nobody knows whether
    the request was carried out.
    """

    def __init__(self, handle: Callable[[Any], Answered], make_request: Callable[..., Any]) -> None:
        self._handle = handle
        self._make_request = make_request

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        path, _, query = request.url.raw_path.partition(b"?")
        headers = {name.lower(): value for name, value in request.headers.items()}
        made = self._make_request(request.method, path.decode("ascii"), query.decode("ascii"), headers, request.read())
        try:
            answer = self._handle(made)
        except Exception as error:
            if _is_cut(error):
                raise httpx.RemoteProtocolError("the connection was cut before an answer came") from error
            raise
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer.chunks))


class _Body(httpx.SyncByteStream):
    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._chunks
        except Exception as error:
            if _is_cut(error):
                raise httpx.ReadError("the connection was cut in the middle of the answer") from error
            raise


def _is_cut(error: Exception) -> bool:
    return type(error).__name__ == "ConnectionCut"
