"""Is an answer what the published schema says, in strict proto3 JSON? Every answer in these tests is asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.emulator.definitions import Definitions, FieldType
from reconciler.emulator.routing import Router

if TYPE_CHECKING:
    from reconciler.emulator import Request

_ROUTER = Router()
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.(\d{3}|\d{6}|\d{9}))?(Z|[+-]\d\d:\d\d)")
# Recorded with their zeros, or fields with presence that discovery documents do not show.
_ZEROS = {"index", "avgLogprobs", "done"}


def answer_problems(request: Request, body: Any) -> list[str]:
    """What is wrong with a successful answer; nothing for routes that are the emulator's own."""
    route = _ROUTER.find(request.method, request.path, is_upload="upload_id=" in request.query)
    if route is None or "fields=" in request.query or "enum-encoding" in request.query:
        return []
    schema = route.method.answer
    if not route.definitions.is_known(schema):
        return []
    bodies = body if isinstance(body, list) else [body]
    return [p for one in bodies for p in _message(route.definitions, schema, one, schema)]


def _message(definitions: Definitions, schema: str, value: Any, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path} is no object"]
    fields, found = definitions.fields(schema), []
    for key, item in value.items():
        if key == "@type":
            continue
        if key not in fields:
            found.append(f"{path}.{key} is not in the schema")
            continue
        found += _value(definitions, fields[key], item, f"{path}.{key}")
        is_text = fields[key].kind in {"string", "any"}
        is_zero = item in ("", 0, []) or (item == "0" and not is_text)
        is_zero = is_zero and not isinstance(item, bool)
        if (
            definitions.package != "storage.v1"
            and (is_zero or item is False)
            and not fields[key].has_presence
            and key not in _ZEROS
        ):
            found.append(f"{path}.{key} is a default: {item!r}")
    return found


def _value(definitions: Definitions, kind: FieldType, value: Any, path: str) -> list[str]:
    if isinstance(value, dict) and "@type" in value:
        name = value["@type"].rpartition(".")[2]
        return _message(definitions, name, value, path) if definitions.is_known(name) else []
    if kind.kind == "message":
        known = definitions.is_known(kind.name)
        return _message(definitions, kind.name, value, path) if known else []
    if kind.kind in {"list", "map"} and kind.item is not None:
        wanted = list if kind.kind == "list" else dict
        if not isinstance(value, wanted):
            return [f"{path} is no {kind.kind}"]
        items = value if isinstance(value, list) else list(value.values())
        return [p for item in items for p in _value(definitions, kind.item, item, path)]
    return [] if _fits(kind, value) else [f"{path} is {value!r}, which is no {kind.kind}"]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_double(value: Any) -> bool:
    return _is_number(value) or value in ("NaN", "Infinity", "-Infinity")


def _is_int64(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"-?\d{1,20}", value) is not None


def _is_int32(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_time(value: Any) -> bool:
    return isinstance(value, str) and _TIME.fullmatch(value) is not None


_FORMS = {
    **dict.fromkeys(("int64", "uint64"), _is_int64),
    **dict.fromkeys(("int32", "uint32"), _is_int32),
    **dict.fromkeys(("double", "float"), _is_double),
    **dict.fromkeys(("string", "bytes", "fieldmask", "duration"), _is_text),
    "bool": lambda value: isinstance(value, bool),
    "timestamp": _is_time,
}


def _fits(kind: FieldType, value: Any) -> bool:
    if kind.kind == "enum":
        return value in dict(kind.numbers)
    return kind.kind not in _FORMS or _FORMS[kind.kind](value)
