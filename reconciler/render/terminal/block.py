"""A block of lines that is drawn again in place, below lines that stay.

The cursor rests at the beginning of the block's first line. Whatever a terminal does to lines when its width changes
(some wrap them, some cut them off), it keeps the cursor there, so that everything from the cursor down is ours to draw
again at the new width: no line is left behind, and none of those above is lost.
docs/decisions/0020-live-progress-without-a-library.md says why this is our own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

_TO_LINE_END, _TO_SCREEN_END = "\x1b[K", "\x1b[J"


class LiveBlock:
    """Lines must be narrower than the terminal, and fewer than it has."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._drawn = False

    def draw(self, lines: Sequence[str], above: str = "") -> None:
        """Finished text above, then the block; one write, so that no terminal is asked in the middle of it."""
        if not (above or lines or self._drawn):
            return
        over = f"\r{_TO_SCREEN_END}{above}" if above and self._drawn else above
        block = f"{_TO_LINE_END}\n".join(lines) + _TO_SCREEN_END if lines or self._drawn else ""
        back = f"\x1b[{len(lines) - 1}A" if len(lines) > 1 else ""
        self._drawn = bool(lines)
        self._write(f"{over}\r{block}{back}\r" if block else over)

    def leave(self, lines: Sequence[str]) -> None:
        """Draw for the last time, and go on below it."""
        self.draw(lines)
        self._write("\n" * len(lines))
        self._drawn = False

    def _write(self, text: str) -> None:
        if text:
            self._stream.write(text)
            self._stream.flush()
