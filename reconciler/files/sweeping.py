"""From the spec of a sweep to those of its trials: documents that differ in a few values, checked as any other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any, Final

from reconciler.core.dialect import Dialect
from reconciler.core.dialects import DIALECTS
from reconciler.files.fields import fields_of
from reconciler.files.raw import raw_at, raw_text
from reconciler.files.schema import BACKENDS, SPECS
from reconciler.files.yaml_spelling import camel, snake
from reconciler.files.yaml_tree import Document, Path

SWEEP: Final = ("spec", "tuneform", "sweep")
SELECT: Final = ("spec", "tuneform", "select")
_NOT_OF_A_TRIAL: Final = ("sweep", "select", "gate", "serve")
"""What the spec says under `tuneform` of the sweep as a whole."""
_NAME_MAX: Final = 63


@dataclass(frozen=True, slots=True)
class SweptField:
    """A field that is swept: its key under `sweep`, the way to it in the spec, and its values."""

    key: str
    path: Path
    values: tuple[Any, ...]

    @property
    def name(self) -> str:
        """As the API has it."""
        return str(self.path[-1])


def is_sweep(kind: str, document: Document) -> bool:
    """Whether it has trials; of a service that copies no models `sweep` is an unknown field."""
    ours = fields_of(SPECS[kind])["tuneform"].part
    return ours is not None and SWEEP[-1] in fields_of(ours) and sweep_of(document.value) is not None


def sweep_of(value: Any) -> Mapping[Any, Any] | None:
    """What a document says it sweeps; None where it does not."""
    found = raw_at(value, *SWEEP)
    return found if isinstance(found, Mapping) and found else None


def fields_that_sweep(kind: str, document: Document) -> Mapping[str, Path]:
    """The ways to what may be swept: the base model, and the hyperparameters of the spec's method."""
    dialect = DIALECTS[BACKENDS[kind]]
    method = next((m for m in dialect.methods if raw_at(document.value, "spec", m.field) is not None), None)
    found: dict[str, Path] = {dialect.base_model: ("spec", dialect.base_model)}
    if method is None:
        return found
    part = fields_of(SPECS[kind])[method.field].part
    below = fields_of(part).get(_PARAMETERS) if part is not None else None
    names = fields_of(below.part) if below is not None and below.part is not None else {}
    return found | {name: ("spec", method.field, _PARAMETERS, name) for name in names}


_PARAMETERS: Final = "hyperParameters"


def swept_fields(kind: str, document: Document) -> list[SweptField]:
    """Those that are known and have values, in the order in which their names sort: it is part of no name."""
    known, found = fields_that_sweep(kind, document), []
    for key, values in (sweep_of(document.value) or {}).items():
        path = known.get(camel(key)) if isinstance(key, str) else None
        if path is not None and isinstance(values, list) and values:
            found.append(SweptField(str(key), path, tuple(values)))
    return sorted(found, key=lambda field: field.name)


def trials_wanted(fields: Sequence[SweptField]) -> int:
    """How many trainings that is."""
    return prod(len(field.values) for field in fields)


def first_of(document: Document, fields: Sequence[SweptField]) -> Document:
    """The sweep's own document, complete: with the first value of each field, which stands for all of them."""
    value = deepcopy(document.value)
    moved = [(field.path, (*SWEEP, field.key, 0)) for field in fields]
    for field in fields:
        _put(value, field.path, field.values[0])
    return replace(document, value=value, moved=tuple(moved))


def trials_of(kind: str, document: Document, fields: Sequence[SweptField]) -> Iterator[Document]:
    """One for each choice of values."""
    for positions in product(*(range(len(field.values)) for field in fields)):
        chosen = list(zip(fields, positions, strict=True))
        yield _trial(DIALECTS[BACKENDS[kind]], document, chosen)


def trial_name(name: str, chosen: Sequence[tuple[SweptField, int]]) -> str:
    """`router-ec2-lrm0-5`: of the values alone, so that another value beside them changes no name."""
    return "-".join((name, *(f"{_initials(field.name)}{_slug(field.values[at])}" for field, at in chosen)))


def _trial(dialect: Dialect, document: Document, chosen: Sequence[tuple[SweptField, int]]) -> Document:
    value = deepcopy(document.value)
    moved: list[tuple[Path, Path]] = [(field.path, (*SWEEP, field.key, at)) for field, at in chosen]
    for field, at in chosen:
        _put(value, field.path, field.values[at])
    ours = _mapping(value["spec"], "tuneform")
    gate = raw_at(ours, "select", "gate")
    for name in _NOT_OF_A_TRIAL:
        ours.pop(name, None)
    if isinstance(gate, Mapping):
        ours["gate"] = deepcopy(gate)
        moved.append((("spec", "tuneform", "gate"), (*SELECT, "gate")))
    _as_one_of_many(dialect, value, ours, chosen)
    return replace(document, value=value, moved=tuple(moved), is_trial=True)


def _as_one_of_many(
    dialect: Dialect, value: dict[str, Any], ours: dict[str, Any], chosen: Sequence[tuple[SweptField, int]]
) -> None:
    """Names of its own, and nobody is asked whether it serves: nothing of it does, but for the sweep."""
    metadata = value.get("metadata")
    name = raw_text(metadata, "name")
    if isinstance(metadata, dict) and name is not None:
        value["metadata"] = {**metadata, "name": trial_name(name, chosen)}
    shown = raw_text(value, "spec", dialect.display_name)
    if shown:
        _put(value, ("spec", dialect.display_name), trial_name(shown, chosen)[-dialect.display_name_max :])
    former = _key(ours, "formerNames")
    if isinstance(ours.get(former), list):
        ours[former] = [trial_name(old, chosen) if isinstance(old, str) else old for old in ours[former]]
    lifecycle = ours.get("lifecycle")
    if isinstance(lifecycle, dict):
        ours["lifecycle"] = {key: given for key, given in lifecycle.items() if key != "promote"}


def _put(value: Any, path: Path, given: Any) -> None:
    """Under the key that stands there, in either spelling; mappings that are missing are made."""
    at = value
    for step in path[:-1]:
        at = _mapping(at, str(step))
    if isinstance(at, dict):
        at[_key(at, str(path[-1]))] = given


def _mapping(value: Any, name: str) -> dict[str, Any]:
    """A mapping of its own below, which replaces nothing that is wrong there."""
    key = _key(value, name) if isinstance(value, dict) else name
    below = value.get(key) if isinstance(value, dict) else None
    if below is None and isinstance(value, dict):
        below = value[key] = {}
    return below if isinstance(below, dict) else {}


def _key(value: Mapping[str, Any], name: str) -> str:
    return snake(name) if snake(name) in value and name not in value else name


def _initials(name: str) -> str:
    return "".join(part[0] for part in snake(name).split("_"))


def _slug(value: Any) -> str:
    """Lower-case letters, digits and hyphens, as names have them."""
    text = "".join(c if c.isascii() and c.isalnum() else "-" for c in str(value).lower())
    return "-".join(part for part in text.split("-") if part)


def is_too_long(name: str) -> bool:
    """Whether no resource can have it as a label."""
    return len(name) > _NAME_MAX
