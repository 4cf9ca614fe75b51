"""Curves as a picture in text: it fits, it shows every series, and its axes say what is where."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.curves import MetricPoint
from reconciler.render.style import Palette, Style
from reconciler.render.terminal.plot import MOST_SERIES, Marks, Series, legend, plot
from tests.conftest import Golden
from tests.render.curves import OVERFITTED

TRAIN = Series("train", OVERFITTED["train_total_loss"])
EVAL = Series("eval", OVERFITTED["eval_total_loss"])
MARKS = [
    Marks("epoch", [(n * 3.0, str(n)) for n in range(1, 13)], ticked=True),
    Marks("checkpoint", [(n * 9.0, str(n)) for n in range(1, 5)]),
]


def drawn(*values: float, style: Style = Style(), height: int = 6) -> list[str]:  # noqa: B008 - a value
    return plot([Series("x", [MetricPoint(n, v) for n, v in enumerate(values, 1)])], [], style, height=height)


def bare(line: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", line)


@pytest.mark.parametrize(
    ("name", "style"),
    [
        ("80", Style(80)),
        ("80-ascii", Style(80, unicode=False)),
        ("80-colour", Style(80, Palette.ON)),
        ("120", Style(120)),
    ],
)
def test_two_curves_with_their_epochs_and_checkpoints(name: str, style: Style, golden: Golden) -> None:
    lines = plot([TRAIN, EVAL], MARKS, style, height=10)

    golden(f"plot-{name}.txt", "\n".join([*legend(["train", "eval"], style), *lines]) + "\n")


def test_a_single_curve_is_drawn_in_dots(golden: Golden) -> None:
    golden("plot-one.txt", "\n".join(plot([TRAIN], [], Style(80), height=10)) + "\n")


@given(
    st.lists(st.lists(st.floats(), max_size=30), max_size=8),
    st.integers(40, 120),
    st.booleans(),
    st.sampled_from(Palette),
    st.integers(1, 15),
)
def test_no_picture_is_wider_or_higher_than_was_asked(
    values: list[list[float]], width: int, unicode: bool, palette: Palette, height: int
) -> None:
    series = [Series(str(n), [MetricPoint(s, v) for s, v in enumerate(line, 1)]) for n, line in enumerate(values)]

    lines = [bare(line) for line in plot(series, MARKS, Style(width, palette, unicode), height=height)]

    assert all(len(line) <= width for line in lines)
    assert len(lines) in (0, max(3, height) + 4)
    assert unicode or all(line.isascii() for line in lines)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=60))
def test_the_highest_value_is_in_the_first_row_and_the_lowest_in_the_last(values: list[float]) -> None:
    lines = drawn(*values, style=Style(unicode=False))[:6]

    rows = [n for n, line in enumerate(lines) if "*" in line]
    if max(values) > min(values):
        assert (rows[0], rows[-1]) == (0, 5)
    else:
        assert len(rows) == 1


def test_a_constant_is_a_line_in_the_middle() -> None:
    lines = drawn(0.7, 0.7, 0.7, style=Style(unicode=False))

    assert [n for n, line in enumerate(lines) if "*" in line] == [2]
    assert "0.7" in lines[2]


def test_a_single_point_is_one_mark() -> None:
    lines = drawn(2.5, style=Style(unicode=False))

    assert "".join(lines).count("*") == 1


@pytest.mark.parametrize("values", [(), (float("nan"),), (float("inf"), float("-inf"))])
def test_there_is_no_picture_of_nothing(values: tuple[float, ...]) -> None:
    assert drawn(*values) == []


def test_what_is_no_number_leaves_a_gap_and_moves_nothing() -> None:
    assert drawn(3.0, float("inf"), 1.0) == plot(
        [Series("x", [MetricPoint(1, 3.0), MetricPoint(3, 1.0)])], [], Style(), height=6
    )


def test_a_training_under_way_leaves_room_for_its_steps_to_come() -> None:
    half = [point for point in TRAIN.points if point.step <= 18]

    lines = plot([Series("x", half)], [], Style(80, unicode=False), height=6, to_step=36)

    assert max(line.rfind("*") for line in lines) < 50
    assert lines[-1].endswith("36")


def test_without_colours_each_series_has_a_character_and_with_them_dots() -> None:
    names = [str(n) for n in range(MOST_SERIES)]

    plain = legend(names, Style(80))
    coloured = legend(names, Style(80, Palette.ON))

    assert len({line[0] for line in plain}) == MOST_SERIES
    assert len({line[:6] for line in coloured}) == MOST_SERIES


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0.0, 2.4, ["2", "1", "0"]),
        (1.21, 1.79, ["1.6", "1.4"]),
        (0.0, 1e-9, ["1e-09", "5e-10", "0"]),
        (-3e8, 3e8, ["2e+08", "0", "-2e+08"]),
    ],
)
def test_labels_are_round_numbers(low: float, high: float, labels: list[str]) -> None:
    lines = drawn(low, high, height=12)

    assert [line.split("┤")[0].strip() for line in lines if "┤" in line] == labels
