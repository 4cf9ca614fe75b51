"""How much of an answer is read: its limit is looked at while it comes in, before anything is made of it.

Compression is undone here and not by httpx, which unpacks each piece whole: a few kilobytes may be gigabytes. What
an answer takes in memory is at most EXPANSION times its limit (docs/reference/limits.md).
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

import httpx

from reconciler.backends.failures import failure, from_httpx
from reconciler.core.plurals import counted
from reconciler.core.sizes import ANSWER_MIB, MIB, RAISED_BY

LARGEST_ANSWER_BYTES: Final = ANSWER_MIB * MIB
LARGEST_ERROR_BYTES: Final = 200_000
"""Of an error, as much as it takes to read what it says."""
EXPANSION: Final = 8
"""Bytes of memory for one of the largest answer, decoded. Text takes up to 6 (its bytes, and 4 for a character)."""

RAISED: Final = f"If there really is so much, set {RAISED_BY} to a larger number of MiB."

_BYTES_A_CONTAINER: Final = 80
_BYTES_A_VALUE: Final = 20
"""An answer of the largest size has no more objects and lists, and no more values, than one for so many bytes.

An empty one takes 3 bytes to send and up to 240 in memory. A page of a thousand jobs has 60,000.
"""
_PIECE_BYTES: Final = 64 * 1024
_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)

_PLAIN: Final = ("", "identity")
MOST_UNPACKED: Final = 1032
"""What one byte of DEFLATE can unpack to."""
ACCEPTED: Final = "gzip"
"""What `accept-encoding` asks for, and what is unpacked here."""


class TooMuchError(Exception):
    """The answer goes on behind its limit, which `args[0]` gives."""


class PackedError(Exception):
    """The answer cannot be unpacked: a code, and why."""


def pieces_of(response: httpx.Response, method: str, limit: int, *, changes: bool = False) -> Iterator[bytes]:
    """The body, unpacked, piece by piece; BackendError API214 where it goes on past `limit`."""
    try:
        yield from within(unpacked(response, within(raw_pieces(response), limit)), limit)
    except TooMuchError as error:
        detail = f"{method} went on past {error}."
        raise failure("API214", detail=detail, fix=RAISED, may_have_worked=changes) from error
    except PackedError as error:
        code, words = error.args
        raise failure(code, detail=f"{method} {words}", may_have_worked=changes) from error
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise from_httpx(error, method, response.request.url.host, changes=changes) from error


def within(pieces: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """The same pieces, up to the limit; TooMuchError where there is one byte more."""
    left = limit
    for piece in pieces:
        yield piece[:left] if len(piece) > left else piece
        left -= len(piece)
        if left < 0:
            raise TooMuchError(counted(limit, "byte"))


def of_size(response: httpx.Response, method: str, uri: str, size: int, *, is_packed: bool) -> Iterator[bytes]:
    """A stored object, unpacked; BackendError API362 at the first byte past the size that it is said to have.

    What is stored compressed has its size over the wire, and unpacks to MOST_UNPACKED times as much at most.
    """
    seen = 0

    def watched(pieces: Iterable[bytes], limit: int) -> Iterator[bytes]:
        nonlocal seen
        for piece in within(pieces, limit):
            seen += len(piece)
            yield piece

    said = f"{uri} is said to have {counted(size, 'byte')}"
    comes_packed = _encoding(response) not in _PLAIN
    try:
        if is_packed and comes_packed:
            yield from unpacked(response, watched(raw_pieces(response), size))
        else:
            most = MOST_UNPACKED * size if is_packed else size
            yield from watched(unpacked(response, within(raw_pieces(response), 2 * most + _PIECE_BYTES)), most)
    except TooMuchError as error:
        raise failure("API362", detail=f"{said}, and goes on after that.") from error
    except PackedError as error:
        code, words = error.args
        raise failure(code, detail=f"{uri} {words}") from error
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise from_httpx(error, method, response.request.url.host, changes=False) from error
    if seen < size:
        raise failure("API362", detail=f"{said}, and ended after {seen:,}.")


def unpacked(response: httpx.Response, raw: Iterator[bytes]) -> Iterator[bytes]:
    """The body as it was before it was compressed; what was compressed comes in pieces of at most 64 KiB."""
    encoding = _encoding(response)
    if encoding in _PLAIN:
        return raw
    if encoding not in ("gzip", "x-gzip"):
        raise PackedError("API363", f"answered in the encoding {encoding[:60]!r}.")
    return _gunzipped(raw)


def _encoding(response: httpx.Response) -> str:
    return str(response.headers.get("content-encoding", "")).strip().lower()


def raw_pieces(response: httpx.Response) -> Iterator[bytes]:
    """The body as it came over the wire."""
    assert isinstance(response.stream, httpx.SyncByteStream)
    yield from response.stream


def whole(pieces: Iterable[bytes]) -> bytes:
    """All of them in one; nothing is held twice."""
    body = io.BytesIO()
    for piece in pieces:
        body.write(piece)
    return body.getvalue()


def _gunzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Several members in a row are one body, as gzip has it."""
    member, is_empty = zlib.decompressobj(16 + zlib.MAX_WBITS), True
    try:
        for piece in pieces:
            rest, is_empty = piece, is_empty and not piece
            while rest:
                if member.eof:
                    member = zlib.decompressobj(16 + zlib.MAX_WBITS)
                made = member.decompress(rest, _PIECE_BYTES)
                rest = member.unused_data if member.eof else member.unconsumed_tail
                if made:
                    yield made
        # What the last piece still held back, where a call stopped at its limit.
        while not (member.eof or is_empty) and (made := member.decompress(b"", _PIECE_BYTES)):
            yield made
    except zlib.error as error:
        raise PackedError("API212", f"is not compressed as it says: {error}.") from error
    if not (member.eof or is_empty):
        raise PackedError("API212", "ended in the middle of its compression.")


def values_refused(body: bytes, limit: int) -> str:
    """Why these bytes would become too many values, or ""; a limit for the memory that small ones take."""
    most, most_values = limit // _BYTES_A_CONTAINER, limit // _BYTES_A_VALUE
    if len(body) < 4 * most or (_counted(body, b"{[") <= most and _counted(body, b",") <= most_values):
        return ""
    # Punctuation in text counts nothing; only here is it worth the time to tell it apart.
    containers = values = end = 0
    for string in chain(_STRING.finditer(body), (None,)):
        start = string.start() if string else len(body)
        containers += body.count(b"{", end, start) + body.count(b"[", end, start)
        values += body.count(b",", end, start)
        if containers > most or values > most_values:
            what, limit_of = ("objects and lists", most) if containers > most else ("values", most_values)
            return f"more than {limit_of:,} {what}"
        end = string.end() if string else start
    return ""


def _counted(body: bytes, marks: bytes) -> int:
    return sum(body.count(marks[n : n + 1]) for n in range(len(marks)))
