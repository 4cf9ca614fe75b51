"""Examples that share a line, or have something of a list around them: taken apart where that is beyond doubt."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

# White space (a CR alone was a line end once), commas of a list, and a line end that was written as two characters.
_BETWEEN = re.compile(r"(?:[ \t\r\n,]|\\n)*")
_PARSE = json.JSONDecoder().raw_decode


class Fragment(NamedTuple):
    """One object of a line, and what was done to have it."""

    text: str
    note: str


def parts_of(line: str) -> list[Fragment] | None:
    """The objects of a line that is no JSON; None where anything else is on it."""
    texts = list(_objects(line))
    if not texts or None in texts:
        return None
    note = "a comma behind it was left out" if len(texts) == 1 else "it shared a line with other examples"
    return [Fragment(text, note) for text in texts if text is not None]


def _objects(line: str) -> Iterator[str | None]:
    """Each once, in its order; None where reading ends before the line does."""
    at = _behind(line, 0)
    while at < len(line):
        if line[at] != "{":
            yield None
            return
        try:
            _, end = _PARSE(line, at)
        except (ValueError, RecursionError):
            yield None
            return
        yield line[at:end]
        at = _behind(line, end)


def _behind(line: str, at: int) -> int:
    found = _BETWEEN.match(line, at)
    return found.end() if found else at
