"""What questions of a gate cost: tokens, by the price of the base model that a tuned one was made of."""

from __future__ import annotations

from typing import Final

from reconciler.core.digest import canonical
from reconciler.core.questions import ModelAnswer, Question, Score, Usage
from reconciler.core.settings import GenerationPrice

_MILLION: Final = 1_000_000


def cost_of_answer(question: Question, answer: ModelAnswer, price: GenerationPrice) -> float:
    """In the currency of the price."""
    return cost_of_usage(usage_of(question, answer), price)


def cost_of_score(score: Score, price: GenerationPrice) -> float:
    """What a judge was paid for it; nothing where nobody was asked."""
    return cost_of_usage(score.usage, price) if score.usage is not None else 0.0


def usage_of(question: Question, answer: ModelAnswer) -> Usage:
    """Where the service counted no tokens, each byte counts as one: never too little."""
    read = len(canonical([list(question.contents), question.system, list(question.tools), dict(question.settings)]))
    written = len(answer.text.encode(errors="replace"))
    return Usage(
        read if answer.input_tokens is None else answer.input_tokens,
        written if answer.output_tokens is None else answer.output_tokens,
    )


def cost_of_usage(usage: Usage, price: GenerationPrice) -> float:
    """In the currency of the price."""
    read, written = usage.input_tokens * price.input_per_million, usage.output_tokens * price.output_per_million
    return (read + written) / _MILLION
