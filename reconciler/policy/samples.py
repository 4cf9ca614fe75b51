"""Documents that people write for tests of rules: what is wrong with them, and what they leave out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from reconciler.core.likeness import nearest
from reconciler.policy.shapes import ValueKind, ValueShape
from reconciler.policy.values import kind_of

_NEUTRAL: Final[Mapping[ValueKind, Any]] = {
    ValueKind.BOOL: False,
    ValueKind.INT: 0,
    ValueKind.DOUBLE: 0.0,
    ValueKind.TEXT: "",
}


class SampleMistake(NamedTuple):
    """`path` leads to it. A key that no document has, or else a value of another kind."""

    path: tuple[str | int, ...]
    detail: str
    fix: str
    is_key: bool


def sample_mistakes(shape: ValueShape, value: Any, path: tuple[str | int, ...] = ()) -> Iterator[SampleMistake]:
    """All that no such document could have."""
    kind = kind_of(value)
    if kind is ValueKind.NULL or shape.kind is ValueKind.ANY:
        return
    is_number = kind is ValueKind.INT and shape.kind is ValueKind.DOUBLE
    if kind is not shape.kind and not is_number:
        yield SampleMistake(path, f"It is {kind.value}, and has to be {shape.kind.value}.", "", is_key=False)
    elif kind is ValueKind.LIST:
        for index, item in enumerate(value):
            yield from sample_mistakes(shape.inside, item, (*path, index))
    elif kind is ValueKind.MAPPING:
        for key, below in value.items():
            known = shape.inside if shape.fields is None else shape.fields.get(key)
            if known is None:
                near = nearest(key, shape.fields or ())
                fix = f'Did you mean "{near}"?' if near else ""
                yield SampleMistake((*path, key), f'"{key}" is not a field there.', fix, is_key=True)
            else:
                yield from sample_mistakes(known, below, (*path, key))
    elif shape.words and value not in shape.words:
        near = nearest(value, sorted(shape.words))
        fix = f'Did you mean "{near}"?' if near else f"It is one of {', '.join(sorted(shape.words))}."
        yield SampleMistake(path, f'It is never "{value}".', fix, is_key=False)


def filled(shape: ValueShape, value: Any) -> Any:
    """The value with every field that a document always has. Null is what is left out, unless it may stand there."""
    if isinstance(value, list):
        return [filled(shape.inside, item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if shape.fields is None:
        return {key: filled(shape.inside, below) for key, below in value.items()}
    made = {
        key: filled(shape.fields[key], below) for key, below in value.items() if _is_there(shape.fields[key], below)
    }
    missing = {n: f for n, f in shape.fields.items() if n not in made and not f.may_be_absent}
    return made | {name: _neutral(field) for name, field in missing.items()}


def _is_there(shape: ValueShape, value: Any) -> bool:
    return value is not None or shape.may_be_null


def _neutral(shape: ValueShape) -> Any:
    if shape.may_be_null and shape.default is None:
        return None
    if shape.kind is ValueKind.MAPPING:
        return filled(shape, shape.default or {})
    if shape.kind is ValueKind.LIST:
        return list(shape.default or ())
    if shape.default is None and shape.words:
        return min(shape.words)
    return _NEUTRAL.get(shape.kind) if shape.default is None else shape.default
