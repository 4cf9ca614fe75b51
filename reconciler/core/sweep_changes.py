"""What a plan makes of the address of a sweep, which serves a copy of the best trial: decided as for a copy. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reconciler.core import pins, promotion
from reconciler.core.attempts import next_attempt
from reconciler.core.change import Change, Reason, ReasonCode
from reconciler.core.model import Action
from reconciler.core.situation import Situation, is_alive
from reconciler.core.sourced import as_known, decide_copy
from reconciler.core.sweeps import in_words


def decide_sweep(case: Situation, decide: Callable[[Situation], Change]) -> Change:
    """While trials are open, or not measured, it is what they will come to; then it is a copy as any other."""
    ranking = case.ranking
    assert ranking is not None, "only the address of a sweep has trials"
    known = as_known(case)
    if not (ranking.open or ranking.unscored):
        return _selected(known, decide_copy(known, decide))
    change = decide(known)
    if ranking.open and not case.entry.trainings and any(map(is_alive, case.marked)):
        return _later(case)
    if change.action in (Action.CREATE, Action.REPLACE) and not change.cancels:
        return _when_trained(case, change, change.action)
    is_settled = pins.holding(known) is None and promotion.waiting(known) is None
    if change.action is Action.NOOP and is_settled:
        return _when_trained(case, change, Action.REPLACE)
    return change


def _when_trained(case: Situation, change: Change, action: Action) -> Change:
    """Which trial it will be, nobody knows yet."""
    assert case.ranking is not None
    attempt = next_attempt(case.entry, [*case.marked, *case.buried], case.wanted, case.spent)
    when = "they have ended" if case.ranking.open else "the scores of all are known"
    words = f"{in_words(case.ranking.record)} is copied when {when}"
    if action is Action.REPLACE:
        words += "; what serves stays if it is the best still"
    return Change(
        case.address,
        action,
        Reason(ReasonCode.SWEPT, words),
        submission=case.wanted,
        attempt=attempt,
        notes=change.notes,
    )


def _selected(case: Situation, change: Change) -> Change:
    """In words that say why it is this one."""
    if change.action not in (Action.CREATE, Action.REPLACE) or case.is_requested or case.ranking is None:
        return change
    source = case.declared.source
    if source is None or not source.model:
        return change
    words = f"{in_words(case.ranking.record)} is {source.address}: it is copied, nothing more is trained"
    return replace(change, reason=Reason(ReasonCode.SWEPT, words))


def _later(case: Situation) -> Change:
    """A copy of before is there, and only the trials say whether it is of the best one."""
    words = "its trials are taken up first; its copy is, or is made anew, by the next plan"
    return Change(case.address, Action.NOOP, Reason(ReasonCode.SWEPT, words))
