"""The progress of several trainings at once on a terminal; plain lines where there is none.

What has happened is a line of its own and stays; what is under way is a block of rows below, drawn again in place.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

from reconciler.core import events as e
from reconciler.core.model import Address
from reconciler.render.style import Size, Style
from reconciler.render.terminal.block import LiveBlock
from reconciler.render.terminal.events import render_event
from reconciler.render.terminal.rows import SILENCE_S, Row, row_of, rows_of
from reconciler.render.words import duration, percent


class LiveProgress:
    """Shows events as they come; a context manager, so that no row is left behind.

    On a terminal `size` is asked before each drawing, and `now` (seconds, any clock) lets `tick` count on between two
    events. Elsewhere every event is a line, and repeated waiting is one only when its state changes, another tenth is
    done, or nothing has changed for a while: no clock is needed for that.
    """

    def __init__(
        self,
        stream: TextIO,
        style: Style,
        *,
        is_terminal: bool,
        size: Callable[[], Size] | None = None,
        now: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._stream = stream
        self._style = style
        self._is_terminal = is_terminal
        self._size = size or (lambda: Size(style.width, 24))
        self._now = now
        self._rows: dict[Address, Row] = {}
        self._block = LiveBlock(stream)
        self._said: dict[Address, tuple[object, ...]] = {}
        self._news: dict[Address, tuple[object, float]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rows.clear()
        self._draw("")

    def show(self, event: e.Event) -> None:
        """Draw or print what this event changes."""
        silent_s = self._silent_s(event)
        if self._is_terminal:
            self._take(event, silent_s)
        elif not self._is_repetition(event, silent_s):
            line = render_event(event, self._style)
            silence = f"{self._style.dot}no news for {duration(silent_s)}" if silent_s >= SILENCE_S else ""
            self._write(_closed(line + silence))

    def tick(self) -> None:
        """Count the time on, and follow the width, while nothing happens."""
        if self._rows:
            self._draw("")

    def _silent_s(self, event: e.Event) -> float:
        """How long a training has been just as it is, counted in its own time."""
        if not isinstance(event, e.Waiting):
            return 0.0
        news = (event.state, event.progress)
        known, since_s = self._news.get(event.address, (None, 0.0))
        if known != news:
            self._news[event.address] = (news, event.elapsed_s)
            return 0.0
        return max(0.0, event.elapsed_s - since_s)

    def _is_repetition(self, event: e.Event, silent_s: float) -> bool:
        match event:
            case e.Queued(address=address, waiting_for=words):
                key: tuple[object, ...] = (words,)
            case e.Waiting(address=address, state=state, progress=progress):
                key = (state, progress.detail, int((percent(progress) or 0) // 10), int(silent_s // SILENCE_S))
            case _:
                return False
        known = self._said.get(address) == key
        self._said[address] = key
        return known

    def _take(self, event: e.Event, silent_s: float) -> None:
        """What goes on is a row; everything else that has words is a line that stays."""
        row = row_of(event, self._now(), silent_s)
        if row is not None:
            self._rows[row.address] = row
            self._draw("")
            return
        match event:
            case e.ChangeDone(address=address) | e.ChangeFailed(address=address) | e.ChangeLeft(address=address):
                self._rows.pop(address, None)
            case _:
                pass
        self._draw(_closed(render_event(event, self._style)))

    def _draw(self, lines: str) -> None:
        """Finished lines above, then the block."""
        columns, height = self._size()
        rows = rows_of(list(self._rows.values()), self._style, columns - 1, max(height - 1, 1), self._now())
        self._block.draw(rows, lines)

    def _write(self, text: str) -> None:
        if text:
            self._stream.write(text)
            self._stream.flush()


def _closed(line: str) -> str:
    return f"{line}\n" if line else ""
