"""Answers on their way out: encoding, errors in the form of each surface, and what faults make of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from reconciler.emulator.call import MethodCall, Raw, Reply
from reconciler.emulator.errors import ApiError
from reconciler.emulator.fields import selected
from reconciler.emulator.messages import ConnectionCut, Request, Response
from reconciler.emulator.schema import enums_as_numbers, wants_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.emulator.faults import InjectedFault

Json = dict[str, Any]

# Source: recorded (k8s-config-connector traffic logs).
_HEADERS = [
    ("Content-Type", "application/json; charset=UTF-8"),
    ("Vary", "Origin, X-Origin, Referer"),
    ("Server", "ESF"),
    ("X-Xss-Protection", "0"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("X-Content-Type-Options", "nosniff"),
]
_NOT_FOUND_PAGE = (
    "<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n  <title>Error {status}</title>\n"
    "  <p><b>{status}.</b> <ins>That&#39;s an error.</ins>\n  <p>{text} <ins>That&#39;s all we know.</ins>\n"
)


def encoded(call: MethodCall, answer: Reply) -> Response:
    """The answer of a handler, as the request asked to have it."""
    if isinstance(answer, Response):
        return answer
    is_numbered = wants_numbers(call)
    mask = call.argument("fields")
    if isinstance(answer, Raw):
        if not is_numbered and not mask:
            return _bytes_response(200, answer.pieces)
        answer = msgspec.json.decode(b"".join(answer.pieces))
    assert isinstance(answer, dict)
    if is_numbered:
        answer = enums_as_numbers(call.definitions, call.method.answer, answer)
    return json_response(200, selected(answer, mask) if mask else answer)


def timed(call: MethodCall, response: Response) -> Response:
    """With the time that the answer took, where one is planted. Source: recorded (the header of Google's front end)."""
    if call.lasts_s:
        response.headers.append(("Server-Timing", f"gfet4t7; dur={round(call.lasts_s * 1000)}"))
    return response


def json_response(status: int, body: Any) -> Response:
    """A JSON answer with the headers that the real front end sends."""
    return _bytes_response(status, [msgspec.json.encode(body)])


def _bytes_response(status: int, pieces: list[bytes]) -> Response:
    return Response(status, [*_HEADERS, ("Content-Length", str(sum(map(len, pieces))))], pieces)


def error_response(error: ApiError, request: Request) -> Response:
    """The answer for an error, in the form that the surface has."""
    if error.http == 304:
        return Response(304, [], [])
    body: Any = error.body()
    if "/storage/v1/" in request.path:
        body = storage_error(error)
    elif ":streamGenerateContent" in request.path and "alt=sse" not in request.query:
        body = [body]
    return json_response(error.http, body)


_STORAGE_REASONS = {
    400: "invalid",
    401: "required",
    403: "forbidden",
    404: "notFound",
    409: "conflict",
    412: "conditionNotMet",
}


def storage_error(error: ApiError) -> Json:
    """Cloud Storage's older form, with a list of errors. Source: recorded (k8s-config-connector logs)."""
    reason = _STORAGE_REASONS.get(error.http, "backendError")
    entry = {"message": error.message, "domain": "global", "reason": reason}
    return {"error": {"code": error.http, "message": error.message, "errors": [entry]}}


def html_response(status: int, text: str) -> Response:
    """The front end's own page, which is not JSON."""
    body = _NOT_FOUND_PAGE.format(status=status, text=text).encode("utf-8", "replace")
    headers = [("Content-Type", "text/html; charset=UTF-8"), ("Content-Length", str(len(body)))]
    return Response(status, headers, [body])


def not_found_page(path: str) -> Response:
    """What the front end says about a path that no method has. Source: documented as common behaviour."""
    return html_response(404, f"The requested URL {_escaped(path)} was not found on this server.")


def _escaped(text: str) -> str:
    return "".join(c if c.isalnum() or c in "/:@._-%" else "_" for c in text[:200])


def refused(fault: InjectedFault, request: Request) -> Response:
    """The answer of a fault in whose place nothing is carried out. Raises ConnectionCut."""
    if fault.word == "reset-before":
        raise ConnectionCut("before the request was carried out")
    if fault.word == "html":
        return html_response(int(fault.number) or 502, "The server encountered a temporary error.")
    return refusal(int(fault.number), fault.options, request)


def refusal(status: int, options: Mapping[str, str], request: Request) -> Response:
    """A refusal that somebody asked for; `options` are message, rpc and retry-after."""
    error = ApiError(status, options.get("message") or FAULT_TEXTS.get(status, "Injected fault."))
    if "rpc" in options:
        error.rpc = options["rpc"]
    response = error_response(error, request)
    if "retry-after" in options:
        response.headers.append(("Retry-After", options["retry-after"]))
    return response


FAULT_TEXTS = {
    429: "Resource has been exhausted (e.g. check quota).",
    500: "Internal error encountered.",
    503: "The service is currently unavailable.",
    504: "Deadline expired before operation could complete.",
}


def spoilt(response: Response, fault: InjectedFault) -> Response:
    """What a fault makes of the answer to a request that was carried out. Raises ConnectionCut."""
    if fault.word == "reset-after":
        raise ConnectionCut("after the request was carried out")
    if fault.word == "truncate":
        body = b"".join(response.chunks)
        half = body[: len(body) // 2]
        headers = [(k, v) for k, v in response.headers if k.lower() != "content-length"]
        return Response(response.status, [*headers, ("Content-Length", str(len(half)))], [half])
    return response
