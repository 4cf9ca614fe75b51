"""From an Example to the formats that a service takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.datasets.conversion.example import Conversation, NotConvertibleError
from reconciler.datasets.formats import Format

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _write_sft(example: Conversation) -> dict[str, Any]:
    contents = list(example.contents)
    if example.completions:
        contents.append(_preferred(example.completions))
        example.note("only the preferred completion was kept")
    if not contents or contents[-1]["role"] != "model":
        raise NotConvertibleError("It does not end with the model's turn, so there is nothing to learn.")
    row = _with_tools(_with_system({"contents": contents}, example), example)
    if example.config:
        row["generationConfig"] = example.config
    return row


def _with_tools(row: dict[str, Any], example: Conversation) -> dict[str, Any]:
    declared = [{"functionDeclarations": example.declarations}] if example.declarations else []
    return {**row, "tools": [*declared, *example.tools]} if declared or example.tools else row


def _write_judged(example: Conversation) -> dict[str, Any]:
    """A prompt with what answers are judged by. Of data with answers the last one is that, where nothing else is."""
    contents, references = list(example.contents), dict(example.references)
    if example.completions:
        contents.append(_preferred(example.completions))
        example.note("only the preferred completion was kept")
    if contents and contents[-1]["role"] == "model":
        if references:
            raise NotConvertibleError("It ends with an answer, and has what answers are judged by: one has to go.")
        references["answer"] = _only_text(contents.pop(), example)
        example.note("the answer became a reference: rewards have it as {{references.answer}}")
    if not contents or contents[-1]["role"] == "model":
        raise NotConvertibleError("It has no prompt that ends with the user's turn.")
    if not references:
        example.note("it has no references: rewards have nothing of the example to judge by")
    _leave_config(example)
    row = _with_tools(_with_system({"contents": contents}, example), example)
    return {**row, "references": references} if references else row


def _preferred(completions: list[tuple[float, dict[str, Any]]]) -> dict[str, Any]:
    """The one that wins: above every other, and above nothing."""
    best = max(score for score, _ in completions)
    winners = [completion for score, completion in completions if score == best]
    if len(winners) > 1:
        raise NotConvertibleError("Its answers are scored alike, so none of them is preferred.")
    if len(completions) == 1 and best <= 0:
        raise NotConvertibleError("Its only answer is one that was not preferred.")
    return winners[0]


def _with_system(row: dict[str, Any], example: Conversation) -> dict[str, Any]:
    if not example.system:
        return row
    system = {"role": "system", "parts": [{"text": "\n\n".join(example.system)}]}
    return {"systemInstruction": system, **row}


def _write_preference(example: Conversation) -> dict[str, Any]:
    if not example.completions:
        raise NotConvertibleError("It has one answer; a preference needs two.")
    if {score for score, _ in example.completions} != {0.0, 1.0} or len(example.completions) != 2:
        raise NotConvertibleError("It has not one preferred and one dispreferred answer.")
    if not example.contents or example.contents[-1]["role"] != "user":
        raise NotConvertibleError("Its prompt does not end with the user's turn.")
    if example.declarations or example.tools or any(set(part) != {"text"} for part in _all_parts(example)):
        raise NotConvertibleError("Preference tuning takes text only.")
    _leave_config(example)
    contents = _with_instruction_in_first_turn(example)
    completions = [{"score": score, "completion": content} for score, content in example.completions]
    return {"contents": contents, "completions": completions}


def _all_parts(example: Conversation) -> list[dict[str, Any]]:
    turns = [*example.contents, *(content for _, content in example.completions)]
    return [part for content in turns for part in content["parts"]]


def _leave_config(example: Conversation) -> None:
    if example.config:
        example.note("generationConfig of the example was dropped")


def _with_instruction_in_first_turn(example: Conversation) -> list[dict[str, Any]]:
    if not example.system:
        return example.contents
    example.note("the system instruction became the first part of the user's turn")
    first, *rest = example.contents
    parts = [*({"text": text} for text in example.system), *first["parts"]]
    return [{**first, "parts": parts}, *rest]


def _write_pair(example: Conversation) -> dict[str, Any]:
    if example.system:
        raise NotConvertibleError("Pairs have no system instruction.")
    if example.declarations or example.tools:
        raise NotConvertibleError("Pairs have no functions.")
    if [content["role"] for content in example.contents] != ["user", "model"]:
        raise NotConvertibleError("Pairs are one question and one answer.")
    _leave_config(example)
    given, output = (_only_text(content, example) for content in example.contents)
    return {"text_input": given, "output": output}


def _write_messages(example: Conversation) -> dict[str, Any]:
    if example.declarations or example.tools:
        raise NotConvertibleError("Messages of open models have no functions.")
    _leave_config(example)
    messages = [{"role": "system", "content": "\n\n".join(example.system)}] if example.system else []
    for content in example.contents:
        role = "assistant" if content["role"] == "model" else "user"
        messages.append({"role": role, "content": _only_text(content, example)})
    if not messages or messages[-1]["role"] != "assistant":
        raise NotConvertibleError("It does not end with the assistant, so there is nothing to learn.")
    return {"messages": messages}


def _only_text(content: dict[str, Any], example: Conversation) -> str:
    texts = [part.get("text") for part in content["parts"]]
    if not all(isinstance(text, str) for text in texts):
        raise NotConvertibleError("A turn holds more than text.")
    if len(texts) > 1:
        example.note("the parts of a turn were joined by line ends")
    return "\n".join(text for text in texts if text is not None)


WRITERS: Mapping[Format, Callable[[Conversation], dict[str, Any]]] = {
    Format.VERTEX_SFT: _write_sft,
    Format.PREFERENCE: _write_preference,
    Format.PAIRS: _write_pair,
    Format.MESSAGES: _write_messages,
    Format.JUDGED_PROMPTS: _write_judged,
}
"""The formats that can be converted to."""
