"""Questions that the rules of every format ask about a decoded object."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from reconciler.datasets.findings import Breach
from reconciler.datasets.lexical import kind_of, shorten
from reconciler.datasets.spelling import camel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.datasets.findings import Path


_LONGEST_KEY = 100
"""Characters of a key that are compared with the fields there are: difflib's time grows with their square."""


def is_blank(text: object) -> bool:
    """Whether it is a text with nothing to see in it."""
    return isinstance(text, str) and (not text or text.isspace())


def list_at(value: Mapping[str, Any], key: str) -> list[Any]:
    """The list under that key; empty when it is missing or something else."""
    found = value.get(key)
    return found if isinstance(found, list) else []


def object_at(value: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The object under that key; empty when it is missing or something else."""
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def objects(values: list[Any]) -> list[dict[str, Any]]:
    """Those that are objects."""
    return [value for value in values if isinstance(value, dict)]


def wrong_type(path: Path, expected: str, value: object) -> Breach:
    """A value of another type than the API's."""
    return Breach("DATA305", path, f"It is {kind_of(value)}, not {expected}.")


def unknown_fields(value: Mapping[str, Any], known: frozenset[str], path: Path) -> Iterator[Breach]:
    """Keys that the API does not have, with the one that was probably meant."""
    for key in value:
        if key in known or camel(key) in known:
            continue
        if key == "weight":
            yield Breach("DATA307", (*path, key))
        elif key == "references" and not path:
            yield Breach("DATA308", (*path, key))
        else:
            yield Breach("DATA306", (*path, key), partial(did_you_mean, key, known))


def did_you_mean(key: str, known: frozenset[str]) -> str:
    """That the key is none of those known, and which one was probably meant."""
    # Only a mistake needs it, and its import costs more than the check of a small file.
    import difflib

    near = difflib.get_close_matches(key[:_LONGEST_KEY], sorted(known), n=1)
    named = f'"{shorten(key)}" is not a field here.'
    return f'{named} Did you mean "{near[0]}"?' if near else named
