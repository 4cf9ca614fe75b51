"""The functions of CEL that JSON has use for: what they take, what they make, and how."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import re2

from reconciler.policy.shapes import ValueKind
from reconciler.policy.terms import ExpressionError
from reconciler.policy.values import in_range

_TEXT, _LENGTH, _TIME = ValueKind.TEXT, ValueKind.LENGTH, ValueKind.TIME
_NUMBERS: Final = (ValueKind.INT, ValueKind.DOUBLE)
_PATTERN_BYTES: Final = 1 << 20
"""Memory of a compiled pattern; RE2 takes no longer than the text is long."""


@dataclass(frozen=True, slots=True)
class KnownFunction:
    """`takes` are the kinds that each argument may be of. Called as a method, the first stands before the dot."""

    takes: tuple[tuple[ValueKind, ...], ...]
    makes: ValueKind
    call: Callable[..., Any]
    is_method: bool = False
    is_plain: bool = True
    shown: str = ""


def pattern(text: str, at: int) -> Any:
    """A compiled regular expression of RE2."""
    try:
        return _compiled(text)
    except re2.error as exc:
        said = exc.args[0] if exc.args else ""
        why = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        raise ExpressionError(f"It is no regular expression of RE2: {why}.", at, "Correct the pattern.") from exc


@lru_cache(maxsize=64)
def _compiled(text: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _PATTERN_BYTES
    return re2.compile(text, options)


def _int(value: Any) -> int:
    if isinstance(value, str):
        if not re.fullmatch(r"-?[0-9]{1,19}", value):
            raise ValueError
        return int(value)
    if isinstance(value, datetime):
        return int(value.timestamp())
    return int(value)


def _double(value: Any) -> float:
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,400}(\.[0-9]{0,400})?([eE][+-]?[0-9]{1,3})?", value):
        raise ValueError
    return float(value)


def _string(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case timedelta():
            return f"{value.total_seconds():g}s"
        case float():
            return f"{value:.17g}" if float(f"{value:g}") != value else f"{value:g}"
        case _:
            return str(value)


def _bool(value: bool | str) -> bool:
    if isinstance(value, bool):
        return value
    if value not in ("true", "false"):
        raise ValueError
    return value == "true"


def _timestamp(value: str | datetime) -> datetime:
    if isinstance(value, datetime):
        return value
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", value):
        raise ValueError
    return datetime.fromisoformat(value).astimezone(UTC)


_UNITS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}


def _duration(value: str | timedelta) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if not re.fullmatch(r"-?(\d{1,12}(\.\d{1,9})?(h|ms|m|s|us|ns))+", value):
        raise ValueError
    parts = re.findall(r"([\d.]+)(h|ms|m|s|us|ns)", value)
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    return timedelta(seconds=-seconds if value.startswith("-") else seconds)


def _of_time(of_time: Callable[[datetime], int], of_length: Callable[[float], float] | None = None) -> KnownFunction:
    def read(value: datetime | timedelta) -> int:
        if isinstance(value, datetime):
            return of_time(value)
        return int(of_length(value.total_seconds())) if of_length is not None else 0

    kinds = (_TIME,) if of_length is None else (_TIME, _LENGTH)
    return KnownFunction((kinds,), ValueKind.INT, read, is_method=True, is_plain=False)


def _about_text(call: Callable[[str, str], bool], *, is_plain: bool = False) -> KnownFunction:
    return KnownFunction(((_TEXT,), (_TEXT,)), ValueKind.BOOL, call, is_method=True, is_plain=is_plain)


FUNCTIONS: Final[Mapping[str, KnownFunction]] = {
    "size": KnownFunction(((_TEXT, ValueKind.LIST, ValueKind.MAPPING),), ValueKind.INT, len, is_method=True),
    "contains": _about_text(lambda text, part: part in text),
    "startsWith": _about_text(lambda text, part: text.startswith(part)),
    "endsWith": _about_text(lambda text, part: text.endswith(part)),
    "matches": _about_text(lambda text, wanted: pattern(wanted, 0).search(text) is not None, is_plain=True),
    "int": KnownFunction(((*_NUMBERS, _TEXT, _TIME),), ValueKind.INT, _int),
    "double": KnownFunction(((*_NUMBERS, _TEXT),), ValueKind.DOUBLE, _double),
    "string": KnownFunction(((*_NUMBERS, ValueKind.BOOL, _TEXT, _TIME, _LENGTH),), _TEXT, _string),
    "bool": KnownFunction(((ValueKind.BOOL, _TEXT),), ValueKind.BOOL, _bool),
    "timestamp": KnownFunction(((_TEXT, _TIME),), _TIME, _timestamp, shown="2026-12-24T00:00:00Z"),
    "duration": KnownFunction(((_TEXT, _LENGTH),), _LENGTH, _duration, shown="72h"),
    "getFullYear": _of_time(lambda time: time.year),
    "getMonth": _of_time(lambda time: time.month - 1),
    "getDate": _of_time(lambda time: time.day),
    "getDayOfMonth": _of_time(lambda time: time.day - 1),
    "getDayOfWeek": _of_time(lambda time: time.isoweekday() % 7),
    "getDayOfYear": _of_time(lambda time: time.timetuple().tm_yday - 1),
    "getHours": _of_time(lambda time: time.hour, lambda seconds: seconds / 3600),
    "getMinutes": _of_time(lambda time: time.minute, lambda seconds: seconds / 60),
    "getSeconds": _of_time(lambda time: time.second, lambda seconds: seconds),
    "getMilliseconds": _of_time(lambda time: time.microsecond // 1000, lambda seconds: seconds * 1000),
}
"""Days and months are counted from 0 as in CEL, but for getDate; a week begins with Sunday, 0. Times are in UTC."""


def called(name: str, arguments: Sequence[Any], at: int) -> Any:
    """The value of a function that takes these."""
    function = FUNCTIONS[name]
    try:
        return in_range(function.call(*arguments), at)
    except (ValueError, OverflowError):
        detail = f"{name} cannot read {_shortened(arguments[0])}."
        raise ExpressionError(detail, at, f'Write it like "{function.shown}".' if function.shown else "") from None


def _shortened(value: Any) -> str:
    text = str(value)
    return f'"{text}"' if len(text) <= 60 else f'"{text[:60]}…"'
