"""OpenAI's chat format: roles, functions called by text, content in parts."""

from __future__ import annotations

import json
from typing import Any

from reconciler.datasets.conversion.example import Example, NotConvertibleError, media_part, turn

_DROPPED_SCHEMA_KEYS = frozenset({"additionalProperties", "$schema", "strict", "$id"})


def read_openai(row: dict[str, Any]) -> Example:
    """One conversation with its tools."""
    messages = row.get("messages")
    if not isinstance(messages, list) or not messages:
        raise NotConvertibleError("There are no messages.")
    reader = _Reader()
    for message in messages:
        if not isinstance(message, dict):
            raise NotConvertibleError("A message is no object.")
        reader.message(message)
    reader.example.declarations = _declarations(row)
    return reader.example


class _Reader:
    """One conversation on its way; keeps the names of calls, which answers refer to by id."""

    def __init__(self) -> None:
        self.example = Example()
        self._names: dict[str, str] = {}

    def message(self, message: dict[str, Any]) -> None:
        role = message.get("role")
        if "weight" in message:
            self.example.note("weight was dropped: every model turn is learnt")
        match role:
            case "system" | "developer":
                self.example.system.extend(part["text"] for part in _content_parts(message) if "text" in part)
            case "user":
                self._add("user", _content_parts(message))
            case "assistant" | "model":
                self._add("model", _content_parts(message) + self._calls(message))
            case "tool" | "function":
                self._answer(message)
            case _:
                raise NotConvertibleError("A message has a role that is not known.")

    def _add(self, role: str, parts: list[dict[str, Any]]) -> None:
        if not parts:
            raise NotConvertibleError(f"A message of the {role} is empty.")
        self.example.contents.append(turn(role, parts))

    def _calls(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        calls = [call for call in message.get("tool_calls") or [] if isinstance(call, dict)]
        parts = []
        for call in calls:
            function = call.get("function")
            part = _call_part(function)
            self._names[str(call.get("id"))] = part["functionCall"]["name"]
            parts.append(part)
        if message.get("function_call"):
            parts.append(_call_part(message["function_call"]))
        return parts

    def _answer(self, message: dict[str, Any]) -> None:
        name = message.get("name") or self._names.get(str(message.get("tool_call_id")))
        if not isinstance(name, str):
            raise NotConvertibleError("The answer of a function names no call.")
        part = {"functionResponse": {"name": name, "response": _response(message.get("content"))}}
        contents = self.example.contents
        # Answers to several calls at once are one turn.
        if contents and "functionResponse" in contents[-1]["parts"][0]:
            contents[-1]["parts"].append(part)
        else:
            contents.append(turn("user", [part]))


def _call_part(function: object) -> dict[str, Any]:
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        raise NotConvertibleError("A function call has no name.")
    return {"functionCall": {"name": function["name"], "args": _arguments(function.get("arguments"))}}


def _arguments(value: object) -> dict[str, Any]:
    """Decoded; twice where it was encoded twice."""
    for _ in range(2):
        if isinstance(value, str):
            value = _decoded(value)
    if value is None or value == "":
        return {}
    if not isinstance(value, dict):
        raise NotConvertibleError("The arguments of a function call are no JSON object.")
    return value


def _decoded(text: str) -> object:
    if not text.strip():
        return {}
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise NotConvertibleError("The arguments of a function call are not JSON.") from exc


def _response(content: object) -> dict[str, Any]:
    """An object as it is; anything else under `result`, for the API takes objects only."""
    if isinstance(content, str):
        try:
            decoded = json.loads(content)
        except (ValueError, RecursionError):
            return {"result": content}
        return decoded if isinstance(decoded, dict) else {"result": decoded}
    return content if isinstance(content, dict) else {"result": content}


def _content_parts(message: dict[str, Any]) -> list[dict[str, Any]]:
    content = message.get("content")
    if content is None or content == "":
        return []
    if isinstance(content, str):
        return [{"text": content}]
    if not isinstance(content, list):
        raise NotConvertibleError("The content of a message is neither text nor a list.")
    return [_content_part(item) for item in content]


def _content_part(item: object) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise NotConvertibleError("A part of a message is no object.")
    text = item.get("text")
    if isinstance(text, str):
        return {"text": text}
    image = item.get("image_url")
    url = image.get("url") if isinstance(image, dict) else image
    if isinstance(url, str):
        return media_part(url)
    raise NotConvertibleError("A part of a message is neither text nor an image.")


def _declarations(row: dict[str, Any]) -> list[dict[str, Any]]:
    tools = [tool.get("function") for tool in row.get("tools") or [] if isinstance(tool, dict)]
    functions = [*tools, *(row.get("functions") or [])]
    return [_declaration(function) for function in functions if isinstance(function, dict)]


def _declaration(function: dict[str, Any]) -> dict[str, Any]:
    kept = {key: function[key] for key in ("name", "description") if function.get(key)}
    if isinstance(function.get("parameters"), dict):
        kept["parameters"] = _schema(function["parameters"])
    return kept


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    """JSON Schema with the API's names of types; keys that the API does not have are left out."""
    result: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _DROPPED_SCHEMA_KEYS:
            continue
        if key == "type" and isinstance(value, str):
            result[key] = value.upper()
        elif key == "properties" and isinstance(value, dict):
            result[key] = {name: _below(item) for name, item in value.items()}
        else:
            result[key] = _below(value) if key in {"items", "anyOf"} else value
    return result


def _below(value: Any) -> Any:
    if isinstance(value, list):
        return [_below(item) for item in value]
    return _schema(value) if isinstance(value, dict) else value
