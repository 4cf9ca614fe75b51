"""gc is killed anywhere: nothing of what it began is lost, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.apply import WaitOptions
from reconciler.core.checks import Permissions
from reconciler.core.garbage import Keeping
from reconciler.workflow.garbage import FoundGarbage, dispose, propose
from tests.fakes.cloud import NO_ENDPOINT
from tests.fakes.crash import Effects, Killed
from tests.fakes.specs import a_spec
from tests.fakes.stage import Stage


def _arranged(folder: Path) -> Stage:
    """One that serves, an orphan, and a leftover of a failed job that is still declared."""
    stage = Stage(folder, [a_spec("router"), a_spec("lonely"), a_spec("broken")])
    stage.cloud.end_next("broken", NO_ENDPOINT)
    stage.cloud.delete_passes = 2
    stage.apply()
    kept = stage.lock.with_entry(a_spec("lonely").address, None)
    store = stage.world().store
    with store.hold():
        store.replace(kept)
        store.fold()
    stage.specs = [a_spec("router"), a_spec("broken")]
    return stage


def _propose(stage: Stage, effects: Effects | None = None) -> FoundGarbage:
    return propose(stage.world(effects), stage.desired, Keeping(), Permissions())


def _gc(stage: Stage, effects: Effects | None = None) -> bool:
    """Whether it came to its end."""
    world = stage.world(effects)

    def derive() -> FoundGarbage:
        return propose(world, stage.desired, Keeping(), Permissions())

    try:
        proposed = derive()
        for _ in dispose(world, derive, WaitOptions(), proposed.planned.plan.checksum):
            pass
    except Killed:
        return False
    return True


def _left(stage: Stage) -> dict[str, bool]:
    """Whether anything of each model is in the cloud."""
    return {job.markers.name: bool(job.left) for job in stage.cloud.jobs.values()}


def test_gc_disposes_of_both_and_keeps_what_serves(tmp_path: Path) -> None:
    stage = _arranged(tmp_path)

    done = _gc(stage)

    assert done
    assert _left(stage) == {"router": True, "lonely": False, "broken": False}
    assert sorted(stage.lock.entries) == ["vertex/broken", "vertex/router"]
    assert stage.change("vertex/broken").action.word == "blocked"
    assert stage.cloud.jobs_made == 3


@pytest.fixture
def boundaries(tmp_path: Path) -> Iterator[int]:
    """How many effects a gc without a crash has."""
    folder = tmp_path / "whole"
    folder.mkdir()
    effects = Effects()
    assert _gc(_arranged(folder), effects)
    return iter(range(1, len(effects.seen) + 1))


def test_killed_anywhere_the_next_runs_finish_what_was_begun(tmp_path: Path, boundaries: Iterator[int]) -> None:
    for number in boundaries:
        folder = tmp_path / f"killed-{number}"
        folder.mkdir()
        stage = _arranged(folder)

        killed = not _gc(stage, Effects(die_at=number))
        stage.wait()
        _gc(stage)

        assert killed, number
        assert _left(stage) == {"router": True, "lonely": False, "broken": False}, number
        assert stage.cloud.jobs_made == 3, number
        assert _propose(stage).is_empty, number
