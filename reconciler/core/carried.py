"""What of the mutable fields is on a training's resources by our doing: what an edit has to take off again. Pure.

What a job was sent with, the service puts on the Model and the Endpoint. What was patched since, the lock knows for the
training that serves (Entry.in_place) and, once it is deposed, for that (Training.in_place). A training that only the
cloud shows says itself what it was sent with.
"""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.core import diff
from reconciler.core.dialect import LABELS, labels_of
from reconciler.core.lock import Entry, Role, Training
from reconciler.core.markers import LABEL_PREFIX
from reconciler.core.model import Carrier, Fields, Json, LiveTraining

_MARKERS = frozenset(LABEL_PREFIX + key for key in ("workspace", "name", "training", "data", "attempt"))
"""Labels that say whose a training is. That it is protected is a setting, and comes off like one."""


def ours_on(entry: Entry, training: Training, carriers: Iterable[Carrier]) -> Fields:
    """Display name, description and labels that are ours on what a training left.

    What serves carries what was last applied; and what its job was sent with, where it shows that still: an edit
    while it trained was once forgotten (0.1.0).
    """
    sent = training.submission.in_place
    if training.role is not Role.SERVING:
        return sent if training.in_place is None else training.in_place
    shown = [diff.flatten(c.fields) for c in carriers]
    ours: Fields = entry.in_place
    known = diff.flatten(ours)
    for path, value in diff.flatten(sent).items():
        if path not in known and any(fields.get(path) == value for fields in shown):
            ours = diff.merge(ours, diff.nested(path, value))
    return ours


def sent_with(live: LiveTraining) -> dict[str, Json]:
    """The mutable fields that a job was sent with, as it says itself, without its markers; else nothing."""
    sent = dict(live.sent)
    labels = {k: v for k, v in labels_of(sent).items() if k not in _MARKERS}
    sent.pop(LABELS, None)
    return {**sent, LABELS: labels} if labels else sent
