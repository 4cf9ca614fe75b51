"""Two locks of one workspace become one: by revision and evidence, never by guessing.

What either lock knows of a job is kept: a job that only one of them names was paid for. Where both
speak of an address, the one written to more often says what serves, and the other's serving model
is deposed; the next plan compares all of it with the cloud anyway.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from reconciler.core.lock import Entry, Lock, Role, Training


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged lock, and a sentence for every address on which the two differed."""

    lock: Lock
    notes: tuple[str, ...] = ()


def merge_locks(ours: Lock, theirs: Lock) -> Merged:
    """Both must be of one workspace and target; the caller has checked that."""
    notes: list[str] = []
    entries: dict[str, Entry] = {}
    for address in sorted({*ours.entries, *theirs.entries}):
        mine, other = ours.entries.get(address), theirs.entries.get(address)
        if mine is None or other is None:
            entries[address] = mine or other or Entry()
            notes.append(f"{address}: only in {'the other lock' if mine is None else 'this lock'}; kept")
            continue
        entries[address], note = _merge_entries(mine, other)
        if note:
            notes.append(f"{address}: {note}")
    merged = replace(
        ours,
        lineage=ours.lineage or theirs.lineage,
        projects={**theirs.projects, **ours.projects},
        entries=entries,
        tombstones={**theirs.tombstones, **ours.tombstones},
    )
    return Merged(merged, tuple(notes))


def _merge_entries(mine: Entry, other: Entry) -> tuple[Entry, str]:
    if mine == other:
        return mine, ""
    newer, older = sorted((mine, other), key=_progress, reverse=True)
    trainings = dict(newer.trainings)
    added: list[str] = []
    for attempt, training in older.in_order:
        twin = _twin(training, attempt, trainings)
        if twin is not None:
            trainings[twin] = _further(trainings[twin], training)
            continue
        key = attempt if attempt not in trainings else _next(trainings)
        trainings[key] = _beside(training, newer)
        added.append(training.job or f"attempt {attempt}")
    revision = max(mine.revision, other.revision) + 1
    note = f"revision {newer.revision} over {older.revision}"
    if added:
        note += f"; kept beside it: {', '.join(added)}"
    return replace(newer, trainings=trainings, revision=revision), note


def _progress(entry: Entry) -> tuple[int, str]:
    """More writes, then the later event."""
    times = [time for training in entry.trainings.values() for time in training.times.values()]
    return (entry.revision, max(times, default=""))


def _twin(training: Training, attempt: str, others: dict[str, Training]) -> str | None:
    """The attempt under which the other lock has the same job; before there is a job, the same intent."""
    for key, other in others.items():
        if training.job and training.job == other.job:
            return key
        if not training.job and not other.job and key == attempt:
            return key
    return None


def _further(kept: Training, other: Training) -> Training:
    """The record of one job that has come further; names that only the other knows are taken over."""
    if len(other.times) <= len(kept.times):
        return kept
    return replace(other, role=kept.role, times={**kept.times, **other.times})


def _beside(training: Training, newer: Entry) -> Training:
    """A job that only the older lock knows. What serves is the newer lock's to say."""
    if training.role in (Role.SERVING, Role.CANDIDATE) and newer.trainings:
        return replace(training, role=Role.DEPOSED)
    return training


def _next(attempts: Iterable[str]) -> str:
    return str(max(int(a) for a in attempts) + 1)
