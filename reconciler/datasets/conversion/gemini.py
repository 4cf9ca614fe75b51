"""The API's own forms, with the habits of other services in them: mended, or refused with the reason."""

from __future__ import annotations

from typing import Any

from reconciler.datasets.conversion.example import Conversation, NotConvertibleError, turn, with_media_mended
from reconciler.datasets.conversion.openai import arguments_of, response_of
from reconciler.datasets.conversion.tools import declare, read_tools
from reconciler.datasets.spelling import in_camel

_OF_ROW = ("contents", "systemInstruction", "tools", "functions", "generationConfig")
_ROLES = {"assistant": "model", "tool": "function"}
_SYSTEM_ROLES = frozenset({"system", "developer"})


def read_vertex(row: dict[str, Any]) -> Conversation:
    """A conversation. A turn of the system moves to systemInstruction, as the API has it."""
    row = in_camel(row)
    example = _read_contents(row)
    example.leave(row, _OF_ROW)
    return example


def read_preference(row: dict[str, Any]) -> Conversation:
    """A prompt with its rated answers."""
    row = in_camel(row)
    example = _read_contents(row)
    for completion in _objects(row.get("completions"), "A completion"):
        score = completion.get("score")
        if isinstance(score, bool) or score not in (0, 1):
            raise NotConvertibleError("A completion has no score of 1 or 0.")
        answer = completion.get("completion")
        if not isinstance(answer, dict):
            raise NotConvertibleError("A completion is no turn.")
        example.completions.append((float(score), _turn(answer, example)))
        example.leave(completion, ("score", "completion"), "a completion")
    example.leave(row, (*_OF_ROW, "completions"))
    return example


def _read_contents(row: dict[str, Any]) -> Conversation:
    config = row.get("generationConfig")
    if not isinstance(config, dict | None):
        raise NotConvertibleError('"generationConfig" is no object.')
    example = Conversation(config=config or {})
    system = row.get("systemInstruction")
    if system is not None:
        example.system += _texts([{"text": system}] if isinstance(system, str) else _parts(_object(system)))
    for content in _objects(row.get("contents"), "A turn"):
        given = _turn(content, example)
        if given["role"] in _SYSTEM_ROLES:
            example.system += _texts(given["parts"])
        else:
            example.contents.append(given)
    read_tools(row.get("tools"), example)
    for function in _objects(row.get("functions"), "A declared function"):
        declare(function, example)
    if not example.contents:
        raise NotConvertibleError("There are no turns.")
    return example


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise NotConvertibleError("The system instruction is neither text nor a turn.")
    return value


def _objects(value: object, name: str) -> list[dict[str, Any]]:
    found = [] if value is None else value
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise NotConvertibleError(f"{name} is no object.")
    return found


def _turn(content: dict[str, Any], example: Conversation) -> dict[str, Any]:
    read = ("role", "parts") if content.get("parts") else ("role", "content")
    example.leave(content, read, "a turn")
    role = str(content.get("role") or "user").lower()
    return turn(_ROLES.get(role, role), _parts(content))


def _parts(content: dict[str, Any]) -> list[dict[str, Any]]:
    """A list of parts. Samples have one part as an object, libraries take texts, other services say `content`."""
    parts = content.get("parts") or content.get("content")
    as_list = parts if isinstance(parts, list) else [parts]
    if not as_list or not all(isinstance(part, dict | str) for part in as_list):
        raise NotConvertibleError("A turn has no parts.")
    return [
        with_media_mended(_with_payload(part)) if isinstance(part, dict) else {"text": str(part)} for part in as_list
    ]


def _with_payload(part: dict[str, Any]) -> dict[str, Any]:
    """Calls with the arguments of other services, and answers that are no objects, as the API has them."""
    call, answer = part.get("functionCall"), part.get("functionResponse")
    if isinstance(call, dict) and ("arguments" in call or not isinstance(call.get("args"), dict | None)):
        rest = {key: value for key, value in call.items() if key not in {"args", "arguments"}}
        return {**part, "functionCall": {**rest, "args": arguments_of(call.get("args", call.get("arguments")))}}
    if isinstance(answer, dict) and not isinstance(answer.get("response"), dict):
        return {**part, "functionResponse": {**answer, "response": response_of(answer.get("response"))}}
    return part


def _texts(parts: list[dict[str, Any]]) -> list[str]:
    if not all(set(part) == {"text"} and isinstance(part["text"], str) for part in parts):
        raise NotConvertibleError("The system instruction holds more than text.")
    return [part["text"] for part in parts]
