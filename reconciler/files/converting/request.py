"""One request to tune, as it was found in somebody's file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.core.diagnostics import Location
from reconciler.core.model import Json


@dataclass(frozen=True, slots=True)
class NotLiteral:
    """In the place of a value that the file alone does not tell: a call, a variable, what is read elsewhere."""

    why: str
    where: Location


@dataclass(frozen=True, slots=True)
class NoPlace:
    """A parameter that no field of a spec stands for."""

    name: str
    why: str
    where: Location


@dataclass(frozen=True, slots=True)
class FoundRequest:
    """The body that would be sent, in camelCase; a value may be a NotLiteral.

    `service` is the first half of the address, `name` what the spec may be called, `of` what it was made of, in words.
    `existing` is the job that was made with it, where the file says so, `data_file` local examples of the Gemini API.
    """

    service: str
    body: Mapping[str, Json]
    where: Location
    of: str
    name: str = ""
    project: Json = ""
    location: Json = ""
    existing: str = ""
    data_file: str = ""
    left_out: tuple[NoPlace, ...] = field(default=())


def unknown_in(value: Json, path: str = "") -> Iterator[tuple[str, NotLiteral]]:
    """Every value that is not known, with its dotted path."""
    if isinstance(value, NotLiteral):
        yield path, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from unknown_in(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from unknown_in(inner, f"{path}[{number}]")


def known_of(value: Json) -> Json:
    """The same without what is not known, and without what is empty because of that."""
    if isinstance(value, Mapping):
        kept = {key: known_of(inner) for key, inner in value.items() if not isinstance(inner, NotLiteral)}
        return {key: inner for key, inner in kept.items() if inner != {} or value[key] == {}}
    if isinstance(value, list):
        return [known_of(inner) for inner in value if not isinstance(inner, NotLiteral)]
    return value
