"""A terminal as tests see it: enough of one for what live progress writes, and both ways of changing its width."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKENS = re.compile(r"\x1b\[(\d*)([A-Za-z])|([\r\n])|([^\x1b\r\n])", re.DOTALL)


@dataclass
class Screen:
    """Lines without end above, `rows` of them visible. `reflows`: narrower, long lines are wrapped; else cut off.

    A line is (text, whether the next one goes on with it). The cursor is at (row, column) of `lines`.
    """

    columns: int
    reflows: bool
    lines: list[tuple[str, bool]] = field(default_factory=lambda: [("", False)])
    row: int = 0
    column: int = 0

    def feed(self, text: str) -> None:
        for count, letter, control, char in _TOKENS.findall(text):
            if control:
                self._control(control)
            elif letter:
                self._escape(int(count or "1"), letter)
            elif char:
                self._put(char)

    def resize(self, columns: int) -> None:
        """As a terminal does: the cursor stays with the character it is on."""
        if self.reflows:
            self._reflow(columns)
        else:
            self.lines = [(text[:columns], False) for text, _ in self.lines]
        self.columns = columns

    def shown(self) -> list[str]:
        """Everything, wrapped lines put together again, without what is empty at the end."""
        whole: list[str] = []
        goes_on = False
        for text, wraps in self.lines:
            if goes_on:
                whole[-1] += text
            else:
                whole.append(text)
            goes_on = wraps
        lines = [line.rstrip() for line in whole]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def _control(self, char: str) -> None:
        if char == "\n":
            self.row += 1
            if self.row == len(self.lines):
                self.lines.append(("", False))
        self.column = 0  # the kernel adds the carriage return to a line feed

    def _escape(self, count: int, letter: str) -> None:
        text, _ = self.lines[self.row]
        if letter == "A":
            self.row = max(0, self.row - count)
        elif letter in "KJ":
            self.lines[self.row] = (text[: self.column], False)
            if letter == "J":
                del self.lines[self.row + 1 :]
        elif letter != "m":
            raise AssertionError(letter)

    def _put(self, char: str) -> None:
        if self.column == self.columns:
            self.lines[self.row] = (self.lines[self.row][0], True)
            self._control("\n")
        text, wraps = self.lines[self.row]
        text = text.ljust(self.column)
        self.lines[self.row] = (text[: self.column] + char + text[self.column + 1 :], wraps)
        self.column += 1

    def _reflow(self, columns: int) -> None:
        wide: list[str] = []
        goes_on = False
        at = (0, 0)
        for number, (text, wraps) in enumerate(self.lines):
            start = len(wide[-1]) if goes_on else 0
            if goes_on:
                wide[-1] += text
            else:
                wide.append(text)
            if number == self.row:
                at = (len(wide) - 1, start + self.column)
            goes_on = wraps
        self.lines, cursor = [], (0, 0)
        for number, text in enumerate(wide):
            parts = [text[i : i + columns] for i in range(0, len(text), columns)] or [""]
            if number == at[0]:
                cursor = (len(self.lines) + min(at[1] // columns, len(parts) - 1), at[1] % columns)
            self.lines += [(part, index < len(parts) - 1) for index, part in enumerate(parts)]
        self.row, self.column = cursor
