"""Lines of text that fit: hanging indents, labelled facts, values cut to the room there is."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.render.style import Style, Tone
from reconciler.render.words import shorten, width_of, wrap

INDENT = 2
"""Details stand below the address, beside its glyph."""
FACT_WIDTH = 10
"""Columns of the label before a fact (`cost`, `progress`), the space after it included."""


def indented(text: str, style: Style, tone: Tone = Tone.PLAIN, *, by: int = INDENT) -> list[str]:
    """Wrapped text, every line indented and painted."""
    return [" " * by + style.paint(line, tone) for line in wrap(text, style.width - by)]


def fact(label: str, text: str, style: Style, *, by: int = INDENT, tone: Tone = Tone.FAINT) -> list[str]:
    """`label     text`, the text wrapped beside its label, which is painted."""
    hang = by + FACT_WIDTH
    first, *rest = wrap(text, style.width - hang)
    head = " " * by + style.paint(label.ljust(FACT_WIDTH - 1), tone)
    return [f"{head} {first}", *(" " * hang + line for line in rest)]


def listed(label: str, items: Iterable[str], style: Style, *, by: int = INDENT) -> list[str]:
    """A fact of several items, one a line: beside the label where all of them fit, else all below it.

    Resource names are never cut: people copy them.
    """
    shown = list(items)
    head = " " * by + style.paint(label.ljust(FACT_WIDTH - 1), Tone.FAINT)
    if all(by + FACT_WIDTH + width_of(item) <= style.width for item in shown):
        return [f"{head if number == 0 else ' ' * (by + FACT_WIDTH - 1)} {item}" for number, item in enumerate(shown)]
    return [head.rstrip(), *(" " * (by + 2) + item for item in shown)]


def joined(parts: Iterable[str], style: Style, *, by: int = 2) -> list[str]:
    """Short facts with dots between, as many to a line as fit."""
    lines: list[str] = []
    for part in parts:
        if lines and width_of(lines[-1]) + len(style.dot) + width_of(part) <= style.width:
            lines[-1] += style.dot + part
        else:
            lines.append(" " * by + part if lines else part)
    return lines


def cut(text: str, room: int, style: Style) -> str:
    """A value in `room` columns, shortened in the middle."""
    return shorten(text, max(room, 8), style.ellipsis)


def closed(lines: Iterable[str]) -> str:
    """The finished text: no spaces at line ends, one line feed at the end; nothing for no lines."""
    text = "\n".join(line.rstrip() for line in lines)
    return f"{text}\n" if text else ""
