"""JSON field by field: which fields of the reference the answer has right."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

_DEEPEST = 100
"""Levels. What is nested deeper is not read."""


@dataclass(frozen=True, slots=True)
class FieldResult:
    """Fields by name, each with how many of its values are right, wrong, missing, or in the answer alone.

    A name is the way to a value: `customer.city`, and `lines[].amount` for that of every element.
    """

    right: Counter[str]
    wrong: Counter[str]
    missing: Counter[str]
    extra: Counter[str]
    why: str = ""
    """Why the answer could not be read: then everything is missing."""

    @property
    def passed(self) -> bool:
        """Whether the answer is the reference, in any order of keys."""
        return not (self.why or self.wrong or self.missing or self.extra)

    @property
    def score(self) -> float:
        """The share that is right of all values of both."""
        right = self.right.total()
        every = right + self.wrong.total() + self.missing.total() + self.extra.total()
        return right / every if every else float(self.passed)


def compare_json(answer: str, reference: str) -> FieldResult:
    """The values of two texts in JSON (RFC 8259), by their place: `right` where type and value are the same.

    1 and 1.0 are the same number; true is none; text is compared as it is. The elements of an array are compared by
    position. An empty object or array is a value. A key twice, NaN, or words around the JSON make an answer
    unreadable: whoever consumes it could not read it, either. A reference that is unreadable is a mistake of the
    caller's.
    """
    wanted = dict(_leaves(read_json(reference)))
    try:
        got = dict(_leaves(read_json(answer)))
    except (ValueError, RecursionError) as exc:
        return FieldResult(Counter(), Counter(), _named(wanted), Counter(), _reason(exc))
    shared = wanted.keys() & got.keys()
    right = {place for place in shared if _is_same(wanted[place], got[place])}
    return FieldResult(
        _named(right), _named(shared - right), _named(wanted.keys() - shared), _named(got.keys() - shared)
    )


def is_readable(text: str) -> bool:
    """Whether it is one value in JSON, as `compare_json` reads it."""
    try:
        dict(_leaves(read_json(text)))
    except (ValueError, RecursionError):
        return False
    return True


def total(results: Iterable[FieldResult]) -> FieldResult:
    """Counts of several items together, for the table per field."""
    right, wrong, missing, extra = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for result in results:
        right += result.right
        wrong += result.wrong
        missing += result.missing
        extra += result.extra
    return FieldResult(right, wrong, missing, extra)


_Place = tuple[str | int, ...]


def read_json(text: str) -> Any:
    """One value in JSON. Raises ValueError or RecursionError where whoever consumes it could not read it."""
    return json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_refuse)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return read


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _reason(exc: Exception) -> str:
    return "it is nested too deep" if isinstance(exc, RecursionError) else str(exc)


def _leaves(value: Any, place: _Place = ()) -> Iterator[tuple[_Place, Any]]:
    if len(place) > _DEEPEST:
        raise RecursionError
    below: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        below = value.items()
    elif isinstance(value, list):
        below = enumerate(value)
    if not below or value in ({}, []):
        yield place, value
        return
    for key, child in below:
        yield from _leaves(child, (*place, key))


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def _named(places: Iterable[_Place]) -> Counter[str]:
    return Counter(map(_name, places))


def _name(place: _Place) -> str:
    name = "".join("[]" if isinstance(step, int) else f".{step}" for step in place)
    return name.removeprefix(".") or "."
