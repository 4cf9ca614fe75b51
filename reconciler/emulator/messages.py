"""What goes in and out: one HTTP request, one answer, or none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `path` is percent-encoded as on the wire, `query` raw; header names are in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer; `chunks` is iterated once, so that a stream can stream, and may end with ConnectionCut.

    `pace_s`: seconds that a server lets pass between two chunks.
    """

    status: int
    headers: list[tuple[str, str]]
    chunks: Iterable[bytes]
    pace_s: float = 0.0


class ConnectionCut(Exception):  # noqa: N818 - it is an event that a fault asked for, not a mistake
    """An injected fault cuts the connection: no answer, whether or not the request was carried out."""
