"""The lines of a file one after the other, each bounded, so that memory does not grow with a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_BYTES = 1 << 23
"""A longer line is counted and not kept; DATA114 says why it is no example."""

_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r"


class TextLine(NamedTuple):
    """One line. `number` counts from 1; `text` is bare: no end, no white space around it, no byte order mark."""

    number: int
    text: bytes
    size: int
    """Bytes with white space, without LF."""
    offset: int
    """The byte of the file at which `text` starts."""
    is_indented: bool = False
    """Whether white space stands in front of it."""
    has_cr: bool = False
    """Whether a CR stands in front of its LF."""

    @property
    def is_kept(self) -> bool:
        """Whether `text` is all of it."""
        return self.size <= MOST_BYTES


def lines_of(blocks: Iterable[bytes]) -> Iterator[TextLine]:
    """Every line; behind the last LF there is one more, perhaps empty."""
    kept: list[bytes] = []
    number, size, offset = 1, 0, 0
    for block in blocks:
        first, *rest = block.split(b"\n")
        for part in (first, *rest[:-1]) if rest else ():
            size += len(part)
            yield _line(number, [*kept, part], size, offset)
            kept, size, number, offset = [], 0, number + 1, offset + size + 1
        last = rest[-1] if rest else first
        size += len(last)
        kept = [*kept, last] if size <= MOST_BYTES else []
    yield _line(number, kept, size, offset)


def _line(number: int, pieces: list[bytes], size: int, offset: int) -> TextLine:
    if size > MOST_BYTES:
        return TextLine(number, b"", size, offset)
    whole = b"".join(pieces)
    text = (whole.removeprefix(_BOM) if number == 1 else whole).lstrip(_BLANK)
    is_indented = whole.startswith((b" ", b"\t"))
    return TextLine(
        number, text.rstrip(_BLANK), size, offset + len(whole) - len(text), is_indented, whole.endswith(b"\r")
    )
