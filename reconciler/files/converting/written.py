"""The spec of a request as text, and what of the request it could not say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.dialects import DIALECTS
from reconciler.core.markers import RESERVED_LABEL_PREFIXES
from reconciler.core.model import Address, Json
from reconciler.files.converting.request import FoundRequest, NoPlace, NotLiteral, known_of, unknown_in
from reconciler.files.imported import dumped, indented
from reconciler.files.schema import BACKENDS, SPECS

_NAME_MAX = 63
_ORDER = ("baseModel", "preTunedModel", "tunedModelSource", "tunedModelDisplayName", "displayName", "description")


@dataclass(frozen=True, slots=True)
class ConvertedSpec:
    """One spec, and what is left for a person to do."""

    address: Address
    text: str
    notes: tuple[Diagnostic, ...]


def converted(request: FoundRequest, name: str, source: str) -> ConvertedSpec:
    """What the service alone answers is dropped; what no field stands for is told, and left out."""
    kind = next(kind for kind, backend in BACKENDS.items() if backend == request.service)
    body, dropped = _of_a_spec(kind, request)
    of_place = {"project": request.project, "location": request.location}
    spec: dict[str, Json] = {
        key: value for key, value in of_place.items() if value and not isinstance(value, NotLiteral)
    }
    unknown = [*unknown_in(of_place), *unknown_in(body)]
    known = known_of(body)
    spec |= {key: known[key] for key in (*_ORDER, *known) if key in known}
    own = {"dataFile": request.data_file, "existing": request.existing}
    if any(own.values()):
        spec["tuneform"] = {key: value for key, value in own.items() if value}
    head = {"apiVersion": "tuneform.dev/v1", "kind": kind, "metadata": {"name": name}}
    todo = "".join(f"  # TODO {field}: {value.why} ({_line(value)}).\n" for field, value in unknown)
    place = "standard input" if source == "-" else source
    made = f"# Converted by `tuneform convert` from {request.of} in {place}. Nothing was created.\n"
    text = f"{made}{dumped(head)}spec:\n{todo}{indented(dumped(spec)) if spec else ''}"
    address = Address(request.service, name)
    notes = [*(_todo(address, field, value) for field, value in unknown)]
    notes += [_left_out(address, one) for one in (*request.left_out, *dropped)]
    return ConvertedSpec(address, text if spec or todo else f"{text.rstrip()} {{}}\n", tuple(notes))


def names_for(requests: Sequence[FoundRequest], source: str, name: str = "") -> list[str]:
    """One each: what is asked for, the id, the display name, or that of the file; a number where two have one."""
    taken: set[str] = set()
    found = []
    for request in requests:
        shown = request.body.get(DIALECTS[request.service].display_name)
        stem = PurePath(source).stem if source != "-" else ""
        wanted = next(filter(None, map(_slug, (name, request.name, shown, stem))), "converted")
        tried, number = wanted, 2
        while f"{request.service}/{tried}" in taken:
            tried, number = f"{wanted}-{number}", number + 1
        taken.add(f"{request.service}/{tried}")
        found.append(tried)
    return found


def _slug(text: object) -> str:
    plain = text if isinstance(text, str) else ""
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[: _NAME_MAX - 4].strip("-")


def _of_a_spec(kind: str, request: FoundRequest) -> tuple[dict[str, Json], list[NoPlace]]:
    body: dict[str, Any] = {}
    dropped: list[NoPlace] = []
    for key, value in request.body.items():
        if key in SPECS[kind].answers or value in (None, "", {}):
            continue
        if key in DIALECTS[request.service].other_methods:
            dropped.append(NoPlace(key, "specs do not have this method", request.where))
        body[key] = _own_labels(value) if key == "labels" else _whole_numbers(value)
    return {key: value for key, value in body.items() if value != {}}, dropped


def _own_labels(labels: Json) -> Json:
    if not isinstance(labels, Mapping):
        return labels
    return {key: value for key, value in labels.items() if not str(key).startswith(RESERVED_LABEL_PREFIXES)}


def _whole_numbers(value: Json) -> Json:
    """An int64 of the wire is a text; a spec has the number."""
    if not isinstance(value, Mapping):
        return value
    counts = ("epochCount", "batchSize", "stepCount")
    return {
        key: int(inner) if key in counts and isinstance(inner, str) and inner.isdecimal() else _whole_numbers(inner)
        for key, inner in value.items()
    }


def _line(value: NotLiteral) -> str:
    return f"line {value.where.line}"


def _todo(address: Address, field: str, value: NotLiteral) -> Diagnostic:
    detail = f"{field}: {value.why}."
    fix = f"Write {field} into the spec, or leave it out where the service may decide."
    return run_diagnostic("RUN076", detail, severity=Severity.WARNING, fix=fix, where=value.where, address=str(address))


def _left_out(address: Address, one: NoPlace) -> Diagnostic:
    detail = f"{one.name}: {one.why}."
    fix = "Look whether the training needs it."
    return run_diagnostic("RUN077", detail, severity=Severity.WARNING, fix=fix, where=one.where, address=str(address))


def documents(specs: Sequence[ConvertedSpec]) -> str:
    """All of them as one stream."""
    return "---\n".join(spec.text for spec in specs)


def notes_of(specs: Sequence[ConvertedSpec]) -> Iterator[Diagnostic]:
    """What is left for a person."""
    for spec in specs:
        yield from spec.notes
