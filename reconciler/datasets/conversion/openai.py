"""OpenAI's chat format: roles, functions called by text, content in parts."""

from __future__ import annotations

import json
from typing import Any

from reconciler.datasets.conversion.example import Conversation, NotConvertibleError, media_part, turn
from reconciler.datasets.conversion.tools import declare, read_tools

_OF_ROW = ("messages", "tools", "functions")
_OF_MESSAGE = ("role", "content", "tool_calls", "function_call", "weight")


def read_openai(row: dict[str, Any]) -> Conversation:
    """One conversation with its tools."""
    messages = row.get("messages")
    if not isinstance(messages, list) or not messages:
        raise NotConvertibleError("There are no messages.")
    reader = _Reader()
    for message in messages:
        if not isinstance(message, dict):
            raise NotConvertibleError("A message is no object.")
        reader.message(message)
    reader.functions(row)
    reader.example.leave(row, _OF_ROW)
    return reader.example


class _Reader:
    """One conversation on its way; keeps the names of calls, which answers refer to by id."""

    def __init__(self) -> None:
        self.example = Conversation()
        self._names: dict[str, str] = {}

    def message(self, message: dict[str, Any]) -> None:
        role = message.get("role")
        if "weight" in message:
            self.example.note("weight was dropped: every model turn is learnt")
        match role:
            case "system" | "developer":
                self._leave(message)
                self.example.system.extend(_only_texts(self._content(message)))
            case "user":
                self._leave(message)
                self._add("user", self._content(message))
            case "assistant" | "model":
                self._leave(message)
                self._add("model", self._content(message) + self._calls(message))
            case "tool" | "function":
                self._answer(message)
            case _:
                raise NotConvertibleError("A message has a role that is not known.")

    def functions(self, row: dict[str, Any]) -> None:
        """What the conversation may call."""
        read_tools(_list(row, "tools"), self.example)
        for function in _list(row, "functions"):
            declare(function, self.example)

    def _leave(self, message: dict[str, Any]) -> None:
        self.example.leave(message, _OF_MESSAGE, "a message")

    def _add(self, role: str, parts: list[dict[str, Any]]) -> None:
        if not parts:
            raise NotConvertibleError(f"A message of the {role} is empty.")
        self.example.contents.append(turn(role, parts))

    def _content(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        content = message.get("content")
        if content is None or content == "":
            return []
        if isinstance(content, str):
            return [{"text": content}]
        if not isinstance(content, list):
            raise NotConvertibleError("The content of a message is neither text nor a list.")
        return [self._part(item) for item in content]

    def _part(self, item: object) -> dict[str, Any]:
        if not isinstance(item, dict):
            raise NotConvertibleError("A part of a message is no object.")
        text = item.get("text")
        if isinstance(text, str):
            self.example.leave(item, ("type", "text"), "a part")
            return {"text": text}
        image = item.get("image_url")
        url = image.get("url") if isinstance(image, dict) else image
        if isinstance(url, str):
            self.example.leave(item, ("type", "image_url"), "a part")
            self.example.leave(image if isinstance(image, dict) else {}, ("url",), "an image")
            return media_part(url)
        raise NotConvertibleError("A part of a message is neither text nor an image.")

    def _calls(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        parts = []
        for call in _list(message, "tool_calls"):
            if not isinstance(call, dict):
                raise NotConvertibleError("A function call is no object.")
            part = _call_part(call.get("function"))
            self._names[str(call.get("id"))] = part["functionCall"]["name"]
            parts.append(part)
        if message.get("function_call"):
            parts.append(_call_part(message["function_call"]))
        return parts

    def _answer(self, message: dict[str, Any]) -> None:
        name = message.get("name") or self._names.get(str(message.get("tool_call_id")))
        if not isinstance(name, str):
            raise NotConvertibleError("The answer of a function names no call.")
        self.example.leave(message, (*_OF_MESSAGE, "name", "tool_call_id"), "a message")
        part = {"functionResponse": {"name": name, "response": response_of(message.get("content"))}}
        contents = self.example.contents
        # Answers to several calls at once are one turn.
        if contents and "functionResponse" in contents[-1]["parts"][0]:
            contents[-1]["parts"].append(part)
        else:
            contents.append(turn("user", [part]))


def _list(value: dict[str, Any], key: str) -> list[Any]:
    """The list under that key, empty where there is none; anything else is no example."""
    found = value.get(key)
    if found is None:
        return []
    if not isinstance(found, list):
        raise NotConvertibleError(f'"{key}" is no list.')
    return found


def _only_texts(parts: list[dict[str, Any]]) -> list[str]:
    if not all("text" in part for part in parts):
        raise NotConvertibleError("A message of the system holds more than text.")
    return [part["text"] for part in parts]


def _call_part(function: object) -> dict[str, Any]:
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        raise NotConvertibleError("A function call has no name.")
    return {"functionCall": {"name": function["name"], "args": arguments_of(function.get("arguments"))}}


def arguments_of(value: object) -> dict[str, Any]:
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
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as exc:
        raise NotConvertibleError("The arguments of a function call are not JSON.") from exc


def response_of(content: object) -> dict[str, Any]:
    """An object as it is; anything else under `result`, for the API takes objects only."""
    if isinstance(content, str):
        try:
            decoded = json.loads(content, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            return {"result": content}
        return decoded if isinstance(decoded, dict) else {"result": decoded}
    return content if isinstance(content, dict) else {"result": content}


def _no_constant(name: str) -> object:
    raise ValueError(name)
