"""Scenarios of a workspace: how it begins, and the one apply that is disturbed at every point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from reconciler.core.lock import Lock
from reconciler.core.model import OnDrift, OnFailure, OnRemove
from reconciler.core.settings import Limits
from tests.fakes.cloud import UNAVAILABLE
from tests.fakes.specs import TRAIN, a_file, a_gemini_spec, a_spec, bytes_of
from tests.fakes.stage import NO_WAIT, Stage


@dataclass(frozen=True, slots=True)
class Scenario:
    """`begin` leads to the moment before the apply under test; `asked` are its options."""

    begin: Callable[[Stage], None]
    asked: dict[str, Any] = field(default_factory=dict)


def _create(stage: Stage) -> None:
    stage.specs = [a_spec()]


def _create_gemini(stage: Stage) -> None:
    stage.specs = [a_gemini_spec()]


def _create_both(stage: Stage) -> None:
    stage.specs = [a_spec(), a_gemini_spec()]


def _upload(stage: Stage) -> None:
    stage.specs = [a_spec(data=a_file())]


def _family(stage: Stage) -> None:
    stage.specs = [a_spec("parent"), a_spec("child", parent="parent")]


def _lost_answer(stage: Stage) -> None:
    stage.specs = [a_spec()]
    stage.cloud.fail("create", "lost")
    stage.cloud.list_lag_s = 20.0


def _unanswered(stage: Stage) -> None:
    stage.specs = [a_spec(), a_gemini_spec()]
    stage.limits = Limits(concurrent_jobs=10, list_lag_s=40.0)
    stage.cloud.fail("create", "unanswered", "unanswered")


def _replace(stage: Stage) -> None:
    _applied(stage, a_spec(), a_gemini_spec())
    stage.specs = [a_spec(epochs=5), a_gemini_spec(epochs=9)]


def _replace_running(stage: Stage) -> None:
    stage.specs = [a_spec()]
    stage.apply(NO_WAIT)
    stage.cloud.cancel_s = 7.0
    stage.specs = [a_spec(epochs=5)]


def _cancel_too_late(stage: Stage) -> None:
    _replace_running(stage)
    stage.cloud.cancel_wins = False


def _successor_replaced_while_running(stage: Stage) -> None:
    _applied(stage, a_spec())
    stage.specs = [a_spec(epochs=5)]
    stage.apply(NO_WAIT)
    stage.specs = [a_spec(epochs=7)]


def _update(stage: Stage) -> None:
    _applied(stage, a_spec(labels={"team": "a", "tier": "1"}), a_gemini_spec())
    stage.specs = [a_spec(labels={"team": "b"}), a_gemini_spec(display="other")]


def _restore(stage: Stage) -> None:
    _applied(stage, a_spec())
    _applied(stage, a_spec(epochs=5))
    stage.specs = [a_spec()]


def _delete(stage: Stage) -> None:
    stage.cloud.checkpoints = 2
    _applied(stage, a_spec(), a_gemini_spec())
    stage.cloud.delete_passes = 3
    stage.specs = []


def _delete_running(stage: Stage) -> None:
    stage.specs = [a_spec(), a_gemini_spec()]
    stage.apply(NO_WAIT)
    stage.cloud.cancel_s = 7.0
    stage.specs = []


def _deposed(stage: Stage) -> None:
    for epochs in (3, 4):
        _applied(stage, a_spec(epochs=epochs))
    stage.specs = [a_spec(epochs=5)]
    stage.cloud.delete_passes = 2


def _adopt(stage: Stage) -> None:
    _applied(stage, a_spec(), a_gemini_spec())
    stage.path.unlink()


def _adopt_running(stage: Stage) -> None:
    stage.specs = [a_spec()]
    stage.apply(NO_WAIT)
    stage.path.unlink()


def _forget(stage: Stage) -> None:
    _applied(stage, a_spec(on_remove=OnRemove.RETAIN))
    stage.specs = []


def _rename(stage: Stage) -> None:
    _applied(stage, a_spec("old"), a_spec("child", parent="old"))
    stage.specs = [a_spec("new", former=("old",)), a_spec("child", parent="new")]


def _retry(stage: Stage) -> None:
    stage.specs = [a_spec(on_failure=OnFailure.RETRY, max_attempts=3)]
    stage.cloud.end_next("router", UNAVAILABLE)
    stage.apply()


def _retune(stage: Stage) -> None:
    _applied(stage, a_spec(on_data_change=OnDrift.RETUNE))
    stage.cloud.objects[TRAIN] = bytes_of("other rows")


def _applied(stage: Stage, *specs: Any) -> None:
    stage.specs = list(specs)
    outcome = stage.apply()
    assert outcome.error is None
    assert "ChangeFailed" not in outcome.words


SCENARIOS = {
    "create": Scenario(_create),
    "create gemini": Scenario(_create_gemini),
    "create both": Scenario(_create_both),
    "create with upload": Scenario(_upload),
    "create a parent and its child": Scenario(_family),
    "create with a lost answer": Scenario(_lost_answer),
    "create that was never done": Scenario(_unanswered),
    "replace": Scenario(_replace),
    "replace of a running training": Scenario(_replace_running),
    "replace of one that succeeds anyway": Scenario(_cancel_too_late),
    "replace of a running successor": Scenario(_successor_replaced_while_running),
    "update": Scenario(_update),
    "restore": Scenario(_restore),
    "delete": Scenario(_delete),
    "delete of a running training": Scenario(_delete_running),
    "replace, and disposal of a deposed model": Scenario(_deposed),
    "adopt": Scenario(_adopt),
    "adopt a running training": Scenario(_adopt_running),
    "forget": Scenario(_forget),
    "rename": Scenario(_rename),
    "retry": Scenario(_retry),
    "retune": Scenario(_retune),
}


def settled(stage: Stage) -> None:
    """Apply until nothing is pending: one more apply disposes of what the first one deposed."""
    for _ in range(3):
        stage.apply()


def verdict(stage: Stage) -> dict[str, Any]:
    """What must be the same with and without a disturbance: money spent, what is left, and the lock."""
    cloud = stage.cloud
    return {
        "jobs": dict(cloud.created),
        "twice": cloud.twice,
        "states": sorted((j.markers.name, j.markers.training, cloud.state(j)) for j in cloud.jobs.values()),
        "left": sorted((j.markers.name, j.markers.training, len(j.resources)) for j in cloud.jobs.values()),
        "lock": shape(stage.lock),
        "plan": [str(c.address) for c in stage.plan().changes if c.action.is_pending],
    }


def shape(lock: Lock) -> dict[str, Any]:
    """A lock but for names, times, revisions and attempts."""
    return {
        address: (
            entry.in_place,
            sorted(
                (t.role.value, t.phase.value, t.submission.digest, t.submission.data_id)
                for t in entry.trainings.values()
            ),
            len(entry.approved),
        )
        for address, entry in lock.entries.items()
    }
