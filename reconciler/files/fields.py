"""The known fields, read off the schema: what a mapping may have, and where a field belongs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, get_args

from pydantic.fields import FieldInfo

from reconciler.core.model import OnChange
from reconciler.files.schema.base import Apart, Part
from reconciler.files.schema.gate import BoundPart, PromptPart

_ANY_OF = {list: ("[]",), dict: ("*",), None: ()}


class KnownField(NamedTuple):
    """One field of a Part.

    `part` is the type of the mapping under it; where `many` is list or dict, of its items or values.
    """

    name: str
    attribute: str
    part: type[Part] | None
    many: type[Any] | None
    on_change: OnChange | None
    apart: Apart | None
    info: FieldInfo


@cache
def fields_of(part: type[Part]) -> Mapping[str, KnownField]:
    """By API name, in the order of the schema."""
    return {known.name: known for known in (_known(a, info) for a, info in part.model_fields.items())}


@cache
def has_rules(part: type[Part]) -> bool:
    """Whether anything in this mapping or below it concerns several fields at once."""
    own = bool(part.alternatives or part.some) or part in (BoundPart, PromptPart)
    return own or any(has_rules(known.part) for known in fields_of(part).values() if known.part is not None)


def part_at(root: type[Part], path: Sequence[str | int]) -> type[Part] | None:
    """The type of the mapping at a path in API names; None where free data stands."""
    part: type[Part] | None = root
    steps = iter(path)
    for step in steps:
        known = fields_of(part).get(str(step)) if part else None
        if known is None:
            return None
        if known.many is not None and next(steps, None) is None:
            return None
        part = known.part
    return part


def every_field(root: type[Part], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], KnownField]]:
    """Every field below `root` with its path, a mapping before what it holds; items are under `[]` or `*`."""
    for name, known in fields_of(root).items():
        here = (*path, name)
        yield here, known
        if known.part is not None:
            yield from every_field(known.part, (*here, *_ANY_OF.get(known.many, ())))


def _known(attribute: str, info: FieldInfo) -> KnownField:
    part, many = _part_in(info.annotation)
    marks = info.metadata
    on_change = next((m for m in marks if isinstance(m, OnChange)), None)
    apart = next((m for m in marks if isinstance(m, Apart)), None)
    return KnownField(info.alias or attribute, attribute, part, many, on_change, apart, info)


def _part_in(annotation: Any) -> tuple[type[Part] | None, type[Any] | None]:
    """The Part in an annotation such as `X | None` or `list[X]`, and the container around it."""
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return annotation, None
    origin = getattr(annotation, "__origin__", None)
    for argument in get_args(annotation):
        part, many = _part_in(argument)
        if part is not None:
            return part, many or (origin if origin in (list, dict) else None)
    return None, None
