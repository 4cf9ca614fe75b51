"""Other services' and older formats to the one that is wanted, one example at a time."""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.datasets.container import Container, container_of, start_of
from reconciler.datasets.conversion.example import NotConvertibleError
from reconciler.datasets.conversion.readers import READERS
from reconciler.datasets.conversion.writers import WRITERS
from reconciler.datasets.documents import pieces
from reconciler.datasets.findings import Problem
from reconciler.datasets.formats import Format, Method, recognise
from reconciler.datasets.lexical import Decoded, decode_line, decode_text
from reconciler.datasets.rules import all_rules
from reconciler.datasets.splitting import lines_of
from reconciler.datasets.table import records_of_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.source import Source

__all__ = ["WRITERS", "Converted", "NotConverted", "convert"]


class Converted(NamedTuple):
    """One example in the wanted format, as one line without its end."""

    line: int
    """Where it started in the source."""
    text: str
    notes: tuple[str, ...] = ()
    """What was left out or changed."""


class NotConverted(NamedTuple):
    """One example that could not be converted, and why."""

    line: int
    reason: str


def convert(source: Source, to: Format) -> Iterator[Converted | NotConverted]:
    """Every example of a file, in its order, as it goes by: memory does not grow with the file.

    Raises UnreadableError for what is no regular file.
    """
    method = Method.OPEN_MODEL if source.format is Format.MESSAGES else None
    for line, decoded in _examples(source):
        yield _converted(line, decoded, source.format, to, method)


def _converted(
    line: int, decoded: Decoded, hint: Format | None, to: Format, method: Method | None
) -> Converted | NotConverted:
    if decoded.row is None or any(problem.rule == "DATA203" for problem in decoded.problems):
        problem = decoded.problems[0]
        return NotConverted(line, f"{all_rules()[problem.rule].title}. {problem.detail}".strip())
    kind = hint or recognise(decoded.row, method)
    if kind is Format.UNKNOWN:
        return NotConverted(line, _why_unknown(decoded.row))
    try:
        example = READERS[kind](decoded.row)
        row = WRITERS[to](example)
    except NotConvertibleError as exc:
        return NotConverted(line, str(exc))
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
    return Converted(line, _without_line_separators(text), tuple(example.notes))


def _without_line_separators(text: str) -> str:
    r"""U+2028 and its like as escapes: equal JSON, which no reader of lines can cut in two."""
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x85", "\\u0085")


def _why_unknown(row: dict[str, Any]) -> str:
    keys = ", ".join(sorted(row)[:6])[:60]
    return f"No known format has these keys: {keys}." if keys else "The object is empty."


def _examples(source: Source) -> Iterator[tuple[int, Decoded]]:
    blocks = source.read()
    first = start_of(blocks)
    container = container_of(first, is_table=source.is_table)
    match container:
        case Container.LINES | Container.EMPTY:
            yield from _of_lines(chain([first], blocks))
        case Container.DOCUMENT:
            yield from _of_document(chain([first], blocks))
        case Container.TABLE:
            yield from _of_table(chain([first], blocks))
        case Container.COMPRESSED:
            yield 1, _unreadable("DATA102")
        case Container.UTF_16:
            yield 1, _unreadable("DATA110")


def _of_lines(blocks: Iterator[bytes]) -> Iterator[tuple[int, Decoded]]:
    for number, line in enumerate(lines_of(blocks), start=1):
        if line:
            yield number, decode_line(line)


def _of_document(blocks: Iterator[bytes]) -> Iterator[tuple[int, Decoded]]:
    for line, _, text, problem in pieces(blocks):
        yield line, Decoded("", None, (problem,)) if problem else decode_text(text)


def _of_table(blocks: Iterator[bytes]) -> Iterator[tuple[int, Decoded]]:
    for line, row, problem in records_of_table(blocks):
        yield line, Decoded("", row, (problem,) if problem else ())


def _unreadable(rule: str) -> Decoded:
    return Decoded("", None, (Problem(rule),))
