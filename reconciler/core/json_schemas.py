"""JSON Schemas that users give: whether one is a schema, and whether a value follows it. The home of jsonschema-rs.

Draft 4 to 2020-12, as `$schema` says, else 2020-12. Nothing outside of the schema is read: no URL and no file. Patterns
are matched with a bounded effort. The library is loaded when the first schema is met.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_LONGEST = 300
"""Characters of one complaint: names in it may be long."""
_MASK = "it"
"""Stands for the value in a complaint: it is what a user's example holds, or a model's answer."""


def schema_mistake(schema: Mapping[str, Any]) -> str:
    """Why it is no JSON Schema, or ""."""
    return _made(schema)[1]


def checker(schema: Mapping[str, Any]) -> Callable[[Any], str]:
    """What says of a value in JSON why it does not follow the schema, or "". Raises ValueError for no schema.

    The value itself is never repeated, but for the names of fields that the schema does not know.
    """
    validator, mistake = _made(schema, mask=_MASK)
    if mistake:
        raise ValueError(mistake)

    def check(value: Any) -> str:
        try:
            found = list(validator.iter_errors(value))
        except (ValueError, RecursionError) as exc:
            return f"it cannot be checked: {_short(str(exc))}"
        if not found:
            return ""
        first, more = found[0], len(found) - 1
        return f"{_place(first.instance_path)}{_short(first.message)}" + (f" (and {more} more)" if more else "")

    return check


def _made(schema: Mapping[str, Any], mask: str | None = None) -> tuple[Any, str]:
    import jsonschema_rs

    try:
        return jsonschema_rs.validator_for(dict(schema), retriever=_nothing_is_fetched, mask=mask), ""
    except jsonschema_rs.ValidationError as exc:
        return None, f"{_place(exc.instance_path)}{_short(exc.message)}"
    except (jsonschema_rs.ReferencingError, ValueError, RecursionError) as exc:
        return None, _short(str(exc))


def _nothing_is_fetched(uri: str) -> Any:
    raise ValueError(f"{uri} lies outside of the schema, and nothing is fetched")


def _place(path: Any) -> str:
    return f"{'.'.join(map(str, path))}: " if path else ""


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
