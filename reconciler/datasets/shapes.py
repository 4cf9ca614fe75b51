"""What the published definitions say that a field of an example may hold.

shapes.json is cut out of the discovery documents by tests/datasets/cut_shapes.py and never edited by hand. A field's
type there is a short text: a scalar (`string`, `int64`, `duration` …), a message's name, `[T]` a list, `{T}` a map,
`<A|B>` one of these names, `<A|B=7>` where the number of one is not its place.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Shape:
    """One field's type. `kind` is list, map, enum, message, any, or the name of a scalar."""

    kind: str
    message: str = ""
    item: Shape | None = None
    values: tuple[str, ...] = ()
    numbers: frozenset[int] = frozenset()
    """Of an enum's names: their places, but where the protos say otherwise."""


@cache
def _raw() -> Mapping[str, Mapping[str, str]]:
    text = resources.files(__package__).joinpath("shapes.json").read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, str]] = json.loads(text)["schemas"]
    return found


@cache
def fields_of(message: str) -> Mapping[str, Shape]:
    """The fields of a message of the API by their names in JSON."""
    return {name: parse_shape(text) for name, text in _raw()[message].items()}


@cache
def parse_shape(text: str) -> Shape:
    """The parsed form of a type text."""
    if text[0] in "[{":
        return Shape("list" if text[0] == "[" else "map", item=parse_shape(text[1:-1]))
    if text[0] == "<":
        return _enum(text[1:-1].split("|"))
    return Shape("message", text) if text[0].isupper() else Shape(text)


def _enum(written: list[str]) -> Shape:
    """Of `NAME`, or `NAME=7` where its number is not its place."""
    pairs = [name.partition("=")[::2] for name in written]
    numbers = frozenset(int(number) if number else place for place, (_, number) in enumerate(pairs))
    return Shape("enum", values=tuple(name for name, _ in pairs), numbers=numbers)


def json_name(key: str) -> str:
    """The JSON spelling of a field's name in either spelling."""
    if "_" not in key:
        return key
    head, *rest = key.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in rest)


def misfit(value: object, shape: Shape) -> str:
    """What a scalar of that type is, for people; "" where the value is one as JSON of protocol buffers has it."""
    if shape.kind == "enum":
        is_number = isinstance(value, int) and not isinstance(value, bool) and value in shape.numbers
        return "" if is_number or value in shape.values else "one of the names that the API has"
    fits, words = _SCALARS[shape.kind]
    return "" if fits(value) else words


def _integers(bits: int, *, signed: bool = True) -> Callable[[object], bool]:
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)

    def fits(value: object) -> bool:
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,20}", value):
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high

    return fits


def _reals(largest: float) -> Callable[[object], bool]:
    def fits(value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return False
        try:
            return value in ("NaN", "Infinity", "-Infinity") or abs(float(value)) <= largest
        except (ValueError, OverflowError):
            return False

    return fits


def _is_text_like(pattern: str) -> Callable[[object], bool]:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _is_base64(value: object) -> bool:
    if not isinstance(value, str):
        return False
    bare = value.rstrip("=")
    return len(value) - len(bare) <= 2 and len(bare) % 4 != 1 and re.fullmatch(r"[A-Za-z0-9+/_-]*", bare) is not None


_SCALARS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "string": (lambda value: isinstance(value, str), "a text"),
    "bool": (lambda value: isinstance(value, bool) or value in ("true", "false"), "true or false"),
    "int32": (_integers(32), "a whole number of 32 bits"),
    "int64": (_integers(64), "a whole number"),
    "float": (_reals(3.4028236e38), "a number"),
    "double": (_reals(sys.float_info.max), "a number"),
    "bytes": (_is_base64, "a text in base64"),
    "duration": (_is_text_like(r"-?[0-9]{1,12}(\.[0-9]{1,9})?s"), 'a duration as "3.5s"'),
    "timestamp": (_is_text_like(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)"), "a time"),
}
