"""The two sides of a trial: who is asked, with which settings, and under which key an answer is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.backends.base import Backend
from reconciler.core.gate_spec import Against, Trial
from reconciler.core.gating.asking import Ask, Side
from reconciler.core.generation import asked_with
from reconciler.core.lock import Training
from reconciler.core.model import Address
from reconciler.core.questions import AnswerKey, ModelAnswer, Question
from reconciler.gate.bench import Bench, ServedIn, key_of, served_there


@dataclass(frozen=True, slots=True)
class Contest:
    """Who is judged, and what serves beside it."""

    backend: Backend
    address: Address
    training: Training
    incumbent: Training | None = None


@dataclass(frozen=True, slots=True)
class Rival:
    """The other side: a training, or a base model."""

    name: str
    training: Training | None = None


@dataclass(frozen=True, slots=True)
class Sides:
    """`why` says why nobody is compared, where the trial wants a comparison.

    To the gate's `settings` either side adds what its own base model makes of them.
    """

    contest: Contest
    rival: Rival | None
    why: str
    settings: Mapping[Side, Mapping[str, Any]]
    served_in: ServedIn = served_there

    @classmethod
    def of(cls, bench: Bench, contest: Contest, trial: Trial, settings: Mapping[str, Any]) -> Sides:
        """As the trial wants them. A base model is asked as what was tuned from it."""
        rival, why = _rival(bench, contest, trial)
        old = rival.training if rival and rival.training else contest.training
        sides = {Side.NEW: contest.training, Side.OLD: old}
        asked = {side: asked_with(settings, bench.facts(contest.address, whom)) for side, whom in sides.items()}
        return cls(contest, rival, why, asked, bench.served_in)

    def key(self, ask: Ask) -> AnswerKey:
        """Under which its answer is kept."""
        whom: Training | str = self.contest.training
        if ask.side is Side.OLD:
            assert self.rival is not None
            whom = self.rival.training or self.rival.name
        return key_of(whom, ask.item.key, self.settings[ask.side], ask.sample)

    def question(self, ask: Ask) -> Question:
        """With the settings of its side."""
        return Question(ask.item.contents, ask.item.system, ask.item.tools, self.settings[ask.side])

    def ask(self, ask: Ask) -> ModelAnswer:
        """The model's answer. Raises BackendError."""
        question = self.question(ask)
        backend, training = self.contest.backend, self.contest.training
        if ask.side is Side.NEW:
            return backend.ask(training, question)
        assert self.rival is not None
        if self.rival.training is not None:
            return backend.ask(self.rival.training, question)
        submission = training.submission
        location = self.served_in(self.rival.name, submission.location)
        return backend.ask_base(self.rival.name, submission.project, location, question)


def _rival(bench: Bench, contest: Contest, trial: Trial) -> tuple[Rival | None, str]:
    if trial.against is Against.INCUMBENT:
        if contest.incumbent is None:
            return None, "nothing serves that it could be compared with"
        return Rival(contest.incumbent.model, contest.incumbent), ""
    if trial.against is Against.BASE:
        base = bench.base(contest.address, contest.training)
        return (Rival(base), "") if base else (None, "nobody knows which base model it was tuned from")
    return None, ""
