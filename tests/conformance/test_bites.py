"""It bites: one field renamed on the wire, wherever our adapters send it, does not go unnoticed."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from urllib.parse import parse_qsl, urlencode

import pytest

from reconciler.backends.base import BackendError
from reconciler.emulator import Request, Response
from tests.conformance.exchanges import Exchange, Recorder
from tests.conformance.life import Handle, Tale, lived

CHAPTERS = ("storage", "vertex", "gemini")
# What a user has made up is no field of the API.
FREE_FORM = {"labels"}
# Renaming these cannot be seen, and why.
HARMLESS: dict[str, str] = {}
RENAMED = "Renamed"


@dataclass(frozen=True, slots=True, order=True)
class Field:
    """One place where a field is sent: in a body, by its keys from the outside in, or in the query."""

    method: str
    keys: tuple[str, ...]
    is_query: bool = False

    def __str__(self) -> str:
        return f"{self.method}{'?' if self.is_query else '.'}{'.'.join(self.keys)}"


@dataclass
class Renaming:
    """Stands between adapter and emulator and renames one field in every request that has it."""

    handle_next: Handle
    field: Field
    times: int = 0

    def handle(self, request: Request) -> Response:
        """Hand on, renamed."""
        if method_of(request) == self.field.method:
            request = self._renamed(request)
        return self.handle_next(request)

    def _renamed(self, request: Request) -> Request:
        (*outer, last) = self.field.keys
        if self.field.is_query:
            pairs = [(k + RENAMED if k == last else k, v) for k, v in parse_qsl(request.query, keep_blank_values=True)]
            changed = replace(request, query=urlencode(pairs))
        else:
            changed = replace(request, body=in_json(request.body, lambda body: _rename(body, outer, last)))
        self.times += changed != request
        return changed


def _rename(value: object, outer: list[str], last: str) -> None:
    if isinstance(value, list):
        for item in value:
            _rename(item, outer, last)
    elif isinstance(value, dict) and outer:
        _rename(value.get(outer[0]), outer[1:], last)
    elif isinstance(value, dict) and last in value:
        value[last + RENAMED] = value.pop(last)


def in_json(body: bytes, change: Callable[[object], None]) -> bytes:
    """The body with its JSON changed: all of it, or the first part of a multipart upload."""
    start, end = json_of(body)
    if start < 0:
        return body
    value = json.loads(body[start:end])
    change(value)
    return body[:start] + json.dumps(value).encode() + body[end:]


def json_of(body: bytes) -> tuple[int, int]:
    """Where in a body its JSON object stands; (-1, -1) where there is none."""
    if body.startswith(b"{"):
        return 0, len(body)
    if body.startswith(b"--"):
        start = body.find(b"\r\n\r\n") + 4
        return start, body.find(b"\r\n--", start)
    return -1, -1


def method_of(request: Request) -> str:
    """Which method, by the names of collections: `vertex.PATCH models`, `vertex.POST tuningJobs:cancel`."""
    surface = Exchange(request, 0, {}, b"").surface
    path = re.sub(r"^.*?/(?=projects/|tunedModels|b/)", "", request.path)
    words, _, verb = path.partition(":")
    names = "/".join(words.split("/")[::2][-2:])
    named = names.removeprefix("locations/").removeprefix("b/") if surface != "gemini" else names
    return f"{surface}.{request.method} {named}{':' + verb if verb else ''}"


def fields_of(exchange: Exchange) -> set[Field]:
    """Every field that a request has."""
    method = method_of(exchange.request)
    start, end = json_of(exchange.request.body)
    keys = keys_of(json.loads(exchange.request.body[start:end])) if start >= 0 else set()
    query = {k for k, _ in parse_qsl(exchange.request.query, keep_blank_values=True)}
    return {Field(method, path) for path in keys} | {Field(method, (name,), is_query=True) for name in query}


def keys_of(value: object, at: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """The keys in a body, with those above them; a list's items count as one."""
    found: set[tuple[str, ...]] = set()
    if isinstance(value, list):
        for item in value:
            found |= keys_of(item, at)
    elif isinstance(value, dict) and not (at and at[-1] in FREE_FORM):
        for key, item in value.items():
            found |= {(*at, key)} | keys_of(item, (*at, key))
    return found


@cache
def as_it_is(chapter: str) -> tuple[Tale, tuple[Field, ...]]:
    """The tale with nothing renamed, and every field that was sent."""
    recorders: list[Recorder] = []

    def wrap(handle: Handle) -> Handle:
        recorders.append(Recorder(handle))
        return recorders[0].handle

    tale = lived(wrap, (chapter,))
    return tale, tuple(sorted({f for e in recorders[0].published for f in fields_of(e)}))


def noticed(chapter: str, field: Field) -> str:
    """How a renamed field comes out: an error's text, the first thing that is told otherwise, or "" for not at all."""
    renamings: list[Renaming] = []

    def wrap(handle: Handle) -> Handle:
        renamings.append(Renaming(handle, field))
        return renamings[0].handle

    try:
        tale = lived(wrap, (chapter,))
    except (BackendError, AssertionError) as error:
        return str(error) or type(error).__name__
    assert renamings[0].times, f"{field} was never sent"
    before, _ = as_it_is(chapter)
    return next((f"{told[0]} is another" for told, was in zip(tale, before, strict=True) if told != was), "")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_life_tells_the_same_tale_twice(chapter: str) -> None:
    first, _ = as_it_is(chapter)

    assert lived(lambda handle: handle, (chapter,)) == first


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_field_can_be_renamed_unnoticed(chapter: str, figure: Callable[[str], None]) -> None:
    _, fields = as_it_is(chapter)

    unnoticed = {str(f) for f in fields if not noticed(chapter, f)}

    assert unnoticed == {name for name in HARMLESS if name.startswith(f"{chapter}.")} & {str(f) for f in fields}
    methods: dict[str, int] = defaultdict(int)
    for field in fields:
        methods[field.method] += 1
    figure(
        f"fields renamed one by one, {chapter:<8}{len(fields):>11} in {len(methods)} methods, {len(unnoticed)} harmless"
    )


def test_the_lives_send_what_there_is_to_send() -> None:
    methods = {field.method for chapter in CHAPTERS for field in as_it_is(chapter)[1]}

    assert methods >= {
        "storage.POST o",
        "storage.GET o",
        "vertex.POST tuningJobs",
        "vertex.GET tuningJobs",
        "vertex.PATCH models",
        "vertex.PATCH endpoints",
        "vertex.POST endpoints:undeployModel",
        "vertex.POST endpoints:streamGenerateContent",
        "gemini.POST tunedModels",
        "gemini.PATCH tunedModels",
        "gemini.POST tunedModels:streamGenerateContent",
    }
