"""Values that gates alone have: shares, levels of thinking, JSON Schemas. Checked in our words, as in values.py."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from reconciler.files.schema.values import INT32_MAX, refusal, shown

THINKING_LEVELS: Final = ("minimal", "low", "medium", "high")
"""Source: `ThinkingConfig.thinkingLevel` of the API, in lower case."""

_PERCENT: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,9})?) ?%")


@dataclass(frozen=True, slots=True)
class Share:
    """`5%`, `5 %` or 0.05; becomes the number from 0 to 1. `above` and `below` are excluded.

    `why_not_more` is what is said of 100 % and above, `why_not_less` of 0 % and below.
    """

    above: float | None = None
    below: float | None = None
    why_not_more: str = ""
    why_not_less: str = ""
    words: str = "share"

    def check(self, value: Any) -> float:
        """The number. A percentage is divided as a decimal, so that 5% is exactly what 0.05 is."""
        number = _share(value)
        if number is None:
            fix = "Write a percentage such as 5%, or a number from 0 to 1."
            raise refusal("SPEC027", f"{{field}} is {shown(value)}; it takes a share.", fix)
        lowest, highest = self.above or 0.0, 1.0 if self.below is None else self.below
        is_out = not lowest <= number <= highest or number in (self.above, self.below)
        if is_out:
            raise refusal(
                "SPEC028", f"{{field}} is {shown(value)}.", self._fix(number, in_percent=isinstance(value, str))
            )
        return number

    def _fix(self, number: float, *, in_percent: bool) -> str:
        if not in_percent and 1 < number <= 100 and self._holds(number / 100):
            return f"Write {number:g}% or {number / 100:g}."
        if self.why_not_more and number >= 1:
            return self.why_not_more
        if self.why_not_less and number <= 0:
            return self.why_not_less
        low = f"above {self.above:.0%}" if self.above is not None else "of 0% or more"
        high = f"below {self.below:.0%}" if self.below is not None else "100% at most"
        return f"Use a share {low} and {high}."

    def _holds(self, number: float) -> bool:
        return (self.above is None or number > self.above) and (self.below is None or number < self.below)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        low = {"minimum": 0} if self.above is None else {"exclusiveMinimum": self.above}
        high = {"maximum": 1} if self.below is None else {"exclusiveMaximum": self.below}
        return {"type": ["number", "string"], "pattern": f"^(?:{_PERCENT.pattern})$", **low, **high}


def _share(value: Any) -> float | None:
    if isinstance(value, str):
        found = _PERCENT.fullmatch(value)
        return float(Decimal(found[1]) / 100) if found else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


@dataclass(frozen=True, slots=True)
class NoLess:
    """`better: 0%`: the one share that there is a test for."""

    words: str = "`0%`"

    def check(self, value: Any) -> float:
        """0."""
        if _share(value) != 0:
            detail = f"{{field}} is {shown(value)}; it takes 0% alone."
            raise refusal("SPEC029", detail, "Write 0%: better at all, by McNemar's exact test. Or write a margin.")
        return 0.0

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"enum": [0, "0%", "0 %"]}


@dataclass(frozen=True, slots=True)
class Thinking:
    """A level by its word, or a budget in tokens: 0 is none, -1 lets the model choose."""

    words: str = f"{', '.join(f'`{level}`' for level in THINKING_LEVELS)} or a whole number"

    def check(self, value: Any) -> str | int:
        """The word in lower case, or the number."""
        if isinstance(value, str) and value.lower() in THINKING_LEVELS:
            return value.lower()
        if isinstance(value, int) and not isinstance(value, bool) and -1 <= value <= INT32_MAX:
            return value
        fix = f"Use a level, one of {', '.join(THINKING_LEVELS)}, or a budget in tokens: 0 for none, -1 for any."
        raise refusal("SPEC029", f"{{field}} is {shown(value)}.", fix)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        levels = {"enum": [*THINKING_LEVELS, *(level.upper() for level in THINKING_LEVELS)]}
        return {"anyOf": [levels, {"type": "integer", "minimum": -1, "maximum": INT32_MAX}]}


@dataclass(frozen=True, slots=True)
class SchemaOrPath:
    """A JSON Schema as it stands, or the path of a file that holds one."""

    words: str = "mapping or path"

    def check(self, value: Any) -> Mapping[str, Any] | str:
        """As it is."""
        if isinstance(value, Mapping) or (isinstance(value, str) and value.strip()):
            return value
        fix = "Write the schema under it, or the path of a file that holds it."
        raise refusal("SPEC027", f"{{field}} is {shown(value)}; it takes a JSON Schema.", fix)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "object"}, {"type": "string", "pattern": r"\S"}]}
