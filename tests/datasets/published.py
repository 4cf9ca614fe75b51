"""The published definitions as protocol buffers' own reader understands them: the judge of what they refuse.

Messages are built at run time from the discovery document, and rows are parsed by google.protobuf.json_format. Nothing
here is of reconciler, and nothing is cut or written by hand.
"""

from __future__ import annotations

import importlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    json_format,
    message_factory,
    struct_pb2,
    timestamp_pb2,
)

from tests.emulator.cut_definitions import enum_numbers

Json = dict[str, Any]

_VERSION, _PREFIX, _PACKAGE = "v1beta1", "GoogleCloudAiplatformV1beta1", "published"
_SCALARS = {
    "int32": "TYPE_INT32",
    "int64": "TYPE_INT64",
    "double": "TYPE_DOUBLE",
    "float": "TYPE_FLOAT",
    "byte": "TYPE_BYTES",
    "boolean": "TYPE_BOOL",
    "string": "TYPE_STRING",
    "integer": "TYPE_INT32",
    "number": "TYPE_DOUBLE",
}
_WELL_KNOWN = {
    "google-duration": ".google.protobuf.Duration",
    "google-datetime": ".google.protobuf.Timestamp",
    "any": ".google.protobuf.Value",
}
_Field = descriptor_pb2.FieldDescriptorProto

ROW = {"contents": ("Content", True), "systemInstruction": ("Content", False), "tools": ("Tool", True)}
ROW |= {"generationConfig": ("GenerationConfig", False)}
_ROOTS = [*(name for name, _ in ROW.values()), "GeminiPreferenceExample"]


def refusal(row: Json) -> str:
    """Why protocol buffers cannot read the row, "" where they can. Only the fields of an example are looked at."""
    for key, (name, is_list) in ROW.items():
        value = row.get(key)
        if value is None:
            continue
        if is_list and not isinstance(value, list):
            return f"{key} is no list."
        for one in value if is_list else [value]:
            why = _refusal(name, one)
            if why:
                return f"{key}: {why}"
    return ""


def preference_refusal(row: Json) -> str:
    """The same of an example of preference tuning, whose message has a name."""
    return _refusal("GeminiPreferenceExample", row)


def _refusal(name: str, value: Any) -> str:
    if not isinstance(value, dict):
        return f"{name} is no object."
    try:
        json_format.ParseDict(value, messages()[name]())
    except (json_format.ParseError, TypeError, ValueError, AttributeError, OverflowError) as exc:
        return str(exc) or type(exc).__name__
    return ""


@cache
def messages() -> dict[str, Any]:
    """Every message that an example can hold, by its name."""
    package = importlib.import_module("googleapiclient")
    file = Path(str(package.__file__)).parent / "discovery_cache" / "documents" / f"aiplatform.{_VERSION}.json"
    schemas = json.loads(file.read_text(encoding="utf-8"))["schemas"]
    proto = descriptor_pb2.FileDescriptorProto(name="published.proto", package=_PACKAGE, syntax="proto3")
    for known in (struct_pb2, duration_pb2, timestamp_pb2):
        proto.dependency.append(known.DESCRIPTOR.name)
    names = _reached(schemas, [*_ROOTS])
    for name in names:
        _add(proto.message_type.add(name=name), schemas[_PREFIX + name])
    pool = descriptor_pool.DescriptorPool()
    for known in (struct_pb2, duration_pb2, timestamp_pb2):
        pool.AddSerializedFile(known.DESCRIPTOR.serialized_pb)
    pool.Add(proto)
    found = {name: pool.FindMessageTypeByName(f"{_PACKAGE}.{name}") for name in names}
    return {name: message_factory.GetMessageClass(descriptor) for name, descriptor in found.items()}


def _reached(schemas: Json, names: list[str]) -> list[str]:
    found: list[str] = []
    while names:
        name = names.pop()
        if name not in found:
            found.append(name)
            text = json.dumps(schemas[_PREFIX + name])
            names += [ref.removeprefix(_PREFIX) for ref in re.findall(r'"\$ref": "(\w+)"', text)]
    return found


def _add(message: descriptor_pb2.DescriptorProto, schema: Json) -> None:
    for number, (name, prop) in enumerate(sorted(schema.get("properties", {}).items()), start=1):
        field = message.field.add(name=_snake(name), json_name=name, number=number, label=_Field.LABEL_OPTIONAL)
        if prop.get("type") == "array":
            field.label = _Field.LABEL_REPEATED
            _set_type(message, field, prop["items"])
        elif prop.get("type") == "object" and prop.get("additionalProperties", {}).get("type") != "any":
            field.label = _Field.LABEL_REPEATED
            _set_map(message, field, prop["additionalProperties"])
        else:
            _set_type(message, field, prop)


def _set_type(message: descriptor_pb2.DescriptorProto, field: Any, prop: Json) -> None:
    kind = prop.get("format") or prop.get("type", "")
    if "$ref" in prop:
        field.type, field.type_name = _Field.TYPE_MESSAGE, f".{_PACKAGE}.{prop['$ref'].removeprefix(_PREFIX)}"
    elif prop.get("type") == "object":
        field.type, field.type_name = _Field.TYPE_MESSAGE, ".google.protobuf.Struct"
    elif kind in _WELL_KNOWN:
        field.type, field.type_name = _Field.TYPE_MESSAGE, _WELL_KNOWN[kind]
    elif "enum" in prop:
        holder = message.nested_type.add(name=f"Of{field.name}")
        enum = holder.enum_type.add(name="Enum")
        for name, number in enum_numbers(f"{message.name}.{field.json_name}", prop["enum"]).items():
            enum.value.add(name=name, number=number)
        field.type, field.type_name = _Field.TYPE_ENUM, f".{_PACKAGE}.{message.name}.{holder.name}.Enum"
    else:
        field.type = getattr(_Field, _SCALARS[kind])


def _set_map(message: descriptor_pb2.DescriptorProto, field: Any, prop: Json) -> None:
    entry = message.nested_type.add(name="".join(word.title() for word in field.name.split("_")) + "Entry")
    entry.options.map_entry = True
    key = entry.field.add(name="key", number=1, label=_Field.LABEL_OPTIONAL)
    key.type = _Field.TYPE_STRING
    _set_type(message, entry.field.add(name="value", number=2, label=_Field.LABEL_OPTIONAL), prop)
    field.type, field.type_name = _Field.TYPE_MESSAGE, f".{_PACKAGE}.{message.name}.{entry.name}"


def _snake(name: str) -> str:
    return re.sub(r"([A-Z])", lambda found: "_" + found[1].lower(), name)
