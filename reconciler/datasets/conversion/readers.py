"""From each known format to an Example."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.datasets.conversion.example import Example, NotConvertibleError, text_of, turn
from reconciler.datasets.conversion.openai import read_openai
from reconciler.datasets.formats import Format
from reconciler.datasets.rows.fields import list_at, object_at, objects
from reconciler.datasets.rows.pairs import pair_of
from reconciler.datasets.spelling import in_camel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _read_vertex(row: dict[str, Any]) -> Example:
    row = in_camel(row)
    contents = [_with_role(content) for content in objects(list_at(row, "contents"))]
    example = Example(contents, config=object_at(row, "generationConfig"))
    system = row.get("systemInstruction")
    parts = objects(list_at(system, "parts")) if isinstance(system, dict) else [{"text": system}]
    texts = (part.get("text") for part in parts)
    example.system = [text for text in texts if isinstance(text, str)]
    for tool in objects(list_at(row, "tools")):
        example.declarations += objects(list_at(tool, "functionDeclarations"))
    for key in row.keys() - {"contents", "systemInstruction", "tools", "generationConfig", "completions"}:
        example.note(f"the unknown field {key[:40]} was dropped")
    if not contents:
        raise NotConvertibleError("There are no turns.")
    return example


def _with_role(content: dict[str, Any]) -> dict[str, Any]:
    parts = content.get("parts")
    # A sample of the documentation has one part as an object instead of a list.
    as_list = [parts] if isinstance(parts, dict) else parts
    if not isinstance(as_list, list) or not as_list:
        raise NotConvertibleError("A turn has no parts.")
    role = str(content.get("role", "user")).lower()
    return turn("model" if role == "assistant" else role, as_list)


def _read_preference(row: dict[str, Any]) -> Example:
    example = _read_vertex(row)
    for completion in objects(list_at(in_camel(row), "completions")):
        score = completion.get("score")
        if not isinstance(score, int | float):
            raise NotConvertibleError("A completion has no score.")
        content = _with_role(object_at(completion, "completion"))
        example.completions.append((float(score), content))
    return example


def _read_pair(row: dict[str, Any]) -> Example:
    given, output = pair_of(row)
    return _two_turns(text_of(given, "text_input"), text_of(output, "output"))


def _read_text_bison(row: dict[str, Any]) -> Example:
    example = _two_turns(text_of(row.get("input_text"), "input_text"), text_of(row.get("output_text"), "output_text"))
    return _with_context(example, row)


def _read_prompt(row: dict[str, Any]) -> Example:
    return _two_turns(text_of(row.get("prompt"), "prompt"), text_of(row.get("completion"), "completion"))


def _two_turns(given: str, output: str) -> Example:
    example = Example()
    example.say("user", given)
    example.say("model", output)
    return example


def _with_context(example: Example, row: dict[str, Any]) -> Example:
    context = row.get("context")
    if isinstance(context, str) and context.strip():
        example.system.insert(0, context)
    return example


def _read_chat_bison(row: dict[str, Any]) -> Example:
    example = Example()
    for message in objects(list_at(row, "messages")):
        role = "user" if message.get("author") == "user" else "model"
        example.say(role, text_of(message.get("content"), "content"))
    return _with_context(example, row)


def _read_gemini_1_0(row: dict[str, Any]) -> Example:
    example = Example()
    for message in objects(list_at(row, "messages")):
        text = text_of(message.get("content"), "content")
        role = message.get("role")
        if role == "system":
            example.system.append(text)
        elif role in {"user", "model"}:
            example.say(role, text)
        else:
            raise NotConvertibleError("A message has a role that is not known.")
    return example


def _read_bedrock(row: dict[str, Any]) -> Example:
    system = row.get("system")
    blocks = system if isinstance(system, list) else [system]
    without_type = {**row, "messages": [_plain(message) for message in list_at(row, "messages")]}
    example = read_openai(without_type)
    texts = (block.get("text") if isinstance(block, dict) else block for block in blocks)
    example.system[:0] = [text for text in texts if isinstance(text, str) and text.strip()]
    return example


def _plain(message: object) -> object:
    if not isinstance(message, dict) or not isinstance(message.get("content"), list):
        return message
    if not all(isinstance(block, dict) and isinstance(block.get("text"), str) for block in message["content"]):
        raise NotConvertibleError("A message holds more than text.")
    return message


def _read_chosen_rejected(row: dict[str, Any]) -> Example:
    prompt, chosen, rejected = (_messages(row.get(key)) for key in ("prompt", "chosen", "rejected"))
    if not prompt:
        # Some sets repeat the prompt in both answers instead of naming it.
        prompt, chosen, rejected = chosen[:-1], chosen[-1:], rejected[-1:]
    example = read_openai({"messages": _as(prompt, "user")})
    for score, answer in ((1.0, chosen), (0.0, rejected)):
        contents = read_openai({"messages": _as(answer[-1:], "assistant")}).contents
        if not contents:
            raise NotConvertibleError("An answer is empty.")
        example.completions.append((score, contents[-1]))
    return example


def _messages(value: object) -> list[Any]:
    if isinstance(value, str):
        return [value]
    return value if isinstance(value, list) else []


def _as(messages: list[Any], role: str) -> list[Any]:
    return [{"role": role, "content": m} if isinstance(m, str) else m for m in messages]


def _read_batch(_row: dict[str, Any]) -> Example:
    raise NotConvertibleError("A batch request has no answer, so there is nothing to learn.")


READERS: Mapping[Format, Callable[[dict[str, Any]], Example]] = {
    Format.VERTEX_SFT: _read_vertex,
    Format.PREFERENCE: _read_preference,
    Format.PAIRS: _read_pair,
    Format.TEXT_BISON: _read_text_bison,
    Format.PROMPT_COMPLETION: _read_prompt,
    Format.CHAT_BISON: _read_chat_bison,
    Format.GEMINI_1_0: _read_gemini_1_0,
    Format.OPENAI: read_openai,
    Format.MESSAGES: read_openai,
    Format.BEDROCK: _read_bedrock,
    Format.CHOSEN_REJECTED: _read_chosen_rejected,
    Format.BATCH_REQUEST: _read_batch,
}
