"""What a request refuses in the schema of a function's parameters, though every field of it has its type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.datasets.findings import Breach
from reconciler.datasets.lexical import shorten
from reconciler.datasets.rows.fields import list_at, object_at, objects
from reconciler.datasets.shapes import fields_of, json_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.findings import Path

_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_ONLY_OF = {"properties": "OBJECT", "required": "OBJECT", "items": "ARRAY"}


def parameters_problems(schema: dict[str, Any], path: Path) -> Iterator[Breach]:
    """The schema of a declaration's parameters. Its types are looked at elsewhere."""
    if (kind := _type(schema)) and kind != "OBJECT":
        yield Breach("DATA408", (*path, "type"), f'Parameters are of type OBJECT, not "{shorten(kind)}".')
    for name in object_at(schema, "properties"):
        if not _PARAMETER.fullmatch(name):
            detail = f'"{shorten(name)}": a parameter has letters, digits and _, at most 64, and no digit first.'
            yield Breach("DATA408", (*path, "properties", name), detail)
    yield from schema_problems(schema, path)


def schema_problems(schema: dict[str, Any], path: Path) -> Iterator[Breach]:
    """Any schema with all that stands below it."""
    definitions = frozenset(object_at(schema, "defs"))
    levels = [iter([(schema, path)])]
    while levels:
        step = next(levels[-1], None)
        if step is None:
            levels.pop()
        else:
            yield from _own_problems(*step, definitions)
            levels.append(_below(*step))


def _type(schema: dict[str, Any]) -> str:
    """The type's name where it is one: others are looked at elsewhere."""
    kind = schema.get("type")
    named = kind.upper() if isinstance(kind, str) else ""
    return named if named in fields_of("Schema")["type"].values else ""


def _below(schema: dict[str, Any], path: Path) -> Iterator[tuple[dict[str, Any], Path]]:
    for key, value in schema.items():
        match json_name(key), value:
            case (("properties" | "defs"), dict()):
                found = ((item, (*path, key, name)) for name, item in value.items())
                yield from ((item, where) for item, where in found if isinstance(item, dict))
            case "items", dict():
                yield value, (*path, key)
            case "anyOf", list():
                yield from ((one, (*path, key, n)) for n, one in enumerate(value) if isinstance(one, dict))
            case _:
                pass


def _own_problems(schema: dict[str, Any], path: Path, definitions: frozenset[str]) -> Iterator[Breach]:
    kind = _type(schema)
    keys = {json_name(key) for key, value in schema.items() if value is not None}
    if not kind and not keys & {"type", "anyOf", "oneOf", "allOf", "ref", "$ref"}:
        yield Breach("DATA408", path, "It has no type.")
    if kind == "ARRAY" and "items" not in keys:
        yield Breach("DATA408", path, "An ARRAY has items.")
    for key, wanted in _ONLY_OF.items():
        if key in keys and kind not in {"", wanted}:
            yield Breach("DATA408", (*path, key), f'Only {wanted} has it; this is "{shorten(kind)}".')
    yield from _required_problems(schema, path)
    reference = schema.get("ref")
    if isinstance(reference, str) and reference.removeprefix("#/defs/") not in definitions:
        yield Breach("DATA408", (*path, "ref"), f'"{shorten(reference)}" is not in defs.')


def _required_problems(schema: dict[str, Any], path: Path) -> Iterator[Breach]:
    known = set(object_at(schema, "properties"))
    for branch in objects(list_at(schema, "anyOf")):
        known.update(object_at(branch, "properties"))
    for index, name in enumerate(list_at(schema, "required")):
        if isinstance(name, str) and name not in known:
            yield Breach("DATA408", (*path, "required", index), f'"{shorten(name)}" is not among the properties.')
