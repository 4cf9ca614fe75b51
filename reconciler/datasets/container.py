"""How examples are packed into a file: one a line, one JSON document, a table, or nothing readable."""

from __future__ import annotations

import json
from enum import Enum
from typing import TYPE_CHECKING

from reconciler.datasets.findings import Breach
from reconciler.datasets.kinds import text_problem
from reconciler.datasets.known_files import binary_problem, encoding_of, is_binary, known_file

if TYPE_CHECKING:
    from collections.abc import Iterator

BOM = b"\xef\xbb\xbf"

SNIFFED_BYTES = 1 << 18
"""How much of the start decides."""


class Container(Enum):
    """How examples follow each other."""

    LINES = "lines"
    DOCUMENT = "document"
    TABLE = "table"
    FOREIGN = "foreign"
    """Nothing that could be read as examples; unreadable() says what it is."""
    EMPTY = "empty"


def container_of(start: bytes, *, is_table: bool) -> Container:
    """Judged by the first bytes of a file (SNIFFED_BYTES of them, or all that there are)."""
    if _foreign_bytes(start):
        return Container.FOREIGN
    text = start.removeprefix(BOM).lstrip()
    if not text:
        return Container.EMPTY
    if is_table:
        return Container.TABLE
    if text_problem(start):
        return Container.FOREIGN
    first = text.split(b"\n", 1)[0]
    if first.lstrip().startswith(b"["):
        return Container.DOCUMENT if _starts_with_objects(text) else Container.LINES
    return Container.DOCUMENT if _goes_on_below(first, text) else Container.LINES


def unreadable(start: bytes) -> Breach:
    """What a file is that is no file of examples."""
    return _foreign_bytes(start) or text_problem(start) or binary_problem()


def _foreign_bytes(start: bytes) -> Breach | None:
    found = known_file(start)
    if found:
        return found
    encoding = encoding_of(start)
    if encoding:
        return Breach("DATA110", detail=f"It is {encoding}.")
    return binary_problem() if is_binary(start) else None


def start_of(blocks: Iterator[bytes]) -> bytes:
    """The first SNIFFED_BYTES or a little more, taken off the blocks."""
    first = b""
    while len(first) < SNIFFED_BYTES and (block := next(blocks, b"")):
        first += block
    return first


def _starts_with_objects(text: bytes) -> bool:
    return text[1:].lstrip()[:1] in (b"{", b"]", b"")


def _goes_on_below(first: bytes, text: bytes) -> bool:
    """Whether the first line is the beginning of an object that later lines finish."""
    if not first.startswith(b"{") or _first_document_parses(first):
        return False
    second = text[len(first) :].lstrip()
    if first.strip() == b"{" or second[:1] in (b'"', b"}", b"]"):
        return True
    return not second.startswith(b"{") and _first_document_parses(text)


def _first_document_parses(text: bytes) -> bool:
    try:
        json.JSONDecoder().raw_decode(text.decode(errors="replace"))
    except (ValueError, RecursionError):
        return False
    return True
