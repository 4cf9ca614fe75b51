"""What a person chose to serve, where two locks meet: the last decision counts, whichever lock has it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from reconciler.core.lock import Entry, Milestone, Pin, Role, Training
from reconciler.core.times import moment


def standing_pin(trainings: Mapping[str, Training], entries: Sequence[Entry]) -> Pin | None:
    """The last pin that any of them has, in the attempts of the merged entry; None where another began to serve since.

    Whatever began to serve later, by a successor or by a promotion, ended it.
    """
    found = [_moved(entry.pinned, entry, trainings) for entry in entries if entry.pinned]
    last = max((pin for pin in found if pin), key=lambda pin: (moment(pin.at), int(pin.attempt)), default=None)
    if last is None:
        return None
    known = (t for entry in entries for t in entry.trainings.values())
    began = [moment(t.at(Milestone.SERVED)) for t in known if t.job != trainings[last.attempt].job]
    return None if any(at > moment(last.at) for at in began) else last


def with_pinned(trainings: Mapping[str, Training], pin: Pin | None) -> dict[str, Training]:
    """What is pinned serves, and what served instead is deposed."""
    if pin is None:
        return dict(trainings)
    return {a: _as_pinned(t, is_pinned=a == pin.attempt) for a, t in trainings.items()}


def one_waits(trainings: Mapping[str, Training]) -> dict[str, Training]:
    """Of several that wait to be promoted, the one that came to wait last; none that serves or served since."""
    pending = [a for a, t in trainings.items() if t.role is Role.PENDING]
    last = max(pending, key=lambda a: (moment(trainings[a].at(Milestone.PENDING)), int(a)), default="")
    return {a: replace(t, role=Role.DEPOSED) if a in pending and a != last else t for a, t in trainings.items()}


def _as_pinned(training: Training, *, is_pinned: bool) -> Training:
    if is_pinned:
        return training if training.role is Role.SERVING else replace(training, role=Role.SERVING)
    return replace(training, role=Role.DEPOSED) if training.role is Role.SERVING else training


def _moved(pin: Pin | None, entry: Entry, trainings: Mapping[str, Training]) -> Pin | None:
    """A merge may give a training another number: it is known by its job. None where the pinned one is gone."""
    if pin is None:
        return None
    jobs = {t.job: attempt for attempt, t in trainings.items() if t.job}
    numbers = {a: jobs[t.job] for a, t in entry.trainings.items() if t.job in jobs}
    attempt = numbers.get(pin.attempt)
    if attempt is None:
        return None
    return replace(pin, attempt=attempt, over=tuple(numbers.get(a, a) for a in pin.over))
