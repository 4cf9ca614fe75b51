"""Gemini API pairs in a CSV file: a header with text_input and output, then one pair a record."""

from __future__ import annotations

import codecs
import csv
from typing import TYPE_CHECKING, NamedTuple

from reconciler.core.plurals import counted
from reconciler.datasets.documents import MOST_CHARACTERS
from reconciler.datasets.findings import Breach
from reconciler.datasets.lexical import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_INPUT_NAMES = ("text_input", "textInput")
_OUTPUT_NAME = "output"
_INVISIBLE = "\u2028\u2029\x85"
_TWICE = "DATA204"


class TableRow(NamedTuple):
    """One record, or what is wrong with it. `line` is where it starts."""

    line: int
    row: dict[str, str] | None
    problem: Breach | None = None


def rows_of_table(blocks: Iterable[bytes]) -> Iterator[TableRow]:
    """Every pair of a CSV file; ends after a header that cannot be used."""
    is_checked = False
    for line, row, problem in records_of_table(blocks):
        if row is not None and not is_checked:
            is_checked = True
            missing = _header_problem(list(row))
            if missing:
                yield TableRow(1, None, missing)
                return
        if row is not None and problem is not None:
            yield TableRow(1 if problem.rule == _TWICE else line, None, problem)
        yield TableRow(line, _pair(row)) if row is not None else TableRow(line, None, problem)


def records_of_table(blocks: Iterable[bytes], delimiter: str = ",") -> Iterator[TableRow]:
    """Every record of any CSV file, by the names in its header. One that has a row is read in spite of its problem."""
    reader = csv.reader(_lines(blocks), strict=True, delimiter=delimiter)
    header: list[str] | None = None
    of_header: Breach | None = None
    line = 1
    while True:
        try:
            cells = next(reader, None)
        except _UndecodableError as exc:
            yield TableRow(reader.line_num + 1, None, exc.problem)
            return
        except _TooLongError:
            yield TableRow(line, None, Breach("DATA114", detail=f"It has more than {MOST_CHARACTERS:,} characters."))
            return
        except csv.Error as exc:
            yield TableRow(line, None, Breach("DATA706", detail=f"{exc}.".capitalize(), at=0))
            return
        if cells is None:
            return
        if cells and header is None:
            header = [cell.strip() for cell in cells]
            of_header = _given_twice(header)
        elif cells and header is not None:
            record = _record(header, cells, line)
            yield record._replace(problem=record.problem or of_header)
            of_header = of_header if record.problem else None
        line = reader.line_num + 1


def delimiter_of(start: bytes, by_name: str) -> str:
    """What the name says, unless the header has none of it and others instead: spreadsheets write semicolons, too."""
    header = start.split(b"\n", 1)[0]
    if by_name == "," and b"," not in header:
        return next((other for other in (";", "\t") if other.encode() in header), by_name)
    return by_name


class _UndecodableError(Exception):
    """A byte that is no UTF-8, as a problem of its line."""

    def __init__(self, problem: Breach) -> None:
        super().__init__(problem)
        self.problem = problem


class _TooLongError(Exception):
    """A line of this many characters and more."""


def _lines(blocks: Iterable[bytes]) -> Iterator[str]:
    """Whole lines, each with its end; pieces of a long one are joined once."""
    decode = codecs.getincrementaldecoder("utf-8-sig")().decode
    kept: list[str] = []
    length = 0
    for block in blocks:
        try:
            text = decode(block)
        except UnicodeDecodeError as exc:
            yield from _lines_before(kept, exc)
            return
        first, *whole = text.split("\n")
        kept.append(first)
        length += len(first)
        if length > MOST_CHARACTERS:
            raise _TooLongError(length)
        if whole:
            yield "".join(kept) + "\n"
            *whole, last = whole
            yield from (line + "\n" for line in whole)
            kept, length = [last], len(last)
    try:
        yield "".join(kept) + decode(b"", final=True)
    except UnicodeDecodeError as exc:
        yield from _lines_before(kept, exc)


def _lines_before(kept: list[str], exc: UnicodeDecodeError) -> Iterator[str]:
    """The lines in front of a byte that is no UTF-8; then the error, with its place in the line that it is on."""
    *whole, last = ("".join(kept) + exc.object[: exc.start].decode("utf-8-sig")).split("\n")
    yield from (line + "\n" for line in whole)
    detail = f"Byte {exc.object[exc.start]:02X}: {exc.reason}."
    raise _UndecodableError(Breach("DATA110", detail=detail, at=len(last))) from exc


def _header_problem(header: list[str]) -> Breach | None:
    missing = [] if set(_INPUT_NAMES) & set(header) else [_INPUT_NAMES[0]]
    missing += [] if _OUTPUT_NAME in header else [_OUTPUT_NAME]
    if not missing:
        return None
    named = ", ".join(shorten(name) for name in header[:8])
    return Breach("DATA706", detail=f"No column {' and '.join(missing)}; there are: {named}.", at=0)


def _record(header: list[str], cells: list[str], line: int) -> TableRow:
    if len(cells) != len(header):
        detail = f"The record has {counted(len(cells), 'cell')}, the header {len(header)}."
        return TableRow(line, None, Breach("DATA706", detail=detail, at=0))
    if any("\0" in cell for cell in cells):
        return TableRow(line, None, Breach("DATA205", detail="It is in a cell.", at=0))
    row = dict(zip(header, cells, strict=True))
    found = next((c for cell in cells if not cell.isascii() for c in _INVISIBLE if c in cell), "")
    return TableRow(line, row, Breach("DATA206", detail=f"U+{ord(found):04X}", at=0) if found else None)


def _given_twice(header: list[str]) -> Breach | None:
    """The first name that the header has twice. A nameless column beside a table is its writer's habit."""
    seen: set[str] = set()
    for name in header:
        if name and name in seen:
            return Breach(_TWICE, detail=f'Column "{shorten(name)}": of each record the last is read.', at=0)
        seen.add(name)
    return None


def _pair(record: dict[str, str]) -> dict[str, str]:
    given = next(record[name] for name in _INPUT_NAMES if name in record)
    return {"text_input": given, "output": record[_OUTPUT_NAME]}
