"""Numbers that look random and follow from a seed alone: the same on every machine, in every version of Python."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

_T = TypeVar("_T")
_MASK: Final = (1 << 64) - 1
_STEP: Final = 0x9E3779B97F4A7C15


def words(seed: int) -> Iterator[int]:
    """SplitMix64, without end: whole numbers of 64 bits.

    Source: G. L. Steele, D. Lea, C. H. Flood, OOPSLA 2014, with the constants of S. Vigna's splitmix64.c. Not for
    secrets.
    """
    state = seed & _MASK
    while True:
        state = (state + _STEP) & _MASK
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        yield mixed ^ (mixed >> 31)


def indices(seed: int, below: int) -> Iterator[int]:
    """Whole numbers from 0 to `below` - 1, two from each word.

    Of fewer than a million none is favoured by more than one part in 4,000 (`below` / 2³²).
    """
    source = words(seed)
    while True:
        word = next(source)
        yield (word & 0xFFFFFFFF) * below >> 32
        yield (word >> 32) * below >> 32


def shuffled(items: Sequence[_T], seed: int) -> tuple[_T, ...]:
    """In the order in which they are asked: by Fisher and Yates, as Durstenfeld wrote it (CACM 7 (1964) 420)."""
    order = list(items)
    source = words(seed)
    for last in range(len(order) - 1, 0, -1):
        other = next(source) * (last + 1) >> 64
        order[last], order[other] = order[other], order[last]
    return tuple(order)
