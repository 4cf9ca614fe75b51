"""What a scorer is given of an item and its answer, and in which words a score that is none is told."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from reconciler.backends.quoting import cleaned
from reconciler.core.model import Json
from reconciler.core.questions import Score

LONGEST_WHY: Final = 300
"""Characters of what a scorer says of one answer: it may quote the answer."""


@dataclass(frozen=True, slots=True)
class ToScore:
    """One answer under judgement. `id` is any text that no other answer of its batch has; `line` is the item's."""

    id: str
    line: int
    prompt: str
    reference: str
    answer: str


def prompt_of(contents: Sequence[Json]) -> str:
    """What was asked, as text: one turn as it is, several with their roles. What is no text is named by its kind."""
    turns = [(turn.get("role") or "user", "".join(map(_text_of, turn["parts"]))) for turn in contents]
    if len(turns) == 1:
        return turns[0][1]
    return "\n".join(f"{role}: {text}" for role, text in turns)


def _text_of(part: dict[str, Any]) -> str:
    if "text" in part:
        return str(part["text"])
    kind, held = next(iter(part.items()), ("nothing", None))
    named = held.get("mimeType") or held.get("name") if isinstance(held, dict) else None
    return f"[{named or kind}]"


def scored(value: object, why: object) -> Score:
    """What was said, where it is a score: a number from 0 to 1, or true or false."""
    if isinstance(value, int | float) and math.isfinite(value) and 0 <= value <= 1:
        return Score(float(value), cleaned(why, limit=LONGEST_WHY) if isinstance(why, str) else "")
    return Score(None, f"its score is {_shown(value)}, which is no number from 0 to 1")


def _shown(value: object) -> str:
    if value is None:
        return "missing"
    return cleaned(repr(value) if isinstance(value, str | int | float) else f"a {type(value).__name__}", limit=40)
