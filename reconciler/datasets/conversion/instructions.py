"""Questions and answers under the names that people give them: Alpaca's instructions, and pairs beyond doubt."""

from __future__ import annotations

from typing import Any

from reconciler.datasets.conversion.example import Conversation, NotConvertibleError, text_of, two_turns
from reconciler.datasets.formats import pair_names
from reconciler.datasets.lexical import shorten

SYSTEMS = ("system", "system_prompt", "system_instruction")
"""Names of a system instruction that stands beside a question."""


def read_alpaca(row: dict[str, Any]) -> Conversation:
    """An instruction with its input, if it has one, and the output; turns before it stand in `history`."""
    example = Conversation()
    system = take_system(row, example)
    for asked, answered in _history(row):
        example.say("user", asked)
        example.say("model", answered)
    example.say("user", instruction_of(row, example))
    example.say("model", text_of(row.get("output"), "output"))
    example.leave(row, ("instruction", "input", "output", "history", system))
    return example


def instruction_of(row: dict[str, Any], example: Conversation) -> str:
    """What is asked. The input belongs to it, below the instruction."""
    instruction, given = row.get("instruction"), row.get("input")
    if given is None or (isinstance(given, str) and not given.strip()):
        return text_of(instruction, "instruction")
    if instruction is None or (isinstance(instruction, str) and not instruction.strip()):
        return text_of(given, "input")
    example.note("instruction and input were joined by an empty line")
    return f"{text_of(instruction, 'instruction')}\n\n{text_of(given, 'input')}"


def read_question_answer(row: dict[str, Any]) -> Conversation:
    """One question and one answer, whatever they are called. What a context is for is not guessed."""
    names = pair_names(row)
    if names is None:
        raise NotConvertibleError("It has not one question and one answer.")
    question, answer = names
    context = next((key for key in row if key.strip().lower() == "context" and row[key] not in (None, "")), "")
    if context:
        raise NotConvertibleError(
            f'"{shorten(context)}" may be a part of the question or a system instruction: say it with --map '
            f"(--map system={shorten(context)}), or put it into the question."
        )
    example = two_turns(text_of(row[question], shorten(question)), text_of(row[answer], shorten(answer)))
    example.leave(row, (question, answer, take_system(row, example)))
    return example


def take_system(row: dict[str, Any], example: Conversation) -> str:
    """The key of a system instruction beside the question, which it becomes; "" where there is none."""
    key = next((key for key in SYSTEMS if row.get(key) not in (None, "")), "")
    if key:
        example.system.append(text_of(row[key], key))
    return key


def _history(row: dict[str, Any]) -> list[tuple[str, str]]:
    pairs = row.get("history")
    if pairs is None:
        return []
    if not isinstance(pairs, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise NotConvertibleError('"history" is no list of pairs.')
    return [(text_of(asked, "history"), text_of(answered, "history")) for asked, answered in pairs]
