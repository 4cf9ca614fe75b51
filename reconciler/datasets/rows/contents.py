"""Rules over `contents`: turns, roles and parts, as supervised and preference tuning share them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.datasets.findings import Breach
from reconciler.datasets.lexical import shorten
from reconciler.datasets.rows.fields import (
    is_blank,
    list_at,
    object_at,
    objects,
    unknown_fields,
    wrong_type,
)
from reconciler.datasets.rows.typed import field_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.findings import Path

CONTENT_FIELDS = frozenset({"role", "parts"})
DATA_FIELDS = frozenset(
    {
        "text",
        "inlineData",
        "fileData",
        "functionCall",
        "functionResponse",
        "executableCode",
        "codeExecutionResult",
    }
)
PART_FIELDS = DATA_FIELDS | {
    "thought",
    "thoughtSignature",
    "videoMetadata",
    "mediaResolution",
    "mediaProcessing",
    "speechMetadata",
    "audioTranscription",
}
MODEL_ROLES = ("model", "assistant")
"""Of people's data: no set, for a role may be of any type, and not every type can be looked up in one."""
ROLES = frozenset({"user", "model"})
FUNCTION_ROLES = ROLES | {"function"}

_MEANT_ROLES = {
    "assistant": 'The model\'s role is "model".',
    "system": "A system text belongs in systemInstruction.",
    "developer": "A system text belongs in systemInstruction.",
    "tool": 'An answer of a function has the role "user" or "function".',
}


def contents_problems(contents: object) -> Iterator[Breach]:
    """Everything about the turns but how the conversation has to end."""
    if not isinstance(contents, list):
        yield wrong_type(("contents",), "a list of turns", contents)
    elif not contents:
        yield Breach("DATA310", ("contents",))
    else:
        for index, content in enumerate(contents):
            yield from content_problems(content, ("contents", index))
        yield from _order_problems(contents)


def content_problems(content: object, path: Path) -> Iterator[Breach]:
    """One turn."""
    if not isinstance(content, dict):
        yield wrong_type(path, "a turn", content)
        return
    yield from unknown_fields(content, CONTENT_FIELDS | {"content"}, path)
    yield from _role_problems(content, path)
    parts = content.get("parts")
    if parts is None or parts == []:
        yield Breach("DATA311", path, _why_no_parts(content))
    elif not isinstance(parts, list):
        yield wrong_type((*path, "parts"), "a list of parts", parts)
    else:
        for index, part in enumerate(parts):
            yield from part_problems(part, (*path, "parts", index))


def _why_no_parts(content: dict[str, Any]) -> str:
    return '"content" is not read.' if "content" in content else ""


def _role_problems(content: dict[str, Any], path: Path) -> Iterator[Breach]:
    role = content.get("role")
    answers_function = any("functionResponse" in part for part in objects(list_at(content, "parts")))
    if role is None:
        if not answers_function:
            yield Breach("DATA313", path)
    elif not isinstance(role, str):
        yield wrong_type((*path, "role"), "a text", role)
    elif role not in (FUNCTION_ROLES if answers_function else ROLES):
        hint = _MEANT_ROLES.get(role) or (f'Did you mean "{role.lower()}"?' if role.lower() in ROLES else "")
        yield Breach("DATA312", (*path, "role"), f'"{shorten(role)}". {hint}'.rstrip())


def part_problems(part: object, path: Path) -> Iterator[Breach]:
    """One part: exactly one kind of data, of the right type."""
    if not isinstance(part, dict):
        yield wrong_type(path, "a part, as an object", part)
        return
    if len(part) == 1 and isinstance(text := part.get("text"), str) and not is_blank(text):
        return
    yield from unknown_fields(part, PART_FIELDS, path)
    kinds = sorted(key for key in part.keys() & DATA_FIELDS if part[key] is not None)
    if len(kinds) != 1:
        detail = f"It has {' and '.join(kinds)}." if kinds else "It has none."
        yield Breach("DATA317", path, detail)
    if part.get("thought") or part.get("thoughtSignature"):
        yield Breach("DATA321", path)
    for key, value in part.items():
        if key in PART_FIELDS and value is not None:
            yield from _field_problems(key, value, (*path, key))


def _field_problems(key: str, value: object, path: Path) -> Iterator[Breach]:
    if key != "text":
        yield from field_problems(value, "Part", key, path)
    elif not isinstance(value, str):
        yield wrong_type(path, "a text", value)
    elif is_blank(value):
        yield Breach("DATA318", path)


def _order_problems(contents: list[Any]) -> Iterator[Breach]:
    sides = [side_of(content) for content in contents]
    if sides[0] == "model":
        yield Breach("DATA316", ("contents", 0))
    pairs = zip(sides, sides[1:], contents[1:], strict=False)
    for index, (before, here, content) in enumerate(pairs, start=1):
        if before == here and not _answers_function(content):
            yield Breach("DATA315", ("contents", index), f"Both are by the {here}.")
            return


def _answers_function(content: object) -> bool:
    return isinstance(content, dict) and any(
        object_at(part, "functionResponse") for part in objects(list_at(content, "parts"))
    )


def side_of(content: object) -> str:
    """Who speaks: "model", or "user" for everybody else, an absent role included."""
    is_model = isinstance(content, dict) and content.get("role") in MODEL_ROLES
    return "model" if is_model else "user"


def system_problems(system: object) -> Iterator[Breach]:
    """`systemInstruction`: a turn of text, whatever its role."""
    if system is None:
        return
    if not isinstance(system, dict):
        kind = "a plain text" if isinstance(system, str) else "no object"
        yield Breach("DATA320", ("systemInstruction",), f"It is {kind}.")
        return
    yield from unknown_fields(system, CONTENT_FIELDS, ("systemInstruction",))
    if not isinstance(system.get("role"), str | None):
        yield wrong_type(("systemInstruction", "role"), "a text", system["role"])
    parts = system.get("parts")
    if not isinstance(parts, list) or not parts:
        yield Breach("DATA320", ("systemInstruction",), "It has no parts.")
        return
    for index, part in enumerate(parts):
        yield from _system_part_problems(part, ("systemInstruction", "parts", index))


def _system_part_problems(part: object, path: Path) -> Iterator[Breach]:
    if not isinstance(part, dict) or not isinstance(part.get("text"), str):
        yield Breach("DATA320", path)
        return
    beside = sorted(key for key in part.keys() & DATA_FIELDS - {"text"} if part[key] is not None)
    if beside:
        yield Breach("DATA320", path, f"It has {' and '.join(beside)} beside its text.")
    elif is_blank(part["text"]):
        yield Breach("DATA318", path)
    yield from unknown_fields(part, PART_FIELDS, path)


def answer_problems(answer: object, path: Path) -> Iterator[Breach]:
    """A turn to be learnt must say something."""
    parts = objects(list_at(answer, "parts")) if isinstance(answer, dict) else []
    if parts and all(set(part) & DATA_FIELDS == {"text"} and is_blank(part["text"]) for part in parts):
        yield Breach("DATA319", path)
