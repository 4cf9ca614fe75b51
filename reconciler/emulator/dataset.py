"""Training data as the emulator reads it: the real bytes, line by line.

Token counts are simulated: a token is four characters, a media part 258 tokens (recorded for 2.0 images), which is as
near as an offline count comes. Source of the rules: documented and recorded where said; the rest is assumed.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.emulator.dataset_types import first_problem
from reconciler.emulator.definitions import camel
from reconciler.emulator.lenient import JsonError, read_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.emulator.catalog import TunableModel

Json = dict[str, Any]

MEDIA_TOKENS = 258
CHARACTERS_PER_TOKEN = 4
MOST_DROPPED = 0.1  # documented: more than ten per cent dropped fails the job
_DATA_FIELDS = (
    "text",
    "inlineData",
    "fileData",
    "functionCall",
    "functionResponse",
    "executableCode",
    "codeExecutionResult",
)
_ROLES = ("user", "model", "function")


class DatasetError(Exception):
    """The data cannot be trained on; the message is the job's error."""


@dataclass(slots=True)
class TrainedExample:
    """One example that is trained on."""

    input_tokens: int
    output_tokens: int
    messages: int
    lessons: list[tuple[str, str]]  # (prompt, answer) of every model turn
    shown: list[Json] = field(default_factory=list)  # as userDatasetExamples shows it, before texts are cut
    scores: tuple[float, ...] = ()


@dataclass(slots=True)
class Dataset:
    """What one file gives."""

    examples: list[TrainedExample] = field(default_factory=list)
    dropped: list[tuple[int, str]] = field(default_factory=list)  # (1-based example, reason)


def read_dataset(content: bytes, base: TunableModel, method: str) -> Dataset:
    """All examples of a JSONL file. Raises DatasetError for what fails a job."""
    found = Dataset()
    total = 0
    for total, (row, raw) in enumerate(_lines(content), 1):
        example = _example(raw, row, base, method)
        tokens = example.input_tokens + example.output_tokens
        if tokens > base.max_example_tokens:
            limit = base.max_example_tokens
            found.dropped.append((total, f"Example has too many tokens: {tokens}; the limit is {limit}."))
        else:
            found.examples.append(example)
    _check_size(found, total, base)
    return found


def first_row_problem(content: bytes, base: TunableModel) -> str:
    """What create refuses at once, "" when nothing. Source: recorded (the first row is looked at synchronously)."""
    first = next(_lines(content[: 1 << 20]), None)
    if first is None or base.takes_messages:
        return ""
    try:
        raw = read_json(first[1])
    except JsonError:
        return ""
    if isinstance(raw, dict) and "contents" not in raw:
        return "Row: 0. Missing required `contents` field."
    return ""


def _check_size(found: Dataset, total: int, base: TunableModel) -> None:
    if total == 0:
        raise DatasetError("The training dataset is empty.")
    if len(found.dropped) > MOST_DROPPED * total:
        share = round(100 * len(found.dropped) / total)
        raise DatasetError(f"{share}% of the examples were dropped; at most 10% may be. First: {found.dropped[0][1]}")
    if len(found.examples) < base.min_examples:
        few = f"{len(found.examples)}; at least {base.min_examples} are needed."
        raise DatasetError(f"The training dataset has too few examples: {few}")


def _lines(content: bytes) -> Iterator[tuple[int, bytes]]:
    """(0-based row, line), empty lines left out."""
    rows = (line for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip())
    return enumerate(rows)


def _example(line: bytes, row: int, base: TunableModel, method: str) -> TrainedExample:
    try:
        given = read_json(line)
    except JsonError as exc:
        raise DatasetError(f"Row: {row}. {str(exc).splitlines()[0]}") from None
    raw = _camel(given)
    if not isinstance(raw, dict):
        raise DatasetError(f"Row: {row}. An example must be a JSON object.")
    if base.takes_messages and "messages" in raw:
        raw = _from_messages(raw, row)
    if "contents" not in raw:
        raise DatasetError(f"Row: {row}. Missing required `contents` field.")
    turns = _turns(raw["contents"], row, base)
    problem = first_problem(given)
    if problem:
        raise DatasetError(f"Row: {row}. {problem}")
    system = raw.get("systemInstruction")
    beside = _content(system, row, base)[2] if system is not None else 0
    beside += tokens_of_tools(raw.get("tools"))
    if method == "preference":
        return _preference(raw, turns, beside, row, base)
    return _supervised(turns, beside, row)


def _camel(raw: Any) -> Any:
    """Top-level and part keys in camelCase: both spellings are taken."""
    if isinstance(raw, dict):
        return {camel(k): v if k == "args" else _camel(v) for k, v in raw.items()}
    return [_camel(v) for v in raw] if isinstance(raw, list) else raw


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


Turn = tuple[str, str, int]  # role, text with media marks, tokens


def _turns(contents: Any, row: int, base: TunableModel) -> list[Turn]:
    items = contents if isinstance(contents, list) else [contents]
    if not items:
        raise DatasetError(f"Row: {row}. `contents` is empty.")
    turns = []
    for item in items:
        role = item.get("role") or "user" if isinstance(item, dict) else ""
        if not isinstance(role, str) or role.lower() not in _ROLES:
            raise DatasetError(f"Row: {row}. Role must be one of user and model, but is {str(role)[:40]!r}.")
        _, text, tokens = _content(item, row, base)
        turns.append((role.lower(), text, tokens))
    return turns


def _content(item: Any, row: int, base: TunableModel) -> tuple[list[Json], str, int]:
    parts = item.get("parts") if isinstance(item, dict) else None
    parts = [parts] if isinstance(parts, dict) else parts
    if not isinstance(parts, list) or not parts or not all(isinstance(p, dict) for p in parts):
        raise DatasetError(f"Row: {row}. Missing required `parts` field.")
    texts, tokens = [], 0
    for part in parts:
        text, count = _part(part, row, base)
        texts.append(text)
        tokens += count
    return parts, "".join(texts), tokens


def _part(part: Json, row: int, base: TunableModel) -> tuple[str, int]:
    kinds = [k for k in _DATA_FIELDS if k in part]
    if len(kinds) != 1:
        raise DatasetError(f"Row: {row}. A part must have exactly one data field, but has {len(kinds)}.")
    if kinds[0] == "text":
        text = part["text"]
        if not isinstance(text, str):
            raise DatasetError(f"Row: {row}. The text of a part must be a string.")
        return text, tokens_of(text)
    if kinds[0] in {"fileData", "inlineData"} and not base.has_media:
        mode = f'contains an unsupported modality [{kinds[0]}] in the "parts" field'
        raise DatasetError(f"Dataset example {row + 1} {mode}, the base model is text only.")
    if kinds[0] in {"fileData", "inlineData"}:
        return "<media0>", MEDIA_TOKENS
    return str(part[kinds[0]]), tokens_of_part(part)


def tokens_of_part(part: Json) -> int:
    """The simulated number of tokens of one part of a turn, in a request as in training data."""
    if "fileData" in part or "inlineData" in part:
        return MEDIA_TOKENS
    kind = next((k for k in _DATA_FIELDS if k in part), "")
    return tokens_of(str(part[kind])) if kind else 0


def tokens_of_tools(tools: Any) -> int:
    """Declarations are read by the model like text."""
    return tokens_of(json.dumps(tools, separators=(",", ":"))) if tools else 0


def tokens_of(text: str) -> int:
    """The simulated number of tokens of a text."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def _supervised(turns: list[Turn], system_tokens: int, row: int) -> TrainedExample:
    if turns[-1][0] != "model":
        raise DatasetError(f"Row: {row}. The last content must have the role model.")
    lessons, prompt = [], ""
    for role, text, _ in turns:
        if role == "model":
            lessons.append((prompt, text))
        else:
            prompt = text
    return TrainedExample(
        input_tokens=system_tokens + sum(n for role, _, n in turns if role != "model"),
        output_tokens=sum(n for role, _, n in turns if role == "model"),
        messages=len(turns),
        lessons=lessons,
        shown=[{"role": role, "parts": [{"text": text}]} for role, text, _ in turns],
    )


def _preference(raw: Json, turns: list[Turn], system_tokens: int, row: int, base: TunableModel) -> TrainedExample:
    completions = raw.get("completions")
    if not isinstance(completions, list) or len(completions) != 2:
        raise DatasetError(f"Row: {row}. A preference example must have exactly two completions.")
    found = [_completion(c, row, base) for c in completions]
    if sorted(score for score, _, _ in found) != [0.0, 1.0]:
        raise DatasetError(f"Row: {row}. Of the two completions one must have the score 1 and one the score 0.")
    prompt, answer = turns[-1][1], next(text for score, text, _ in found if score == 1.0)
    contents = [{"role": role, "parts": [{"text": text}]} for role, text, _ in turns]
    shown = {
        "contents": contents,
        "completions": [
            {**({"score": s} if s else {}), "completion": {"role": "model", "parts": [{"text": t}]}}
            for s, t, _ in found
        ],
    }
    # Documented: preference tuning counts the prompt with each of the two completions.
    return TrainedExample(
        input_tokens=2 * (system_tokens + sum(n for _, _, n in turns)),
        output_tokens=sum(n for _, _, n in found),
        messages=len(turns) + 1,
        lessons=[(prompt, answer)],
        shown=[shown],
        scores=tuple(score for score, _, _ in found),
    )


def _completion(raw: Any, row: int, base: TunableModel) -> tuple[float, str, int]:
    score = raw.get("score", 0) if isinstance(raw, dict) else None
    if isinstance(score, bool) or not isinstance(score, (int, float)) or abs(score) > sys.float_info.max:
        raise DatasetError(f"Row: {row}. A completion must have a score of 1 or 0.")
    _, text, tokens = _content(raw.get("completion"), row, base)
    return float(score), text, tokens
