"""The progress of several trainings at once on a terminal; plain lines where there is none.

The one place that draws with tqdm. It only ever writes to the stream it was given.
"""

from __future__ import annotations

from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from reconciler.core import events as e
from reconciler.core.model import Address
from reconciler.render.style import Style
from reconciler.render.terminal.events import render_event
from reconciler.render.terminal.layout import cut
from reconciler.render.words import duration, escape, percent, state_words, width_of

if TYPE_CHECKING:
    from tqdm import tqdm

# Columns of one line; together they leave eight for the bar on a terminal of 80, and the rest of a wider one.
_NAME_WIDTH = 22
_STATE_WIDTH = 15
_STEPS_WIDTH = 7
_ELAPSED_WIDTH = 10
_FULL = 100


class LiveProgress:
    """Shows events as they come; a context manager, so that no bar is left behind.

    On a terminal each running change has one line (state, bar, percent, steps, elapsed) that is
    redrawn in place, and leaves one line when it ends. Elsewhere every event is a line, and repeated
    waiting is one only when its state changes or another tenth is done: no clock is needed for that.
    """

    def __init__(self, stream: TextIO, style: Style, *, is_terminal: bool) -> None:
        self._stream = stream
        self._style = style
        self._is_terminal = is_terminal
        self._bars: dict[Address, tqdm[None]] = {}
        self._said: dict[Address, tuple[object, ...]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for address in list(self._bars):
            self._close(address)

    def show(self, event: e.Event) -> None:
        """Draw or print what this event changes."""
        if self._is_terminal:
            self._draw(event)
        elif not self._is_repetition(event):
            self._print(render_event(event, self._style))

    def _is_repetition(self, event: e.Event) -> bool:
        match event:
            case e.Queued(address=address, waiting_for=words):
                key: tuple[object, ...] = (words,)
            case e.Waiting(address=address, state=state, progress=progress):
                key = (state, progress.detail, int((percent(progress) or 0) // 10))
            case _:
                return False
        known = self._said.get(address) == key
        self._said[address] = key
        return known

    def _draw(self, event: e.Event) -> None:
        match event:
            case e.Waiting(address=address):
                self._redraw(address, _waiting_format(event, self._style), percent(event.progress))
            case e.Queued(address=address):
                self._redraw(address, _queued_format(event, self._style), None)
            case e.ChangeStarted(address=address, action=action):
                self._redraw(address, _row_format(address, action.word, "", self._style), None)
            case e.ChangeDone(address=address) | e.ChangeFailed(address=address) | e.ChangeLeft(address=address):
                self._close(address)
                self._print(render_event(event, self._style))
            case e.Noted() | e.GateRefused():
                self._print(render_event(event, self._style))
            case _:
                pass

    def _redraw(self, address: Address, bar_format: str, share: float | None) -> None:
        bar = self._bars.get(address) or self._open(address)
        bar.bar_format = bar_format
        bar.n = share or 0
        bar.refresh()

    def _open(self, address: Address) -> tqdm[None]:
        bar: tqdm[None] = _bar_type()(  # type: ignore[assignment]  # nothing to iterate over
            total=_FULL,
            file=self._stream,
            ncols=self._style.width - 1,
            ascii=not self._style.unicode,
            leave=False,
            bar_format="{desc}",
        )
        self._bars[address] = bar
        return bar

    def _close(self, address: Address) -> None:
        if bar := self._bars.pop(address, None):
            bar.close()
            self._stream.write("\r")  # tqdm may leave the cursor at the end of the line that it cleared

    def _print(self, line: str) -> None:
        if not line:
            return
        if self._bars:
            _bar_type().write(line, file=self._stream)
        else:
            self._stream.write(f"{line}\n")
            self._stream.flush()


@cache
def _bar_type() -> type[tqdm[None]]:
    """A bar without a watchdog thread and without a lock across processes: one thread draws here."""
    from threading import RLock

    from tqdm import tqdm as plain

    plain.monitor_interval = 0
    plain.set_lock(RLock())
    return plain


def _waiting_format(event: e.Waiting, style: Style) -> str:
    progress, elapsed = event.progress, duration(event.elapsed_s)
    share = percent(progress)
    words = state_words(progress.detail or event.state)
    if share is None:
        return _row_format(event.address, words, elapsed, style)
    steps = f"{progress.steps_done or 0}/{progress.steps_total}" if progress.steps_total else ""
    state = _padded(cut(words, _STATE_WIDTH, style), _STATE_WIDTH)
    numbers = f"{int(share):3} %  {steps:<{_STEPS_WIDTH}}  {elapsed:<{_ELAPSED_WIDTH}}"
    return f"{_name(event.address, style)}  {_literal(state)}  {{bar}}  {numbers}"


def _queued_format(event: e.Queued, style: Style) -> str:
    words = f"queued: {escape(event.waiting_for)}"
    return _row_format(event.address, words, duration(event.elapsed_s), style)


def _row_format(address: Address, words: str, elapsed: str, style: Style) -> str:
    """One line without a bar, as a template of tqdm's."""
    room = style.width - 1 - _NAME_WIDTH - 4 - len(elapsed) - 2
    parts = (_name(address, style), _literal(cut(words, room, style)), elapsed)
    return "  ".join(part for part in parts if part)


def _name(address: Address, style: Style) -> str:
    """Only a transient line cuts a name; the final one has it whole."""
    name = _padded(cut(escape(str(address)), _NAME_WIDTH, style), _NAME_WIDTH)
    return f"{style.mark('…')} {_literal(name)}"


def _padded(text: str, room: int) -> str:
    return text + " " * max(room - width_of(text), 0)


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
