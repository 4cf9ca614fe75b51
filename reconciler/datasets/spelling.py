"""The two spellings of the API's fields: camelCase and snake_case name the same thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.datasets.findings import Breach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.findings import Path

_CAMEL_FIELDS = (
    *("systemInstruction", "generationConfig", "mediaResolution", "responseSchema", "responseMimeType"),
    *("functionDeclarations", "functionCall", "functionResponse", "toolConfig", "safetySettings"),
    *("fileData", "fileUri", "mimeType", "inlineData", "displayName", "videoMetadata", "startOffset"),
    *("endOffset", "executableCode", "codeExecutionResult", "thoughtSignature", "mediaProcessing"),
    *("speechMetadata", "audioTranscription", "maxOutputTokens", "responseJsonSchema", "responseFormat"),
    *("thinkingConfig", "thinkingLevel", "thinkingBudget", "includeThoughts", "topP", "topK"),
)

# What stands below these is the user's own: its keys are never renamed.
_OPAQUE = frozenset(
    {
        *("args", "response", "parameters", "labels", "references", "schema"),
        *("parametersJsonSchema", "responseJsonSchema", "responseSchema"),
        *("parameters_json_schema", "response_json_schema", "response_schema"),
    }
)


def snake(name: str) -> str:
    """`file_uri` for `fileUri`."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


_BY_SNAKE = {snake(name): name for name in _CAMEL_FIELDS}

SNAKE_CASE = frozenset(_BY_SNAKE)
"""The other spelling of every field that has two."""


def camel(name: str) -> str:
    """The API's own spelling of a field that it knows; any other name as it is."""
    return _BY_SNAKE.get(name, name)


def in_camel(value: Any) -> Any:
    """The same example with the API's fields in camelCase. Where both spellings stand, camelCase wins."""
    if isinstance(value, list):
        return [in_camel(item) for item in value]
    if not isinstance(value, dict):
        return value
    renamed = {camel(key): _below(key, item) for key, item in value.items() if key in _BY_SNAKE}
    kept = {key: _below(key, item) for key, item in value.items() if key not in _BY_SNAKE}
    return renamed | kept


def _below(key: str, item: Any) -> Any:
    return item if key in _OPAQUE else in_camel(item)


def double_spellings(value: object, path: Path = ()) -> Iterator[Breach]:
    """Objects that give one field in both spellings."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from double_spellings(item, (*path, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in _BY_SNAKE and _BY_SNAKE[key] in value:
                yield Breach("DATA309", (*path, key), f"{key} and {_BY_SNAKE[key]}")
            elif key not in _OPAQUE:
                yield from double_spellings(item, (*path, key))
