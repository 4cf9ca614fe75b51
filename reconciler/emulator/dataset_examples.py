"""What each method learns from one row of training data. Source of the rules: documented where said, else assumed."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.emulator.dataset_parts import DatasetError, content_of, tokens_of, tokens_of_tools, turns_of
from reconciler.emulator.dataset_types import first_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.emulator.catalog import TunableModel
    from reconciler.emulator.dataset_parts import Turn

Json = dict[str, Any]

_FREE = ("veo", "veoLora", "partner")


@dataclass(slots=True)
class TrainedExample:
    """One example that is trained on."""

    input_tokens: int
    output_tokens: int
    messages: int
    lessons: list[tuple[str, str]]  # (prompt, answer) of every model turn
    shown: list[Json] = field(default_factory=list)  # as userDatasetExamples shows it, before texts are cut
    scores: tuple[float, ...] = ()
    contents: int = 0
    characters: int = 0
    references: Json = field(default_factory=dict)
    has_media: bool = False


@dataclass(slots=True)
class _Row:
    """A row that every method reads alike."""

    number: int
    raw: Json
    turns: list[Turn]
    beside: int  # tokens of the system instruction and the tools
    base: TunableModel


def example_of(given: Any, raw: Any, row: int, base: TunableModel, method: str) -> TrainedExample:
    """The example of a row, `given` as it stands there and `raw` with its keys in camelCase. Raises DatasetError."""
    if not isinstance(raw, dict):
        raise DatasetError(f"Row: {row}. An example must be a JSON object.")
    if method in _FREE:
        return _free(raw)
    if base.is_open:
        raw = _of_an_open_model(raw, row)
    elif base.takes_messages and "messages" in raw:
        raw = _from_messages(raw, row)
    if "contents" not in raw:
        raise DatasetError(f"Row: {row}. Missing required `contents` field.")
    turns = turns_of(raw["contents"], row, base)
    problem = first_problem(given)
    if problem:
        raise DatasetError(f"Row: {row}. {problem}")
    system = raw.get("systemInstruction")
    system_text, beside = content_of(system, row, base) if system is not None else ("", 0)
    beside += tokens_of_tools(raw.get("tools"))
    found = _READERS[method](_Row(row, raw, turns, beside, base))
    found.contents = len(turns)
    found.characters = len(system_text) + sum(len(text) for _, text, _ in turns)
    found.has_media = any("<media" in text for _, text, _ in turns)
    if found.has_media and method == "distillation":
        # Documented: text alone.
        raise DatasetError(f"Row: {row}. Distillation takes text only, but a part is none.")
    return found


def _free(raw: Json) -> TrainedExample:
    """A row of a method whose format no page describes: any object is one."""
    text = json.dumps(raw, separators=(",", ":"))
    return TrainedExample(tokens_of(text), 0, 1, [], characters=len(text))


def _of_an_open_model(raw: Json, row: int) -> Json:
    """Source: documented (google/skills: messages, or prompt and completion); recorded (contents, by a report)."""
    if "messages" in raw:
        messages = raw["messages"]
        named = [_with_our_role(m) for m in messages] if isinstance(messages, list) else messages
        return _from_messages({"messages": named}, row)
    if "prompt" in raw and "completion" in raw:
        texts = (("user", raw["prompt"]), ("model", raw["completion"]))
        return {"contents": [{"role": role, "parts": [{"text": text}]} for role, text in texts]}
    return raw


def _from_messages(raw: Json, row: int) -> Json:
    messages = raw["messages"]
    if not isinstance(messages, list) or not all(isinstance(m, dict) for m in messages):
        raise DatasetError(f"Row: {row}. `messages` must be a list of messages.")
    contents = [
        {"role": m.get("role"), "parts": [{"text": m.get("content", "")}]}
        for m in messages
        if m.get("role") != "system"
    ]
    system = [{"text": m.get("content", "")} for m in messages if m.get("role") == "system"]
    return {"contents": contents, **({"systemInstruction": {"parts": system}} if system else {})}


def _with_our_role(message: Any) -> Any:
    is_answer = isinstance(message, dict) and message.get("role") == "assistant"
    return {**message, "role": "model"} if is_answer else message


def _supervised(row: _Row) -> TrainedExample:
    turns = row.turns
    if turns[-1][0] != "model":
        raise DatasetError(f"Row: {row.number}. The last content must have the role model.")
    lessons, prompt = [], ""
    for role, text, _ in turns:
        if role == "model":
            lessons.append((prompt, text))
        else:
            prompt = text
    return TrainedExample(
        input_tokens=row.beside + sum(n for role, _, n in turns if role != "model"),
        output_tokens=sum(n for role, _, n in turns if role == "model"),
        messages=len(turns),
        lessons=lessons,
        shown=_contents(turns),
    )


def _contents(turns: list[Turn]) -> list[Json]:
    return [{"role": role, "parts": [{"text": text}]} for role, text, _ in turns]


def _preference(row: _Row) -> TrainedExample:
    completions = row.raw.get("completions")
    if not isinstance(completions, list) or len(completions) != 2:
        raise DatasetError(f"Row: {row.number}. A preference example must have exactly two completions.")
    found = [_completion(c, row.number, row.base) for c in completions]
    if sorted(score for score, _, _ in found) != [0.0, 1.0]:
        raise DatasetError(f"Row: {row.number}. Of the two completions one must have the score 1 and one the score 0.")
    prompt, answer = row.turns[-1][1], next(text for score, text, _ in found if score == 1.0)
    shown = {
        "contents": _contents(row.turns),
        "completions": [
            {**({"score": s} if s else {}), "completion": {"role": "model", "parts": [{"text": t}]}}
            for s, t, _ in found
        ],
    }
    # Documented: preference tuning counts the prompt with each of the two completions.
    return TrainedExample(
        input_tokens=2 * (row.beside + sum(n for _, _, n in row.turns)),
        output_tokens=sum(n for _, _, n in found),
        messages=len(row.turns) + 1,
        lessons=[(prompt, answer)],
        shown=[shown],
        scores=tuple(score for score, _, _ in found),
    )


def _completion(raw: Any, row: int, base: TunableModel) -> tuple[float, str, int]:
    score = raw.get("score", 0) if isinstance(raw, dict) else None
    if isinstance(score, bool) or not isinstance(score, (int, float)) or abs(score) > sys.float_info.max:
        raise DatasetError(f"Row: {row}. A completion must have a score of 1 or 0.")
    text, tokens = content_of(raw.get("completion"), row, base)
    return float(score), text, tokens


def _reinforcement(row: _Row) -> TrainedExample:
    """A prompt with what its rewards look up. Source: documented (references are texts by name)."""
    if row.turns[-1][0] == "model":
        raise DatasetError(f"Row: {row.number}. The last content must have the role user.")
    references = row.raw.get("references", {})
    if not isinstance(references, dict) or not all(isinstance(v, str) for v in references.values()):
        raise DatasetError(f"Row: {row.number}. `references` must be a map of strings.")
    shown: Json = {"contents": _contents(row.turns), **({"references": references} if references else {})}
    first = next(iter(references.values()), "")
    # Simulated: what the model comes to answer is the first reference.
    return TrainedExample(
        input_tokens=row.beside + sum(n for _, _, n in row.turns),
        output_tokens=0,
        messages=len(row.turns),
        lessons=[(row.turns[-1][1], first)] if first else [],
        shown=[shown],
        references=references,
    )


def _distillation(row: _Row) -> TrainedExample:
    """A prompt for the teacher. An answer that stands there is passed over, but learnt (assumed)."""
    prompts = [turn for turn in row.turns if turn[0] != "model"]
    if not prompts:
        raise DatasetError(f"Row: {row.number}. A prompt must have a content with the role user.")
    answer = row.turns[-1][1] if row.turns[-1][0] == "model" else ""
    return TrainedExample(
        input_tokens=row.beside + sum(n for _, _, n in prompts),
        output_tokens=0,
        messages=len(prompts),
        lessons=[(prompts[-1][1], answer)] if answer else [],
        shown=_contents(prompts),
    )


_READERS: dict[str, Callable[[_Row], TrainedExample]] = {
    "supervised": _supervised,
    "full": _supervised,
    "preference": _preference,
    "reinforcement": _reinforcement,
    "distillation": _distillation,
}
