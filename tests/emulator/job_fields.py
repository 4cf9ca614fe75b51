"""The fields of a message in the published discovery documents, as paths, and those that a JSON value has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.emulator.cut_definitions import OPAQUE, discovery

Json = dict[str, Any]


@cache
def _schemas_of(version: str) -> Json:
    found: Json = discovery(f"aiplatform.{version}")["schemas"]
    return found


@dataclass(frozen=True)
class Fields:
    """The schemas of one version of aiplatform."""

    version: str

    @property
    def _schemas(self) -> Json:
        return _schemas_of(self.version)

    @property
    def _prefix(self) -> str:
        return f"GoogleCloudAiplatform{self.version[0].upper()}{self.version[1:]}"

    def of(self, message: str) -> dict[str, bool]:
        """Path → whether it is read only, of every field that holds no message with fields of its own.

        A message inside itself is not gone into twice.
        """
        return dict(self._leaves(self._prefix + message, "", (), is_read_only=False))

    def _leaves(
        self, name: str, path: str, inside: tuple[str, ...], *, is_read_only: bool
    ) -> Iterator[tuple[str, bool]]:
        properties = self._schemas[name].get("properties", {})
        if not properties or name in inside or name.removeprefix(self._prefix) in OPAQUE:
            yield path, is_read_only
            return
        for key, prop in properties.items():
            inner, kind = _unwrapped(prop, f"{path}.{key}".lstrip("."))
            is_inner_read_only = is_read_only or bool(prop.get("readOnly"))
            if "$ref" in kind:
                yield from self._leaves(kind["$ref"], inner, (*inside, name), is_read_only=is_inner_read_only)
            else:
                yield inner, is_inner_read_only

    def filled(self, message: str) -> Json:
        """A message with a value in every field that can be written."""
        found: Json = self._filled(self._prefix + message, ())
        return found

    def _filled(self, name: str, inside: tuple[str, ...]) -> Json:
        if name in inside or name.removeprefix(self._prefix) in OPAQUE:
            return {}
        properties = self._schemas[name].get("properties", {})
        wanted = {k: p for k, p in properties.items() if not p.get("readOnly")}
        return {key: self._value(prop, (*inside, name)) for key, prop in wanted.items()}

    def _value(self, prop: Json, inside: tuple[str, ...]) -> Any:
        if "$ref" in prop:
            return self._filled(prop["$ref"], inside)
        if prop.get("type") == "array":
            return [self._value(prop["items"], inside)]
        if prop.get("type") == "object":
            return {"a": self._value(prop.get("additionalProperties", {"type": "any"}), inside)}
        if "enum" in prop:
            return prop["enum"][1]
        plain: Json = {"integer": 1, "number": 0.5, "boolean": True, "any": 1}
        text = {"google-datetime": "2026-01-01T00:00:00Z", "google-duration": "1s", "byte": "AAAA", "int64": "1"}
        return plain.get(prop.get("type", "any")) or text.get(prop.get("format", ""), "text")

    def seen_in(self, message: str, value: Json) -> set[str]:
        """The paths of a JSON value's fields."""
        return set(self._seen(self._prefix + message, value, "", ()))

    def _seen(self, name: str, value: Any, path: str, inside: tuple[str, ...]) -> Iterator[str]:
        properties = self._schemas[name].get("properties", {})
        if not properties or name in inside or name.removeprefix(self._prefix) in OPAQUE:
            yield path
            return
        for key, item in value.items():
            inner, kind = _unwrapped(properties[key], f"{path}.{key}".lstrip("."))
            for one in _items(properties[key], item):
                if "$ref" in kind:
                    yield from self._seen(kind["$ref"], one, inner, (*inside, name))
                else:
                    yield inner


def _unwrapped(prop: Json, path: str) -> tuple[str, Json]:
    """A path with its brackets, and the kind of what is in them."""
    if prop.get("type") == "array":
        return _unwrapped(prop["items"], f"{path}[]")
    if prop.get("type") == "object" and "additionalProperties" in prop:
        return _unwrapped(prop["additionalProperties"], path + "{}")
    return path, prop


def _items(prop: Json, value: Any) -> list[Any]:
    if prop.get("type") == "array":
        return [one for item in value for one in _items(prop["items"], item)]
    if prop.get("type") == "object" and "additionalProperties" in prop:
        return [one for item in value.values() for one in _items(prop["additionalProperties"], item)]
    return [value]
