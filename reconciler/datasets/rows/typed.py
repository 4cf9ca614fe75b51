"""A value against the published definitions: its types, names and enums, at any depth."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from reconciler.datasets.findings import Breach
from reconciler.datasets.lexical import kind_of, shorten
from reconciler.datasets.rows.fields import did_you_mean
from reconciler.datasets.shapes import Shape, fields_of, json_name, misfit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.findings import Path

_Step = Breach | tuple[object, Shape, "Path"]

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
_NUMBER = Shape("double")
_EXPECTED = {"list": "a list", "map": "an object", "message": "an object"}
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


def typed_problems(value: object, message: str, path: Path) -> Iterator[Breach]:
    """Everything in the value that a message of the API cannot hold, in the order in which it stands."""
    yield from _shaped(value, Shape("message", message), path)


def field_problems(value: object, message: str, field: str, path: Path) -> Iterator[Breach]:
    """The same for one field of a message."""
    yield from _shaped(value, fields_of(message)[field], path)


def _shaped(value: object, shape: Shape, path: Path) -> Iterator[Breach]:
    # A stack of what is left of each level, and no recursion: an example may be as deep as JSON, and as wide.
    levels: list[Iterator[_Step]] = [iter([(value, shape, path)])]
    while levels:
        step = next(levels[-1], None)
        if step is None:
            levels.pop()
        elif isinstance(step, Breach):
            yield step
        elif step[1].kind not in _TYPES:
            yield from _scalar_problems(*step)
        elif not isinstance(step[0], _TYPES[step[1].kind]):
            yield _no_container(*step)
        else:
            levels.append(_steps(*step))


def _steps(value: Any, shape: Shape, path: Path) -> Iterator[_Step]:
    """What is wrong with the keys of a container, and what stands below them."""
    if shape.kind == "message":
        yield from _members(value, shape.message, path)
    elif shape.item is not None:
        members = value.items() if shape.kind == "map" else enumerate(value)
        yield from ((item, shape.item, (*path, key)) for key, item in members)


def _members(value: dict[str, Any], message: str, path: Path) -> Iterator[_Step]:
    fields = fields_of(message)
    for key, item in value.items():
        if (message, json_name(key)) in _ELSEWHERE:
            continue
        shape = fields.get(key) or fields.get(json_name(key))
        if shape is None:
            yield _unknown(key, message, (*path, key))
        elif item is not None:
            yield item, shape, (*path, key)


def _free_problems(value: object, path: Path) -> Iterator[Breach]:
    """Anything that is JSON; only numbers have a size."""
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(item, dict | list | int | float):
                yield from _free_problems(item, (*path, key))
    elif isinstance(value, int | float) and not isinstance(value, bool) and misfit(value, _NUMBER):
        yield Breach("DATA305", path, "It is a number that 64 bits do not hold.")


def _no_container(value: object, shape: Shape, path: Path) -> Breach:
    return Breach("DATA305", path, f"It is {kind_of(value)}, not {_EXPECTED[shape.kind]}.")


def _unknown(key: str, message: str, path: Path) -> Breach:
    known = frozenset(fields_of(message))
    if message != "Schema":
        return Breach("DATA306", path, partial(did_you_mean, key, known))
    hint = _KEYWORDS.get(key)
    return Breach("DATA406", path, f'"{key}". {hint}' if hint else partial(did_you_mean, key, known))


def _scalar_problems(value: object, shape: Shape, path: Path) -> Iterator[Breach]:
    if shape.kind == "any":
        yield from _free_problems(value, path)
        return
    expected = misfit(value, shape)
    if not expected:
        return
    if shape.kind != "enum":
        yield Breach("DATA305", path, f"It is {kind_of(value)}, not {expected}.")
    elif "OBJECT" in shape.values:
        yield _of_type(value, shape, path)
    else:
        yield Breach("DATA323", path, partial(_names, value, shape))


def _of_type(value: object, shape: Shape, path: Path) -> Breach:
    if isinstance(value, str) and value.upper() in shape.values:
        return Breach("DATA404", path, f'It is "{value}", not "{value.upper()}".')
    if isinstance(value, list):
        return Breach("DATA405", path, "It is a list, not one type; null is allowed by nullable.")
    return Breach("DATA405", path, partial(_names, value, shape))


def _names(value: object, shape: Shape) -> str:
    import difflib

    named = [name for name in shape.values if not name.endswith("UNSPECIFIED")]
    if not isinstance(value, str):
        return f"It is {kind_of(value)}, not one of {', '.join(named)}."
    near = difflib.get_close_matches(value[:100].upper(), named, n=1)
    return f'"{shorten(value)}". Did you mean "{near[0]}"?' if near else f'"{shorten(value)}", of {", ".join(named)}.'
