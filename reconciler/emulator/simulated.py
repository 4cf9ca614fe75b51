"""What a base model answers where nothing is scripted or planted: a text that says so, or JSON as it was asked for.

Source: ours. It is the same for the same request, so that a test can rely on it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]

_DEEPEST = 8
_TEXTS = {"date-time": "2026-01-01T00:00:00Z", "date": "2026-01-01", "time": "00:00:00", "duration": "PT0S"}
_SHOWN = 80
_WORD = "(simulated)"


def simulated_answer(body: Json, version: str, prompt: str) -> str:
    """The text of the answer; JSON where the request asks for JSON, one of the words where it asks for one of some."""
    config = body.get("generationConfig", {})
    kind = config.get("responseMimeType", "")
    schema = config.get("responseSchema") or config.get("responseJsonSchema")
    if not isinstance(schema, dict):
        schema = {}
    if kind == "text/x.enum":
        return str((schema.get("enum") or [_WORD])[0])
    if schema or kind == "application/json":
        return json.dumps(_value(schema, schema, 0), ensure_ascii=False)
    return f"(simulated answer of {version} to: {prompt[:_SHOWN]})"


def simulated_call(body: Json) -> tuple[str, Json] | None:
    """(name, arguments) of the first function that may be called, where the request demands a call; else None."""
    config = body.get("toolConfig", {}).get("functionCallingConfig", {})
    declared = [one for tool in body.get("tools", []) for one in tool.get("functionDeclarations", [])]
    names = config.get("allowedFunctionNames") or [one.get("name") for one in declared]
    found = next((one for one in declared if one.get("name") in names), None)
    if config.get("mode") != "ANY" or found is None:
        return None
    schema = found.get("parameters") or found.get("parametersJsonSchema") or {}
    arguments = _value(schema, schema, 0)
    return str(found["name"]), arguments if isinstance(arguments, dict) else {}


def _value(schema: Any, root: Json, depth: int) -> Any:
    """A value that follows the schema, as far as one can be made without solving it."""
    found = _resolved(schema, root)
    if depth > _DEEPEST or not isinstance(found, dict):
        return None
    for word in ("const", "default", "example"):
        if word in found:
            return found[word]
    if found.get("enum"):
        return found["enum"][0]
    if options := found.get("anyOf") or found.get("oneOf") or found.get("allOf"):
        return _value(_first(options, root), root, depth + 1)
    return _of_type(_type_of(found), found, root, depth)


def _resolved(schema: Any, root: Json) -> Any:
    """What a reference means: `#/$defs/X` of JSON Schema."""
    reference = schema.get("$ref") or schema.get("ref") if isinstance(schema, dict) else None
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return schema
    found: Any = root
    for step in reference[2:].split("/"):
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _first(options: Any, root: Json) -> Any:
    """The first that is not null."""
    listed = options if isinstance(options, list) else []
    named = [o for o in listed if _type_of(_resolved(o, root)) != "null"]
    return named[0] if named else None


def _type_of(schema: Any) -> str:
    given = schema.get("type") if isinstance(schema, dict) else None
    if isinstance(given, list):
        given = next((one for one in given if one != "null"), "null")
    if isinstance(given, str):
        return given.lower()
    return "object" if isinstance(schema, dict) and "properties" in schema else "any"


def _of_type(kind: str, schema: Json, root: Json, depth: int) -> Any:
    if kind in {"object", "any"}:
        properties = schema.get("properties")
        members = properties.items() if isinstance(properties, dict) else ()
        return {name: _value(one, root, depth + 1) for name, one in members}
    if kind == "array":
        return [_value(schema.get("items", {}), root, depth + 1)] * min(max(1, _number(schema, "minItems")), 100)
    plain: dict[str, Callable[[Json, str], Any]] = {
        "integer": _number,
        "number": _floating,
        "boolean": _false,
        "string": _text,
    }
    return plain[kind](schema, "minimum") if kind in plain else None


def _number(schema: Json, name: str) -> int:
    """A whole number of a schema, which a proto gives as text."""
    try:
        return int(float(schema.get(name, 0)))
    except (TypeError, ValueError, OverflowError):
        return 0


def _floating(schema: Json, name: str) -> float:
    return float(_number(schema, name))


def _false(_: Json, __: str) -> bool:
    return False


def _text(schema: Json, _: str) -> str:
    text = _TEXTS.get(str(schema.get("format", "")), _WORD)
    least, most = min(_number(schema, "minLength"), 10_000), _number(schema, "maxLength")
    text = text.ljust(least, ".")
    return text[:most] if most > 0 else text
