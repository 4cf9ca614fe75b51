"""`status` on one screen, and what it calls wrong."""

from __future__ import annotations

import pytest

from reconciler.cli.watching import page
from reconciler.core.concerns import Concern, ConcernKind
from reconciler.core.model import Address, Progress
from reconciler.render.style import Size, Style
from reconciler.render.terminal.status import render_concerns, render_status
from reconciler.render.values import StatusRow
from reconciler.render.words import width_of
from reconciler.workflow.status_rows import important_first
from tests.render.builders import EMULATOR, status_rows

STUCK = StatusRow(
    Address("vertex", "m77"),
    "candidate",
    "JOB_STATE_RUNNING",
    attempt="2",
    concerns=(Concern(ConcernKind.STUCK, "no step", 11e3),),
)
MANY = [
    *(StatusRow(Address("vertex", f"m{n:02}"), "serving", "JOB_STATE_SUCCEEDED", endpoint=f"e/{n}") for n in range(40)),
    *(StatusRow(Address("vertex", f"m{n:02}"), "deposed", "JOB_STATE_SUCCEEDED", attempt="1") for n in range(40, 50)),
    STUCK,
    StatusRow(Address("vertex", "m90"), "", "queued", attempt="1"),
]


def _shown(height: int | None) -> list[str]:
    return render_status(MANY, EMULATOR, Style(), height=height, first=important_first(MANY)).splitlines()


@pytest.mark.parametrize("height", [12, 24, 60])
def test_a_status_of_many_models_is_one_screen_and_says_how_to_see_the_rest(height: int) -> None:
    lines = _shown(height)

    assert len(lines) <= height
    assert any("tuneform status --all" in line for line in lines)
    assert lines[-1] == "Wrong: 1 stuck."
    assert "10 deposed" in " ".join(lines[-3:])


def test_what_somebody_has_to_look_at_is_never_left_out_for_what_is_well() -> None:
    lines = "\n".join(_shown(14))

    assert "vertex/m77" in lines
    assert "vertex/m90" in lines
    assert "no step (3 h 03 min)" in lines
    assert "vertex/m45" not in lines


def test_without_a_screen_everything_is_shown() -> None:
    lines = "\n".join(_shown(None))

    assert all(str(row.address) in lines for row in MANY)
    assert "--all" not in lines


def test_rows_stay_in_the_order_of_their_addresses_whatever_is_left_out() -> None:
    shown = [line.split()[0] for line in _shown(24) if line.startswith("vertex/")]

    assert shown == sorted(shown)


def test_each_thing_that_is_wrong_is_a_line() -> None:
    lines = render_concerns(status_rows(), Style()).splitlines()

    assert lines == [
        "stuck      vertex/summaries attempt 3  no step (3 h 03 min)",
        "retiring   vertex/support-router attempt 1  gemini-2.5-flash retires on 2026-10-16 at the earliest",
        "refused    vertex/tickets-eu attempt 2  eval_total_loss is 0.91; at most 0.8",
    ]


def test_where_nothing_is_wrong_a_line_says_so() -> None:
    assert render_concerns([StatusRow(Address("vertex", "a"), "serving", "ACTIVE")], Style()) == (
        "Nothing is wrong with 1 model.\n"
    )


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
@pytest.mark.parametrize("lines", [2, 10, 50])
def test_a_watched_table_fits_into_the_terminal_whatever_its_size(columns: int, lines: int) -> None:
    long = StatusRow(
        Address("vertex", "n" * 63), "candidate", "JOB_STATE_RUNNING", job="x" * 150, progress=Progress(5.0)
    )

    shown = page([*MANY, long], EMULATOR, Size(columns, lines), verbose=True)

    assert len(shown) < lines
    assert all(width_of(line) < columns for line in shown)
