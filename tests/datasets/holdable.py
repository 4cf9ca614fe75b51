"""Rows that the published definitions can hold, whatever sense they make: messages filled at random."""

from __future__ import annotations

import random
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor

from tests.datasets.published import messages

Json = dict[str, Any]

_MOST_DEPTH = 4


def holdable_row(chance: random.Random) -> Json:
    """One row, in either spelling, with enums by name or by number."""
    spelling = {
        "preserving_proto_field_name": chance.random() < 0.5,
        "use_integers_for_enums": chance.random() < 0.3,
    }
    made = {name: json_format.MessageToDict(_filled(name, chance), **spelling) for name in _NAMES}
    turns = [{"role": "user", "parts": [made["Part"]]}, {"role": "model", "parts": [{"text": "a"}]}]
    return {"contents": turns, "tools": [made["Tool"]], "generationConfig": made["GenerationConfig"]}


_NAMES = ("Part", "Tool", "GenerationConfig")


def _filled(name: str, chance: random.Random) -> Any:
    message = messages()[name]()
    _fill(message, chance, 0)
    return message


def _fill(message: Any, chance: random.Random, depth: int) -> None:
    for field in message.DESCRIPTOR.fields:
        if depth < _MOST_DEPTH and chance.random() < (0.5 if depth < 2 else 0.25):
            _set(message, field, chance, depth + 1)


def _set(message: Any, field: Any, chance: random.Random, depth: int) -> None:
    here = getattr(message, field.name)
    is_message = field.message_type is not None
    if is_message and field.message_type.GetOptions().map_entry:
        for key in ("a", "file_uri"):
            _fill_any(here[key], chance, depth)
    elif field.is_repeated and is_message:
        _fill_any(here.add(), chance, depth)
    elif field.is_repeated:
        here.append(_scalar(field, chance))
    elif is_message:
        here.SetInParent()
        _fill_any(here, chance, depth)
    else:
        setattr(message, field.name, _scalar(field, chance))


def _fill_any(message: Any, chance: random.Random, depth: int) -> None:
    match message.DESCRIPTOR.full_name:
        case "google.protobuf.Value":
            message.string_value = "x"
        case "google.protobuf.Struct":
            message["a"], message["file_uri"] = 1.5, "x"
        case "google.protobuf.Duration":
            message.seconds = chance.choice((-3, 0, 5))
        case _:
            _fill(message, chance, depth)


def _scalar(field: Any, chance: random.Random) -> Any:
    values: dict[int, tuple[Any, ...]] = {
        FieldDescriptor.TYPE_STRING: ("x", "é", "a b"),
        FieldDescriptor.TYPE_BOOL: (True, False),
        FieldDescriptor.TYPE_FLOAT: (0.1, -5, 1e30, 3.4e38),
        FieldDescriptor.TYPE_DOUBLE: (0.1, -5, 1e300),
        FieldDescriptor.TYPE_BYTES: (b"a", b"ab", b"abc\xff"),
        FieldDescriptor.TYPE_INT32: (1, -1, 2**31 - 1),
        FieldDescriptor.TYPE_INT64: (1, -1, 2**63 - 1),
    }
    if field.type == FieldDescriptor.TYPE_ENUM:
        return chance.choice(field.enum_type.values).number
    return chance.choice(values[field.type])
