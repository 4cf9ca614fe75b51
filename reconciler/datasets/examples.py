"""Every example of a file, decoded, however they are packed: one a line, in a JSON document, or in a table."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from reconciler.core.plurals import counted
from reconciler.datasets.container import Container, container_of, start_of, unreadable
from reconciler.datasets.documents import pieces
from reconciler.datasets.findings import Breach
from reconciler.datasets.lexical import Decoded, decode_line, decode_text
from reconciler.datasets.lines import lines_of
from reconciler.datasets.table import records_of_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.source import Source

_ANY = (b"",)


class PlacedExample(NamedTuple):
    """One example where it stands. `offset` is the byte at which its line starts; -1: it has no line of its own."""

    line: int
    decoded: Decoded
    offset: int = -1


def examples_of(source: Source, having: tuple[bytes, ...] = _ANY) -> Iterator[PlacedExample]:
    """Every example in the order of the file, as it goes by: memory does not grow with the file.

    Of JSON lines only those that hold one of the bytes `having` are decoded: a search is a hundred times
    faster. Raises UnreadableError for what is no regular file.
    """
    blocks = source.read()
    first = start_of(blocks)
    container = container_of(first, is_table=source.is_table)
    match container:
        case Container.LINES | Container.EMPTY:
            yield from _of_lines(chain([first], blocks), having)
        case Container.DOCUMENT:
            yield from _of_document(chain([first], blocks))
        case Container.TABLE:
            yield from _of_table(chain([first], blocks))
        case Container.FOREIGN:
            yield PlacedExample(1, Decoded("", None, (unreadable(first),)))


def _of_lines(blocks: Iterator[bytes], having: tuple[bytes, ...]) -> Iterator[PlacedExample]:
    for line in lines_of(blocks):
        if not line.is_kept:
            yield PlacedExample(
                line.number, _unreadable("DATA114", f"The line has {counted(line.size, 'byte')}."), line.offset
            )
        elif line.text and any(sought in line.text for sought in having):
            yield PlacedExample(line.number, decode_line(line.text), line.offset)


def _of_document(blocks: Iterator[bytes]) -> Iterator[PlacedExample]:
    for line, _, text, problem in pieces(blocks):
        yield PlacedExample(line, Decoded("", None, (problem,)) if problem else decode_text(text))


def _of_table(blocks: Iterator[bytes]) -> Iterator[PlacedExample]:
    for line, row, problem in records_of_table(blocks):
        yield PlacedExample(line, Decoded("", row, (problem,) if problem else ()))


def _unreadable(rule: str, detail: str = "") -> Decoded:
    return Decoded("", None, (Breach(rule, detail=detail),))
