"""plan, apply and destroy as a whole: what ends them before the first change."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.checks import Permissions
from reconciler.core.lock import Role
from reconciler.core.model import Action, Address
from reconciler.files.lockfile import LockFile
from reconciler.workflow.planning import make_plan
from tests.fakes.specs import TRAIN, VALIDATE, a_gemini_spec, a_spec
from tests.fakes.stage import NO_WAIT, Outcome, Stage, pending

_NOTHING: frozenset[str] = frozenset()


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path, [a_spec()])
    stage.apply()
    return stage


def _untouched(stage: Stage, act: Callable[[], Outcome]) -> Outcome:
    """The outcome of a run that must change neither the cloud nor the lock."""
    jobs, lock = stage.cloud.jobs_made, stage.path.read_bytes() if stage.path.exists() else b""
    outcome = act()
    assert (stage.cloud.jobs_made, stage.path.read_bytes() if stage.path.exists() else b"") == (jobs, lock)
    assert outcome.events == []
    return outcome


def test_a_plan_writes_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec(), a_gemini_spec()])

    stage.plan()

    assert list(tmp_path.iterdir()) == []
    assert {method for method, _ in stage.cloud.history} == {"vertex.observe", "gemini.observe", "identity"}


def test_a_failed_look_is_an_error_and_never_nothing_exists(stage: Stage) -> None:
    stage.cloud.fail("vertex.observe", "unavailable")

    outcome = _untouched(stage, stage.apply)

    assert outcome.codes == ["API309"]


def test_a_refusal_ends_apply_with_3_before_the_first_change(stage: Stage) -> None:
    stage.specs = []

    plan = stage.plan(flags=_NOTHING)
    outcome = _untouched(stage, lambda: stage.apply(flags=_NOTHING))

    assert [d.code for d in plan.diagnostics if d.is_error] == ["PLAN102"]
    assert outcome.error is not None
    assert (outcome.error.exit_code, outcome.codes) == (3, ["PLAN102"])
    assert stage.roles() == {"1": "serving"}


def test_an_override_is_honoured_once_and_not_remembered(stage: Stage) -> None:
    stage.specs = []
    allowed = frozenset({"empty"})

    assert stage.apply(flags=allowed).error is None
    stage.specs = [a_spec()]
    stage.apply()
    stage.specs = []

    assert stage.apply(flags=_NOTHING).codes == ["PLAN102"]


def test_the_removal_of_a_protected_spec_is_refused(stage: Stage) -> None:
    stage.specs = [a_spec(protect=True), a_spec("other")]
    stage.apply()
    stage.specs = [a_spec("other")]

    assert _untouched(stage, lambda: stage.apply(flags=_NOTHING)).codes == ["PLAN103"]


def test_protection_is_lifted_by_one_apply_and_then_by_the_removal(stage: Stage) -> None:
    stage.specs = [a_spec(protect=True), a_spec("other")]
    stage.apply()
    stage.specs = [a_spec(), a_spec("other")]
    stage.apply(flags=_NOTHING)
    stage.specs = [a_spec("other")]

    assert stage.apply(flags=_NOTHING).error is None


def test_a_model_of_ours_on_a_strangers_endpoint_is_not_deleted(stage: Stage) -> None:
    stage.cloud.answers[f"blocks {stage.cloud.job_of('router').model}"] = ""
    stage.specs = [a_spec("other")]

    outcome = _untouched(stage, lambda: stage.apply(flags=frozenset({"empty"})))

    assert outcome.codes == ["PLAN104"]
    assert stage.apply().error is None


def test_a_running_job_is_not_replaced_without_asking(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec()])
    stage.apply(NO_WAIT)
    stage.specs = [a_spec(epochs=5)]

    assert _untouched(stage, lambda: stage.apply(flags=_NOTHING)).codes == ["PLAN108"]
    assert stage.apply(flags=frozenset({"cancel"})).error is None


# Approval


def test_an_apply_of_the_reviewed_checksum_goes_through(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec()])

    outcome = stage.apply(checksum=stage.plan().checksum)

    assert (outcome.error, stage.cloud.jobs_made) == (None, 1)


def test_an_apply_of_another_checksum_is_stale(stage: Stage) -> None:
    stage.specs = [a_spec(epochs=4)]
    reviewed = stage.plan().checksum
    stage.specs = [a_spec(epochs=5)]

    outcome = _untouched(stage, lambda: stage.apply(checksum=reviewed))

    assert outcome.codes == ["PLAN109"]
    assert outcome.error is not None
    assert outcome.error.exit_code == 1


def test_a_training_that_ends_between_review_and_apply_does_not_make_it_stale(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec()])
    stage.apply(NO_WAIT)
    stage.specs = [a_spec(), a_spec("new")]
    reviewed = stage.plan().checksum
    stage.clock.sleep(60.0)

    assert stage.apply(checksum=reviewed).error is None


# Whose lock it is


@pytest.mark.parametrize(
    ("field", "value", "code"), [("target", "google", "LOCK004"), ("workspace", "other", "LOCK005")]
)
def test_a_lock_of_somebody_else_stops_the_run_before_the_cloud_is_read(
    stage: Stage, field: str, value: str, code: str
) -> None:
    tree = json.loads(stage.path.read_text())
    stage.path.write_text(json.dumps({**tree, field: value}))
    stage.cloud.history.clear()

    outcome = stage.apply()

    assert (outcome.codes, stage.cloud.history) == ([code], [])
    assert stage.wait().codes == [code]
    assert stage.cancel().codes == [code]
    assert stage.forget().codes == [code]


def test_the_first_apply_writes_whose_lock_it_is(stage: Stage) -> None:
    assert (stage.lock.workspace, stage.lock.target) == ("acme", "emulator:test")
    assert stage.lock.lineage


def test_a_lock_that_is_held_is_refused_after_a_while_and_not_twice_as_long(stage: Stage) -> None:
    holder = LockFile(stage.path, stage.clock, purpose="apply")
    stage.specs = [a_spec(epochs=9)]
    started = stage.clock.now()

    with holder.hold():
        outcome = _untouched(stage, stage.apply)

    assert outcome.codes == ["LOCK006"]
    assert stage.clock.now() - started < 1.5


# Data and addresses


def test_data_that_is_not_there_ends_the_plan_of_a_training(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec(data="gs://acme-tuning/nowhere.jsonl")])

    outcome = stage.apply()

    assert (outcome.codes, stage.cloud.jobs_made) == (["RUN011"], 0)


def test_a_finished_model_needs_its_data_no_more(stage: Stage) -> None:
    del stage.cloud.objects[TRAIN]

    assert stage.plan().is_empty


@pytest.mark.parametrize("asked", [{"targets": ["vertex/x"]}, {"replace": ["vertex/x"]}])
def test_an_unknown_address_is_told_with_those_that_are_known(stage: Stage, asked: dict[str, Any]) -> None:
    outcome = stage.apply(**asked)

    assert outcome.codes == ["PLAN110"]
    assert outcome.error is not None
    assert "vertex/router" in outcome.error.diagnostics[0].detail


def test_a_target_leaves_the_others_alone(stage: Stage) -> None:
    stage.specs = [a_spec(epochs=4), a_spec("new", data=VALIDATE)]

    stage.apply(targets=["vertex/new"])

    assert pending(stage.plan()) == ["± vertex/router"]


def test_a_partial_run_removes_nothing(stage: Stage) -> None:
    stage.specs = [a_spec("new")]
    stage.is_complete = False

    stage.apply()

    assert sorted(stage.lock.entries) == ["vertex/new", "vertex/router"]
    assert stage.plan().undeclared == 1


# destroy


def test_destroy_of_everything_leaves_nothing(stage: Stage) -> None:
    stage.specs = [a_spec(), a_gemini_spec()]
    stage.apply()

    outcome = stage.destroy()

    assert outcome.error is None
    assert stage.lock.entries == {}
    assert [j.left for j in stage.cloud.jobs.values()] == [set()]


def test_destroy_of_one_leaves_the_others(stage: Stage) -> None:
    stage.specs = [a_spec(), a_gemini_spec()]
    stage.apply()

    stage.destroy("gemini/numbers")

    assert list(stage.lock.entries) == ["vertex/router"]
    assert stage.destroy("gemini/numbers").events == []


def test_destroy_of_a_protected_model_is_refused(stage: Stage) -> None:
    stage.specs = [a_spec(protect=True)]
    stage.apply()

    outcome = _untouched(stage, lambda: stage.destroy(flags=_NOTHING))

    assert outcome.codes == ["PLAN103"]


# Observation


def test_what_is_locked_and_no_longer_declared_is_looked_at_too(stage: Stage) -> None:
    world = stage.world()
    stage.specs = []

    planned = make_plan(world, stage.desired, world.options(), Permissions())

    assert [c.action for c in planned.plan.changes] == [Action.DELETE]
    assert len(planned.live.trainings) == 1


def test_jobs_of_a_service_without_places_do_not_count_in_the_other_ones_quota(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec(), a_gemini_spec()])
    stage.apply(NO_WAIT)

    planned = stage.planned()

    assert planned.live.unfinished == {"acme-ml": 1}
    assert {t.role for e in planned.lock.entries.values() for t in e.trainings.values()} == {Role.CANDIDATE}
    assert Address("vertex", "router") in {c.address for c in planned.plan.changes}
