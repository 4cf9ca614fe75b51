"""A block of lines on a terminal that is drawn again in place, whatever becomes of the terminal's width.

As the rows of live.py: the cursor rests at the beginning of the first line, which every terminal keeps in its place;
all from there down is ours. docs/decisions/0020-live-progress-without-a-library.md says why.
"""

from __future__ import annotations

import re
from types import TracebackType
from typing import Self, TextIO

from reconciler.render.words import width_of

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_TO_LINE_END, _TO_SCREEN_END = "\x1b[K", "\x1b[J"


class Redrawn:
    """A context manager: at its end nothing of the block is left."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_drawn = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_drawn:
            self._write(f"\r{_TO_SCREEN_END}")

    def draw(self, text: str, columns: int, height: int) -> None:
        """In place of what was drawn before, in one write: the lines that fit, as many as fit.

        A line as wide as the terminal would leave the cursor beyond its end.
        """
        lines = [line for line in text.splitlines() if width_of(_COLOURS.sub("", line)) < columns][: max(1, height - 1)]
        back = f"\x1b[{len(lines) - 1}A" if len(lines) > 1 else ""
        self._is_drawn = True
        self._write("\r" + f"{_TO_LINE_END}\n".join(lines) + _TO_SCREEN_END + back + "\r")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
