"""Answers to prompts, for both services. They are simulated: a tuned model repeats what its examples taught it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from reconciler.emulator.catalog import answering
from reconciler.emulator.dataset import tokens_of, tokens_of_part, tokens_of_tools
from reconciler.emulator.errors import invalid
from reconciler.emulator.functions import check_functions
from reconciler.emulator.lessons import nearest_answer
from reconciler.emulator.messages import Response
from reconciler.emulator.planted import planted
from reconciler.emulator.responses import refusal
from reconciler.emulator.schema import enums_as_numbers, wants_numbers
from reconciler.emulator.simulated import simulated_answer
from reconciler.emulator.thinking import check_thinking, thought_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.emulator.call import MethodCall
    from reconciler.emulator.planting import Answerer

Json = dict[str, Any]

_ROLES = {"", "user", "model", "function", "system"}


def prompt_of(body: Json) -> str:
    """The text of the last user content. Raises ApiError 400 for a body without contents."""
    contents = body.get("contents", [])
    if not contents:
        raise invalid("* GenerateContentRequest.contents: contents is not specified\n")
    for content in contents:
        # Upper case is taken: the documentation's samples have "USER".
        if content.get("role", "").lower() not in _ROLES:
            raise invalid("Please use a valid role: user, model.")
        if not content.get("parts"):
            raise invalid("Unable to submit request because it must include at least one parts field.")
    users = [c for c in contents if c.get("role", "").lower() not in {"model", "function"}] or contents
    return "".join(part.get("text", "<media0>") for part in users[-1]["parts"])


def count_tokens(body: Json) -> int:
    """Simulated tokens of everything that a request sends."""
    parts = [part for content in body.get("contents", []) for part in content.get("parts", [])]
    parts += body.get("systemInstruction", {}).get("parts", [])
    return sum(map(tokens_of_part, parts)) + tokens_of_tools(body.get("tools"))


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a model says, and why it ends. `reason` "": the prompt is blocked, and there is no candidate."""

    text: str
    reason: str
    thoughts: int = 0
    """Tokens."""


def speak(call: MethodCall, answerer: Answerer) -> Spoken | Response:
    """The answer: the planted one, else the nearest lesson's, else what a base model says, which learnt nothing here.

    A refusal that is planted is a Response. Raises ApiError 400 for a request without sense.
    """
    config = call.body.get("generationConfig", {})
    prompt = check_request(call, answerer.base)
    found = planted(call, answerer, keeps_still=_keeps_still(config, answerer.base))
    if found is None:
        return _thoughtful(_usual(call, answerer, prompt), config)
    if found.status:
        return refusal(found.status, found.options, call.request)
    if found.word:
        return Spoken("", {"blocked": "", "safety": "SAFETY"}.get(found.word, "STOP"))
    return _thoughtful(found.text, config)


def check_request(call: MethodCall, base: str) -> str:
    """The prompt of a request that has sense for that base model. Raises ApiError 400."""
    config = call.body.get("generationConfig", {})
    check_config(config)
    check_thinking(config, base, is_vertex="aiplatform" in call.definitions.package)
    prompt = prompt_of(call.body)
    check_functions(call.body, call.definitions.package)
    return prompt


def _thoughtful(text: str, config: Json) -> Spoken:
    """What is left of the text: thoughts count among the tokens of the output, and come first."""
    thoughts = thought_tokens(config)
    most = config.get("maxOutputTokens", 0)
    if most and thoughts >= most:
        return Spoken("", "MAX_TOKENS", thoughts)
    return Spoken(*limited(text, {**config, "maxOutputTokens": most - thoughts} if most else config), thoughts)


def _keeps_still(config: Json, base: str) -> bool:
    known = answering(base)
    is_deaf = known is not None and known.ignores_sampling
    return (config.get("temperature") == 0 or config.get("topK") == 1) and not is_deaf


def _usual(call: MethodCall, answerer: Answerer, prompt: str) -> str:
    found = None if answerer.is_base else nearest_answer(call.store, answerer.model, prompt)
    return simulated_answer(call.body, answerer.version, prompt) if found is None else found


def limited(text: str, config: Json) -> tuple[str, str]:
    """The text within maxOutputTokens and before any stop sequence, with its finish reason."""
    for stop in config.get("stopSequences", []):
        if stop and stop in text:
            text = text[: text.index(stop)]
    most = config.get("maxOutputTokens", 0)
    if most > 0 and tokens_of(text) > most:
        return text[: most * 4], "MAX_TOKENS"
    return text, "STOP"


def check_config(config: Json) -> None:
    """Ranges that both services refuse to leave."""
    ranges = (("temperature", 0, 2), ("topP", 0, 1), ("candidateCount", 1, 8), ("maxOutputTokens", 1, 2**31))
    for name, low, high in ranges:
        value = config.get(name)
        if value is not None and (isinstance(value, str) or not low <= value <= high):
            raise invalid(
                f"Unable to submit request because it has a {name} value of {value} but the supported range is "
                f"from {low} (inclusive) to {high} (inclusive)."
            )


def parts_of(text: str) -> Json:
    """The parts of a content; an empty text leaves none."""
    return {"parts": [{"text": text}]} if text else {}


def stream(call: MethodCall, bodies: list[Json]) -> Response:
    """Server-sent events with `alt=sse`, otherwise a JSON array that grows."""
    if wants_numbers(call):
        bodies = [enums_as_numbers(call.definitions, call.method.answer, body) for body in bodies]
    is_events = call.argument("alt") == "sse"
    kind = "text/event-stream" if is_events else "application/json; charset=UTF-8"
    chunks = _events(bodies) if is_events else _array(bodies)
    return Response(200, [("Content-Type", kind), ("Server", "ESF"), ("X-Accel-Buffering", "no")], chunks)


def stream_head(call: MethodCall) -> bytes:
    """How a further part of a stream begins."""
    return b'data: {"candidates": [{"content": ' if call.argument("alt") == "sse" else b',{"candidates": [{"content": '


def _events(bodies: list[Json]) -> Iterator[bytes]:
    for body in bodies:
        yield b"data: " + msgspec.json.encode(body) + b"\r\n\r\n"


def _array(bodies: list[Json]) -> Iterator[bytes]:
    for number, body in enumerate(bodies):
        yield (b"," if number else b"[") + msgspec.json.encode(body) + b"\r\n"
    yield b"]" if bodies else b"[]"
