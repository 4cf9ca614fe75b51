"""Effects of different changes are performed side by side, and come to the same as one after the other."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reconciler.core import events as ev
from reconciler.core.settings import Limits
from tests.fakes.crash import Effects
from tests.fakes.specs import a_gemini_spec, a_spec
from tests.fakes.stage import Stage
from tests.properties.scenarios import SCENARIOS, verdict

FAULTS = ["refused", "403", "not found", "unavailable", "lost", "unanswered", "quota"]


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_ends_as_it_does_one_after_the_other(name: str, tmp_path: Path) -> None:
    alone, together = Stage(tmp_path / "alone"), Stage(tmp_path / "together", parallelism=8)
    for stage in (alone, together):
        stage.folder.mkdir()
        SCENARIOS[name].begin(stage)

        outcome = stage.apply(**SCENARIOS[name].asked)

        assert outcome.error is None
    assert verdict(together) == verdict(alone)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("service", ["vertex", "gemini"])
def test_creates_that_fail_side_by_side_are_each_answered_for(service: str, fault: str, tmp_path: Path) -> None:
    stage = Stage(tmp_path, parallelism=4, limits=Limits(concurrent_jobs=50, list_lag_s=60.0))
    make = a_gemini_spec if service == "gemini" else a_spec
    stage.specs = [make(f"model{number}") for number in range(8)]
    stage.cloud.fail("create", *[fault] * 4)

    outcome = stage.apply()

    failed = [e for e in outcome.events if isinstance(e, ev.ChangeFailed)]
    assert outcome.error is None
    assert len(failed) + stage.cloud.jobs_made == 8
    assert (stage.cloud.twice, stage.cloud.faults_left()) == ([], [])
    assert {e.approved for e in stage.lock.entries.values()} <= {()}


def test_events_come_in_the_order_of_the_changes(tmp_path: Path) -> None:
    stage = Stage(tmp_path, parallelism=4, limits=Limits(concurrent_jobs=50))
    stage.specs = [a_spec(f"model{number}") for number in range(8)]

    outcome = stage.apply()

    for kind in (ev.Intended, ev.Submitted, ev.Served, ev.ChangeDone):
        assert [e.address.name for e in outcome.events if isinstance(e, kind)] == [s.address.name for s in stage.specs]


@dataclass(slots=True)
class _AtOnce(Effects):
    """No look goes on before three are under way; how many were at most."""

    now: int = 0
    most: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)
    meet: threading.Barrier = field(default_factory=lambda: threading.Barrier(3, timeout=60))

    def boundary(self, label: str) -> None:
        if label == "before poll":
            with self.guard:
                self.now += 1
                self.most = max(self.most, self.now)
            self.meet.wait()
        if label == "after poll":
            with self.guard:
                self.now -= 1


def test_as_many_are_under_way_at_once_as_are_allowed_and_no_more(tmp_path: Path) -> None:
    stage = Stage(tmp_path, parallelism=3, limits=Limits(concurrent_jobs=50))
    stage.specs = [a_spec(f"model{number}") for number in range(9)]
    effects = _AtOnce()

    outcome = stage.apply(effects=effects)

    assert (outcome.error, effects.most) == (None, 3)
