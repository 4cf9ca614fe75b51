"""What happens to one declared address: from its situation to a change. Pure, one case a function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from reconciler.core import compare, diff, notes, pins, promotion
from reconciler.core.adopt import adopt, adopt_existing, as_deposed, cannot_serve, carried_changes, patch_for
from reconciler.core.aliases import alias_changes, off_alias
from reconciler.core.attempts import is_of, next_attempt
from reconciler.core.change import Cause, Change, FieldChange, Reason, ReasonCode
from reconciler.core.checkpoints import LAST, answering, in_words, is_answering, served_as
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.dialect import LABELS
from reconciler.core.dialects import is_files, names_parent
from reconciler.core.lock import Phase, Role, Training
from reconciler.core.markers import NAME_LABEL, label_value
from reconciler.core.model import Action, Address, LiveTraining, OnChange, OnFailure, Status
from reconciler.core.rebasing import with_rebase
from reconciler.core.refused import blocked_by_gate, judged_again
from reconciler.core.situation import Situation, is_alive, unanswered
from reconciler.core.sourced import as_known, decide_copy
from reconciler.core.suggest import suggest
from reconciler.core.sweep_changes import decide_sweep

_TRANSIENT_CODES = frozenset({4, 8, 10, 13, 14})
"""google.rpc codes that may pass by themselves: DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED,
INTERNAL, UNAVAILABLE. INVALID_ARGUMENT and FAILED_PRECONDITION will not."""


def decide(case: Situation) -> Change:
    """The one change of a declared address."""
    decided = decide_sweep(case, _decide) if case.ranking else None
    case = as_known(case)
    if decided is None:
        decided = decide_copy(case, _decide) if case.declared.source else with_rebase(case, _decide(case))
    change = pins.with_pin(case, promotion.with_promotion(case, decided))
    return replace(
        change,
        declared=case.declared,
        lifecycle=case.declared.lifecycle,
        in_place=diff.merge(case.wanted.in_place, case.labels),
        checkpoint=_checkpoint(case, change),
        alias=case.declared.alias,
        renamed_from=case.renamed_from,
        after=_after(case) if change.action.trains else (),
        fields=tuple(_named_before(case, f) for f in change.fields),
        notes=(
            *change.notes,
            *_unknown_data(case, change),
            *_unproven(case, change),
            *_earlier_models(case, change),
            *_shared(case),
        ),
    )


def _after(case: Situation) -> tuple[Address, ...]:
    """The parent that it is tuned from; the trials of which it is to be the best."""
    parent = (case.declared.parent,) if case.declared.parent else ()
    return (*parent, *(case.ranking.open if case.ranking else ()))


def _checkpoint(case: Situation, change: Change) -> str:
    """What a person let serve keeps its checkpoint; `last` is said where another one stands in the lock."""
    training = case.entry.trainings.get(change.attempt)
    if change.held is not None:
        return ""
    was_chosen = training is not None and training.checkpoint is not None
    return case.declared.checkpoint or (LAST if was_chosen else "")


def _chosen(case: Situation, training: Training) -> list[FieldChange]:
    """Another checkpoint than the one that answers for it now."""
    wanted = case.declared.checkpoint or LAST
    if wanted == served_as(training):
        return []
    return [FieldChange("serve.checkpoint", in_words(training), wanted, OnChange.IN_PLACE)]


def _named_before(case: Situation, field: FieldChange) -> FieldChange:
    """The label with the name: where it is one that the address had, nobody moved it in the cloud."""
    if field.field != f"{LABELS}.{NAME_LABEL}" or field.cause is not Cause.DRIFTED:
        return field
    names = {*case.entry.former, *(t.name for t in case.entry.trainings.values())}
    names |= {case.renamed_from.name} if case.renamed_from else set()
    is_former = field.old in {label_value(name) for name in names if name}
    return replace(field, cause=Cause.RENAMED) if is_former else field


def _shared(case: Situation) -> list[Diagnostic]:
    return [notes.shared_model(case.address, model, others) for model, others in case.shared.items()]


def _unknown_data(case: Situation, change: Change) -> list[Diagnostic]:
    """A training that stays, of which nobody can tell whether its data is still what the spec says."""
    known = [f for f in change.fields if compare.is_unknown_data(f)]
    found = case.entry.candidate or case.entry.serving or case.entry.newest
    if change.action.trains or found is None or not known:
        return []
    return [notes.unknown_data(case.address, known[0], found[1])]


def _unproven(case: Situation, change: Change) -> list[Diagnostic]:
    """A model that goes on serving, of which nobody knows for certain what it was trained on."""
    serving = case.entry.serving
    if serving is None or change.action.trains or not serving[1].data_unproven:
        return []
    return [notes.unproven_data(case.address, serving[1])]


def _earlier_models(case: Situation, change: Change) -> list[Diagnostic]:
    """Models of this name that no lock knows any more: named until somebody imports or deletes them."""
    if change.action is Action.ADOPT:
        return []
    found = [notes.other_training(case.address, t) for t in case.marked if is_alive(t) and _is_other(case, t)]
    return [note for note in found if note not in change.notes]


def _is_other(case: Situation, live: LiveTraining) -> bool:
    """Of another spec or other data; or of the present data, while what serves was trained before that changed."""
    serving = case.entry.serving
    return live not in case.matching or (serving is not None and not is_of(live, serving[1].submission))


def _decide(case: Situation) -> Change:
    candidate, serving = case.entry.candidate, case.entry.serving
    if candidate is not None:
        return _under_way(case, *candidate)
    waiting = promotion.waiting(case)
    if waiting is not None and not case.is_requested:
        return _pending(case, *waiting)
    if serving is not None:
        return _serving(case, *serving)
    if case.entry.newest is not None:
        return _only_failed(case)
    return _unlocked(case)


def _unlocked(case: Situation) -> Change:
    """Nothing in the lock: adopt what is ours and matches, else train."""
    if case.declared.existing:
        return adopt_existing(case)
    alive = case.contenders
    able = [t for t in alive if not cannot_serve(t)]
    if able:
        return adopt(case, able)
    if alive and case.is_requested:
        change = _train(case, Action.CREATE, ReasonCode.REQUESTED, "asked for with --replace", notes=_history(case))
        return replace(change, adopts=as_deposed(case, alive))
    if alive:
        return _without_endpoint(case, alive[-1].endpoint, alive[-1].state)
    return _train(case, Action.CREATE, ReasonCode.NOT_FOUND, "not found in the cloud", notes=_history(case))


def _under_way(case: Situation, attempt: str, training: Training) -> Change:
    """A training was begun and is not known to have ended."""
    changes = case.training_changes(training)
    is_edited = compare.needs_training(changes)
    if training.phase is Phase.INTENDED:
        return _outdated(case, training, changes) if is_edited else _interrupted(case, attempt, training)
    live = case.seen(training)
    if live is None or (live.status is Status.READY and not live.model_exists):
        return _gone(case, attempt, training)
    if is_edited or case.is_requested:
        return _outdated(case, training, changes)
    contenders = case.contenders
    if len(contenders) > 1:
        return adopt(case, contenders)
    return _in_its_time(case, attempt, training, live, changes)


def _in_its_time(
    case: Situation, attempt: str, training: Training, live: LiveTraining, changes: Sequence[FieldChange]
) -> Change:
    """Nothing is wrong with it: it serves when it has ended, and is awaited until then."""
    if not live.is_ready:
        return _awaited(case, attempt, training, live, changes)
    if not _is_answering(case, training, live):
        return _endpoint_gone(case, training, live)
    return Change(
        case.address,
        Action.UPDATE,
        Reason(ReasonCode.TRAINED, "trained, and starts to serve"),
        fields=tuple(carried_changes(case, live, case.ours_on(training, live))),
        submission=training.submission,
        attempt=attempt,
        patch=patch_for(case, live, case.ours_on(training, live)),
        state=live.state,
        completes=True,
    )


def _awaited(
    case: Situation, attempt: str, training: Training, live: LiveTraining, changes: Sequence[FieldChange]
) -> Change:
    words = "training is being cancelled" if training.cancel_requested else "training is in progress"
    waits = _waiting_fields(case, training)
    return Change(
        case.address,
        Action.AWAIT,
        Reason(ReasonCode.IN_PROGRESS, words),
        fields=(*waits, *changes),
        submission=training.submission,
        attempt=attempt,
        state=live.state,
        progress=live.progress,
        notes=(notes.applies_when_trained(case.address, waits),) if waits else (),
    )


def _waiting_fields(case: Situation, training: Training) -> list[FieldChange]:
    """Edits of mutable fields since they were submitted or approved: there is nothing to patch yet."""
    approved = next((a.in_place for a in case.entry.approved if not a.deposed and a.in_place), None)
    known = training.submission.in_place if approved is None else approved
    return compare.in_place_changes(case.wanted.in_place, known, [], case.labels)


def _interrupted(case: Situation, attempt: str, training: Training) -> Change:
    """A create was about to be sent and its answer is unknown. Apply looks before it sends anything.

    `--replace` asks for no more than this: nobody knows yet of a training that could be replaced.
    """
    text = "an interrupted create is looked up, and sent again only if it was lost"
    action = Action.REPLACE if case.entry.serving else Action.CREATE
    change = _train(case, action, ReasonCode.INTERRUPTED, text)
    return replace(change, attempt=attempt, submission=training.submission)


def _outdated(case: Situation, training: Training, changes: Sequence[FieldChange]) -> Change:
    """The spec moved away from a training that is under way, or that has just ended."""
    change = _instead(case, changes)
    if change.action is Action.BLOCKED:
        return change
    live = case.seen(training) or next(iter(unanswered(case.entry, case.marked)), None)
    runs = live is not None and not live.status.is_terminal
    open_ones = [a for a in case.entry.with_role(Role.CANDIDATE) if a not in change.cancels]
    return replace(
        change,
        cancels=(*change.cancels, *open_ones),
        progress=live.progress if live and runs else None,
        state=live.state if live else training.state,
    )


def _instead(case: Situation, changes: Sequence[FieldChange]) -> Change:
    """What takes the place of an outdated training."""
    serving = case.entry.serving
    if case.is_requested:
        text = "asked for with --replace"
        return _train(case, Action.REPLACE, ReasonCode.REQUESTED, text, fields=changes)
    if promotion.waiting(case) is not None:
        text = "the spec is back to what waits to be promoted; the training under way is cancelled"
        return Change(case.address, Action.CANCEL, Reason(ReasonCode.REVERTED, text), fields=tuple(changes))
    if serving is not None and (pins.holding(case) or not case.is_outdated(serving[1])):
        text = "the spec is back to what serves; the training under way is cancelled"
        return Change(case.address, Action.CANCEL, Reason(ReasonCode.REVERTED, text), fields=tuple(changes))
    change = _successor(case, changes)
    if change.action is not Action.REPLACE:
        return change
    text = "edited since it was submitted; that training is cancelled"
    return replace(change, reason=Reason(ReasonCode.OUTDATED, text))


def _serving(case: Situation, attempt: str, training: Training) -> Change:
    """A model serves. Compare it with the spec."""
    changes = case.training_changes(training)
    if case.is_requested:
        return _train(case, Action.REPLACE, ReasonCode.REQUESTED, "asked for with --replace", fields=changes)
    pin = pins.holding(case)
    if pin is not None:
        return _stays(case, attempt, training)
    if compare.needs_training(changes):
        return _successor(case, changes)
    live = case.seen(training)
    if live is None or not live.model_exists:
        return _gone(case, attempt, training)
    if not _is_answering(case, training, live):
        return _endpoint_gone(case, training, live)
    return judged_again(case, since=attempt) or _in_sync(case, attempt, training, live, changes)


def _stays(case: Situation, attempt: str, training: Training) -> Change:
    """Another one serves than the spec says, by a person's decision; what is mutable follows the spec all the same."""
    live = case.seen(training)
    if live is None or not live.model_exists:
        return _gone(case, attempt, training)
    if not is_answering(training, live):
        return _without_endpoint(case, training.endpoint, training.state)
    return _in_sync(case, attempt, training, live, [], is_held=True)


def _pending(case: Situation, attempt: str, training: Training) -> Change:
    """What the spec says is trained, and serves when somebody promotes it. What serves goes on."""
    live = case.seen(training)
    if live is None or not live.model_exists:
        return _gone(case, attempt, training)
    if not is_answering(training, live):
        return _without_endpoint(case, training.endpoint, training.state)
    served = promotion.lets_serve(case, attempt, training, live)
    if served is not None:
        return served
    serving = case.entry.serving
    return _stays(case, *serving) if serving else promotion.nothing_serves(case, attempt, live)


def _successor(case: Situation, changes: Sequence[FieldChange]) -> Change:
    """What serves is not what the spec says: restore or adopt an old one, or train a new one."""
    old = case.restorable()
    asked_for_since = judged_again(case, since=old[0]) if old is not None else None
    if asked_for_since is not None:
        return replace(asked_for_since, fields=(*changes, *asked_for_since.fields))
    if old is not None:
        attempt, training = old
        live = case.seen(training)
        in_place = carried_changes(case, live, case.ours_on(training, live))
        return Change(
            case.address,
            Action.RESTORE,
            Reason(
                ReasonCode.MATCHES_DEPOSED,
                f"attempt {attempt} is what the spec says again; nothing is trained",
            ),
            fields=(*(f for f in in_place if f.resource_name), *changes),
            submission=compare.recorded(case.wanted, training.submission, case.training_changes(training)),
            attempt=attempt,
            patch=patch_for(case, live, case.ours_on(training, live)),
            resources=(training.model,),
        )
    if case.contenders:
        return adopt(case, case.contenders)
    refused = judged_again(case)
    if refused is not None:
        return replace(refused, fields=(*changes, *refused.fields))
    failed = case.failed_same()
    if failed and not _may_retry(case, failed):
        return _blocked_by_failure(case, failed[-1][1])
    code = ReasonCode.RETRY if failed else _why(changes)
    return _train(case, Action.REPLACE, code, _WHY[code], fields=changes)


_WHY = {
    ReasonCode.EDITED: "edited: trains a successor; the present model serves until it is ready",
    ReasonCode.TRIGGERED: "trigger changed: trains a successor; the present model serves until it is ready",
    ReasonCode.DATA_CHANGED: "the training data changed behind its URI, and onDataChange is retune",
    ReasonCode.PARENT_CHANGED: "the parent has a newer model, and onParentChange is retune",
    ReasonCode.RETRY: "the last attempt failed in a way that may pass, and onFailure is retry",
}


def _why(changes: Sequence[FieldChange]) -> ReasonCode:
    strong = [c for c in changes if c.on_change is OnChange.REPLACE]
    if compare.is_triggered(changes):
        return ReasonCode.TRIGGERED
    if any(c.cause is Cause.EDITED for c in strong):
        return ReasonCode.EDITED
    is_parent = any(names_parent(c.field) for c in strong)
    return ReasonCode.PARENT_CHANGED if is_parent else ReasonCode.DATA_CHANGED


def _in_sync(
    case: Situation,
    attempt: str,
    training: Training,
    live: LiveTraining,
    changes: Sequence[FieldChange],
    *,
    is_held: bool = False,
) -> Change:
    """The weights are right, or what serves is held by a person. Patch what is mutable, or do nothing."""
    in_place = carried_changes(case, live, case.ours_on(training, live))
    chosen = [] if is_held else _chosen(case, training)
    aliased = alias_changes(case, attempt, training, live)
    record = compare.recorded(case.wanted, training.submission, changes)
    drifted = any(f.resource_name for f in in_place)
    common: dict[str, Any] = {
        "fields": (*in_place, *chosen, *aliased, *changes),
        "attempt": attempt,
        "state": live.state,
        "notes": tuple(notes.reported(case.address, c) for c in changes if _is_warning(c)),
    }
    off = [*in_place, *aliased]
    settings = case.entry.lifecycle != case.declared.lifecycle
    if not (in_place or chosen or aliased or settings or record or case.renamed_from):
        return Change(case.address, Action.NOOP, _noop_reason(changes), **common)
    return Change(
        case.address,
        Action.UPDATE,
        _ANOTHER_CHECKPOINT
        if chosen and not in_place
        else _update_reason(case, off, is_recorded=record is not None, are_files=is_files(live.model)),
        patch=compare.patch_of(in_place) if drifted else None,
        resources=(*(_off_carriers(case, training, live) if drifted else ()), *off_alias(aliased)),
        submission=record,
        **common,
    )


_ANOTHER_CHECKPOINT = Reason(ReasonCode.EDITED, "edited: another checkpoint serves, and nothing is trained")


def _off_carriers(case: Situation, training: Training, live: LiveTraining) -> tuple[str, ...]:
    """The resources that do not carry what they should."""
    wanted, locked = case.wanted.in_place, case.ours_on(training, live)
    return tuple(
        carrier.resource_name
        for carrier in live.carriers
        if carrier.resource_name not in case.shared
        if any(f.resource_name for f in compare.in_place_changes(wanted, locked, [carrier], case.labels))
    )


def _is_warning(change: FieldChange) -> bool:
    """Something moved under the spec, and nothing is done about it."""
    return change.on_change is OnChange.REPORT and change.cause is Cause.DRIFTED


def _noop_reason(changes: Sequence[FieldChange]) -> Reason:
    """What is the most worth knowing of what differs and is left alone."""
    if not changes:
        return Reason(ReasonCode.UNCHANGED, "unchanged")
    moved = [c for c in changes if compare.has_moved_beneath(c)]
    if any(map(compare.is_training_data, moved)):
        return Reason(ReasonCode.DATA_CHANGED, _LEFT[ReasonCode.DATA_CHANGED])
    if moved:
        return Reason(ReasonCode.PARENT_CHANGED, _LEFT[ReasonCode.PARENT_CHANGED])
    if any(map(compare.is_unknown_data, changes)):
        return Reason(ReasonCode.DATA_UNKNOWN, _LEFT[ReasonCode.DATA_UNKNOWN])
    if all(c.on_change is OnChange.FORM for c in changes):
        return Reason(ReasonCode.FORM, _LEFT[ReasonCode.FORM])
    return Reason(ReasonCode.REPORTED, "differs in what does not decide the weights; nothing is done")


_LEFT = {
    ReasonCode.DATA_CHANGED: (
        "the training data changed behind its URI after it was trained on; onDataChange is report, so nothing is done"
    ),
    ReasonCode.PARENT_CHANGED: "the parent has a newer model; onParentChange is report, so nothing is done",
    ReasonCode.DATA_UNKNOWN: "whether the data differs in more than its form is unknown; nothing is trained",
    ReasonCode.FORM: "only the form of the data differs, not what is learnt; nothing is trained",
}


def _update_reason(case: Situation, in_place: Sequence[FieldChange], *, is_recorded: bool, are_files: bool) -> Reason:
    if case.renamed_from:
        return Reason(ReasonCode.RENAMED, f"renamed from {case.renamed_from}; nothing is trained")
    if not in_place and is_recorded:
        return Reason(ReasonCode.RECORDED, "edited, and trains the same: the lock alone is written")
    if not in_place:
        return Reason(ReasonCode.SETTINGS, "lifecycle settings changed: the lock alone is written")
    if all(_named_before(case, f).cause is Cause.RENAMED for f in in_place):
        return Reason(ReasonCode.RENAMED, "renamed in the lock; its label follows, and nothing is trained")
    if all(f.cause is Cause.DRIFTED for f in in_place):
        return Reason(ReasonCode.DRIFTED, "drifted: patched back in place")
    return Reason(ReasonCode.EDITED, f"edited: {_IN_THE_LOCK if are_files else _PATCHED}")


_PATCHED = "patched in place"
_IN_THE_LOCK = "files carry nothing of it, and the lock alone is written"


def _only_failed(case: Situation) -> Change:
    """Nothing serves and nothing runs; every attempt failed, was cancelled, or is deposed."""
    if case.is_requested:
        return _train(case, Action.CREATE, ReasonCode.REQUESTED, "asked for with --replace")
    if case.restorable() is not None or case.contenders or judged_again(case) is not None:
        return _successor(case, [])
    failed = case.failed_same()
    if not failed:
        newest = case.entry.newest
        changes = case.training_changes(newest[1]) if newest else []
        code = ReasonCode.TRIGGERED if compare.is_triggered(changes) else ReasonCode.EDITED
        return _train(case, Action.CREATE, code, _SINCE_FAILED[code], fields=changes)
    if _may_retry(case, failed):
        return _train(case, Action.CREATE, ReasonCode.RETRY, _WHY[ReasonCode.RETRY])
    return _blocked_by_failure(case, failed[-1][1])


_SINCE_FAILED = {
    ReasonCode.EDITED: "edited since the last attempt",
    ReasonCode.TRIGGERED: "trigger changed since the last attempt",
}


def _may_retry(case: Situation, failed: Sequence[tuple[str, Training]]) -> bool:
    lifecycle = case.declared.lifecycle
    last = failed[-1][1]
    if lifecycle.on_failure is not OnFailure.RETRY or len(failed) >= lifecycle.max_attempts:
        return False
    is_ours = bool(last.gate_refused or last.cancel_requested or last.left_model)
    may_pass = last.state in case.dialect.passing_states
    return not is_ours and (may_pass or last.error_code in _TRANSIENT_CODES)


def _blocked_by_failure(case: Situation, training: Training) -> Change:
    live = case.seen(training)
    attempt = next(a for a, t in case.entry.trainings.items() if t is training)
    if case.ended_as(training) is Status.CANCELLED:
        reason = Reason(ReasonCode.CANCELLED, "the training was cancelled")
    else:
        words = training.error or training.state
        reason = Reason(ReasonCode.FAILED, f"the training failed: {words}")
    is_left = bool(training.left_model and not training.gate_refused)
    change = Change(
        case.address,
        Action.BLOCKED,
        reason,
        attempt=attempt,
        state=training.state,
        spent_tokens=live.billable_tokens if live else training.billable_tokens,
        notes=(notes.failed_left_model(case.address, training),) if is_left else (),
        command=suggest("apply", "--replace", case.address),
    )
    return blocked_by_gate(case, change, attempt, training) if training.gate_refused else change


def _gone(case: Situation, attempt: str, training: Training) -> Change:
    if case.is_requested:
        change = _train(case, Action.REPLACE, ReasonCode.REQUESTED, "asked for with --replace")
        return replace(change, cancels=tuple(case.entry.with_role(Role.CANDIDATE)))
    if case.contenders:
        return adopt(case, case.contenders)
    refused = judged_again(case)
    if refused is not None:
        return refused
    what = training.model or training.job
    return Change(
        case.address,
        Action.BLOCKED,
        Reason(ReasonCode.MODEL_GONE, f"{what} is gone from the cloud; it is not trained again by itself"),
        attempt=attempt,
        state=training.state,
        command=suggest("apply", "--replace", case.address),
    )


def _is_answering(case: Situation, training: Training, live: LiveTraining) -> bool:
    return is_answering(training, live, case.declared.checkpoint or LAST)


def _endpoint_gone(case: Situation, training: Training, live: LiveTraining) -> Change:
    """Of the checkpoint that the spec asks for. Another one whose endpoint is there needs no training."""
    wanted = case.declared.checkpoint or LAST
    known = {c.checkpoint_id: c.endpoint for c in training.checkpoints}
    endpoint = live.endpoint if wanted == LAST else known.get(wanted, training.endpoint)
    others = ", ".join(answering(training, live))
    return _without_endpoint(
        case, endpoint, training.state, f"; serve.checkpoint can be {others} without a training" if others else ""
    )


def _without_endpoint(case: Situation, endpoint: str, state: str, way_out: str = "") -> Change:
    what = endpoint or "the endpoint"
    text = f"{what} is missing while the model exists; it is not trained again by itself{way_out}"
    return Change(
        case.address,
        Action.BLOCKED,
        Reason(ReasonCode.ENDPOINT_GONE, text),
        state=state,
        command=suggest("apply", "--replace", case.address),
    )


def _train(
    case: Situation,
    action: Action,
    code: ReasonCode,
    text: str,
    *,
    fields: Sequence[FieldChange] = (),
    notes: Sequence[Diagnostic] = (),
) -> Change:
    """A new training; the action says whether it succeeds one."""
    return Change(
        case.address,
        action,
        Reason(code, text),
        fields=tuple(fields),
        submission=case.wanted,
        attempt=next_attempt(case.entry, [*case.marked, *case.buried], case.wanted, case.spent),
        notes=tuple(notes),
    )


def _history(case: Situation) -> list[Diagnostic]:
    """What a person should know before paying for something that was there once."""
    remarks = [notes.forgotten(case.address, t) for t in case.buried if is_alive(t)]
    remarks += [notes.ended_before(case.address, t) for t in case.matching if not is_alive(t)]
    others = [t for t in case.marked if t not in case.matching and is_alive(t)]
    return remarks + [notes.other_training(case.address, t) for t in others]
