"""How a run goes, in a notebook: one line, drawn again in its place. Elsewhere nothing is printed."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from reconciler.library.happened import RunEvent

_PAUSE_S: Final = 0.25
"""Between two drawings: a notebook keeps up with no more."""


@contextmanager
def following(wanted: bool | None) -> Iterator[Callable[[RunEvent], None]]:
    """Give it every event. `wanted` None is as the place is: a line in a notebook, and nothing elsewhere."""
    line = None if wanted is False else _line()
    if line is None:
        yield _print if wanted else _ignore
        return
    progress = _Progress(line)
    try:
        yield progress.show
    finally:
        progress.draw()


def _ignore(event: RunEvent) -> None:
    del event


def _print(event: RunEvent) -> None:
    """Asked for where there is no notebook: a line an event, beside whatever the program prints."""
    if f"{event}":
        sys.stderr.write(f"{event}\n")


class _Progress:
    """How many changes there are, how many are over, and the last words."""

    def __init__(self, line: Callable[[str], None]) -> None:
        self._line = line
        self._known: set[str] = set()
        self._over: set[str] = set()
        self._words = "begins"
        self._drawn_s = -_PAUSE_S

    def show(self, event: RunEvent) -> None:
        if event.address:
            self._known.add(event.address)
        if event.is_end:
            self._over.add(event.address)
        if f"{event}":
            self._words = f"{event}"
        if time.monotonic() - self._drawn_s >= _PAUSE_S:
            self.draw()

    def draw(self) -> None:
        from reconciler.render.html.notebook import progress_piece

        self._drawn_s = time.monotonic()
        self._line(progress_piece(len(self._over), len(self._known), self._words))


def _line() -> Callable[[str], None] | None:
    """A place in the output of the running cell; None outside of a notebook. IPython is never imported for it."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None or not hasattr(shell, "kernel"):
        return None
    shows: Any = importlib.import_module("IPython.display")
    handle = shows.display(shows.HTML(""), display_id=True)
    return lambda markup: handle.update(shows.HTML(markup))
