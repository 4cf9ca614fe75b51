"""tuningJobs.optimizePrompt, simulated, and processData, which is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator.call import MethodCall, Reply
from reconciler.emulator.errors import ApiError, field_errors
from reconciler.emulator.generation import stream

if TYPE_CHECKING:
    from reconciler.emulator.call import Handler

Json = dict[str, Any]

_ADDED = {
    "OPTIMIZATION_TARGET_GEMINI_NANO": "Answer briefly.",
    "OPTIMIZATION_TARGET_FEW_SHOT_RUBRICS": "Follow the rubrics of the examples.",
    "OPTIMIZATION_TARGET_FEW_SHOT_TARGET_RESPONSE": "Answer as the examples do.",
}
PROCESS_DATA = (
    "The emulator does not process data for Veo: the definitions do not say what a finished operation answers."
)


def optimize(call: MethodCall) -> Reply:
    """Simulated: the prompt as it was, with a sentence of advice. Documented: the answer is a stream."""
    texts = [part.get("text", "") for part in call.body.get("content", {}).get("parts", [])]
    prompt = "".join(texts).strip()
    if not prompt:
        raise field_errors([("content", "Required field is not set.")])
    advice = _ADDED.get(call.body.get("optimizationTarget", ""), "Be exact, and say so where you do not know.")
    content = {"role": "model", "parts": [{"text": f"{prompt}\n\n{advice}"}]}
    return stream(call, [{"content": content}])


def process_data(call: MethodCall) -> Reply:
    """501, with the reason."""
    del call
    raise ApiError(501, PROCESS_DATA)


HANDLERS: dict[str, Handler] = {
    "vertex.tuningJobs.optimizePrompt": optimize,
    "vertex.tuningJobs.processData": process_data,
}
