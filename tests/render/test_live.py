"""Live progress: what a terminal shows, and the plain lines that a log gets instead."""

from __future__ import annotations

import re
from io import StringIO

import pytest

from reconciler.core import events as e
from reconciler.core.model import Action, Address, Progress
from reconciler.render.style import Style
from reconciler.render.terminal.live import LiveProgress
from reconciler.render.terminal.rows import Row, row_of, rows_of
from tests.render.builders import ENDPOINT, ROUTER, TAGGER, a_diagnostic
from tests.render.screen import Screen

STYLE = Style()
NO_ROW = Row(ROUTER, "")


def waiting(percent: float | None, state: str = "JOB_STATE_RUNNING", address: Address = ROUTER) -> e.Waiting:
    return e.Waiting(address, "1", state, Progress(percent), 60.0)


def plain_lines(*events: e.Event) -> list[str]:
    stream = StringIO()
    with LiveProgress(stream, STYLE, is_terminal=False) as live:
        for event in events:
            live.show(event)
    return stream.getvalue().splitlines()


def drawn(*events: e.Event, style: Style = STYLE) -> str:
    stream = StringIO()
    with LiveProgress(stream, style, is_terminal=True) as live:
        for event in events:
            live.show(event)
    return stream.getvalue()


def screen(text: str) -> list[str]:
    """What is left on a terminal after these bytes."""
    terminal = Screen(400, reflows=True)
    terminal.feed(text)
    return terminal.shown()


def test_a_log_gets_a_line_per_state_and_per_tenth_and_no_escape_sequences() -> None:
    lines = plain_lines(*(waiting(float(percent)) for percent in range(0, 101, 3)))

    assert [re.findall(r"(\d+) %", line)[0] for line in lines] == [
        "0", "12", "21", "30", "42", "51", "60", "72", "81", "90",
    ]  # fmt: skip
    assert not any("\x1b" in line or "\r" in line for line in lines)


def test_a_log_says_a_new_state_at_once() -> None:
    lines = plain_lines(waiting(None, "JOB_STATE_PENDING"), waiting(None, "JOB_STATE_PENDING"), waiting(None))

    assert [line.split("  ")[2] for line in lines] == ["pending · 1 min", "running · 1 min"]


def test_a_log_tells_two_addresses_apart() -> None:
    lines = plain_lines(waiting(1.0), waiting(1.0, address=TAGGER), waiting(1.5), waiting(1.5, address=TAGGER))

    assert len(lines) == 2


def test_a_terminal_is_left_with_one_line_per_change() -> None:
    third = Address("gemini", "number-generator")
    text = drawn(
        *(e.ChangeStarted(address, Action.CREATE) for address in (ROUTER, TAGGER, third)),
        *(waiting(float(p), address=address) for p in range(0, 101, 10) for address in (ROUTER, third)),
        e.Queued(TAGGER, "a place for {two}", 3.0),
        e.ChangeDone(ROUTER, Action.CREATE, 200.0, "trained"),
        e.ChangeFailed(TAGGER, Action.CREATE, a_diagnostic(detail="")),
        waiting(99.0, address=third),
        e.ChangeLeft(third, Action.CREATE, "still training"),
    )

    assert screen(text) == [
        "✓ vertex/support-router  created in 3 min 20 s: trained",
        "✗ vertex/ticket-tagger  create failed: error SPEC012: Epochs out of range",
        "… gemini/number-generator  create is left: still training",
    ]


@pytest.mark.parametrize(
    ("columns", "row"),
    [
        (100, "… vertex/support-router   running          █████████████▍░░░░░░░░░░░░░░  144/300   48 %  1 min 36 s"),
        (80, "… vertex/support-router   running          ███▊░░░░  144/300   48 %  1 min 36 s"),
        (60, "… vertex/support-router   ██████▋░░░░░░░   48 %  1 min 36 s"),
        (40, "… vertex/su…t-router   48 %  1 min 36 s"),
    ],
)
def test_a_row_shows_as_much_as_the_width_takes(columns: int, row: str) -> None:
    event = e.Waiting(ROUTER, "1", "JOB_STATE_RUNNING", Progress(None, 144, 300), 96.0)

    assert rows_of([row_of(event, 0.0) or NO_ROW], STYLE, columns - 1, 20, 0.0) == [row]


def test_time_goes_on_between_two_events() -> None:
    now = [100.0]
    stream = StringIO()
    with LiveProgress(stream, STYLE, is_terminal=True, now=lambda: now[0]) as live:
        live.show(waiting(10.0))
        now[0] += 75
        live.tick()

    assert "1 min" in stream.getvalue()
    assert "2 min 15 s" in stream.getvalue()


def test_a_terminal_says_what_a_log_says() -> None:
    events = (
        e.ChangeStarted(ROUTER, Action.CREATE),
        e.Uploaded(ROUTER, "data/train.jsonl", "gs://bucket/train.jsonl", 1200, existed=False),
        e.Submitted(ROUTER, "1", "projects/1/locations/us-central1/tuningJobs/29", "", "JOB_STATE_PENDING", "now"),
        waiting(50.0),
        e.ChangeDone(ROUTER, Action.CREATE, 200.0, "trained"),
    )

    log = [line for line in plain_lines(*events) if "create" not in line.split()[-1:] and "running" not in line]

    assert screen(drawn(*events)) == log


def test_ascii_terminals_get_ascii_bars() -> None:
    text = drawn(waiting(48.0), style=Style(unicode=False))

    assert text.isascii()
    assert "#" in text


def test_an_interrupted_run_leaves_no_bar_behind() -> None:
    stream = StringIO()
    # Held here, so that it is the context manager that clears the bars and not the garbage collector.
    live = LiveProgress(stream, STYLE, is_terminal=True)

    def show_until_interrupted() -> None:
        with live:
            live.show(waiting(10.0))
            live.show(waiting(10.0, address=TAGGER))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        show_until_interrupted()

    assert "running" in stream.getvalue()
    assert screen(stream.getvalue()) == []


def test_a_name_too_long_for_a_bar_is_whole_in_its_last_line() -> None:
    address = Address("vertex", "n" * 63)

    text = drawn(waiting(5.0, address=address), e.ChangeDone(address, Action.CREATE, 2.0, f"serves {ENDPOINT}"))

    assert screen(text) == [f"✓ {address}  created in 2 s: serves {ENDPOINT}"]


def test_braces_in_names_are_no_templates() -> None:
    text = drawn(e.Queued(ROUTER, "{bar} {0} {address.__class__}", 1.0))

    assert "queued: {bar} {0} {address.__class__}" in text


def stuck(elapsed_s: float) -> e.Waiting:
    return e.Waiting(ROUTER, "1", "JOB_STATE_RUNNING", Progress(None, 30, 300), elapsed_s)


def test_a_log_says_every_ten_minutes_that_nothing_has_changed() -> None:
    lines = plain_lines(*(stuck(60.0 * minute) for minute in range(0, 35, 5)))

    assert [line.partition("no news for ")[2] for line in lines] == ["", "10 min", "20 min", "30 min"]


def test_a_row_says_that_nothing_has_changed_for_long() -> None:
    text = drawn(stuck(0.0), stuck(300.0), stuck(900.0))

    assert "no news 15 min" in text
    assert "no news 5 min" not in text
