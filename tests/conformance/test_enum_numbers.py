"""Enums as numbers: those of the excerpts are those of google-cloud-aiplatform's protos, where it has the enum."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.emulator.definitions import load


def message_type(package: Any, name: str) -> Any:
    """The message of a schema, whose name is joined of those around it; None where the client does not have it."""
    for end in range(len(name), 0, -1):
        outer, inner = getattr(package, name[:end], None), name[end:]
        found = getattr(outer, inner, None) if inner else outer
        if hasattr(found, "pb"):
            return found
    return None


def numbers(version: str) -> Iterator[tuple[str, dict[str, int], dict[str, int]]]:
    """(field, our numbers, theirs) of the names that both have."""
    definitions = load(f"vertex.{version}")
    package = importlib.import_module(f"google.cloud.aiplatform_{version}")
    for schema in definitions.schemas:
        message = message_type(package, schema)
        fields = {f.json_name: f for f in message.pb().DESCRIPTOR.fields} if message else {}
        for name, kind in definitions.fields(schema).items():
            inner = kind.item or kind
            field = fields.get(name)
            if inner.kind == "enum" and field is not None and field.enum_type is not None:
                theirs = {value.name: value.number for value in field.enum_type.values}
                ours = {n: number for n, number in inner.numbers if n in theirs}
                yield f"{schema}.{name}", ours, {n: theirs[n] for n in ours}


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_the_numbers_of_enums_are_those_of_the_protos(version: str) -> None:
    found = list(numbers(version))

    assert {name: (ours, theirs) for name, ours, theirs in found if ours != theirs} == {}
    assert len(found) > 30
