"""Two locks of one workspace become one: by evidence, never by guessing.

An entry is known by its trainings, not by its name: what one lock has renamed meets itself under the new
name. What either lock knows of a job is kept, at one address: a job that only one of them names was paid
for. What the other has disposed of or forgotten stays away. Where both speak of an entry, the one written
to more often says what serves, and the other's serving model is deposed; of two trainings that both locks
know, the one that began to serve last serves; a pin that is younger than that counts, whichever lock has it
(core/chosen.py). The next plan compares all of it with the cloud anyway.

A lock that names one job at two addresses, or lets two models serve one, is put in order by a merge with itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as replaced
from typing import Any

from msgspec.structs import replace

from reconciler.core.advance import latest
from reconciler.core.attempts import markers_for
from reconciler.core.chosen import one_waits, standing_pin, with_pinned
from reconciler.core.compare import unchanged_data
from reconciler.core.datasets import with_learnt
from reconciler.core.dialects import dialect_of
from reconciler.core.graves import Graves, buried_intents
from reconciler.core.kin import Held, by_address, former_names, progress
from reconciler.core.lock import Approved, Entry, Lock, Milestone, Phase, Role, Submission, Tombstone, Training
from reconciler.core.markers import chosen_name
from reconciler.core.mending import merge_mended
from reconciler.core.model import Action, Address
from reconciler.core.times import latest_of, moment

_TRAINS = frozenset(action for action in Action if action.trains)


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged lock, and a sentence for every address on which the two differed."""

    lock: Lock
    notes: tuple[str, ...] = ()


def merge_locks(ours: Lock, theirs: Lock) -> Merged:
    """Both must be of one workspace and target; the caller has checked that. Raises ReconcilerError (LOCK017)."""
    notes: list[str] = []
    held = [*_held(ours, theirs, 0, notes), *_held(theirs, ours, 1, notes)]
    entries: dict[str, Entry] = {}
    for address, group in by_address(held).items():
        entries[str(address)], note = _as_one(address, group, ours.workspace or theirs.workspace)
        notes += [f"{address}: {note}"] if note else []
    merged = replace(
        ours,
        version=max(ours.version, theirs.version),
        lineage=ours.lineage or theirs.lineage,
        projects={**theirs.projects, **ours.projects},
        entries=entries,
        tombstones=_merge_graves(ours.tombstones, theirs.tombstones),
        mended=merge_mended(ours.mended, theirs.mended),
    )
    return Merged(merged, tuple(sorted(notes)))


def _merge_graves(mine: Mapping[str, Tombstone], others: Mapping[str, Tombstone]) -> dict[str, Tombstone]:
    return {a: _one_grave([g for g in (mine.get(a), others.get(a)) if g]) for a in sorted({*mine, *others})}


def _one_grave(graves: Sequence[Tombstone]) -> Tombstone:
    """The one that names everything stays as it is, in its order."""
    names = sorted({name for grave in graves for name in grave.resource_names})
    whole = [g for g in graves if set(g.resource_names) == set(names)]
    kept = max(whole, key=lambda g: (moment(g.at), g.resource_names), default=None)
    last = max(graves, key=lambda g: (moment(g.at), g.reason, g.by.actor if g.by else "", g.resource_names))
    return Tombstone(
        resource_names=kept.resource_names if kept else tuple(names),
        at=kept.at if kept else latest_of(g.at for g in graves),
        intents=tuple(sorted({intent for grave in graves for intent in grave.intents})),
        disposed=_latest_of(graves),
        by=last.by,
        reason=last.reason,
    )


def _latest_of(graves: Sequence[Tombstone]) -> dict[str, str]:
    disposed: dict[str, str] = {}
    for grave in graves:
        disposed |= {job: latest_of((at, disposed.get(job, ""))) for job, at in grave.disposed.items()}
    return latest(disposed)


# What the other side knows to be over


def _held(here: Lock, elsewhere: Lock, side: int, notes: list[str]) -> Iterator[Held]:
    """The entries of a lock, without the trainings that the other one has forgotten or disposed of since."""
    where = "the other lock" if side else "this lock"
    over = _Over(here, elsewhere)
    for address, entry in here.by_address:
        gone = {a: over.why(address, a, t) for a, t in entry.trainings.items()}
        gone = {a: why for a, why in gone.items() if why}
        if gone and len(gone) == len(entry.trainings):
            why = min(gone.values())
            notes.append(f"{address}: only in {where}, and {why} since; it stays {why}")
            yield Held(side, address, _without(entry, gone), entry, over=True)
            continue
        yield Held(side, address, _without(entry, gone) if gone else entry, entry)


class _Over:
    """What is over by the evidence of the other lock; a training that it still has, or has again, is not."""

    def __init__(self, here: Lock, elsewhere: Lock) -> None:
        self._taken_in_again = here.buried
        self._here, self._graves = Graves.of(here), Graves.of(elsewhere)
        self._known = elsewhere.jobs
        self._disposed = _latest_of(list(elsewhere.tombstones.values()))

    def why(self, address: Address, attempt: str, training: Training) -> str:
        """`forgotten`, `destroyed`, or ""."""
        if not training.job:
            (intent,) = buried_intents([(attempt, training)])
            return "forgotten" if intent in self._graves.intents - self._here.intents else ""
        if training.job in self._known:
            return ""
        if training.job in self._graves.names - self._taken_in_again:
            return "forgotten"
        at = self._disposed.get(training.job)
        # What has the name now may have been made since.
        may_be_newer = dialect_of(address).gives_names_again and moment(_made(training)) > moment(at or "")
        is_older = at is not None and not may_be_newer
        return "destroyed" if is_older else ""


def _made(training: Training) -> str:
    return training.at(Milestone.SUBMITTED, Milestone.ADOPTED, Milestone.INTENDED)


def _without(entry: Entry, gone: Mapping[str, str]) -> Entry:
    """An approved change about what is gone goes with it: carried out, it would train again."""
    trainings = {a: t for a, t in entry.trainings.items() if a not in gone}
    return replace(entry, trainings=trainings, approved=tuple(a for a in entry.approved if a.attempt not in gone))


# One entry out of several


def _as_one(address: Address, known: Sequence[Held], workspace: str) -> tuple[Entry, str]:
    group = _answered([h for h in known if not h.over], workspace)
    newest, *rest = sorted(group, key=lambda h: progress(h.was), reverse=True)
    trainings = _each_once(newest.entry)
    added: list[str] = []
    for held in rest:
        trainings = _taken_in(trainings, held.entry, newest.entry.approved, added)
    trainings = _one_serves(trainings)
    pin = standing_pin(trainings, [h.entry for h in (newest, *rest)])
    trainings = one_waits(with_pinned(trainings, pin))
    knows = _serving_one(trainings, [newest, *rest])
    entry = replace(
        newest.entry,
        trainings=trainings,
        pin=pin,
        in_place=knows.in_place,
        alias=knows.alias,
        former=former_names(address, known),
        declared=any(held.entry.declared for held in group),
        origin=next((held.entry.origin for held in (newest, *rest) if held.entry.origin), ""),
        approved=_approved(newest.entry, trainings),
    )
    if entry != newest.was:
        entry = replace(entry, revision=newest.was.revision + 1)
    return entry, _summary(address, newest, rest, added)


def _answered(group: Sequence[Held], workspace: str) -> list[Held]:
    """Creates whose answer the other side knows, where the id of what they make is ours to choose."""
    jobs = {t.job for h in group for t in h.entry.trainings.values()}
    return [replaced(h, entry=_with_answers(h, jobs, workspace)) for h in group]


def _with_answers(held: Held, jobs: set[str], workspace: str) -> Entry:
    trainings = dict(held.entry.trainings)
    for attempt, training in held.entry.trainings.items():
        if not training.job:
            markers = markers_for(training.submission, workspace, training.name or held.address.name, attempt)
            name = chosen_name(held.address, training.submission.project, markers)
            if name and name in jobs:
                trainings[attempt] = replace(training, job=name, phase=Phase.SUBMITTED)
    return replace(held.entry, trainings=trainings)


def _summary(address: Address, newest: Held, rest: Sequence[Held], added: Sequence[str]) -> str:
    if all(h.side == newest.side and h.address == address for h in (newest, *rest)):
        return f"only in {'the other lock' if newest.side else 'this lock'}; kept"
    if all(h.was == newest.was and h.address == address for h in rest):
        return ""
    older = ", ".join(str(h.was.revision) for h in rest if h.was != newest.was or h.address != newest.address)
    note = f"revision {newest.was.revision} over {older}"
    names = sorted({h.address.name for h in (newest, *rest)} - {address.name})
    if names:
        note += f"; known before as {', '.join(names)}"
    return note + (f"; kept beside it: {', '.join(added)}" if added else "")


def _each_once(entry: Entry) -> dict[str, Training]:
    """The trainings of an entry, each job under its first attempt."""
    kept: dict[str, Training] = {}
    for attempt, training in entry.in_order:
        same = next((a for a, t in kept.items() if training.job and t.job == training.job), None)
        if same is None:
            kept[attempt] = training
        else:
            kept[same] = _further(kept[same], training)
    return kept


def _taken_in(
    trainings: Mapping[str, Training], older: Entry, approved: Sequence[Approved], added: list[str]
) -> dict[str, Training]:
    """What an older record knows besides."""
    found = dict(trainings)
    known = {t.job for t in older.trainings.values() if t.job}
    for attempt, training in older.in_order:
        twin = _twin(training, attempt, found, known, approved)
        if twin is not None:
            found[twin] = _further(found[twin], training)
            continue
        key = _place(training, attempt, found, approved)
        found[key] = _beside(training, found)
        added.append(training.job or f"attempt {attempt}")
    return found


def _twin(
    training: Training, attempt: str, found: Mapping[str, Training], known: set[str], approved: Sequence[Approved]
) -> str | None:
    """The attempt under which this job stands already, or the create of which it is the answer.

    A create without an answer made one job at most, and what it was to make was made: a job of exactly this that
    the one side has and the other does not know of is taken for it, whenever either was begun. If both were made
    after all, the second one is found by its markers, and deposed.
    """
    if training.job:
        same = next((a for a, t in found.items() if t.job == training.job), None)
        if same is not None:
            return same
    beside = {name for a in approved for name in a.beside}
    alike = [
        a
        for a, t in found.items()
        if _is_same_work(t.submission, training.submission) and not (t.job and training.job)
        if t.job not in known and training.job not in beside
    ]
    return attempt if attempt in alike else next(iter(alike), None)


def _is_same_work(one: Submission, other: Submission) -> bool:
    if one.parent_model and other.parent_model and one.parent_model != other.parent_model:
        return False
    if (one.digest, one.project, one.location) != (other.digest, other.project, other.location):
        return False
    return one.data_id == other.data_id or unchanged_data(one, other)


def _place(training: Training, attempt: str, found: Mapping[str, Training], approved: Sequence[Approved]) -> str:
    """Its own number where that is free; that of an approved create which it carries out already."""
    open_ones = [a for a in approved if a.action in _TRAINS and a.attempt not in found]
    for change in open_ones:
        is_it = change.submission is not None and _is_same_work(change.submission, training.submission)
        if is_it and training.role is not Role.FAILED and training.job not in change.beside:
            return change.attempt
    taken = {*found, *(a.attempt for a in open_ones)}
    return attempt if attempt not in taken else str(max(int(a) for a in taken if a) + 1)


def _further(kept: Training, other: Training) -> Training:
    """The record of one job that has come further; what only the other knows of is taken over."""
    verdict = _later_verdict(kept, other)
    if (bool(other.job), len(other.seen)) > (bool(kept.job), len(kept.seen)):
        is_open = kept.role in (Role.CANDIDATE, Role.PENDING)
        kept, other = replace(other, role=other.role if is_open else kept.role), kept
    kept = replace(kept, **verdict)
    names = ["job", "operation", "model", "endpoint", "checkpoints", "in_place", "by", "reason", "promoted"]
    names += ["measured", "evaluations"]
    if other.state == kept.state:
        names.append("status")  # it says what that state means
    learnt = {name: getattr(other, name) for name in names if not getattr(kept, name) and getattr(other, name)}
    times, states = {**other.times, **kept.times, **_last_times(kept, other)}, {**other.states, **kept.states}
    known = kept.submission if kept.submission.digest else other.submission
    found = {"times": times, "states": states, "submission": with_learnt(known, other.submission)}
    found["notified"] = _notified_by_either(kept, other)
    is_more = learnt or any(getattr(kept, name) != value for name, value in found.items())
    return replace(kept, **found, **learnt) if is_more else kept


def _notified_by_either(one: Training, other: Training) -> dict[str, str]:
    """Nobody is told again what either lock knows to be told."""
    keys = [*one.notified, *(k for k in other.notified if k not in one.notified)]
    return {k: latest_of((one.notified.get(k, ""), other.notified.get(k, ""))) for k in keys}


def _last_times(one: Training, other: Training) -> dict[Milestone, str]:
    """When it began to serve, and stopped, last: it may have done so several times."""
    several = (m for m in (Milestone.SERVED, Milestone.DEPOSED) if one.at(m) or other.at(m))
    return {m: latest_of((one.at(m), other.at(m))) for m in several}


def _later_verdict(one: Training, other: Training) -> dict[str, Any]:
    """What its gate said last, where it has spoken: a refusal without its gate, or a role without either, is untrue."""
    spoken = [t for t in (one, other) if t.gate_refused or Milestone.REFUSED in t.times]
    if not spoken:
        return {}
    last = max((one, other), key=lambda t: moment(latest_of((t.at(Milestone.SERVED), t.at(Milestone.REFUSED)))))
    is_settled = last.gate_refused or last.role is not Role.FAILED
    role = {"role": last.role} if is_settled else {}
    return {**role, "gate_refused": last.gate_refused, "judged": last.judged}


def _beside(training: Training, others: Mapping[str, Training]) -> Training:
    """A job that only the older lock knows. What serves is the newer lock's to say; what trains goes on."""
    if training.role is Role.SERVING and any(t.role is Role.SERVING for t in others.values()):
        return replace(training, role=Role.DEPOSED)
    return training


def _one_serves(trainings: dict[str, Training]) -> dict[str, Training]:
    """Where each lock lets another one serve, the one that began to last does; the other is still there, deposed."""
    serving = [attempt for attempt, training in trainings.items() if training.role is Role.SERVING]
    last = max(serving, key=lambda a: (moment(trainings[a].at(Milestone.SERVED)), int(a)), default="")
    return {a: replace(t, role=Role.DEPOSED) if a in serving and a != last else t for a, t in trainings.items()}


def _serving_one(trainings: Mapping[str, Training], held: Sequence[Held]) -> Entry:
    """The newest record that lets serve what does, which knows what was last applied to it."""
    serving = next((t.job for t in trainings.values() if t.role is Role.SERVING), "")
    said = (h.was for h in held if h.was.serving is not None and h.was.serving[1].job == serving)
    return next(said, held[0].was)


def _approved(newest: Entry, trainings: Mapping[str, Training]) -> tuple[Approved, ...]:
    """What was approved of the newest; it does not speak of what was taken in, and does not remove it."""
    if trainings.keys() <= newest.trainings.keys():
        return newest.approved
    return tuple(replace(a, removes_entry=False) for a in newest.approved)
