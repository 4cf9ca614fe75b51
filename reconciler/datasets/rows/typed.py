"""A value against the published definitions: its types, names and enums, at any depth."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from reconciler.datasets.findings import Problem
from reconciler.datasets.lexical import kind_of, shorten
from reconciler.datasets.rows.fields import did_you_mean
from reconciler.datasets.shapes import Shape, fields_of, json_name, misfit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.findings import Path

_Pending = tuple[object, Shape, "Path"]

# What a rule of its own speaks of.
_ELSEWHERE = frozenset(
    {
        *(("FunctionCall", name) for name in ("name", "args", "arguments")),
        *(("FunctionResponse", name) for name in ("name", "response", "arguments")),
        *(("FileData", name) for name in ("fileUri", "mimeType")),
        ("Blob", "mimeType"),
        ("FunctionDeclaration", "name"),
        ("GenerationConfig", "mediaResolution"),
    }
)
_WANTED = {"list": "a list", "map": "an object", "message": "an object"}
_TYPES: dict[str, type] = {"list": list, "map": dict, "message": dict}

_KEYWORDS = {
    "$schema": "Leave it out.",
    "$id": "Leave it out.",
    "$comment": "Leave it out.",
    "strict": "Leave it out.",
    "const": 'Write "enum" with one text.',
    "oneOf": 'Write "anyOf".',
    "allOf": "Write one schema instead.",
    "not": "Say it in the description.",
    "$ref": "Write what it refers to in its place.",
    "$defs": "Write each definition where it is used.",
    "definitions": "Write each definition where it is used.",
    "exclusiveMinimum": 'Write "minimum".',
    "exclusiveMaximum": 'Write "maximum".',
    "examples": 'Write "example" with one of them.',
}


def typed_problems(value: object, message: str, path: Path) -> Iterator[Problem]:
    """Everything in the value that a message of the API cannot hold, in the order in which it stands."""
    yield from _shaped(value, Shape("message", message), path)


def field_problems(value: object, message: str, field: str, path: Path) -> Iterator[Problem]:
    """The same for one field of a message."""
    yield from _shaped(value, fields_of(message)[field], path)


def _shaped(value: object, shape: Shape, path: Path) -> Iterator[Problem]:
    # A stack and no recursion: an example may be as deep as JSON, and each level would slow every one below it.
    pending: list[_Pending] = [(value, shape, path)]
    while pending:
        value, shape, path = pending.pop()
        if shape.kind not in _TYPES:
            yield from _scalar_problems(value, shape, path)
        elif not isinstance(value, _TYPES[shape.kind]):
            yield _no_container(value, shape, path)
        else:
            below: list[_Pending] = []
            yield from _below(value, shape, path, below)
            pending.extend(reversed(below))


def _no_container(value: object, shape: Shape, path: Path) -> Problem:
    if shape.message == "Schema" and isinstance(value, bool):
        return Problem("DATA406", path, "true and false are no schemas here.")
    return Problem("DATA305", path, f"It is {kind_of(value)}, wanted is {_WANTED[shape.kind]}.")


def _below(value: Any, shape: Shape, path: Path, below: list[_Pending]) -> Iterator[Problem]:
    """Problems with the keys of a container; what stands below them is added to `below`."""
    if shape.kind == "message":
        yield from _members(value, shape.message, path, below)
    elif shape.item is not None and shape.item.kind != "any":
        members = value.items() if shape.kind == "map" else enumerate(value)
        below.extend((item, shape.item, (*path, key)) for key, item in members)


def _members(value: dict[str, Any], message: str, path: Path, below: list[_Pending]) -> Iterator[Problem]:
    fields = fields_of(message)
    for key, item in value.items():
        shape = fields.get(key) or fields.get(json_name(key))
        if (message, json_name(key)) in _ELSEWHERE:
            continue
        if shape is None:
            yield _unknown(key, message, (*path, key))
        elif item is not None and shape.kind != "any":
            below.append((item, shape, (*path, key)))


def _unknown(key: str, message: str, path: Path) -> Problem:
    known = frozenset(fields_of(message))
    if message != "Schema":
        return Problem("DATA306", path, partial(did_you_mean, key, known))
    hint = _KEYWORDS.get(key)
    return Problem("DATA406", path, f'"{key}". {hint}' if hint else partial(did_you_mean, key, known))


def _scalar_problems(value: object, shape: Shape, path: Path) -> Iterator[Problem]:
    if shape.kind == "any" or (wanted := misfit(value, shape)) == "":
        return
    if shape.kind != "enum":
        yield Problem("DATA305", path, f"It is {kind_of(value)}, wanted is {wanted}.")
    elif "OBJECT" in shape.values:
        yield _of_type(value, shape, path)
    else:
        yield Problem("DATA323", path, partial(_names, value, shape))


def _of_type(value: object, shape: Shape, path: Path) -> Problem:
    if isinstance(value, str) and value.upper() in shape.values:
        return Problem("DATA404", path, f'"{value}", wanted is "{value.upper()}".')
    if isinstance(value, list):
        return Problem("DATA405", path, "It is a list. Wanted is one type; nullable says that null will do.")
    return Problem("DATA405", path, partial(_names, value, shape))


def _names(value: object, shape: Shape) -> str:
    import difflib

    named = [name for name in shape.values if not name.endswith("UNSPECIFIED")]
    if not isinstance(value, str):
        return f"It is {kind_of(value)}, wanted is one of {', '.join(named)}."
    near = difflib.get_close_matches(value[:100].upper(), named, n=1)
    return f'"{shorten(value)}". Did you mean "{near[0]}"?' if near else f'"{shorten(value)}", of {", ".join(named)}.'
