"""What keeps a trained model from serving until a person promotes it."""

from __future__ import annotations

from reconciler.core import events as ev
from reconciler.core.carry.case import Case
from reconciler.core.carry.effects import Done, Save, Step
from reconciler.core.lock import Judgement, Role, Training
from reconciler.core.model import Action, LiveTraining, Promote
from reconciler.core.pins import is_by_hand


def waits(case: Case) -> bool:
    """Whether models of this address wait, and nobody has promoted this one."""
    is_manual = case.entry.lifecycle.promote is Promote.MANUAL
    return is_manual and case.approved.promotion is None and not is_by_hand(case.approved)


def hold(case: Case, training: Training, live: LiveTraining, judged: Judgement | None) -> Step:
    """Recorded once, with what its gate said; then the change is over, and nothing was replaced."""
    attempt = case.approved.attempt
    if training.role is not Role.PENDING or judged is not None:
        return Save(
            (
                ev.AwaitsPromotion(
                    case.address,
                    attempt,
                    live.model,
                    answers_at(training, live),
                    case.at,
                    judged,
                    alias=case.approved.alias,
                ),
            )
        )
    words = f"attempt {attempt} is to be promoted"
    return Done((ev.ChangeDone(case.address, Action.AWAIT, case.elapsed_s, words, case.approved.deposed),))


def answers_at(training: Training, live: LiveTraining) -> str:
    """The endpoint that serves it: of the checkpoint that was chosen, or the one that its job names."""
    return training.endpoint if training.checkpoint else live.endpoint
