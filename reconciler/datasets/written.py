"""What tells lines apart as they are written: a 64-bit hash of their bytes, for a whole block at once."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import xxhash


def hash_of_line(line: bytes) -> int:
    """63 bits, never 0, comparable within one process only."""
    return xxhash.xxh3_64_intdigest(line) >> 1 or 1


def hashes_of_lines(block: bytes, ends: Iterable[int]) -> list[int]:
    """The same for the lines of a block, which end before these indexes with their LF."""
    view, digest = memoryview(block), xxhash.xxh3_64_intdigest
    return [digest(view[a : b - 1]) >> 1 or 1 for a, b in pairwise([0, *ends])]
