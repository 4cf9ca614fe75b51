"""What the two sides of a comparison have in common, whichever it is about."""

from __future__ import annotations

import re
from typing import Any

from reconciler.emulator.recording.exchange import RecordedAnswer
from reconciler.emulator.recording.naming import is_resource

Json = dict[str, Any]


def leaf_of(at: str) -> str:
    """The last field of a path."""
    return at.rpartition(".")[2].removesuffix("[]")


def type_of(value: Any) -> str:
    """The JSON type of a value, in words."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case _:
            return "an object"


def is_json(answer: RecordedAnswer) -> str:
    """Whether an answer has JSON, in words."""
    return "answers no JSON" if answer.body is None else "answers JSON"


def short(value: Any) -> str:
    """A value as a message shows it."""
    text = str(value) if isinstance(value, (str, int, float, bool)) else type_of(value)
    return text if len(text) <= 80 else text[:80] + "…"


def kind_of_name(name: str) -> str:
    """What a resource is one of, in words."""
    parts = name.split("/")
    return f"one of {parts[-2]}" if len(parts) > 1 else "one"


def is_enumerated(text: str) -> bool:
    """Whether a text is a value of some enumeration."""
    return re.fullmatch(r"[A-Z][A-Z0-9_]{2,}", text) is not None


def has_meaning(text: str) -> bool:
    """Whether a simulated answer still says something that can be compared: a name, or a word of an enumeration."""
    return is_resource(text) or text.isdigit() or is_enumerated(text)


def are_resources(items: list[Any]) -> bool:
    """Whether every item has a name."""
    return all(isinstance(item, dict) and isinstance(item.get("name"), str) for item in items)


def depends_on_data(at: str) -> bool:
    """Whether the length of a list follows from what a training learns from."""
    return "checkpoints" in at or "deployedModels" in at


def merged(items: list[Any]) -> Any:
    """One value that has whatever any item has."""
    first = items[0]
    if not isinstance(first, dict):
        return first
    found: Json = {}
    for item in items:
        for key, value in item.items() if isinstance(item, dict) else ():
            if key not in found:
                found[key] = value
            elif isinstance(value, list):
                found[key] = [*found[key], *value] if isinstance(found[key], list) else found[key]
            elif isinstance(value, dict) and isinstance(found[key], dict):
                found[key] = merged([found[key], value])
    return found
