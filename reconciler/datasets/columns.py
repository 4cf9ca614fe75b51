"""Hashes of lines, 64 bits each, kept in bounded memory: what duplicates are found with.

A hash of every line must be kept to know a duplicate a million lines later. Up to SPILL lines stay in
memory; beyond, they go to an unnamed temporary file of 8 bytes a line, and are compared in partitions of
about PARTITION values. The hashes have 64 bits with a key of this process: among ten million lines the chance
that any two differing lines collide is about 1 in 400,000.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from array import array
from collections import Counter
from itertools import accumulate, chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reconciler.datasets.native import library

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SPILL = 1 << 14
PARTITION = 1 << 13
CHUNK = 1 << 15
_WIDTH = 8


class Spool:
    """An unnamed temporary file of 64-bit numbers, gone when nothing refers to it any more.

    A bare descriptor: a forked worker appends by it what its parent reads, at places of its own.
    """

    def __init__(self) -> None:
        self._fd, name = tempfile.mkstemp(prefix="tuneform-")
        Path(name).unlink()
        self._closing = weakref.finalize(self, os.close, self._fd)

    def append(self, values: array[int]) -> None:
        """Write at the end."""
        left = memoryview(values).cast("B")
        while left:
            left = left[os.write(self._fd, left) :]

    def read(self, start: int, count: int) -> array[int]:
        """So many numbers from the one with index `start`."""
        values = array("q")
        while len(values) < count:
            data = os.pread(self._fd, (count - len(values)) * _WIDTH, (start + len(values)) * _WIDTH)
            values.frombytes(data[: len(data) // _WIDTH * _WIDTH])
        return values


class Column:
    """A growing list of 64-bit hashes, one a line, of which only the end is in memory."""

    def __init__(self, spool: Spool | None = None) -> None:
        self._spool = spool
        self._spilled = 0
        self._recent = array("q")

    @classmethod
    def on_disk(cls) -> Column:
        """One whose file exists already, so that a forked worker can write what its parent reads."""
        return cls(Spool())

    def __len__(self) -> int:
        return self._spilled + len(self._recent)

    def extend(self, hashes: Iterable[int]) -> None:
        """Append the hashes of the next lines."""
        self._recent.extend(hashes)
        if len(self._recent) >= SPILL:
            self.flush()

    def flush(self) -> None:
        """Move everything out of memory."""
        self._spool = self._spool or Spool()
        self._spool.append(self._recent)
        self._spilled += len(self._recent)
        self._recent = array("q")

    def adopt(self, count: int) -> None:
        """Say that another process has written `count` hashes to the file."""
        self._spilled = count

    def chunks(self) -> Iterator[array[int]]:
        """Everything from the start, in pieces."""
        if self._spool is not None:
            for start in range(0, self._spilled, CHUNK):
                yield self._spool.read(start, min(CHUNK, self._spilled - start))
        yield self._recent


class Hashes(NamedTuple):
    """The hashes of one range of lines, one of each line: of its prompt, and of all that it means."""

    prompts: Column
    wholes: Column

    @classmethod
    def in_memory(cls) -> Hashes:
        """For a small file, or one that only this process reads."""
        return cls(Column(), Column())

    @classmethod
    def on_disk(cls) -> Hashes:
        """See Column.on_disk."""
        return cls(Column.on_disk(), Column.on_disk())

    def add(self, prompts: Iterable[int], wholes: Iterable[int]) -> None:
        """Append those of the next lines."""
        self.prompts.extend(prompts)
        self.wholes.extend(wholes)

    def flush(self) -> None:
        """Move everything out of memory."""
        for column in self:
            column.flush()

    @property
    def lengths(self) -> tuple[int, int]:
        """Of the two columns."""
        return len(self.prompts), len(self.wholes)

    def adopt(self, lengths: tuple[int, int]) -> None:
        """Say that another process has written so many to each file."""
        for column, length in zip(self, lengths, strict=True):
            column.adopt(length)


class Columns:
    """The hashes of a whole file, in parts of which each was read by one worker."""

    def __init__(self, parts: list[Hashes]) -> None:
        self.prompts = [part.prompts for part in parts]
        self.wholes = [part.wholes for part in parts]


def chunks_of(columns: Iterable[Column]) -> Iterator[array[int]]:
    """The hashes of all parts, in the order of the file."""
    for column in columns:
        yield from column.chunks()


def total_and_distinct(columns: list[Column]) -> tuple[int, int]:
    """(all hashes, different ones). 0 stands for a line without a good example and does not count."""
    total = different = 0
    for part in _partitions(columns):
        values = set(part)
        if 0 in values:
            values.discard(0)
            total -= part.count(0)
        total += len(part)
        different += len(values)
    return total, different


def repeated(columns: list[Column], most: int) -> set[int]:
    """Hashes that occur more than once, at most so many of them."""
    found: set[int] = set()
    for part in _partitions(columns):
        if len(set(part)) != len(part):
            found.update(value for value, count in Counter(part).items() if count > 1 and value)
        if len(found) > most:
            break
    return found


def _partitions(columns: list[Column]) -> Iterator[array[int]]:
    """All hashes, so that equal ones are in the same piece."""
    total = sum(map(len, columns))
    if total <= SPILL:
        whole = array("q")
        for chunk in chunks_of(columns):
            whole.extend(chunk)
        yield whole
        return
    count = 1 << (total // PARTITION).bit_length()
    spool = Spool()
    lengths = _spread(columns, spool, count)
    # Each chunk was written group by group, so its next group starts where the last one ended.
    starts = list(accumulate(map(sum, lengths), initial=0))
    for group in range(count):
        part = array("q")
        for index, sizes in enumerate(lengths):
            part.extend(spool.read(starts[index], sizes[group]))
            starts[index] += sizes[group]
        yield part


def _spread(columns: list[Column], spool: Spool, count: int) -> list[array[int]]:
    """Copy all hashes, each chunk in groups of equal low bits; the sizes of the groups of each chunk."""
    lib = library()
    lengths: list[array[int]] = []
    for chunk in chunks_of(columns):
        grouped, sizes = _grouped(chunk, count) if lib is None else lib.grouped(chunk, count)
        # Two bytes each, which hold the size of a chunk: there are as many as chunks times groups.
        lengths.append(array("H", sizes))
        spool.append(grouped)
    return lengths


def _grouped(hashes: array[int], count: int) -> tuple[array[int], array[int]]:
    groups: list[list[int]] = [[] for _ in range(count)]
    put = [group.append for group in groups]
    mask = count - 1
    for value in hashes:
        put[value & mask](value)
    return array("q", chain.from_iterable(groups)), array("q", map(len, groups))
