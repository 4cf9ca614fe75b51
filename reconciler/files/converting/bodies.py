"""Bodies of tuningJobs.create and tunedModels.create, in either spelling: in a file of their own or inside a script."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from reconciler.core.diagnostics import Location
from reconciler.core.dialects.gemini import GEMINI
from reconciler.core.dialects.vertex import VERTEX
from reconciler.core.model import Json
from reconciler.files.converting.request import FoundRequest, NotLiteral
from reconciler.files.yaml_spelling import camel

_METHODS: Final = frozenset((*(m.field for m in VERTEX.methods), *VERTEX.other_methods))
_FREE: Final = frozenset({"labels", "examples", "evaluationConfig"})
"""Below these, keys are the user's, or another part of the API's."""
_PARENT = re.compile(r"projects/([^/\s\"'?]+)(?:/locations/([^/\s\"'?]+))?")
_VARIABLE = re.compile(r"\$\{?\w+\}?|\$\(|\{\{|<[A-Z][A-Z0-9_ -]*>")
_OF_REWARDS = re.compile(r"\$\{\w{1,100}\}")
"""In rewards the others mean something: `{{references.KEY}}`, `<ANSWER>`, and a dollar in an expression."""
_REWARDS: Final = frozenset(field.rpartition(".")[2] for method in VERTEX.methods for field in method.rewards)
_DEEPEST, _MOST_TRIED = 40, 2_000


def in_camel(value: Json, depth: int = 0) -> Json:
    """Keys of the API in camelCase; what is free stays as it is."""
    if isinstance(value, Mapping) and depth < _DEEPEST:
        return {
            name: inner if name in _FREE else in_camel(inner, depth + 1)
            for name, inner in ((camel(str(key)), inner) for key, inner in value.items())
        }
    if isinstance(value, list) and depth < _DEEPEST:
        return [in_camel(inner, depth + 1) for inner in value]
    return value


def service_of(body: Json) -> str:
    """Whose create this is the body of, or ""."""
    if not isinstance(body, Mapping):
        return ""
    names = {camel(str(key)) for key in body}
    if names & _METHODS:
        return VERTEX.name
    return GEMINI.name if "tuningTask" in names else ""


def requests_in(value: Json, where: Location, *, told: str = "") -> Iterator[FoundRequest]:
    """The request that a JSON value is, or those that it is made of: a list, or a body in its envelope."""
    if isinstance(value, list):
        for inner in value:
            yield from requests_in(inner, where, told=told)
        return
    if not isinstance(value, Mapping):
        return
    service = service_of(value)
    if service:
        yield _request(service, in_camel(value), where, told)
        return
    names = {camel(str(key)): inner for key, inner in value.items()}
    inner = names.get("tuningJob", names.get("tunedModel"))
    if service_of(inner):
        parent = names.get("parent")
        (found,) = requests_in(inner, where, told=parent if isinstance(parent, str) else told)
        yield found


def _request(service: str, body: Mapping[str, Json], where: Location, told: str) -> FoundRequest:
    place = _PARENT.search(told)
    project, location = (place[1], place[2] or "") if place else ("", "")
    named = body.get("name")
    name = named.rpartition("/")[2] if isinstance(named, str) else ""
    existing = named if isinstance(named, str) and "state" in body else ""
    if existing and (of := _PARENT.match(existing)):
        project, location = of[1], of[2] or ""
    return FoundRequest(
        service,
        {key: _literal(inner, where) for key, inner in body.items() if key != "parent"},
        where,
        "a request",
        name="" if name.isdecimal() else name,
        project=_literal(project, where),
        location=_literal(location, where),
        existing=existing,
    )


def _literal(value: Json, where: Location, variable: re.Pattern[str] = _VARIABLE) -> Json:
    """What a shell or a template would still fill in is not known."""
    if isinstance(value, Mapping):
        return {
            key: _literal(inner, where, _OF_REWARDS if key in _REWARDS else variable) for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_literal(inner, where, variable) for inner in value]
    found = variable.search(value) if isinstance(value, str) else None
    return NotLiteral(f"{found[0]} is filled in elsewhere", where) if found else value


def requests_in_text(text: str, path: str) -> list[FoundRequest]:
    """Those whose JSON stands somewhere in a text, such as a script that calls curl; its address says the place."""
    told = next((m[0] for m in re.finditer(r"projects/\S+?/locations/[^/\s\"']+/tuningJobs", text)), "")
    for candidate in (text, text.replace('\\"', '"')):
        found = list(_scanned(candidate, path, told))
        if found:
            return found
    return []


def _scanned(text: str, path: str, told: str) -> Iterator[FoundRequest]:
    decoder = json.JSONDecoder()
    at, tried = text.find("{"), 0
    while at >= 0 and tried < _MOST_TRIED:
        tried += 1
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at = text.find("{", at + 1)
            continue
        line = text.count("\n", 0, at) + 1
        yield from requests_in(value, Location(path, line, at - text.rfind("\n", 0, at)), told=told)
        at = text.find("{", end)
