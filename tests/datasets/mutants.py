"""Rows that are good but for one value, key or list, at every place of them."""

from __future__ import annotations

import copy
import os
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

IS_NIGHT = "TUNEFORM_FUZZ" in os.environ
"""The whole is for the night, an even part of it for `make test`."""

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 99, 1.5, 10**12, 10**30, 10**400, 1e300),
    *("", "x", "1", "true", "NaN", "OBJECT", "string"),
    *([], {}, [1], ["x"], [None], {"a": 1}, [[]], [{}], {"a": {"b": []}}),
)


class Mutant(NamedTuple):
    """One row with one change."""

    place: tuple[str | int, ...]
    change: str
    row: Any


def mutants(row: Any, share: int = 1) -> Iterator[Mutant]:
    """Every change at every place; of them one in `share`, evenly."""
    number = 0
    for place in _places(row, ()):
        for change, value in _changes(_at(row, place)):
            number += 1
            if number % share == 0:
                yield Mutant(place, change, _with(row, place, value))


def _places(value: Any, place: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if place:
        yield place
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, below in members:
        yield from _places(below, (*place, step))


def _changes(value: Any) -> Iterator[tuple[str, Any]]:
    yield from ((f"is {str(other)[:20]!r}", other) for other in VALUES)
    if isinstance(value, dict):
        yield "has an unknown key", {**value, "unknownKey": 1}
        yield "has $schema", {**value, "$schema": "x"}
        for key in value:
            for other in (key + "x", key.upper()):
                yield f"has {other}", {other if name == key else name: item for name, item in value.items()}
            yield f"lacks {key}", {name: item for name, item in value.items() if name != key}
    if isinstance(value, list):
        yield "is no list", value[0] if value else {}
        yield "has null", [*value, None]
        yield "has all twice", [*value, *value]
    else:
        yield "is in a list", [value]


def _at(row: Any, place: tuple[str | int, ...]) -> Any:
    for step in place:
        row = row[step]
    return row


def _with(row: Any, place: tuple[str | int, ...], value: Any) -> Any:
    changed = copy.deepcopy(row)
    _at(changed, place[:-1])[place[-1]] = value
    return changed


PARAMETERS = {
    "type": "OBJECT",
    "properties": {
        "a": {"type": "NUMBER", "format": "float", "minimum": 0, "maximum": 5, "nullable": True, "default": 1},
        "s": {"type": "STRING", "enum": ["x"], "pattern": "^a", "minLength": "1", "maxLength": "5", "title": "t"},
        "l": {"type": "ARRAY", "items": {"type": "STRING"}, "minItems": 1, "maxItems": 2, "example": ["x"]},
        "u": {"anyOf": [{"type": "STRING"}, {"type": "NULL"}], "description": "d"},
    },
    "required": ["a"],
    "propertyOrdering": ["a"],
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": "4",
}

SFT = {
    "systemInstruction": {"role": "system", "parts": [{"text": "be brief"}]},
    "contents": [
        {
            "role": "user",
            "parts": [
                {"text": "q"},
                {
                    "fileData": {"mimeType": "video/mp4", "fileUri": "gs://acme/1.mp4", "displayName": "d"},
                    "videoMetadata": {"startOffset": "1s", "endOffset": "3.5s", "fps": 1.0},
                    "mediaResolution": {"level": "MEDIA_RESOLUTION_LOW"},
                },
                {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}},
            ],
        },
        {
            "role": "model",
            "parts": [
                {"text": "t", "thought": True, "thoughtSignature": "AAAA"},
                {"functionCall": {"id": "1", "name": "add", "args": {"a": 1, "b": {"c": [1]}}}},
                {"executableCode": {"language": "PYTHON", "code": "1"}},
                {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}},
            ],
        },
        {
            "role": "user",
            "parts": [
                {
                    "functionResponse": {
                        "id": "1",
                        "name": "add",
                        "response": {"sum": 4},
                        "scheduling": "SILENT",
                        "parts": [{"inlineData": {"mimeType": "image/png", "data": "AAAA"}}],
                    }
                }
            ],
        },
        {"role": "model", "parts": [{"text": "a"}]},
    ],
    "tools": [
        {
            "functionDeclarations": [
                {
                    "name": "add",
                    "description": "d",
                    "behavior": "BLOCKING",
                    "parameters": PARAMETERS,
                    "response": {"type": "STRING"},
                },
                {"name": "sub", "parametersJsonSchema": {"type": "object"}},
            ]
        },
        {"googleSearch": {}},
    ],
    "generationConfig": {
        "mediaResolution": "MEDIA_RESOLUTION_LOW",
        "temperature": 0.5,
        "topK": 3,
        "candidateCount": 1,
        "seed": 1,
        "stopSequences": ["x"],
        "responseMimeType": "text/plain",
        "responseModalities": ["TEXT"],
        "thinkingConfig": {"includeThoughts": True, "thinkingBudget": 5, "thinkingLevel": "LOW"},
        "responseSchema": {"type": "STRING"},
        "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "a"}}},
    },
}

PREFERENCE = {
    "contents": [{"role": "user", "parts": [{"text": "q"}]}],
    "completions": [
        {"score": 1.0, "completion": {"role": "model", "parts": [{"text": "a"}]}},
        {"score": 0.0, "completion": {"role": "model", "parts": [{"text": "b"}]}},
    ],
}

_OPENAI_SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": ["string", "null"], "enum": ["x", None]}, "b": {"$ref": "#/$defs/B"}},
    "$defs": {"B": {"allOf": [{"type": "object"}, {"properties": {"z": {"const": 1}}}]}},
    "required": ["a"],
}
_OPENAI: dict[str, Any] = {
    "messages": [
        {"role": "system", "content": "s"},
        {"role": "user", "content": [{"type": "text", "text": "q"}, {"type": "image_url", "image_url": {"url": "gs://acme/b.png"}}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}],
        },
        {"role": "tool", "tool_call_id": "1", "content": "4"},
        {"role": "assistant", "content": "a", "weight": 1},
    ],
    "tools": [{"type": "function", "function": {"name": "f", "parameters": _OPENAI_SCHEMA}}],
}  # fmt: skip

OTHERS: dict[str, dict[str, Any]] = {
    "OpenAI": _OPENAI,
    "pairs": {"text_input": "q", "output": "a"},
    "text-bison": {"input_text": "q", "output_text": "a", "context": "c"},
    "chat-bison": {"context": "c", "messages": [{"author": "user", "content": "q"}, {"author": "b", "content": "a"}]},
    "Gemini 1.0": {"messages": [{"role": r, "content": "x"} for r in ("system", "user", "model")]},
    "Bedrock": {
        "system": [{"text": "s"}],
        "messages": [{"role": r, "content": [{"text": "x"}]} for r in ("user", "assistant")],
    },
    "chosen": {"prompt": "q", "chosen": [{"role": "assistant", "content": "a"}], "rejected": "b"},
    "OpenAI preferences": {
        "input": {"messages": [{"role": "user", "content": "q"}], "tools": []},
        "preferred_output": [{"role": "assistant", "content": "a"}],
        "non_preferred_output": [{"role": "assistant", "content": "b"}],
    },
    "prompts": {"prompt": "q", "completion": "a"},
}
