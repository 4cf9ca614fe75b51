"""Sizes of text counted in bounded memory: small ones exactly, larger ones to within a hundredth.

The same size always falls into the same class, so counts do not depend on the order of examples, nor on how many
workers counted them. scan.c counts by the same classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

EXACT = 1 << 12
"""Smaller sizes are classes of their own."""

_BITS = 7
_STEPS = 1 << (_BITS - 1)
_FIRST_SHIFT = EXACT.bit_length() - _BITS

CLASSES = EXACT + _STEPS * (64 - EXACT.bit_length())
"""How many there are, for sizes up to 2**63."""


def rounded(size: int) -> int:
    """The size that stands for its class: itself, or the middle of all with the same first seven bits."""
    if size < EXACT:
        return size
    shift = size.bit_length() - _BITS
    return (size >> shift << shift) + (1 << shift >> 1)


def size_of_class(index: int) -> int:
    """The size that stands for the class with this index, counted as scan.c does."""
    if index < EXACT:
        return index
    octave, step = divmod(index - EXACT, _STEPS)
    shift = octave + _FIRST_SHIFT
    return ((_STEPS + step) << shift) + (1 << shift >> 1)


def count(counts: dict[int, int], sizes: Iterable[int]) -> None:
    """Add sizes to counts by class."""
    for size in sizes:
        of_class = rounded(size)
        counts[of_class] = counts.get(of_class, 0) + 1
