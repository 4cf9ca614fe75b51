"""Where a workspace says that its specs come from: a list of paths, or one other source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from reconciler.core.settings import SpecsFrom
from reconciler.files.schema.values import refusal, shown

PATHS_MAX = 100
_FIX = "Write a list of paths, {kustomize: FOLDER}, or {stdin: true}."


@dataclass(frozen=True, slots=True)
class SpecsSource:
    """`[models/, ../shared/models.yaml]`, `{kustomize: overlays/prod}` or `{stdin: true}`."""

    words: str = "list of paths, or where else they come from"

    def check(self, value: Any) -> SpecsFrom:
        """As a value."""
        found = _paths(value) if isinstance(value, list) else _other(value) if isinstance(value, Mapping) else None
        if found is None:
            raise refusal(
                "SPEC027", f"{{field}} is {shown(value)}; it takes a list of paths, or where else they come from.", _FIX
            )
        return found

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        path = {"type": "string", "pattern": r"^(?![/~])[^\u0000-\u001f]+$"}
        listed = {"type": "array", "items": path, "minItems": 1, "maxItems": PATHS_MAX}
        return {"anyOf": [listed, _only("kustomize", path), _only("stdin", {"const": True})]}


def _only(name: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {name: value}, "required": [name], "additionalProperties": False}


def _paths(value: list[Any]) -> SpecsFrom | None:
    if not value or len(value) > PATHS_MAX or not all(map(_is_path, value)):
        return None
    return SpecsFrom(paths=tuple(dict.fromkeys(value)))


def _other(value: Mapping[Any, Any]) -> SpecsFrom | None:
    match dict(value):
        case {"kustomize": folder, **rest} if not rest and _is_path(folder):
            return SpecsFrom(kustomize=folder)
        case {"stdin": True, **rest} if not rest:
            return SpecsFrom(stdin=True)
        case _:
            return None


def _is_path(value: Any) -> bool:
    """Relative, so that a repository reads the same wherever it is checked out."""
    return (
        isinstance(value, str) and bool(value.strip()) and value.isprintable() and not value.startswith(("/", "~", "-"))
    )
