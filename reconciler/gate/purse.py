"""What one judging pays, held against its gate's `maxCost`: answers that are asked anew, and a judge's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reconciler.core.gate_spec import GateSpec, MaxCost
from reconciler.core.gating.spending import cost_of_answer, cost_of_score
from reconciler.core.judgement import digest_of
from reconciler.core.lock import Training
from reconciler.core.model import Address
from reconciler.core.questions import ModelAnswer, Question, Score
from reconciler.gate.bench import Bench, key_of

SPENT: Final = "maxCost is reached; what was answered is kept"


@dataclass(frozen=True, slots=True)
class Purse:
    """Kept with the answers, so that a run which goes on where another ended goes on with its bill as well.

    Answers of before cost nothing: they were paid for by another judging.
    """

    bench: Bench
    address: Address
    training: Training
    judging: str
    judge: str = ""
    most: MaxCost | None = None

    @classmethod
    def of(cls, bench: Bench, address: Address, training: Training, gate: GateSpec) -> Purse:
        """A judging is one look by one gate; how often it was looked before stands in the lock."""
        looks = training.judged.looks if training.judged else 0
        judge = gate.trial.scorer.judge if gate.trial else ""
        return cls(bench, address, training, f"{digest_of(gate)}-{looks + 1}", judge, gate.max_cost)

    @property
    def why_empty(self) -> str:
        """Why nothing more may be asked; "" where it may. What has no price cannot be bounded."""
        if self.most is None:
            return ""
        known = [self.bench.price(self.address, self.training)]
        known += [self.bench.price_of_base(self.judge)] if self.judge else []
        if any(price is None or price.currency != self.most.currency for price in known):
            return f"maxCost is {self.most.amount:g} {self.most.currency}, and not all answers have a price in that"
        return SPENT if self.bench.answers.paid(self._model, self.judging) >= self.most.amount else ""

    def pay_answer(self, whom: Training | None, question: Question, answer: ModelAnswer) -> None:
        """Of a tuned model, by the price of its base model; None is the base model of what is judged.

        A model that nobody knows the base of, such as an imported one, is taken to have the same.
        """
        if self.most is None:
            return
        price = self.bench.price(self.address, whom or self.training) or self.bench.price(self.address, self.training)
        if price is not None:
            self._pay(cost_of_answer(question, answer, price))

    def pay_score(self, score: Score) -> None:
        """Of a judge, whatever came of asking it."""
        price = self.bench.price_of_base(self.judge) if self.most and self.judge else None
        if price is not None:
            self._pay(cost_of_score(score, price))

    def _pay(self, amount: float) -> None:
        if amount:
            self.bench.answers.pay(self._model, self.judging, amount)

    @property
    def _model(self) -> str:
        return key_of(self.training, "", {}, 1).model
