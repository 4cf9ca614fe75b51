"""What judging needs besides the services: the held-out items, answers of before, scorers, and a clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from msgspec import to_builtins

from reconciler.backends.base import Backend
from reconciler.core.clock import Clock
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.digest import digest
from reconciler.core.gate_spec import Heldout, Scorer
from reconciler.core.generation import NOTHING_KNOWN, GenerationFacts
from reconciler.core.lock import Training
from reconciler.core.model import Address
from reconciler.core.questions import AnswerKey, HeldoutItem, ModelAnswer, Paid, Score
from reconciler.core.settings import GenerationPrice
from reconciler.core.tuned_from import base_named
from reconciler.files.answer_store import AnswersInMemory

SLICE_S = 60.0
"""Seconds of asking after which a run looks at its other changes and at its own time."""
BATCHES = 4
"""Questions at once for each that goes side by side: fewer looks at what is settled, little asked in vain."""


class Answers(Protocol):
    """Answers that were asked before, by this run or by another one on this machine. Safe to be empty."""

    def get(self, key: AnswerKey) -> ModelAnswer | None:
        """None where nobody has asked."""

    def put(self, key: AnswerKey, answer: ModelAnswer) -> ModelAnswer:
        """Keep an answer; what is kept is another run's where that came first, and scores are of that one."""

    def knows(self, model: str) -> bool:
        """Whether anything at all is kept of this model: a quick look."""

    def score(self, key: AnswerKey, scorer: str) -> Score | None:
        """What this scorer, by its digest, said of the answer."""

    def put_score(self, key: AnswerKey, scorer: str, score: Score) -> None:
        """Keep what it said."""

    def paid(self, model: str, judging: str) -> Paid:
        """What this judging of the model has come to so far, by whichever run, in the one currency of its prices."""

    def pay(self, model: str, judging: str, amount: float = 0.0, took_s: float = 0.0, answers: int = 0) -> None:
        """Add to it."""


def key_of(whom: Training | str, item: str, settings: Mapping[str, Any], sample: int) -> AnswerKey:
    """Of a training with its endpoint, since checkpoints of one model answer at different ones; or of a base model."""
    model = whom if isinstance(whom, str) else f"{whom.model} {whom.endpoint}"
    return AnswerKey(model, item, digest(dict(settings))[:20], sample)


Scored: TypeAlias = Sequence[tuple[HeldoutItem, ModelAnswer]]
ScoreAll: TypeAlias = Callable[[Backend, Training, Scorer, Scored], Sequence[Score]]
"""A program's or a judge's scores, in the order of the answers."""


ServedIn: TypeAlias = Callable[[str, str], str]
"""Where a base model answers, by its name and the location of a training."""


def served_there(_base: str, location: str) -> str:
    """Of a run without a catalogue: where the training was."""
    return location


def no_items(heldout: Heldout) -> Sequence[HeldoutItem]:
    """Of a run that cannot read files."""
    detail = f"{heldout.uri} cannot be read from here."
    raise ReconcilerError(run_diagnostic("RUN060", detail))


def no_scores(_backend: Backend, _training: Training, scorer: Scorer, answers: Scored) -> Sequence[Score]:
    """Of a run that has no scorers: errors, never passes."""
    return [Score(None, f"nobody can score by {scorer.metric.value} here") for _ in answers]


def nothing_known(_address: Address, _training: Training) -> GenerationFacts:
    """Of a run without a catalogue."""
    return NOTHING_KNOWN


def base_it_names(address: Address, training: Training) -> str:
    """Of a run without a lock: what is tuned from another model names no base."""
    return base_named(address, training.submission)


def no_price(_address: Address, _training: Training) -> GenerationPrice | None:
    """Of a run without prices."""
    return None


def no_price_of_base(_base: str) -> GenerationPrice | None:
    """Of a run without prices."""
    return None


def nothing_leaks(_training: Training, _heldout: Heldout, _items: Sequence[HeldoutItem]) -> None:
    """Of a run that cannot read training data."""


def any_scorer(_scorer: Scorer) -> None:
    """Of a run that knows no files of a scorer."""


def scorer_as_written(scorer: Scorer) -> str:
    """By what the spec says of it alone."""
    return digest(to_builtins(scorer))[:20]


@dataclass(frozen=True, slots=True)
class Bench:
    """`items` reads a held-out set and raises ReconcilerError where it is not what it was; `score_all` asks scorers.

    `leaks` raises ReconcilerError where items are among what was trained on; `same_scorer` where the scorer's program
    is another one than the gate was approved with.

    `base` names the base model of a training, `facts` are what that makes of settings, `price` what its answers cost,
    and `price_of_base` those of a base model; `served_in` is where such a model answers.
    """

    clock: Clock
    base: Callable[[Address, Training], str] = field(default=base_it_names, kw_only=True)
    facts: Callable[[Address, Training], GenerationFacts] = field(default=nothing_known, kw_only=True)
    price: Callable[[Address, Training], GenerationPrice | None] = field(default=no_price, kw_only=True)
    price_of_base: Callable[[str], GenerationPrice | None] = field(default=no_price_of_base, kw_only=True)
    served_in: ServedIn = field(default=served_there, kw_only=True)
    answers: Answers = field(default_factory=AnswersInMemory)
    items: Callable[[Heldout], Sequence[HeldoutItem]] = no_items
    score_all: ScoreAll = no_scores
    digest_of_scorer: Callable[[Scorer], str] = scorer_as_written
    leaks: Callable[[Training, Heldout, Sequence[HeldoutItem]], None] = nothing_leaks
    same_scorer: Callable[[Scorer], None] = field(default=any_scorer, kw_only=True)
    parallelism: int = 1
