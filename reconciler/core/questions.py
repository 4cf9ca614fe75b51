"""What is asked of a model when it is judged, and what it answers. Values; whoever asks is in backends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from reconciler.core.digest import digest
from reconciler.core.model import Json


@dataclass(frozen=True, slots=True)
class HeldoutItem:
    """One held-out example: what is asked, and the answer that the user holds to be right.

    `contents` are the API's, without the last turn of the model; `line` is where it stands, from 1.
    """

    line: int
    contents: tuple[Json, ...] = field(hash=False)
    reference: str
    system: str = ""
    tools: tuple[Json, ...] = field(default=(), hash=False)

    @property
    def key(self) -> str:
        """20 hex digits of what is asked; the reference and the line are no part of it."""
        return digest([list(self.contents), self.system, list(self.tools)])[:20]


@dataclass(frozen=True, slots=True)
class Question:
    """One item with the settings of the gate, in the terms of `spec.tuneform.gate.settings`."""

    contents: tuple[Json, ...]
    system: str = ""
    tools: tuple[Json, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What came back. Seconds until it was complete; tokens are None where the service did not say.

    `error` says why there is no text: a blocked prompt or an empty answer is the model's, and counts as wrong. What
    the service could not do at all is no answer.
    """

    text: str
    took_s: float = 0.0
    input_tokens: int | None = None
    output_tokens: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """Which answer it is: of whom, to what, with which settings, and the how manieth."""

    model: str
    """`…/models/ID@VERSION`, an endpoint of a checkpoint, or a base model with its date."""
    item: str
    settings: str
    sample: int = 1


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that were read and written."""

    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Score:
    """What a program or a judge said of one answer: from 0 to 1, or why it could not tell.

    `usage` is what a judge read and wrote for it; None where nobody was asked, or it is a score of before.
    """

    value: float | None
    why: str = ""
    usage: Usage | None = None


class Paid(NamedTuple):
    """What a judging has come to so far: money, in a currency that goes without saying, seconds of asking, answers."""

    amount: float = 0.0
    took_s: float = 0.0
    answers: int = 0

    def at_least(self, other: Paid) -> Paid:
        """What of two accounts of one thing the longer one has."""
        return max(self, other, key=lambda paid: (paid.answers, paid.amount, paid.took_s))

    def plus(self, amount: float, took_s: float, answers: int) -> Paid:
        """With more."""
        return Paid(self.amount + amount, self.took_s + took_s, self.answers + answers)
