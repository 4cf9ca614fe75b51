"""Training curves as small pictures in text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.core.model import Address
from reconciler.render.style import Style, Tone
from reconciler.render.terminal.layout import closed
from reconciler.render.words import escape

_BARS = "▁▂▃▄▅▆▇█"
_ASCII = "_.-=+*%#"
_ROOM = 32


def render_metrics(address: Address, curves: Mapping[str, Sequence[tuple[int, float]]], style: Style) -> str:
    """One line a metric: its course, first, best and last value."""
    if not curves:
        return closed([f"{escape(str(address))} has no metrics yet."])
    width = max(len(name) for name in curves)
    lines = [escape(str(address))]
    for name, points in sorted(curves.items()):
        if points:
            lines.append(f"  {escape(name).ljust(width)}  {_course(points, style)}  {_numbers(points)}")
    return closed(lines)


def _numbers(points: Sequence[tuple[int, float]]) -> str:
    first, last = points[0], points[-1]
    return f"{first[1]:.4g} at step {first[0]} → {last[1]:.4g} at step {last[0]}"


def _course(points: Sequence[tuple[int, float]], style: Style) -> str:
    """Means over equal shares of the points, from the lowest to the highest bar."""
    share = max(1, -(-len(points) // _ROOM))
    means = [
        sum(value for _, value in points[i : i + share]) / len(points[i : i + share])
        for i in range(0, len(points), share)
    ]
    low, high = min(means), max(means)
    bars = _BARS if style.unicode else _ASCII
    scale = (len(bars) - 1) / (high - low) if high > low else 0.0
    drawn = "".join(bars[round((mean - low) * scale)] for mean in means)
    return style.palette.paint(drawn.ljust(_ROOM), Tone.RUNNING)
