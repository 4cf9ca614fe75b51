"""generateContent, streamGenerateContent and countTokens of the Gemini API, and its base models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator import catalog
from reconciler.emulator.call import MethodCall, Reply
from reconciler.emulator.dataset import tokens_of
from reconciler.emulator.errors import ApiError, not_found, precondition
from reconciler.emulator.gemini_models import find_tuned_model, is_retired
from reconciler.emulator.generation import Spoken, count_tokens, parts_of, speak, stream
from reconciler.emulator.messages import Response
from reconciler.emulator.paging import listed, make_token, page_size, read_token
from reconciler.emulator.planting import Answerer
from reconciler.emulator.scripted import scripted
from reconciler.emulator.scripting import pieces

if TYPE_CHECKING:
    from reconciler.emulator.call import Handler

Json = dict[str, Any]

# Recorded: in this order.
_CATEGORIES = ("SEXUALLY_EXPLICIT", "HATE_SPEECH", "HARASSMENT", "DANGEROUS_CONTENT")
_RATINGS = [{"category": f"HARM_CATEGORY_{name}", "probability": "NEGLIGIBLE"} for name in _CATEGORIES]
_BLOCKED = {"blockReason": "SAFETY", "safetyRatings": _RATINGS}


def _missing(call: MethodCall, name: str) -> ApiError:
    """Recorded (python-genai#969)."""
    return not_found(
        f"{name} is not found for API version {call.version}, or is not supported for generateContent. "
        "Call ListModels to see the list of available models and their supported methods."
    )


def _base(call: MethodCall, name: str) -> Json:
    found = catalog.gemini_models(is_retired=is_retired(call.sim.settings))
    model = next((m for m in found if m["name"] == name), None)
    if model is None:
        raise _missing(call, name)
    return model


def _target(call: MethodCall) -> Answerer:
    """The tuned model or the base model of the path."""
    if "model" in call.params:
        name = f"models/{call.params['model']}"
        if not call.sim.settings.any_base_model:
            _base(call, name)
        base = name.removeprefix("models/")
        return Answerer(name, base, base, is_base=True)
    row = find_tuned_model(call)
    if is_retired(call.sim.settings):
        raise _missing(call, row.data["base"])
    doc = row.data["doc"]
    if doc["state"] != "ACTIVE":
        raise precondition(f"Tuned model {row.name} is not active: its state is {doc['state']}.")
    base = row.data["base"].removeprefix("models/")
    return Answerer(row.name, base, row.name, display_name=doc.get("displayName", ""))


def _usage(call: MethodCall, text: str, thoughts: int = 0) -> Json:
    prompt, answer = count_tokens(call.body), tokens_of(text)
    parts = {
        "promptTokenCount": prompt,
        "candidatesTokenCount": answer,
        "thoughtsTokenCount": thoughts,
        "totalTokenCount": prompt + answer + thoughts,
    }
    return {k: v for k, v in parts.items() if v}


def _candidate(text: str, reason: str) -> Json:
    found: Json = {"content": {**parts_of(text), "role": "model"}}
    if reason:
        found["finishReason"] = reason
    return {**found, "index": 0, "safetyRatings": _RATINGS}


def _answer(call: MethodCall, answerer: Answerer, spoken: Spoken, candidates: list[Json]) -> Json:
    return {
        **({"candidates": candidates} if candidates else {}),
        "promptFeedback": {"safetyRatings": _RATINGS} if candidates else _BLOCKED,
        "usageMetadata": _usage(call, spoken.text, spoken.thoughts),
        "modelVersion": answerer.version,
    }


def generate(call: MethodCall) -> Reply:
    """One answer. Recorded: `index` is there although it is zero, ratings in this order."""
    answerer = _target(call)
    spoken = speak(call, answerer)
    if isinstance(spoken, Response):
        return spoken
    candidates = [_candidate(spoken.text, spoken.reason)] if spoken.reason else []
    return _answer(call, answerer, spoken, candidates)


def stream_generate(call: MethodCall) -> Reply:
    """The same in parts."""
    answerer = _target(call)
    spoken = speak(call, answerer)
    if isinstance(spoken, Response):
        return spoken
    if not spoken.reason:
        return stream(call, [_answer(call, answerer, spoken, [])])
    parts = [*pieces(spoken.text)]
    bodies = [
        {
            "candidates": [_candidate(part, spoken.reason if n == len(parts) else "")],
            "usageMetadata": _usage(call, spoken.text, spoken.thoughts),
            "modelVersion": answerer.version,
        }
        for n, part in enumerate(parts, 1)
    ]
    return stream(call, bodies)


def count(call: MethodCall) -> Reply:
    """Simulated tokens of a request to a base model."""
    _target(call)
    body = call.body.get("generateContentRequest") or call.body
    total = count_tokens(body)
    return {"totalTokens": total} if total else {}


def get_model(call: MethodCall) -> Reply:
    """One base model."""
    return _base(call, f"models/{call.params['model']}")


def list_models(call: MethodCall) -> Reply:
    """The base models; those that can be tuned say `createTunedModel`."""
    size = page_size(call, 50, 1000)
    found = [*catalog.gemini_models(is_retired=is_retired(call.sim.settings))]
    start = read_token(call) or 0
    token = make_token(call, start + size) if len(found) > start + size else ""
    return listed("models", found[start : start + size], token)


HANDLERS: dict[str, Handler] = {
    "gemini.models.get": get_model,
    "gemini.models.list": list_models,
    "gemini.models.generateContent": scripted(generate),
    "gemini.models.streamGenerateContent": scripted(stream_generate),
    "gemini.models.countTokens": scripted(count),
    "gemini.tunedModels.generateContent": scripted(generate),
    "gemini.tunedModels.streamGenerateContent": scripted(stream_generate),
}
