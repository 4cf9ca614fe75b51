"""What one judging pays and how long it asks: answers that are asked anew, and a judge's. Held against `maxCost`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from reconciler.core.gate_spec import GateSpec, MaxCost
from reconciler.core.gating.spending import cost_of_answer, cost_of_score
from reconciler.core.judgement import digest_of
from reconciler.core.lock import JudgingCost, Training
from reconciler.core.model import Address
from reconciler.core.questions import ModelAnswer, Question, Score
from reconciler.core.settings import GenerationPrice
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
        if self._currencies != {self.most.currency}:
            return f"maxCost is {self.most.amount:g} {self.most.currency}, and not all answers have a price in that"
        return SPENT if self.bench.answers.paid(self._model, self.judging).amount >= self.most.amount else ""

    @property
    def spent(self) -> JudgingCost:
        """All of it so far. Amounts of several currencies have no sum."""
        paid, currencies = self.bench.answers.paid(self._model, self.judging), self._currencies
        currency = next(iter(currencies)) if len(currencies) == 1 else ""
        return JudgingCost(amount=paid.amount if currency else None, currency=currency, took_s=round(paid.took_s, 3))

    @property
    def answers(self) -> int:
        """How many were asked for it so far, in whichever run."""
        return self.bench.answers.paid(self._model, self.judging).answers

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Seconds of asking, whatever comes of it."""
        began = self.bench.clock.now()
        try:
            yield
        finally:
            took_s = self.bench.clock.now() - began
            if took_s > 0:
                self.bench.answers.pay(self._model, self.judging, took_s=took_s)

    def pay_answer(self, whom: Training | None, question: Question, answer: ModelAnswer) -> None:
        """Of a tuned model, by the price of its base model; None is the base model of what is judged.

        A model that nobody knows the base of, such as an imported one, is taken to have the same.
        """
        price = self.bench.price(self.address, whom or self.training) or self.bench.price(self.address, self.training)
        amount = 0.0 if price is None else cost_of_answer(question, answer, price)
        self.bench.answers.pay(self._model, self.judging, amount, answers=1)

    def pay_score(self, score: Score) -> None:
        """Of a judge, whatever came of asking it."""
        price = self.bench.price_of_base(self.judge) if self.judge else None
        amount = 0.0 if price is None else cost_of_score(score, price)
        if amount:
            self.bench.answers.pay(self._model, self.judging, amount)

    @property
    def _currencies(self) -> set[str]:
        """Of all prices; "" is that of what has none."""
        known: list[GenerationPrice | None] = [self.bench.price(self.address, self.training)]
        known += [self.bench.price_of_base(self.judge)] if self.judge else []
        return {price.currency if price else "" for price in known}

    @property
    def _model(self) -> str:
        return key_of(self.training, "", {}, 1).model
