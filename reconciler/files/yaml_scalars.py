"""Plain scalars by the core schema of YAML 1.2 (chapter 10.3.2 of its specification)."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Final

_WORDS: Final[dict[str, bool | None]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_MAX_DIGITS = 300  # past the range of a double, and far below where int() refuses


_LEAST, _MOST = -(2**63), 2**64 - 1
"""Of whole numbers: what fits 64 bits, with or without a sign. Other programs round what is longer."""


class UnusableNumberError(ValueError):
    """A number by its form, but not one that JSON can carry."""


@lru_cache(maxsize=4096)
def plain_value(text: str) -> bool | float | str | None:
    """The value of an unquoted scalar; an int is among the floats here, as numbers go.

    Raise UnusableNumberError for what is not finite, or has more digits than a double can follow.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "0123456789+-.":
        return _number(text)
    return text


def _number(text: str) -> float | str:
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        return _finite(float(text))
    if _NOT_FINITE.fullmatch(text):
        raise UnusableNumberError(text)
    return text


def _integer(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise UnusableNumberError(text)
    # A leading zero is no octal number in YAML 1.2: int("0123") is 123, as it must be.
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    value = int(text, base)
    if not _LEAST <= value <= _MOST:
        raise UnusableNumberError(text)
    return value


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise UnusableNumberError(str(value))
    return value
