"""The error in an answer, taken apart, whatever its form. Pure.

Forms: google.rpc.Status with its details (ErrorInfo, RetryInfo, RequestInfo, BadRequest), Cloud Storage's list of
`errors`, OAuth's plain `error`, a one-element list in streams, the HTML of a front end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from reconciler.backends.quoting import page_title

_REQUEST_ID_HEADERS = ("x-goog-request-id", "x-request-id", "x-guploader-uploadid")


@dataclass(frozen=True, slots=True)
class Problem:
    """One error answer, taken apart. `is_googles` says that it has the form that the services use."""

    http: int
    status: str = ""
    message: str = ""
    reason: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    retry_delay_s: float | None = None
    request_id: str = ""
    is_googles: bool = False
    is_html: bool = False


def problem_of(http: int, headers: Mapping[str, str], body: bytes) -> Problem:
    """The error in an answer, whatever its form."""
    request_id = next((headers[h] for h in _REQUEST_ID_HEADERS if headers.get(h)), "")
    text = body[:20_000].decode("utf-8", "replace")
    if looks_like_html(headers, body):
        return Problem(http, message=page_title(text) or "a web page", request_id=request_id, is_html=True)
    error = _error_object(body)
    if error is None:
        return Problem(http, message=text, request_id=request_id)
    details = [d for d in _list(error.get("details")) if isinstance(d, dict)]
    return Problem(
        http=http,
        status=_text(error.get("status")),
        message=_message(error, details),
        reason=_reason(error, details),
        metadata=_metadata(details),
        retry_delay_s=_retry_delay(details),
        request_id=request_id or _detail(details, "RequestInfo", "requestId"),
        is_googles="code" in error or "status" in error,
    )


def looks_like_html(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether a web page came."""
    return "html" in headers.get("content-type", "") or body[:200].lstrip()[:1] == b"<"


def retry_after_s(headers: Mapping[str, str], problem: Problem, now_s: float) -> float | None:
    """What the service asked to wait: Retry-After in seconds or as a date; else RetryInfo; else None."""
    asked = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", asked):
        return float(asked)
    try:
        return max(0.0, parsedate_to_datetime(asked).timestamp() - now_s)
    except (ValueError, TypeError, OverflowError):
        return problem.retry_delay_s


def _error_object(body: bytes) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    if isinstance(value, list) and value:
        value = value[0]
    error = value.get("error") if isinstance(value, dict) else None
    if isinstance(error, str):  # OAuth's own form
        return {"message": f"{error}: {_text(value.get('error_description'))}"}
    return error if isinstance(error, dict) else None


def _message(error: dict[str, Any], details: list[dict[str, Any]]) -> str:
    """The service's words, with the fields it finds wrong where the words do not name them."""
    message = _text(error.get("message"))
    found = [v for d in details for v in _list(d.get("fieldViolations")) if isinstance(v, dict)]
    missing = [
        f"{_text(v.get('field'))}: {_text(v.get('description'))}"
        for v in found[:5]
        if _text(v.get("description")) not in message
    ]
    return "; ".join([message, *missing])


def _reason(error: dict[str, Any], details: list[dict[str, Any]]) -> str:
    """ErrorInfo's reason; else that of Cloud Storage's first error."""
    named = _detail(details, "ErrorInfo", "reason")
    storage = next((e for e in _list(error.get("errors")) if isinstance(e, dict)), {})
    return named or _text(storage.get("reason"))


def _metadata(details: list[dict[str, Any]]) -> dict[str, str]:
    found: dict[str, Any] = next((d["metadata"] for d in details if isinstance(d.get("metadata"), dict)), {})
    return {str(key): value for key, value in found.items() if isinstance(value, str)}


def _retry_delay(details: list[dict[str, Any]]) -> float | None:
    match = re.fullmatch(r"(\d{1,9}(?:\.\d+)?)s", _detail(details, "RetryInfo", "retryDelay"))
    return float(match[1]) if match else None


def _detail(details: Iterable[dict[str, Any]], kind: str, key: str) -> str:
    return next((_text(d.get(key)) for d in details if _text(d.get("@type")).endswith(kind)), "")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
