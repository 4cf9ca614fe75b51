"""What a batch was asked and what it answered, as Vertex AI writes them one beside the other."""

from __future__ import annotations

import json
from typing import Any

from reconciler.datasets.conversion.example import Conversation, NotConvertibleError
from reconciler.datasets.conversion.gemini import read_vertex
from reconciler.datasets.lexical import shorten
from reconciler.datasets.spelling import in_camel

_ENDED_WELL = frozenset({"STOP", "FINISH_REASON_UNSPECIFIED"})
_OF_PREDICTION = ("request", "response", "status", "processed_time", "processedTime", "key")
"""Beside the two, what the service writes of the call: no part of an example."""


def read_prediction(row: dict[str, Any]) -> Conversation:
    """The request with the first of its answers. A table of BigQuery holds both as JSON in a text."""
    status = row.get("status")
    if status not in (None, "", {}):
        raise NotConvertibleError("The service answered it with an error.")
    request, response = (in_camel(_object(row[key], key)) for key in ("request", "response"))
    config = request.get("generationConfig")
    kept = {key: value for key, value in config.items() if key == "mediaResolution"} if isinstance(config, dict) else {}
    example = read_vertex({**request, "generationConfig": kept})
    example.leave(config if isinstance(config, dict) else {}, kept, "generationConfig")
    example.contents.append(_answer(response, example))
    example.leave(row, _OF_PREDICTION)
    return example


def _answer(response: dict[str, Any], example: Conversation) -> dict[str, Any]:
    candidates = response.get("candidates")
    if not isinstance(candidates, list) or not candidates or not isinstance(candidates[0], dict):
        raise NotConvertibleError("The response holds no answer.")
    if len(candidates) > 1:
        example.note("only the first of several answers was kept")
    first = candidates[0]
    ended = str(first.get("finishReason") or "STOP")
    if ended not in _ENDED_WELL:
        raise NotConvertibleError(f"The answer was not finished ({shorten(ended)}).")
    content = first.get("content")
    if not isinstance(content, dict):
        raise NotConvertibleError("The response holds no answer.")
    parts = content.get("parts")
    said = (
        [_without_signature(part, example) for part in parts if not _is_thought(part)]
        if isinstance(parts, list)
        else []
    )
    if isinstance(parts, list) and len(said) < len(parts):
        example.note("what the model thought was dropped")
    (answer,) = read_vertex({"contents": [{"role": "model", "parts": said}]}).contents
    return answer


def _is_thought(part: object) -> bool:
    return isinstance(part, dict) and bool(part.get("thought"))


def _without_signature(part: object, example: Conversation) -> object:
    if not isinstance(part, dict) or "thoughtSignature" not in part:
        return part
    example.note("thoughtSignature of a part was dropped")
    return {key: value for key, value in part.items() if key != "thoughtSignature"}


def _object(value: object, name: str) -> dict[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as exc:
            raise NotConvertibleError(f'"{name}" is not JSON.') from exc
    if not isinstance(value, dict):
        raise NotConvertibleError(f'"{name}" is no object.')
    return value
