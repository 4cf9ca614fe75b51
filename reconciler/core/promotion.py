"""A trained successor that waits for somebody to promote it, because its spec says `promote: manual`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.core import compare
from reconciler.core.adopt import carried_changes, patch_for
from reconciler.core.change import Change, Decided, Reason, ReasonCode
from reconciler.core.codes_plan import plan_diagnostic
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.judgement import DROPPED, NO_GATE, judge_of
from reconciler.core.lock import Role, Training
from reconciler.core.model import Action, Address, LiveTraining, Promote
from reconciler.core.situation import Situation
from reconciler.core.suggest import suggest


def waiting(case: Situation) -> tuple[str, Training] | None:
    """The trained attempt that is what the spec says, and waits."""
    for attempt, training in reversed(case.entry.with_role(Role.PENDING).items()):
        if not compare.needs_training(case.training_changes(training)):
            return attempt, training
    return None


def lets_serve(case: Situation, attempt: str, training: Training, live: LiveTraining) -> Change | None:
    """The change where nothing keeps it waiting any more, or where another gate has to judge it; None: it waits on."""
    judge = judge_of(training, case.declared.gate, case.most_dropped_percent)
    by = training.judged.by if training.judged else ""
    is_judged = judge == NO_GATE or (judge != DROPPED and by in ("", judge))
    if is_judged and not _is_free(case):
        return None
    words = "serves now: nothing keeps it waiting" if is_judged else "is judged again: its gate has changed"
    return Change(
        case.address,
        Action.UPDATE,
        Reason(ReasonCode.PROMOTED if is_judged else ReasonCode.JUDGED_AGAIN, f"attempt {attempt} {words}"),
        fields=tuple(carried_changes(case, live, case.ours_on(training, live))),
        submission=training.submission,
        attempt=attempt,
        patch=patch_for(case, live, case.ours_on(training, live)),
        judge=judge,
        state=live.state,
    )


def nothing_serves(case: Situation, attempt: str, live: LiveTraining) -> Change:
    """A first model that waits: nothing is to be done by a plan."""
    return Change(case.address, Action.NOOP, reason_of(attempt), attempt=attempt, state=live.state)


def reason_of(attempt: str) -> Reason:
    """Why nothing is done."""
    return Reason(ReasonCode.WAITS, f"attempt {attempt} is trained, and waits to be promoted")


def with_promotion(case: Situation, change: Change) -> Change:
    """The change of an address whose models serve when somebody says so."""
    if case.declared.lifecycle.promote is Promote.MANUAL and case.promotes is not None:
        change = replace(change, promotes=case.promotes or _ALLOWED)
    held = waiting(case)
    if held is not None and change.action in (Action.NOOP, Action.UPDATE) and not change.judge:
        reason = reason_of(held[0]) if change.action is Action.NOOP else change.reason
        note = _waits(case.address, held[0])
        return replace(change, reason=reason, held=Decided.PENDING, notes=(*change.notes, note))
    if held is None:
        change = _withdrawing(case, change)
    if change.action in _WILL_WAIT and not _is_free(case):
        return replace(change, notes=(*change.notes, _will_wait(case.address)))
    return change


_ALLOWED = "allowed by --allow-promote"
_WILL_WAIT = frozenset({Action.CREATE, Action.REPLACE, Action.RESTORE, Action.ADOPT})


def _is_free(case: Situation) -> bool:
    """Whether it needs nobody to serve."""
    return case.declared.lifecycle.promote is Promote.AUTOMATIC or case.promotes is not None


def _withdrawing(case: Situation, change: Change) -> Change:
    """What waits and is not what the spec says any more waits no longer, once something else is settled."""
    stale = tuple(case.entry.with_role(Role.PENDING))
    if not stale or change.action not in (Action.NOOP, Action.UPDATE):
        return change
    if change.action is Action.NOOP:
        words = f"the spec is back to what serves; attempt {stale[-1]} is not to be promoted"
        change = replace(change, action=Action.UPDATE, reason=Reason(ReasonCode.REVERTED, words), held=None)
    return replace(change, withdraws=stale)


def allowed(promotes: Mapping[str, str], address: Address) -> str | None:
    """Why models of an address serve without being promoted, by the command line or a dated line; None: they do not."""
    return promotes.get(str(address), promotes.get("*"))


def _waits(address: Address, attempt: str) -> Diagnostic:
    detail = f"Attempt {attempt} is trained, and nothing refuses it. It serves when somebody promotes it."
    command = suggest("promote", address)
    return plan_diagnostic("PLAN027", Severity.WARNING, detail, address=str(address), command=command)


def _will_wait(address: Address) -> Diagnostic:
    detail = "lifecycle.promote is manual: it serves when somebody promotes it."
    return plan_diagnostic("PLAN027", Severity.NOTE, detail, address=str(address))
