"""No request, no pause and no reader of events keeps another run away: seen as another process would see it."""

from __future__ import annotations

import fcntl
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reconciler.apply import WaitOptions
from reconciler.core import events as ev
from reconciler.workflow.world import World
from tests.fakes.crash import Effects
from tests.fakes.specs import a_gemini_spec, a_spec
from tests.fakes.stage import NO_WAIT, Stage
from tests.properties.scenarios import SCENARIOS


def _is_free(stage: Stage) -> bool:
    """Whether anybody else could take the lock now."""
    path = stage.folder / ".tuneform" / "tuneform.lock.hold"
    if not path.exists():
        return True
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


@dataclass(slots=True)
class _Watched(Effects):
    """Every boundary, with whether the lock was free there. The store's own are what a hold is for."""

    stage: Stage = field(kw_only=True)
    held: list[str] = field(default_factory=list)

    def boundary(self, label: str) -> None:
        Effects.boundary(self, label)
        what = label.partition(" ")[2]
        if not what.startswith(("record", "learn", "replace", "fold", "back_up")) and not _is_free(self.stage):
            self.held.append(label)


@dataclass(slots=True)
class _WatchedStage(Stage):
    """All of whose commands are watched."""

    watched: _Watched | None = None

    def world(self, effects: Effects | None = None) -> World:
        return Stage.world(self, effects or self.watched)


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_request_is_made_under_the_hold(name: str, tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    SCENARIOS[name].begin(stage)
    watched = _Watched(stage=stage)

    events = [(event, _is_free(stage)) for event in stage.applying(effects=watched, **SCENARIOS[name].asked)]

    assert watched.held == []
    assert [type(event).__name__ for event, free in events if not free] == []
    assert any(label.startswith("before record") for label in watched.seen)


@pytest.mark.parametrize("command", ["destroy", "cancel", "forget", "wait"])
def test_neither_is_one_by_any_other_command(command: str, tmp_path: Path) -> None:
    stage = _WatchedStage(tmp_path, [a_spec()])
    stage.apply(NO_WAIT)
    watched = stage.watched = _Watched(stage=stage)

    match command:
        case "destroy":
            stage.destroy("vertex/router")
        case "cancel":
            stage.cancel()
        case "forget":
            stage.forget()
        case _:
            stage.wait()

    assert watched.seen
    assert watched.held == []


def test_a_pause_that_the_service_asks_for_bounds_no_timeout_and_keeps_nobody_away(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec()])
    stage.apply(NO_WAIT)
    began = stage.clock.now()
    stage.cloud.fail("poll", *["quota"] * 3)

    outcome = stage.wait(WaitOptions(timeout_s=7.0, poll_s=2.0))

    assert stage.clock.now() - began <= 7.0
    assert [e.why for e in outcome.events if isinstance(e, ev.ChangeLeft)] == ["still training after 7 s (--timeout)"]
    assert len(stage.cloud.faults["poll"]) == 2


def test_what_asks_for_a_pause_is_not_asked_before_it_is_over_and_the_others_go_on(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec("one"), a_spec("two"), a_gemini_spec()])
    stage.apply(NO_WAIT)
    began = stage.clock.now()
    stage.cloud.fail("poll", "quota")

    outcome = stage.wait()

    done = {e.address.name: e.elapsed_s for e in outcome.events if isinstance(e, ev.ChangeDone)}
    assert outcome.codes == ["RUN006"]
    assert {name for name, elapsed in done.items() if elapsed < 30} != set(done)
    assert len(done) == 3
    assert stage.clock.now() - began >= 30


def test_another_run_cancels_while_a_pause_lasts(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec()])
    stage.cloud.duration_s = 600.0
    stage.apply(NO_WAIT)
    other = Stage(stage.folder)
    other.clock, other.cloud = stage.clock, stage.cloud
    stage.cloud.fail("poll", "quota")
    heard = []
    stage.clock.meanwhile.append(lambda: heard.append(other.cancel(wait=NO_WAIT)))

    stage.wait()

    assert [(o.error, o.words[-1]) for o in heard] == [(None, "ChangeDone")]
    assert stage.roles() == {"1": "failed"}
