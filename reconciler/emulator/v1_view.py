"""A tuning job as v1 answers it: without the fields that v1beta1 alone has.

Source: documented for reinforcement tuning, whose page says that v1 answers with fewer fields; assumed for the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator.definitions import load

if TYPE_CHECKING:
    from reconciler.emulator.definitions import Definitions, FieldType

Json = dict[str, Any]

_SCHEMA = "TuningJob"


def as_v1(job: Json) -> Json:
    """The job with what v1 has of it."""
    return _message(load("vertex.v1"), _SCHEMA, job)


def has_more_than_v1(job: Json) -> bool:
    """Whether v1 shows less of a job than was asked for."""
    return as_v1(job) != job


def _message(definitions: Definitions, schema: str, value: Json) -> Json:
    if not definitions.is_known(schema):
        return value
    fields = definitions.fields(schema)
    return {k: _value(definitions, fields[k], v) for k, v in value.items() if k in fields}


def _value(definitions: Definitions, kind: FieldType, value: Any) -> Any:
    if kind.kind == "message" and isinstance(value, dict):
        return _message(definitions, kind.name, value)
    if kind.kind == "list" and kind.item is not None and isinstance(value, list):
        return [_value(definitions, kind.item, v) for v in value]
    if kind.kind == "map" and kind.item is not None and isinstance(value, dict):
        return {k: _value(definitions, kind.item, v) for k, v in value.items()}
    return value
