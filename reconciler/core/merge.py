"""Two locks of one workspace become one: by revision and evidence, never by guessing.

What either lock knows of a job is kept: a job that only one of them names was paid for. Where both
speak of an address, the one written to more often says what serves, and the other's serving model
is deposed; of two trainings that both locks know, the one that began to serve last serves. The next
plan compares all of it with the cloud anyway.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from msgspec import to_builtins
from msgspec.structs import replace

from reconciler.core.digest import digest
from reconciler.core.lock import Entry, Lock, Role, Tombstone, Training


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
        if mine is not None and other is not None:
            entries[address], note = _merge_entries(mine, other)
            notes += [f"{address}: {note}"] if note else []
            continue
        entry, here, elsewhere = (mine, ours, theirs) if other is None else (other, theirs, ours)
        assert entry is not None
        where = "this lock" if other is None else "the other lock"
        if _was_forgotten(entry, here, elsewhere):
            notes.append(f"{address}: only in {where}, and forgotten since; it stays forgotten")
            continue
        entries[address] = entry
        notes.append(f"{address}: only in {where}; kept")
    merged = replace(
        ours,
        lineage=ours.lineage or theirs.lineage,
        projects={**theirs.projects, **ours.projects},
        entries=entries,
        tombstones=_merge_graves(ours.tombstones, theirs.tombstones),
    )
    return Merged(merged, tuple(notes))


def _was_forgotten(entry: Entry, here: Lock, elsewhere: Lock) -> bool:
    """Whether the other side dropped all of it with `forget`; one that was taken in again has both."""
    jobs = {t.job for t in entry.trainings.values() if t.job}
    return bool(jobs) and jobs <= elsewhere.buried and not jobs & here.buried


def _merge_graves(mine: dict[str, Tombstone], others: dict[str, Tombstone]) -> dict[str, Tombstone]:
    merged = {}
    for address in sorted({*mine, *others}):
        graves = [g for g in (mine.get(address), others.get(address)) if g is not None]
        names = sorted({name for grave in graves for name in grave.resource_names})
        whole = [g for g in graves if set(g.resource_names) == set(names)]
        kept = max(whole, key=lambda g: (g.at, g.resource_names), default=None)
        merged[address] = kept or Tombstone(resource_names=tuple(names), at=max(g.at for g in graves))
    return merged


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
        if not training.job and newer.trainings:
            # The newer lock went on without its answer: what came of it is found by its markers.
            continue
        key = attempt if attempt not in trainings else _next(trainings)
        trainings[key] = _beside(training, trainings.values())
        added.append(training.job or f"attempt {attempt}")
    trainings = _one_serves(trainings)
    note = f"revision {newer.revision} over {older.revision}"
    if added:
        note += f"; kept beside it: {', '.join(added)}"
    if trainings == newer.trainings:
        return newer, note
    return replace(newer, trainings=trainings, revision=newer.revision + 1), note


def _progress(entry: Entry) -> tuple[int, str, str]:
    """More writes, then the later event; then anything that does not depend on who asks."""
    times = [time for training in entry.trainings.values() for time in training.times.values()]
    return (entry.revision, max(times, default=""), digest(to_builtins(entry)))


def _twin(training: Training, attempt: str, others: dict[str, Training]) -> str | None:
    """The attempt under which the other lock has the same job, or the same intent before it was answered."""
    if training.job:
        same = next((key for key, other in others.items() if other.job == training.job), None)
        if same is not None:
            return same
    other = others.get(attempt)
    if other is None or (training.job and other.job):
        return None
    return attempt if _intent(training) == _intent(other) else None


def _intent(training: Training) -> tuple[str, str, str]:
    submission = training.submission
    return (submission.digest, submission.data_id, training.times.get("intended", ""))


def _further(kept: Training, other: Training) -> Training:
    """The record of one job that has come further; what only the other knows of is taken over."""
    verdict = _later_verdict(kept, other)
    if (bool(other.job), len(other.times)) > (bool(kept.job), len(kept.times)):
        is_open = kept.role is Role.CANDIDATE
        kept, other = replace(other, role=other.role if is_open else kept.role), kept
    kept = replace(kept, **verdict)
    names = ("job", "operation", "model", "endpoint", "checkpoints", "in_place")
    learnt = {name: getattr(other, name) for name in names if not getattr(kept, name) and getattr(other, name)}
    times = {**other.times, **kept.times}
    return replace(kept, times=times, **learnt) if learnt or times != kept.times else kept


def _later_verdict(one: Training, other: Training) -> dict[str, Any]:
    """What its gate said last, where it has spoken: a refusal without its gate, or a role without either, is untrue."""
    spoken = [t for t in (one, other) if t.gate_refused or "refused" in t.times]
    if not spoken:
        return {}
    last = max((one, other), key=lambda t: max(t.times.get("served", ""), t.times.get("refused", "")))
    is_settled = last.gate_refused or last.role is not Role.FAILED
    role = {"role": last.role} if is_settled else {}
    return {**role, "gate_refused": last.gate_refused, "judged": last.judged}


def _beside(training: Training, others: Iterable[Training]) -> Training:
    """A job that only the older lock knows. What serves is the newer lock's to say; what trains goes on."""
    if training.role is Role.SERVING and any(t.role is Role.SERVING for t in others):
        return replace(training, role=Role.DEPOSED)
    return training


def _one_serves(trainings: dict[str, Training]) -> dict[str, Training]:
    """Where each lock lets another one serve, the one that began to last does; the other is still there, deposed."""
    serving = [attempt for attempt, training in trainings.items() if training.role is Role.SERVING]
    last = max(serving, key=lambda a: (trainings[a].times.get("served", ""), int(a)), default="")
    return {a: replace(t, role=Role.DEPOSED) if a in serving and a != last else t for a, t in trainings.items()}


def _next(attempts: Iterable[str]) -> str:
    return str(max(int(a) for a in attempts) + 1)
