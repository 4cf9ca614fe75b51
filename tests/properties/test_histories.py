"""Random histories of a workspace: edits, crashes, faults, lost locks, people in the console.

Whatever happened, a few undisturbed applies end in an empty plan, and no job was ever made beside a
running or ready one of the same spec and data, but where somebody asked for that.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from reconciler.core.model import Declared
from tests.fakes.cloud import CANCELLED, EXPIRED, FAILED, SUCCEEDED, UNAVAILABLE
from tests.fakes.crash import Effects
from tests.fakes.specs import TRAIN, a_gemini_spec, a_spec, bytes_of
from tests.fakes.stage import NO_WAIT, Stage

_MEMORY = Path("/dev/shm")
_NAMES = ["router", "tagger", "numbers"]
_FAULTS = ["ok", "lost", "unanswered", "unavailable", "quota"]
_ENDINGS = [SUCCEEDED, SUCCEEDED, FAILED, UNAVAILABLE, EXPIRED, CANCELLED]


class Histories(RuleBasedStateMachine):
    """One workspace with up to three models, and everything that happens to it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=_MEMORY if _MEMORY.is_dir() else None))
        self.stage = Stage(self.folder)
        self.declared: dict[str, Declared] = {}
        self.excused: set[str] = set()
        """Names of which somebody asked for another training, or which somebody forgot."""

    @initialize(lag=st.sampled_from([0.0, 0.0, 30.0]), cancel=st.sampled_from([0.0, 8.0]), passes=st.integers(1, 3))
    def begin(self, lag: float, cancel: float, passes: int) -> None:
        self.stage.cloud.list_lag_s = lag
        self.stage.cloud.cancel_s = cancel
        self.stage.cloud.delete_passes = passes

    @rule(name=st.sampled_from(_NAMES), epochs=st.integers(3, 5), team=st.sampled_from(["a", "b", None]))
    def declare(self, name: str, epochs: int, team: str | None) -> None:
        if name == "numbers":
            self.declared[name] = a_gemini_spec(name, epochs=epochs, display=team)
        else:
            self.declared[name] = a_spec(name, epochs=epochs, labels={"team": team} if team else None)

    @rule(name=st.sampled_from(_NAMES))
    def remove(self, name: str) -> None:
        self.declared.pop(name, None)

    @rule(crash=st.none() | st.integers(1, 60), waits=st.booleans())
    def apply(self, crash: int | None, waits: bool) -> None:
        self._run(self.stage.apply, crash, waits=waits)

    @rule(crash=st.none() | st.integers(1, 40), waits=st.booleans())
    def wait(self, crash: int | None, waits: bool) -> None:
        self._run(self.stage.wait, crash, waits=waits)

    @rule(name=st.sampled_from(_NAMES), crash=st.none() | st.integers(1, 40))
    def replace(self, name: str, crash: int | None) -> None:
        if name in self.declared:
            self.excused.add(name)
            self._run(self.stage.apply, crash, waits=True, replace=[str(self.declared[name].address)])

    @rule(name=st.sampled_from(_NAMES))
    def cancel(self, name: str) -> None:
        self.stage.cancel(_address(name))

    @rule(name=st.sampled_from(_NAMES))
    def forget(self, name: str) -> None:
        self.excused.add(name)
        self.stage.forget(_address(name))

    @rule(name=st.sampled_from(_NAMES))
    def somebody_deletes_in_the_console(self, name: str) -> None:
        for job in self.stage.cloud.jobs.values():
            if job.markers.name == name and job.backend == "vertex":
                job.resources.clear()

    @rule(seconds=st.sampled_from([1.0, 6.0, 20.0]))
    def time_passes(self, seconds: float) -> None:
        self.stage.clock.sleep(seconds)

    @rule(
        method=st.sampled_from(["create", "create", "poll", "update", "cancel", "dispose", "find"]),
        word=st.sampled_from(_FAULTS),
    )
    def fault(self, method: str, word: str) -> None:
        if method != "create" and word in ("unanswered", "quota"):
            word = "unavailable"
        self.stage.cloud.fail(method, word)

    @rule(name=st.sampled_from(_NAMES), ending=st.sampled_from(_ENDINGS))
    def ends(self, name: str, ending: Any) -> None:
        self.stage.cloud.end_next(name, ending)

    @rule(wins=st.booleans())
    def cancels_win(self, wins: bool) -> None:
        self.stage.cloud.cancel_wins = wins

    @rule(text=st.sampled_from(["train", "other rows"]))
    def data_changes(self, text: str) -> None:
        self.stage.cloud.objects[TRAIN] = bytes_of(text)

    @rule(name=st.sampled_from(_NAMES))
    def somebody_edits_in_the_console(self, name: str) -> None:
        for job in self.stage.cloud.jobs.values():
            if job.markers.name == name:
                for fields in job.resources.values():
                    fields["description"] = "mine"
                    if "labels" in fields:
                        fields["labels"] = {**fields["labels"], "team": "other", "theirs": "1"}

    @precondition(lambda self: all(j.visible <= self.stage.clock.now() for j in self.stage.cloud.jobs.values()))
    @rule()
    def the_lock_is_lost(self) -> None:
        shutil.rmtree(self.folder)
        self.folder.mkdir()

    @rule(name=st.sampled_from(_NAMES))
    def somebody_cancels(self, name: str) -> None:
        for job in self.stage.cloud.running("vertex"):
            if job.markers.name == name:
                job.cancel_asked = self.stage.clock.now()

    @invariant()
    def nothing_is_trained_twice(self) -> None:
        assert self._twice() == []

    @invariant()
    def the_lock_can_be_read(self) -> None:
        self.stage.lock  # noqa: B018 - reading it is the assertion

    def teardown(self) -> None:
        try:
            self._ends_well()
        finally:
            shutil.rmtree(self.folder)

    def _ends_well(self) -> None:
        cloud, stage = self.stage.cloud, self.stage
        cloud.faults.clear()
        cloud.endings.clear()
        stage.specs = list(self.declared.values())
        stage.clock.sleep(1000.0)
        for _ in range(4):
            outcome = stage.apply()
            assert outcome.error is None, outcome.error
        left = [
            (c.action.word, c.reason.text) for c in stage.plan().changes if c.action.word not in ("noop", "blocked")
        ]
        assert left == []
        assert all(entry.approved == () for entry in stage.lock.entries.values())
        assert self._twice() == []
        self._knows_everything()

    def _knows_everything(self) -> None:
        """What has a model or runs, and was ours to begin with, is in the lock or matches no spec."""
        locked = {t.job for e in self.stage.lock.entries.values() for t in e.trainings.values()}
        running = [*self.stage.cloud.running("vertex"), *self.stage.cloud.running("gemini")]
        assert [j.name for j in running if j.name not in locked and j.markers.name not in self.excused] == []

    def _twice(self) -> list[str]:
        return [told for told in self.stage.cloud.twice if told.partition(":")[0] not in self.excused]

    def _run(self, command: Any, crash: int | None, *, waits: bool, **asked: Any) -> None:
        self.stage.specs = list(self.declared.values())
        command(None if waits else NO_WAIT, effects=Effects(die_at=crash), **asked)


def _address(name: str) -> str:
    return f"{'gemini' if name == 'numbers' else 'vertex'}/{name}"


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=settings().max_examples, stateful_step_count=20, deadline=None)
