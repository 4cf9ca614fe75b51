"""A piece of the line that a finding is about, short and harmless to show."""

from __future__ import annotations

import os
import unicodedata
from typing import TYPE_CHECKING

from reconciler.datasets.patterns import PATTERN_RULES
from reconciler.datasets.source import UnreadableError, open_regular

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reconciler.datasets.findings import Finding

WIDTH = 80
"""Characters of training data that are shown at most."""

_BEFORE = 30
_READ_MOST = 1 << 20

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories that are escaped: control and format characters (bidirectional marks), separators."""


def read_at(path: Path) -> Callable[[int, int], bytes]:
    """A reader of (offset, size) from a local file; it gives nothing where it cannot."""

    def read(offset: int, size: int) -> bytes:
        try:
            fd = open_regular(path)
        except UnreadableError:
            return b""
        try:
            return os.pread(fd, size, offset)
        finally:
            os.close(fd)

    return read


def excerpt(finding: Finding, read: Callable[[int, int], bytes]) -> tuple[str, str]:
    """(piece of the line, caret below the place); two empty texts where there is nothing to show.

    What looks like a secret or like personal data is never shown: a terminal may be a log of CI.
    """
    if finding.rule in PATTERN_RULES:
        return "", ""
    wanted = 4 * (finding.column + WIDTH)
    if finding.offset < 0 or finding.column < 1 or wanted > _READ_MOST:
        return "", ""
    line = read(finding.offset, wanted).split(b"\n", 1)[0]
    text = line.decode(errors="replace").rstrip("\r")
    return _around(text, finding.column - 1)


def _around(text: str, index: int) -> tuple[str, str]:
    if index > len(text) or not text:
        return "", ""
    start = max(0, index - _BEFORE)
    before = [harmless(c) for c in text[start:index]]
    lead = "…" if start else ""
    shown = lead + "".join(before)
    for character in text[index:]:
        piece = harmless(character)
        if len(shown) + len(piece) >= WIDTH:
            shown += "…"
            break
        shown += piece
    return shown, " " * _columns(lead + "".join(before)) + "^"


def harmless(character: str) -> str:
    """The character, or its escape where it could move the cursor, hide or turn text round."""
    if unicodedata.category(character) not in _HIDDEN:
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _columns(text: str) -> int:
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
