"""An answer about what the emulator does not know, held against the published definitions alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.emulator.definitions import Definitions, FieldType
from reconciler.emulator.recording.checks import Check

_TEXTS = ("string", "bytes", "timestamp", "duration", "fieldmask", "int64", "uint64")
_NUMBERS = ("int32", "uint32", "float", "double")


def conforming(method: str, status: int, definitions: Definitions, schema: str, value: Any) -> list[Check]:
    """A check for each field that is not as defined; one that holds where all are."""
    kind = FieldType("message", name=schema)
    found = [
        Check(
            method, status, "additional field" if is_new else "type", at, holds=False, service=has, emulator="does not"
        )
        for at, is_new, has in _problems(definitions, kind, value, "")
    ]
    return found or [Check(method, status, "type", "", holds=True)]


def _problems(definitions: Definitions, kind: FieldType, value: Any, at: str) -> Iterator[tuple[str, bool, str]]:
    match kind.kind:
        case "list":
            if not isinstance(value, list):
                yield at, False, "has no list there"
                return
            for item in value:
                yield from _problems(definitions, kind.item or FieldType("any"), item, f"{at}[]")
        case "message" if isinstance(value, dict):
            known = definitions.fields(kind.name)
            for key, item in value.items() if known else ():
                where = f"{at}.{key}" if at else key
                if key not in known:
                    yield where, True, f"has {key}"
                else:
                    yield from _problems(definitions, known[key], item, where)
        case scalar if _is_wrong(scalar, value):
            yield at, False, f"has {type(value).__name__} there"
        case _:
            pass


def _is_wrong(kind: str, value: Any) -> bool:
    if kind == "enum":
        return isinstance(value, bool) or not isinstance(value, (str, int))
    if kind in _TEXTS:
        return not isinstance(value, str)
    if kind in _NUMBERS:
        return isinstance(value, bool) or not isinstance(value, (int, float, str))
    if kind == "bool":
        return not isinstance(value, bool)
    return kind in ("map", "message") and not isinstance(value, dict)
