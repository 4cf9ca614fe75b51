"""Values that have a form or a range of their own, checked in our words.

A check raises `refusal`, which carries code, detail and fix through pydantic unchanged (files/complaints.py).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from reconciler.core.dialects.vertex import ADAPTER_SIZES
from reconciler.core.markers import RESERVED_LABEL_PREFIXES
from reconciler.core.plurals import counted
from reconciler.files.yaml_spelling import camel, snake

INT32_MAX: Final = 2**31 - 1
INT64_MAX: Final = 2**63 - 1
LABELS_MAX: Final = 59
"""The service takes 64; five are tuneform's markers."""

_LONGEST: Final = 2_000
"""Characters of a text with a form; no name, key or duration of the services is so long."""

_DIGITS = re.compile(r"[-+]?[0-9]+")
_REAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SIZE_NAMES: Final = {size: name for name, size in ADAPTER_SIZES.items()}


def refusal(code: str, detail: str, fix: str) -> PydanticCustomError:
    """What a check raises. `detail` may begin with "{field}", which becomes the field's name."""
    return PydanticCustomError(code, "refused", {"detail": detail, "fix": fix})


def shown(value: Any) -> str:
    """A value in a message: short, and on one line."""
    return shortened(repr(value[:61]) if isinstance(value, str) else _word(value))


def shortened(text: str) -> str:
    """What the user wrote, as far as a line holds it."""
    return text if len(text) <= 60 else f"{text[:59]}…"


def _word(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, list) else str(value)


@dataclass(frozen=True, slots=True)
class Formed:
    """A text that matches `pattern` whole; `what` is what it should be, with its article."""

    pattern: str
    what: str
    fix: str
    code: str = "SPEC030"

    def check(self, value: Any) -> str:
        """The text as it is."""
        if not isinstance(value, str):
            is_near = isinstance(value, int | float) and re.fullmatch(self.pattern, str(value))
            fix = "Put it in quotes." if is_near else self.fix
            raise refusal("SPEC027", f"{{field}} is {shown(value)}; it takes {self.what}.", fix)
        if len(value) > _LONGEST or re.fullmatch(self.pattern, value) is None:
            raise refusal(self.code, f"{{field}} is {shown(value)}, which is not {self.what}.", self.fix)
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "pattern": f"^(?:{self.pattern})$"}


@dataclass(frozen=True, slots=True)
class Number:
    """A number, or its digits in quotes, as proto3 JSON takes them; `above` excludes its bound.

    The value becomes an int where `is_whole`, a float otherwise. true and false are no numbers here.
    """

    is_whole: bool
    least: float | None = None
    most: float | None = None
    above: float | None = None

    def check(self, value: Any) -> float:
        """The number, as an int or a float."""
        number = self._read(value)
        if number is None:
            kind = "a whole number" if self.is_whole else "a number"
            raise refusal("SPEC027", f"{{field}} is {shown(value)}; it takes {kind}.", f"Write {kind}.")
        if not self._is_in_range(number):
            fix = f"Use a number {self.bounds}, or leave it out."
            if self.most is not None and number > self.most >= INT32_MAX:
                fix = f"Use a number of {self.most:.0f} at most, or leave it out."
            raise refusal("SPEC028", f"{{field}} is {shown(value)}.", fix)
        return number

    def _read(self, value: Any) -> float | None:
        form = _DIGITS if self.is_whole else _REAL
        if isinstance(value, str):
            if len(value) > 40 or not form.fullmatch(value):
                return None
        elif isinstance(value, bool) or not isinstance(value, int | float):
            return None
        try:
            number = float(value)
        except OverflowError:  # an int of any length
            number = math.inf
        if not math.isfinite(number):
            raise refusal(
                "SPEC010", f"{{field}} is {shown(value)}, which no number of JSON can be.", "Write a finite number."
            )
        if not self.is_whole:
            return number
        return int(value) if number.is_integer() else None

    def _is_in_range(self, number: float) -> bool:
        too_small = self.least is not None and number < self.least
        too_large = self.most is not None and number > self.most
        return not (too_small or too_large or (self.above is not None and number <= self.above))

    @property
    def bounds(self) -> str:
        """`from 0 to 1`, in words."""
        if self.above is not None:
            return f"above {self.above:g}"
        if self.least is None:
            return "of any size"
        if self.most is None or self.most >= INT32_MAX:
            return f"of {self.least:g} or more"
        return f"from {self.least:g} to {self.most:g}"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        kind, form = ("integer", _DIGITS) if self.is_whole else ("number", _REAL)
        bounds = {"minimum": self.least, "maximum": self.most, "exclusiveMinimum": self.above}
        present = {key: bound for key, bound in bounds.items() if bound is not None}
        return {"type": [kind, "string"], "pattern": f"^(?:{form.pattern})$", **present}


class AdapterSize:
    """The size itself, 4, or the API's name for it; becomes the name.

    On the wire a bare number is the place in the enum, where 4 means sixteen: no number is ever sent.
    """

    @staticmethod
    def check(value: Any) -> str:
        """The API's name of the size."""
        digits = isinstance(value, str) and _DIGITS.fullmatch(value) and len(value) < 4
        size = int(value) if digits else value
        if size in _SIZE_NAMES.values():
            return str(size)
        if isinstance(size, int) and not isinstance(size, bool) and size in _SIZE_NAMES:
            return _SIZE_NAMES[size]
        sizes = ", ".join(map(str, _SIZE_NAMES))
        fix = f"Use the size itself, one of {sizes}, or the API's name for it, such as ADAPTER_SIZE_FOUR."
        raise refusal("SPEC029", f"{{field}} is {shown(value)}.", fix)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"enum": [*_SIZE_NAMES, *map(str, _SIZE_NAMES), *_SIZE_NAMES.values()]}


# Lower-case letters, digits, "_", "-"; letters of scripts without capitals count as lower case.
_LABEL_PATTERN = r"[a-z0-9_\-\u00aa-\uffff]"
LABEL_KEY_PATTERN: Final = rf"(?!{'|'.join(RESERVED_LABEL_PREFIXES)}){_LABEL_PATTERN}{{1,63}}"
LABEL_VALUE_PATTERN: Final = rf"{_LABEL_PATTERN}{{0,63}}"


def _label_mistake(text: str) -> str:
    odd = next((c for c in text if not (c in "_-" or c.isdigit() or (c.isalpha() and not c.isupper()))), None)
    if odd is not None:
        return f"{shown(text)} holds {odd!r}."
    return f"It is {counted(len(text), 'character')} long." if len(text) > 63 else ""


def label_key(key: str) -> str:
    """A key that a user may set on the service's resources."""
    if key.startswith(RESERVED_LABEL_PREFIXES):
        owner = "tuneform" if key.startswith(RESERVED_LABEL_PREFIXES[0]) else "Google"
        raise refusal("SPEC033", f"The label {shown(key)} is {owner}'s own.", "Choose a key with another prefix.")
    if mistake := _label_mistake(key) or ("" if key else "The key is empty."):
        raise refusal("SPEC033", mistake, "Use 1 to 63 lower-case letters, digits, _ and -.")
    return key


def label_value(value: str) -> str:
    """A value of such a label; it may be empty."""
    if mistake := _label_mistake(value):
        raise refusal("SPEC033", mistake, "Use at most 63 lower-case letters, digits, _ and -.")
    return value


def regular_expression(text: str) -> str:
    """A pattern that Python's `re` can compile."""
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as exc:
        detail = f"{{field}} is {shown(text)}, which is no regular expression: {getattr(exc, 'msg', exc)}."
        raise refusal("SPEC030", detail, "Correct the expression, or use contains for plain text.") from exc
    return text


def calendar_day(text: str) -> str:
    """A date that exists; its form was checked before."""
    try:
        date.fromisoformat(text)
    except ValueError as exc:
        raise refusal(
            "SPEC030", f"{{field}} is {shown(text)}, a day that does not exist.", "Write a day of the calendar."
        ) from exc
    return text


@dataclass(frozen=True, slots=True)
class FreeObject:
    """A mapping that is passed on as it is, but for the spelling of its own keys; some must be there."""

    known: tuple[str, ...]
    required: tuple[str, ...]

    def check(self, value: dict[str, Any]) -> dict[str, Any]:
        """The mapping with its own keys in camelCase."""
        spelt = {camel(key): content for key, content in value.items()}
        if len(spelt) < len(value):
            seen: dict[str, str] = {}
            first, twice = next((seen[camel(k)], k) for k in value if seen.setdefault(camel(k), k) != k)
            fix = f"Keep {' or '.join(sorted((first, twice), key=lambda n: '_' in n))}, and remove the other."
            raise refusal("SPEC024", f"{camel(twice)} is given in both spellings.", fix)
        if lacking := [name for name in self.required if name not in spelt]:
            fix = f"Add {' and '.join(lacking)}."
            raise refusal("SPEC026", f"{{field}} has no {' and no '.join(lacking)}.", fix)
        return spelt

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        spelt = [{"anyOf": [{"required": [camel(n)]}, {"required": [snake(n)]}]} for n in self.required]
        return {**handler(schema), **({"allOf": spelt} if spelt else {})}
