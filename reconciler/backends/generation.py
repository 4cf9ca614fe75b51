"""Prompts: the request's body, and the text pieces of a streamed answer. The same on both services.

What a gate asks, and gets whole, is in asking.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from reconciler.backends.answers import error_of
from reconciler.backends.calls import Call
from reconciler.backends.failures import failure
from reconciler.backends.http import Http
from reconciler.backends.problems import problem_of
from reconciler.backends.quoting import cleaned
from reconciler.core.generation import AnswerSettings, Thought
from reconciler.core.model import Json

LONGEST_EVENT_BYTES = 16 * 1024 * 1024
_LINE_BYTES = 40
"""What a line takes beside its text."""


class _Part(Struct, frozen=True, rename="camel"):
    """Text, or something else: of that only that it is there is read."""

    text: str = ""
    thought: bool = False
    function_call: msgspec.Raw = msgspec.Raw()


class _Content(Struct, frozen=True, rename="camel"):
    """One turn."""

    parts: tuple[_Part, ...] = ()


class _Candidate(Struct, frozen=True, rename="camel"):
    """One of the answers; nobody asks for more than one."""

    content: _Content = _Content()
    finish_reason: str = ""
    finish_message: str = ""


class _Feedback(Struct, frozen=True, rename="camel"):
    """What the service said to the prompt."""

    block_reason: str = ""
    block_reason_message: str = ""


class TokenUsage(Struct, frozen=True, rename="camel"):
    """Counts of 0 are left out of an answer."""

    prompt_token_count: int | None = None
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None


class Generated(Struct, frozen=True, rename="camel"):
    """GenerateContentResponse: the whole one, or one of a stream."""

    candidates: tuple[_Candidate, ...] = ()
    prompt_feedback: _Feedback = _Feedback()
    usage_metadata: TokenUsage | None = None
    error: dict[str, Any] | None = None


GENERATED = msgspec.json.Decoder(Generated, strict=False)


def request(text: str, settings: AnswerSettings) -> dict[str, Json]:
    """GenerateContentRequest of one prompt."""
    body: dict[str, Json] = {"contents": [{"role": "user", "parts": [{"text": text}]}]}
    if settings.system:
        body["systemInstruction"] = {"parts": [{"text": settings.system}]}
    config = settings.config
    return {**body, "generationConfig": config} if config else body


def texts_of(request: Mapping[str, Any]) -> tuple[str, ...]:
    """Training examples in a request, for whoever must keep them out of an error; short ones would hide too much."""
    turns = [*request.get("contents", ()), request.get("systemInstruction") or {}]
    texts = (part.get("text") for turn in turns for part in turn.get("parts", ()))
    long = {text for text in texts if isinstance(text, str) and len(text) >= _SHORTEST_HIDDEN}
    return tuple(sorted(long, key=len, reverse=True))


_SHORTEST_HIDDEN = 8


class _Counted(Struct, frozen=True, rename="camel"):
    total_tokens: int = 0


_COUNTED = msgspec.json.Decoder(_Counted, strict=False)


def counted(http: Http, call: Call) -> int:
    """The number of countTokens: an answer without one counts nothing."""
    return max(0, http.read(call, _COUNTED).total_tokens)


def streamed(http: Http, call: Call, *, with_thoughts: bool = False) -> Iterator[str]:
    """The text pieces of the answer, as they come in; what a model thinks aloud is left out, or comes as a Thought.

    BackendError API340 where there is no text at all, API218 where it breaks off.
    """
    spoke, why = False, ""
    with http.pieces(call) as pieces:
        for event in _events(pieces, call):
            piece = _decoded(event, call)
            why = why_it_ended(piece) or why
            if with_thoughts:
                yield from thoughts_in(piece)
            for text in texts_in(piece):
                spoke = True
                yield text
    if not spoke:
        raise failure("API340", detail=f"{call.method}: {why or 'the answer is empty'}.")


def texts_in(piece: Generated) -> Iterator[str]:
    """The texts of the first candidate that are no thoughts."""
    for candidate in piece.candidates[:1]:
        yield from (part.text for part in candidate.content.parts if part.text and not part.thought)


def thoughts_in(piece: Generated) -> Iterator[Thought]:
    """The others of these, which a service sends where they are asked for and there are any."""
    for candidate in piece.candidates[:1]:
        yield from (Thought(part.text) for part in candidate.content.parts if part.text and part.thought)


def why_it_ended(piece: Generated) -> str:
    """Why there is no more text, in the service's words; "" where it says nothing."""
    feedback = piece.prompt_feedback
    if feedback.block_reason:
        return cleaned(f"the prompt was blocked: {feedback.block_reason} {feedback.block_reason_message}")
    reasons = (f"{c.finish_reason} {c.finish_message}" for c in piece.candidates if c.finish_reason)
    return next((cleaned(f"the answer ended with {reason}") for reason in reasons), "")


def _events(pieces: Iterable[bytes], call: Call) -> Iterator[bytes]:
    """The data of server-sent events; an event ends with an empty line and may have several."""
    data: list[bytes] = []
    size = 0
    for line in _lines(pieces, call):
        if not line:
            if data:
                yield b"\n".join(data)
            data, size = [], 0
        elif line.startswith(b"data:"):
            data.append(line[5:].strip())
            size += len(line) + _LINE_BYTES
        elif data or not line.startswith((b":", b"event:", b"id:", b"retry:")):
            # Not an event stream at all: an error as plain JSON, whose lines belong together.
            data.append(line)
            size += len(line) + _LINE_BYTES
        _refuse_long(call, size)
    if data:
        yield b"\n".join(data)


def _lines(pieces: Iterable[bytes], call: Call) -> Iterator[bytes]:
    """A line that comes in a byte at a time is put together once."""
    begun: list[bytes] = []
    size = 0
    for piece in pieces:
        first, *others = piece.split(b"\n")
        begun.append(first)
        size += len(first)
        _refuse_long(call, size)
        if others:
            *whole_ones, rest = (b"".join(begun), *others)
            yield from (line.rstrip(b"\r") for line in whole_ones)
            begun, size = [rest], len(rest)
    if size:
        yield b"".join(begun).rstrip(b"\r")


def _refuse_long(call: Call, size: int) -> None:
    if size > LONGEST_EVENT_BYTES:
        raise failure("API214", detail=f"{call.method} sent one event of more than {LONGEST_EVENT_BYTES} bytes.")


def _decoded(event: bytes, call: Call) -> Generated:
    try:
        piece = GENERATED.decode(event)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        broken = problem_of(200, {}, event)
        if broken.is_googles:
            raise refusal(event, call) from error
        raise failure("API218", detail=f"{call.method} sent an event that is not JSON: {error}.") from error
    if piece.error is not None:
        raise refusal(event, call)
    return piece


def refusal(event: bytes, call: Call) -> Exception:
    """The error that comes in place of an answer, or in the middle of one, as the status it would have had."""
    problem = problem_of(500, {}, event)
    diagnostic = error_of(problem, call.asked(call.private), None).diagnostic
    return failure("API218", detail=diagnostic.detail)
