"""What came back of a call: an answer that can be used, as a value, or why it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

import httpx
import msgspec

from reconciler.backends.answers import error_of
from reconciler.backends.base import BackendError
from reconciler.backends.bounded import LARGEST_ANSWER_BYTES, LARGEST_ERROR_BYTES, pieces_of, values_refused, whole
from reconciler.backends.calls import Call, CallKind
from reconciler.backends.failures import failure
from reconciler.backends.problems import looks_like_html, problem_of, retry_after_s
from reconciler.core.plurals import counted

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer that is no error. Header names are in lower case. `limit` is what was read of it at most.

    `took_s` are the seconds from the request until it was complete, without what went before on failures.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    limit: int = LARGEST_ANSWER_BYTES
    took_s: float = 0.0


def received(call: Call, response: httpx.Response, limit: int, now_s: float) -> Answer:
    """The answer, read to its end; BackendError where it is an error, or is none of the service's."""
    refuse_error(call, response, now_s)
    body = whole(pieces_of(response, call.method, limit, changes=call.kind is not CallKind.READ))
    answer = Answer(response.status_code, _plain(response.headers), body, limit)
    if call.kind is not CallKind.READ and looks_like_html(answer.headers, body):
        raise _unusable(call, answer, "API211", "a web page")
    return answer


def refuse_error(call: Call, response: httpx.Response, now_s: float) -> None:
    """BackendError with what the service said, where it is no answer."""
    if 200 <= response.status_code < 300 or response.status_code in call.accepts:
        return
    headers = _plain(response.headers)
    problem = problem_of(response.status_code, headers, _beginning(call, response))
    asked = call.asked((*_secrets(response.request), *call.private))
    raise error_of(problem, asked, retry_after_s(headers, problem, now_s))


def decoded(answer: Answer, call: Call, decoder: msgspec.json.Decoder[T]) -> T:
    """The answer as a value; each way in which it may be unusable has its code."""
    if too_many := values_refused(answer.body, answer.limit):
        raise _unusable(call, answer, "API214", too_many)
    try:
        return decoder.decode(answer.body)
    except RecursionError:
        code, words = "API215", "too many levels"
    except msgspec.ValidationError as error:
        code, words = "API213", str(error)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        code, words = ("API211" if looks_like_html(answer.headers, answer.body) else "API212"), str(error)
    raise _unusable(call, answer, code, words)


def _unusable(call: Call, answer: Answer, code: str, words: str) -> BackendError:
    detail = f"{call.method} answered {answer.status} with {counted(len(answer.body), 'byte')}: {words}."
    return failure(code, detail=detail, may_have_worked=call.kind is not CallKind.READ)


def _beginning(call: Call, response: httpx.Response) -> bytes:
    """Enough of an error's body to read what it says; an error that breaks off is still an error."""
    pieces: list[bytes] = []
    with suppress(BackendError):
        pieces.extend(pieces_of(response, call.method, LARGEST_ERROR_BYTES))
    return b"".join(pieces)


def _plain(headers: httpx.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _secrets(request: httpx.Request) -> tuple[str, ...]:
    """What must not come back in a message, even where a service echoes it."""
    return tuple(filter(None, [request.headers.get("authorization", "").rpartition(" ")[2]]))
