"""From each known format to an Example. Whatever is not carried over is noted, or the reason to refuse it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.datasets.conversion.example import Conversation, NotConvertibleError, text_of
from reconciler.datasets.conversion.gemini import read_preference, read_vertex
from reconciler.datasets.conversion.openai import read_openai
from reconciler.datasets.formats import Format
from reconciler.datasets.rows.pairs import FIELDS as PAIR_FIELDS
from reconciler.datasets.rows.pairs import pair_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _read_pair(row: dict[str, Any]) -> Conversation:
    given, output = pair_of(row)
    example = _two_turns(text_of(given, "text_input"), text_of(output, "output"))
    example.leave(row, PAIR_FIELDS)
    return example


def _read_text_bison(row: dict[str, Any]) -> Conversation:
    example = _two_turns(text_of(row.get("input_text"), "input_text"), text_of(row.get("output_text"), "output_text"))
    example.leave(row, ("input_text", "output_text", "context"))
    return _with_context(example, row)


def _read_prompt(row: dict[str, Any]) -> Conversation:
    example = _two_turns(text_of(row.get("prompt"), "prompt"), text_of(row.get("completion"), "completion"))
    example.leave(row, ("prompt", "completion"))
    return example


def _two_turns(given: str, output: str) -> Conversation:
    example = Conversation()
    example.say("user", given)
    example.say("model", output)
    return example


def _with_context(example: Conversation, row: dict[str, Any]) -> Conversation:
    context = row.get("context")
    if isinstance(context, str) and context.strip():
        example.system.insert(0, context)
    elif context not in (None, "") and not isinstance(context, str):
        raise NotConvertibleError('"context" is no text.')
    return example


def _read_chat_bison(row: dict[str, Any]) -> Conversation:
    example = Conversation()
    for message in _objects(row):
        role = "user" if message.get("author") == "user" else "model"
        example.say(role, text_of(message.get("content"), "content"))
        example.leave(message, ("author", "content"), "a message")
    example.leave(row, ("context", "messages"))
    return _with_context(example, row)


def _read_gemini_1_0(row: dict[str, Any]) -> Conversation:
    example = Conversation()
    for message in _objects(row):
        text = text_of(message.get("content"), "content")
        role = message.get("role")
        if role == "system":
            example.system.append(text)
        elif role in ("user", "model"):
            example.say(role, text)
        else:
            raise NotConvertibleError("A message has a role that is not known.")
        example.leave(message, ("role", "content"), "a message")
    example.leave(row, ("messages",))
    return example


def _objects(row: dict[str, Any]) -> list[dict[str, Any]]:
    messages = row.get("messages")
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise NotConvertibleError("A message is no object.")
    return messages


def _read_bedrock(row: dict[str, Any]) -> Conversation:
    system = row.get("system")
    blocks = system if isinstance(system, list) else [] if system is None else [system]
    given = [block.get("text") if isinstance(block, dict) else block for block in blocks]
    texts = [text for text in given if isinstance(text, str)]
    if len(texts) != len(given):
        raise NotConvertibleError("The system text holds more than text.")
    others = {key: value for key, value in row.items() if key not in {"system", "schemaVersion"}}
    example = read_openai({**others, "messages": [_plain(message) for message in _objects(row)]})
    example.system[:0] = [text for text in texts if text.strip()]
    return example


def _plain(message: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(message.get("content"), list):
        return message
    if not all(isinstance(block, dict) and isinstance(block.get("text"), str) for block in message["content"]):
        raise NotConvertibleError("A message holds more than text.")
    return message


def _read_chosen_rejected(row: dict[str, Any]) -> Conversation:
    prompt, chosen, rejected = (_messages(row.get(key)) for key in ("prompt", "chosen", "rejected"))
    if not prompt:
        # Some sets repeat the prompt in both answers instead of naming it.
        prompt = chosen[:-1]
    asked = _as(prompt, "user")
    for side in (chosen, rejected):
        if side[:-1] and _as(side[:-1], "user") != asked:
            raise NotConvertibleError("An answer has turns in front of it that are not those of the prompt.")
    example = read_openai({"messages": asked})
    _rate(example, _as(chosen[-1:], "assistant"), _as(rejected[-1:], "assistant"))
    example.leave(row, ("prompt", "chosen", "rejected"))
    return example


def _read_openai_preference(row: dict[str, Any]) -> Conversation:
    given = row.get("input")
    if not isinstance(given, dict):
        raise NotConvertibleError('"input" is no object.')
    example = read_openai(given)
    _rate(example, _messages(row.get("preferred_output")), _messages(row.get("non_preferred_output")))
    example.leave(row, ("input", "preferred_output", "non_preferred_output"))
    return example


def _rate(example: Conversation, preferred: list[Any], other: list[Any]) -> None:
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
    if isinstance(value, str):
        return [value]
    return value if isinstance(value, list) else []


def _as(messages: list[Any], role: str) -> list[Any]:
    return [{"role": role, "content": m} if isinstance(m, str) else m for m in messages]


def _read_batch(_row: dict[str, Any]) -> Conversation:
    raise NotConvertibleError("A batch request has no answer, so there is nothing to learn.")


def _read_reinforcement(_row: dict[str, Any]) -> Conversation:
    raise NotConvertibleError("A row of reinforcement tuning has no answer, so there is nothing to learn.")


READERS: Mapping[Format, Callable[[dict[str, Any]], Conversation]] = {
    Format.VERTEX_SFT: read_vertex,
    Format.PREFERENCE: read_preference,
    Format.PAIRS: _read_pair,
    Format.TEXT_BISON: _read_text_bison,
    Format.PROMPT_COMPLETION: _read_prompt,
    Format.CHAT_BISON: _read_chat_bison,
    Format.GEMINI_1_0: _read_gemini_1_0,
    Format.OPENAI: read_openai,
    Format.MESSAGES: read_openai,
    Format.BEDROCK: _read_bedrock,
    Format.CHOSEN_REJECTED: _read_chosen_rejected,
    Format.OPENAI_PREFERENCE: _read_openai_preference,
    Format.BATCH_REQUEST: _read_batch,
    Format.REINFORCEMENT: _read_reinforcement,
}
