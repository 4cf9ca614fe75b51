"""A trained model that its gate refused: judged again when another gate stands there, and blocked until then. Pure."""

from __future__ import annotations

from dataclasses import replace

from reconciler.core.adopt import carried_changes, patch_for
from reconciler.core.change import Change, Reason, ReasonCode
from reconciler.core.checkpoints import LAST, is_answering, served_as
from reconciler.core.judgement import DROPPED, NO_GATE, judge_of, too_many_dropped
from reconciler.core.lock import Training
from reconciler.core.model import Action, LiveTraining
from reconciler.core.situation import Situation


def judged_again(case: Situation, *, since: str = "") -> Change | None:
    """The newest refused attempt at what the spec says, where its model is there and something else judges it now.

    That is another gate, or the same one at another checkpoint.

    `since` is the attempt that serves just this: only a later one was asked for instead of it.
    """
    found = _newest_refused(case)
    if found is None or int(found[0]) <= int(since or 0):
        return None
    attempt, training = found
    live = case.seen(training)
    judge = judge_of(training, case.declared.gate, case.most_dropped_percent)
    wanted = case.declared.checkpoint or LAST
    is_another = wanted != served_as(training)
    if live is None or not _answers(case, training, live) or judge == DROPPED:
        return None
    if judge == _refused_by(training) and not is_another:
        return None
    why = f"is judged at another checkpoint ({wanted})" if is_another else _why(training, judge)
    return Change(
        case.address,
        Action.UPDATE,
        Reason(ReasonCode.JUDGED_AGAIN, f"attempt {attempt} {why}; nothing is trained"),
        fields=tuple(carried_changes(case, live, case.ours_on(training, live))),
        submission=training.submission,
        attempt=attempt,
        patch=patch_for(case, live, case.ours_on(training, live)),
        judge=judge,
        state=live.state,
    )


def blocked_by_gate(case: Situation, change: Change, attempt: str, training: Training) -> Change:
    """`change` says that the address is blocked; here is why, and what makes it pass without paying."""
    dropped = too_many_dropped(training, case.most_dropped_percent)
    undecided = training.is_undecided and not dropped
    said = "left its gate undecided" if undecided else "did not pass its gate"
    text = f"attempt {attempt} {said}: {dropped or training.gate_refused}"
    live = case.seen(training)
    if live is None or not live.model_exists:
        text += "; its model is gone, so that it cannot be judged again"
    elif not is_answering(training, live, case.declared.checkpoint or LAST):
        text += "; its endpoint is gone, so that it cannot be judged again"
    else:
        text += "; edit the gate to have it judged again without training, or train anew"
    return replace(change, reason=Reason(ReasonCode.GATE_REFUSED, text), undecided=undecided)


def _newest_refused(case: Situation) -> tuple[str, Training] | None:
    return next(((a, t) for a, t in reversed(case.failed_same()) if t.gate_refused), None)


def _answers(case: Situation, training: Training, live: LiveTraining) -> bool:
    return live.is_ready and is_answering(training, live, case.declared.checkpoint or LAST)


def _refused_by(training: Training) -> str | None:
    """None where nobody knows: a lock of 0.1.0, or a gate that could not tell."""
    return training.judged.by or None if training.judged else None


def _why(training: Training, judge: str) -> str:
    if judge == NO_GATE:
        return "serves now: nothing refuses it any more"
    if training.judged is None:
        return "is judged again: the lock does not say which gate refused it"
    if not training.judged.by:
        return "is judged again: its gate was inconclusive"
    if training.judged.by == DROPPED:
        return "is judged again: limits.maxDroppedPercent does not refuse it any more"
    return "is judged again: its gate has changed since it was refused"
