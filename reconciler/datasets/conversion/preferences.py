"""Pairs of answers, one preferred: as texts, as messages, as whole transcripts, and OpenAI's own form."""

from __future__ import annotations

import re
from typing import Any

from reconciler.datasets.conversion.example import Conversation, NotConvertibleError, text_of
from reconciler.datasets.conversion.instructions import instruction_of, take_system
from reconciler.datasets.conversion.openai import read_openai
from reconciler.datasets.conversion.sharegpt import as_messages, is_turn
from reconciler.datasets.formats import turns_key

_PROMPTS = ("prompt", "question", "query")
_SPEAKER = re.compile(r"(?:\A|\n\n)(Human|Assistant): ?")


def read_chosen_rejected(row: dict[str, Any]) -> Conversation:
    """A prompt with two answers: texts (also as Orca has them, with a system), or messages."""
    before = Conversation()
    names, prompt = _prompt(row, before)
    chosen, rejected = (_messages(row.get(key)) for key in ("chosen", "rejected"))
    if not prompt:
        # Some sets repeat the prompt in both answers instead of naming it.
        prompt = chosen[:-1]
    asked = _as(prompt, "user")
    for side in (chosen, rejected):
        if side[:-1] and _as(side[:-1], "user") != asked:
            raise NotConvertibleError("An answer has turns in front of it that are not those of the prompt.")
    system = take_system(row, before)
    example = read_openai({"messages": asked})
    example.system[:0] = before.system
    example.notes[:0] = before.notes
    rate(example, _as(chosen[-1:], "assistant"), _as(rejected[-1:], "assistant"))
    example.leave(row, (*names, "chosen", "rejected", system))
    return example


def _prompt(row: dict[str, Any], example: Conversation) -> tuple[tuple[str, ...], list[Any]]:
    """(the keys that it stands under, its messages)."""
    turns = turns_key(row)
    if turns:
        return (turns,), as_messages(row[turns])
    if "instruction" in row:
        return ("instruction", "input"), [instruction_of(row, example)]
    key = next((name for name in _PROMPTS if row.get(name)), "prompt")
    return (key,), _messages(row.get(key))


def read_transcripts(row: dict[str, Any]) -> Conversation:
    """Two transcripts of Human and Assistant that differ in the last answer."""
    chosen, rejected = (_turns(text_of(row.get(key), key)) for key in ("chosen", "rejected"))
    if chosen[:-1] != rejected[:-1]:
        raise NotConvertibleError("The two transcripts differ in more than the last answer.")
    example = read_openai({"messages": chosen[:-1]})
    rate(example, chosen[-1:], rejected[-1:])
    example.leave(row, ("chosen", "rejected"))
    return example


def _turns(text: str) -> list[dict[str, Any]]:
    _, *spoken = _SPEAKER.split(text.strip())
    pairs = zip(spoken[::2], spoken[1::2], strict=True)
    roles = {"Human": "user", "Assistant": "assistant"}
    turns = [{"role": roles[who], "content": said.strip()} for who, said in pairs]
    if len(turns) < 2:
        raise NotConvertibleError("A transcript has no answer.")
    return turns


def read_openai_preference(row: dict[str, Any]) -> Conversation:
    """OpenAI's own form."""
    given = row.get("input")
    if not isinstance(given, dict):
        raise NotConvertibleError('"input" is no object.')
    example = read_openai(given)
    rate(example, _messages(row.get("preferred_output")), _messages(row.get("non_preferred_output")))
    example.leave(row, ("input", "preferred_output", "non_preferred_output"))
    return example


def rate(example: Conversation, preferred: list[Any], other: list[Any]) -> None:
    """Add the two answers, each one message of the assistant."""
    for score, answer in ((1.0, preferred), (0.0, other)):
        if len(answer) != 1:
            raise NotConvertibleError("An answer is empty." if not answer else "An answer has more than one turn.")
        read = read_openai({"messages": answer})
        if not read.contents or read.contents[0]["role"] != "model":
            raise NotConvertibleError("An answer is not the assistant's.")
        for note in read.notes:
            example.note(note)
        example.completions.append((score, read.contents[0]))


def _messages(value: object) -> list[Any]:
    """A text, one message, or several; those of ShareGPT with the names of OpenAI's."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return as_messages([value])
    if not isinstance(value, list):
        return []
    return as_messages(value) if any(map(is_turn, value)) else value


def _as(messages: list[Any], role: str) -> list[Any]:
    return [{"role": role, "content": m} if isinstance(m, str) else m for m in messages]
