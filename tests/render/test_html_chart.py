"""Charts: round numbers on their axes, every point where it belongs, and no curve that breaks one."""

from __future__ import annotations

import math
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.render.html.chart import ChartLine, chart
from reconciler.render.html.markup import written
from reconciler.render.html.scale import scale_of, tick_words
from reconciler.render.html.thinning import thinned
from tests.render.reading_html import strict

_VALUES = st.floats() | st.floats(0, 10) | st.sampled_from([0.0, 1e308, -1e308, 5e-324])
_POINTS = st.lists(st.tuples(st.integers(0, 10**30), _VALUES), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([0.6, 2.47], ["0.5", "1", "1.5", "2", "2.5"]),
        ([0.25, 0.71], ["0.2", "0.4", "0.6", "0.8"]),
        ([100.0, 100.0], ["90", "95", "100", "105", "110"]),
        ([0.0, 0.0], ["-1", "-0.5", "0", "0.5", "1"]),
        ([0.000012, 0.00009], ["0", "2e-05", "4e-05", "6e-05", "8e-05", "0.0001"]),
        ([1.2e9, 4.4e9], ["1e+09", "2e+09", "3e+09", "4e+09", "5e+09"]),
    ],
)
def test_an_axis_has_round_numbers_that_take_in_every_value(values: list[float], words: list[str]) -> None:
    scale = scale_of(values, 0, 100, ticks=4)

    assert tick_words(scale.ticks) == words
    assert scale.low <= min(values) <= max(values) <= scale.high


def test_the_axis_of_steps_begins_and_ends_with_the_data() -> None:
    scale = scale_of([1.0, 150.0], 0, 149, whole=True)

    assert (scale.at(1.0), scale.at(150.0), scale.ticks) == (0, 149, (50.0, 100.0, 150.0))


@given(st.lists(_VALUES, min_size=1, max_size=20))
def test_any_values_have_an_axis(values: list[float]) -> None:
    scale = scale_of(values, 0, 100)

    words = tick_words(scale.ticks)

    assert 2 <= len(words) <= 12
    assert all(0 <= scale.at(value) <= 100 for value in values if not math.isnan(value))


@given(_POINTS)
def test_any_curve_is_drawn_inside_its_chart(points: list[tuple[int, float]]) -> None:
    svg = strict(written(chart("t", "d", [ChartLine("training", points, "train")])))

    drawn = [tuple(map(float, pair.split(","))) for pair in _polyline(svg).split()]

    assert len(drawn) == sum(math.isfinite(value) for _, value in points)
    assert all(0 <= x <= 440 and 0 <= y <= 220 for x, y in drawn)


def test_a_chart_is_told_to_who_cannot_see_it() -> None:
    svg = strict(
        written(chart("total loss of vertex/x", "falls", [ChartLine("training", [(1, 2.0), (2, 1.0)], "train")]))
    )

    assert svg.attrib["role"] == "img"
    assert [(part.tag, part.text) for part in svg[:2]] == [("title", "total loss of vertex/x"), ("desc", "falls")]
    assert [dot[0].text for dot in svg.iter("circle")] == ["training, step 1: 2", "training, step 2: 1"]


def _polyline(svg: ET.Element) -> str:
    (line,) = svg.iter("polyline")
    return line.attrib["points"]


@given(_POINTS, st.integers(4, 40))
def test_a_thinned_curve_has_its_ends_its_extremes_and_nothing_that_is_made_up(
    points: list[tuple[int, float]], most: int
) -> None:
    points = sorted({step: (step, value) for step, value in points if not math.isnan(value)}.values())
    if not points:
        return

    kept = thinned(points, most)

    assert len(kept) <= most
    assert set(kept) <= set(points)
    assert list(kept) == sorted(kept)
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    for extreme in (min, max):
        assert extreme(v for _, v in kept) == extreme(v for _, v in points)
