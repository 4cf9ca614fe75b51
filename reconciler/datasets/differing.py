"""Which rows two files have in common, by digests, in bounded memory: neither file's size nor their difference matters.

Both files are read once, row by row. Of each row 24 bytes are kept: its two digests (sides.py) and its number. Rows go
into groups by what they ask, so that rows which belong together are in one group; what does not fit in memory goes to
an unnamed temporary file, and the groups are compared one after the other.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from heapq import nsmallest
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from reconciler.core.data_changes import RowCounts
from reconciler.datasets.columns import Spool
from reconciler.datasets.container import Container, container_of, start_of
from reconciler.datasets.documents import pieces
from reconciler.datasets.lines import lines_of
from reconciler.datasets.sides import digests_of, digests_of_row
from reconciler.datasets.source import UnreadableError
from reconciler.datasets.table import records_of_table

if TYPE_CHECKING:
    from typing import Any

    from reconciler.datasets.findings import Breach
    from reconciler.datasets.lines import TextLine
    from reconciler.datasets.source import Source

GROUP_ROWS = 1 << 16
"""About so many rows are compared at once."""
HELD_ROWS = 1 << 16
"""So many are in memory before they go to a file; of a smaller one there is no file."""
_MOST_GROUPS = 1 << 12
_FIELDS = 3


_Placed: TypeAlias = "tuple[int, bytes | str, dict[str, Any] | None]"
"""A line, and the text of a row or a row."""


class NumberedRow(NamedTuple):
    """One row of a file, by its number from 0 among the rows and its line from 1. One of `text` and `row` is set."""

    number: int
    line: int
    text: bytes | str = b""
    row: dict[str, Any] | None = None


class RowPairs(NamedTuple):
    """Numbers of rows, the first of each kind: of the new file, of the old one, and (old, new)."""

    added: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()
    relabelled: tuple[tuple[int, int], ...] = ()

    def with_more(self, others: RowPairs, keep: int) -> RowPairs:
        """The first `keep` of each kind of both."""
        return RowPairs(
            tuple(nsmallest(keep, (*self.added, *others.added))),
            tuple(nsmallest(keep, (*self.removed, *others.removed))),
            tuple(nsmallest(keep, (*self.relabelled, *others.relabelled))),
        )


class RowDifference(NamedTuple):
    """What became of the rows. `reordered`: the very same rows, in another order."""

    counts: RowCounts
    first: RowPairs = RowPairs()
    reordered: bool = False


def difference(old: Source, new: Source, *, rows: int = 0, keep: int = 0) -> RowDifference:
    """Compare two files; `rows` is about how many they have, `keep` how many of each kind are named.

    Raises UnreadableError for what is no regular file, and for what holds no rows of text.
    """
    count = min(_MOST_GROUPS, 1 << (rows // GROUP_ROWS).bit_length()) if rows > GROUP_ROWS else 1
    before, after = _Groups(count), _Groups(count)
    before.read(old)
    after.read(new)
    total, first = RowCounts(), RowPairs()
    for group in range(count):
        found, pairs = _compared(before.rows(group), after.rows(group))
        total = RowCounts(*map(sum, zip(total, found, strict=True)))
        first = first.with_more(pairs, keep)
    return RowDifference(total, first, reordered=not total.differs and before.order != after.order)


def rows_of(source: Source) -> Iterator[NumberedRow]:
    """Every row of a file, whatever holds them. Blank lines are no rows."""
    blocks = source.read()
    first = start_of(blocks)
    container = container_of(first, is_table=source.is_table)
    for number, (line, text, row) in enumerate(_placed(container, chain([first], blocks), source)):
        yield NumberedRow(number, line, text, row)


def _placed(container: Container, blocks: Iterator[bytes], source: Source) -> Iterator[_Placed]:
    match container:
        case Container.LINES | Container.EMPTY:
            for line in lines_of(blocks):
                if text := line.text or _too_long(line):
                    yield line.number, text, None
        case Container.DOCUMENT:
            for piece in pieces(blocks):
                _must_be_whole(piece.problem, piece.line, source)
                yield piece.line, piece.text, None
        case Container.TABLE:
            for record in records_of_table(blocks):
                _must_be_whole(record.problem, record.line, source)
                yield record.line, b"", record.row
        case Container.FOREIGN:
            raise UnreadableError(f"{source.name} holds no rows of text.")


def _too_long(line: TextLine) -> bytes:
    """Rows that are longer than any example may be are told apart by their size alone."""
    return b"" if line.is_kept else b"%d bytes" % line.size


def _must_be_whole(problem: Breach | None, line: int, source: Source) -> None:
    """What is broken in a document or a table ends the comparison: what follows would be missing in silence."""
    if problem is not None:
        raise UnreadableError(f"{source.name}, line {line}: it cannot be read on. {problem.words}")


class _Groups:
    """The rows of one file, in groups of equal low bits of what they ask."""

    def __init__(self, count: int) -> None:
        self._mask = count - 1
        self._here = [array("q") for _ in range(count)]
        self._pieces: list[array[int]] = [array("q") for _ in range(count)]
        self._spool: Spool | None = None
        self._held = self._written = 0
        self.order = 0
        """A digest of all rows in their order."""

    def read(self, source: Source) -> None:
        """All rows of a file."""
        for row in rows_of(source):
            asked, whole = digests_of(row.text) if row.row is None else digests_of_row(row.row)
            self._here[asked & self._mask].extend((asked, whole, row.number))
            self.order = hash((self.order, whole))
            self._held += 1
            if self._held >= HELD_ROWS:
                self._spill()

    def rows(self, group: int) -> list[tuple[int, int, int]]:
        """(digest of what is asked, of all, number) of the rows of one group, in the order of the file."""
        values = array("q")
        places = iter(self._pieces[group])
        for start, length in zip(places, places, strict=True):
            assert self._spool is not None
            values.extend(self._spool.read(start, length))
        values.extend(self._here[group])
        fields = iter(values)
        return list(zip(fields, fields, fields, strict=True))

    def _spill(self) -> None:
        self._spool = self._spool or Spool()
        for group, values in enumerate(self._here):
            if values:
                self._spool.append(values)
                self._pieces[group].extend((self._written, len(values)))
                self._written += len(values)
                self._here[group] = array("q")
        self._held = 0


def _compared(old: Sequence[tuple[int, int, int]], new: Sequence[tuple[int, int, int]]) -> tuple[RowCounts, RowPairs]:
    """First the rows that both have, as often as both have them; of the rest, those that ask the same."""
    both = Counter(whole for _, whole, _ in old) & Counter(whole for _, whole, _ in new)
    unchanged = both.total()
    asked: dict[int, list[int]] = {}
    for question, number in _left(old, both):
        asked.setdefault(question, []).append(number)
    for numbers in asked.values():
        numbers.reverse()
    added: list[int] = []
    relabelled: list[tuple[int, int]] = []
    for question, number in _left(new, both):
        if before := asked.get(question):
            relabelled.append((before.pop(), number))
        else:
            added.append(number)
    removed = [number for numbers in asked.values() for number in numbers]
    pairs = RowPairs(tuple(added), tuple(removed), tuple(relabelled))
    return RowCounts(len(added), len(removed), len(relabelled), unchanged), pairs


def _left(rows: Iterable[tuple[int, int, int]], both: Counter[int]) -> Iterator[tuple[int, int]]:
    """(what is asked, number) of the rows that the other file does not have: of equal ones, the later."""
    left = Counter(both)
    for asked, whole, number in rows:
        if left[whole] > 0:
            left[whole] -= 1
        else:
            yield asked, number
