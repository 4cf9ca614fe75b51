"""create, replace and restore: the events in their order, and the lock after each."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.apply import WaitOptions
from reconciler.core import events as ev
from reconciler.core.gate_spec import Bound, GateSpec, Prompt
from reconciler.core.model import Action, Declared, OnDrift, OnFailure
from reconciler.core.settings import Limits
from tests.fakes.cloud import CANCELLED, FAILED, NO_ENDPOINT, UNAVAILABLE, Ending
from tests.fakes.specs import STAGING, TRAIN, WORKSPACE, a_file, a_gemini_spec, a_spec, bytes_of, file_of
from tests.fakes.specs import submitted as the_submission_of
from tests.fakes.stage import NO_WAIT, Outcome, Stage, pending

_MADE = ["ChangeStarted", "ChangeApproved", "Intended", "Submitted", "TrainingEnded", "Served", "ChangeDone"]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, [a_spec()])


@pytest.mark.parametrize("spec", [a_spec(), a_gemini_spec()], ids=["vertex", "gemini"])
def test_a_create_is_approved_intended_submitted_waited_for_and_served(spec: Declared, tmp_path: Path) -> None:
    stage = Stage(tmp_path, [spec])

    outcome = stage.apply()

    assert outcome.words == _MADE
    entry = stage.entry(str(spec.address))
    assert stage.roles(str(spec.address)) == {"1": "serving"}
    assert entry.approved == ()
    assert entry.in_place == the_submission_of(spec).in_place
    assert stage.plan().is_empty
    assert stage.cloud.jobs_made == 1


def test_progress_is_told_while_it_trains_and_a_new_state_is_saved(stage: Stage) -> None:
    outcome = stage.apply()

    waits = [e for e in outcome.events if isinstance(e, ev.Waiting)]
    assert [e.progress.percent for e in waits] == sorted(e.progress.percent or 0.0 for e in waits)
    assert [bool(e.state_changed_at) for e in waits] == [True, *[False] * (len(waits) - 1)]
    assert [e.elapsed_s for e in waits] == [5.0, 10.0]


def test_the_second_apply_does_nothing(stage: Stage) -> None:
    stage.apply()
    before = stage.path.read_bytes()

    outcome = stage.apply()

    assert (outcome.events, stage.cloud.jobs_made) == ([], 1)
    assert stage.path.read_bytes() == before


def test_a_local_file_is_uploaded_once_under_the_name_of_its_content(stage: Stage) -> None:
    stage.specs = [a_spec("one", data=a_file()), a_spec("two", data=a_file())]

    outcome = stage.apply()

    uploads = [e for e in outcome.events if isinstance(e, ev.Uploaded)]
    name = f"{STAGING}/{WORKSPACE}/{file_of('rows').sha256}.jsonl"
    assert [(e.uri, e.existed) for e in uploads] == [(name, False), (name, True)]
    assert stage.entry("vertex/one").trainings["1"].submission.data[0].sent_uri == name


def test_an_upload_that_fails_ends_its_change_before_anything_is_approved(stage: Stage) -> None:
    stage.specs = [a_spec("one", data=a_file()), a_spec("two")]
    stage.cloud.fail("upload", "403")

    outcome = stage.apply()

    assert outcome.codes == ["API122"]
    assert sorted(stage.lock.entries) == ["vertex/two"]


# The answer to a create


def test_a_create_whose_answer_was_lost_is_found_again(stage: Stage) -> None:
    stage.cloud.fail("create", "lost")

    outcome = stage.apply()

    (submitted,) = [e for e in outcome.events if isinstance(e, ev.Submitted)]
    assert (submitted.found, stage.cloud.jobs_made, outcome.codes) == (True, 1, ["RUN005"])
    assert stage.cloud.faults_left() == []
    assert stage.roles() == {"1": "serving"}


def test_a_create_that_may_have_worked_is_looked_up_until_the_list_may_not_lag_any_more(stage: Stage) -> None:
    stage.cloud.fail("create", "unanswered")

    outcome = stage.apply()

    intents = [e.at for e in outcome.events if isinstance(e, ev.Intended)]
    assert intents == ["2026-09-21T14:13:20.000Z", "2026-09-21T14:23:20.000Z"]
    assert stage.cloud.jobs_made == 1
    assert {e.state for e in outcome.events if isinstance(e, ev.Waiting)} == {"LOOKING", "JOB_STATE_RUNNING"}


def test_a_create_that_a_lagging_list_hides_is_not_repeated(stage: Stage) -> None:
    stage.cloud.fail("create", "lost")
    stage.cloud.list_lag_s = 599.0

    stage.apply()

    assert (stage.cloud.jobs_made, stage.cloud.twice) == (1, [])


def test_a_create_under_a_name_of_ours_is_simply_sent_again(stage: Stage) -> None:
    stage.specs = [a_gemini_spec()]
    stage.cloud.fail("create", "lost", "unanswered")
    started = stage.clock.now()

    stage.apply()

    assert stage.cloud.jobs_made == 1
    assert stage.clock.now() - started < 60.0


def test_the_next_run_goes_on_looking_from_when_the_create_was_sent(stage: Stage) -> None:
    stage.cloud.fail("create", "unanswered")
    stage.apply(WaitOptions(timeout_s=100.0))
    stage.clock.sleep(450.0)

    left = stage.apply(WaitOptions(timeout_s=0.0))
    stage.clock.sleep(60.0)
    stage.apply()

    assert [type(e).__name__ for e in left.events][-1] == "ChangeLeft"
    assert stage.cloud.jobs_made == 1
    assert stage.roles() == {"1": "serving"}


def test_a_create_that_the_service_refused_leaves_nothing_behind(stage: Stage) -> None:
    stage.cloud.fail("create", "refused")

    outcome = stage.apply()

    assert outcome.words == ["ChangeStarted", "ChangeApproved", "Intended", "IntentWithdrawn", "ChangeFailed"]
    assert (outcome.codes, stage.lock.entries) == (["API320"], {})


def test_a_create_that_never_left_this_machine_is_tried_a_few_times(stage: Stage) -> None:
    stage.cloud.fail("create", "unavailable", "unavailable")

    outcome = stage.apply()

    assert (stage.cloud.jobs_made, outcome.codes) == (1, [])


def test_a_service_that_takes_no_creates_at_all_ends_the_change(stage: Stage) -> None:
    stage.cloud.fail("create", *["unavailable"] * 3)

    outcome = stage.apply()

    assert (outcome.codes, stage.lock.entries) == (["API309"], {})


@pytest.mark.parametrize("word", ["401", "ended"])
def test_credentials_that_have_ended_end_the_run_with_4(stage: Stage, word: str) -> None:
    stage.cloud.fail("create", word)

    outcome = stage.apply()

    assert outcome.error is not None
    assert outcome.error.exit_code == 4
    assert stage.entry().trainings == {}
    assert [a.action for a in stage.entry().approved] == [Action.CREATE]


def test_a_missing_permission_ends_its_change_alone(stage: Stage) -> None:
    stage.specs = [a_spec("one"), a_spec("two")]
    stage.cloud.fail("create", "403")

    outcome = stage.apply()

    assert (outcome.error, outcome.codes, stage.cloud.jobs_made) == (None, ["API122"], 1)


# What was trained on


def test_data_that_changes_while_it_is_read_is_noted_and_stays_in_the_plan(stage: Stage) -> None:
    stage.apply(NO_WAIT)
    stage.cloud.objects[TRAIN] = bytes_of("other")

    outcome = stage.wait()
    change = stage.change()

    assert outcome.codes == ["RUN020"]
    assert "PLAN118" in [n.code for n in change.notes]
    assert stage.roles() == {"1": "serving"}


def test_data_that_is_gone_when_it_was_read_is_noted(stage: Stage) -> None:
    stage.apply(NO_WAIT)
    del stage.cloud.objects[TRAIN]

    (seen,) = [e for e in stage.wait().events if isinstance(e, ev.DataSeen)]

    assert seen.unproven.endswith("was there when the job was submitted and is gone.")


def test_a_bucket_that_does_not_answer_claims_nothing(stage: Stage) -> None:
    stage.apply(NO_WAIT)
    stage.cloud.fail("identity", "unavailable")

    outcome = stage.wait()

    assert (outcome.of(ev.DataSeen), outcome.codes, stage.roles()) == ([], [], {"1": "serving"})


# Places


def _queued(outcome: Outcome) -> list[str]:
    return [e.waiting_for for e in outcome.events if isinstance(e, ev.Queued)]


def test_creates_take_turns_under_the_limit(stage: Stage) -> None:
    stage.limits = Limits(concurrent_jobs=1)
    stage.specs = [a_spec("one"), a_spec("two")]

    outcome = stage.apply()

    assert [e.address.name for e in outcome.events if isinstance(e, ev.Submitted)] == ["one", "two"]
    one, two = stage.cloud.job_of("one"), stage.cloud.job_of("two")
    assert two.created >= one.ends
    assert set(_queued(outcome)) == {"a place (limits.concurrentJobs is 1; held by vertex/one)"}


def test_the_gemini_api_has_no_places(stage: Stage) -> None:
    stage.limits = Limits(concurrent_jobs=1)
    stage.specs = [a_gemini_spec("one"), a_gemini_spec("two"), a_spec()]

    stage.apply()

    assert len({j.created for j in stage.cloud.jobs.values()}) == 1


def test_every_job_in_the_project_counts_strangers_included(stage: Stage) -> None:
    stranger = Stage(stage.folder / "theirs")
    stranger.folder.mkdir()
    stranger.clock, stranger.cloud.clock = stage.clock, stage.clock
    stranger.specs = [a_spec("theirs")]
    stage.cloud.jobs = stranger.cloud.jobs
    stranger.apply(NO_WAIT)
    stage.limits = Limits(concurrent_jobs=1)

    outcome = stage.apply()

    assert "held by projects/acme-ml/locations/us-central1/tuningJobs/1 since" in _queued(outcome)[0]
    assert stage.roles() == {"1": "serving"}


def test_a_quota_that_is_used_up_is_waited_for(stage: Stage) -> None:
    stage.cloud.fail("create", "quota")

    outcome = stage.apply()

    assert outcome.codes == []
    assert "the service's quota" in _queued(outcome)
    assert stage.cloud.job_of("router").created >= stage.clock.time - 12.0 - 35.0
    assert stage.roles() == {"1": "serving"}


def test_a_quota_without_a_time_is_tried_again_after_a_while(stage: Stage) -> None:
    stage.cloud.quota = 1
    stage.specs = [a_spec("one"), a_spec("two")]

    stage.apply()

    assert stage.cloud.jobs_made == 2
    assert stage.plan().is_empty


# How it ends


@pytest.mark.parametrize(
    ("ending", "code"),
    [(FAILED, "RUN001"), (CANCELLED, "RUN002"), (NO_ENDPOINT, "RUN001"), (UNAVAILABLE, "RUN001")],
)
def test_a_training_that_ends_badly_is_told_and_blocks(stage: Stage, ending: Ending, code: str) -> None:
    stage.cloud.end_next("router", ending)

    outcome = stage.apply()

    assert (outcome.codes, stage.roles()) == ([code], {"1": "failed"})
    assert stage.change().action is Action.BLOCKED
    assert stage.apply().events == []


def test_a_failed_training_that_left_a_model_says_so(stage: Stage) -> None:
    stage.cloud.end_next("router", NO_ENDPOINT)

    (failed,) = [e for e in stage.apply().events if isinstance(e, ev.ChangeFailed)]

    assert "It left the model projects/" in failed.diagnostic.detail


def test_a_gemini_training_that_failed_left_no_model_of_its_own(stage: Stage) -> None:
    stage.specs = [a_gemini_spec()]
    stage.cloud.end_next("numbers", FAILED)

    (failed,) = [e for e in stage.apply().events if isinstance(e, ev.ChangeFailed)]

    assert "It left" not in failed.diagnostic.detail


def test_a_job_that_ended_well_and_left_nothing_is_told(stage: Stage) -> None:
    stage.cloud.end_next("router", Ending(makes_endpoint=False))

    outcome = stage.apply()

    assert outcome.codes == ["RUN007"]
    assert stage.change().action is Action.BLOCKED


def test_a_retry_is_one_more_attempt(stage: Stage) -> None:
    stage.specs = [a_spec(on_failure=OnFailure.RETRY)]
    stage.cloud.end_next("router", UNAVAILABLE)
    stage.apply()

    stage.apply()

    assert (stage.roles(), stage.cloud.jobs_made) == ({"1": "failed", "2": "serving"}, 2)


def test_one_that_fails_does_not_hold_up_the_others(stage: Stage) -> None:
    stage.specs = [a_spec("bad"), a_spec("good")]
    stage.cloud.end_next("bad", FAILED)

    outcome = stage.apply()

    assert [e.address.name for e in outcome.events if isinstance(e, ev.ChangeDone)] == ["good"]
    assert [e.address.name for e in outcome.events if isinstance(e, ev.ChangeFailed)] == ["bad"]


# Replace, restore, gate


def test_a_successor_trains_beside_what_serves_and_then_deposes_it(stage: Stage) -> None:
    stage.apply()
    stage.specs = [a_spec(epochs=5)]

    roles = [stage.roles() for event in stage.applying() if isinstance(event, ev.Submitted | ev.Served)]

    assert roles == [{"1": "serving", "2": "candidate"}, {"1": "deposed", "2": "serving"}]
    assert stage.cloud.has_model(stage.cloud.job_of("router", "1"))


def test_a_successor_that_fails_leaves_the_old_one_serving(stage: Stage) -> None:
    stage.apply()
    stage.specs = [a_spec(epochs=5)]
    stage.cloud.end_next("router", FAILED)

    stage.apply()

    assert stage.roles() == {"1": "serving", "2": "failed"}
    assert stage.apply().events == []
    assert stage.cloud.jobs_made == 2


def test_a_restored_model_serves_at_once(stage: Stage) -> None:
    stage.apply()
    stage.specs = [a_spec(epochs=5)]
    stage.apply()
    stage.specs = [a_spec()]
    before = stage.clock.now()

    outcome = stage.apply()

    assert outcome.words == ["ChangeStarted", "ChangeApproved", "Served", "ChangeDone"]
    assert (stage.roles(), stage.cloud.jobs_made) == ({"1": "serving", "2": "deposed"}, 2)
    assert stage.clock.now() == before


def test_a_restored_model_is_patched_to_what_is_declared(stage: Stage) -> None:
    stage.apply()
    stage.specs = [a_spec(epochs=5)]
    stage.apply()
    stage.specs = [a_spec(labels={"team": "new"})]

    outcome = stage.apply()

    assert outcome.words == ["ChangeStarted", "ChangeApproved", "Served", "Updated", "ChangeDone"]
    assert (
        stage.cloud.job_of("router").resources["projects/acme-ml/locations/us-central1/models/1"]["labels"]["team"]
        == "new"
    )
    assert stage.plan().is_empty


def test_a_restored_model_that_is_told_in_another_way_now_is_recorded_in_the_same_apply(stage: Stage) -> None:
    stage.apply()
    stage.specs = [a_spec(base="other")]
    stage.apply()
    stage.specs = [a_spec(epochs=None)]

    outcome = stage.apply()

    assert outcome.words == ["ChangeStarted", "ChangeApproved", "Served", "Updated", "ChangeDone"]
    assert (stage.roles(), stage.plan().is_empty) == ({"1": "serving", "2": "deposed"}, True)


def test_a_model_that_vanished_since_the_plan_is_not_restored(stage: Stage) -> None:
    stage.apply()
    stage.specs = [a_spec(epochs=5)]
    stage.apply()
    stage.specs = [a_spec()]
    run = stage.applying()
    seen = [next(run), next(run)]
    stage.cloud.job_of("router", "1").resources.clear()

    seen += list(run)

    assert [type(e).__name__ for e in seen] == ["ChangeStarted", "ChangeApproved", "ChangeFailed"]
    assert stage.roles() == {"1": "deposed", "2": "serving"}


_GATE = GateSpec(metrics={"eval_total_loss": Bound(max=0.8)}, prompts=(Prompt("Hi", contains="hello"),))


@pytest.mark.parametrize(
    ("loss", "answer", "passes"), [(0.5, "well hello", True), (0.9, "hello", False), (0.5, "no", False)]
)
def test_a_successor_serves_only_if_it_passes_its_gate(stage: Stage, loss: float, answer: str, passes: bool) -> None:
    stage.apply()
    stage.specs = [a_spec(epochs=5, gate=_GATE)]
    stage.cloud.metrics["eval_total_loss"] = loss
    stage.cloud.answers["Hi"] = answer

    outcome = stage.apply()

    assert stage.roles() == ({"1": "deposed", "2": "serving"} if passes else {"1": "serving", "2": "failed"})
    assert outcome.codes == ([] if passes else ["RUN004"])
    assert stage.apply().events == []
    assert stage.cloud.jobs_made == 2


_AT_ITS_END = {"metrics": ("403",), "ask": ()}
"""What fails before the gate asks: the read for the lock, which nobody waits for."""


@pytest.mark.parametrize("method", ["metrics", "ask"])
def test_a_gate_that_may_not_be_asked_neither_refuses_nor_passes_and_is_asked_again(stage: Stage, method: str) -> None:
    stage.specs = [a_spec(gate=_GATE)]
    stage.cloud.metrics["eval_total_loss"], stage.cloud.answers["Hi"] = 0.7, "hello there"
    stage.cloud.fail(method, *_AT_ITS_END[method], "403")

    outcome = stage.apply()
    again = stage.wait()

    assert outcome.codes == ["API122"]
    assert (again.codes, stage.roles(), stage.cloud.jobs_made) == ([], {"1": "serving"}, 1)


@pytest.mark.parametrize("method", ["metrics", "ask"])
def test_a_gate_whose_service_is_away_for_a_while_is_asked_until_it_answers(stage: Stage, method: str) -> None:
    stage.specs = [a_spec(gate=_GATE)]
    stage.cloud.metrics["eval_total_loss"], stage.cloud.answers["Hi"] = 0.7, "hello there"
    stage.cloud.fail(method, *_AT_ITS_END[method], "unavailable", "quota", "unavailable")

    outcome = stage.apply()

    assert (outcome.codes, stage.roles()) == (["RUN006"], {"1": "serving"})


def test_the_last_and_the_best_values_of_a_training_stay_in_the_lock(stage: Stage) -> None:
    stage.specs = [a_spec()]
    stage.cloud.metrics["eval_total_loss"] = 0.7

    stage.apply()

    measured = stage.entry().trainings["1"].measured
    assert measured is not None
    assert measured.last["eval_total_loss"].value == measured.best["eval_total_loss"].value == 0.7
    assert len(stage.cloud.calls("metrics")) == 1


@pytest.mark.parametrize("failure", ["403", "not found", "unavailable", "quota"])
def test_a_training_whose_metrics_cannot_be_read_serves_without_them(stage: Stage, failure: str) -> None:
    stage.specs = [a_spec()]
    stage.cloud.fail("metrics", failure)

    outcome = stage.apply()

    assert (outcome.codes, stage.roles()) == ([], {"1": "serving"})
    assert stage.entry().trainings["1"].measured is None


# Parents


def test_a_child_is_sent_only_when_its_parent_serves_and_is_pinned_to_its_model(stage: Stage) -> None:
    stage.specs = [a_spec("child", parent="parent"), a_spec("parent")]

    outcome = stage.apply()

    assert [e.address.name for e in outcome.events if isinstance(e, ev.Submitted)] == ["parent", "child"]
    parent, child = stage.cloud.job_of("parent"), stage.cloud.job_of("child")
    assert child.created >= parent.ends
    assert child.submission.parent_model == parent.model
    assert "vertex/parent to be trained" in _queued(outcome)


def test_grandchildren_wait_for_children(stage: Stage) -> None:
    stage.specs = [a_spec("a", parent="b"), a_spec("b", parent="c"), a_spec("c")]

    outcome = stage.apply()

    assert [e.address.name for e in outcome.events if isinstance(e, ev.Submitted)] == ["c", "b", "a"]


def test_a_child_of_a_parent_that_failed_is_not_trained(stage: Stage) -> None:
    stage.specs = [a_spec("child", parent="parent"), a_spec("parent")]
    stage.cloud.end_next("parent", FAILED)

    outcome = stage.apply()

    assert (outcome.codes, stage.cloud.jobs_made) == (["RUN001", "RUN003"], 1)
    assert "vertex/child" not in stage.lock.entries


def test_changed_bytes_behind_a_uri_train_where_the_spec_says_so(stage: Stage) -> None:
    stage.specs = [a_spec(on_data_change=OnDrift.RETUNE)]
    stage.apply()
    stage.cloud.objects[TRAIN] = bytes_of("other")

    stage.apply()

    assert stage.roles() == {"1": "deposed", "2": "serving"}
    assert pending(stage.plan()) == []
