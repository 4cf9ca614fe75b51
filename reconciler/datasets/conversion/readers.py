"""From each known format to an Example. Whatever is not carried over is noted, or the reason to refuse it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.datasets.conversion.example import Conversation, NotConvertibleError, text_of, two_turns
from reconciler.datasets.conversion.gemini import read_preference, read_vertex
from reconciler.datasets.conversion.instructions import read_alpaca, read_question_answer
from reconciler.datasets.conversion.openai import read_openai
from reconciler.datasets.conversion.predictions import read_prediction
from reconciler.datasets.conversion.preferences import read_chosen_rejected, read_openai_preference, read_transcripts
from reconciler.datasets.conversion.sharegpt import read_sharegpt
from reconciler.datasets.formats import Format
from reconciler.datasets.rows.pairs import FIELDS as PAIR_FIELDS
from reconciler.datasets.rows.pairs import pair_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _read_pair(row: dict[str, Any]) -> Conversation:
    given, output = pair_of(row)
    example = two_turns(text_of(given, "text_input"), text_of(output, "output"))
    example.leave(row, PAIR_FIELDS)
    return example


def _read_text_bison(row: dict[str, Any]) -> Conversation:
    example = two_turns(text_of(row.get("input_text"), "input_text"), text_of(row.get("output_text"), "output_text"))
    example.leave(row, ("input_text", "output_text", "context"))
    return _with_context(example, row)


def _read_prompt(row: dict[str, Any]) -> Conversation:
    example = two_turns(text_of(row.get("prompt"), "prompt"), text_of(row.get("completion"), "completion"))
    example.leave(row, ("prompt", "completion"))
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


def read_bedrock(row: dict[str, Any]) -> Conversation:
    """Messages as OpenAI has them, with the system's text beside them, if any."""
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


def _read_batch_request(_row: dict[str, Any]) -> Conversation:
    raise NotConvertibleError("A batch request has no answer, so there is nothing to learn.")


def _read_batch_answer(_row: dict[str, Any]) -> Conversation:
    raise NotConvertibleError("A batch answer without its request: put the request beside it first, by its key.")


def _read_open_prompt(_row: dict[str, Any]) -> Conversation:
    raise NotConvertibleError("A prompt without an answer: there is nothing to learn.")


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
    Format.BEDROCK: read_bedrock,
    Format.ALPACA: read_alpaca,
    Format.QUESTION_ANSWER: read_question_answer,
    Format.SHAREGPT: read_sharegpt,
    Format.CHOSEN_REJECTED: read_chosen_rejected,
    Format.ORCA: read_chosen_rejected,
    Format.TRANSCRIPTS: read_transcripts,
    Format.OPENAI_PREFERENCE: read_openai_preference,
    Format.BATCH_PREDICTION: read_prediction,
    Format.BATCH_REQUEST: _read_batch_request,
    Format.BATCH_ANSWER: _read_batch_answer,
    Format.REINFORCEMENT: _read_open_prompt,
    Format.JUDGED_PROMPTS: _read_open_prompt,
    Format.PROMPTS: _read_open_prompt,
}
