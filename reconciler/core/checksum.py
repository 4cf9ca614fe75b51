"""The checksum of a plan: what was reviewed is what runs.

It covers addresses, actions, what will be submitted, data identities, gates and what will be disposed of;
never progress, price or time, nor addresses that the plan does not touch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from reconciler.core.change import Change
from reconciler.core.digest import digest
from reconciler.core.judgement import NO_GATE, digest_of
from reconciler.core.lock import Lock, Submission, Training
from reconciler.core.markers import data_id
from reconciler.core.model import Action, Address, Json

_UNTOUCHED = frozenset({Action.NOOP, Action.AWAIT, Action.BLOCKED})


def checksum_of(changes: Iterable[Change], lock: Lock, exclude: Collection[Address] = ()) -> str:
    """40 hex digits. What a person said must not be touched is part of it.

    A training that was awaited and has ended is no part of it: nothing was decided, so that nothing has to be reviewed
    again. Nor is what is blocked, where something else is done: it may be blocked by the time of the apply, or be
    mended. A plan of which nothing else is left is not the one that has nothing to do.
    """
    changes = list(changes)
    touched = [c for c in changes if c.action not in _UNTOUCHED and not c.completes]
    blocked = sorted(str(c.address) for c in changes if c.action is Action.BLOCKED)
    if blocked and not touched:
        return digest({"blocked": blocked, **_excluded(exclude)})[:40]
    covered = [_covered(c, lock) for c in sorted(touched, key=lambda c: (c.address, c.deposed))]
    return digest([*covered, *([_excluded(exclude)] if exclude else ())])[:40]


def _excluded(exclude: Collection[Address]) -> dict[str, Json]:
    return {"exclude": sorted(map(str, exclude))} if exclude else {}


def _covered(change: Change, lock: Lock) -> Json:
    c = change
    entry = lock.entry(c.address) or (lock.entry(c.renamed_from) if c.renamed_from else None)
    trainings = entry.trainings if entry else {}
    submission = c.submission
    return [
        str(c.address),
        c.action.word,
        c.deposed,
        _submitted(submission) if submission else None,
        c.in_place if c.action is not Action.DELETE else None,
        c.patch,
        [_names(trainings.get(a)) for a in (*c.cancels, *c.disposes)],
        sorted(a.resource_name for a in c.adopts),
        str(c.renamed_from or ""),
        [c.lifecycle.protect, c.lifecycle.on_remove.value],
        *_gate(c),
        *([sorted(c.surplus)] if c.surplus else ()),
        *([c.promotes] if c.promotes else ()),
        *([{"checkpoint": c.checkpoint}] if c.checkpoint else ()),
        *([{"alias": [entry.alias if entry else "", c.alias]}] if c.alias or (entry and entry.alias) else ()),
    ]


def _gate(change: Change) -> list[Json]:
    """What will judge the model that this change lets serve; nothing is said of what nothing judges."""
    if change.judge:
        return [change.judge]
    gate = digest_of(change.declared.gate) if change.declared and change.action.trains else NO_GATE
    return [] if gate == NO_GATE else [gate]


def _submitted(submission: Submission) -> Json:
    s = submission
    data = [[record.uri, data_id(record)] for record in s.data]
    rebased = [{"rebases": s.rebases, "sameEndpoint": s.same_endpoint}] if s.rebases else []
    return [
        s.training,
        s.parent,
        data,
        s.project,
        s.location,
        s.reported,
        *([s.trigger] if s.trigger else ()),
        *rebased,
    ]


def _names(training: Training | None) -> Json:
    return [training.job, training.model] if training else None
