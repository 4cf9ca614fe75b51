"""A block that is drawn in place: whatever the terminal does to its width, nothing of it is left at the end."""

from __future__ import annotations

import io

import pytest

from reconciler.render.terminal.redrawn import Redrawn
from tests.render.screen import Screen


class Terminal(io.StringIO):
    """A stream that is a screen."""

    def __init__(self, columns: int, *, reflows: bool = True) -> None:
        super().__init__()
        self.screen = Screen(columns, reflows)
        self.screen.feed("before\r\n")

    def write(self, text: str) -> int:
        self.screen.feed(text.replace("\n", "\r\n"))
        return len(text)


def test_a_drawing_takes_the_place_of_the_one_before() -> None:
    terminal = Terminal(40)

    with Redrawn(terminal) as block:
        block.draw("one\ntwo\nthree", 40, 10)
        first = terminal.screen.shown()
        block.draw("four\nfive", 40, 10)
        second = terminal.screen.shown()

    assert (first, second) == (["before", "one", "two", "three"], ["before", "four", "five"])
    assert terminal.screen.shown() == ["before"]


@pytest.mark.parametrize("reflows", [True, False])
@pytest.mark.parametrize("columns", [8, 15, 60])
def test_a_terminal_that_changes_its_width_keeps_nothing_of_it(columns: int, reflows: bool) -> None:
    terminal = Terminal(30, reflows=reflows)

    with Redrawn(terminal) as block:
        block.draw("a line of twenty and five\nanother line", 30, 10)
        terminal.screen.resize(columns)
        block.draw("a line of twenty and five\nfive", columns, 10)
        shown = terminal.screen.shown()

    assert shown == (["before", "a line of twenty and five", "five"] if columns > 25 else ["before", "five"])
    assert terminal.screen.shown() == ["before"]


def test_what_is_too_high_is_cut_below_and_colours_take_no_columns() -> None:
    terminal = Terminal(6)

    with Redrawn(terminal) as block:
        block.draw("\x1b[34mblue\x1b[0m\n2\n3\n4\n5", 6, 4)
        shown = terminal.screen.shown()

    assert shown == ["before", "blue", "2", "3"]


def test_an_error_in_the_middle_leaves_nothing_either() -> None:
    terminal = Terminal(40)

    with pytest.raises(KeyboardInterrupt):
        _interrupted(terminal)

    assert terminal.screen.shown() == ["before"]


def _interrupted(terminal: Terminal) -> None:
    with Redrawn(terminal) as block:
        block.draw("one\ntwo", 40, 10)
        raise KeyboardInterrupt


def test_what_was_never_drawn_writes_nothing() -> None:
    stream = io.StringIO()

    with Redrawn(stream):
        pass

    assert stream.getvalue() == ""
