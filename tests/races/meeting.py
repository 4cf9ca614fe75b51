"""What two clones of one history, or a clone and an older lock, can bring together; and what must come of it."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from reconciler.core.contradictions import contradictions
from reconciler.core.gate_spec import GateSpec, Prompt
from reconciler.core.lock import Lock
from reconciler.core.merge import merge_locks
from reconciler.core.model import Action, Address, Declared, Promote
from reconciler.files.lock_json import decode_lock, encode_lock
from reconciler.workflow.world import World
from tests.fakes.cloud import FAILED, FakeCloud, Job
from tests.fakes.crash import Effects, Killed
from tests.fakes.specs import a_gemini_spec, a_spec
from tests.fakes.stage import EVERYTHING, NO_WAIT, Stage

SERVICES = ("vertex", "gemini")
_EMPTIED = "PLAN102"
"""Whose specs declare nothing of what the merged lock has is asked first: nobody gives that permission unseen."""


def spec(
    service: str, name: str = "router", *, epochs: int = 3, former: str = "", gated: bool = False, manual: bool = False
) -> Declared:
    """Nothing is disposed of because of its age here: `keep` is out of reach."""
    make = a_spec if service == "vertex" else a_gemini_spec
    gate = GateSpec(prompts=(Prompt("?", contains="never"),)) if gated else None
    waits: dict[str, Any] = {"promote": Promote.MANUAL} if manual else {}
    return make(name, epochs=epochs, former=(former,) if former else (), gate=gate, keep=9, **waits)


@dataclass(frozen=True, slots=True)
class Kept:
    """A cloud, a lock and the specs beside it, to go on from."""

    cloud: FakeCloud
    lock: bytes
    specs: tuple[Declared, ...]

    @classmethod
    def of(cls, stage: Stage) -> Kept:
        return cls(copy.deepcopy(stage.cloud), encode_lock(stage.lock, {}), tuple(stage.specs))

    def opened(self, *, lock: Lock | None = None) -> Stage:
        stage = Stage(Path(mkdtemp(dir=_folder())), specs=list(self.specs))
        stage.cloud = copy.deepcopy(self.cloud)
        stage.clock = stage.cloud.clock
        stage.path.write_bytes(self.lock if lock is None else encode_lock(lock, {}))
        return stage


@cache
def _folder() -> Path:
    memory = Path("/dev/shm")
    return Path(mkdtemp(prefix="tuneform-locks-", dir=memory if memory.is_dir() else None))


Move = Callable[[Stage, str], None]


def _declare(stage: Stage, *specs: Declared) -> None:
    stage.specs = list(specs)


def _killed(label: str) -> Move:
    """An apply that dies at the first boundary with this label."""

    def move(stage: Stage, service: str) -> None:
        probe = Kept.of(stage).opened()
        effects = Effects()
        for _ in probe.applying(NO_WAIT, effects=effects):
            pass
        at = next((n for n, seen in enumerate(effects.seen, 1) if seen == label), None)
        if at is None:
            return
        try:
            for _ in stage.applying(NO_WAIT, effects=Effects(die_at=at)):
                pass
        except Killed:
            stage.cloud.effects = Effects()

    return move


def _edited(then: Move) -> Move:
    def move(stage: Stage, service: str) -> None:
        _declare(stage, spec(service, epochs=7))
        then(stage, service)

    return move


def _applied(stage: Stage, service: str) -> None:
    stage.apply()


def _submitted(stage: Stage, service: str) -> None:
    stage.apply(NO_WAIT)


def _trained(stage: Stage, service: str) -> None:
    stage.apply(NO_WAIT)
    stage.clock.time += 60


def _failed(stage: Stage, service: str) -> None:
    stage.cloud.end_next("router", FAILED)
    stage.apply()


def _cancelled(stage: Stage, service: str) -> None:
    stage.apply(NO_WAIT)
    stage.cancel(f"{service}/router")


def _cancel_asked(stage: Stage, service: str) -> None:
    stage.cloud.cancel_s = 1e6
    stage.apply(NO_WAIT)
    stage.cancel(f"{service}/router", NO_WAIT)
    stage.cloud.cancel_s = 0.0


def _refused(stage: Stage, service: str) -> None:
    _declare(stage, spec(service, epochs=stage.specs[0].training.get("epochs", 3), gated=True))
    stage.apply()


def _renamed(*names: str, epochs: int = 3) -> Move:
    def move(stage: Stage, service: str) -> None:
        stage.apply()
        for former, name in itertools.pairwise(("router", *names)):
            _declare(stage, spec(service, name, epochs=epochs, former=former))
            stage.apply()

    return move


def _moved(before: Move, then: Move) -> Move:
    """The entry is renamed in the lock by hand, and the spec without a word of it."""

    def move(stage: Stage, service: str) -> None:
        before(stage, service)
        if f"{service}/router" in stage.lock.entries:
            stage.move(f"{service}/router", f"{service}/triage")
            _declare(stage, replace(stage.specs[0], address=Address(service, "triage")))
        then(stage, service)

    return move


def _edited_as_it_is(stage: Stage, service: str) -> None:
    """Whatever it is called."""
    _declare(stage, spec(service, stage.specs[0].address.name, epochs=7))
    stage.apply()


def _forgotten(stage: Stage, service: str) -> None:
    stage.apply()
    stage.forget(f"{service}/router")


def _destroyed(stage: Stage, service: str) -> None:
    stage.apply()
    stage.destroy(f"{service}/router")


def _removed(stage: Stage, service: str) -> None:
    stage.apply()
    _declare(stage)
    stage.apply()


def _restored(stage: Stage, service: str) -> None:
    _edited(_applied)(stage, service)
    _declare(stage, spec(service))
    stage.apply()


def _rolled_back(stage: Stage, service: str) -> None:
    _edited(_applied)(stage, service)
    stage.clock.time += 5
    stage.rollback(f"{service}/router")


def _applied_and_rolled_back(stage: Stage, service: str) -> None:
    stage.apply()
    _rolled_back(stage, service)


def _promoted(stage: Stage, service: str) -> None:
    _rolled_back(stage, service)
    stage.clock.time += 5
    stage.promote(f"{service}/router")


def _held_back(stage: Stage, service: str) -> None:
    """A successor is trained and waits."""
    _declare(stage, spec(service, epochs=7, manual=True))
    stage.apply()


def _let_through(stage: Stage, service: str) -> None:
    _held_back(stage, service)
    stage.clock.time += 5
    stage.promote(f"{service}/router")


def _adopted(stage: Stage, service: str) -> None:
    stage.apply()
    stage.path.unlink()
    stage.apply()


def _imported(stage: Stage, service: str) -> None:
    """Forgotten, and named by `existing` afterwards."""
    stage.apply()
    serving = stage.lock.entries[f"{service}/router"].serving
    stage.forget(f"{service}/router")
    if serving is not None:
        _declare(stage, replace(stage.specs[0], existing=serving[1].job))
    stage.apply()


def _gone(stage: Stage, service: str) -> None:
    """Somebody deleted the model in the console, and asked for another one."""
    stage.apply()
    for name, job in list(stage.cloud.jobs.items()):
        if job.backend == "gemini":
            del stage.cloud.jobs[name]
        job.resources.clear()
    stage.apply(replace=[f"{service}/router"])


def _again(stage: Stage, service: str) -> None:
    _destroyed(stage, service)
    stage.apply()


def _later(stage: Stage, service: str) -> None:
    """Clocks differ by less: what is made now is known to be another one."""
    stage.clock.time += 1000


def _made_anew(stage: Stage, service: str) -> None:
    stage.forget(f"{service}/router")
    stage.apply()


def _nothing(stage: Stage, service: str) -> None:
    pass


def _lost(stage: Stage, service: str) -> None:
    """Carried out, and not answered; lists show it a while later."""
    stage.cloud.fail("create", "lost")
    stage.apply(NO_WAIT)


def _unanswered(stage: Stage, service: str) -> None:
    stage.cloud.fail("create", "unanswered")
    stage.apply(NO_WAIT)


MOVES: dict[str, Move] = {
    "nothing": _nothing,
    "approved": _killed("after record ChangeApproved"),
    "intended": _killed("before create"),
    "sent": _killed("after create"),
    "lost": _lost,
    "unanswered": _unanswered,
    "submitted": _submitted,
    "trained": _trained,
    "applied": _applied,
    "failed": _failed,
    "cancelled": _cancelled,
    "cancel asked": _cancel_asked,
    "gate refused": _refused,
    "edited, approved": _edited(_killed("after record ChangeApproved")),
    "edited, intended": _edited(_killed("before create")),
    "edited, sent": _edited(_killed("after create")),
    "edited, lost": _edited(_lost),
    "edited, submitted": _edited(_submitted),
    "edited, trained": _edited(_trained),
    "edited, applied": _edited(_applied),
    "edited, failed": _edited(_failed),
    "restored": _restored,
    "waits to be promoted": _held_back,
    "waited, and promoted": _let_through,
    "rolled back": _rolled_back,
    "rolled back, and promoted": _promoted,
    "renamed": _renamed("triage"),
    "renamed twice": _renamed("triage", "sorter"),
    "renamed and back": _renamed("triage", "router"),
    "renamed and edited": _renamed("triage", epochs=7),
    "renamed otherwise": _renamed("other"),
    "moved by hand": _moved(_applied, _nothing),
    "moved by hand, applied": _moved(_applied, _applied),
    "moved by hand, edited": _moved(_applied, _edited_as_it_is),
    "sent, moved by hand": _moved(_killed("after create"), _nothing),
    "lost, moved by hand": _moved(_lost, _applied),
    "submitted, moved by hand": _moved(_submitted, _nothing),
    "rolled back, moved by hand": _moved(_applied_and_rolled_back, _nothing),
    "forgotten": _forgotten,
    "destroyed": _destroyed,
    "destroyed and made again": _again,
    "removed": _removed,
    "adopted": _adopted,
    "imported": _imported,
    "gone, and asked for again": _gone,
}
BASES = ("absent", "serving")


@cache
def _base(service: str, base: str) -> Kept:
    stage = Stage(Path(mkdtemp(dir=_folder())), specs=[spec(service)])
    if base == "serving":
        stage.apply()
    else:
        stage.path.write_bytes(encode_lock(Lock(workspace="acme", target="emulator:test", lineage="1"), {}))
    return Kept.of(stage)


@cache
def _first(service: str, base: str, move: str) -> Kept:
    stage = _base(service, base).opened()
    MOVES[move](stage, service)
    return Kept.of(stage)


@dataclass(frozen=True, slots=True)
class Meeting:
    """The first clone moves, then the second one, which knows nothing of it but what the cloud shows."""

    service: str
    base: str
    one: str
    other: str

    def __str__(self) -> str:
        return f"{self.service}, {self.base}: {self.one} + {self.other}"


MEETINGS = [
    Meeting(service, base, one, other) for service in SERVICES for base in BASES for one in MOVES for other in MOVES
]


def complaints(meeting: Meeting) -> list[str]:
    """Merge both ways, then go on by each side's specs, with `apply` and with `wait` first."""
    one = _first(meeting.service, meeting.base, meeting.one)
    second = Kept(one.cloud, _base(meeting.service, meeting.base).lock, _base(meeting.service, meeting.base).specs)
    stage = second.opened()
    stage.cloud.settle_visibility()
    stage.clock.time += 5
    MOVES[meeting.other](stage, meeting.service)
    stage.cloud.settle_visibility()
    other = Kept.of(stage)
    ours, theirs = decode_lock(one.lock, "")[0], decode_lock(other.lock, "")[0]
    merged = merge_locks(ours, theirs).lock
    found = list(_of_the_merge(ours, theirs, merged))
    sides = (one.specs, other.specs) if one.specs != other.specs else (one.specs,)
    for specs in sides:
        for command in ("apply", "wait"):
            after = Kept(other.cloud, encode_lock(merged, {}), specs)
            words = [s.address.name for s in specs]
            found += [f"specs {words}, {command}: {c}" for c in _went_on(after, command)]
    return found


def _of_the_merge(ours: Lock, theirs: Lock, merged: Lock) -> Iterator[str]:
    reverse = merge_locks(theirs, ours).lock
    if (merged.entries, merged.tombstones) != (reverse.entries, reverse.tombstones):
        yield "the merge depends on who is merged into whom"
    if merge_locks(merged, theirs).lock != merged or merge_locks(merged, ours).lock != merged:
        yield "a second merge changes it"
    yield from (f"{d.code}: {d.detail}" for d in contradictions(merged, ""))
    known = _jobs(merged) | {j for t in merged.tombstones.values() for j in (*t.resource_names, *t.disposed)}
    yield from (f"lost: {job}" for job in (_jobs(ours) | _jobs(theirs)) - known)


def _jobs(lock: Lock) -> set[str]:
    return {t.job for e in lock.entries.values() for t in e.trainings.values() if t.job}


def _went_on(kept: Kept, command: str) -> Iterator[str]:
    """Nothing that is there is trained again, and nothing that serves is deleted."""
    stage = kept.opened()
    merged = stage.lock
    stage.cloud.twice.clear()
    before = {j.name: j for j in copy.deepcopy(stage.cloud.jobs).values()}
    usable = {work for name, job in before.items() if name not in merged.buried and (work := _work(stage, job))}
    if command == "wait":
        stage.wait()
    met = frozenset(stage.cloud.jobs)
    # Whoever removed every spec said so then.
    permitted = EVERYTHING - {"empty"} if stage.specs else EVERYTHING
    outcome = stage.apply(flags=permitted)
    if outcome.error is not None:
        if outcome.codes != [_EMPTIED]:
            yield f"the next apply ended with {outcome.error}"
        elif stage.cloud.jobs.keys() != met:
            yield "the refused apply made something"
        yield from _deleted(stage, before, merged)
        return
    yield from _deleted(stage, before, merged)
    for _ in range(4):
        stage.clock.time += 1000.0
        stage.apply(flags=permitted)
    forgotten = merged.buried
    yield from (f"trained twice: {t}" for t in stage.cloud.twice if t.rpartition(" ")[2] not in forgotten)
    for name, job in stage.cloud.jobs.items():
        if _is_new(job, before) and _key(job) in usable:
            yield f"trained again what was there: {name}"
    yield from _deleted(stage, before, merged)
    yield from (f"after all: {d.code} {d.detail}" for d in contradictions(stage.lock, ""))
    for change in stage.plan().changes:
        if change.action not in (Action.NOOP, Action.BLOCKED):
            yield f"still to do: {change.action.word} {change.address}: {change.reason.text}"


def _deleted(stage: Stage, before: dict[str, Job], merged: Lock) -> Iterator[str]:
    """By this merge: while a spec is declared, nothing that was ready when the locks met may go."""
    if not stage.specs:
        return
    for name, job in before.items():
        now = stage.cloud.jobs.get(name)
        if job.resources and (now is None or not now.resources or _is_new(now, before)):
            yield f"deleted: {name}"


def _is_new(job: Job, before: dict[str, Job]) -> bool:
    """A name of the Gemini API can be given again: another model answers to it then."""
    return job.name not in before or job.created != before[job.name].created


def _work(stage: Stage, job: Job) -> tuple[str, str] | None:
    """What it was made from, where it runs, or answers."""
    runs = not stage.cloud.status(job).is_terminal and job.cancel_asked is None
    return _key(job) if runs or job.resources else None


def _key(job: Job) -> tuple[str, str]:
    return (job.markers.training, job.markers.data)


# Older locks of one history


HISTORIES: dict[str, tuple[Move, ...]] = {
    "create": (_applied,),
    "create, its answer lost": (_lost, _applied),
    "replace": (_applied, _edited(_applied)),
    "replace, its answer lost": (_applied, _edited(_lost), _applied),
    "replace and restore": (_applied, _restored),
    "rename and edit": (_renamed("triage"), _edited(_nothing), _renamed("triage", epochs=7)),
    "cancel and retry": (_cancelled, _edited(_applied)),
    "destroy and make again": (_destroyed, _later, _applied),
    "cancel and make again": (_cancelled, _later, _made_anew),
}


class _Photographer(Effects):
    """Keeps the lock, as anybody would read it, whenever a run has recorded something."""

    def __init__(self, stage: Stage, seen: dict[bytes, None]) -> None:
        super().__init__()
        self._stage, self._kept = stage, seen

    def boundary(self, label: str) -> None:
        Effects.boundary(self, label)
        if label.startswith("after record"):
            self._kept[encode_lock(self._stage.lock, {})] = None


class _Photographed(Stage):
    kept: dict[bytes, None]

    def world(self, effects: Effects | None = None) -> World:
        return Stage.world(self, effects or _Photographer(self, self.kept))


def snapshots(service: str, history: str) -> tuple[list[bytes], Kept]:
    """Every lock that stood on the disk after any record of the history, and where it led to."""
    stage = _Photographed(Path(mkdtemp(dir=_folder())), specs=[spec(service)])
    stage.kept = {}
    for move in HISTORIES[history]:
        move(stage, service)
    return list(stage.kept), Kept.of(stage)


def after_restoring(kept: Kept, lock: bytes, command: str) -> list[str]:
    """An older lock beside the cloud of today."""
    return list(_went_on(Kept(kept.cloud, lock, kept.specs), command))
