"""What tells lines apart as they are written: a 64-bit hash of their bytes, for a whole block at once."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def _hash_of_copy(line: memoryview) -> int:
    return hash(bytes(line)) & ((1 << 64) - 1)


_digest: Callable[[memoryview], int] = _hash_of_copy
try:
    import xxhash
except ImportError:  # pragma: no cover - it has wheels for all that we support
    pass
else:
    # Python's own hash wants a copy of each line, and reads it at a fifth of the speed.
    _digest = xxhash.xxh3_64_intdigest


def hash_of_line(line: bytes) -> int:
    """63 bits, never 0, comparable within one process only."""
    return _digest(memoryview(line)) >> 1 or 1


def hashes_of_lines(block: bytes, ends: Iterable[int]) -> list[int]:
    """The same for the lines of a block, which end before these indexes with their LF."""
    view, digest = memoryview(block), _digest
    return [digest(view[a : b - 1]) >> 1 or 1 for a, b in pairwise([0, *ends])]
