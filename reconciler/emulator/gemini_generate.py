"""generateContent, streamGenerateContent and countTokens of the Gemini API, and its base models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator import catalog
from reconciler.emulator.call import MethodCall, Reply
from reconciler.emulator.dataset import tokens_of
from reconciler.emulator.errors import ApiError, not_found, precondition
from reconciler.emulator.functions import check_functions
from reconciler.emulator.gemini_models import find_tuned_model, is_retired
from reconciler.emulator.generation import (
    answer_text,
    base_answer,
    check_config,
    count_tokens,
    limited,
    parts_of,
    pieces,
    prompt_of,
    stream,
)
from reconciler.emulator.paging import listed, make_token, page_size, read_token

if TYPE_CHECKING:
    from reconciler.emulator.call import Handler

Json = dict[str, Any]

# Recorded: in this order.
_CATEGORIES = ("SEXUALLY_EXPLICIT", "HATE_SPEECH", "HARASSMENT", "DANGEROUS_CONTENT")
_RATINGS = [{"category": f"HARM_CATEGORY_{name}", "probability": "NEGLIGIBLE"} for name in _CATEGORIES]


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


def _target(call: MethodCall) -> tuple[str, str]:
    """(tuned model or "", name to answer as modelVersion)."""
    if "model" in call.params:
        return "", str(_base(call, f"models/{call.params['model']}")["name"]).removeprefix("models/")
    row = find_tuned_model(call)
    if is_retired(call.sim.settings):
        raise _missing(call, row.data["base"])
    if row.data["doc"]["state"] != "ACTIVE":
        raise precondition(f"Tuned model {row.name} is not active: its state is {row.data['doc']['state']}.")
    return row.name, row.name


def _generated(call: MethodCall) -> tuple[str, str, str]:
    model, version = _target(call)
    config = call.body.get("generationConfig", {})
    check_config(config)
    prompt = prompt_of(call.body)
    check_functions(call.body, call.definitions.package)
    text, reason = limited(answer_text(call, model, prompt, base_answer(version, prompt)), config)
    return text, reason, version


def _usage(call: MethodCall, text: str) -> Json:
    prompt, answer = count_tokens(call.body), tokens_of(text)
    parts = {"promptTokenCount": prompt, "candidatesTokenCount": answer, "totalTokenCount": prompt + answer}
    return {k: v for k, v in parts.items() if v}


def _candidate(text: str, reason: str) -> Json:
    found: Json = {"content": {**parts_of(text), "role": "model"}}
    if reason:
        found["finishReason"] = reason
    return {**found, "index": 0, "safetyRatings": _RATINGS}


def generate(call: MethodCall) -> Reply:
    """One answer. Recorded: `index` is there although it is zero, ratings in this order."""
    text, reason, version = _generated(call)
    return {
        "candidates": [_candidate(text, reason)],
        "promptFeedback": {"safetyRatings": _RATINGS},
        "usageMetadata": _usage(call, text),
        "modelVersion": version,
    }


def stream_generate(call: MethodCall) -> Reply:
    """The same in parts."""
    text, reason, version = _generated(call)
    parts = [*pieces(text)]
    bodies = [
        {
            "candidates": [_candidate(part, reason if n == len(parts) else "")],
            "usageMetadata": _usage(call, text),
            "modelVersion": version,
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
    "gemini.models.generateContent": generate,
    "gemini.models.streamGenerateContent": stream_generate,
    "gemini.models.countTokens": count,
    "gemini.tunedModels.generateContent": generate,
    "gemini.tunedModels.streamGenerateContent": stream_generate,
}
