"""Attempts: the ordinal of a training at its address, in markers and in the lock."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from reconciler.core import markers as marks
from reconciler.core.dialects import DIALECTS, is_same_base_model
from reconciler.core.diff import diff_trees, only_set
from reconciler.core.lock import Entry, Lock, Submission, Training
from reconciler.core.model import Address, LiveTraining, Markers
from reconciler.core.times import seconds_of

CLOCK_SKEW_S = 60.0
"""How far our clock and the service's may be apart. Ours."""

_SEARCHED = 64
"""How many attempts are tried when an id of ours is matched: it holds only a digest of them."""


def markers_for(submission: Submission, workspace: str, name: str, attempt: str) -> Markers:
    """What a resource of this training carries."""
    return Markers(workspace=workspace, name=name, training=submission.digest, data=submission.data_id, attempt=attempt)


def attempt_of(live: LiveTraining, submission: Submission) -> str:
    """The attempt in a live training's markers, or "" where it is not of this submission."""
    found = live.markers
    if not found.owner:
        return _number(found.attempt) if _is_same(live, submission) else ""
    return attempt_in(found, submission)


def attempt_in(found: Markers, submission: Submission) -> str:
    """The attempt at this submission that an id of ours holds a digest of, or "" where it is of another."""
    for data in marks.data_ids_of(submission):
        for number in range(1, _SEARCHED + 1):
            tried = Markers(training=submission.digest, data=data, attempt=str(number))
            if marks.fingerprint(tried) == found.fingerprint:
                return str(number)
    return ""


def is_of(live: LiveTraining, submission: Submission) -> bool:
    """Whether a marked training was made from exactly this: the same content counts, whatever its form."""
    if not live.markers.owner:
        return _is_same(live, submission)
    return bool(attempt_of(live, submission))


def under_trigger_of(submission: Submission, live: LiveTraining) -> Submission:
    """As asked for with the trigger of a live training, where it has none of its own."""
    return replace(submission, digest=marks.with_trigger_of(submission.digest, live.markers.training))


def is_another(live: LiveTraining | None, training: Training) -> bool:
    """Whether what answers to a training's name was made after it was over: some services give a name twice."""
    known = [seconds_of(time) for time in (*training.seen.values(), training.cancel_requested) if time]
    if live is None or not DIALECTS[live.backend].gives_names_again or not known:
        return False
    return seconds_of(live.created) > max(known) + CLOCK_SKEW_S


def may_be_of(live: LiveTraining, submission: Submission) -> bool:
    """Whether only its data keeps a marked training from being recognised: its object is gone."""
    is_lost = live.data is not None and not live.data.content
    return is_lost and not live.markers.owner and _trains_the_same(live, submission) and not _has_data(live, submission)


def wants_its_data(live: LiveTraining, submission: Submission) -> bool:
    """Whether the object that a marked training was trained on has to be looked at before anybody can tell.

    0.1.0 marked the bytes. Other bytes may have the same content; a marker of content says so without a look.
    """
    record = submission.data[0] if submission.data else None
    if record is None or not record.local or not record.content or live.markers.owner or not live.data_uri:
        return False
    is_of_bytes = not live.markers.data.startswith(record.content.partition(":")[0])
    return is_of_bytes and _trains_the_same(live, submission) and not _has_data(live, submission)


def next_attempt(entry: Entry | None, marked: Iterable[LiveTraining], submission: Submission, spent: int = 0) -> str:
    """One more than any attempt that the lock or the cloud shows, or that is `spent`."""
    locked = [int(attempt) for attempt in entry.trainings] if entry else []
    seen = [int(_number(live.markers.attempt) or attempt_of(live, submission) or 0) for live in marked]
    return str(max([spent, *locked, *seen]) + 1)


def last_buried(lock: Lock, addresses: Iterable[Address], wanted: Submission) -> int:
    """The highest attempt among what was forgotten: what is trained anew must not carry its markers.

    Where ids are ours to choose, the attempt is part of them: a list that lags does not show a forgotten model yet,
    and a second create under its id would be answered with that model.
    """
    graves = [lock.tombstones[str(a)] for a in addresses if str(a) in lock.tombstones]
    recorded = [intent.partition(" ")[0] for grave in graves for intent in grave.intents]
    ids = (name.rpartition("/")[2] for grave in graves for name in grave.resource_names)
    recorded += [attempt_in(found, wanted) for i in ids if (found := marks.from_tuned_model_id(i)).owner]
    return max((int(number) for number in recorded if number.isdecimal()), default=0)


def number_of(markers: Markers) -> str:
    """The attempt in a label, whatever it was an attempt at; "" where there is none."""
    return _number(markers.attempt)


def _number(text: str) -> str:
    """An attempt out of a label, which anybody may have edited: "" where it is no number."""
    return str(int(text)) if text.isdecimal() else ""


def _is_same(live: LiveTraining, submission: Submission) -> bool:
    return _has_data(live, submission) and _trains_the_same(live, submission)


def _has_data(live: LiveTraining, submission: Submission) -> bool:
    """By the marker, in any version's recipe; or by what was found of the object that it was trained on."""
    if live.markers.data in marks.data_ids_of(submission):
        return True
    content = submission.data[0].content if submission.data else ""
    return bool(content) and live.data is not None and live.data.content == content


def _trains_the_same(live: LiveTraining, submission: Submission) -> bool:
    """By the marker; or, where the digest of another version or of an equal spec stands there, by the fields.

    What the spec leaves unset is not compared: the service decided it. A base model may have another of its names.
    """
    found, wanted = live.markers.training, submission.digest
    if found == wanted:
        return True
    if submission.parent or not live.training or marks.trigger_id(found) != marks.trigger_id(wanted):
        return False
    differ = diff_trees(only_set(live.training, submission.training), submission.training)
    return all(is_same_base_model(*difference) for difference in differ)
