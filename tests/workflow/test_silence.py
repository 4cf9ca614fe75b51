"""How long a training has done no step, by its curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from msgspec.structs import replace as with_fields

from reconciler.backends.base import Backend, BackendError
from reconciler.core.curves import MetricPoint
from reconciler.core.lock import Role, Training
from reconciler.core.model import LiveTraining, Status
from reconciler.workflow.silence import Silence
from reconciler.workflow.standings import Standing
from reconciler.workflow.world import World
from tests.fakes.clock import FakeClock, rfc3339
from tests.fakes.cloud import fault
from tests.fakes.specs import a_live_training, a_spec, a_training
from tests.fakes.stage import Stage

HOUR = 3600.0
SPEC = a_spec()


@dataclass(slots=True)
class _Curves:
    """The part of a backend that has curves."""

    points: Mapping[str, Sequence[MetricPoint]]
    error: BackendError | None = None
    asked: int = 0

    def metrics(self, training: Training) -> Mapping[str, Sequence[MetricPoint]]:
        del training
        self.asked += 1
        if self.error:
            raise self.error
        return self.points


def _world(folder: Path, curves: _Curves, clock: FakeClock) -> World:
    stage = Stage(folder, [SPEC], clock=clock)
    return replace(stage.world(), backends={"vertex": cast("Backend", curves)})


def _running(clock: FakeClock, age_s: float, **live: Any) -> Standing:
    created = rfc3339(clock.now() - age_s)
    seen: LiveTraining = replace(
        a_live_training(SPEC), status=Status.IN_PROGRESS, state="RUNNING", created=created, **live
    )
    training = with_fields(a_training(SPEC, "1"), role=Role.CANDIDATE, state="RUNNING", states={"RUNNING": created})
    return Standing(SPEC.address, "1", training, seen)


def _point(clock: FakeClock, ago_s: float) -> MetricPoint:
    return MetricPoint(7, 0.5, at=rfc3339(clock.now() - ago_s))


def test_the_last_step_of_any_curve_counts(tmp_path: Path) -> None:
    clock = FakeClock()
    curves = _Curves({"a": [_point(clock, 9 * HOUR)], "b": [_point(clock, 8 * HOUR), _point(clock, 4 * HOUR)]})
    running = _running(clock, 10 * HOUR)

    found = Silence(_world(tmp_path, curves, clock)).of([running])

    assert found == {running.training.job: 4 * HOUR}


def test_nothing_is_asked_of_a_training_that_cannot_have_been_silent_for_long_or_has_ended(tmp_path: Path) -> None:
    clock = FakeClock()
    curves = _Curves({"a": [_point(clock, HOUR)]})
    young, running = _running(clock, 2.9 * HOUR), _running(clock, 9 * HOUR)
    assert running.live is not None
    ended = replace(running, live=replace(running.live, status=Status.READY))

    found = Silence(_world(tmp_path, curves, clock)).of([young, ended, replace(running, live=None)])

    assert (found, curves.asked) == ({}, 0)


def test_one_without_a_step_is_silent_since_it_runs_and_one_in_a_queue_is_not(tmp_path: Path) -> None:
    clock = FakeClock()
    world = _world(tmp_path, _Curves({}), clock)
    queued, reading = _running(clock, 5 * HOUR), _running(clock, 5 * HOUR, has_read_data=True)

    assert Silence(world).of([queued]) == {}
    assert Silence(world).of([reading]) == {reading.training.job: 5 * HOUR}


def test_a_curve_that_cannot_be_read_tells_nothing(tmp_path: Path) -> None:
    clock = FakeClock()
    curves = _Curves({}, fault("unavailable", "metrics", "x"))

    assert Silence(_world(tmp_path, curves, clock)).of([_running(clock, 5 * HOUR)]) == {}


def test_who_looks_again_and_again_asks_every_five_minutes(tmp_path: Path) -> None:
    clock = FakeClock()
    curves = _Curves({"a": [_point(clock, 4 * HOUR)]})
    silence, running = Silence(_world(tmp_path, curves, clock)), _running(clock, 9 * HOUR)

    for _ in range(30):
        silence.of([running])
        clock.time += 20.0

    assert curves.asked == 2
