"""Two 64-bit hashes a line, kept in bounded memory: what duplicates are found with.

A hash of every line must be kept to know a duplicate a million lines later. Up to SPILL lines stay in
memory; beyond, they go to an unnamed temporary file of 8 bytes a line, and are compared in partitions of
about PARTITION values. The hashes are Python's own, 64 bits with a key of this process: among ten million
lines the chance that any two differing lines collide is about 1 in 400,000.
"""

from __future__ import annotations

import tempfile
from array import array
from collections import Counter
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SPILL = 1 << 17
PARTITION = 1 << 16
_WIDTH = 8


class Column:
    """A growing list of 64-bit hashes, one a line, of which only the end is in memory."""

    def __init__(self, spill_to: IO[bytes] | None = None) -> None:
        self._file = spill_to
        self._spilled = 0
        self._recent = array("q")

    @classmethod
    def on_disk(cls) -> Column:
        """One whose file exists already, so that a forked worker can write what its parent reads."""
        # Unnamed, so there is nothing to delete; closed when the column is forgotten.
        return cls(tempfile.TemporaryFile())

    def __len__(self) -> int:
        return self._spilled + len(self._recent)

    def extend(self, hashes: list[int]) -> None:
        """Append the hashes of the next lines."""
        self._recent.extend(hashes)
        if len(self._recent) >= SPILL:
            self.flush()

    def flush(self) -> None:
        """Move everything out of memory."""
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115
        self._recent.tofile(self._file)
        self._file.flush()
        self._spilled += len(self._recent)
        self._recent = array("q")

    def adopt(self, count: int) -> None:
        """Say that another process has written `count` hashes to the file."""
        self._spilled = count

    def chunks(self) -> Iterator[array[int]]:
        """Everything from the start, in pieces."""
        if self._file is not None:
            self._file.seek(0)
            left = self._spilled
            while left:
                chunk = array("q")
                chunk.fromfile(self._file, min(left, PARTITION))
                left -= len(chunk)
                yield chunk
        yield self._recent


class Columns:
    """Both hashes of every line of a file, in parts of which each was read by one worker."""

    def __init__(self, prompts: list[Column], wholes: list[Column]) -> None:
        self.prompts = prompts
        self.wholes = wholes


def chunks_of(columns: Iterable[Column]) -> Iterator[array[int]]:
    """The hashes of all parts, in the order of the file."""
    for column in columns:
        yield from column.chunks()


def distinct(columns: list[Column]) -> int:
    """How many different hashes there are; 0 stands for a line without an example and does not count."""
    found = 0
    for part in _partitions(columns):
        values = set(part)
        values.discard(0)
        found += len(values)
    return found


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
    with tempfile.TemporaryFile() as spool:
        extents = _spool(columns, spool, count)
        for places in extents:
            yield _gather(spool, places)


def _spool(columns: list[Column], spool: IO[bytes], count: int) -> list[list[tuple[int, int]]]:
    extents: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    mask = count - 1
    for chunk in chunks_of(columns):
        buckets: list[list[int]] = [[] for _ in range(count)]
        put = [bucket.append for bucket in buckets]
        for value in chunk:
            put[value & mask](value)
        for bucket, places in zip(buckets, extents, strict=True):
            if bucket:
                places.append((spool.tell(), len(bucket)))
                array("q", bucket).tofile(spool)
    return extents


def _gather(spool: IO[bytes], places: list[tuple[int, int]]) -> array[int]:
    part = array("q")
    for offset, length in places:
        spool.seek(offset)
        part.frombytes(spool.read(length * _WIDTH))
    return part
