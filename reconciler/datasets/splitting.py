"""Training and validation out of one file: by the content of each line, so every run decides the same."""

from __future__ import annotations

import hashlib
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from reconciler.datasets.container import Container, container_of, start_of
from reconciler.datasets.source import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
    if container_of(first, is_table=source.is_table) not in {Container.LINES, Container.EMPTY}:
        raise UnreadableError("It does not hold one example a line. Convert it first.")
    return (line for line in lines_of(chain([first], blocks)) if line)


def lines_of(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines without their ends, or white space around them, and without a byte order mark."""
    kept: list[bytes] = []
    is_first = True
    for block in blocks:
        first, *rest = block.split(b"\n")
        kept.append(first)
        for part in rest:
            yield _bare(b"".join(kept), is_first=is_first)
            kept, is_first = [part], False
    yield _bare(b"".join(kept), is_first=is_first)


def _bare(line: bytes, *, is_first: bool) -> bytes:
    return (line.removeprefix(b"\xef\xbb\xbf") if is_first else line).strip(b" \t\r")
