"""A row taken apart: what is asked, and what is to be answered. Of every format, those that nobody trains on included.

Two digests tell rows apart: of what is asked, and of all. What is asked is the whole row but its answer, functions and
settings included, so that a row with other functions is another row. The order of keys, escapes and white space between
tokens are form and make no difference; a key that stands twice counts as its last value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

_ANSWERS = (
    *("completions", "output", "output_text", "completion"),
    *("chosen", "rejected", "preferred_output", "non_preferred_output"),
)
"""Keys that hold what is learnt, in the formats that name it."""
_CONVERSATIONS = ("contents", "messages")
"""Keys whose last turn is what is learnt, in the others."""

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder(order="deterministic").encode


class RowDigests(NamedTuple):
    """64-bit hashes with a key of this process. Rows that cannot be read are told apart by their bytes."""

    asked: int
    whole: int


class RowSides(NamedTuple):
    """`answer` None: it has none that anybody would know as one."""

    asked: Mapping[str, Any]
    answer: Any = None


def sides_of(row: Mapping[str, Any]) -> RowSides:
    """The row without its answer, and that."""
    named = [key for key in _ANSWERS if key in row]
    if named:
        return RowSides({key: row[key] for key in row if key not in named}, {key: row[key] for key in named})
    for key in _CONVERSATIONS:
        turns = row.get(key)
        if isinstance(turns, list) and turns:
            return RowSides({**row, key: turns[:-1]}, turns[-1])
    return RowSides(row)


def digests_of(text: bytes | str) -> RowDigests:
    """Of a row of JSON without white space around it."""
    try:
        row = _decode(text)
    except (ValueError, RecursionError):
        return _of_raw(text)
    return digests_of_row(row) if isinstance(row, dict) else _of_raw(_encode(row))


def digests_of_row(row: Mapping[str, Any]) -> RowDigests:
    """Of a row that was read already."""
    asked, answer = sides_of(row)
    first = hash(_encode(asked))
    return RowDigests(first, hash((first, _encode(answer))))


def _of_raw(text: bytes | str) -> RowDigests:
    """The same question as no other row has."""
    whole = hash(text if isinstance(text, bytes) else text.encode(errors="surrogatepass"))
    return RowDigests(whole, whole)
