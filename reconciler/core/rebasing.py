"""A changed base model, for which the service is asked to train again what a job trained: a way to replace. Pure.

What is trained, and so what it is known by, is the same as by a job of its own: only the request differs, and with
`sameEndpoint` where the new model answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from msgspec import structs

from reconciler.core import diff, notes
from reconciler.core.catalog import Catalog
from reconciler.core.change import Change, FieldChange, Plan, Reason, ReasonCode
from reconciler.core.copying import is_copy
from reconciler.core.dialect import LABELS
from reconciler.core.lock import Submission, Training
from reconciler.core.model import Action, Fields, LiveTraining, OnChange, Rebase
from reconciler.core.situation import Situation
from reconciler.core.taken_over import taken_over_by


def with_rebase(case: Situation, change: Change) -> Change:
    """A successor whose base model alone is another one, asked for as a rebase; or why it is none."""
    how, serving = case.declared.rebase, case.entry.serving
    is_new = change.action is Action.REPLACE and change.submission is case.wanted
    if how is None or serving is None or not is_new:
        return change
    changes = case.training_changes(serving[1])
    moved = next((c for c in changes if _needs_training(c) and c.field == case.dialect.base_model), None)
    if moved is None:
        return change
    live = case.seen(serving[1])
    why_not = next(_obstacles(case, serving[0], serving[1], live, changes), "")
    if why_not:
        return replace(change, notes=(*change.notes, notes.not_rebased(case.declared, why_not)))
    is_same = how is Rebase.SAME_ENDPOINT
    said = (notes.leaves_its_endpoint(case.declared, serving[1]),) if is_same else ()
    return replace(
        change,
        reason=_reason(change.reason, moved, ""),
        submission=_rebased(case, serving[1], live, is_same=is_same),
        notes=(*change.notes, *said),
    )


def with_dates(plan: Plan, catalog: Catalog, today: date) -> Plan:
    """The plan with the day on which a base model retires in the reason of its rebase, where the catalogue knows it."""
    return replace(plan, changes=tuple(_dated(c, catalog, today) if c.rebases else c for c in plan.changes))


def _dated(change: Change, catalog: Catalog, today: date) -> Change:
    if change.reason.code is not ReasonCode.REBASED:
        return change
    moved = next(c for c in change.fields if _needs_training(c))
    known = catalog.find(change.address.backend, str(moved.old))
    if known is None or known.retires is None:
        return change
    when = f"{'retired' if known.retires <= today else 'retires'} on {known.retires}"
    return replace(change, reason=_reason(change.reason, moved, when))


def _reason(before: Reason, moved: FieldChange, when: str) -> Reason:
    """Of an edit: a rebase. What was asked for, or is tried again, stays that."""
    onto = f"rebased onto {moved.new}"
    if before.code not in (ReasonCode.EDITED, ReasonCode.REBASED):
        return Reason(before.code, f"{before.text}; {onto}")
    return Reason(ReasonCode.REBASED, f"base model {moved.old} {when or 'is another one now'}: {onto}")


def _needs_training(change: FieldChange) -> bool:
    return change.on_change is OnChange.REPLACE


def _obstacles(
    case: Situation, attempt: str, training: Training, live: LiveTraining | None, changes: Sequence[FieldChange]
) -> Iterator[str]:
    """Why it is a training of its own, each as the end of a sentence."""
    base = case.dialect.base_model
    others = [c.field for c in changes if _needs_training(c) and c.field != base]
    if is_copy(training.submission):
        yield "what serves is a copy"
    if not case.dialect.jobs_to_rebase or case.dialect.jobs_to_rebase not in training.job:
        yield "no tuning job is known that trained what serves"
    if live is None or not live.model_exists:
        yield f"{training.model or training.job} is gone"
        return
    if others:
        yield f"{', '.join(others)} changed too"
    if case.dialect.base_of(training.submission.training) == "":
        yield "what serves was tuned from another tuned model"
    # The service takes over what a request leaves out.
    dropped = [c.field for c in changes if c.new is None and c.old is not None]
    dropped += sorted(name for name in live.training if name not in {*case.wanted.training, *dropped})
    if dropped:
        yield f"{dropped[0]} is not in the spec any more, and a rebase would take it over"
    if case.declared.rebase is Rebase.SAME_ENDPOINT:
        yield from _obstacles_there(case, attempt, training, live)


def _obstacles_there(case: Situation, attempt: str, training: Training, live: LiveTraining) -> Iterator[str]:
    if training.checkpoint is not None:
        yield f"checkpoint {training.checkpoint.checkpoint_id} serves, at an endpoint of its own"
    if not live.endpoint_exists or taken_over_by(case.entry, attempt):
        yield f"{training.endpoint or 'its endpoint'} is not there any more"


def _rebased(case: Situation, training: Training, live: LiveTraining | None, *, is_same: bool) -> Submission:
    """With all that the new model would carry unasked, so that what the spec lost of it is known to come off again."""
    left: Fields = {name: value for name, value in training.submission.in_place.items() if name != LABELS}
    if is_same:
        left = diff.merge(left, case.ours_on(training, live))
    in_place = diff.merge(left, case.wanted.in_place)
    return structs.replace(case.wanted, in_place=in_place, rebases=training.job, same_endpoint=is_same)
