"""One row for each change under way: name, state, bar, percent, steps and time, as much of it as the width takes."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor
from typing import NamedTuple

from reconciler.core import events as e
from reconciler.core.model import Address, Progress
from reconciler.render.style import Style, Tone
from reconciler.render.words import duration, escape, percent, shorten, state_words, width_of

_NAME, _STATE, _STEPS, _ELAPSED = 22, 15, 7, 10
_LEAST_NAME, _LEAST_WORDS, _LEAST_BAR, _MOST_BAR = 10, 12, 8, 40
"""Columns."""
SILENCE_S = 600.0
"""A training that has been just as it is for so long is said to be."""
_GAP = "  "
_FULL = 100.0
_EIGHTHS = " ▏▎▍▌▋▊▉"


class Row(NamedTuple):
    """What is known of a change under way. `elapsed_s` was true at `at_s`, and grows; None: not known."""

    address: Address
    words: str
    progress: Progress = Progress()
    elapsed_s: float | None = None
    at_s: float = 0.0


def row_of(event: e.Event, at_s: float, silent_s: float = 0.0) -> Row | None:
    """The row of an event that says what goes on; None for one that says what has happened.

    Where nothing has changed for long (`silent_s`), that stands in place of the state.
    """
    match event:
        case e.ChangeStarted(address=address, action=action):
            return Row(address, action.word)
        case e.Queued(address=address, waiting_for=words, elapsed_s=elapsed_s):
            return Row(address, f"queued: {escape(words)}", elapsed_s=elapsed_s, at_s=at_s)
        case e.Waiting(address=address, state=state, progress=progress, elapsed_s=elapsed_s):
            words = state_words(progress.detail or state)
            if silent_s >= SILENCE_S:
                words = f"no news {duration(silent_s)}" if percent(progress) is not None else f"{words}, no news"
            return Row(address, words, progress, elapsed_s, at_s)
        case _:
            return None


def rows_of(rows: Sequence[Row], style: Style, width: int, height: int, now_s: float) -> list[str]:
    """At most `height` rows of at most `width` columns; what does not fit is counted in the last one."""
    shown = rows if len(rows) <= height else rows[: height - 1]
    elapsed = [_elapsed(row, now_s) for row in shown]
    room = max([_ELAPSED, *map(len, elapsed)])
    lines = [_drawn(row, text.ljust(room), width, style) for row, text in zip(shown, elapsed, strict=True)]
    left = len(rows) - len(shown)
    more = shorten(f"{style.mark('…')} and {left} more", width, style.ellipsis)
    return [*lines, more] if left else lines


def _elapsed(row: Row, now_s: float) -> str:
    return "" if row.elapsed_s is None else duration(row.elapsed_s + max(0.0, now_s - row.at_s))


def _drawn(row: Row, elapsed: str, width: int, style: Style) -> str:
    """Name and time always; percent, state, bar and steps where there is room."""
    share = percent(row.progress)
    tail = [elapsed] if share is None else [f"{floor(share):3} %", elapsed]
    room = width - sum(len(_GAP) + len(part) for part in tail)
    wanted = len(_GAP) + _LEAST_WORDS if share is None else 0
    name = min(_NAME, max(_LEAST_NAME, room - 2 - wanted))
    head = f"{style.paint(style.mark('…'), Tone.RUNNING)} {_fitted(escape(str(row.address)), name, style)}"
    rest = room - 2 - name
    middle = _words(row, rest, style) if share is None else _parts(row, share, rest, style)
    return _GAP.join([head, *middle, *tail]).rstrip()


def _words(row: Row, room: int, style: Style) -> list[str]:
    columns = room - len(_GAP)
    return [_fitted(row.words, columns, style)] if columns > len(style.ellipsis) else []


def _parts(row: Row, share: float, room: int, style: Style) -> list[str]:
    """State, bar, steps: in the order in which they matter."""
    parts = []
    if room >= len(_GAP) + _STATE:
        parts.append(_fitted(row.words, _STATE, style))
        room -= len(_GAP) + _STATE
    progress = row.progress
    steps = f"{progress.steps_done or 0}/{progress.steps_total}" if progress.steps_total else ""
    steps = steps.ljust(_STEPS) if room >= 2 * len(_GAP) + _LEAST_BAR + max(len(steps), _STEPS) else ""
    bar = min(room - len(_GAP) - (len(_GAP) + len(steps) if steps else 0), _MOST_BAR)
    if bar >= _LEAST_BAR:
        parts.append(_bar(share, bar, style))
    return [*parts, steps] if steps else parts


def _bar(share: float, columns: int, style: Style) -> str:
    """Filled by eighths of a column, the rest of it visible."""
    filled, eighths = divmod(floor(columns * 8 * min(max(share, 0.0), _FULL) / _FULL), 8)
    if not style.unicode:
        return "#" * filled + "-" * (columns - filled)
    part = _EIGHTHS[eighths] if eighths else ""
    return style.paint("█" * filled + part, Tone.RUNNING) + style.paint(
        "░" * (columns - filled - len(part)), Tone.FAINT
    )


def _fitted(text: str, columns: int, style: Style) -> str:
    """Cut in the middle, or padded, to exactly so many columns. Only a row cuts a name: the final line has it whole."""
    short = shorten(text, columns, style.ellipsis)
    return short + " " * (columns - width_of(short))
