"""How terminal output looks: width, colour or none, Unicode glyphs or their ASCII stand-ins."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from reconciler.core.model import Action


class Tone(Enum):
    """What a piece of text is, by the parameters of its ANSI colour; terminals choose the shades."""

    PLAIN = ""
    STRONG = "1"
    FAINT = "2"
    ADDED = "32"
    CHANGED = "33"
    REPLACED = "35"
    REMOVED = "31"
    MOVED = "36"
    RUNNING = "34"
    GOOD = "32"  # noqa: PIE796 - the same shade as ADDED, another meaning
    WARNING = "33"  # noqa: PIE796 - as CHANGED
    BAD = "1;31"


class Size(NamedTuple):
    """Of a terminal now, in columns and rows."""

    columns: int
    lines: int


class Palette(Enum):
    """Colour or none."""

    OFF = False
    ON = True

    def paint(self, text: str, tone: Tone) -> str:
        """`text` between its escape sequences. Escape what it holds first."""
        if self is Palette.OFF or not text or not tone.value:
            return text
        return f"\x1b[{tone.value}m{text}\x1b[0m"


ACTION_TONES = {
    Action.NOOP: Tone.FAINT,
    Action.CREATE: Tone.ADDED,
    Action.UPDATE: Tone.CHANGED,
    Action.REPLACE: Tone.REPLACED,
    Action.RESTORE: Tone.MOVED,
    Action.DELETE: Tone.REMOVED,
    Action.CANCEL: Tone.REMOVED,
    Action.AWAIT: Tone.RUNNING,
    Action.ADOPT: Tone.MOVED,
    Action.FORGET: Tone.CHANGED,
    Action.BLOCKED: Tone.BAD,
}

# One column each, so that addresses align; the word beside the glyph says what it means.
_ASCII = str.maketrans({"±": "*", "↶": "^", "…": ":", "→": ">", "·": "-", "✓": "+", "✗": "x", "—": "-"})


@dataclass(frozen=True, slots=True)
class Style:
    """Everything about a terminal that output depends on. `width` in columns."""

    width: int = 80
    palette: Palette = Palette.OFF
    unicode: bool = True

    def paint(self, text: str, tone: Tone) -> str:
        """In colour, where there is any."""
        return self.palette.paint(text, tone)

    def glyph(self, action: Action) -> str:
        """The action's sign in its colour."""
        return self.paint(self.mark(action.glyph), ACTION_TONES[action])

    def mark(self, char: str) -> str:
        """One of our own characters, or its stand-in."""
        return char if self.unicode else char.translate(_ASCII)

    @property
    def arrow(self) -> str:
        """Between an old value and a new one."""
        return "→" if self.unicode else "->"

    @property
    def ellipsis(self) -> str:
        """For what was cut out of a value."""
        return "…" if self.unicode else "..."

    @property
    def dot(self) -> str:
        """Between short facts on one line."""
        return " · " if self.unicode else " - "
