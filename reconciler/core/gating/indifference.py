"""Whether a judge tells answers apart: one who says the same of all is tried with answers whose worth is known.

Equal scores alone prove nothing: two good models may deserve a 1 for every answer. So the judge is asked about three
answers besides, of which one at least deserves another score, whatever the rubric. Nobody is asked where scores differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from reconciler.core.digest import digest
from reconciler.core.evidence.conclusion import Conclusion
from reconciler.core.lock import Evidence
from reconciler.core.questions import AnswerKey, HeldoutItem

LEAST_ALIKE: Final = 6
"""Scores that are all the same. So few prove nothing anyway; fewer are worth no question. Ours."""
NO_ANSWER: Final = "-"
"""An answer to nothing that anybody asks."""


def is_one_score(scores: Sequence[float | None]) -> bool:
    """Whether all are the same, and more than a handful."""
    return len(scores) >= LEAST_ALIKE and len(set(scores)) == 1


def controls(items: Sequence[HeldoutItem]) -> tuple[tuple[HeldoutItem, str], ...]:
    """Answers to the first item: its reference, the reference of another item where one differs, and no answer."""
    first = items[0]
    other = next((item.reference for item in items if item.reference != first.reference), NO_ANSWER)
    return tuple((first, text) for text in dict.fromkeys((first.reference, other, NO_ANSWER)))


def control_key(beside: AnswerKey, item: HeldoutItem, text: str) -> AnswerKey:
    """Under which the score of a control is kept, with those of the model that is judged."""
    name = digest(["control", item.key, item.reference, text])[:20]
    return AnswerKey(beside.model, name, beside.settings, beside.sample)


def proves_nothing(found: Evidence, *, same_for_all: bool) -> Evidence:
    """The same counts by a judge that tells nothing apart, or that could not be tried: neither for a model nor against.

    Both keep what serves.
    """
    return replace(found, conclusion=Conclusion.INCONCLUSIVE.value, same_for_all=same_for_all)
