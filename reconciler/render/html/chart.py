"""A chart of lines as SVG: no script, no colour alone, and a title and a description for who cannot see it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reconciler.render.html.markup import Content, Element, el
from reconciler.render.html.scale import Scale, scale_of, tick_words
from reconciler.render.html.thinning import Points

_WIDTH, _HEIGHT = 440, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 12, 20, 34
_DOTS_MAX = 40
"""A line of so many points shows each of them, with its numbers for the pointer."""
_EPOCHS_MAX = 12
OLDER = " older"
"""Behind the look of a line that others are compared with: it is broken, and has no points of its own."""


@dataclass(frozen=True, slots=True)
class ChartLine:
    """One line: what it is, its points, and how it looks (a class of the style sheet)."""

    label: str
    points: Points
    look: str

    @property
    def is_older(self) -> bool:
        """Whether it stands there to be compared with."""
        return self.look.endswith(OLDER)


@dataclass(frozen=True, slots=True)
class Epoch:
    """Where one ended."""

    number: int
    step: int


def chart(
    title: str, description: str, lines: Sequence[ChartLine], epochs: Sequence[Epoch] = (), *, has_dots: bool = True
) -> Element:
    """Step to the right, value upwards. What is no number is left out of a line.

    A dot is a point with its numbers for the pointer: each takes as much room in the file as ten points of a line.
    """
    steps = [float(step) for line in lines for step, _ in line.points]
    across = scale_of(steps, _LEFT, _WIDTH - _RIGHT, whole=True)
    values = [value for line in lines for _, value in line.points]
    upwards = scale_of(values, _HEIGHT - _BOTTOM, _TOP, ticks=4)
    return el(
        "svg",
        el("title", title),
        el("desc", description),
        *_grid(across, upwards),
        *_epochs(epochs, across),
        *(part for line in lines for part in _line(line, across, upwards, has_dots=has_dots)),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        class_="chart",
    )


def swatch(look: str) -> Element:
    """A piece of a line, for a legend."""
    stroke = el("line", class_=f"line {look}", x1="1", y1="5", x2="27", y2="5")
    return el("svg", stroke, viewBox="0 0 28 10", class_="swatch", aria_hidden="true")


def finite(points: Points) -> list[tuple[int, float]]:
    """The points that can be drawn."""
    return [(step, value) for step, value in points if math.isfinite(value)]


def _grid(across: Scale, upwards: Scale) -> Iterator[Element]:
    for tick, words in zip(upwards.ticks, tick_words(upwards.ticks), strict=True):
        y = upwards.at(tick)
        yield el("line", class_="grid", x1=_n(_LEFT), y1=_n(y), x2=_n(_WIDTH - _RIGHT), y2=_n(y))
        yield el("text", words, class_="tick y", x=_n(_LEFT - 6), y=_n(y + 4))
    for tick, words in zip(across.ticks, tick_words(across.ticks), strict=True):
        yield el("text", words, class_="tick x", x=_n(across.at(tick)), y=_n(_HEIGHT - _BOTTOM + 16))
    yield el("text", "step", class_="tick x", x=_n((_LEFT + _WIDTH - _RIGHT) / 2), y=_n(_HEIGHT - 3))


def _epochs(epochs: Sequence[Epoch], across: Scale) -> Iterator[Element]:
    for epoch in epochs if len(epochs) <= _EPOCHS_MAX else ():
        x = across.at(float(epoch.step))
        if _LEFT < x <= _WIDTH - _RIGHT:
            yield el("line", class_="epoch", x1=_n(x), y1=_n(_TOP), x2=_n(x), y2=_n(_HEIGHT - _BOTTOM))
            words = f"epoch {epoch.number}" if epoch is epochs[0] else f"{epoch.number}"
            yield el("text", words, class_="tick epochs", x=_n(x), y=_n(_TOP - 6))


def _line(line: ChartLine, across: Scale, upwards: Scale, *, has_dots: bool) -> Iterator[Element]:
    drawn = [(step, value, across.at(float(step)), upwards.at(value)) for step, value in finite(line.points)]
    places = " ".join(f"{_n(x)},{_n(y)}" for _, _, x, y in drawn)
    yield el("polyline", class_=f"line {line.look}", points=places)
    if has_dots and len(drawn) <= _DOTS_MAX and not line.is_older:
        yield from (_dot(f"{line.label}, step {step:,}: {value:.4g}", line.look, x, y) for step, value, x, y in drawn)


def _dot(words: str, look: str, x: float, y: float) -> Element:
    return el("circle", el("title", words), class_=f"dot {look}", cx=_n(x), cy=_n(y), r="2.5")


def _n(number: float) -> str:
    return f"{number:g}" if number == round(number) else f"{number:.1f}"


def legend(entries: Iterable[tuple[str, Content]]) -> Element:
    """What each line is, and its numbers."""
    return el("ul", *(el("li", swatch(look), " ", said) for look, said in entries), class_="legend")
