"""What is known of a value before there is one: its kind, and of a document its fields, read off a JSON schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from typing import Any, Final


class ValueKind(Enum):
    """What sort of value; ANY where nothing is known. Words are those of messages."""

    ANY = "any value"
    NULL = "null"
    BOOL = "true or false"
    INT = "a whole number"
    DOUBLE = "a number with decimals"
    TEXT = "a text"
    LIST = "a list"
    MAPPING = "a mapping"
    TIME = "a time"
    LENGTH = "a length of time"

    @property
    def is_number(self) -> bool:
        """Whether it is compared with numbers."""
        return self in (ValueKind.INT, ValueKind.DOUBLE)


@dataclass(frozen=True)
class ValueShape:
    """What is known of one value.

    `below` are the fields of a document by name; None where any key may be. `of` is what a list, or such a mapping,
    holds. `words` are all texts that it can be. `may_be_absent` says that a key may be missing, `may_be_null` null;
    `default` is what one that is left out of a test stands for.
    """

    kind: ValueKind = ValueKind.ANY
    of: Callable[[], ValueShape] | None = None
    below: Callable[[], Mapping[str, ValueShape]] | None = None
    words: frozenset[str] = frozenset()
    may_be_absent: bool = False
    may_be_null: bool = False
    default: Any = None
    title: str = field(default="", compare=False)

    @cached_property
    def fields(self) -> Mapping[str, ValueShape] | None:
        """Of a document whose fields are known."""
        return self.below() if self.below is not None else None

    @cached_property
    def inside(self) -> ValueShape:
        """What it holds; nothing is known of what nobody described."""
        return self.of() if self.of is not None else UNKNOWN


UNKNOWN: Final = ValueShape()
_KINDS: Final = {
    "null": ValueKind.NULL,
    "boolean": ValueKind.BOOL,
    "integer": ValueKind.INT,
    "number": ValueKind.DOUBLE,
    "string": ValueKind.TEXT,
    "array": ValueKind.LIST,
    "object": ValueKind.MAPPING,
}


def shape_of(schema: Mapping[str, Any], part: str = "") -> ValueShape:
    """Of a JSON schema, or of one of its definitions by name."""
    definitions = schema.get("$defs", schema.get("definitions", {}))
    node = definitions[part] if part else schema
    return replace(_shape(node, definitions), title=part)


def joined(*shapes: ValueShape) -> ValueShape:
    """What is one of several documents: each field that one of them has, as far as they agree on it."""
    return ValueShape(
        ValueKind.MAPPING, below=lambda: _all_fields([s.fields or {} for s in shapes]), title=shapes[0].title
    )


def _all_fields(several: list[Mapping[str, ValueShape]]) -> Mapping[str, ValueShape]:
    names = dict.fromkeys(name for fields in several for name in fields)
    return {name: _either([fields[name] for fields in several if name in fields], len(several)) for name in names}


def _either(found: list[ValueShape], count: int) -> ValueShape:
    first = found[0]
    is_in_all = len(found) == count
    if all(s.fields is not None for s in found):
        one = joined(*found) if len(found) > 1 else first
    else:
        one = first if all(s.kind is first.kind and s.words == first.words for s in found) else UNKNOWN
    absent = not is_in_all or any(s.may_be_absent for s in found)
    return replace(one, may_be_absent=absent, may_be_null=any(s.may_be_null for s in found))


def _shape(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> ValueShape:
    if "$ref" in node:
        name = str(node["$ref"]).rpartition("/")[2]
        return replace(_shape(definitions[name], definitions), title=name)
    if "properties" in node:
        return ValueShape(ValueKind.MAPPING, below=lambda: dict(_fields(node, definitions)))
    if len(node.get("allOf", ())) == 1:
        return _shape(node["allOf"][0], definitions)
    if "anyOf" in node:
        return _of_choices([_shape(choice, definitions) for choice in node["anyOf"]])
    if "enum" in node or "const" in node:
        return _of_words(node.get("enum", [node.get("const")]))
    return _plain(node, definitions)


def _plain(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> ValueShape:
    kind = _kind_of(node.get("type"))
    if kind is ValueKind.LIST:
        return ValueShape(kind, of=lambda: _shape(node.get("items", {}), definitions))
    return (
        ValueShape(kind, of=lambda: _shape(_values(node), definitions))
        if kind is ValueKind.MAPPING
        else ValueShape(kind)
    )


def _kind_of(name: str | list[str] | None) -> ValueKind:
    """A number that may be written as a text is a number once it is read."""
    if isinstance(name, list):
        name = next((n for n in ("integer", "number") if n in name), None)
    return _KINDS.get(name or "", ValueKind.ANY)


def _of_words(words: list[Any]) -> ValueShape:
    if all(isinstance(word, str) for word in words):
        return ValueShape(ValueKind.TEXT, words=frozenset(words))
    return ValueShape(ValueKind.INT) if any(type(word) is int for word in words) else UNKNOWN


def _of_choices(choices: list[ValueShape]) -> ValueShape:
    may_be_null = any(c.kind is ValueKind.NULL for c in choices)
    others = [c for c in choices if c.kind is not ValueKind.NULL]
    if len(others) == 1:
        return replace(others[0], may_be_null=may_be_null)
    kinds = {c.kind for c in others}
    return ValueShape(kinds.pop() if len(kinds) == 1 else ValueKind.ANY, may_be_null=may_be_null)


def _values(node: Mapping[str, Any]) -> Mapping[str, Any]:
    found = node.get("additionalProperties")
    patterns = node.get("patternProperties")
    if isinstance(found, Mapping):
        return found
    value: Any = next(iter(patterns.values()), {}) if patterns else {}
    return value if isinstance(value, Mapping) else {}


def _fields(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[tuple[str, ValueShape]]:
    """A field without a default, or with null for one, may be absent: null is not written. `The same as` is passed."""
    required = set(node.get("required", ())) | {r for rule in node.get("allOf", ()) for r in rule.get("required", ())}
    for name, below in node["properties"].items():
        if str(below.get("description", "")).startswith("The same as "):
            continue
        shape = _shape(below, definitions)
        default, is_required = below.get("default"), name in required
        is_there, may_be_null = is_required or default is not None, is_required and shape.may_be_null
        yield name, replace(shape, may_be_absent=not is_there, may_be_null=may_be_null, default=default)
