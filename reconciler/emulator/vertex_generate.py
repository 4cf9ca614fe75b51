"""generateContent, streamGenerateContent and countTokens on endpoints and on publisher models of Vertex AI."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from reconciler.emulator.call import MethodCall, Reply
from reconciler.emulator.dataset import tokens_of
from reconciler.emulator.errors import precondition
from reconciler.emulator.generation import count_tokens, parts_of, prompt_of, speak, stream
from reconciler.emulator.messages import Response
from reconciler.emulator.model_store import find_version
from reconciler.emulator.planting import Answerer
from reconciler.emulator.scripted import scripted
from reconciler.emulator.scripting import pieces
from reconciler.emulator.vertex_endpoints import find_endpoint

if TYPE_CHECKING:
    from reconciler.emulator.call import Handler

Json = dict[str, Any]


def _target(call: MethodCall) -> Answerer:
    """The version that answers at an endpoint, or a publisher's model."""
    if "publisher" in call.params:
        base = call.params["model"].partition("@")[0]
        return Answerer(f"publishers/{call.params['publisher']}/models/{base}", base, base, is_base=True)
    row = find_endpoint(call)
    doc = row.doc
    deployed = doc.get("deployedModels", [])
    if not deployed:
        raise precondition(f"Endpoint {row.name} has no deployed model.")
    split = doc.get("trafficSplit", {})
    chosen = max(deployed, key=lambda d: split.get(d["id"], 0))
    version = find_version(call.sim, chosen["model"], chosen["modelVersionId"])
    if version is None:
        return Answerer("", "the base model", "the base model", row.name)
    base, body = version.data["base"], version.doc
    return Answerer(
        model=version.name,
        base=base,
        version=base,
        endpoint=row.name,
        display_name=body["displayName"],
        checkpoint=chosen.get("checkpointId") or body.get("defaultCheckpointId", ""),
        labels=body.get("labels", {}),
    )


def _common(call: MethodCall, answerer: Answerer) -> Json:
    """What is the same in every part of an answer."""
    number = call.sim.digest("response", call.sim.moment.shown, prompt_of(call.body))
    return {
        "modelVersion": answerer.version,
        "createTime": call.sim.now(),
        "responseId": base64.urlsafe_b64encode(number[:16]).decode().rstrip("="),
    }


def _usage(call: MethodCall, text: str, thoughts: int = 0) -> Json:
    prompt, answer = count_tokens(call.body), tokens_of(text)
    counts = {
        "promptTokenCount": prompt,
        "candidatesTokenCount": answer,
        "thoughtsTokenCount": thoughts,
        "totalTokenCount": prompt + answer + thoughts,
    }
    details = {"promptTokensDetails": _detail(prompt), "candidatesTokensDetails": _detail(answer)}
    return {k: v for k, v in {**counts, "trafficType": "ON_DEMAND", **details}.items() if v}


def _detail(tokens: int) -> list[Json]:
    return [{"modality": "TEXT", "tokenCount": tokens}] if tokens else []


def _blocked(call: MethodCall) -> Json:
    """A prompt that a safety filter stops has no candidate. Source: schema (PromptFeedback)."""
    return {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": _usage(call, "")}


def generate(call: MethodCall) -> Reply:
    """One answer with as many equal candidates as asked for."""
    answerer = _target(call)
    spoken = speak(call, answerer)
    if isinstance(spoken, Response):
        return spoken
    if not spoken.reason:
        return {**_blocked(call), **_common(call, answerer)}
    loss = -round(0.02 + call.sim.digest("logprobs", spoken.text)[0] / 1000, 4)
    candidates = [
        {
            "content": {"role": "model", **parts_of(spoken.text)},
            "finishReason": spoken.reason,
            "avgLogprobs": loss,
            **({"index": n} if n else {}),
        }
        for n in range(call.body.get("generationConfig", {}).get("candidateCount", 1))
    ]
    return {
        "candidates": candidates,
        "usageMetadata": _usage(call, spoken.text, spoken.thoughts),
        **_common(call, answerer),
    }


def stream_generate(call: MethodCall) -> Reply:
    """The same in parts; usage comes with the last."""
    answerer = _target(call)
    spoken = speak(call, answerer)
    if isinstance(spoken, Response):
        return spoken
    common = _common(call, answerer)
    if not spoken.reason:
        return stream(call, [{**_blocked(call), **common}])
    parts = [*pieces(spoken.text)]
    bodies = []
    for number, part in enumerate(parts, 1):
        candidate: Json = {"content": {"role": "model", **parts_of(part)}}
        is_last = number == len(parts)
        if is_last:
            candidate["finishReason"] = spoken.reason
        usage = _usage(call, spoken.text, spoken.thoughts) if is_last else {"trafficType": "ON_DEMAND"}
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
    "vertex.endpoints.generateContent": scripted(generate),
    "vertex.endpoints.streamGenerateContent": scripted(stream_generate),
    "vertex.endpoints.countTokens": scripted(count),
    "vertex.publishers.models.generateContent": scripted(generate),
    "vertex.publishers.models.streamGenerateContent": scripted(stream_generate),
    "vertex.publishers.models.countTokens": scripted(count),
}
