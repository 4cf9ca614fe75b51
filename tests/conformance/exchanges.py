"""A recorder around the emulator: keeps every exchange, and says what in it is not as published."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

from reconciler.emulator import Request, Response
from tests.conformance import discovery, protos

Json = dict[str, Any]

_RPC_NAMES = {
    400: {"INVALID_ARGUMENT", "FAILED_PRECONDITION", "OUT_OF_RANGE"},
    401: {"UNAUTHENTICATED"},
    403: {"PERMISSION_DENIED"},
    404: {"NOT_FOUND"},
    409: {"ALREADY_EXISTS", "ABORTED"},
    413: {"INVALID_ARGUMENT"},
    429: {"RESOURCE_EXHAUSTED"},
    499: {"CANCELLED"},
    500: {"INTERNAL", "UNKNOWN", "DATA_LOSS"},
    501: {"UNIMPLEMENTED"},
    503: {"UNAVAILABLE"},
    504: {"DEADLINE_EXCEEDED"},
}
_STORAGE_ROOTS = ("/storage/v1/", "/upload/storage/v1/", "/download/storage/v1/", "/resumable/upload/storage/v1/")
NO_JSON = "is no JSON"
# Query parameters of every method, which each document lists under another name or not at all.
_STANDARD = {"alt", "$alt", "fields", "prettyPrint", "key", "uploadType", "upload_id"}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request with its answer, read whole."""

    request: Request
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def surface(self) -> str:
        """vertex, gemini, storage, or emulator for what is nobody's published API."""
        path = self.request.path
        if path.startswith("/_emulator"):
            return "emulator"
        if path.startswith(_STORAGE_ROOTS):
            return "storage"
        return "vertex" if re.match(r"/(v1|v1beta1|ui)/projects/", path) else "gemini"

    @property
    def is_published(self) -> bool:
        """Whether it belongs to one of Google's services."""
        return self.surface != "emulator"

    def __str__(self) -> str:
        query = f"?{self.request.query}" if self.request.query else ""
        return f"{self.request.method} {self.request.path}{query} -> {self.status}"


@dataclass
class Recorder:
    """Stands where `Emulator.handle` stands, and keeps what passed."""

    handle_next: Callable[[Request], Response]
    exchanges: list[Exchange] = field(default_factory=list)

    def handle(self, request: Request) -> Response:
        """Answer and remember. What is raised (a cut connection) is nobody's answer and is not kept."""
        response = self.handle_next(request)
        body = b"".join(response.chunks)
        headers = {name.lower(): value for name, value in response.headers}
        self.exchanges.append(Exchange(request, response.status, headers, body))
        # A stream stays a stream: in pieces, and without a length.
        chunks = [body] if "content-length" in headers else [body[: len(body) // 2], body[len(body) // 2 :]]
        return Response(response.status, response.headers, chunks)

    @property
    def published(self) -> list[Exchange]:
        """The exchanges of Google's own services."""
        return [e for e in self.exchanges if e.is_published]

    def answer_violations(self) -> list[str]:
        """What the emulator said that the published definitions do not allow."""
        return [f"{e}: {v}" for e in self.published for v in answer_violations(e)]

    def request_violations(self) -> list[str]:
        """What was asked that the published definitions do not allow."""
        return [f"{e}: {v}" for e in self.published for v in request_violations(e)]


def answer_violations(exchange: Exchange) -> Iterator[str]:
    """Every way in which an answer is not as published."""
    if exchange.status >= 400:
        yield from _error_violations(exchange)
    elif exchange.status in (204, 304, 308) or _is_media(exchange):
        return
    elif exchange.request.method == "POST" and "uploadType=resumable" in exchange.request.query:
        if exchange.body or "upload_id=" not in exchange.headers.get("location", ""):
            yield "opens no session: it has a body, or no address to send the pieces to"
    elif not exchange.headers.get("content-type", "").startswith(("application/json", "text/event-stream")):
        yield f"is sent as {exchange.headers.get('content-type')!r}"
    else:
        try:
            bodies = _bodies(exchange)
        except json.JSONDecodeError:
            yield NO_JSON
            return
        for body in bodies:
            yield from _checked(exchange, body)


def request_violations(exchange: Exchange) -> Iterator[str]:
    """Every way in which a request is not as published: fields, types, and names in the query."""
    request = exchange.request
    if exchange.surface == "gemini":
        found = protos.method_of(request.method, _unversioned(exchange))
        if found is None:
            yield "no such method"
            return
        body = json.loads(request.body or b"{}")
        yield from protos.request_violations(*found, body)
        return
    method = _discovered(exchange)
    if method is None:
        yield "no such method"
        return
    yield from (f"no query parameter {q!r}" for q in parse_qs(request.query) if q not in method.query | _STANDARD)
    if exchange.surface == "vertex" and request.body:
        how = discovery.Body(is_answer=False)
        body = json.loads(request.body)
        yield from discovery.violations(method.document, method.body, body, how) if method.body else ()


def field_paths(exchange: Exchange) -> list[tuple[str | int, ...]]:
    """Where in its JSON body a request has a field, outermost first."""
    text = exchange.request.body
    return list(_paths(json.loads(text), ())) if text[:1] == b"{" else []


def _paths(value: object, at: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    entries: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in entries:
        if isinstance(key, str):
            yield (*at, key)
        yield from _paths(item, (*at, key))


def _checked(exchange: Exchange, body: Json) -> Iterator[str]:
    if exchange.surface == "gemini":
        found = protos.method_of(exchange.request.method, _unversioned(exchange))
        if found is None:
            yield "answers a method that the API does not have"
        elif "enum-encoding" not in exchange.request.query:
            yield from protos.answer_violations(*found, body)
        return
    method = _discovered(exchange)
    if method is None:
        yield "answers a method that the API does not have"
        return
    if "fields" in parse_qs(exchange.request.query):
        return
    how = discovery.Body(is_answer=True, has_numbers_for_enums="enum-encoding" in exchange.request.query)
    yield from discovery.violations(method.document, method.answer, body, how)


def _discovered(exchange: Exchange) -> discovery.Method | None:
    verb, path = exchange.request.method, exchange.request.path.lstrip("/")
    if exchange.surface == "vertex":
        version, _, rest = path.partition("/")
        if version == "ui":
            # Where google-cloud-aiplatform asks for operations, whichever version has begun them.
            version = "v1beta1" if b".v1beta1." in exchange.body else "v1"
        return discovery.method_of(f"aiplatform.{version}", verb, unquote(f"{version}/{rest}"))
    inner = path[path.index("storage/v1/") :]
    # A session is continued and given up at the address it was opened at.
    verb = "POST" if "upload_id=" in exchange.request.query else verb
    return discovery.method_of(discovery.STORAGE, verb, inner)


def _unversioned(exchange: Exchange) -> str:
    return unquote(exchange.request.path.lstrip("/").partition("/")[2])


def _bodies(exchange: Exchange) -> list[Json]:
    """One body, or all parts of a stream in either of its forms."""
    text = exchange.body.decode()
    if exchange.headers["content-type"].startswith("text/event-stream"):
        return [json.loads(part.removeprefix("data: ")) for part in text.split("\r\n\r\n") if part]
    found = json.loads(text)
    return found if isinstance(found, list) else [found]


def _is_media(exchange: Exchange) -> bool:
    return exchange.surface == "storage" and "alt=media" in exchange.request.query


def _error_violations(exchange: Exchange) -> Iterator[str]:
    content_type = exchange.headers.get("content-type", "")
    if content_type.startswith("text/html") or _is_media(exchange):
        return
    found = json.loads(exchange.body)
    body = found[0] if isinstance(found, list) else found
    error = body.get("error", {})
    if set(body) != {"error"} or error.get("code") != exchange.status or not error.get("message"):
        yield f"is no error body: {body!r:.120}"
    if exchange.surface == "storage":
        entries = error.get("errors", [])
        if not entries or {"message", "domain", "reason"} - set(entries[0]):
            yield "has no list of errors"
        return
    if error.get("status") not in _RPC_NAMES.get(exchange.status, set()):
        yield f"has status {error.get('status')!r} with {exchange.status}"
    yield from _detail_violations(error.get("details", []))


def _detail_violations(details: list[Json]) -> Iterator[str]:
    from google.protobuf import any_pb2, json_format
    from google.rpc import error_details_pb2

    assert error_details_pb2.BadRequest.DESCRIPTOR  # registers what a detail may be
    for detail in details:
        try:
            json_format.ParseDict(detail, any_pb2.Any())
        except json_format.ParseError as problem:
            yield f"has a detail that is none: {problem}"
