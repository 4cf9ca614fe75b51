"""What CEL does with values of JSON, times and lengths of time. Nothing is converted silently.

Source: the language definition at https://github.com/google/cel-spec, doc/langdef.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import NoneType
from typing import Any, Final

from reconciler.policy.shapes import ValueKind
from reconciler.policy.terms import ExpressionError

_LONGEST_TEXT: Final = 1_000_000
"""Characters of a text that an expression puts together."""
_INT64: Final = range(-(2**63), 2**63)
_KINDS: Final[Mapping[type[Any], ValueKind]] = {
    NoneType: ValueKind.NULL,
    bool: ValueKind.BOOL,
    int: ValueKind.INT,
    float: ValueKind.DOUBLE,
    str: ValueKind.TEXT,
    list: ValueKind.LIST,
    tuple: ValueKind.LIST,
    dict: ValueKind.MAPPING,
    datetime: ValueKind.TIME,
    timedelta: ValueKind.LENGTH,
}
_ORDERED: Final = frozenset({ValueKind.BOOL, ValueKind.TEXT, ValueKind.TIME, ValueKind.LENGTH})
ORDERINGS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def kind_of(value: Any) -> ValueKind:
    """Of a value that there is."""
    return _KINDS[type(value)]


def are_ordered(left: ValueKind, right: ValueKind) -> bool:
    """Whether one can be smaller than the other: numbers of both kinds can."""
    return (left.is_number and right.is_number) or (left is right and left in _ORDERED)


def compared(operator: str, left: Any, right: Any, at: int) -> bool:
    """`<` and its like."""
    if not are_ordered(kind_of(left), kind_of(right)):
        raise not_for(operator, left, right, at)
    return ORDERINGS[operator](left, right)


def is_equal(left: Any, right: Any, spend: Callable[[int], None]) -> bool:
    """Values of different kinds are different; 1 and 1.0 are not. `spend` is told of each list that is gone through."""
    kinds = kind_of(left), kind_of(right)
    if kinds[0] is not kinds[1]:
        return kinds[0].is_number and kinds[1].is_number and bool(left == right)
    if kinds[0] is ValueKind.LIST:
        spend(len(left))
        return len(left) == len(right) and all(is_equal(a, b, spend) for a, b in zip(left, right, strict=True))
    if kinds[0] is ValueKind.MAPPING:
        spend(len(left))
        return left.keys() == right.keys() and all(is_equal(value, right[key], spend) for key, value in left.items())
    return bool(left == right)


def is_in(item: Any, within: Any, at: int, spend: Callable[[int], None]) -> bool:
    """`a in b`: an item of a list, a key of a mapping."""
    match kind_of(within):
        case ValueKind.LIST:
            return any(is_equal(item, other, spend) for other in within)
        case ValueKind.MAPPING:
            return isinstance(item, str) and item in within
        case _:
            raise not_for("in", item, within, at)


ADDED: Final[Mapping[tuple[ValueKind, ValueKind], ValueKind]] = {
    (ValueKind.TEXT, ValueKind.TEXT): ValueKind.TEXT,
    (ValueKind.LIST, ValueKind.LIST): ValueKind.LIST,
    (ValueKind.TIME, ValueKind.LENGTH): ValueKind.TIME,
    (ValueKind.LENGTH, ValueKind.TIME): ValueKind.TIME,
    (ValueKind.LENGTH, ValueKind.LENGTH): ValueKind.LENGTH,
}
"""What `+` takes beside two numbers of one kind, and makes."""
SUBTRACTED: Final[Mapping[tuple[ValueKind, ValueKind], ValueKind]] = {
    (ValueKind.TIME, ValueKind.TIME): ValueKind.LENGTH,
    (ValueKind.TIME, ValueKind.LENGTH): ValueKind.TIME,
    (ValueKind.LENGTH, ValueKind.LENGTH): ValueKind.LENGTH,
}


def result_of(operator: str, left: ValueKind, right: ValueKind) -> ValueKind | None:
    """Of an operator between two kinds, None where it takes none of them."""
    if left is right and left.is_number and (operator != "%" or left is ValueKind.INT):
        return left
    return {"+": ADDED, "-": SUBTRACTED}.get(operator, {}).get((left, right))


def calculated(operator: str, left: Any, right: Any, at: int) -> Any:
    """`+ - * / %`."""
    kind = result_of(operator, kind_of(left), kind_of(right))
    if kind is None:
        raise not_for(operator, left, right, at)
    try:
        value = _CALCULATED[kind is ValueKind.INT, operator](left, right)
    except ZeroDivisionError:
        raise ExpressionError("Something is divided by zero.", at, "Ask first whether it is zero.") from None
    except OverflowError:
        raise ExpressionError("The result is beyond all times.", at) from None
    return in_range(value, at)


def in_range(value: Any, at: int) -> Any:
    """The value again; raise ExpressionError where it is beyond what may be."""
    if type(value) is int and value not in _INT64:
        raise ExpressionError("The result is beyond the whole numbers of CEL.", at, "Use double(…).")
    if type(value) is str and len(value) > _LONGEST_TEXT:
        raise ExpressionError(f"A text grows beyond {_LONGEST_TEXT:,} characters.", at)
    return value


def _divided(left: int, right: int) -> int:
    """Towards zero, exactly: a float would not hold it."""
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _ratio(left: float, right: float) -> float:
    """As IEEE 754 has it: nothing fails."""
    if right:
        return left / right
    sign = math.copysign(1, left) * math.copysign(1, right)
    return math.nan if not left or math.isnan(left) else sign * math.inf


_CALCULATED: Final[Mapping[tuple[bool, str], Callable[[Any, Any], Any]]] = {
    **dict.fromkeys([(True, "+"), (False, "+")], lambda a, b: a + b),
    **dict.fromkeys([(True, "-"), (False, "-")], lambda a, b: a - b),
    **dict.fromkeys([(True, "*"), (False, "*")], lambda a, b: a * b),
    (True, "/"): _divided,
    (False, "/"): _ratio,
    (True, "%"): lambda a, b: a - b * _divided(a, b),
}


def not_for(operator: str, left: Any, right: Any, at: int) -> ExpressionError:
    """An operator that takes none of these."""
    return ExpressionError(f"{operator} is not for {kind_of(left).value} and {kind_of(right).value}.", at, CONVERT)


CONVERT: Final = "Convert one of them: double(…), int(…) or string(…)."
