"""What the fast ways hand on: the measures of examples about which there is nothing to say."""

from __future__ import annotations

from array import array
from typing import NamedTuple, Protocol


class Vouched(NamedTuple):
    """The examples of some whole lines, all beyond doubt: sums, and an entry a line."""

    stop: int
    """The index in the block behind the last of them."""
    examples: int
    input_bytes: int
    output_bytes: int
    turns: int
    multi_turn: int
    with_system: int
    largest: int
    """Bytes of text of the largest."""
    inputs: array[int]
    outputs: array[int]
    prompts: array[int]
    wholes: array[int]
    labels: list[str]
    """Answers that may be names of classes, "" for one that is too long; empty where nobody asked."""


class FastPath(Protocol):
    """A fast way: scan.c, or Python where that was not compiled."""

    def vouch(self, block: bytes, start: int, stop: int, *, wants_labels: bool) -> Vouched:
        """Measure lines of block[start:stop], each with its LF, up to some line that is in doubt.

        Nothing is vouched for at all where the first line is in doubt.
        """
        ...

    def vouch_refusing(self, block: bytes, start: int, stop: int, *, wants_labels: bool) -> tuple[Vouched, str]:
        """One line that may be in doubt for its answer alone, which may refuse: with the beginning of that answer."""
        ...

    def sizes(self) -> tuple[dict[int, int], dict[int, int]]:
        """How many of all examples vouched for have a size: of input, of output."""
        ...
