"""What differs between a spec, the lock and the cloud, field by field, and what that means.

Training fields are compared with what was submitted, never with what the service resolved; the
mutable ones with what the Model and the Endpoint carry; datasets by what is learnt of them (core/datasets.py).
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from msgspec.structs import replace

from reconciler.core import diff
from reconciler.core.change import Basis, Cause, FieldChange
from reconciler.core.datasets import is_other_form, is_unknown_content, same_data
from reconciler.core.dialects import is_same_base_model, names_parent, names_training_data
from reconciler.core.lock import TRIGGER, DataRecord, Submission
from reconciler.core.markers import trigger_id
from reconciler.core.model import Carrier, Fields, Json, LiveTraining, OnChange, OnDrift
from reconciler.core.plurals import counted


def training_changes(wanted: Submission, was: Submission, live: LiveTraining | None) -> list[FieldChange]:
    """Differences in the training fields. Those with OnChange.REPLACE need a new training.

    A field that the spec no longer sets is the service's to decide, one that is now set to what the
    service had resolved by itself is met already, another name of the same base model is no other one, and data that
    moved is the same data: the lock alone is written (OnChange.RECORD).
    """
    changes = [
        FieldChange(name, old, new, OnChange.REPLACE)
        for name, old, new in (
            ("project", was.project, wanted.project),
            ("location", was.location, wanted.location),
        )
        if old != new
    ]
    resolved = live.training if live else {}
    for path, old, new in diff.diff_trees(was.training, wanted.training):
        is_met = old is None and diff.at(resolved, path) == new
        is_settled = new is None or is_met or is_same_base_model(path, old, new)
        changes.append(FieldChange(path, old, new, OnChange.RECORD if is_settled else OnChange.REPLACE))
    return changes + _trigger_changes(wanted, was) + _data_changes(wanted, was)


def _trigger_changes(wanted: Submission, was: Submission) -> list[FieldChange]:
    """Another text than the one it was trained with; a spec without one asks for nothing.

    A lock that was rebuilt knows the text by its digits alone.
    """
    if not wanted.trigger or trigger_id(wanted.digest) == trigger_id(was.digest):
        return []
    return [FieldChange(TRIGGER, was.trigger or None, wanted.trigger, OnChange.REPLACE)]


def data_drift(wanted: Submission, was: Submission, on_change: OnDrift) -> list[FieldChange]:
    """Changed bytes behind a URI that the spec still names.

    Without a known identity the present one becomes the baseline (OnChange.RECORD).
    """
    found = []
    for new in wanted.data:
        old = _same_field(was.data, new.field)
        if old is None or old.uri != new.uri or new.local or old.local:
            continue
        if names_training_data(new.field) and new.identity.is_known and not old.identity.is_known:
            found.append(_dataset(old, new, OnChange.RECORD, Cause.DRIFTED))
        if old.identity.same_bytes(new.identity) is False:
            retunes = on_change is OnDrift.RETUNE and names_training_data(new.field)
            meaning = OnChange.REPLACE if retunes else OnChange.REPORT
            found.append(_dataset(old, new, meaning, Cause.DRIFTED))
    return found


def reported_changes(wanted: Submission, was: Submission) -> list[FieldChange]:
    """Fields that do not change the weights: said, and trained only when asked."""
    changes = [
        FieldChange(path, old, new, OnChange.REPORT)
        for path, old, new in diff.diff_trees(was.reported, wanted.reported)
    ]
    for new in wanted.data:
        old = _same_field(was.data, new.field)
        if names_training_data(new.field):
            continue
        if old is None or old.uri != new.uri or (new.local and not _is_same_for_certain(old, new)):
            changes.append(_dataset(old, new, OnChange.REPORT, Cause.EDITED))
        elif is_other_form(old, new):
            changes.append(_dataset(old, new, OnChange.FORM, Cause.EDITED))
    gone = [d for d in was.data if not names_training_data(d.field) and not _same_field(wanted.data, d.field)]
    return changes + [_dataset(d, None, OnChange.REPORT, Cause.EDITED) for d in gone]


def in_place_changes(wanted: Fields, locked: Fields, carriers: Iterable[Carrier], ours: Fields) -> list[FieldChange]:
    """Differences of the mutable fields, three ways: spec, lock, and each resource that carries them.

    `ours` are labels that every resource of this address must carry besides the spec's. Fields and
    labels that neither the spec nor the lock names are nobody's business.
    """
    carriers = list(carriers)
    whole, known = diff.merge(wanted, ours), diff.merge(locked, ours) if locked else {}
    if whole == known and all(diff.only_set(c.fields, whole) == whole for c in carriers):
        return []
    want, had = diff.flatten(whole), diff.flatten(known)
    seen = [(c.resource_name, diff.flatten(c.fields)) for c in carriers]
    found = []
    for path in sorted(want.keys() | had.keys()):
        new, old = want.get(path), had.get(path)
        drifted = next(((name, f.get(path)) for name, f in seen if not same_value(f.get(path), new)), None)
        is_edited = bool(locked) and not same_value(new, old)
        if drifted is not None:
            found.append(_in_place(path, new, old, drifted, is_edited=is_edited))
        elif is_edited:
            found.append(FieldChange(path, old, new, OnChange.IN_PLACE))
    return found


def patch_of(changes: Iterable[FieldChange]) -> dict[str, Json]:
    """The mutable fields to send, nested; None clears a field or removes a label."""
    patch: dict[str, Json] = {}
    for change in changes:
        patch = diff.merge(patch, diff.nested(change.field, change.new))
    return patch


def needs_training(changes: Iterable[FieldChange]) -> bool:
    """One field that needs a new training is enough."""
    return any(c.on_change is OnChange.REPLACE for c in changes)


def recorded(wanted: Submission, was: Submission, changes: Iterable[FieldChange]) -> Submission | None:
    """What the lock should say was submitted, where only the way to say it is another one now; else None.

    What was reported stays as it was trained, so that it goes on being reported; so do the markers'
    values, since the resources carry those.
    """
    if not any(c.on_change is OnChange.RECORD for c in changes):
        return None
    new = _same_training_data(wanted.data)
    data = tuple(_recorded_data(r, new) if new and names_training_data(r.field) else r for r in was.data)
    return replace(was, training=wanted.training, data=data, parent=wanted.parent, source=wanted.source)


def _recorded_data(old: DataRecord, new: DataRecord) -> DataRecord:
    """Data that moved, or that had no identity yet. Other bytes than those that were trained on are no record.

    What was sent once stays what was sent: the name of an upload, and the form that it has.
    """
    if old.identity.same_bytes(new.identity):
        sent = old.sent_uri or (new.sent_uri if not old.uri.startswith("gs://") else old.uri)
        return replace(new, sent_uri=sent if new.local else "", content=new.content or old.content)
    if same_data(old, new):
        return replace(old, field=new.field, uri=new.uri, content=old.content or new.content)
    is_baseline = new.identity.is_known and not old.identity.is_known
    return new if is_baseline else old


def describe(record: DataRecord | None) -> str | None:
    """A dataset for people: where, how many, which bytes. Never what is in it."""
    if record is None:
        return None
    identity = record.identity
    parts = [counted(record.examples, "example")] if record.examples is not None else []
    if identity.sha256:
        parts.append(f"sha256 {identity.sha256[:12]}")
    elif identity.crc32c:
        parts.append(f"crc32c {identity.crc32c}")
        parts += [counted(identity.size, "byte")] if identity.size is not None else []
    name = record.uri or "inline examples"
    return f"{name} ({', '.join(parts)})" if parts else name


def _data_changes(wanted: Submission, was: Submission) -> list[FieldChange]:
    old = _same_training_data(was.data)
    found = ((new, _data_meaning(old, new)) for new in wanted.data if names_training_data(new.field))
    return [_dataset(old, new, meaning, Cause.EDITED) for new, meaning in found if meaning is not None]


def _data_meaning(old: DataRecord | None, new: DataRecord) -> OnChange | None:
    """What it takes that the spec names this training data now; None where nothing is different."""
    if old is None:
        return OnChange.REPLACE
    if _is_unknown(old):
        return OnChange.RECORD if new.identity.is_known else None
    same = same_data(old, new)
    if is_unknown_content(old, new):
        return OnChange.REPORT
    if (old.uri, old.local) != (new.uri, new.local):
        return OnChange.RECORD if same else OnChange.REPLACE
    if (new.local and same is False) or old.field != new.field:
        return OnChange.REPLACE
    return OnChange.FORM if is_other_form(old, new) else None


def is_unknown_data(change: FieldChange) -> bool:
    """Whether nobody can tell if local training data differs in more than its form: it never trains by itself."""
    is_edit = change.on_change is OnChange.REPORT and change.cause is Cause.EDITED
    return is_edit and is_training_data(change)


def is_triggered(changes: Iterable[FieldChange]) -> bool:
    """Whether of all that a person has edited the trigger alone needs another training."""
    edited = [c for c in changes if c.on_change is OnChange.REPLACE and c.cause is Cause.EDITED]
    return bool(edited) and all(c.field == TRIGGER for c in edited)


def has_moved_beneath(change: FieldChange) -> bool:
    """Whether what decides the weights has changed although the spec says the same: `gs://` data, or a parent.

    It is reported, and trains with onDataChange or onParentChange alone.
    """
    is_drift = change.on_change is OnChange.REPORT and change.cause is Cause.DRIFTED
    return is_drift and (is_training_data(change) or names_parent(change.field))


def is_training_data(change: FieldChange) -> bool:
    """Whether it is about the dataset that is learnt."""
    return names_training_data(change.field)


def _is_unknown(record: DataRecord) -> bool:
    """What an imported model of the Gemini API was trained on is not known: what a spec says first is the baseline."""
    return not (record.uri or record.identity.is_known)


def _dataset(old: DataRecord | None, new: DataRecord | None, meaning: OnChange, cause: Cause) -> FieldChange:
    name = (new or old).field if (new or old) else ""  # type: ignore[union-attr]
    return FieldChange(name, describe(old), describe(new), meaning, cause)


def _in_place(path: str, new: Json, old: Json, drifted: tuple[str, Json], *, is_edited: bool) -> FieldChange:
    name, seen = drifted
    has_drifted = not same_value(seen, old)
    cause = Cause.BOTH if is_edited and has_drifted else Cause.EDITED if is_edited else Cause.DRIFTED
    return FieldChange(path, seen, new, OnChange.IN_PLACE, cause, Basis.OBSERVED, name)


_FLOAT32_EPSILON = 2.0**-23
_EMPTY: tuple[Json, ...] = (None, "", [], {})


def same_value(one: Json, other: Json) -> bool:
    """Whether a service holds both as the same: what is empty it leaves out, and its floats are 32 bits wide.

    0.123456789 comes back as 0.12345679 (TunedModel.temperature and topP have the format `float`).
    """
    if isinstance(one, float) or isinstance(other, float):
        numbers = isinstance(one, float | int) and isinstance(other, float | int)
        return numbers and math.isclose(one, other, rel_tol=_FLOAT32_EPSILON)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return [str(v) for v in one] == [str(v) for v in other]  # int64 are texts in JSON
    return bool(one == other or (one in _EMPTY and other in _EMPTY))


def _same_field(records: Iterable[DataRecord], name: str) -> DataRecord | None:
    return next((r for r in records if r.field == name), None)


def _same_training_data(records: Iterable[DataRecord]) -> DataRecord | None:
    return next((r for r in records if names_training_data(r.field)), None)


def unchanged_data(wanted: Submission, was: Submission) -> bool:
    """Whether both were to be trained on the same training data, as far as anybody can tell."""
    new, old = _same_training_data(wanted.data), _same_training_data(was.data)
    if new is None or old is None:
        return new is old
    same = same_data(old, new)
    return (new.uri == old.uri or is_unknown_content(old, new)) if same is None else same


def _is_same_for_certain(old: DataRecord, new: DataRecord) -> bool:
    return same_data(old, new) is not False and not is_unknown_content(old, new)
