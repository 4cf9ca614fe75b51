"""A document as plain values with every default written out: what rules see of it. What is null is left out there.

JSON leaves defaults out to stay short, and its schema says what they are. A rule that compares one must find it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache
from typing import Any

import msgspec

_PLAIN = frozenset({str, int, float, bool, type(None)})


def whole(value: Any) -> Any:
    """Of a record, with all below it. A null that may be left out is; one that stands for something stays."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, msgspec.Struct):
        return dict(_fields(value))
    if isinstance(value, Mapping):
        return {str(key): whole(content) for key, content in value.items()}
    if isinstance(value, list | tuple):
        return [whole(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def _fields(record: msgspec.Struct) -> Iterator[tuple[str, Any]]:
    for name, spelt, is_required in _names(type(record)):
        value = getattr(record, name)
        if value is not None or is_required:
            yield spelt, whole(value)


@cache
def _names(kind: type[msgspec.Struct]) -> tuple[tuple[str, str, bool], ...]:
    """Of each field: its name, as JSON has it, and whether it must be there. Read once: it takes long."""
    return tuple((field.name, field.encode_name, field.required) for field in msgspec.structs.fields(kind))
