"""From a recorded answer to its shape: the same keys in the same order, with made-up values of the same form."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d+))?Z")
_NAMES = re.compile(r"(?:projects|tunedModels|operations)/")
_MADE_UP = frozenset({"text", "textInput", "output"})
"""What people trained on. Titles stay: ids are made from them, which is a fact about the service."""
_BEGIN = datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)


def shape_of(answer: Any) -> Any:
    """Times keep their order and their digits, names the lengths of their parts: what sorts or parses still does."""
    times = {time: number for number, time in enumerate(sorted(set(_times_in(answer))))}
    return _shape(answer, "", times)


def _times_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for below in value.values():
            yield from _times_in(below)
    elif isinstance(value, list):
        for below in value:
            yield from _times_in(below)
    elif isinstance(value, str) and _TIME.fullmatch(value):
        yield value


def _shape(value: Any, key: str, times: dict[str, int]) -> Any:
    if isinstance(value, dict):
        return {name: _shape(below, name, times) for name, below in value.items()}
    if isinstance(value, list):
        return [_shape(below, key, times) for below in value]
    if not isinstance(value, str):
        return value
    return _text(value, key, times)


def _text(value: str, key: str, times: dict[str, int]) -> str:
    if value in times:
        return _time(value, times[value])
    if key in _MADE_UP:
        return f"Text {_letters(value, 6)}"
    if _NAMES.match(value):
        return "/".join(_part(part) for part in value.split("/"))
    return value


def _time(value: str, number: int) -> str:
    match = _TIME.fullmatch(value)
    digits = match.group(1) if match else None
    moment = (_BEGIN + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{moment}.{'123456789'[: len(digits)]}Z" if digits else f"{moment}Z"


def _part(part: str) -> str:
    """Of a resource's name: numbers stay as long as they are, ids of tuned models keep their form."""
    model, at, version = part.partition("@")
    if re.fullmatch(r"(tuning-experiment-)?\d{6,}", model):
        prefix = "tuning-experiment-" if model.startswith("tuning") else ""
        return f"{prefix}{_digits(model, len(model) - len(prefix))}{at}{version}"
    slug, dash, letters = part.rpartition("-")
    is_random = re.fullmatch(r"(?=.*\d)[a-z0-9]{12}", letters) is not None
    return f"{slug}{dash}{_letters(part, 12)}" if is_random else part


def _digits(value: str, length: int) -> str:
    number = int(hashlib.sha256(value.encode()).hexdigest(), 16)
    return f"1{str(number)[: length - 1]}"


def _letters(value: str, length: int) -> str:
    digest = hashlib.sha256(value.encode()).hexdigest()
    return "".join(chr(ord("a") + int(c, 16)) for c in digest)[:length]
