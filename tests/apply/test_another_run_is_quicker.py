"""Nothing is held while a plan is made: another run may write the lock meanwhile, or be in the middle of something."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.core import events as ev
from reconciler.core.model import Action
from reconciler.files.lockfile import LockFile
from reconciler.workflow.apply import apply_changes
from reconciler.workflow.planning import Planned
from reconciler.workflow.world import World
from tests.fakes.specs import a_spec
from tests.fakes.stage import NO_WAIT, Outcome, Stage, run_to_its_end


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, [a_spec()])


def _beside(stage: Stage) -> Stage:
    other = Stage(stage.folder, list(stage.specs))
    other.clock, other.cloud, other.limits = stage.clock, stage.cloud, stage.limits
    return other


def _applied(stage: Stage, world: World, between: Iterator[object], *, checksum: str = "") -> Outcome:
    """An apply in which something happens each time that its plan is made."""

    def derive() -> Planned:
        planned = stage.planned(world)
        next(between, None)
        return planned

    return run_to_its_end(apply_changes(world, derive, NO_WAIT, checksum=checksum))


def test_a_plan_that_was_made_from_an_older_lock_is_made_again(stage: Stage) -> None:
    other = _beside(stage)
    other.specs = [a_spec(), a_spec("second")]

    outcome = _applied(stage, stage.world(), (other.apply(NO_WAIT) for _ in range(1)))

    assert outcome.error is None
    assert (stage.cloud.jobs_named("router"), stage.cloud.twice) == (1, [])


def test_the_one_that_was_approved_is_not_carried_out_when_it_would_be_another_one_now(stage: Stage) -> None:
    approved = stage.plan().checksum
    other = _beside(stage)
    other.specs = [a_spec(epochs=9)]

    outcome = _applied(stage, stage.world(), (other.apply(NO_WAIT) for _ in range(1)), checksum=approved)

    assert outcome.codes == ["PLAN109"]
    assert stage.cloud.jobs_made == 1


def test_a_lock_that_never_stands_still_ends_it_in_words(stage: Stage) -> None:
    other = _beside(stage)

    def writes() -> Iterator[object]:
        for number in itertools.count():
            other.specs = [a_spec("second", display=f"name {number}")]
            yield other.apply(NO_WAIT)

    outcome = _applied(stage, stage.world(), writes())

    assert outcome.codes == ["LOCK018"]
    assert stage.cloud.jobs_named("router") == 0


class _InFlight(LockFile):
    """Another process of this machine is in the middle of a request, for the first `looks` looks."""

    looks = 3

    def in_flight(self) -> bool | None:
        self.looks -= 1
        return self.looks >= 0


def test_a_disposal_that_another_run_is_in_the_middle_of_is_not_taken_back_under_it(stage: Stage) -> None:
    """The model would serve by the lock, and then the request would arrive that deletes it."""
    stage.apply()
    spec = stage.specs
    stage.specs = []
    stage.cloud.delete_passes = 9
    stage.apply(NO_WAIT)
    assert [a.action for a in stage.entry().approved] == [Action.DELETE]
    stage.specs = spec
    world = replace(stage.world(), store=_InFlight(stage.path, stage.clock))
    began = stage.clock.now()

    outcome = _applied(stage, world, iter(()))

    queued = [e.waiting_for for e in outcome.events if isinstance(e, ev.Queued)]
    assert queued == ["another run to end what it is deleting"] * 3
    assert stage.clock.now() - began >= 3 * world.poll_s


@contextmanager
def _stopped(stage: Stage) -> Iterator[None]:
    """A process that was stopped in the middle of a request: it keeps what it has, for as long as it lives."""
    with LockFile(stage.path, stage.clock).changing():
        yield


def test_a_create_is_not_sent_again_while_the_process_that_sent_it_is_stopped_in_the_middle(stage: Stage) -> None:
    stage.cloud.fail("create", "unanswered")
    stage.apply(NO_WAIT)
    stage.clock.time += 100_000.0

    with _stopped(stage):
        waited = stage.wait(NO_WAIT)
    made = stage.cloud.jobs_made
    stage.wait(NO_WAIT)

    assert (waited.error, made, stage.cloud.jobs_made) == (None, 0, 1)
