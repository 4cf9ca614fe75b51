"""One cloud, two clones of one repository, strangers beside them, and a history played on it all."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, assert_never

from reconciler.apply import WaitOptions
from reconciler.core.attempts import markers_for
from reconciler.core.change import ReasonCode
from reconciler.core.checks import Permissions
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.digest import digest
from reconciler.core.events import Event
from reconciler.core.lock import Lock as LockRecord
from reconciler.core.lock import Role
from reconciler.core.markers import ROWS_RECIPE, tuned_model_id
from reconciler.core.merge import merge_locks
from reconciler.core.model import Address, Data, Declared, Markers, OnDrift
from reconciler.core.settings import Limits
from reconciler.files.lockfile import LockFile
from reconciler.workflow.apply import apply_changes
from reconciler.workflow.by_hand import promote, rollback
from reconciler.workflow.cancel import cancel
from reconciler.workflow.forget import forget
from reconciler.workflow.planning import Planned, make_destroy_plan
from reconciler.workflow.runs import examples_of
from reconciler.workflow.wait import finish
from tests.fakes.cloud import SUCCEEDED, FakeCloud, Job
from tests.fakes.crash import Effects, Killed
from tests.fakes.specs import TRAIN, WORKSPACE, a_file, a_gemini_spec, a_spec, bytes_of, submitted
from tests.fakes.stage import EVERYTHING, NO_WAIT, Outcome, Stage
from tests.oracle.judge import Past
from tests.soak.as_api import tuned_model
from tests.soak.steps import (
    ANSWER,
    ENDINGS,
    GATES,
    QUESTION,
    RENAMED,
    SETTINGS,
    Ask,
    Cancels,
    Console,
    Content,
    Declare,
    Ends,
    Fault,
    Form,
    Import,
    Lock,
    Pass,
    Remove,
    Rename,
    Settle,
    Step,
    TakeOver,
    Together,
    Unseen,
)
from tests.soak.unseen import BY_HAND, MADE_BY_HAND, deleted_unseen, hide, importing, only_imported, pull

_GEMINI = ("numbers", "digits")
_FORMER = {new: old for old, new in RENAMED.items()}


@dataclass(slots=True)
class Town:
    """`allowed` are names that may be trained beside themselves: somebody asked for it, or two raced for it."""

    folder: Path
    limit: int = 10
    lag_s: float = 0.0
    stages: list[Stage] = field(init=False)
    declared: dict[str, Declare] = field(default_factory=dict)
    former: dict[str, str] = field(default_factory=dict)
    rows: str = "rows"
    remote: list[str] = field(default_factory=lambda: ["train"])
    past: Past = field(default_factory=Past)
    kept: dict[int, bytes] = field(default_factory=dict)
    allowed: set[str] = field(default_factory=set)
    strangers: dict[str, Any] = field(default_factory=dict)
    knows: int = 0
    hidden: tuple[set[str], set[str]] = field(default_factory=lambda: (set(), set()))
    gates: dict[str, set[str]] = field(default_factory=dict)
    other_form: set[int] = field(default_factory=set)
    lost: bool = False
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        limits = Limits(concurrent_jobs=self.limit, list_lag_s=600.0)
        for clone in (0, 1):
            (self.folder / str(clone)).mkdir()
        first = Stage(self.folder / "0", limits=limits)
        second = Stage(self.folder / "1", clock=first.clock, limits=limits)
        second.cloud = first.cloud
        self.stages = [first, second]
        _move_in(self.cloud)
        self.cloud.list_lag_s = self.lag_s
        self.cloud.answers[QUESTION] = ANSWER
        self.past.answers[QUESTION] = ANSWER
        self.strangers = {name: copy.deepcopy(job) for name, job in self.cloud.jobs.items()}

    @property
    def cloud(self) -> FakeCloud:
        return self.stages[0].cloud

    def play(self, history: list[Step]) -> None:
        for step in history:
            self.do(step)

    def do(self, step: Step) -> None:
        unseen = only_imported(self)
        self._do(step)
        self.complaints += deleted_unseen(self, unseen)
        self._nothing_twice(step)
        self._see_gates()

    def _do(self, step: Step) -> None:  # noqa: C901, PLR0912 - one case a step
        match step:
            case Declare():
                self._declare(step)
            case Remove():
                self._remove(self._called(step.name))
            case Rename():
                self._rename(self._called(step.name), reverts=step.reverts)
            case TakeOver():
                self._take_over(self._called(step.name), self._called(step.over), swaps=step.swaps)
            case Ask():
                self._ask(step)
            case Together():
                self._together(step)
            case Pass():
                self.stages[0].clock.time += step.seconds
            case Fault():
                self.cloud.fail(step.method, step.word)
            case Ends():
                self.cloud.end_next(self._called(step.name), ENDINGS[step.ending])
            case Cancels():
                self.cloud.cancel_wins = step.win
            case Content():
                self._content(step)
            case Form():
                self.other_form ^= {step.clone}
            case Unseen():
                hide(self, self._called(step.name), step.clone)
            case Import():
                _collected(importing(self, self._enter(step.clone), step.clone))
            case Console():
                self._console(step.what, self._called(step.name))
            case Lock():
                self._lock(step.what, step.clone)
                if step.what not in ("keep", "lose", "lose all"):
                    pull(self)
            case Settle():
                self.settle(step.clone)
            case _:
                assert_never(step)

    # What is declared

    def _called(self, name: str) -> str:
        """The name that a spec has now."""
        other = RENAMED.get(name, name)
        return other if other in self.declared else name

    def _declare(self, step: Declare) -> None:
        name = self._called(step.name)
        if name != "child" or self._called("router") in self.declared:
            self.declared[name] = step
            self._no_longer_former(name)

    def _no_longer_former(self, name: str) -> None:
        """Nobody loads a former name that is declared or claimed twice (SPEC043): the line is taken out."""
        self.former = {new: old for new, old in self.former.items() if old != name}

    def _see_gates(self) -> None:
        for name, declared in self.declared.items():
            self.gates.setdefault(name, set()).add(declared.gate)
        self.past.always_refused = {name for name, gates in self.gates.items() if gates == {"refuses"}}

    def _remove(self, name: str) -> None:
        if "child" in self.declared and name == self._called("router"):
            return
        gone = self.declared.pop(name, None)
        if gone is not None and gone.settings == "retain":
            self.past.retained |= {name, self.former.get(name, name)}
        self.former.pop(name, None)

    def _rename(self, name: str, *, reverts: bool) -> None:
        before = self.former.get(name)
        if reverts and before is not None and before not in self.declared:
            self.declared[before] = self.declared.pop(name)
            del self.former[name]
            return
        new = RENAMED.get(name) or _FORMER.get(name)
        if new and name in self.declared:
            self.declared[new] = self.declared.pop(name)
            self.former.pop(name, None)
            self._no_longer_former(new)
            self._no_longer_former(name)
            self.former[new] = name

    def _take_over(self, name: str, over: str, *, swaps: bool) -> None:
        """Two names, one of which is another's now: whoever knew both must not take one for the other.

        Names that are swapped cannot be told by `formerNames`: each is an edit of its own.
        """
        is_parent = "child" in self.declared and name == self.parent_name
        if name == over or not {name, over} <= self.declared.keys() or (is_parent and not swaps):
            return
        self.allowed |= {name, over}
        mine = self.declared.pop(name)
        self.former.pop(name, None)
        if swaps:
            self.declared[name] = self.declared[over]
            self.former.pop(over, None)
        else:
            self._no_longer_former(name)
            self.former[over] = name
        self.declared[over] = mine

    def specs_of(self, clone: int) -> list[Declared]:
        """What lies in a clone's checkout."""
        seen = ((name, d) for name, d in self.declared.items() if name not in self.hidden[clone])
        return [self._spec(name, d) for name, d in seen]

    def _spec(self, name: str, d: Declare) -> Declared:
        former = (self.former[name],) if name in self.former else ()
        common = {"epochs": d.epochs, "former": former, "gate": GATES[d.gate], **SETTINGS[d.settings]}
        if name in _GEMINI:
            common.pop("on_parent_change", None)
            return a_gemini_spec(name, display=d.team or None, description=d.description or None, **common)
        parent = self.parent_name if name == "child" else None
        data = self._file(self.knows) if d.local else TRAIN
        if name == BY_HAND:
            return a_spec(name, existing=MADE_BY_HAND)
        labels, description = d.labels or None, d.description or None
        return a_spec(name, labels=labels, description=description, data=data, parent=parent, alias=d.alias, **common)

    def _file(self, clone: int) -> Data:
        """The local file as a clone has it: its checkout may end lines in its own way."""
        there = self.rows + ("\r\n" if clone in self.other_form else "\n")
        return replace(a_file(there), content=f"{ROWS_RECIPE}:{digest(self.rows)}")

    @property
    def parent_name(self) -> str:
        """What `child` is tuned further from."""
        return self._called("router")

    def is_gemini(self, name: str) -> bool:
        """Whether it is a model of the Gemini API."""
        return name in _GEMINI

    def _content(self, step: Content) -> None:
        if step.local:
            self.rows = step.text
        else:
            self.remote.append(step.text)
            self.cloud.objects[TRAIN] = bytes_of(step.text)

    # Commands

    def _enter(self, clone: int) -> Stage:
        """A clone that takes over from the other sees in the lists what that one made."""
        if clone != self.knows:
            self.cloud.settle_visibility()
            self._allow_approved(clone)
        self.knows = clone
        stage = self.stages[clone]
        stage.specs = self.specs_of(clone)
        return stage

    def _ask(self, step: Ask) -> None:
        stage = self._enter(step.clone)
        before = self.cloud.effects
        stage.clock.meanwhile = [partial(self._interlude, step.clone, s) for s in step.meanwhile]
        was = self._footprint() if not step.permitted else None
        asked_for = {n for job in self._ours(self._called(step.name)) for n in (job.name, *job.resources)}
        outcome = _collected(self._events(stage, step, Effects(die_at=step.crash)))
        stage.clock.meanwhile = []
        self.cloud.effects = before
        if step.command == "destroy" and outcome.killed:
            # A person says whether to go on with that, or to train anew.
            self.past.gone |= asked_for & self.cloud.disposed.keys()
        refused = outcome.error is not None and outcome.error.exit_code == 3
        if refused and was is not None and was != self._footprint():
            self.complaints.append(f"a refused {step.command} changed the cloud")

    def _interlude(self, clone: int, step: Step) -> None:
        """Something else happens, and then the run goes on in its own effects."""
        kept = self.cloud.effects
        if isinstance(step, Ask) and step.clone != clone:
            self._allow_race()
        self.do(step)
        self._enter(clone)
        self.cloud.effects = kept

    def _events(self, stage: Stage, step: Ask, effects: Effects) -> Iterator[Event]:
        """The command as it goes along."""
        wait = WaitOptions() if step.waits else NO_WAIT
        address = Address.parse(self._address(self._called(step.name or "router")))
        match step.command:
            case "wait":
                return finish(stage.world(effects), examples_of(stage.desired), wait)
            case "cancel":
                return cancel(stage.world(effects), address, wait)
            case "forget":
                self._allow_forgotten(stage, address)
                return forget(stage.world(effects), address)
            case "rollback" | "promote":
                world, goes_back = stage.world(effects), step.command == "rollback"
                return rollback(world, address, "", "", wait) if goes_back else promote(world, address, "", wait)
            case "destroy":
                return self._destroying(stage, address, effects)
            case _:
                return self._applying(stage, step, effects)

    def _destroying(self, stage: Stage, address: Address, effects: Effects) -> Iterator[Event]:
        world = stage.world(effects)
        chosen = frozenset({address})

        def derive() -> Planned:
            return make_destroy_plan(world, stage.desired, chosen, Permissions(EVERYTHING))

        return apply_changes(world, derive, WaitOptions())

    def _applying(self, stage: Stage, step: Ask, effects: Effects) -> Iterator[Event]:
        asked = [self._called(n) for n in step.replace if self._called(n) in self.declared]
        self.allowed |= set(asked) | {self.former[n] for n in asked if n in self.former}
        target = self._called(step.target)
        return stage.applying(
            None if step.waits else NO_WAIT,
            effects=effects,
            replace=[self._address(n) for n in asked],
            targets=[self._address(target)] if target in self.declared else None,
            flags=EVERYTHING if step.permitted else frozenset(),
        )

    def _together(self, step: Together) -> None:
        """Whoever races with himself may pay twice: only a shared lock prevents it."""
        if step.first.clone != step.second.clone:
            self._allow_race()
        runs = []
        for ask in (step.first, step.second):
            stage = self._enter(ask.clone)
            runs.append(self._events(stage, replace(ask, crash=None), Effects()))
        for turn in step.turns:
            with suppress(StopIteration, ReconcilerError):
                next(runs[turn])
        for run in runs:
            _collected(run)

    def _allow_race(self) -> None:
        """Two locks at the same time: what one run approved, the other one trains while that one waits."""
        self.allowed |= {*self.declared, *self.former.values()}

    def _allow_approved(self, clone: int) -> None:
        """What one lock approved and did not send yet, `wait` sends, whatever another lock has trained since."""
        entries = self.stages[clone].lock.entries.items()
        self.allowed |= {Address.parse(a).name for a, e in entries if e.approved}

    def _allow_forgotten(self, stage: Stage, address: Address) -> None:
        """What was forgotten is trained anew when it is declared again: its model is nobody's."""
        entry = stage.lock.entry(address)
        if entry is not None:
            self.allowed |= {address.name, *(t.name for t in entry.trainings.values())}

    def _address(self, name: str) -> str:
        return f"{'gemini' if name in _GEMINI else 'vertex'}/{name}"

    # What others do

    def _console(self, what: str, name: str) -> None:
        for job in list(self._ours(name)):
            if what == "cancel" and job.backend == "vertex" and not self.cloud.status(job).is_terminal:
                job.cancel_asked = self.stages[0].clock.now()
            elif what == "endpoint" and job.backend == "vertex":
                self.past.gone.add(job.endpoint)
                job.resources.pop(job.endpoint, None)
            elif what == "model" and job.resources:
                self._delete(job)
            elif what == "alias" and job.resources:
                job.aliases ^= {"production"}
                self.past.wrote.setdefault(job.model.partition("@")[0], set()).add("alias")
            elif what.startswith("edit"):
                self._edit({n: f for n, f in job.resources.items() if what == "edit" or n == job.endpoint})

    def _delete(self, job: Job) -> None:
        self.past.gone |= {job.name, *job.resources}
        job.resources.clear()
        if job.backend == "gemini":
            self.past.ended[job.name] = tuned_model(job, self.cloud.state(job))
            self.past.ended_names[job.name] = job.markers.name
            self.cloud.jobs.pop(job.name)

    def _edit(self, carriers: dict[str, dict[str, Any]]) -> None:
        for name, fields in carriers.items():
            fields["description"] = "mine"
            self.past.wrote.setdefault(name, set()).update(("description", "team", "theirs"))
            if "labels" in fields:
                fields["labels"] = {**fields["labels"], "team": "other", "theirs": "1"}

    def _ours(self, name: str) -> list[Job]:
        return [j for j in self.cloud.jobs.values() if j.markers.name == name and j.name not in self.strangers]

    def _lock(self, what: str, clone: int) -> None:
        stage = self.stages[clone]
        self.cloud.settle_visibility()
        match what:
            case "keep":
                if stage.path.exists():
                    self.kept[clone] = stage.path.read_bytes()
            case "revert":
                if clone in self.kept:
                    self.lost = self.past.lost = True
                    stage.path.write_bytes(self.kept[clone])
            case "lose" | "lose all":
                self.lost = self.past.lost = True
                stage.path.unlink(missing_ok=True)
                if what == "lose all":
                    stage.path.with_name("tuneform.lock.journal").unlink(missing_ok=True)
            case "merge":
                self._merge()
            case "theirs":
                self._take_theirs(clone, self.stages[1 - clone].path)
            case "merge kept" | "merge theirs kept":
                self._merge_kept(clone, clone if what == "merge kept" else 1 - clone)
            case _:
                raise AssertionError(what)

    def _take_theirs(self, clone: int, theirs: Path) -> None:
        """A checkout of the other side of a conflict."""
        if theirs.exists():
            self.lost = self.past.lost = True
            self.stages[clone].path.write_bytes(theirs.read_bytes())

    def _merge_kept(self, clone: int, kept: int) -> None:
        """`lock merge` with an older copy, of this lock or of the other's."""
        if kept not in self.kept:
            return
        stage = self.stages[clone]
        older = stage.path.with_name("older.lock")
        older.write_bytes(self.kept[kept])
        _replace(stage, merge_locks(stage.lock, LockFile(older, stage.clock).read()).lock)

    def _merge(self) -> None:
        merged = merge_locks(self.stages[0].lock, self.stages[1].lock).lock
        for stage in self.stages:
            _replace(stage, merged)

    # What must hold

    def settle(self, clone: int) -> None:
        """Undisturbed, a few applies lead to where nothing is left to do."""
        self._calm()
        self._pull_all()
        stage = self._enter(clone)
        self._heed(stage)
        for _ in range(5):
            outcome = stage.apply()
            if outcome.error is not None or outcome.killed:
                self.complaints.append(f"a settling apply ended with {outcome.error}")
        self._check(stage)

    def end(self) -> None:
        """The clones take turns until neither has anything to do."""
        for turn, clone in enumerate((0, 1, 0, 1, 0)):
            if turn > 1:
                self._pull_all()
            self._calm()
            stage = self._enter(clone)
            self._heed(stage)
            is_put_off = _puts_off(stage)
            first, second, _ = (stage.apply() for _ in range(3))
            is_done = first.error is None and "ChangeFailed" not in first.words
            # What others deleted meanwhile is noted, and is no change.
            if is_done and not is_put_off and "ChangeApproved" in second.words:
                self.complaints.append(f"the second apply still did something: {second.words}")
        for clone in (0, 1):
            self._check(self._enter(clone))

    def _pull_all(self) -> None:
        for hidden in self.hidden:
            hidden.clear()

    def _heed(self, stage: Stage) -> None:
        """What is refused until somebody does what the message says: a rename with two readings, a torn lock.

        A journal that a crash left, and a lock of another clone put beside it, can name one job at two addresses.
        """
        try:
            stage.plan()
        except ReconcilerError as exc:
            for told in exc.diagnostics:
                name = told.address or ""
                if told.code == "PLAN014" and stage.destroy(name).error is not None:
                    stage.forget(name)
            if {told.code for told in exc.diagnostics} <= {"LOCK012", "LOCK013"}:
                _replace(stage, merge_locks(stage.lock, stage.lock).lock)

    def _calm(self) -> None:
        self.cloud.faults.clear()
        self.cloud.endings.clear()
        self.stages[0].clock.time += 1000.0

    def _check(self, stage: Stage) -> None:
        from tests.soak.verdict import complaints

        try:
            self.complaints += complaints(self, stage)
        except ReconcilerError as error:
            self.complaints.append(f"nothing can be planned any more: {error}")

    def _nothing_twice(self, step: Step) -> None:
        """FakeCloud.twice ends in `NEW beside OLD`."""
        pairs = [(words[-3], words[-1]) for words in map(str.split, self.cloud.twice)]
        self.cloud.twice.clear()
        for new, old in pairs:
            name = self.cloud.jobs[new].markers.name if new in self.cloud.jobs else ""
            if old not in self.strangers and name not in self.allowed:
                self.complaints.append(f"trained twice: {new} beside {old} ({name}) in {step}")

    def _footprint(self) -> object:
        for job in self.cloud.jobs.values():
            self.cloud.state(job)  # what a job leaves is made when somebody looks, and nobody's doing
        return {n: (j.cancel_asked, copy.deepcopy(j.resources)) for n, j in self.cloud.jobs.items()}


def _move_in(cloud: FakeCloud) -> None:
    """Others in the same projects: another workspace with our names, and somebody without markers."""
    for number, workspace in enumerate((WORKSPACE + "-two", ""), start=1):
        for spec in (a_spec(), a_gemini_spec()):
            submission = submitted(spec)
            told = markers_for(submission, workspace, spec.address.name, "1") if workspace else Markers()
            name = f"projects/acme-ml/locations/us-central1/tuningJobs/stranger{number}"
            if spec.address.backend == "gemini":
                name = f"tunedModels/{tuned_model_id(spec.project, told) if workspace else 'somebody'}"
            then = cloud.clock.now() - 1000.0
            cloud.jobs[name] = Job(
                spec.address.backend, name, submission, told, then, then, SUCCEEDED, then, "gemini-2.5-flash"
            )
            cloud.state(cloud.jobs[name])


def _replace(stage: Stage, merged: LockRecord) -> None:
    store = LockFile(stage.path, stage.clock)
    with store.hold():
        store.replace(merged)
        store.fold()


def _puts_off(stage: Stage) -> bool:
    """Whether the plan leaves something to the next one.

    That is what is done once a training has ended (PLAN001), what a job leaves that succeeds while it is cancelled
    (decision 0014), what else came of a create without an answer, the end of an outdated training beside the present
    one, which a killed run had been about to cancel, and a child that is trained anew once its parent serves another.
    """
    if any(d.parent and d.lifecycle.on_parent_change is OnDrift.RETUNE for d in stage.specs):
        return True
    with suppress(ReconcilerError):
        changes = stage.plan().changes
        if any(len(entry.with_role(Role.CANDIDATE)) > 1 for entry in stage.lock.entries.values()):
            return True
        looks = {change.reason.code for change in changes} & {ReasonCode.INTERRUPTED}
        return bool(looks) or any(c.cancels or any(note.code == "PLAN001" for note in c.notes) for c in changes)
    return False


def _collected(events: Iterator[Event]) -> Outcome:
    seen: list[Event] = []
    try:
        for event in events:
            seen.append(event)  # noqa: PERF402 - what was seen before an error counts
    except ReconcilerError as exc:
        return Outcome(seen, exc)
    except Killed:
        return Outcome(seen, killed=True)
    return Outcome(seen)
