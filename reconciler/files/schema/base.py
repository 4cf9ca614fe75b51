"""What every part of a document has in common, and the marks that stand on its fields."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, ClassVar, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from reconciler.files.yaml_spelling import camel

P = TypeVar("P", bound="Part")


class Apart(Enum):
    """Fields that are compared by what they hold and not by how they are written."""

    DATASET = "dataset"
    PARENT = "parent"
    EXAMPLES = "examples"


class OneOf(NamedTuple):
    """Fields that exclude each other; where `is_required`, one of them must be there."""

    fields: tuple[str, ...]
    is_required: bool = True


class Part(BaseModel):
    """A mapping of known keys, each in camelCase or snake_case. Nothing is converted silently."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        alias_generator=camel,
        validate_by_alias=True,
        validate_by_name=True,
        allow_inf_nan=False,
        defer_build=True,
    )

    alternatives: ClassVar[tuple[OneOf, ...]] = ()
    """Checked on the document itself, so that they are reported beside every other mistake."""
    some: ClassVar[tuple[str, ...]] = ()
    """Fields of which at least one must be there."""
    answers: ClassVar[frozenset[str]] = frozenset()
    """Fields of the API that only the service fills in."""
    left_out: ClassVar[Mapping[str, str]] = {}
    """Fields of the API that specs do not have, each with the reason."""

    def given(self) -> dict[str, Any]:
        """What the user set, by API name; an explicit null counts as unset."""
        chosen = self.model_fields_set
        values = ((alias, getattr(self, name)) for name, alias in _aliases(type(self)) if name in chosen)
        return {alias: value for alias, value in values if value is not None}


def shared(part: type[P]) -> Any:
    """Default of a field: one empty `part` for all, since pydantic copies a plain default each time."""
    return Field(default_factory=cache(part))


@cache
def _aliases(part: type[Part]) -> tuple[tuple[str, str], ...]:
    """Attribute and API name of each field, in the order of the schema."""
    return tuple((name, field.alias or name) for name, field in part.model_fields.items())
