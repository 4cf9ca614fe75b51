"""A trial: ask both models what is still unknown, until nothing that remains could change the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from reconciler.backends.base import BackendError
from reconciler.backends.threads import gather
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Location, ReconcilerError
from reconciler.core.evidence.conclusion import Conclusion
from reconciler.core.faults import Fault
from reconciler.core.gate_result import Breakdown, FlippedItem
from reconciler.core.gate_spec import GateSpec, Trial
from reconciler.core.gating.asking import Ask, every_answer, in_order, missing, seed_of
from reconciler.core.gating.breakdown import breakdown_of
from reconciler.core.gating.finding import findings, is_settled, worst
from reconciler.core.gating.marks import unusable_references
from reconciler.core.judgement import StillJudging
from reconciler.core.lock import Evidence
from reconciler.core.plurals import counted
from reconciler.core.questions import HeldoutItem, ModelAnswer
from reconciler.gate.bench import BATCHES, SLICE_S, Bench, key_of
from reconciler.gate.controls import weighed
from reconciler.gate.known import KnownAnswers
from reconciler.gate.purse import Purse
from reconciler.gate.sides import Contest, Sides

_MAY_PASS = frozenset({Fault.TRANSIENT, Fault.QUOTA})


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a trial. `troubles` are questions that the service or a scorer could not answer.

    `asked` is how many answers were asked by this look.
    """

    evidence: tuple[Evidence, ...]
    conclusion: Conclusion
    why: str = ""
    asked: int = 0
    troubles: tuple[str, ...] = ()
    took_s: tuple[float, ...] = ()
    flips: tuple[FlippedItem, ...] = ()
    breakdown: tuple[Breakdown, ...] = ()


def try_out(
    bench: Bench, contest: Contest, trial: Trial, gate: GateSpec, purse: Purse | None = None
) -> Tried | StillJudging:
    """Ask and judge; where it takes longer than a slice, how far it is: what was answered is kept.

    `purse` is that of the whole judging, by default one of its own.
    """
    bench.same_scorer(trial.scorer)
    sides = Sides.of(bench, contest, trial, gate.settings)
    items = _usable(bench.items(trial.heldout), trial)
    bench.leaks(contest.training, trial.heldout, items)
    ordered = in_order(items, trial.heldout)
    wanted = tuple(every_answer(trial, ordered, has_rival=sides.rival is not None))
    purse = purse or Purse.of(bench, contest.address, contest.training, gate)
    answered = KnownAnswers(bench, sides, trial, purse)
    asking = _Asking(bench, answered, trial)
    still = asking.ask_until_settled(wanted, ordered)
    if still is not None:
        return still
    evidence, flips, breakdown = _shown(answered, ordered, asks=True)
    conclusions = [Conclusion(found.conclusion) for found in evidence]
    if sides.why and trial.at_least is None:
        conclusions.append(Conclusion.INCONCLUSIVE)
    return Tried(
        evidence,
        worst(conclusions),
        sides.why if trial.at_least is None else "",
        asking.asked,
        tuple(dict.fromkeys(answered.troubles.values())),
        tuple(answered.took_s(wanted)),
        flips,
        breakdown,
    )


_Shown = tuple[tuple[Evidence, ...], tuple[FlippedItem, ...], tuple[Breakdown, ...]]


def _shown(answered: KnownAnswers, ordered: Sequence[HeldoutItem], *, asks: bool) -> _Shown:
    """What the known answers prove, at which items the two differ, and by class or field."""
    trial, rival, marks = answered.trial, answered.sides.rival, answered.marks(ordered)
    evidence = findings(trial, marks, rival=rival.name if rival else "", seed=seed_of(trial.heldout))
    evidence = weighed(answered, ordered, evidence, asks=asks)
    flips = tuple(sorted(answered.flips(ordered, marks), key=lambda flip: flip.line))
    return evidence, flips, breakdown_of(trial.scorer, answered.texts(ordered), has_rival=rival is not None)


def from_answers(bench: Bench, contest: Contest, gate: GateSpec, wanted: Sequence[Evidence]) -> Tried | None:
    """What stands behind evidence that the lock has, out of kept answers: nobody is asked.

    None where they are not all here: what they come to is not just that evidence.
    """
    trial = gate.trial
    if trial is None or not bench.answers.knows(key_of(contest.training, "", {}, 1).model):
        return None
    sides = Sides.of(bench, contest, trial, gate.settings)
    ordered = in_order(bench.items(trial.heldout), trial.heldout)
    purse = Purse.of(bench, contest.address, contest.training, gate)
    answered = KnownAnswers(bench, sides, trial, purse)
    answered.recall(tuple(every_answer(trial, ordered, has_rival=sides.rival is not None)))
    answered.score(asks=False)
    evidence, flips, breakdown = _shown(answered, ordered, asks=False)
    return Tried(evidence, Conclusion.PASSED, flips=flips, breakdown=breakdown) if evidence == tuple(wanted) else None


def _usable(items: Sequence[HeldoutItem], trial: Trial) -> Sequence[HeldoutItem]:
    """A reference that the metric cannot read is a mistake of the set, and no answer could be right."""
    uri = trial.heldout.uri
    if not items:
        raise ReconcilerError(run_diagnostic("RUN060", f"{uri} has no items.", where=Location(uri, 0)))
    broken = list(unusable_references(trial.scorer, items))
    if broken:
        line, why = broken[0]
        more = f" {counted(len(broken), 'line')} in all." if len(broken) > 1 else ""
        detail = f"The reference of line {line}: {why}.{more}"
        raise ReconcilerError(run_diagnostic("RUN060", detail, where=Location(uri, line)))
    return items


@dataclass(slots=True)
class _Asking:
    """The questions of one slice."""

    bench: Bench
    answered: KnownAnswers
    trial: Trial
    asked: int = 0

    def ask_until_settled(self, wanted: Sequence[Ask], ordered: Sequence[HeldoutItem]) -> StillJudging | None:
        """In batches; what failed is tried once more at the end. Raises where the service answers nothing at all."""
        began = self.bench.clock.now()
        is_last_try = False
        answered = self.answered
        answered.recall(wanted)
        if not answered.score():
            return None
        while not is_settled(self.trial, answered.marks(ordered), has_rival=answered.sides.rival is not None):
            batch = missing(iter(wanted), answered.is_over, max(1, self.bench.parallelism) * BATCHES)
            if not batch and (is_last_try or not answered.troubles):
                return None
            if not batch:
                is_last_try = True
                answered.troubles.clear()
                answered.score()
                continue
            if why := answered.purse.why_empty:
                answered.troubles[batch[0]] = why
                return None
            if self.bench.clock.now() - began > SLICE_S:
                return StillJudging(sum(ask in answered.scores for ask in wanted), len(wanted), self.asked)
            self._answer(batch)
            if not answered.score():
                return None
        return None

    def _answer(self, batch: Sequence[Ask]) -> None:
        answered = self.answered
        with answered.purse.timed():
            answers = gather([partial(self._asked, ask) for ask in batch], self.bench.parallelism)
        for ask, answer in zip(batch, answers, strict=True):
            if isinstance(answer, ModelAnswer):
                answered.keep(ask, answer)
                self.asked += 1
            elif not answered.known and len(answered.troubles) + 1 >= len(batch):
                raise answer
            else:
                answered.troubles[ask] = answer.diagnostic.detail

    def _asked(self, ask: Ask) -> ModelAnswer | BackendError:
        """What may pass is a value; the rest ends the trial, since it would befall every question."""
        try:
            return self.answered.sides.ask(ask)
        except BackendError as exc:
            if exc.fault not in _MAY_PASS:
                raise
            return exc


def shown_troubles(troubles: Sequence[str], most: int = 3) -> str:
    """Each kind once."""
    more = len(troubles) - most
    shown = "; ".join(islice(troubles, most))
    return f"{shown}; and {counted(more, 'other kind')} of failure" if more > 0 else shown
