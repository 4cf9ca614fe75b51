"""Curves as a picture in text: axes with labels, several series, and marks below.

docs/decisions/0025-curves-without-a-library.md says why this is our own. With braille a character is two dots wide and
four high. Without it, or where several series share a picture that has no colours, each series has a character.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TypeAlias

from reconciler.core.curves import Curve, finite
from reconciler.render.style import Palette, Style, Tone

TONES = (Tone.RUNNING, Tone.CHANGED, Tone.REPLACED, Tone.ADDED, Tone.MOVED, Tone.REMOVED)
_MARKERS = "*o+x#%"
MOST_SERIES = len(TONES)
"""More could not be told apart."""
_BRAILLE = 0x2800
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bits of a braille character by row and column."""
_Cell: TypeAlias = tuple[str, int]
"""A character, and of which series it is; -1 for none."""
_EMPTY: _Cell = (" ", -1)
_BOX = {"│": "|", "└": "+", "─": "-", "┬": "+", "┤": "+"}


@dataclass(frozen=True, slots=True)
class Series:
    """One line of the picture. What is no number is left out."""

    label: str
    points: Curve


@dataclass(frozen=True, slots=True)
class Marks:
    """A row below the axis: what it marks, and where, by step. `ticked` ones stand on the axis itself."""

    label: str
    at: Sequence[tuple[float, str]]
    ticked: bool = False


def plot(series: Sequence[Series], marks: Sequence[Marks], style: Style, *, height: int, to_step: int = 0) -> list[str]:
    """At most `style.width` columns and `height` rows, with a row for the axis and for each of the marks.

    None for nothing to draw. `to_step`: the axis reaches that far at least, for a training that is not there yet.
    """
    shown = [Series(s.label, finite(s.points)) for s in series[:MOST_SERIES]]
    points = [point for one in shown for point in one.points]
    if not points:
        return []
    canvas = _Canvas.of(shown, style, height, to_step)
    lines = [*canvas.rows(shown), canvas.axis(marks)]
    lines += [canvas.below(row) for row in [Marks("step", canvas.steps()), *marks] if row.at]
    return [line.rstrip() for line in lines]


def legend(labels: Sequence[str], style: Style) -> list[str]:
    """Which line is which, a line each; nothing for a single one, whose name stands elsewhere."""
    if len(labels) < 2:
        return []
    signs = ["⠤⠤" if _is_drawn_in_dots(len(labels), style) else _MARKERS[n] for n in range(len(labels))]
    return [f"{style.paint(sign, tone)} {label}" for sign, tone, label in zip(signs, TONES, labels, strict=False)]


def _is_drawn_in_dots(series: int, style: Style) -> bool:
    return style.unicode and (series == 1 or style.palette is Palette.ON)


@dataclass(frozen=True, slots=True)
class _Canvas:
    """Where things are: columns and rows of characters, and which numbers they stand for."""

    style: Style
    left: int
    columns: int
    height: int
    low: float
    high: float
    first: float
    last: float

    @classmethod
    def of(cls, series: Sequence[Series], style: Style, height: int, to_step: int) -> _Canvas:
        values = [p.value for one in series for p in one.points]
        steps = [p.step for one in series for p in one.points]
        low, high = min(values), max(values)
        left = max(len("checkpoint"), *(len(text) for _, text in _ticks(low, high)))
        columns = max(8, style.width - left - 2)
        return cls(style, left, columns, max(3, height), low, high, min(steps), max(*steps, to_step))

    def column(self, step: float, scale: int = 1) -> int:
        """Of a step, from 0; `scale` dots to a character."""
        return _place(step, self.first, self.last, self.columns * scale)

    def row(self, value: float, scale: int = 1) -> int:
        """Of a value, from 0 at the top."""
        return self.height * scale - 1 - _place(value, self.low, self.high, self.height * scale)

    def rows(self, series: Sequence[Series]) -> Iterator[str]:
        """With labels at round numbers."""
        cells = self._dots(series) if _is_drawn_in_dots(len(series), self.style) else self._marked(series)
        labels = {self.row(value): text for value, text in _ticks(self.low, self.high)}
        for row in range(self.height):
            label, edge = labels.get(row, ""), "┤" if row in labels else "│"
            drawn = self._painted([cells.get((row, column), _EMPTY) for column in range(self.columns)])
            yield f"{label:>{self.left}} {self._box(edge)}{drawn}"

    def axis(self, marks: Sequence[Marks]) -> str:
        """The line below, with what is ticked on it."""
        ticked = {self.column(step) for row in marks if row.ticked for step, _ in row.at}
        line = "".join("┬" if column in ticked else "─" for column in range(self.columns))
        return f"{'':{self.left}} {self._box('└' + line)}"

    def steps(self) -> list[tuple[float, str]]:
        """The first, the last, and round ones between."""
        between = [(value, text) for value, text in _ticks(self.first, self.last, 5) if value == int(value)]
        ends = [(self.first, f"{self.first:.0f}"), (self.last, f"{self.last:.0f}")]
        return [*ends[:1], *between, *ends[1:]]

    def below(self, marks: Marks) -> str:
        """Each centred on its column, the last and the first before those between, none over another."""
        taken = [" "] * self.columns
        for step, text in [*marks.at[-1:], *marks.at[:-1]]:
            start = min(max(0, self.column(step) - len(text) // 2), self.columns - len(text))
            if start >= 0 and all(c == " " for c in taken[max(0, start - 1) : start + len(text) + 1]):
                taken[start : start + len(text)] = text
        label = self.style.paint(f"{marks.label:>{self.left}}", Tone.FAINT)
        return f"{label}  {''.join(taken)}"

    def _box(self, text: str) -> str:
        return text if self.style.unicode else "".join(_BOX[char] for char in text)

    def _painted(self, cells: Sequence[_Cell]) -> str:
        """A row, each run of one series in its colour."""
        runs = (("".join(char for char, _ in run), n) for n, run in groupby(cells, key=lambda cell: cell[1]))
        return "".join(text if n < 0 else self.style.paint(text, TONES[n]) for text, n in runs).rstrip()

    def _dots(self, series: Sequence[Series]) -> dict[tuple[int, int], _Cell]:
        bits: dict[tuple[int, int], int] = {}
        owner: dict[tuple[int, int], int] = {}
        for n, one in enumerate(series):
            for column, row in _line(one.points, lambda s: self.column(s, 2), lambda v: self.row(v, 4)):
                cell = (row // 4, column // 2)
                bits[cell] = bits.get(cell, 0) | _DOTS[row % 4][column % 2]
                owner[cell] = n
        return {cell: (chr(_BRAILLE + bit), owner[cell]) for cell, bit in bits.items()}

    def _marked(self, series: Sequence[Series]) -> dict[tuple[int, int], _Cell]:
        cells: dict[tuple[int, int], _Cell] = {}
        for n, one in enumerate(series):
            for column, row in _line(one.points, self.column, self.row):
                cells[row, column] = (_MARKERS[n], n)
        return cells


def _line(points: Curve, column: Callable[[float], int], row: Callable[[float], int]) -> Iterator[tuple[int, int]]:
    """The dots from point to point."""
    places = [(column(p.step), row(p.value)) for p in points]
    yield from places[:1]
    for (x, y), (to_x, to_y) in pairwise(places):
        long = max(abs(to_x - x), abs(to_y - y), 1)
        for n in range(long + 1):
            yield x + round((to_x - x) * n / long), y + round((to_y - y) * n / long)


def _place(value: float, low: float, high: float, room: int) -> int:
    """From 0 to room - 1; in the middle where there is but one value."""
    if high <= low:
        return room // 2
    return min(room - 1, max(0, round((value / (high - low) - low / (high - low)) * (room - 1))))


def _ticks(low: float, high: float, about: int = 4) -> list[tuple[float, str]]:
    """Round numbers of the range with their text: 1, 2 or 5 times a power of ten apart."""
    span = high - low
    if not (0 < span < math.inf) or span < abs(high) * 1e-9:
        return [(low, f"{low:.4g}")]
    rough = span / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(times * power for times in (1, 2, 5, 10) if times * power >= rough * 0.999)
    decimals = max(0, -math.floor(math.log10(step)))
    numbers = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    if max(abs(low), abs(high)) >= 1e7 or decimals > 6:
        return [(n * step, f"{n * step:.3g}") for n in numbers]
    return [(n * step, f"{n * step:.{decimals}f}") for n in numbers]
