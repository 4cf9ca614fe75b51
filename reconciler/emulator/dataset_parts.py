"""The turns and parts of a row of training data: their texts, and how many tokens they count for.

Token counts are simulated: a token is four characters, a media part 258 tokens (recorded for 2.0 images), which is as
near as an offline count comes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconciler.emulator.catalog import TunableModel

Json = dict[str, Any]

MEDIA_TOKENS = 258
CHARACTERS_PER_TOKEN = 4
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


Turn = tuple[str, str, int]  # role, text with media marks, tokens


def turns_of(contents: Any, row: int, base: TunableModel) -> list[Turn]:
    """The turns of a row. Raises DatasetError."""
    items = contents if isinstance(contents, list) else [contents]
    if not items:
        raise DatasetError(f"Row: {row}. `contents` is empty.")
    turns = []
    for item in items:
        role = item.get("role") or "user" if isinstance(item, dict) else ""
        if not isinstance(role, str) or role.lower() not in _ROLES:
            # Recorded for open models, by a report.
            known = " Supported roles are: user, model, function." if base.is_open else ""
            raise DatasetError(f"Row: {row}. Role must be one of user and model, but is {str(role)[:40]!r}.{known}")
        text, tokens = content_of(item, row, base)
        turns.append((role.lower(), text, tokens))
    return turns


def content_of(item: Any, row: int, base: TunableModel) -> tuple[str, int]:
    """(text with media marks, tokens) of one content. Raises DatasetError."""
    parts = item.get("parts") if isinstance(item, dict) else None
    parts = [parts] if isinstance(parts, dict) else parts
    if not isinstance(parts, list) or not parts or not all(isinstance(p, dict) for p in parts):
        raise DatasetError(f"Row: {row}. Missing required `parts` field.")
    texts, tokens = [], 0
    for part in parts:
        text, count = _part(part, row, base)
        texts.append(text)
        tokens += count
    return "".join(texts), tokens


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
