"""Deposed models beyond `keep`: what a change makes surplus goes as its last step, what was left over on its own. Pure.

A model is deposed while another one serves in its place. `keep` of them stay, those that served last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from msgspec.structs import replace as with_fields

from reconciler.core import notes
from reconciler.core.change import Adoption, Change, Reason, ReasonCode
from reconciler.core.dialects import is_files
from reconciler.core.lock import Approved, Entry, Role, Training, idle_since
from reconciler.core.model import Action, Address, LiveTraining
from reconciler.core.plurals import counted
from reconciler.core.taken_over import resources_of
from reconciler.core.times import moment

Seen = Mapping[str, LiveTraining]
"""What is live, by job."""


def kept_words(keep: int) -> str:
    """Why an older one goes: `1 newer is kept`."""
    return "none is kept" if not keep else f"{counted(keep, 'newer is', 'newer are')} kept"


def is_there(training: Training, live: Seen) -> bool:
    """Whether it can still serve again; an endpoint without its model cannot."""
    seen = live.get(training.job)
    return seen is not None and (seen.model_exists or not seen.status.is_terminal)


def with_surplus(change: Change, entry: Entry, live: Seen, beside: Sequence[Adoption] = ()) -> Change:
    """The change with what it leaves beyond `keep`: its last step disposes of that.

    `beside` is what another change of the address takes into the lock as deposed meanwhile. What is only waited
    for was approved before, and disposes of no more than was approved then.
    """
    if _is_waited_for(change, entry):
        return _as_approved(change, entry, live)
    if not _carries(change, entry):
        return change
    return _disposing(change, _beyond(_after(change, entry, live, beside), change.lifecycle.keep))


def _as_approved(change: Change, entry: Entry, live: Seen) -> Change:
    """A lower `keep` waits until the training has ended; a higher one saves what would have gone."""
    approved = next((a for a in entry.approved if not a.deposed), Approved(action=Action.NOOP))
    beyond = _beyond(_after(change, entry, live), change.lifecycle.keep)
    kept = max(change.lifecycle.keep, entry.lifecycle.keep)
    if kept > change.lifecycle.keep:
        note = notes.keeps_when_trained(change.address)
        change = replace(change, lifecycle=with_fields(change.lifecycle, keep=kept), notes=(*change.notes, note))
    still = [old for old in beyond if str(old.attempt) in approved.disposes]
    # It was counted by the limits of the plan that approved it.
    return replace(_disposing(change, still, foreign=approved.foreign), disposes_ready=0)


def left_over(address: Address, entry: Entry, live: Seen, change: Change) -> Change | None:
    """What was beyond `keep` before, for want of a change that disposed of it. `change` is the address's own.

    A higher `keep` counts at once, a lower one when the change that brings it is made.
    """
    if _carries(change, entry) and not _is_waited_for(change, entry):
        return None
    keep = max(entry.lifecycle.keep, change.lifecycle.keep)
    spoken_for = {*change.disposes, change.attempt, *entry.spared}
    deposed = [(a, t) for a, t in entry.deposed if a not in spoken_for]
    there = [(a, t) for a, t in deposed if is_there(t, live)]
    begun = {a for approved in entry.approved if approved.deposed for a in approved.disposes}
    half_gone = [(a, t) for a, t in deposed if a in begun and not is_there(t, live)]
    beyond = dict([*half_gone, *there[: max(0, len(there) - keep)]])
    if not beyond:
        return None
    return Change(
        address,
        Action.DELETE,
        Reason(ReasonCode.SUPERSEDED, f"left over: {kept_words(keep)}"),
        lifecycle=entry.lifecycle,
        disposes=tuple(beyond),
        resources=tuple(name for a in beyond for name in resources_of(entry, a)),
        deposed=True,
        is_housekeeping=True,
    )


class _Old(NamedTuple):
    """One that is deposed when the change is done, and what it left. The first of a sorted list goes first."""

    since: tuple[float, str]
    attempt: int
    resources: tuple[str, ...]
    is_there: bool
    answers: bool


def _is_waited_for(change: Change, entry: Entry) -> bool:
    """Whether it was approved before. Of what a merge of locks left under way nobody remembers that."""
    return _is_under_way(change) and any(not a.deposed for a in entry.approved)


def _is_under_way(change: Change) -> bool:
    return change.action is Action.AWAIT or change.completes


def _carries(change: Change, entry: Entry) -> bool:
    """Whether the change lets another model serve, or keeps fewer than were kept."""
    is_stricter = change.lifecycle.keep < entry.lifecycle.keep and change.does_something
    lets_serve = change.action in (Action.CREATE, Action.REPLACE, Action.RESTORE, Action.ADOPT)
    return lets_serve or _is_under_way(change) or change.is_judged_again or is_stricter


def _after(change: Change, entry: Entry, live: Seen, beside: Sequence[Adoption] = ()) -> list[_Old]:
    """What is deposed when the change is done, from the one that stopped serving first on."""
    serving = entry.serving
    is_new = bool(change.attempt) and change.action not in (Action.NOOP, Action.CANCEL)
    goes_on = serving is not None and (not is_new or serving[0] == change.attempt)
    spared = {change.attempt, *(entry.spared if goes_on else ())}
    old = [_old(a, t, live, entry) for a, t in entry.deposed if a not in spared]
    old += [_adopted(a, live[a.resource_name]) for a in (*change.adopts, *beside) if _comes_as_deposed(a, live)]
    last = [serving] if serving is not None and is_new and serving[0] != change.attempt else []
    return [*sorted(old), *(_last(_old(a, t, live, entry), t, change) for a, t in last)]


def _last(old: _Old, training: Training, change: Change) -> _Old:
    """What serves until then; its endpoint is the new model's afterwards where that is deployed there."""
    if change.submission is None or not change.submission.same_endpoint:
        return old
    return old._replace(resources=tuple(name for name in old.resources if name != training.endpoint))


def _old(attempt: str, training: Training, live: Seen, entry: Entry) -> _Old:
    seen = live.get(training.job)
    answers = seen is not None and seen.is_ready
    left = resources_of(entry, attempt)
    return _Old(moment(idle_since(training)), int(attempt), left, is_there(training, live), answers)


def _comes_as_deposed(adoption: Adoption, live: Seen) -> bool:
    """A running one is cancelled, and leaves nothing to keep."""
    return adoption.role is Role.DEPOSED and live[adoption.resource_name].is_ready


def _adopted(adoption: Adoption, seen: LiveTraining) -> _Old:
    names = (seen.model, seen.endpoint, *(c.endpoint for c in seen.checkpoints))
    left = tuple(dict.fromkeys(name for name in names if name and not is_files(name)))
    return _Old(moment(seen.ended or seen.created), int(adoption.attempt), left, is_there=True, answers=True)


def _beyond(deposed: Sequence[_Old], keep: int) -> list[_Old]:
    """All but the last `keep` of those that are there; of what is not, the remains."""
    there = [old for old in deposed if old.is_there]
    surplus = there[: max(0, len(there) - keep)]
    return [old for old in deposed if old in surplus or not old.is_there]


def _disposing(change: Change, beyond: Sequence[_Old], *, foreign: bool = False) -> Change:
    if not beyond:
        return change
    return replace(
        change,
        disposes=tuple(str(old.attempt) for old in beyond),
        surplus=tuple(dict.fromkeys(name for old in beyond for name in old.resources)),
        disposes_ready=sum(old.answers for old in beyond),
        foreign=foreign,
    )
