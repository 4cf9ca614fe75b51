"""Taking live trainings into the lock: those with our markers, and the one that a spec names. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from reconciler.core import compare, notes
from reconciler.core.attempts import attempt_of, number_of
from reconciler.core.carried import ours_on, sent_with
from reconciler.core.change import Adoption, Change, FieldChange, Reason, ReasonCode
from reconciler.core.lock import Role, Submission
from reconciler.core.model import Action, Address, Fields, LiveTraining, OnChange, Status
from reconciler.core.situation import Situation
from reconciler.core.submission import as_trained, pinned_as, trained_alone


def adopt(case: Situation, alive: Sequence[LiveTraining]) -> Change:
    """Take over what trained exactly this: the newest that is ready, or of running ones the oldest.

    Ready models of this name that were trained from something else come in as deposed, so that somebody
    knows of them.
    """
    ready = [t for t in alive if t.is_ready]
    winner = ready[-1] if ready else alive[0]
    others = [t for t in alive if t is not winner]
    running = [t for t in others if not t.is_ready]
    earlier = [t for t in case.marked if t.is_ready and t not in alive]
    attempts = _numbered(case, [winner, *others, *earlier])
    ours = _ours_on(case, winner)
    reason = Reason(ReasonCode.MARKED_OURS, "carries our markers, and was trained from this spec and data")
    if winner in case.unverifiable:
        reason = Reason(ReasonCode.MARKED_OURS, "carries our markers; whether it was trained from this data is unknown")
    if running:
        reason = Reason(ReasonCode.DUPLICATE, "two trainings of this spec and data; one of them is cancelled")
    taken = [
        Adoption(t.resource_name, attempts[t.resource_name], _role_of(t, winner), _submission_of(case, t))
        for t in (winner, *others)
        # Of two that ended well the lock may have one that is still to serve: it would come to serve after the winner.
        if t.resource_name not in case.locked or (t is not winner and t.is_ready)
    ]
    return Change(
        case.address,
        Action.ADOPT,
        reason,
        fields=tuple(carried_changes(case, winner, ours)),
        submission=case.wanted,
        attempt=attempts[winner.resource_name],
        adopts=(*taken, *(_deposed(case.address, t, attempts) for t in earlier)),
        cancels=tuple(attempts[t.resource_name] for t in running),
        is_housekeeping=bool(running),
        patch=patch_for(case, winner, ours),
        state=winner.state,
        progress=winner.progress,
        notes=(
            *(notes.duplicate(case.address, t) for t in running),
            *(notes.adopted_unknown(case.address, t) for t in case.unverifiable if t is winner),
        ),
    )


def as_deposed(case: Situation, lives: Sequence[LiveTraining]) -> tuple[Adoption, ...]:
    """What was trained from exactly this and cannot serve, taken in beside its successor: somebody knows of it then."""
    attempts = _numbered(case, lives)
    return tuple(
        Adoption(t.resource_name, attempts[t.resource_name], Role.DEPOSED, pinned_as(case.wanted, t)) for t in lives
    )


def adopt_existing(case: Situation) -> Change:
    """The live training that the spec names under `existing`, whoever made it.

    The lock takes what it was really trained from; where that is not what the spec says, the next plan
    shows a replace.
    """
    name = case.declared.existing
    named = [t for t in case.live.values() if is_named(t, name)]
    found = next((t for t in named if not cannot_serve(t)), next(iter(named), None))
    if found is None or found.resource_name in case.locked:
        return _not_to_be_had(case, name, found)
    if why := cannot_serve(found):
        return _of_no_use(case, name, found, why)
    trained = as_trained(case.wanted, found)
    differs = [c for c in trained_otherwise(case, trained, found) if c.on_change is OnChange.REPLACE]
    return Change(
        case.address,
        Action.ADOPT,
        Reason(ReasonCode.NAMED_EXISTING, "named by `existing`"),
        fields=(*carried_changes(case, found, case.entry.in_place), *differs),
        submission=trained,
        attempt="1",
        adopts=(Adoption(found.resource_name, "1", Role.SERVING if found.is_ready else Role.CANDIDATE, trained),),
        patch=patch_for(case, found, case.entry.in_place),
        state=found.state,
        progress=found.progress,
        notes=(notes.trained_otherwise(case.declared, differs),) if differs else (),
    )


def trained_otherwise(case: Situation, trained: Submission, live: LiveTraining) -> list[FieldChange]:
    """In what the spec differs from what a live training was made from."""
    return compare.training_changes(case.wanted, trained, live)


def is_named(live: LiveTraining, name: str) -> bool:
    """Whether `name` is the job, its model with or without the version, or its endpoint.

    Answers carry the project's number where people write its id.
    """
    known = (live.resource_name, live.model, live.model.partition("@")[0], live.endpoint)
    return any(n and _is_same_name(n, name, live.project) for n in known)


def carried_changes(case: Situation, live: LiveTraining | None, ours: Fields) -> list[FieldChange]:
    """In what a live training's resources differ from the mutable fields as declared; `ours` is ours to take off."""
    carriers = [c for c in (live.carriers if live else ()) if c.resource_name not in case.shared]
    return compare.in_place_changes(case.wanted.in_place, ours, carriers, case.labels)


def patch_for(case: Situation, live: LiveTraining | None, ours: Fields) -> dict[str, Any] | None:
    """What of it is sent; None where nothing is."""
    return compare.patch_of(f for f in carried_changes(case, live, ours) if f.resource_name) or None


def _ours_on(case: Situation, live: LiveTraining) -> Fields:
    """What of the mutable fields is ours on a training that may be locked; a marked job says what it was sent with."""
    locked = next((t for t in case.entry.trainings.values() if t.job == live.resource_name), None)
    return ours_on(case.entry, locked, live.carriers) if locked else sent_with(live)


def _submission_of(case: Situation, live: LiveTraining) -> Submission:
    """What a training of exactly this was asked for: of an unlocked one, mutable fields may have been others then."""
    known = next((t.submission for t in case.entry.trainings.values() if t.job == live.resource_name), None)
    if known is not None:
        return known
    sent = sent_with(live)
    wanted = pinned_as(case.wanted, live)
    return replace(wanted, in_place=sent) if sent else wanted


def cannot_serve(live: LiveTraining) -> str:
    """Why a training that has ended can serve nobody, as the end of a sentence; "" where it can, or may yet."""
    if live.status in (Status.FAILED, Status.CANCELLED):
        return f"which ended {live.state} and serves nobody"
    if live.status is not Status.READY:
        return ""
    if not live.model_exists:
        return f"whose model {live.model} is gone" if live.model else "whose model is gone"
    if live.is_undeployed:
        return ""
    return "" if live.endpoint_exists else f"whose endpoint {live.endpoint} is missing while the model exists"


def _of_no_use(case: Situation, name: str, found: LiveTraining, why: str) -> Change:
    code = ReasonCode.ENDPOINT_GONE if found.is_ready else ReasonCode.MODEL_GONE
    return Change(
        case.address,
        Action.BLOCKED,
        Reason(code, f"`existing` names {name}, {why}"),
        state=found.state,
        notes=(notes.existing_of_no_use(case.declared, found),),
    )


def _not_to_be_had(case: Situation, name: str, found: LiveTraining | None) -> Change:
    what = "is not in the cloud" if found is None else "is already the model of another address"
    return Change(
        case.address,
        Action.BLOCKED,
        Reason(ReasonCode.UNREADABLE, f"`existing` names {name}, which {what}"),
        notes=() if found else (notes.existing_missing(case.declared, name),),
    )


def _is_same_name(one: str, other: str, project: str) -> bool:
    if one == other:
        return True
    parts, others = one.split("/", 2), other.split("/", 2)
    is_ours = len(others) == 3 and others[0] == parts[0] == "projects" and others[1] == project
    return is_ours and parts[2] == others[2]


def _deposed(address: Address, live: LiveTraining, attempts: dict[str, str]) -> Adoption:
    name = live.resource_name
    return Adoption(name, attempts[name], Role.DEPOSED, trained_alone(address, live))


def _role_of(live: LiveTraining, winner: LiveTraining) -> Role:
    if not live.is_ready:
        return Role.CANDIDATE
    return Role.SERVING if live is winner else Role.DEPOSED


def _numbered(case: Situation, lives: Sequence[LiveTraining]) -> dict[str, str]:
    """An attempt for each: the locked one, else that of its markers where it is free."""
    numbers = {t.job: attempt for attempt, t in case.entry.trainings.items()}
    used = set(case.entry.trainings)
    for live in lives:
        in_markers = attempt_of(live, case.wanted) or number_of(live.markers)
        free = str(max((int(a) for a in used), default=0) + 1)
        number = numbers.setdefault(live.resource_name, in_markers if in_markers and in_markers not in used else free)
        used.add(number)
    return numbers
