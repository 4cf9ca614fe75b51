"""Pages of lists: keyset tokens bound to the list they came from."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from reconciler.emulator.call import Raw
from reconciler.emulator.errors import invalid

if TYPE_CHECKING:
    from reconciler.emulator.call import MethodCall
    from reconciler.emulator.store import BodyRow, Resource

Json = dict[str, Any]

_BATCH = 500
_PIECE = 30


def page_size(call: MethodCall, default: int, largest: int) -> int:
    """How many rows to answer: unset and 0 mean the default, more than the largest is cut, not refused."""
    asked = call.number("pageSize", 0)
    if asked < 0:
        raise invalid("Request contains an invalid argument.", [("page_size", "page_size must not be negative.")])
    return min(asked or default, largest)


def _scope(call: MethodCall) -> str:
    parts = [call.method.id, *sorted(call.params.items()), call.argument("filter")]
    return hashlib.sha256(repr(parts).encode("utf-8", "replace")).hexdigest()[:10]


def make_token(call: MethodCall, after: int) -> str:
    """The token of the page after the row of that number."""
    return base64.urlsafe_b64encode(f"{_scope(call)}.{after:x}".encode()).decode().rstrip("=")


def read_token(call: MethodCall) -> int | None:
    """The row to go on after. Raises ApiError 400 for a token of another list or none of ours."""
    token = call.argument("pageToken")
    if not token:
        return None
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode("ascii")
        scope, _, after = text.partition(".")
        position = int(after, 16)
    except (ValueError, binascii.Error):
        scope, position = "", 0
    if scope != _scope(call) or not 0 <= position < 2**62:
        raise invalid("Request contains an invalid argument.", [("page_token", "The page token is not valid.")])
    return position


def rows(
    call: MethodCall, kind: str, parent: str, *, oldest_first: bool = False, after: int | None = None
) -> Iterator[Resource]:
    """All resources of a parent, read in batches."""
    while True:
        batch = call.store.page(kind, parent, after=after, limit=_BATCH, oldest_first=oldest_first, until=call.until)
        yield from batch
        if len(batch) < _BATCH:
            return
        after = batch[-1].seq


def page_of(
    call: MethodCall,
    found: Iterator[Resource],
    size: int,
    render: Callable[[Resource], Json],
    keep: Callable[[Json], bool] = lambda _: True,
) -> tuple[list[Json], str]:
    """The next `size` rows that are kept, with the token of what follows ("" at the end)."""
    docs: list[Json] = []
    last = 0
    for row in found:
        doc = render(row)
        if not keep(doc):
            continue
        if len(docs) == size:
            return _doubled(call, docs), make_token(call, last)
        docs.append(doc)
        last = row.seq
    return _doubled(call, docs), ""


def _doubled(call: MethodCall, docs: list[Json]) -> list[Json]:
    return [copy for doc in docs for copy in (doc, doc)] if call.is_repeated else docs


def is_plain(call: MethodCall) -> bool:
    """Whether a list asks for nothing that its rows would have to be parsed for."""
    return not (call.is_repeated or any(call.argument(name) for name in ("filter", "orderBy", "readMask")))


def raw_page(call: MethodCall, kind: str, size: int, key: str, body_of: Callable[[BodyRow], bytes]) -> Raw:
    """A page of stored bodies, newest first, put together without being parsed."""
    found = call.store.bodies(kind, call.location, read_token(call), size + 1, call.until)
    token = make_token(call, found[size - 1][0]) if len(found) > size else ""
    return Raw(_joined(key, [body_of(row) for row in found[:size]], token))


def _joined(key: str, bodies: list[bytes], token: str) -> list[bytes]:
    """The list's JSON in pieces: one copy, and none so large that it would cost fresh memory from the system."""
    if not bodies:
        return [b"{}"]
    bodies[0] = b'{"' + key.encode() + b'":[' + bodies[0]
    bodies[-1] += b'],"nextPageToken":"' + token.encode() + b'"}' if token else b"]}"
    last = len(bodies) - _PIECE
    return [
        b",".join([*bodies[start : start + _PIECE], b""] if start < last else bodies[start:])
        for start in range(0, len(bodies), _PIECE)
    ]


def listed(key: str, docs: list[Json], token: str) -> Json:
    """The body of a list answer; what is empty is absent."""
    body: Json = {key: docs} if docs else {}
    return {**body, "nextPageToken": token} if token else body
