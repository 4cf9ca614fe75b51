"""The questions of a gate: GenerateContentRequest of one, and its whole answer. The same on both services.

What the model did with a question is an ModelAnswer, whatever it is. What the service could not do, or refused, is a
BackendError.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from reconciler.backends import generation
from reconciler.backends.calls import Call, CallKind, json_body
from reconciler.backends.generation import GENERATED, Generated, TokenUsage
from reconciler.backends.http import Http
from reconciler.backends.quoting import cleaned
from reconciler.core.generation import AnswerSettings
from reconciler.core.model import Json
from reconciler.core.questions import ModelAnswer, Question

LARGEST_BYTES: Final = generation.LONGEST_EVENT_BYTES
"""The longest answers of today's models are 65,536 tokens: about 0.3 MB."""

_ENDED_WELL: Final = ("", "STOP", "FINISH_REASON_UNSPECIFIED")


def body_of(question: Question) -> dict[str, Json]:
    """GenerateContentRequest. A system instruction of the settings takes the place of the item's own; "" is none."""
    system = question.settings.get("system", question.system)
    body: dict[str, Json] = {"contents": list(question.contents)}
    if system:
        body["systemInstruction"] = {"parts": [{"text": system}]}
    if question.tools:
        body["tools"] = list(question.tools)
    config = AnswerSettings.of(question.settings).config
    return {**body, "generationConfig": config} if config else body


def asked(http: Http, call: Call, question: Question) -> ModelAnswer:
    """What came back of a call that `body_of` is yet to be put into. BackendError: see Backend.ask."""
    body = body_of(question)
    ready = replace(
        call,
        kind=CallKind.QUESTION,
        body=json_body(body),
        largest_bytes=LARGEST_BYTES,
        private=generation.texts_of(body),
    )
    whole, answer = http.read_whole(ready, GENERATED)
    if whole.error is not None:
        raise generation.refusal(answer.body, ready)
    return answer_of(whole, answer.took_s)


def answer_of(whole: Generated, took_s: float) -> ModelAnswer:
    """What the model said; where it said nothing, or not all, `error` says why."""
    text = "".join(generation.texts_in(whole))
    usage = whole.usage_metadata or TokenUsage()
    return ModelAnswer(
        text,
        took_s,
        input_tokens=usage.prompt_token_count,
        output_tokens=_output_tokens(usage),
        error=_why_not(whole, text),
    )


def _output_tokens(usage: TokenUsage) -> int | None:
    """With what it thought, which is paid for alike. A count of 0 is left out where another one is given."""
    counts = (usage.candidates_token_count, usage.thoughts_token_count)
    if usage.prompt_token_count is None and counts == (None, None):
        return None
    return sum(count or 0 for count in counts)


def _why_not(whole: Generated, text: str) -> str:
    first = whole.candidates[0] if whole.candidates else None
    ended = first.finish_reason if first else ""
    if whole.prompt_feedback.block_reason or ended not in _ENDED_WELL:
        return cleaned(generation.why_it_ended(whole), limit=200)
    if text:
        return ""
    calls = any(bytes(part.function_call) for part in first.content.parts) if first else False
    return "the answer is a call of a function" if calls else "the answer is empty"
