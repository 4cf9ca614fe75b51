"""Where a character of a text stands in the file that the text was read from, however YAML wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from reconciler.core.diagnostics import Location
from reconciler.files.yaml_spelling import spellings
from reconciler.files.yaml_tree import Document

_BLANKS: Final = " \t\r\n"


def place_in_text(document: Document, path: Sequence[str | int], text: str, offset: int) -> Location:
    """Of `text[offset]`, where `text` is the value at `path`; the place of the value where that cannot be told."""
    value = document.place(path)
    lines = document.source.data.decode("utf-8-sig", "replace").splitlines(keepends=True)[value.line - 1 :]
    source = "".join(lines[: text.count("\n") + len(text) // 20 + 50])
    start = _start_of_text(source, value.column - 1, key=str(path[-1]))
    found = None if start is None else _walked(source, start, text, offset)
    if found is None:
        return value
    line = source.count("\n", 0, found)
    return Location(value.path, value.line + line, found - (source.rfind("\n", 0, found) + 1) + 1)


def _start_of_text(source: str, at: int, *, key: str) -> int | None:
    """After a quote, or after the line with the sign of a block. `at` is the value, or its key."""
    for name in spellings(key):
        if source.startswith(name, at) and source[at + len(name) :].lstrip(" \t").startswith(":"):
            at = source.index(":", at) + 1
            at += len(source[at:]) - len(source[at:].lstrip(_BLANKS))
            break
    sign = source[at : at + 1]
    if sign in ("|", ">"):
        end = source.find("\n", at)
        return end + 1 if end >= 0 else None
    return at + 1 if sign in ("'", '"') else at


def _walked(source: str, at: int, text: str, offset: int) -> int | None:
    """The index in the source; any blanks there stand for any here. None where the two part."""
    index = 0
    while True:
        while at < len(source) and source[at] in _BLANKS:
            at += 1
        while index < len(text) and text[index] in _BLANKS:
            if index == offset:
                return at
            index += 1
        if index == offset:
            return at
        if index >= len(text) or at >= len(source):
            return None
        quoted = source[at : at + 2]
        if source[at] != text[index] or quoted == "''":
            at += 1
            if quoted not in ("''", '\\"', "\\\\") or source[at] != text[index]:
                return None
        at, index = at + 1, index + 1
