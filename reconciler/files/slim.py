"""A document as pydantic is given it: its errors take a thousand bytes each, and none may be left out of the count.

What no field is is taken out beforehand, and a long list or mapping is checked a thousand entries at a time. Together
these are the errors of the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any, Final, NamedTuple, TypeAlias

from pydantic import ValidationError

from reconciler.files.fields import KnownField, fields_of
from reconciler.files.schema.base import Part
from reconciler.files.schema.values import FreeObject

SMALL: Final = 2_000
"""Values and keys of a document that is checked as it is."""
_AT_ONCE: Final = 1_000

Steps: TypeAlias = tuple[str | int, ...]


class FieldError(NamedTuple):
    """One error of pydantic's: its type, the way to it, what stands there, and what its check says of it."""

    kind: str
    loc: Steps
    value: Any
    context: Mapping[str, Any]


def faults_of(part: type[Part], value: Any, loc: Steps = ()) -> Iterator[FieldError]:
    """All that is wrong with a value, in any order, with memory for a part of it at a time."""
    left: list[Iterator[FieldError]] = []
    slim = _slim(part, value, loc, left)
    yield from _errors(part, slim, loc)
    for more in left:
        yield from more


def whole_faults_of(part: type[Part], value: Any) -> Iterator[FieldError]:
    """The same of a value that is small, or has next to nothing wrong with it, in one."""
    return _errors(part, value, ())


def _errors(part: type[Part], value: Any, loc: Steps) -> Iterator[FieldError]:
    try:
        part.model_validate(value)
    except ValidationError as exc:
        for error in exc.errors(include_url=False):
            yield FieldError(error["type"], (*loc, *error["loc"]), error["input"], error.get("ctx", {}))


def _slim(part: type[Part], value: Any, loc: Steps, left: list[Iterator[FieldError]]) -> Any:
    """The value without what is checked elsewhere, which goes to `left`."""
    if not isinstance(value, dict):
        return value
    known = _by_spelling(part)
    kept = {name: value[name] for name in known if name in value}
    if len(kept) < len(value):
        left.append(FieldError("extra_forbidden", (*loc, k), v, {}) for k, v in value.items() if k not in known)
    for name, content in kept.items():
        kept[name] = _slim_field(part, name, content, (*loc, name), left)
    return kept


@cache
def _by_spelling(part: type[Part]) -> Mapping[str, KnownField]:
    return {name: field for field in fields_of(part).values() for name in (field.name, field.attribute)}


def _slim_field(owner: type[Part], name: str, value: Any, loc: Steps, left: list[Iterator[FieldError]]) -> Any:
    field = _by_spelling(owner)[name]
    if any(isinstance(mark, FreeObject) for mark in field.info.metadata):
        return value
    if field.many is None and field.part is not None:
        return _slim(field.part, value, loc, left)
    if not isinstance(value, list | dict):
        return value
    if len(value) > _AT_ONCE:
        left.append(_rest(owner, name, value, loc))
    return next(_pieces(field, value, loc, left), value)


def _rest(owner: type[Part], name: str, value: list[Any] | dict[str, Any], loc: Steps) -> Iterator[FieldError]:
    """What is wrong with the entries behind the first piece; what lacks beside them was said with that one."""
    left: list[Iterator[FieldError]] = []
    field = _by_spelling(owner)[name]
    for number, piece in enumerate(_pieces(field, value, loc, left)):
        if number:
            for fault in _errors(owner, {name: piece}, ()):
                if fault.loc[:1] == (name,) and len(fault.loc) > 1:
                    first = fault.loc[1]
                    at = first + number * _AT_ONCE if isinstance(first, int) and isinstance(piece, list) else first
                    yield fault._replace(loc=(*loc, at, *fault.loc[2:]))
            for more in left:
                yield from more
        left.clear()


def _pieces(
    field: KnownField, value: list[Any] | dict[str, Any], loc: Steps, left: list[Iterator[FieldError]]
) -> Iterator[list[Any] | dict[str, Any]]:
    """A thousand entries at a time, each as slim as it can be."""
    entries: Iterator[tuple[Any, Any]] = enumerate(value) if isinstance(value, list) else iter(value.items())
    while piece := list(islice(entries, _AT_ONCE)):
        slim = [(key, _item(field, item, (*loc, key), left)) for key, item in piece]
        yield [item for _, item in slim] if isinstance(value, list) else dict(slim)


def _item(field: KnownField, item: Any, loc: Steps, left: list[Iterator[FieldError]]) -> Any:
    return item if field.part is None else _slim(field.part, item, loc, left)
