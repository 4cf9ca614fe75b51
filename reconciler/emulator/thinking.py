"""How much a model thinks: what base models take of it, the refusals in the services' words, and simulated thoughts.

Source: documented (the thinking pages of both services) for levels and ranges; recorded for most of the texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator.catalog import answering
from reconciler.emulator.errors import ApiError, invalid

if TYPE_CHECKING:
    from reconciler.emulator.catalog import Answering

Json = dict[str, Any]

OFF, DYNAMIC = 0, -1
UNSPECIFIED = "THINKING_LEVEL_UNSPECIFIED"
# Assumed; that a higher level has more is documented.
_TOKENS = {"MINIMAL": 0, "LOW": 32, "MEDIUM": 128, "HIGH": 512}
_LEARN = "Learn more: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/gemini"


def check_thinking(config: Json, base: str, *, is_vertex: bool) -> None:
    """Raises ApiError 400 where the base model does not take it; nothing is known of some, and nothing refused."""
    thinking = config.get("thinkingConfig")
    known = answering(base)
    if not thinking or known is None:
        return
    problem = _problem(thinking, known)
    if problem:
        raise _refusal(*problem, is_vertex=is_vertex)


def thought_tokens(config: Json) -> int:
    """Simulated: by the level or the budget that is asked for, within maxOutputTokens; none where nothing is asked."""
    most = config.get("maxOutputTokens", 2**31)
    return min(_wished(config.get("thinkingConfig", {})), int(most))


def _wished(thinking: Json) -> int:
    if "thinkingBudget" in thinking:
        budget = int(thinking["thinkingBudget"])
        return _TOKENS["MEDIUM"] if budget == DYNAMIC else min(budget, _TOKENS["MEDIUM"])
    return _TOKENS.get(thinking.get("thinkingLevel", UNSPECIFIED), 0)


def _problem(thinking: Json, known: Answering) -> tuple[str, str] | None:
    """What each of the two services says: Vertex AI, the Gemini API."""
    level, budget = thinking.get("thinkingLevel", UNSPECIFIED), thinking.get("thinkingBudget")
    if level != UNSPECIFIED and budget is not None:
        both = "You can only set only one of thinking budget and thinking level"
        return both, f"{both}."
    if not known.levels and known.budget is None:
        return "thinking is not supported by this model", "thinking_config is not supported"
    if level != UNSPECIFIED:
        return _wrong_level(level, known)
    return _wrong_budget(budget, known) if budget is not None else None


def _wrong_level(level: str, known: Answering) -> tuple[str, str] | None:
    if level in known.levels:
        return None
    if not known.levels:
        return "thinking_level is not supported by this model", "Thinking level is not supported for this model."
    return (
        f"thinking_level {level} is not supported by this model",
        f"Thinking level {level} is not supported for this model. Please retry with other thinking level.",
    )


def _wrong_budget(budget: int, known: Answering) -> tuple[str, str] | None:
    if known.budget is None or budget == DYNAMIC or (budget == OFF and known.can_be_off):
        return None
    least, most = known.budget
    if budget == OFF:
        off = "Thinking can't be disabled for this model."
        return f"{off} Remove 'thinking_config.thinking_budget' from your request and try again.", off
    if least <= budget <= most:
        return None
    return (
        f"thinking_budget is out of range; supported values are integers from {least} to {most}",
        f"The thinking budget {budget} is invalid. Please choose a value between {least} and {most}.",
    )


def _refusal(vertex: str, gemini: str, *, is_vertex: bool) -> ApiError:
    return invalid(f"Unable to submit request because {vertex}. {_LEARN}" if is_vertex else gemini)
