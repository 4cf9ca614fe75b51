"""What is known of one trial: answers, what each is worth, and what nobody could say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from reconciler.core.gate_result import FlippedItem
from reconciler.core.gate_spec import Metric, Trial
from reconciler.core.gating.asking import Ask, Side
from reconciler.core.gating.marks import Mark, item_value, scored_by
from reconciler.core.questions import HeldoutItem, ModelAnswer, Score
from reconciler.gate.bench import BATCHES, Bench
from reconciler.gate.purse import Purse
from reconciler.gate.sides import Sides

_SCORED_AT_ONCE = 64
"""Answers that a program is given together: one that hangs is found out by the first of them."""


@dataclass(slots=True)
class KnownAnswers:
    """The answers of one slice. They live in the bench; what is here is forgotten with the slice.

    `troubles` are questions that the service or a scorer could not answer, each with why.
    """

    bench: Bench
    sides: Sides
    trial: Trial
    purse: Purse
    troubles: dict[Ask, str] = field(default_factory=dict)
    known: dict[Ask, ModelAnswer] = field(default_factory=dict)
    scores: dict[Ask, Score] = field(default_factory=dict)
    _by_text: Callable[[ModelAnswer, str], Score] | None = None

    def recall(self, wanted: Sequence[Ask]) -> None:
        """Those that were asked before, by whichever run."""
        for ask in wanted:
            known = self.bench.answers.get(self.sides.key(ask))
            if known is not None:
                self.known[ask] = known

    def keep(self, ask: Ask, answer: ModelAnswer) -> None:
        """One that was asked now, and is paid."""
        rival = self.sides.rival
        whom = self.sides.contest.training if ask.side is Side.NEW or rival is None else rival.training
        self.purse.pay_answer(whom, self.sides.question(ask), answer)
        self.known[ask] = self.bench.answers.put(self.sides.key(ask), answer)

    def is_over(self, ask: Ask) -> bool:
        """Whether it need not be asked now."""
        return ask in self.known or ask in self.troubles

    def score(self, *, asks: bool = True) -> bool:
        """Score all that have no score; False where there are no more scores to be had.

        Without `asks` no program and no judge is asked: what they have said before counts.

        Then the scorer had none for a whole batch, as it will for others, or nothing more may be paid to the judge.
        An answer that nobody could score is a trouble of its item.
        """
        open_ones = [ask for ask in self.known if ask not in self.scores and ask not in self.troubles]
        scorer = self.trial.scorer
        if not scorer.metric.asks_others:
            self._by_text = self._by_text or scored_by(scorer)
            self.scores |= {ask: self._by_text(self.known[ask], ask.item.reference) for ask in open_ones}
            return True
        name = self.bench.digest_of_scorer(scorer)
        fresh = []
        for ask in open_ones:
            before = self.bench.answers.score(self.sides.key(ask), name)
            if before is None and not self.known[ask].error:
                fresh.append(ask)
            else:
                self.scores[ask] = before or Score(0.0, self.known[ask].error)
        return self._score_fresh(fresh, name) if asks else not fresh

    def _score_fresh(self, fresh: Sequence[Ask], name: str) -> bool:
        contest, is_judge = self.sides.contest, self.trial.scorer.metric is Metric.JUDGE
        at_once = max(1, self.bench.parallelism) * BATCHES if is_judge else _SCORED_AT_ONCE
        for start in range(0, len(fresh), at_once):
            if is_judge and (why := self.purse.why_empty):
                self.troubles |= dict.fromkeys(fresh[start:], why)
                return False
            batch = fresh[start : start + at_once]
            answered = [(ask.item, self.known[ask]) for ask in batch]
            with self.purse.timed():
                scores = self.bench.score_all(contest.backend, contest.training, self.trial.scorer, answered)
            for ask, score in zip(batch, scores, strict=True):
                self._keep_score(ask, score, name)
            if all(score.value is None for score in scores):
                self.troubles |= dict.fromkeys(fresh[start + len(batch) :], scores[0].why)
                return False
        return True

    def _keep_score(self, ask: Ask, score: Score, scorer: str) -> None:
        self.purse.pay_score(score)
        if score.value is None:
            self.troubles[ask] = score.why
        else:
            self.scores[ask] = score
            self.bench.answers.put_score(self.sides.key(ask), scorer, score)

    # What it comes to

    def marks(self, ordered: Sequence[HeldoutItem]) -> list[Mark]:
        """Of every item, in the order in which they are asked."""
        return [Mark(item.line, self._value(Side.NEW, item), self._value(Side.OLD, item)) for item in ordered]

    def _value(self, side: Side, item: HeldoutItem) -> float | None:
        if side is Side.OLD and self.sides.rival is None:
            return None
        samples = range(1, self.trial.samples + 1)
        scores = [self.scores.get(Ask(side, item, sample)) for sample in samples]
        return item_value(self.trial.scorer.metric, scores, self.trial.samples)

    def took_s(self, wanted: Sequence[Ask]) -> Iterator[float]:
        """Of the answers of the model that is judged."""
        return (self.known[ask].took_s for ask in wanted if ask.side is Side.NEW and ask in self.known)

    def flips(self, ordered: Sequence[HeldoutItem], marks: Sequence[Mark]) -> Iterator[FlippedItem]:
        """Where the two differ, by the first answer of each."""
        for item, mark in zip(ordered, marks, strict=True):
            if mark.new is not None and mark.old is not None and mark.new != mark.old:
                asks = [Ask(side, item, 1) for side in (Side.NEW, Side.OLD)]
                texts, reasons = [self.known[ask].text for ask in asks], [self.scores[ask].why for ask in asks]
                yield FlippedItem(item.line, mark.new > mark.old, item.reference, *texts, *reasons)

    def texts(self, ordered: Sequence[HeldoutItem]) -> Iterator[tuple[str, str, str]]:
        """The first answers of both where both are known: reference, new and old."""
        for item in ordered:
            new, old = self.known.get(Ask(Side.NEW, item, 1)), self.known.get(Ask(Side.OLD, item, 1))
            if new is not None and (old is not None or self.sides.rival is None):
                yield item.reference, new.text, old.text if old else ""
