"""How examples are packed into a file: one a line, one JSON document, a table, or nothing readable."""

from __future__ import annotations

import json
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BOM = b"\xef\xbb\xbf"

SNIFFED_BYTES = 1 << 18
"""How much of the start decides."""

_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstandard",
}


class Container(Enum):
    """How examples follow each other."""

    LINES = "lines"
    DOCUMENT = "document"
    TABLE = "table"
    COMPRESSED = "compressed"
    UTF_16 = "utf-16"
    EMPTY = "empty"


def container_of(start: bytes, *, is_table: bool) -> Container:
    """Judged by the first bytes of a file (SNIFFED_BYTES of them, or all that there are)."""
    if compression(start):
        return Container.COMPRESSED
    if _is_utf_16(start):
        return Container.UTF_16
    text = start.removeprefix(BOM).lstrip()
    if not text:
        return Container.EMPTY
    if is_table:
        return Container.TABLE
    first = text.split(b"\n", 1)[0]
    if first.lstrip().startswith(b"["):
        return Container.DOCUMENT if _starts_with_objects(text) else Container.LINES
    return Container.DOCUMENT if _goes_on_below(first, text) else Container.LINES


def start_of(blocks: Iterator[bytes]) -> bytes:
    """The first SNIFFED_BYTES or a little more, taken off the blocks."""
    first = b""
    while len(first) < SNIFFED_BYTES and (block := next(blocks, b"")):
        first += block
    return first


def compression(start: bytes) -> str:
    """The name of the compression whose mark stands at the start, or ""."""
    return next((name for magic, name in _MAGIC.items() if start.startswith(magic)), "")


def _is_utf_16(start: bytes) -> bool:
    """By its mark, or by the zero byte beside each letter."""
    return start.startswith((b"\xff\xfe", b"\xfe\xff")) or 3 * start[:64].count(0) > len(start[:64])


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
