"""Every example of a file as people have it: what stands around examples, between them or over them is put right.

`check` says what is wrong with such a file; here it is read all the same, and what was done is told of each example.
Whatever is not beyond doubt stays as it is, with its problem.
"""

from __future__ import annotations

import json
import re
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from reconciler.core.plurals import counted
from reconciler.datasets.container import BOM, Container, container_of, start_of, unreadable
from reconciler.datasets.conversion.apart import Fragment, parts_of
from reconciler.datasets.documents import loose_pieces
from reconciler.datasets.findings import Breach
from reconciler.datasets.lexical import Decoded, decode_line, decode_text
from reconciler.datasets.lines import MOST_BYTES, lines_of
from reconciler.datasets.table import delimiter_of, records_of_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.lines import TextLine
    from reconciler.datasets.source import Source

_MARK = "a byte order mark in front of it was left out"
_CR = "the CR of its line end was left out"
_IN_A_LIST = "it stood in a list"
_OVER_LINES = "it went over several lines"
_TWICE = "it was encoded twice"

_MOST_LINES = 1 << 16
"""Lines of one example (the bound is ours)."""

_NO_JSON = frozenset({"DATA201", "DATA208"})
_NO_OBJECT = "DATA209"

# A text without an end ends with its line: each character is read once.
_TOKEN = re.compile(rb'[\[\]{}]|"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)


_OPENED = {b"{": 1, b"[": 1, b"}": -1, b"]": -1}


class MendedExample(NamedTuple):
    """One example where it starts, and what was done to have it."""

    line: int
    decoded: Decoded
    notes: tuple[str, ...] = ()


def mended_examples(source: Source) -> Iterator[MendedExample]:
    """Every example in the order of the file, as it goes by: memory does not grow with the file.

    Raises UnreadableError for what is no regular file.
    """
    blocks = source.read()
    first = start_of(blocks)
    found = _examples(source, first, chain([first], blocks))
    if first.startswith(BOM) and (head := next(found, None)):
        yield head._replace(notes=(_MARK, *head.notes))
    yield from found


def _examples(source: Source, first: bytes, blocks: Iterator[bytes]) -> Iterator[MendedExample]:
    match container_of(first, is_table=bool(source.delimiter)):
        case Container.LINES | Container.EMPTY:
            yield from _Lines(lines_of(blocks)).examples()
        case Container.DOCUMENT:
            yield from _of_document(blocks, is_told=not source.name.lower().endswith(".json"), first=first)
        case Container.TABLE:
            for line, row, problem in records_of_table(blocks, delimiter_of(first, source.delimiter)):
                yield MendedExample(line, Decoded("", row, (problem,) if problem else ()))
        case Container.FOREIGN:
            yield MendedExample(1, Decoded("", None, (unreadable(first),)))


def _of_document(blocks: Iterator[bytes], *, is_told: bool, first: bytes) -> Iterator[MendedExample]:
    """A list in a file that is named as one is no mistake of anybody's."""
    in_a_list = first.removeprefix(BOM).lstrip().startswith(b"[")
    note = (_IN_A_LIST if in_a_list else _OVER_LINES,) if is_told else ()
    for line, _, text, problem in loose_pieces(blocks):
        if problem:
            yield MendedExample(line, Decoded("", None, (problem,)))
        else:
            yield MendedExample(line, decode_text(text), note)


class _Lines:
    """Lines, of which several may be one example and one may be several."""

    def __init__(self, lines: Iterator[TextLine]) -> None:
        self._lines = lines
        self._looked_at: list[TextLine] = []
        """Read ahead in vain: the first of them did not begin an example over several lines."""

    def examples(self) -> Iterator[MendedExample]:
        """Each line is looked at twice at most: by itself, and as a part of another."""
        while (line := next(self._lines, None)) is not None:
            yield from self._of(line, may_go_on=True)
            waiting, self._looked_at = self._looked_at, []
            for other in waiting:
                yield from self._of(other, may_go_on=False)

    def _of(self, line: TextLine, *, may_go_on: bool) -> Iterator[MendedExample]:
        if not line.is_kept:
            problem = Breach("DATA114", detail=f"The line has {counted(line.size, 'byte')}.")
            yield MendedExample(line.number, Decoded("", None, (problem,)))
        elif line.text:
            decoded = decode_line(line.text)
            found = [*_mended(decoded)] or (self._over_lines(line, decoded) if may_go_on else [])
            notes = (_CR,) if line.has_cr else ()
            for one, done in found or [(decoded, ())]:
                yield MendedExample(line.number, one, (*notes, *done))

    def _over_lines(self, line: TextLine, decoded: Decoded) -> list[tuple[Decoded, tuple[str, ...]]]:
        """The example that begins here and ends further down, where its brackets close and all of it is good."""
        depth = _depth(line.text)
        if decoded.row is not None or depth <= 0 or not line.text.startswith(b"{"):
            return []
        pieces, size = [line.text], line.size
        while depth > 0 and (below := next(self._lines, None)) is not None:
            self._looked_at.append(below)
            size += below.size
            is_too_long = not below.is_kept or size > MOST_BYTES or len(pieces) > _MOST_LINES
            if is_too_long or _begins_anew(below):
                return []
            pieces.append(below.text)
            depth += _depth(below.text)
        whole = decode_line(b"\n".join(pieces))
        found = [(whole, ())] if whole.row is not None else [*_mended(whole)]
        if found:
            self._looked_at = []
        return [(one, (_OVER_LINES, *notes)) for one, notes in found]


def _mended(decoded: Decoded) -> Iterator[tuple[Decoded, tuple[str, ...]]]:
    """What a line holds that is no object: several, a list of them, or one in a text. Nothing where in doubt."""
    if decoded.row is not None:
        yield decoded, ()
        return
    rules = {problem.rule for problem in decoded.problems}
    text = decoded.text.rstrip(", \t")
    if _NO_OBJECT in rules or (text.startswith('"') and rules & _NO_JSON):
        yield from ((decode_text(part.text), (part.note,)) for part in _unpacked(text))
    elif rules & _NO_JSON:
        yield from ((decode_text(part.text), (part.note,)) for part in parts_of(decoded.text) or ())


def _unpacked(text: str) -> list[Fragment]:
    if text.startswith("[") and text.endswith("]"):
        return [Fragment(part.text, _IN_A_LIST) for part in parts_of(text[1:-1]) or ()]
    inner = _decoded_text(text)
    return [Fragment(inner, _TWICE)] if inner.lstrip().startswith("{") else []


def _decoded_text(text: str) -> str:
    try:
        inner = json.loads(text) if text.startswith('"') else ""
    except ValueError:
        return ""
    return inner.strip() if isinstance(inner, str) else ""


def _begins_anew(line: TextLine) -> bool:
    """Whether a whole example stands on a line that should go on with another: that one was cut off."""
    return not line.is_indented and line.text.startswith(b"{") and decode_line(line.text).row is not None


def _depth(text: bytes) -> int:
    """How many brackets more a line opens than it closes, those in its texts aside."""
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += _OPENED.get(token.group(), 0)
    return depth
