"""What is explained of one field of the schema, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldBelow:
    """A field of a mapping."""

    name: str
    takes: str
    sentence: str


@dataclass(frozen=True, slots=True)
class FieldPage:
    """`means` is what an edit does, "" where that is said nowhere; `below` are the fields of a mapping."""

    path: str
    kinds: tuple[str, ...]
    takes: str
    means: str
    sentence: str
    below: tuple[FieldBelow, ...] = ()
    example: str = ""
