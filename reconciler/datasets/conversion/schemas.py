"""JSON Schema, as OpenAI has it, to the API's own Schema: names of types in capitals, nothing by reference.

A schema that is the API's already comes out as it went in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.datasets.conversion.example import NotConvertibleError
from reconciler.datasets.lexical import shorten
from reconciler.datasets.shapes import fields_of, json_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MOST_DEPTH = 50
_MOST_NODES = 10_000
_BEHIND_REFERENCES = frozenset({"$defs", "definitions"})
# Names of types in other languages, which people write in their place.
_ALIASES = {
    "STR": "STRING",
    "TEXT": "STRING",
    "INT": "INTEGER",
    "LONG": "INTEGER",
    "FLOAT": "NUMBER",
    "DOUBLE": "NUMBER",
    "BOOL": "BOOLEAN",
    "LIST": "ARRAY",
    "TUPLE": "ARRAY",
    "DICT": "OBJECT",
    "MAP": "OBJECT",
    "NONE": "NULL",
}
_MAY_BE_NULL = frozenset({"default", "example"})


def api_schema(schema: dict[str, Any], note: Callable[[str], None]) -> dict[str, Any]:
    """The schema of a function's parameters; what the API does not have is noted.

    Raises NotConvertibleError for a schema that contains itself, refers to what is not in it, or has a type that the
    API has not.
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
        self._nodes = 0

    def schema(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        """One level, and everything below it."""
        self._nodes += 1
        if depth > _MOST_DEPTH:
            raise NotConvertibleError("A function's schema contains itself, which the API's schema cannot.")
        if self._nodes > _MOST_NODES:
            raise NotConvertibleError("A function's schema is too large with its references written out.")
        if "$ref" in schema:
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            return self.schema({**self._definition(schema["$ref"]), **rest}, depth + 1)
        if isinstance(schema.get("type"), list):
            schema = _of_several_types(schema)
        if isinstance(schema.get("allOf"), list):
            schema = self._joined(schema)
        result: dict[str, Any] = {}
        for key, value in schema.items():
            if key not in _BEHIND_REFERENCES and (value is not None or key in _MAY_BE_NULL):
                result |= self._field(key, value, schema, depth)
        return _with_type(result)

    def _definition(self, reference: object) -> dict[str, Any]:
        found = self._definitions.get(str(reference))
        if not isinstance(found, dict):
            raise NotConvertibleError("A function's schema refers to what is not in it.")
        return found

    def _joined(self, schema: dict[str, Any]) -> dict[str, Any]:
        """All of several schemas as one: their properties together, of other fields the last."""
        joined: dict[str, Any] = {}
        parts: list[Any] = schema["allOf"]
        self._note("allOf of a function's schema became one schema")
        for part in (*parts, {k: v for k, v in schema.items() if k != "allOf"}):
            if not isinstance(part, dict):
                raise NotConvertibleError("allOf of a function's schema holds more than schemas.")
            here = {**self._definition(part["$ref"]), **part} if "$ref" in part else part
            for key, value in here.items():
                if key != "$ref":
                    _join(joined, key, value)
        return joined

    def _field(self, key: str, value: Any, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        """One field, as none, one or several of the API's."""
        match json_name(key), value:
            case (("properties" | "defs"), dict()):
                found = {key: {name: self._below(item, depth) for name, item in value.items()}}
            case (("items" | "anyOf" | "additionalProperties"), _):
                found = self._schemas(key, value, depth)
            case "oneOf", list():
                self._note("oneOf of a function's schema became anyOf")
                found = {"anyOf": self._below(value, depth)}
            case _:
                found = self._plain(json_name(key), key, value, schema)
        return found

    def _plain(self, name: str, key: str, value: Any, schema: dict[str, Any]) -> dict[str, Any]:
        """A field with no schema below it."""
        found: dict[str, Any] = {}
        match name, value:
            case "type", str():
                found["type"] = _type(value)
            case "const", _:
                found = self._values([value], schema)
            case "enum", list():
                found = self._values(value, schema)
            case "required", str() | bool():
                found = self._required(value)
            case (("exclusiveMinimum" | "exclusiveMaximum"), int() | float()):
                found = self._bound(key, value, schema)
            case "examples", [first, *_]:
                self._note("of the examples of a function's schema the first was kept")
                found["example"] = first
            case _ if name in fields_of("Schema"):
                found[key] = value
            case _:
                self._note(f"{shorten(key)} of a function's schema was dropped")
        return found

    def _schemas(self, key: str, value: Any, depth: int) -> dict[str, Any]:
        if key == "items" and isinstance(value, list):
            self._note("items of a function's schema, a list, became anyOf")
            return {key: {"anyOf": self._below(value, depth)}}
        if isinstance(value, bool) and key != "additionalProperties":
            self._note(f"{key} of a function's schema was dropped")
            return {}
        return {key: self._below(value, depth)}

    def _values(self, values: list[Any], schema: dict[str, Any]) -> dict[str, Any]:
        """Texts, as the API has them: of numbers their digits, of null that it will do."""
        found: dict[str, Any] = {"nullable": True} if None in values else {}
        if "type" not in schema and any(map(_is_number, values)):
            found["type"] = "NUMBER" if any(isinstance(value, float) for value in values) else "INTEGER"
        texts = [value if isinstance(value, str) else str(value) for value in values if _is_plain(value)]
        if len(texts) < len([value for value in values if value is not None]):
            self._note("a value of a function's enum was dropped")
        return {**found, "enum": texts} if texts else found

    def _required(self, value: str | bool) -> dict[str, Any]:
        if isinstance(value, str):
            return {"required": [value]}
        self._note("required of a parameter was dropped: the API lists the names beside the properties")
        return {}

    def _bound(self, key: str, value: float, schema: dict[str, Any]) -> dict[str, Any]:
        bound = key.removeprefix("exclusive").lower()
        kind = schema.get("type")
        if isinstance(kind, str) and kind.upper() in {"INTEGER", "INT"} and isinstance(value, int):
            return {bound: value + (1 if bound == "minimum" else -1)}
        self._note(f"{key} of a function's schema became {bound}")
        return {bound: value}

    def _below(self, value: Any, depth: int) -> Any:
        if isinstance(value, list):
            return [self._below(item, depth) for item in value]
        return self.schema(value, depth + 1) if isinstance(value, dict) else value


def _join(joined: dict[str, Any], key: str, value: Any) -> None:
    before = joined.get(key)
    if key == "properties" and isinstance(value, dict):
        joined[key] = before if isinstance(before, dict) else {}
        joined[key].update(value)
    elif key == "required" and isinstance(value, list):
        joined[key] = before if isinstance(before, list) else []
        joined[key].extend(value)
    else:
        joined[key] = value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_plain(value: object) -> bool:
    return isinstance(value, str) or _is_number(value)


def _type(name: str) -> str:
    upper = _ALIASES.get(name.upper(), name.upper())
    if upper not in fields_of("Schema")["type"].values:
        raise NotConvertibleError(f'A function\'s schema has the type "{shorten(name)}", which the API has not.')
    return upper


def _with_type(schema: dict[str, Any]) -> dict[str, Any]:
    """JSON Schema may leave the type to be seen from what stands beside it."""
    if not schema.keys().isdisjoint({"type", "anyOf", "any_of", "ref"}):
        return schema
    seen = (("properties", "OBJECT"), ("items", "ARRAY"), ("enum", "STRING"))
    kind = next((kind for key, kind in seen if key in schema), "")
    return {"type": kind, **schema} if kind else schema


def _of_several_types(schema: dict[str, Any]) -> dict[str, Any]:
    """A list of types: null makes it nullable, of several others each is one that it may be."""
    types = [kind for kind in schema["type"] if isinstance(kind, str)]
    others = [kind for kind in types if kind.lower() != "null"]
    rest = {key: value for key, value in schema.items() if key != "type"}
    nullable = {"nullable": True} if len(others) < len(types) else {}
    if not others:
        return {**rest, "type": "null"} if types else rest
    if len(others) == 1:
        return {"type": others[0], **nullable, **rest}
    return {**rest, **nullable, "anyOf": [{"type": kind, **_of_type(kind, rest)} for kind in others]}


def _of_type(kind: str, rest: dict[str, Any]) -> dict[str, Any]:
    """An ARRAY among several types keeps its items."""
    return {"items": rest["items"]} if kind.lower() == "array" and "items" in rest else {}
