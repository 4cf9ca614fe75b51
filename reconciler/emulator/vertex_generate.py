"""generateContent, streamGenerateContent and countTokens on endpoints and on publisher models of Vertex AI."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from reconciler.emulator.call import MethodCall, Reply
from reconciler.emulator.dataset import tokens_of
from reconciler.emulator.errors import precondition
from reconciler.emulator.functions import check_functions
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
from reconciler.emulator.model_store import find_version
from reconciler.emulator.vertex_endpoints import find_endpoint

if TYPE_CHECKING:
    from reconciler.emulator.call import Handler

Json = dict[str, Any]


def _target(call: MethodCall) -> tuple[str, str]:
    """(name of the version that answers, its base model) of an endpoint, or of a publisher's model ("")."""
    if "publisher" in call.params:
        return "", call.params["model"].partition("@")[0]
    row = find_endpoint(call)
    doc = row.doc
    deployed = doc.get("deployedModels", [])
    if not deployed:
        raise precondition(f"Endpoint {row.name} has no deployed model.")
    split = doc.get("trafficSplit", {})
    chosen = max(deployed, key=lambda d: split.get(d["id"], 0))
    version = find_version(call.sim, chosen["model"], chosen["modelVersionId"])
    return (version.name, version.data["base"]) if version else ("", "the base model")


def _generated(call: MethodCall) -> tuple[str, str, Json]:
    """The text, why it ended, and what is the same in every part of the answer."""
    model, base = _target(call)
    config = call.body.get("generationConfig", {})
    check_config(config)
    prompt = prompt_of(call.body)
    check_functions(call.body, call.definitions.package)
    text, reason = limited(answer_text(call, model, prompt, base_answer(base, prompt)), config)
    number = call.sim.digest("response", call.sim.moment.shown, prompt)
    common = {
        "modelVersion": base,
        "createTime": call.sim.now(),
        "responseId": base64.urlsafe_b64encode(number[:16]).decode().rstrip("="),
    }
    return text, reason, common


def _usage(call: MethodCall, text: str) -> Json:
    prompt, answer = count_tokens(call.body), tokens_of(text)
    counts = {"promptTokenCount": prompt, "candidatesTokenCount": answer, "totalTokenCount": prompt + answer}
    details = {"promptTokensDetails": _detail(prompt), "candidatesTokensDetails": _detail(answer)}
    return {k: v for k, v in {**counts, "trafficType": "ON_DEMAND", **details}.items() if v}


def _detail(tokens: int) -> list[Json]:
    return [{"modality": "TEXT", "tokenCount": tokens}] if tokens else []


def generate(call: MethodCall) -> Reply:
    """One answer with as many equal candidates as asked for."""
    text, reason, common = _generated(call)
    loss = -round(0.02 + call.sim.digest("logprobs", text)[0] / 1000, 4)
    candidates = [
        {
            "content": {"role": "model", **parts_of(text)},
            "finishReason": reason,
            "avgLogprobs": loss,
            **({"index": n} if n else {}),
        }
        for n in range(call.body.get("generationConfig", {}).get("candidateCount", 1))
    ]
    return {"candidates": candidates, "usageMetadata": _usage(call, text), **common}


def stream_generate(call: MethodCall) -> Reply:
    """The same in parts; usage comes with the last."""
    text, reason, common = _generated(call)
    parts = [*pieces(text)]
    bodies = []
    for number, part in enumerate(parts, 1):
        candidate: Json = {"content": {"role": "model", **parts_of(part)}}
        is_last = number == len(parts)
        if is_last:
            candidate["finishReason"] = reason
        usage = _usage(call, text) if is_last else {"trafficType": "ON_DEMAND"}
        bodies.append({"candidates": [candidate], "usageMetadata": usage, **common})
    return stream(call, bodies)


def count(call: MethodCall) -> Reply:
    """Simulated tokens: four characters each."""
    _target(call)
    total = count_tokens(call.body)
    characters = sum(len(p.get("text", "")) for c in call.body.get("contents", []) for p in c.get("parts", []))
    billable = {"totalBillableCharacters": characters} if characters else {}
    return {"totalTokens": total, **billable, "promptTokensDetails": _detail(total)} if total else {}


HANDLERS: dict[str, Handler] = {
    "vertex.endpoints.generateContent": generate,
    "vertex.endpoints.streamGenerateContent": stream_generate,
    "vertex.endpoints.countTokens": count,
    "vertex.publishers.models.generateContent": generate,
    "vertex.publishers.models.streamGenerateContent": stream_generate,
    "vertex.publishers.models.countTokens": count,
}
