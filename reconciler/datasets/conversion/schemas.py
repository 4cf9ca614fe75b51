"""JSON Schema, as OpenAI has it, to the API's own Schema: names of types in capitals, nothing by reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.datasets.conversion.example import NotConvertibleError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_UNREAD = frozenset({"additionalProperties", "$schema", "strict", "$id", "$defs", "definitions", "$comment"})
_BEHIND_REFERENCES = frozenset({"$defs", "definitions"})
_MOST_DEPTH = 50


def api_schema(schema: dict[str, Any], note: Callable[[str], None]) -> dict[str, Any]:
    """The schema of a function's parameters; what the API does not have is noted.

    Raises NotConvertibleError for a schema that contains itself, or refers to what is not in it.
    """
    definitions = {f"#/{key}/{name}": below for key in _BEHIND_REFERENCES for name, below in _named(schema, key)}
    return _Translation(definitions, note).schema(schema, 0)


def _named(schema: dict[str, Any], key: str) -> list[tuple[str, Any]]:
    found = schema.get(key)
    return list(found.items()) if isinstance(found, dict) else []


class _Translation:
    """One schema on its way."""

    def __init__(self, definitions: Mapping[str, Any], note: Callable[[str], None]) -> None:
        self._definitions = definitions
        self._note = note

    def schema(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        """One level, and everything below it."""
        if depth > _MOST_DEPTH:
            raise NotConvertibleError("A function's schema contains itself, which the API's schema cannot.")
        if "$ref" in schema:
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            return self.schema({**self._definition(schema["$ref"]), **rest}, depth + 1)
        if isinstance(schema.get("type"), list):
            schema = _of_several_types(schema)
        result: dict[str, Any] = {}
        for key, value in schema.items():
            if key in _UNREAD:
                if key not in _BEHIND_REFERENCES:
                    self._note(f"{key} of a function's schema was dropped")
                continue
            result |= self._field(key, value, depth)
        return result

    def _definition(self, reference: object) -> dict[str, Any]:
        found = self._definitions.get(str(reference))
        if not isinstance(found, dict):
            raise NotConvertibleError("A function's schema refers to what is not in it.")
        return found

    def _field(self, key: str, value: Any, depth: int) -> dict[str, Any]:
        match key, value:
            case "type", str():
                return {key: value.upper()}
            case "const", str():
                return {"enum": [value]}
            case "properties", dict():
                return {key: {name: self._below(item, depth) for name, item in value.items()}}
            case "items" | "anyOf", _:
                return {key: self._below(value, depth)}
            case "oneOf", list():
                self._note("oneOf of a function's schema became anyOf")
                return {"anyOf": self._below(value, depth)}
            case _:
                return {key: value}

    def _below(self, value: Any, depth: int) -> Any:
        if isinstance(value, list):
            return [self._below(item, depth) for item in value]
        return self.schema(value, depth + 1) if isinstance(value, dict) else value


def _of_several_types(schema: dict[str, Any]) -> dict[str, Any]:
    """A list of types: null makes it nullable, of several others each is one that it may be."""
    types = [kind for kind in schema["type"] if isinstance(kind, str)]
    others = [kind for kind in types if kind != "null"]
    rest = {key: value for key, value in schema.items() if key != "type"}
    nullable = {"nullable": True} if "null" in types else {}
    if len(others) == 1:
        return {"type": others[0], **nullable, **rest}
    return {**rest, **nullable, "anyOf": [{"type": kind} for kind in others]}
