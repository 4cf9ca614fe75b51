"""From one request and its answer to an exchange in which nothing is anybody's."""

from __future__ import annotations

import re
from email.parser import BytesParser
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from reconciler.emulator.messages import Request
from reconciler.emulator.recording import vocabulary
from reconciler.emulator.recording.bodies import BodyScrubber
from reconciler.emulator.recording.exchange import Exchange, Media, RecordedAnswer, RecordedRequest
from reconciler.emulator.recording.expressions import scrubbed_query
from reconciler.emulator.recording.naming import Namer
from reconciler.emulator.recording.ordering import orders_of
from reconciler.emulator.recording.pseudonyms import Pseudonyms
from reconciler.emulator.recording.reading import SESSION, parsed, session_of
from reconciler.emulator.routing import Route, Router

Json = dict[str, Any]

_HEADERS = {
    "content-range": re.compile(r"bytes (?:\d{1,12}-\d{1,12}|\*)/(?:\d{1,12}|\*)"),
    "range": re.compile(r"bytes=\d{0,12}-\d{0,12}"),
    "retry-after": re.compile(r"\d{1,6}"),
    "x-upload-content-length": re.compile(r"\d{1,12}"),
}
_TYPES = ("application/json", "text/event-stream", "text/html", "multipart/related", "application/octet-stream")
_OF_PARAMETER = {
    **dict.fromkeys(("bucket", "sourceBucket", "destinationBucket"), "bucket"),
    **dict.fromkeys(("object", "sourceObject", "destinationObject"), "object"),
    "project": "project",
}


class Scrubber:
    """Scrubs the exchanges of one recording, so that the same has the same pseudonym in all of them."""

    def __init__(self) -> None:
        self._namer = Namer(Pseudonyms())
        self._router = Router()

    def exchange(self, request: Request, status: int, headers: dict[str, str], body: bytes) -> Exchange:
        """`headers` are the answer's, with names in lower case."""
        route = self._router.find(request.method, request.path, is_upload="upload_id=" in request.query)
        asked = self._asked(request, route)
        told = self._answered(request, route, status, headers, body)
        order = orders_of(parsed(body)) if status < 400 else {}
        return Exchange(method=route.name if route else "", request=asked, answer=told, order=order)

    def _asked(self, request: Request, route: Route | None) -> RecordedRequest:
        known = route.method.query if route else frozenset[str]()
        pairs = parse_qsl(request.query, keep_blank_values=True)
        body, media = self._request_body(request, route)
        return RecordedRequest(
            verb=request.method if request.method.isalpha() and len(request.method) < 8 else "GET",
            path=self._path(request.path, route),
            query=scrubbed_query(pairs, known, self._namer),
            headers=_kept_headers(request.headers),
            body=body,
            media=media,
        )

    def _path(self, path: str, route: Route | None) -> str:
        parts = [unquote(part) for part in path.split("/")[1:]]
        if route is not None and route.surface == "storage":
            named = {value: _OF_PARAMETER.get(name, "id") for name, value in route.params.items()}
            shown = [self._stored(part, named) for part in parts]
        else:
            # The version, or `ui`, stands before the name.
            shown = [self._namer.text(parts[0], "id"), *self._namer.resource("/".join(parts[1:])).split("/")]
            shown = [parts[0], *shown[1:]] if parts[0] in vocabulary.collections() else shown
        return "/" + "/".join(quote(part, safe=":@") for part in shown)

    def _stored(self, part: str, named: dict[str, str]) -> str:
        match named.get(part):
            case None:
                return part
            case "object":
                return self._namer.object(part)
            case kind:
                return self._namer.part(part, kind)

    def _request_body(self, request: Request, route: Route | None) -> tuple[Any, Media | None]:
        if not request.body:
            return None, None
        is_upload = "/upload/" in request.path
        content_type = request.headers.get("content-type", "")
        scrubber = self._bodies(route, is_answer=False)
        if is_upload and content_type.startswith("multipart/"):
            parts = _multipart(content_type, request.body)
            described = parsed(parts[0]) if parts else None
            return scrubber.message("Object", described), _media(parts[-1] if parts else b"")
        given = parsed(request.body)
        is_opening = request.method == "POST" and "uploadType=resumable" in request.query
        if given is None or (is_upload and not is_opening):
            return None, _media(request.body)
        schema = route.method.body if route else ""
        return scrubber.message("Object" if is_upload else schema, given), None

    def _answered(
        self, request: Request, route: Route | None, status: int, headers: dict[str, str], body: bytes
    ) -> RecordedAnswer:
        kept = _kept_headers(headers)
        if session := session_of(headers.get("location", "")):
            kept["location"] = f"{SESSION}{self._namer.part(session, 'id')}"
        scrubber = self._bodies(route, is_answer=True)
        found = parsed(body)
        if ("alt=media" in request.query and status < 400) or found is None:
            return RecordedAnswer(status=status, headers=kept, media=_media(body) if body else None)
        if status >= 400:
            return RecordedAnswer(status=status, headers=kept, body=scrubber.error(found))
        schema = route.method.answer if route else ""
        if isinstance(found, list):
            return RecordedAnswer(status=status, headers=kept, body=[scrubber.message(schema, part) for part in found])
        return RecordedAnswer(status=status, headers=kept, body=scrubber.message(schema, found))

    def _bodies(self, route: Route | None, *, is_answer: bool) -> BodyScrubber:
        definitions = route.definitions if route else None
        is_storage = route is not None and route.surface == "storage"
        return BodyScrubber(definitions, self._namer, is_answer=is_answer, is_storage=is_storage)


def _kept_headers(headers: Any) -> dict[str, str]:
    kept = {name: headers[name] for name, form in _HEADERS.items() if form.fullmatch(headers.get(name, ""))}
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return {**({"content-type": kind} if kind in _TYPES else {}), **kept}


def _multipart(content_type: str, body: bytes) -> list[bytes]:
    message = BytesParser().parsebytes(b"content-type: " + content_type.encode("latin-1") + b"\r\n\r\n" + body)
    parts = message.get_payload()
    if not isinstance(parts, list):
        return []
    return [bytes(part.get_payload(decode=True) or b"") for part in parts]  # type: ignore[union-attr]


def _media(content: bytes) -> Media:
    rows = [line for line in content.split(b"\n") if line.strip()]
    is_rows = bool(rows) and all(row.lstrip()[:1] == b"{" and row.rstrip()[-1:] == b"}" for row in rows)
    return Media(bytes=len(content), rows=len(rows) if is_rows else 0)
