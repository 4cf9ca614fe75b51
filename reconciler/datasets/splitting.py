"""Training and validation out of one file: by the content of each line, so every run decides the same."""

from __future__ import annotations

import hashlib
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from reconciler.core.plurals import counted
from reconciler.core.suggest import suggest
from reconciler.datasets.container import Container, container_of, start_of, unreadable
from reconciler.datasets.lines import MOST_BYTES, lines_of
from reconciler.datasets.rules import all_rules
from reconciler.datasets.source import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.lines import TextLine
    from reconciler.datasets.source import Source


class SplitLine(NamedTuple):
    """One line with its end, and the side it belongs to."""

    line: bytes
    is_validation: bool


def split(source: Source, fraction: float, seed: str = "") -> Iterator[SplitLine]:
    """Give each line of a file of JSON lines a side, about `fraction` (0 to 1) of them to validation.

    Decided by sha256 of seed and line alone: the same line is on the same side whatever stands around it,
    so copies never straddle the two sides and a file that grows keeps its split. Blank lines are left out.
    Raises UnreadableError for what is no regular file, ValueError for a fraction out of range.
    """
    if not 0 < fraction < 1:
        raise ValueError(f"The fraction is {fraction}; it must be between 0 and 1.")
    bound = int(fraction * (1 << 64))
    prefix = hashlib.sha256(seed.encode())
    return _split(source, prefix, bound)


def _split(source: Source, prefix: hashlib._Hash, bound: int) -> Iterator[SplitLine]:
    for line in _lines(source):
        yield SplitLine(line + b"\n", _is_below(prefix, line, bound))


def _is_below(prefix: hashlib._Hash, line: bytes, bound: int) -> bool:
    hasher = prefix.copy()
    hasher.update(line)
    return int.from_bytes(hasher.digest()[:8], "big") < bound


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
