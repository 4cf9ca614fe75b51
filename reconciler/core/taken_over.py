"""Endpoints at which another training of the same address answers by now. Pure.

A rebase in its endpoint undeploys the model that was there. The record of that model's job names the endpoint for ever,
and so does the lock: whose it is, follows from what came after it.
"""

from __future__ import annotations

from reconciler.core.dialects import is_files
from reconciler.core.lock import Entry


def taken_over_by(entry: Entry, attempt: str) -> str:
    """The attempt whose model answers at the endpoint of this one in its place; "" where none does.

    A lock that was rebuilt does not know what was rebased: of several that name one endpoint it is the last one's.
    """
    own = entry.trainings.get(attempt)
    if own is None or not own.endpoint:
        return ""
    there = [(a, t) for a, t in entry.in_order if t.model and own.endpoint in t.endpoints]
    rebased = {t.submission.rebases for _, t in there if t.submission.same_endpoint}
    last = [a for a, t in there if t.job not in rebased] or [attempt]
    return last[-1] if last[-1] != attempt else ""


def resources_of(entry: Entry, attempt: str) -> tuple[str, ...]:
    """What of an attempt is deleted: its model, every endpoint that its job made and nothing took over; no files."""
    training = entry.trainings[attempt]
    lost = training.endpoint if taken_over_by(entry, attempt) else ""
    names = (training.model, *training.endpoints)
    return tuple(dict.fromkeys(name for name in names if name and name != lost and not is_files(name)))
