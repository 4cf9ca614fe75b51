"""What several fields of a mapping say together: one of a pair too many or too few, a range that is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic
from reconciler.files.fields import fields_of, has_rules
from reconciler.files.schema.base import OneOf, Part
from reconciler.files.schema.gate import BOUND_NEEDS, PROMPT_NEEDS, BoundPart, PromptPart
from reconciler.files.yaml_spelling import camel, snake
from reconciler.files.yaml_tree import Document

Steps: TypeAlias = tuple[str | int, ...]
"""The way to a value: keys and positions."""


def mistakes_between_fields(part: type[Part], document: Document, value: Any, path: Steps) -> Iterator[Diagnostic]:
    """Each of them, in this mapping and below."""
    if not isinstance(value, dict):
        return
    for rule in part.alternatives:
        yield from _one_of(rule, document, value, path)
    if part is PromptPart and _lacks_all(PROMPT_NEEDS, value):
        fix = "Add contains, with a text, or matches, with a regular expression."
        yield spec_error("SPEC026", document.place(path), "The prompt says nothing about its answer.", fix)
    if part.some and _lacks_all(OneOf(part.some), value):
        detail = f"{_owner(path)} has {_none_of(part.some)}."
        yield spec_error("SPEC026", document.place(path, of_key=True), detail, "Add one of them.")
    if part is BoundPart:
        yield from _bounds(document, value, path)
    for name, known in fields_of(part).items():
        if known.part is None or not has_rules(known.part):
            continue
        key = name if name in value else snake(name)
        for step, below in _below(value.get(key), known.many):
            yield from mistakes_between_fields(known.part, document, below, (*path, key, *step))


def _below(value: Any, many: type[Any] | None) -> Iterator[tuple[Steps, Any]]:
    if many is None:
        yield (), value
    elif many is list and isinstance(value, list):
        yield from (((i,), item) for i, item in enumerate(value))
    elif many is dict and isinstance(value, dict):
        yield from (((key,), item) for key, item in value.items())


def _one_of(rule: OneOf, document: Document, value: Mapping[str, Any], path: Steps) -> Iterator[Diagnostic]:
    given = [name for name in rule.fields if _is_given(name, value)]
    owner = _owner(path)
    if len(given) > 1:
        where = document.place((*path, given[1]), of_key=True)
        detail = f"{owner} has {' and '.join(given)}."
        yield spec_error("SPEC031", where, detail, f"Keep one of them: {', '.join(given)}.")
    elif rule.is_required and not given:
        detail = f"{owner} has {_none_of(rule.fields)}."
        yield spec_error("SPEC026", document.place(path, of_key=True), detail, "Add one of them.")


def _none_of(names: Sequence[str]) -> str:
    """Of three or more a list: nobody reads a chain of `nor`."""
    return f"neither {names[0]} nor {names[1]}" if len(names) == 2 else f"none of {', '.join(names)}"


def _owner(path: Steps) -> str:
    return end_of(tuple(camel(s) if isinstance(s, str) else s for s in path))


def _lacks_all(rule: OneOf, value: Mapping[str, Any]) -> bool:
    return not any(_is_given(name, value) for name in rule.fields)


def _is_given(name: str, value: Mapping[str, Any]) -> bool:
    return value.get(name) is not None or value.get(snake(name)) is not None


def _bounds(document: Document, value: Mapping[str, Any], path: Steps) -> Iterator[Diagnostic]:
    least, most = value.get("min"), value.get("max")
    if _lacks_all(BOUND_NEEDS, value):
        fix = "Add min or max, or against: incumbent."
        yield spec_error("SPEC026", document.place(path, of_key=True), "The metric has no limit.", fix)
    elif isinstance(least, int | float) and isinstance(most, int | float) and least > most:
        detail = f"min is {least:g} and max is {most:g}: no value is between them."
        yield spec_error("SPEC028", document.place((*path, "min")), detail, "Exchange or change them.")


def dotted(steps: Steps) -> str:
    """`spec.allow[3]`."""
    return "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps).removeprefix(".")


def end_of(steps: Steps) -> str:
    """The last name, with its position in a list: `allow[3]`."""
    start = next((i for i in range(len(steps) - 1, -1, -1) if isinstance(steps[i], str)), 0)
    return dotted(steps[start:])
