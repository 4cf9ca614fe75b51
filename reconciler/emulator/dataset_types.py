"""A row of training data against the published definitions, where it holds more than text.

Declarations are refused for whatever the definitions do not have. In turns and in generationConfig a field of another
type is; one that the definitions do not have is passed over there, for it is not documented that it is refused.
"""

from __future__ import annotations

from typing import Any

from reconciler.emulator.definitions import Definitions, load
from reconciler.emulator.errors import ApiError
from reconciler.emulator.functions import declaration_errors
from reconciler.emulator.schema import BodyReader

Json = dict[str, Any]
Errors = list[tuple[str, str]]

_CONFIG = ("generationConfig", "generation_config")
_TURNS = ("contents", "systemInstruction", "system_instruction")


def first_problem(row: Json) -> str:
    """The first mistake, as the service words it in answers to requests; "" where there is none."""
    definitions = load("vertex.v1beta1")
    try:
        errors = _errors(row, definitions)
    except ApiError as exc:
        return exc.message
    return errors[0][1] if errors else ""


def _errors(row: Json, definitions: Definitions) -> Errors:
    reader = BodyReader(definitions)
    errors: Errors = []
    if row.get("tools") is not None:
        body, errors = reader.read_leniently("GenerateContentRequest", {"tools": row["tools"]}, "")
        if not errors:
            found = declaration_errors(body.get("tools", []), definitions.package)
            errors = [(where, f"{where}: {text}") for where, text in found]
    beside = {key: row[key] for key in _CONFIG if row.get(key) is not None}
    beside |= {key: row[key] for key in _TURNS if _holds_more_than_text(row.get(key))}
    if beside and not errors:
        _, found_beside = reader.read_leniently("GenerateContentRequest", beside, "")
        errors = [error for error in found_beside if not error[1].endswith("Cannot find field.")]
    return errors


def _holds_more_than_text(turns: Any) -> bool:
    contents = turns if isinstance(turns, list) else [turns]
    return any(_has_other_parts(content) for content in contents if isinstance(content, dict))


def _has_other_parts(content: Json) -> bool:
    parts = content.get("parts")
    if not isinstance(content.get("role"), str | None):
        return True
    if not isinstance(parts, list):
        return parts is not None
    return any(isinstance(part, dict) and part.keys() != {"text"} for part in parts)
