"""What a plan makes of a spec that asks for another workspace's model: decided as for a training. Pure.

Where nobody can tell what the source is now, what serves stays, and what is under way goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from msgspec import structs

from reconciler.core import notes
from reconciler.core.change import Cause, Change, FieldChange, Reason, ReasonCode
from reconciler.core.copying import FROM, FROM_MODEL, copied_by, is_copy
from reconciler.core.lock import Entry, Role, Training
from reconciler.core.markers import training_digest, with_trigger_of
from reconciler.core.model import Action, OnChange
from reconciler.core.situation import Situation

_NEW = "nothing is trained: the model is copied"
_WORDS = {
    ReasonCode.NOT_FOUND: f"not found in the cloud; {_NEW}",
    ReasonCode.EDITED: f"edited; {_NEW}, and the present one serves until the copy is ready",
    ReasonCode.SOURCE_CHANGED: "its source serves another version: that is copied, nothing is trained",
    ReasonCode.TRIGGERED: f"trigger changed; {_NEW} again, and the present one serves until the copy is ready",
    ReasonCode.REQUESTED: f"asked for with --replace; {_NEW}",
    ReasonCode.RETRY: "the last copy failed in a way that may pass, and onFailure is retry",
    ReasonCode.INTERRUPTED: "an interrupted copy is looked up, and sent again only if it was lost",
    ReasonCode.TRAINED: "copied, and starts to serve",
    ReasonCode.IN_PROGRESS: "the copy is being made",
    ReasonCode.OUTDATED: "its source has changed since it was begun; that copy is taken away",
    ReasonCode.REVERTED: "the spec is back to what serves; the copy that is being made is taken away",
    ReasonCode.MARKED_OURS: "carries our markers, and was copied from this source",
}


def as_known(case: Situation) -> Situation:
    """Where the source cannot be found: as if it were still what was copied of it last, if anything was."""
    source = case.declared.source
    if source is None or source.model:
        return case
    known = next((t for t in _asked_for_last(case.entry) if is_copy(t.submission)), None)
    if known is None:
        return case
    was, wanted = known.submission, case.wanted
    training = {**wanted.training, FROM: was.training[FROM]}
    digest = with_trigger_of(training_digest(training, wanted.parent), was.digest)
    same = structs.replace(wanted, training=training, source=was.source, digest=digest, trigger=was.trigger)
    return replace(case, wanted=same)


def _asked_for_last(entry: Entry) -> Iterator[Training]:
    """What is under way; what a rollback passes over; what waits to be promoted; what serves."""
    found = [entry.candidate[1]] if entry.candidate else []
    found += [entry.trainings[a] for a in (entry.pinned.over[:1] if entry.pinned else ()) if a in entry.trainings]
    found += [t for _, t in reversed(entry.with_role(Role.PENDING).items())]
    yield from found
    if entry.serving is not None:
        yield entry.serving[1]


def decide_copy(case: Situation, decide: Callable[[Situation], Change]) -> Change:
    """`decide` is what decides about every other spec; `case` is as it is known (`as_known`)."""
    source = case.declared.source
    assert source is not None, "only a spec with a source asks for a copy"
    copied = copied_by(case.wanted)
    if copied is None or not copied.model:
        text = f"nothing can be copied: {source.missing}"
        return Change(case.address, Action.BLOCKED, Reason(ReasonCode.SOURCE_UNKNOWN, text))
    change = _said(case, decide(case))
    said = () if source.model else (notes.source_unknown(case.declared, source.missing),)
    return replace(change, notes=(*change.notes, *said))


def _said(case: Situation, change: Change) -> Change:
    """In words that are true of a copy; that it is one shows in its submission."""
    change = replace(change, fields=tuple(_moved(f) for f in change.fields))
    if change.action is Action.BLOCKED:
        return replace(change, reason=Reason(change.reason.code, _of_a_copy(change.reason.text)))
    if change.action is Action.REPLACE and not case.is_requested and _is_only_moved(change.fields):
        return replace(change, reason=Reason(ReasonCode.SOURCE_CHANGED, _WORDS[ReasonCode.SOURCE_CHANGED]))
    if change.action is Action.UPDATE and not change.completes:
        return change
    reason = change.reason
    return replace(change, reason=Reason(reason.code, _WORDS.get(reason.code, reason.text)))


def _of_a_copy(text: str) -> str:
    """What blocks a training, of a copy."""
    text = text.replace("the training failed", "the copy failed", 1)
    return text.replace("it is not trained again by itself", "it is not copied again by itself", 1)


def _moved(field: FieldChange) -> FieldChange:
    """Another workspace lets another version serve: nobody has edited that here."""
    is_moved = field.field == FROM_MODEL and field.old is not None and field.new is not None
    return replace(field, cause=Cause.DRIFTED) if is_moved else field


def _is_only_moved(fields: tuple[FieldChange, ...]) -> bool:
    strong = [f for f in fields if f.on_change is OnChange.REPLACE]
    return bool(strong) and all(f.field == FROM_MODEL and f.cause is Cause.DRIFTED for f in strong)
