"""Training curves as small pictures in text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from reconciler.core.model import Address
from reconciler.render.style import Style, Tone
from reconciler.render.terminal.layout import INDENT, closed, indented
from reconciler.render.words import escape, width_of

_BARS = "▁▂▃▄▅▆▇█"
_ASCII = "_.-=+*%#"
_WIDEST = 32
_NARROWEST = 12
"""Columns of a picture."""

_Points: TypeAlias = Sequence[tuple[int, float]]


def render_metrics(address: Address, curves: Mapping[str, _Points], style: Style) -> str:
    """A metric's course, first and last value: on one line where all of them fit the width, else below its name."""
    shown = {name: points for name, points in sorted(curves.items()) if points}
    if not shown:
        return closed([f"{escape(str(address))} has no metrics yet."])
    longest = min(_WIDEST, max(len(points) for points in shown.values()))
    names = max(width_of(escape(name)) for name in shown)
    numbers = max(width_of(_numbers(points, style)) for points in shown.values())
    room = style.width - INDENT - names - numbers - 4
    lines = [escape(str(address))]
    for name, points in shown.items():
        if room >= min(longest, _NARROWEST):
            picture = _course(points, min(room, longest), style)
            lines.append(f"  {_padded(escape(name), names)}  {picture}  {_numbers(points, style)}")
        else:
            lines += _below(escape(name), points, longest, numbers, style)
    return closed(lines)


def _below(name: str, points: _Points, longest: int, numbers: int, style: Style) -> Iterator[str]:
    """The name, and on the next line its picture and numbers; on two where even those are too wide."""
    yield f"  {name}"
    by = INDENT + 2
    room = style.width - by - numbers - 2
    if room >= min(longest, _NARROWEST):
        yield f"{' ' * by}{_course(points, min(room, longest), style)}  {_numbers(points, style)}"
    else:
        yield f"{' ' * by}{_course(points, min(style.width - by, longest), style)}"
        yield from indented(_numbers(points, style), style, by=by)


def _padded(text: str, room: int) -> str:
    return text + " " * (room - width_of(text))


def _numbers(points: _Points, style: Style) -> str:
    first, last = points[0], points[-1]
    return f"{first[1]:.4g} at step {first[0]} {style.arrow} {last[1]:.4g} at step {last[0]}"


def _course(points: _Points, room: int, style: Style) -> str:
    """Means over equal shares of the points, from the lowest to the highest bar."""
    share = max(1, -(-len(points) // room))
    means = [
        sum(value for _, value in points[i : i + share]) / len(points[i : i + share])
        for i in range(0, len(points), share)
    ]
    low, high = min(means), max(means)
    bars = _BARS if style.unicode else _ASCII
    scale = (len(bars) - 1) / (high - low) if high > low else 0.0
    drawn = "".join(bars[round((mean - low) * scale)] for mean in means)
    return style.palette.paint(drawn.ljust(room), Tone.RUNNING)
