"""What happens to what is locked and no longer declared. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.core.change import Change, Reason, ReasonCode
from reconciler.core.lock import Entry, Role, Training
from reconciler.core.model import Action, Address, LiveTraining, OnRemove, Removal, Status
from reconciler.core.taken_over import resources_of


def remove(
    address: Address,
    entry: Entry,
    live: Mapping[str, LiveTraining],
    *,
    unanswered: Sequence[LiveTraining] = (),
    stated: Removal | None = None,
    destroy: bool = False,
) -> Change:
    """The change of an address without a spec. `destroy` deletes whatever `onRemove` says, and what is `stated` counts.

    `unanswered` are running jobs of this entry that it does not know by name yet.
    """
    why = f": {stated.reason}" if stated and stated.reason else ""
    reason = Reason(ReasonCode.REMOVED, f"spec removed{why}")
    if destroy:
        reason = Reason(ReasonCode.REQUESTED, "asked for")
    elif (stated or entry.lifecycle).on_remove is OnRemove.RETAIN:
        text = f"spec removed{why}; onRemove is retain: the cloud is untouched" if why else _RETAINED
        return _of(address, Action.FORGET, Reason(ReasonCode.RETAINED, text), entry)
    running = {a: t for a, t in entry.trainings.items() if _may_run(t, live)}
    left = {a: t for a, t in entry.in_order if a not in running and _left_something(t, live)}
    if not running and not left:
        text = "spec removed, and nothing is left in the cloud"
        return _of(address, Action.DELETE, Reason(ReasonCode.NOTHING_LEFT, text), entry)
    seen = [*(live[t.job] for t in running.values() if t.job in live), *unanswered]
    return Change(
        address,
        Action.DELETE if left else Action.CANCEL,
        reason,
        lifecycle=entry.lifecycle,
        cancels=tuple(running),
        disposes=tuple(left),
        resources=tuple(name for a in left for name in resources_of(entry, a)),
        removes_entry=True,
        commit=entry.commit,
        progress=seen[0].progress if seen else None,
        state=seen[0].state if seen else _state(entry),
        disposes_ready=sum(_is_ready(t, live) for t in left.values()),
    )


_RETAINED = "spec removed, and onRemove is retain: the cloud is untouched"


def _of(address: Address, action: Action, reason: Reason, entry: Entry) -> Change:
    return Change(
        address, action, reason, lifecycle=entry.lifecycle, removes_entry=True, commit=entry.commit,
        state=_state(entry), resources=tuple(name for a in entry.trainings for name in resources_of(entry, a)),
    )  # fmt: skip


def _state(entry: Entry) -> str:
    return entry.newest[1].state if entry.newest else ""


def _may_run(training: Training, live: Mapping[str, LiveTraining]) -> bool:
    seen = live.get(training.job)
    if seen is not None:
        return seen.status in (Status.IN_PROGRESS, Status.UNKNOWN)
    return training.is_open


def _left_something(training: Training, live: Mapping[str, LiveTraining]) -> bool:
    seen = live.get(training.job)
    return bool(training.model or training.endpoints or (seen and (seen.model_exists or seen.endpoint_exists)))


def _is_ready(training: Training, live: Mapping[str, LiveTraining]) -> bool:
    seen = live.get(training.job)
    return training.role in (Role.SERVING, Role.CANDIDATE, Role.PENDING) and seen is not None and seen.is_ready
