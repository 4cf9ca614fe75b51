"""A trial: ask both models what is still unknown, until nothing that remains could change the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

from reconciler.backends.base import Backend, BackendError
from reconciler.backends.threads import gather
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Location, ReconcilerError
from reconciler.core.dialects import dialect_of
from reconciler.core.evidence.conclusion import Conclusion
from reconciler.core.evidence.fields import is_readable
from reconciler.core.faults import Fault
from reconciler.core.gate_result import Breakdown, FlippedItem
from reconciler.core.gate_spec import Against, GateSpec, MaxCost, Metric, Trial
from reconciler.core.gating.asking import Ask, Side, every_answer, in_order, missing, seed_of
from reconciler.core.gating.breakdown import breakdown_of
from reconciler.core.gating.finding import findings, is_settled, worst
from reconciler.core.gating.marks import Mark, item_value, score_of
from reconciler.core.gating.spending import cost_of
from reconciler.core.generation import asked_with
from reconciler.core.judgement import StillJudging
from reconciler.core.lock import Evidence, Training
from reconciler.core.model import Address
from reconciler.core.plurals import counted
from reconciler.core.questions import AnswerKey, HeldoutItem, ModelAnswer, Question, Score
from reconciler.gate.bench import SLICE_S, Bench, key_of

_SPENT = "maxCost is reached; what was answered is kept"
_SCORED_AT_ONCE = 64
"""Answers that a scorer is given together: one that hangs is found out by the first of them."""
_BATCHES = 4
"""Questions at once for each that goes side by side: fewer looks at what is settled, little asked in vain."""
_MAY_PASS = frozenset({Fault.TRANSIENT, Fault.QUOTA})


@dataclass(frozen=True, slots=True)
class Contest:
    """Who is judged, and what serves beside it."""

    backend: Backend
    address: Address
    training: Training
    incumbent: Training | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a trial. `troubles` are questions that the service or a scorer could not answer."""

    evidence: tuple[Evidence, ...]
    conclusion: Conclusion
    why: str = ""
    asked: int = 0
    troubles: tuple[str, ...] = ()
    took_s: tuple[float, ...] = ()
    flips: tuple[FlippedItem, ...] = ()
    breakdown: tuple[Breakdown, ...] = ()


def try_out(bench: Bench, contest: Contest, trial: Trial, gate: GateSpec) -> Tried | StillJudging:
    """Ask and judge; where it takes longer than a slice, how far it is: what was answered is kept.

    To the gate's settings either side adds what its own base model makes of them.
    """
    rival, why = _rival(contest, trial)
    asking = _Asking(bench, contest, trial, _of_sides(bench, contest, rival, gate.settings), rival, gate.max_cost)
    items = _usable(bench.items(trial.heldout), trial)
    bench.leaks(contest.training, trial.heldout, items)
    ordered = in_order(items, trial.heldout)
    wanted = tuple(every_answer(trial, ordered, has_rival=bool(rival)))
    still = asking.ask_until_settled(wanted, ordered)
    if still is not None:
        return still
    marks = asking.marks(ordered)
    evidence = findings(trial, marks, rival=rival.name if rival else "", seed=seed_of(trial.heldout))
    conclusions = [Conclusion(found.conclusion) for found in evidence]
    if why and trial.at_least is None:
        conclusions.append(Conclusion.INCONCLUSIVE)
    return Tried(
        evidence,
        worst(conclusions),
        why if trial.at_least is None else "",
        asking.asked,
        tuple(dict.fromkeys(asking.troubles.values())),
        tuple(asking.took_s(wanted)),
        tuple(asking.flips(ordered, marks)),
        breakdown_of(trial.scorer.metric, asking.texts(ordered), has_rival=rival is not None),
    )


def _usable(items: Sequence[HeldoutItem], trial: Trial) -> Sequence[HeldoutItem]:
    """A reference that the metric cannot read is a mistake of the set, and no answer could be right."""
    broken = [item.line for item in items if trial.scorer.metric is Metric.JSON and not is_readable(item.reference)]
    if broken or not items:
        detail = f"{trial.heldout.uri} has no items." if not items else f"The answer of line {broken[0]} is no JSON."
        more = f" {counted(len(broken), 'line')} in all." if len(broken) > 1 else ""
        where = Location(trial.heldout.uri, broken[0] if broken else 0)
        raise ReconcilerError(run_diagnostic("RUN060", detail + more, where=where))
    return items


@dataclass(frozen=True, slots=True)
class _Rival:
    """The other side: a training, or a base model."""

    name: str
    training: Training | None = None


def _rival(contest: Contest, trial: Trial) -> tuple[_Rival | None, str]:
    if trial.against is Against.INCUMBENT:
        if contest.incumbent is None:
            return None, "nothing serves that it could be compared with"
        return _Rival(contest.incumbent.model, contest.incumbent), ""
    if trial.against is Against.BASE:
        base = dialect_of(contest.address).base_of(contest.training.submission.training)
        return (_Rival(base), "") if base else (None, "nobody knows which base model it was tuned from")
    return None, ""


def _of_sides(
    bench: Bench, contest: Contest, rival: _Rival | None, settings: Mapping[str, Any]
) -> Mapping[Side, Mapping[str, Any]]:
    """A base model is asked as what was tuned from it."""
    old = rival.training if rival and rival.training else contest.training
    sides = {Side.NEW: contest.training, Side.OLD: old}
    return {side: asked_with(settings, bench.facts(contest.address, training)) for side, training in sides.items()}


@dataclass(slots=True)
class _Asking:
    """The questions of one slice. Answers live in the bench; what is here is forgotten with the slice."""

    bench: Bench
    contest: Contest
    trial: Trial
    settings: Mapping[Side, Mapping[str, Any]]
    rival: _Rival | None
    most: MaxCost | None = None
    asked: int = 0
    troubles: dict[Ask, str] = field(default_factory=dict)
    _known: dict[Ask, ModelAnswer] = field(default_factory=dict)
    _scores: dict[Ask, Score] = field(default_factory=dict)

    def ask_until_settled(self, wanted: Sequence[Ask], ordered: Sequence[HeldoutItem]) -> StillJudging | None:
        """In batches; what failed is tried once more at the end. Raises where the service answers nothing at all."""
        began = self.bench.clock.now()
        is_last_try = False
        for ask in wanted:
            self._recall(ask)
        if not self._score_known():
            return None
        while not is_settled(self.trial, self.marks(ordered), has_rival=self.rival is not None):
            batch = missing(iter(wanted), self._is_over, max(1, self.bench.parallelism) * _BATCHES)
            if not batch and (is_last_try or not self.troubles):
                return None
            if not batch:
                is_last_try = True
                self.troubles.clear()
                self._score_known()
                continue
            if self._is_spent():
                self.troubles[batch[0]] = _SPENT
                return None
            if self.bench.clock.now() - began > SLICE_S:
                return StillJudging(sum(ask in self._scores for ask in wanted), len(wanted))
            self._answer(batch)
            if not self._score_known():
                return None
        return None

    def marks(self, ordered: Sequence[HeldoutItem]) -> list[Mark]:
        """Of every item, in the order in which they are asked."""
        return [Mark(item.line, self._value(Side.NEW, item), self._value(Side.OLD, item)) for item in ordered]

    def took_s(self, wanted: Sequence[Ask]) -> Iterator[float]:
        """Of the answers of the model that is judged."""
        return (self._known[ask].took_s for ask in wanted if ask.side is Side.NEW and ask in self._known)

    def flips(self, ordered: Sequence[HeldoutItem], marks: Sequence[Mark]) -> Iterator[FlippedItem]:
        """Where the two differ."""
        for item, mark in zip(ordered, marks, strict=True):
            if mark.new is not None and mark.old is not None and mark.new != mark.old:
                new, old = (self._known[Ask(side, item, 1)].text for side in (Side.NEW, Side.OLD))
                yield FlippedItem(item.line, mark.new > mark.old, item.reference, new, old)

    def texts(self, ordered: Sequence[HeldoutItem]) -> Iterator[tuple[str, str, str]]:
        """The first answers of both where both are known: reference, new and old."""
        for item in ordered:
            new, old = self._known.get(Ask(Side.NEW, item, 1)), self._known.get(Ask(Side.OLD, item, 1))
            if new is not None and (old is not None or self.rival is None):
                yield item.reference, new.text, old.text if old else ""

    def _is_spent(self) -> bool:
        """Whether all answers of this trial, whenever they were asked, cost what judging may cost."""
        price = self.bench.price(self.contest.address, self.contest.training)
        if self.most is None or price is None:
            return False
        return cost_of(((ask.item, answer) for ask, answer in self._known.items()), price) >= self.most.amount

    def _value(self, side: Side, item: HeldoutItem) -> float | None:
        if side is Side.OLD and self.rival is None:
            return None
        samples = range(1, self.trial.samples + 1)
        scores = [self._scores.get(Ask(side, item, sample)) for sample in samples]
        return item_value(self.trial.scorer.metric, scores, self.trial.samples)

    def _is_over(self, ask: Ask) -> bool:
        return ask in self._known or ask in self.troubles

    def _recall(self, ask: Ask) -> None:
        known = self.bench.answers.get(self._key(ask))
        if known is not None:
            self._known[ask] = known

    def _answer(self, batch: Sequence[Ask]) -> None:
        for ask, answer in zip(
            batch, gather([partial(self._asked, ask) for ask in batch], self.bench.parallelism), strict=True
        ):
            if isinstance(answer, ModelAnswer):
                self._known[ask] = self.bench.answers.put(self._key(ask), answer)
                self.asked += 1
            elif not self._known and len(self.troubles) + 1 >= len(batch):
                raise answer
            else:
                self.troubles[ask] = answer.diagnostic.detail

    def _asked(self, ask: Ask) -> ModelAnswer | BackendError:
        """What may pass is a value; the rest ends the trial, since it would befall every question."""
        question = Question(ask.item.contents, ask.item.system, ask.item.tools, self.settings[ask.side])
        backend, training = self.contest.backend, self.contest.training
        try:
            if ask.side is Side.NEW:
                return backend.ask(training, question)
            assert self.rival is not None
            if self.rival.training is not None:
                return backend.ask(self.rival.training, question)
            submission = training.submission
            return backend.ask_base(self.rival.name, submission.project, submission.location, question)
        except BackendError as exc:
            if exc.fault not in _MAY_PASS:
                raise
            return exc

    def _score_known(self) -> bool:
        """Score all that have no score; False where the scorer had none for a whole batch, as it will for others.

        An answer that nobody could score is a trouble of its item.
        """
        open_ones = [ask for ask in self._known if ask not in self._scores and ask not in self.troubles]
        scorer = self.trial.scorer
        if not scorer.metric.asks_others:
            for ask in open_ones:
                self._scores[ask] = score_of(scorer.metric, self._known[ask], ask.item.reference)
            return True
        name = self.bench.digest_of_scorer(scorer)
        fresh = []
        for ask in open_ones:
            before = self.bench.answers.score(self._key(ask), name)
            if before is None and not self._known[ask].error:
                fresh.append(ask)
            else:
                self._scores[ask] = before or Score(0.0, self._known[ask].error)
        for start in range(0, len(fresh), _SCORED_AT_ONCE):
            batch = fresh[start : start + _SCORED_AT_ONCE]
            answered = [(ask.item, self._known[ask]) for ask in batch]
            scores = self.bench.score_all(self.contest.backend, self.contest.training, scorer, answered)
            for ask, score in zip(batch, scores, strict=True):
                self._keep(ask, score, name)
            if all(score.value is None for score in scores):
                self.troubles |= dict.fromkeys(fresh[start + len(batch) :], scores[0].why)
                return False
        return True

    def _keep(self, ask: Ask, score: Score, scorer: str) -> None:
        if score.value is None:
            self.troubles[ask] = score.why
        else:
            self._scores[ask] = score
            self.bench.answers.put_score(self._key(ask), scorer, score)

    def _key(self, ask: Ask) -> AnswerKey:
        whom: Training | str = self.contest.training
        if ask.side is Side.OLD:
            assert self.rival is not None
            whom = self.rival.training or self.rival.name
        return key_of(whom, ask.item.key, self.settings[ask.side], ask.sample)


def shown_troubles(troubles: Sequence[str], most: int = 3) -> str:
    """Each kind once."""
    more = len(troubles) - most
    shown = "; ".join(islice(troubles, most))
    return f"{shown}; and {counted(more, 'other kind')} of failure" if more > 0 else shown
