"""What the answers of a trial cost: tokens by the price of the base model that a tuned one answers at."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.core.digest import canonical
from reconciler.core.questions import HeldoutItem, ModelAnswer
from reconciler.core.settings import GenerationPrice

_MILLION = 1_000_000


def cost_of(answered: Iterable[tuple[HeldoutItem, ModelAnswer]], price: GenerationPrice) -> float:
    """In the currency of the price. Where the service counted no tokens, each byte counts as one: never too little."""
    return sum(
        (_input(item, answer) * price.input_per_million + _output(answer) * price.output_per_million) / _MILLION
        for item, answer in answered
    )


def _input(item: HeldoutItem, answer: ModelAnswer) -> int:
    if answer.input_tokens is not None:
        return answer.input_tokens
    return len(canonical([list(item.contents), item.system, list(item.tools)]))


def _output(answer: ModelAnswer) -> int:
    return len(answer.text.encode()) if answer.output_tokens is None else answer.output_tokens
