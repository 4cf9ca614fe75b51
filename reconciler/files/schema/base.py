"""What every part of a document has in common, and the marks that stand on its fields."""

from __future__ import annotations

from enum import Enum
from typing import Any, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict

from reconciler.files.yaml_spelling import camel


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
    answers: ClassVar[frozenset[str]] = frozenset()
    """Fields of the API that only the service fills in."""
    newer: ClassVar[frozenset[str]] = frozenset()
    """Fields of the API that only a version has which tuneform does not write to."""

    @classmethod
    def names(cls) -> dict[str, str]:
        """API name → attribute, in the order of the file."""
        return {field.alias or name: name for name, field in cls.model_fields.items()}

    def given(self) -> dict[str, Any]:
        """What the user set, by API name; an explicit null counts as unset."""
        chosen = self.model_fields_set
        values = ((alias, getattr(self, name)) for alias, name in type(self).names().items() if name in chosen)
        return {alias: value for alias, value in values if value is not None}
