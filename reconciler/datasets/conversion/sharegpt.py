"""Conversations as ShareGPT has them, `from` and `value` of each turn, and the variants of other collections."""

from __future__ import annotations

import json
from typing import Any

from reconciler.datasets.conversion.example import Conversation, NotConvertibleError
from reconciler.datasets.conversion.instructions import SYSTEMS
from reconciler.datasets.conversion.openai import read_openai
from reconciler.datasets.formats import SPEAKERS, turns_key
from reconciler.datasets.lexical import shorten

_ROLES = {
    **dict.fromkeys(("human", "user"), "user"),
    **dict.fromkeys(("gpt", "assistant", "chatgpt", "model", "bot", "bard", "bing"), "assistant"),
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("observation", "tool", "function", "function_response", "tool_response"), "tool"),
    **dict.fromkeys(("function_call", "tool_call"), "call"),
}
_TEXTS = ("value", "content", "text")


def read_sharegpt(row: dict[str, Any]) -> Conversation:
    """One conversation, read as OpenAI's once its turns have their names."""
    key = turns_key(row) or "messages"
    system = next((name for name in SYSTEMS if row.get(name)), "")
    rest = {name: value for name, value in row.items() if name not in (key, system, "tools")}
    messages = [{"role": "system", "content": row[system]}] if system else []
    tools = _tools(row.get("tools"))
    return read_openai(
        {**rest, **({"tools": tools} if tools else {}), "messages": messages + as_messages(row.get(key))}
    )


def as_messages(turns: object) -> list[Any]:
    """Turns as messages with role and content."""
    if not isinstance(turns, list) or not turns:
        raise NotConvertibleError("There are no messages.")
    names = _Names()
    return [names.message(turn) if is_turn(turn) else turn for turn in turns]


def is_turn(value: object) -> bool:
    """Whether it is told who speaks in another word than `role`, or what is said in another than `content`."""
    return isinstance(value, dict) and not SPEAKERS.isdisjoint(value) and not {"role", "content"} <= value.keys()


class _Names:
    """Answers of functions name no call: each is of the one before it."""

    def __init__(self) -> None:
        self._called: list[str] = []

    def message(self, turn: dict[str, Any]) -> dict[str, Any]:
        """One turn; what else stands in it stays, and is told as lost further on."""
        speaker = next(key for key in ("from", "role", "speaker") if key in turn)
        text = next((key for key in _TEXTS if key in turn), "")
        role = _ROLES.get(str(turn[speaker]).strip().lower())
        if role is None:
            raise NotConvertibleError(f'A message is by "{shorten(str(turn[speaker]), 20)}", a role that is not known.')
        rest = {key: value for key, value in turn.items() if key not in (speaker, text)}
        said = turn.get(text)
        if role == "call":
            return {**rest, "role": "assistant", "tool_calls": self._calls(said)}
        if role == "tool":
            return {**rest, "role": role, "name": self._called.pop(0) if self._called else None, "content": said}
        return {**rest, "role": role, "content": said}

    def _calls(self, said: object) -> list[dict[str, Any]]:
        """One call or a list of them, as JSON in the text."""
        try:
            found = json.loads(said) if isinstance(said, str) else said
        except (ValueError, RecursionError) as exc:
            raise NotConvertibleError("A call of a function is not JSON.") from exc
        given = found if isinstance(found, list) else [found]
        calls = [call for call in given if isinstance(call, dict) and isinstance(call.get("name"), str)]
        if len(calls) < len(given):
            raise NotConvertibleError("A function call has no name.")
        self._called += [call["name"] for call in calls]
        return [{"function": {"name": c["name"], "arguments": c.get("arguments", c.get("parameters"))}} for c in calls]


def _tools(value: object) -> object:
    """Declared functions, which some collections keep as JSON in a text."""
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as exc:
        raise NotConvertibleError('"tools" is not JSON.') from exc
