"""Training, validation and test out of one file, by the content of lines: every run decides the same.

The side of a line is decided by sha256 of the seed and of what the line asks (or of the line): whatever stands around
it, copies never straddle two sides, and a file that grows keeps its split. Where classes keep their shares, the few
lines move that make up for the difference.
"""

from __future__ import annotations

import hashlib
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import google_crc32c

from reconciler.core.plurals import counted
from reconciler.core.suggest import suggest
from reconciler.datasets.container import Container, container_of, start_of, unreadable
from reconciler.datasets.dealing import Dealt, deal
from reconciler.datasets.lines import MOST_BYTES, lines_of
from reconciler.datasets.rules import all_rules
from reconciler.datasets.source import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler.datasets.lines import TextLine
    from reconciler.datasets.shares import Wish
    from reconciler.datasets.source import Source


class SplitLine(NamedTuple):
    """One line with its end, and the side it belongs to."""

    line: bytes
    side: int


class Split:
    """One file on its way to two or three. `lines` may be had once `classes` is known."""

    def __init__(self, read: Callable[[], Source], wish: Wish) -> None:
        """`read` gives the file once for each pass over it: one by lines alone, else two."""
        self._read = read
        self._wish = wish
        self._prefix = hashlib.sha256(wish.seed.encode(errors="surrogateescape"))
        self._dealt = self._deal() if wish.by_question or wish.stratify != "off" else None

    @property
    def classes(self) -> Mapping[str, tuple[int, ...]]:
        """What each class has on each side, the largest first; empty where the split is by no class."""
        return self._dealt.classes if self._dealt is not None else {}

    def lines(self) -> Iterator[SplitLine]:
        """Every line that is not blank with its side. Raises UnreadableError where the file has changed meanwhile."""
        if self._dealt is None:
            for line in _lines(self._read()):
                yield SplitLine(line + b"\n", self._wish.side_of(self._position(line)))
            return
        sides, crc = self._dealt.sides, 0
        count = 0
        for count, line in enumerate(_lines(self._read()), 1):
            crc = google_crc32c.extend(crc, line)
            if count > len(sides):
                break
            yield SplitLine(line + b"\n", sides[count - 1])
        if (count, crc) != (len(sides), self._dealt.crc32c):
            raise UnreadableError("It was changed while it was read.")

    def _deal(self) -> Dealt:
        return deal(_lines(self._read()), self._wish, self._position)

    def _position(self, key: bytes) -> int:
        """The same in every run: by sha256 of seed and content alone."""
        hasher = self._prefix.copy()
        hasher.update(key)
        return int.from_bytes(hasher.digest()[:8], "big")


def _lines(source: Source) -> Iterator[bytes]:
    blocks = source.read()
    first = start_of(blocks)
    container = container_of(first, is_table=source.is_table)
    if container not in {Container.LINES, Container.EMPTY}:
        raise UnreadableError(_why(container, first))
    return _whole(lines_of(chain([first], blocks)))


def _why(container: Container, first: bytes) -> str:
    if container is Container.FOREIGN:
        problem = unreadable(first)
        return f"{problem.words} {all_rules()[problem.rule].fix}"
    return f"It does not hold one example a line. Run {suggest('dataset', 'convert').quoted} first."


def _whole(lines: Iterator[TextLine]) -> Iterator[bytes]:
    """The lines that are not blank; raises UnreadableError at one that is too long to be an example."""
    for line in lines:
        if not line.is_kept:
            size = counted(line.size, "byte")
            raise UnreadableError(f"Line {line.number} has {size}; at most {MOST_BYTES:,} are allowed. Split it first.")
        if line.text:
            yield line.text
