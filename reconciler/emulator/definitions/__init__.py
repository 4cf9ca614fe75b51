"""Excerpts of the published definitions: methods with their parameters, schemas with their fields.

The JSON files are cut by tests/emulator/cut_definitions.py and never edited by hand. A field's type is a short text:
a scalar (`string`, `int64`, `timestamp` …), a schema's name, `[T]` a list, `{T}` a map, `<A|B=7>` an enum with its wire
numbers (the position where none is given); a trailing `!` means output only, `?` a scalar whose zero is a value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True)
class FieldType:
    """One field's type, parsed."""

    kind: str  # "list", "map", "enum", "message" or the name of a scalar
    name: str = ""  # of the message
    item: FieldType | None = None
    numbers: tuple[tuple[str, int], ...] = ()
    is_output_only: bool = False
    has_presence: bool = False


@dataclass(frozen=True, slots=True)
class ApiMethod:
    """One method of a service, with its id such as `tuningJobs.create`."""

    id: str
    verb: str
    path: str
    query: frozenset[str]
    body: str
    answer: str
    versions: tuple[str, ...]


@cache
def parse_type(text: str) -> FieldType:
    """The parsed form of a type text."""
    if text.endswith("!"):
        inner = parse_type(text[:-1])
        return FieldType(inner.kind, inner.name, inner.item, inner.numbers, is_output_only=True)
    if text.endswith("?"):
        inner = parse_type(text[:-1])
        return FieldType(inner.kind, inner.name, inner.item, inner.numbers, has_presence=True)
    if text[0] in "[{":
        return FieldType("list" if text[0] == "[" else "map", item=parse_type(text[1:-1]))
    if text[0] == "<":
        return FieldType("enum", numbers=_enum_numbers(text[1:-1].split("|")))
    return FieldType("message", name=text) if text[0].isupper() else FieldType(text)


def _enum_numbers(names: list[str]) -> tuple[tuple[str, int], ...]:
    pairs = [name.partition("=") for name in names]
    return tuple((name, int(number or position)) for position, (name, _, number) in enumerate(pairs))


class Definitions:
    """One excerpt: the methods and schemas of one service in one version."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.source: str = raw["source"]
        self.package: str = raw["package"]
        self._raw_schemas: dict[str, dict[str, str]] = raw["schemas"]
        self._schemas: dict[str, dict[str, FieldType]] = {}
        self._raw_methods: dict[str, Any] = raw["methods"]

    @cached_property
    def methods(self) -> dict[str, ApiMethod]:
        """Every method by its id."""
        return {name: _method(name, raw) for name, raw in self._raw_methods.items()}

    @property
    def schemas(self) -> list[str]:
        """Names of all schemas."""
        return list(self._raw_schemas)

    def fields(self, schema: str) -> dict[str, FieldType]:
        """Fields of a schema by their JSON name; empty for one outside the excerpt."""
        found = self._schemas.get(schema)
        if found is None:
            found = {k: parse_type(t) for k, t in self._raw_schemas.get(schema, {}).items()}
            self._schemas[schema] = found
        return found

    def is_known(self, schema: str) -> bool:
        """Whether the excerpt has the schema."""
        return schema in self._raw_schemas


def _method(name: str, raw: dict[str, Any]) -> ApiMethod:
    return ApiMethod(
        id=name,
        verb=raw["verb"],
        path=raw["path"],
        query=frozenset(raw["query"]),
        body=raw.get("body", ""),
        answer=raw.get("answer", ""),
        versions=tuple(raw.get("versions", ())),
    )


@cache
def load(name: str) -> Definitions:
    """The excerpt of that name: `vertex.v1`, `vertex.v1beta1`, `gemini.v1beta` or `storage.v1`."""
    text = resources.files(__package__).joinpath(f"{name}.json").read_bytes()
    return Definitions(msgspec.json.decode(text))


def snake(name: str) -> str:
    """The proto's spelling of a JSON field name."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])|(?<=[A-Z])([A-Z])(?=[a-z])", lambda m: "_" + m[0].lower(), name).lower()


def camel(name: str) -> str:
    """The JSON spelling of a proto field name; a name already in camelCase is returned as it is."""
    if "_" not in name:
        return name
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)
