"""Rows of reinforcement tuning: a prompt, and beside it what answers to it are judged by.

Source: OpenAI's API definition of reinforcement fine-tuning, where `messages` and `tools` alone are reserved and a
grader has every other key as `{{item.KEY}}`; Amazon Nova has the same rows. TRL and verl have the messages under
`prompt`. Vertex AI's `references` are texts by key, which a reward has as `{{references.KEY}}`.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from reconciler.datasets.conversion.example import Conversation, NotConvertibleError
from reconciler.datasets.conversion.gemini import read_vertex
from reconciler.datasets.conversion.openai import read_openai
from reconciler.datasets.conversion.readers import READERS, read_bedrock
from reconciler.datasets.formats import Format
from reconciler.datasets.lexical import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Read = Callable[[dict[str, Any]], Conversation]

REFERENCES: Final = "references"
_OF_MESSAGES: Final = frozenset(
    {"messages", "tools", "functions", "system", "schemaVersion", "parallel_tool_calls", "response_format"}
)
"""Keys of rows of messages that are no references."""
_MESSAGES: Final = frozenset({Format.OPENAI, Format.MESSAGES, Format.BEDROCK, Format.GEMINI_1_0, Format.REINFORCEMENT})
_ANSWERED: Final = frozenset({"messages", "completion", "chosen", "rejected"})
"""Beside a prompt of messages, what says that it is of another kind."""
_CONTENTS: Final = frozenset({Format.VERTEX_SFT, Format.JUDGED_PROMPTS, Format.PROMPTS})


def judged_reading(row: Mapping[str, Any], kind: Format) -> tuple[Format, Read | None]:
    """What a row of that kind is on its way to reinforcement tuning, and how it is read."""
    if kind in _CONTENTS:
        return kind, _read_contents
    if kind in _MESSAGES:
        return kind, partial(_read_messages, kind)
    if _is_messages(row.get("prompt")) and _ANSWERED.isdisjoint(row):
        return Format.REINFORCEMENT, _read_prompt
    return kind, READERS.get(kind)


def _is_messages(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(m, dict) and "role" in m for m in value)


def _read_contents(row: dict[str, Any]) -> Conversation:
    """Vertex AI's own rows, with references that are no texts mended."""
    example = read_vertex({key: value for key, value in row.items() if key != REFERENCES})
    _refer(row.get(REFERENCES), example)
    return example


def _read_messages(kind: Format, row: dict[str, Any]) -> Conversation:
    """Every key beside the messages and their tools is what the answer is judged by."""
    with_system = read_bedrock if "system" in row else read_openai
    read = with_system if kind is Format.REINFORCEMENT else READERS[kind]
    example = read({key: value for key, value in row.items() if key in _OF_MESSAGES})
    rest = {key: value for key, value in row.items() if key not in _OF_MESSAGES}
    if isinstance(rest.get(REFERENCES), dict):
        _refer(rest.pop(REFERENCES), example)
    _refer(rest, example)
    return example


def _read_prompt(row: dict[str, Any]) -> Conversation:
    rest = {key: value for key, value in row.items() if key != "prompt"}
    return _read_messages(Format.OPENAI, {**rest, "messages": row["prompt"]})


def _refer(given: object, example: Conversation) -> None:
    if given is None:
        return
    if not isinstance(given, dict):
        raise NotConvertibleError('"references" is no object.')
    for key, value in given.items():
        if value is None:
            example.note(f"{shorten(key)}, which is null, was left out of the references")
        elif key in example.references:
            raise NotConvertibleError(f'"{shorten(key)}" stands in the row and in its references.')
        else:
            example.references[key] = _text_of(key, value, example)


def _text_of(key: str, value: object, example: Conversation) -> str:
    """References are texts: anything else is written as JSON, as a number is anyway."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        example.note(f"{shorten(key)} of several parts was written as JSON: rewards name it as a whole")
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError) as exc:
        raise NotConvertibleError(f'"{shorten(key)}" cannot be written as JSON.') from exc
