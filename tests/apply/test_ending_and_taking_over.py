"""update, delete, cancel, adopt, forget: the events in their order, and what is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.core import events as ev
from reconciler.core.lock import Role
from reconciler.core.model import Action, OnRemove, Status
from tests.fakes.specs import a_gemini_spec, a_spec
from tests.fakes.stage import NO_WAIT, Stage, actions


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A model that serves."""
    stage = Stage(tmp_path, [a_spec(labels={"team": "a"})])
    stage.cloud.checkpoints = 2
    stage.apply()
    return stage


def _running(tmp_path: Path, *specs: object) -> Stage:
    stage = Stage(tmp_path, list(specs) or [a_spec()])  # type: ignore[arg-type]
    stage.apply(NO_WAIT)
    return stage


# update


def test_an_edit_is_patched_on_model_and_endpoint_and_keeps_everybody_elses_labels(stage: Stage) -> None:
    job = stage.cloud.job_of("router")
    for fields in job.resources.values():
        fields["labels"]["theirs"] = "1"
    stage.specs = [a_spec(labels={"tier": "x"}, display="new")]

    outcome = stage.apply()

    assert outcome.words == ["ChangeStarted", "ChangeApproved", "Updated", "ChangeDone"]
    (updated,) = [e for e in outcome.events if isinstance(e, ev.Updated)]
    assert set(updated.resources) == {job.model.partition("@")[0], job.endpoint}
    for name in updated.resources:
        labels = job.resources[name]["labels"]
        assert (labels.get("team"), labels["tier"], labels["theirs"]) == (None, "x", "1")
        assert labels["google-vertex-llm-tuning-job-id"]
        assert job.resources[name]["tunedModelDisplayName"] == "new"
    assert (stage.plan().is_empty, stage.cloud.jobs_made) == (True, 1)


def test_settings_are_written_without_a_patch(stage: Stage) -> None:
    stage.specs = [a_spec(labels={"team": "a"}, keep=3)]

    stage.apply()

    assert stage.cloud.calls("update") == []
    assert stage.entry().lifecycle.keep == 3


def test_an_unset_field_is_recorded_without_a_training(stage: Stage) -> None:
    stage.specs = [a_spec(labels={"team": "a"}, epochs=None)]

    stage.apply()

    assert stage.entry().trainings["1"].submission.training == a_spec(epochs=None).training
    assert (stage.plan().is_empty, stage.cloud.jobs_made) == (True, 1)


def test_a_patch_that_is_refused_is_told_and_planned_again(stage: Stage) -> None:
    stage.specs = [a_spec(labels={"team": "b"})]
    stage.cloud.fail("update", "refused")

    outcome = stage.apply()

    assert outcome.codes == ["API320"]
    assert stage.change().action is Action.UPDATE
    assert stage.entry().approved == ()


def test_a_patch_whose_answer_was_lost_is_made_again(stage: Stage) -> None:
    stage.specs = [a_spec(labels={"team": "b"})]
    stage.cloud.fail("update", "lost")

    outcome = stage.apply()

    assert outcome.codes == ["RUN006"]
    assert stage.plan().is_empty


def test_an_edit_while_it_trains_is_patched_when_it_serves(tmp_path: Path) -> None:
    stage = _running(tmp_path, a_spec(labels={"team": "a"}))
    stage.specs = [a_spec(labels={"team": "b"})]

    outcome = stage.apply()

    assert outcome.words == ["ChangeStarted", "ChangeApproved", "TrainingEnded", "Served", "Updated", "ChangeDone"]
    assert (
        stage.cloud.job_of("router").resources["projects/acme-ml/locations/us-central1/endpoints/1"]["labels"]["team"]
        == "b"
    )
    assert stage.plan().is_empty


# delete


def test_a_delete_takes_everything_that_the_job_made(stage: Stage) -> None:
    stage.specs = []

    outcome = stage.apply()

    assert outcome.words == ["ChangeStarted", "ChangeApproved", "Disposed", "ChangeDone"]
    assert (stage.lock.entries, stage.cloud.job_of("router").left) == ({}, set())
    assert len(outcome.of(ev.ResourceGone)) == 4


def test_a_delete_of_several_passes_is_one_change(stage: Stage) -> None:
    stage.specs = []
    stage.cloud.delete_passes = 3

    outcome = stage.apply()

    assert [e.state for e in outcome.events if isinstance(e, ev.Waiting)] == ["DELETING", "DELETING"]
    assert outcome.words == ["ChangeStarted", "ChangeApproved", "Disposed", "ChangeDone"]
    assert stage.cloud.job_of("router").left == set()


def test_a_delete_that_is_left_is_finished_by_wait(stage: Stage) -> None:
    stage.specs = []
    stage.cloud.delete_passes = 3
    left = stage.apply(NO_WAIT)

    stage.wait()

    assert left.words[-1] == "ChangeLeft"
    assert (stage.lock.entries, stage.cloud.job_of("router").left) == ({}, set())


def test_a_delete_that_the_service_refuses_keeps_the_entry(stage: Stage) -> None:
    stage.specs = []
    stage.cloud.fail("dispose", "refused")

    outcome = stage.apply()

    assert outcome.codes == ["API320"]
    assert (stage.roles(), stage.entry().approved) == ({"1": "serving"}, ())


def test_what_somebody_else_deleted_counts_as_done(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_gemini_spec()])
    stage.apply()
    stage.cloud.jobs.clear()
    stage.specs = []

    outcome = stage.apply()

    assert [e.what for e in outcome.events if isinstance(e, ev.ResourceGone)] == ["absent already"]
    assert stage.lock.entries == {}


def test_a_spec_that_comes_back_withdraws_a_delete_that_was_left(stage: Stage) -> None:
    spec = stage.specs
    stage.specs = []
    stage.cloud.fail("dispose", "unavailable")
    stage.apply(NO_WAIT)
    stage.specs = spec

    outcome = stage.apply()
    waited = stage.wait()

    assert [e.action for e in outcome.events if isinstance(e, ev.ChangeDone)] == [Action.NOOP]
    assert (waited.events, stage.roles(), stage.plan().is_empty) == ([], {"1": "serving"}, True)


def test_what_a_replace_makes_surplus_goes_at_its_end(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for epochs in (1, 2):
        stage.specs = [a_spec(epochs=epochs)]
        stage.apply()
    stage.specs = [a_spec(epochs=3)]

    shown = actions(stage.plan().changes)
    outcome = stage.apply()

    told = [(e.action, e.deposed) for e in outcome.events if isinstance(e, ev.ChangeStarted | ev.ChangeDone)]
    assert shown == ["± vertex/router"]
    assert stage.roles() == {"2": "deposed", "3": "serving"}
    assert told == [(Action.REPLACE, False)] * 2 + [(Action.DELETE, True)] * 2
    assert stage.plan().is_empty


# cancel


def test_the_removal_of_a_running_spec_cancels_it(tmp_path: Path) -> None:
    stage = _running(tmp_path)
    stage.cloud.cancel_s = 8.0
    stage.specs = []

    outcome = stage.apply()

    assert outcome.words == ["ChangeStarted", "ChangeApproved", "CancelRequested", "TrainingEnded", "ChangeDone"]
    assert stage.lock.entries == {}
    assert stage.cloud.calls("cancel") == ["projects/acme-ml/locations/us-central1/tuningJobs/1"]


def test_a_cancelled_gemini_training_is_deleted_with_its_spec(tmp_path: Path) -> None:
    stage = _running(tmp_path, a_gemini_spec())
    stage.specs = []

    outcome = stage.apply()

    assert "Disposed" in outcome.words
    assert (stage.cloud.jobs, stage.lock.entries) == ({}, {})


def test_a_training_that_succeeds_while_it_is_cancelled_is_deposed_and_then_deleted(tmp_path: Path) -> None:
    stage = _running(tmp_path)
    stage.cloud.cancel_wins = False
    stage.specs = []

    outcome = stage.apply()
    kept = stage.roles()
    stage.apply()

    (done,) = [e for e in outcome.events if isinstance(e, ev.ChangeDone)]
    assert "deposed, not lost" in done.outcome
    assert kept == {"1": "deposed"}
    assert (stage.lock.entries, stage.cloud.job_of("router").left) == ({}, set())


def test_an_edit_cancels_what_runs_and_trains_the_new_spec(tmp_path: Path) -> None:
    stage = _running(tmp_path)
    stage.specs = [a_spec(epochs=5)]

    outcome = stage.apply()

    assert outcome.words[:5] == ["ChangeStarted", "ChangeApproved", "CancelRequested", "TrainingEnded", "Intended"]
    assert (stage.roles(), stage.cloud.jobs_made) == ({"1": "failed", "2": "serving"}, 2)


def test_a_training_that_ended_well_and_whose_model_is_gone_is_cancelled_once(tmp_path: Path) -> None:
    """Its end was recorded again and again: by the lock it went on to be a candidate."""
    stage = _running(tmp_path)
    stage.clock.sleep(60.0)
    job = stage.cloud.job_of("router")
    stage.cloud.live(job)
    stage.cloud.gone(job.model)

    outcome = stage.cancel()

    assert (outcome.error, outcome.words[-2:]) == (None, ["TrainingEnded", "ChangeDone"])


def test_what_came_of_a_successor_is_recorded_though_the_same_run_saw_its_predecessor_end(tmp_path: Path) -> None:
    """Its end was taken for recorded: the lock called it running, and knew no checkpoints and no tokens of it."""
    stage = _running(tmp_path)
    stage.cloud.checkpoints = 2
    stage.specs = [a_spec(epochs=5)]

    outcome = stage.apply()

    ended = [e.attempt for e in outcome.events if isinstance(e, ev.TrainingEnded)]
    successor = stage.entry().trainings["2"]
    assert ended == ["1", "2"]
    assert (successor.status, successor.state, len(successor.checkpoints)) == (Status.READY, "JOB_STATE_SUCCEEDED", 2)


def test_what_is_replaced_while_running_serves_until_its_successor_if_it_succeeds_all_the_same(tmp_path: Path) -> None:
    stage = _running(tmp_path)
    stage.cloud.cancel_wins = False
    stage.specs = [a_spec(epochs=5)]

    outcome = stage.apply()

    assert [e.attempt for e in outcome.events if isinstance(e, ev.Served)] == ["1", "2"]
    assert stage.roles() == {"1": "deposed", "2": "serving"}


def test_an_edit_back_to_what_serves_cancels_the_successor(stage: Stage) -> None:
    serving = stage.specs
    stage.specs = [a_spec(labels={"team": "a"}, epochs=5)]
    stage.apply(NO_WAIT)
    stage.specs = serving

    stage.apply()

    assert stage.roles() == {"1": "serving", "2": "failed"}
    assert stage.plan().is_empty


def test_an_edit_to_a_deposed_model_cancels_the_successor_and_restores(stage: Stage) -> None:
    first = stage.specs
    stage.specs = [a_spec(labels={"team": "a"}, epochs=5)]
    stage.apply()
    stage.specs = [a_spec(labels={"team": "a"}, epochs=6)]
    stage.apply(NO_WAIT)
    stage.cloud.cancel_s = 6.0
    stage.specs = first

    outcome = stage.apply()

    assert [e.attempt for e in outcome.events if isinstance(e, ev.Served)] == ["1"]
    assert stage.roles() == {"1": "serving", "2": "deposed", "3": "failed"}
    assert (stage.plan().is_empty, stage.cloud.jobs_made) == (True, 3)


def test_the_cancel_command_ends_the_training_and_blocks_the_address(tmp_path: Path) -> None:
    stage = _running(tmp_path)

    outcome = stage.cancel()

    assert outcome.words[-3:] == ["CancelRequested", "TrainingEnded", "ChangeDone"]
    assert stage.roles() == {"1": "failed"}
    assert stage.change().action is Action.BLOCKED


def test_the_cancel_command_takes_a_queued_change_back(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec()])
    stage.cloud.quota = 0
    stage.apply(NO_WAIT)

    stage.cancel()
    stage.cloud.quota = None
    stage.wait()

    assert (stage.lock.entries, stage.cloud.jobs_made) == ({}, 0)


def test_there_is_nothing_to_cancel_where_nothing_runs(stage: Stage) -> None:
    assert stage.cancel().codes == ["RUN013"]
    assert stage.cancel("vertex/unknown").codes == ["RUN013"]


def test_an_interrupted_create_that_is_removed_is_found_and_cancelled(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec()])
    stage.cloud.fail("create", "lost")
    stage.apply(NO_WAIT)
    stage.specs = []

    outcome = stage.apply()

    assert [e.found for e in outcome.events if isinstance(e, ev.Submitted)] == [True]
    assert (stage.lock.entries, stage.cloud.running()) == ({}, [])


def test_an_interrupted_create_that_was_lost_is_withdrawn_once_that_is_certain(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec()])
    stage.cloud.fail("create", "unanswered")
    stage.apply(NO_WAIT)
    stage.specs = []

    outcome = stage.apply()

    assert "IntentWithdrawn" in outcome.words
    assert (stage.lock.entries, stage.cloud.jobs_made) == ({}, 0)
    assert stage.clock.now() - 1_790_000_000.0 >= 600.0


def test_a_training_that_the_service_does_not_know_any_more_is_over(tmp_path: Path) -> None:
    stage = _running(tmp_path, a_gemini_spec())
    stage.cloud.jobs.clear()

    blocked = stage.change("gemini/numbers").action
    stage.apply(replace=["gemini/numbers"])

    assert blocked is Action.BLOCKED
    assert stage.roles("gemini/numbers") == {"2": "serving"}


# adopt


def test_a_lost_lock_is_rebuilt_from_the_markers(stage: Stage) -> None:
    stage.specs = [*stage.specs, a_gemini_spec()]
    stage.apply()
    before = stage.roles() | stage.roles("gemini/numbers")
    stage.path.unlink()

    outcome = stage.apply()

    assert [e.role for e in outcome.events if isinstance(e, ev.Adopted)] == [Role.CANDIDATE] * 2
    assert stage.roles() | stage.roles("gemini/numbers") == before
    assert (stage.plan().is_empty, stage.cloud.jobs_made) == (True, 2)


def test_an_adopted_training_that_runs_is_waited_for(tmp_path: Path) -> None:
    stage = _running(tmp_path)
    stage.path.unlink()

    outcome = stage.apply()

    assert outcome.words == ["ChangeStarted", "ChangeApproved", "Adopted", "TrainingEnded", "Served", "ChangeDone"]
    assert stage.cloud.jobs_made == 1


def test_what_is_taken_into_the_lock_at_its_end_brings_its_last_values_along(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec()])
    stage.cloud.metrics["eval_total_loss"] = 0.7
    stage.apply()
    stage.path.unlink()

    stage.apply()

    measured = stage.entry().trainings["1"].measured
    assert measured is not None
    assert measured.last["eval_total_loss"].value == 0.7


def _two_clones(tmp_path: Path) -> tuple[Stage, Stage]:
    """Two clones with locks of their own that submit the same at the same time: neither list shows the other's."""
    one, other = Stage(tmp_path / "one", [a_spec()]), Stage(tmp_path / "other", [a_spec()])
    one.folder.mkdir()
    other.folder.mkdir()
    other.clock, other.cloud = one.clock, one.cloud
    one.cloud.list_lag_s = 30.0
    one.cloud.duration_s = 100.0
    one.apply(NO_WAIT)
    one.clock.sleep(1.0)
    other.apply(NO_WAIT)
    one.cloud.settle_visibility()
    return one, other


@pytest.mark.parametrize("first", ["one", "other"])
def test_of_two_clones_that_submit_at_once_the_younger_training_is_cancelled(tmp_path: Path, first: str) -> None:
    clones = dict(zip(("one", "other"), _two_clones(tmp_path), strict=True))
    cloud = clones["one"].cloud
    assert cloud.jobs_made == 2

    told = clones[first].plan().changes[0].notes
    clones[first].apply()
    for stage in clones.values():
        stage.apply()

    assert [d.code for d in told] == ["PLAN003"]
    assert [cloud.state(j) for j in cloud.jobs.values()] == ["JOB_STATE_SUCCEEDED", "JOB_STATE_CANCELLED"]
    assert cloud.jobs_made == 2
    assert clones[first].plan().is_empty


def test_a_duplicate_that_takes_time_to_end_is_waited_for(tmp_path: Path) -> None:
    one, other = _two_clones(tmp_path)
    one.cloud.cancel_s = 12.0

    outcome = other.apply()

    assert outcome.error is None
    assert [one.cloud.state(j) for j in one.cloud.jobs.values()] == ["JOB_STATE_SUCCEEDED", "JOB_STATE_CANCELLED"]
    assert other.plan().is_empty


def test_two_clones_one_after_the_other_train_once(tmp_path: Path) -> None:
    one, other = Stage(tmp_path / "one", [a_spec()]), Stage(tmp_path / "other", [a_spec()])
    one.folder.mkdir()
    other.folder.mkdir()
    other.clock, other.cloud = one.clock, one.cloud
    one.apply()

    other.apply()

    assert (one.cloud.jobs_made, other.roles()) == (1, {"1": "serving"})


def test_a_model_made_by_hand_comes_in_by_existing_and_is_labelled(tmp_path: Path) -> None:
    maker = Stage(tmp_path / "maker", [a_spec("handmade")])
    maker.folder.mkdir()
    maker.apply()
    job = maker.cloud.job_of("handmade")
    for fields in job.resources.values():
        fields["labels"] = {"theirs": "1"}
    stage = Stage(tmp_path, [a_spec(existing=job.model)])
    stage.clock, stage.cloud = maker.clock, maker.cloud

    stage.apply()

    labels = job.resources[job.endpoint]["labels"]
    assert labels == {"theirs": "1", "tuneform-name": "router", "tuneform-workspace": "acme"}
    assert (stage.plan().is_empty, stage.cloud.jobs_made) == (True, 1)


def test_a_rename_trains_nothing_and_relabels(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec("old"), a_spec("child", parent="old")])
    stage.apply()
    stage.specs = [a_spec("new", former=("old",)), a_spec("child", parent="new")]

    stage.apply()

    assert sorted(stage.lock.entries) == ["vertex/child", "vertex/new"]
    assert (
        stage.cloud.job_of("old").resources["projects/acme-ml/locations/us-central1/models/1"]["labels"][
            "tuneform-name"
        ]
        == "new"
    )
    assert (stage.plan().is_empty, stage.cloud.jobs_made) == (True, 2)


# forget


def test_a_spec_removed_under_retain_is_forgotten_and_the_model_stays(stage: Stage) -> None:
    stage.specs = [a_spec(labels={"team": "a"}, on_remove=OnRemove.RETAIN)]
    stage.apply()
    stage.specs = []

    outcome = stage.apply()

    assert outcome.words == ["ChangeStarted", "ChangeApproved", "Forgotten", "ChangeDone"]
    job = stage.cloud.job_of("router")
    assert (stage.lock.entries, stage.cloud.status(job), len(job.left)) == ({}, Status.READY, 4)
    assert {job.name, job.model} <= stage.lock.buried


@pytest.mark.parametrize("spec", [a_spec(), a_gemini_spec()], ids=["vertex", "gemini"])
def test_what_was_forgotten_is_trained_anew_beside_it(spec: object, tmp_path: Path) -> None:
    stage = Stage(tmp_path, [spec])  # type: ignore[list-item]
    stage.apply()
    address = str(stage.specs[0].address)

    forgotten = stage.forget(address)
    change = stage.change(address)
    stage.apply()

    assert forgotten.words == ["ChangeStarted", "ChangeApproved", "Forgotten", "ChangeDone", "Noted"]
    assert (change.action, change.attempt) == (Action.CREATE, "2")
    assert (stage.cloud.jobs_made, stage.roles(address)) == (2, {"2": "serving"})


def test_what_is_not_locked_cannot_be_forgotten(stage: Stage) -> None:
    assert stage.forget("vertex/unknown").codes == ["RUN013"]


def test_delete_and_declare_again_is_another_attempt(stage: Stage) -> None:
    spec = stage.specs
    stage.specs = []
    stage.apply()
    stage.specs = spec

    stage.apply()

    assert (stage.roles(), stage.cloud.jobs_made) == ({"2": "serving"}, 2)
