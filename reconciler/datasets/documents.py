"""JSON values that do not stand one a line, read one after the other without keeping the file in memory."""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, NamedTuple

from reconciler.datasets.findings import Breach
from reconciler.datasets.syntax import syntax_words

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_CHARACTERS = 1 << 23
"""A longer value is not parsed, or memory would grow with it."""

_NO_END = "The list has no end."
_BLANK = re.compile(r"[ \t\r\n]*")


class Piece(NamedTuple):
    """One value of a list, or one of several objects; or the reason why reading ends here."""

    line: int
    column: int
    """Both count from 1, in characters."""
    text: str
    problem: Breach | None = None


def pieces(blocks: Iterator[bytes]) -> Iterator[Piece]:
    """Every value of a JSON list, or of objects that follow each other. Ends at the first mistake."""
    window = _Window(blocks)
    try:
        if window.next_character() == "[":
            window.skip(1)
            yield from _list_pieces(window)
        else:
            while window.next_character():
                yield window.value()
    except _BrokenError as exc:
        yield Piece(window.line, window.column, "", exc.args[0])


def loose_pieces(blocks: Iterator[bytes]) -> Iterator[Piece]:
    """The same with commas and brackets wherever they stand between values. A list still has to end."""
    window = _Window(blocks)
    lists = 0
    try:
        while character := window.next_character():
            if character in ",[]":
                lists += {"[": 1, "]": -1}.get(character, 0)
                window.skip(1)
            else:
                yield window.value()
    except _BrokenError as exc:
        yield Piece(window.line, window.column, "", exc.args[0])
        return
    if lists > 0:
        yield Piece(window.line, window.column, "", Breach("DATA201", detail=_NO_END, at=0))


def _list_pieces(window: _Window) -> Iterator[Piece]:
    wanted = ""
    while (character := window.next_character()) != "]":
        if not character:
            raise _BrokenError(Breach("DATA201", detail=_NO_END, at=0))
        if wanted and character != wanted:
            raise _BrokenError(Breach("DATA201", detail="A comma is missing.", at=0))
        if wanted:
            window.skip(1)
            _check_more(window.next_character())
        yield window.value()
        wanted = ","
    window.skip(1)
    if window.next_character():
        raise _BrokenError(Breach("DATA208", at=0))


def _check_more(character: str) -> None:
    """A comma promises another value."""
    if character in ("", "]"):
        detail = "The last comma is one too many." if character else _NO_END
        raise _BrokenError(Breach("DATA201", detail=detail, at=0))


class _BrokenError(Exception):
    """Nothing more can be read; `args[0]` is the problem."""


class _Window:
    """The part of a text that is being read, with the place of its next character."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self.line = self.column = 1
        self._blocks = blocks
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._text = ""
        self._index = 0
        self._parse = json.JSONDecoder().raw_decode

    def next_character(self) -> str:
        """The first that is no white space, or "" at the end; everything before it is left behind."""
        while True:
            found = _BLANK.match(self._text, self._index)
            self.skip(found.end() - self._index if found else 0)
            if self._index < len(self._text):
                return self._text[self._index]
            if not self._more():
                return ""

    def skip(self, count: int) -> None:
        """Leave so many characters behind."""
        passed = self._text[self._index : self._index + count]
        lines = passed.count("\n")
        self.line += lines
        self.column = len(passed) - passed.rindex("\n") if lines else self.column + len(passed)
        self._index += count

    def value(self) -> Piece:
        """The value that starts here."""
        line, column = self.line, self.column
        while True:
            try:
                _, end = self._parse(self._text, self._index)
            except RecursionError as exc:
                raise _BrokenError(Breach("DATA207", at=0)) from exc
            except ValueError as exc:
                self._more_or_end(exc)
                continue
            # A number at the end of what was read may go on.
            if end < len(self._text) or not self._more():
                break
        text = self._text[self._index : end]
        self.skip(end - self._index)
        return Piece(line, column, text)

    def _more_or_end(self, why: ValueError) -> None:
        if len(self._text) - self._index > MOST_CHARACTERS:
            raise _BrokenError(Breach("DATA114", at=0)) from why
        before = self._index
        if self._more():
            return
        if isinstance(why, json.JSONDecodeError):
            self.skip(max(0, why.pos - before))
            raise _BrokenError(Breach("DATA201", detail=syntax_words(why), at=0)) from why
        raise _BrokenError(Breach("DATA201", detail="A number has too many digits.", at=0)) from why

    def _more(self) -> bool:
        """Read at least as much again as is waiting, so that a long value is parsed a few times only."""
        kept = self._text[self._index :]
        self._text, self._index = kept, 0
        try:
            while len(self._text) <= 2 * len(kept):
                block = next(self._blocks, b"")
                self._text += self._decode(block, final=not block)
                if not block:
                    break
        except UnicodeDecodeError as exc:
            detail = f"Byte {exc.object[exc.start]:02X}: {exc.reason}."
            raise _BrokenError(Breach("DATA110", detail=detail, at=0)) from exc
        return len(self._text) > len(kept)
