"""Two runs on one lock: whatever the other one does while this one waits, the money is spent once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.core import events as ev
from tests.fakes.specs import a_spec
from tests.fakes.stage import NO_WAIT, Stage
from tests.properties.scenarios import SCENARIOS, settled, verdict


def _beside(stage: Stage) -> Stage:
    """The same lock, specs and cloud in another process."""
    other = Stage(stage.folder, stage.specs, clock=stage.clock)
    other.cloud = stage.cloud
    return other


_OTHERS: dict[str, Callable[[Stage], object]] = {
    "apply": lambda s: s.apply(),
    "apply --no-wait": lambda s: s.apply(NO_WAIT),
    "wait": lambda s: s.wait(),
    "plan": lambda s: s.plan(),
}


@pytest.mark.parametrize("other", _OTHERS)
@pytest.mark.parametrize("name", SCENARIOS)
def test_another_run_while_this_one_waits_changes_nothing(name: str, other: str, tmp_path: Path) -> None:
    alone, pair = Stage(tmp_path / "alone"), Stage(tmp_path / "pair")
    for stage in (alone, pair):
        stage.folder.mkdir()
        SCENARIOS[name].begin(stage)
    alone.apply()
    settled(alone)

    pair.clock.meanwhile.append(lambda: _OTHERS[other](_beside(pair)))
    outcome = pair.apply()
    settled(pair)

    assert outcome.error is None
    assert verdict(pair) == verdict(alone)


def test_a_run_that_nobody_reads_keeps_no_other_one_waiting(tmp_path: Path) -> None:
    """A pipe that is full, a terminal that is paused: the events of the first stay unread, and the second goes on."""
    stage = Stage(tmp_path, [a_spec()])
    run = stage.applying()
    first = next(run)

    outcome = _beside(stage).apply()
    rest = list(run)

    assert isinstance(first, ev.ChangeStarted)
    assert (outcome.codes, [type(e).__name__ for e in outcome.events][-1]) == ([], "ChangeDone")
    assert [type(e).__name__ for e in rest] == ["ChangeApproved"]
    assert (stage.cloud.jobs_made, stage.roles()) == (1, {"1": "serving"})


def test_an_edit_that_another_run_applies_meanwhile_wins(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec()])
    other = _beside(stage)
    other.specs = [a_spec(epochs=5)]
    stage.clock.meanwhile.append(other.apply)

    stage.apply()

    stage.specs = other.specs
    assert stage.roles() == {"1": "failed", "2": "serving"}
    assert (stage.plan().is_empty, stage.cloud.jobs_made) == (True, 2)
