"""--no-wait, wait, --timeout, services that do not answer, and what is left for the next run."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.apply import WaitOptions
from reconciler.core import events as ev
from reconciler.core.gate_spec import Bound, GateSpec
from reconciler.core.model import Declared
from reconciler.core.settings import Limits
from tests.fakes.cloud import FAILED
from tests.fakes.specs import a_file, a_gemini_spec, a_spec
from tests.fakes.stage import NO_WAIT, Outcome, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, [a_spec()])


def _left(outcome: Outcome) -> list[str]:
    return [e.why for e in outcome.events if isinstance(e, ev.ChangeLeft)]


def test_no_wait_submits_and_says_what_is_left(stage: Stage) -> None:
    outcome = stage.apply(NO_WAIT)

    assert outcome.words == ["ChangeStarted", "ChangeApproved", "Intended", "Submitted", "ChangeLeft"]
    assert _left(outcome) == ["still training (--no-wait)"]
    assert stage.clock.now() == 1_790_000_000.0


def test_no_wait_submits_what_fits_and_leaves_the_rest(stage: Stage) -> None:
    stage.limits = Limits(concurrent_jobs=1)
    stage.specs = [a_spec("one"), a_spec("two")]

    outcome = stage.apply(NO_WAIT)

    assert stage.cloud.jobs_made == 1
    assert _left(outcome)[1].startswith("queued: waits for a place")


def test_wait_finishes_what_was_approved_without_any_specs(stage: Stage) -> None:
    stage.limits = Limits(concurrent_jobs=1)
    stage.specs = [a_spec("one"), a_spec("two")]
    stage.apply(NO_WAIT)

    outcome = stage.wait(specs=False)

    assert [e.address.name for e in outcome.events if isinstance(e, ev.ChangeDone)] == ["one", "two"]
    assert (stage.plan().is_empty, stage.cloud.jobs_made) == (True, 2)


def test_wait_does_exactly_what_was_approved_and_nothing_else(stage: Stage) -> None:
    stage.apply(NO_WAIT)
    stage.specs = [a_spec(epochs=9), a_spec("new")]

    stage.wait()

    assert stage.cloud.jobs_made == 1
    assert list(stage.lock.entries) == ["vertex/router"]


def test_wait_with_nothing_approved_does_nothing(stage: Stage) -> None:
    stage.apply()

    assert stage.wait().events == []


def test_wait_judges_by_the_gate_that_was_approved(stage: Stage) -> None:
    stage.specs = [a_spec(gate=GateSpec(metrics={"eval_total_loss": Bound(max=0.5)}))]
    stage.cloud.metrics["eval_total_loss"] = 0.9
    stage.apply(NO_WAIT)

    outcome = stage.wait(specs=False)

    assert (outcome.codes, stage.roles()) == (["RUN004"], {"1": "failed"})


def test_a_queued_gemini_create_needs_the_specs_for_its_examples(stage: Stage) -> None:
    stage.specs = [a_gemini_spec()]
    stage.cloud.fail("create", "unavailable")
    stage.apply(NO_WAIT)

    outcome = stage.wait(specs=False)

    assert (outcome.codes, stage.cloud.jobs_made, stage.lock.entries) == (["RUN008"], 0, {})


def test_a_timeout_bounds_the_wait_and_changes_nothing(stage: Stage) -> None:
    started = stage.clock.now()

    outcome = stage.apply(WaitOptions(timeout_s=7.0))

    assert stage.clock.now() - started <= 7.0
    assert _left(outcome) == ["still training after 7 s (--timeout)"]
    assert stage.roles() == {"1": "candidate"}
    assert stage.entry().trainings["1"].error == ""


def test_many_short_calls_are_as_good_as_a_long_one(stage: Stage) -> None:
    stage.specs = [a_spec("child", parent="parent"), a_spec("parent"), a_gemini_spec()]
    stage.limits = Limits(concurrent_jobs=1)
    stage.apply(NO_WAIT)

    for _ in range(8):
        stage.clock.sleep(6.0)
        stage.wait(NO_WAIT)

    assert stage.plan().is_empty
    assert stage.cloud.jobs_made == 3


def test_the_hold_is_never_kept_while_waiting(stage: Stage) -> None:
    other = Stage(stage.folder)
    other.clock, other.cloud = stage.clock, stage.cloud
    told = []
    stage.clock.meanwhile.append(lambda: told.append(other.cancel(wait=NO_WAIT)))

    stage.apply()

    assert [(o.error, o.words[-1]) for o in told] == [(None, "ChangeDone")]
    assert stage.roles() == {"1": "failed"}


# Services that do not answer


def test_a_poll_that_fails_in_passing_is_noted_once_and_made_again(stage: Stage) -> None:
    stage.cloud.duration_s = 30.0
    stage.cloud.fail("poll", "unavailable", "unavailable", "ok", "unavailable")

    outcome = stage.apply()

    assert outcome.codes == ["RUN006", "RUN006"]
    assert stage.roles() == {"1": "serving"}


def test_a_service_that_stays_away_is_left_for_wait(stage: Stage) -> None:
    stage.cloud.fail("poll", *["unavailable"] * 20)

    outcome = stage.apply()
    stage.cloud.faults.clear()
    stage.wait()

    assert _left(outcome) == ["the service does not answer"]
    assert (stage.roles(), stage.cloud.jobs_made) == ({"1": "serving"}, 1)


def test_a_service_that_stays_away_for_one_does_not_end_the_others(stage: Stage) -> None:
    stage.specs = [a_spec("bad"), a_spec("good")]
    stage.cloud.duration_s = 100.0
    stage.cloud.fail("poll", *["unavailable", "ok"] * 8)

    stage.apply()

    assert stage.plan().is_empty


@pytest.mark.parametrize("word", ["401", "ended"])
def test_credentials_that_end_while_waiting_end_the_wait_with_4(stage: Stage, word: str) -> None:
    stage.cloud.fail("poll", word)

    outcome = stage.apply()

    assert outcome.error is not None
    assert outcome.error.exit_code == 4
    assert stage.roles() == {"1": "candidate"}
    assert stage.wait().words[-1] == "ChangeDone"


@pytest.mark.parametrize("word", ["403", "refused"])
@pytest.mark.parametrize("spec", [a_spec(), a_gemini_spec()], ids=["vertex", "gemini"])
def test_a_training_that_nobody_may_look_at_stays_approved_and_the_next_wait_finishes_it(
    stage: Stage, spec: Declared, word: str
) -> None:
    """It failed once and for all: `wait` had nothing left to do, though what it waited for was trained and paid."""
    stage.specs = [spec]
    stage.apply(NO_WAIT)
    stage.cloud.fail("poll", word)

    troubled = stage.wait()
    again = stage.wait()

    assert [type(e).__name__ for e in troubled.events][-1] == "ChangeFailed"
    assert again.words[-1] == "ChangeDone"
    assert stage.roles(str(spec.address)) == {"1": "serving"}


@pytest.mark.parametrize("depth", [1, 2])
def test_nobody_waits_for_a_parent_that_nobody_may_look_at(stage: Stage, depth: int) -> None:
    """The child was queued for ever, and apply never ended. What has nothing to do with it is finished."""
    child, grandchild = a_spec("child", parent="router"), a_spec("grandchild", parent="child")
    stage.specs = [a_spec(), a_spec("second"), *[child, grandchild][:depth]]
    stage.apply(NO_WAIT)
    stage.cloud.fail("poll", "403")

    outcome = stage.wait()

    assert "vertex/router" in [str(e.address) for e in outcome.events if isinstance(e, ev.ChangeFailed)]
    assert stage.roles("vertex/second") == {"1": "serving"}
    assert {why.partition(":")[0] for why in _left(outcome)} == {"queued"}
    assert len(_left(outcome)) == depth
    assert stage.wait().error is None
    assert stage.roles("vertex/child") == {"1": "serving"}


def test_a_403_whose_text_has_a_401_in_it_is_no_end_of_credentials(stage: Stage) -> None:
    stage.specs = [a_spec("model-401"), a_spec("other")]
    stage.cloud.fail("create", "403")

    outcome = stage.apply()

    assert (outcome.error, outcome.codes) == (None, ["API122"])


def test_a_training_that_vanishes_while_it_is_waited_for_ends_its_change(stage: Stage) -> None:
    stage.specs = [a_gemini_spec()]
    stage.apply(NO_WAIT)
    stage.cloud.jobs.clear()

    outcome = stage.wait()

    assert outcome.codes == ["API303"]
    assert stage.entry("gemini/numbers").approved == ()


def test_somebody_who_cancels_in_the_console_ends_the_change(stage: Stage) -> None:
    stage.apply(NO_WAIT)
    stage.cloud.job_of("router").cancel_asked = stage.clock.now()

    outcome = stage.wait()

    assert (outcome.codes, stage.roles()) == (["RUN002"], {"1": "failed"})


# What a later apply makes of what an earlier one left


def test_a_queued_replace_is_withdrawn_when_the_spec_is_back(stage: Stage) -> None:
    stage.apply()
    stage.specs = [a_spec(epochs=5)]
    stage.cloud.quota = 0
    stage.apply(NO_WAIT)
    stage.specs = [a_spec()]
    stage.cloud.quota = None

    outcome = stage.apply()
    stage.wait()

    (done,) = [e for e in outcome.events if isinstance(e, ev.ChangeDone)]
    assert done.outcome == "the approved replace is not in the plan any more"
    assert (stage.roles(), stage.cloud.jobs_made) == ({"1": "serving"}, 1)


def test_a_queued_create_is_withdrawn_with_its_spec(stage: Stage) -> None:
    stage.cloud.quota = 0
    stage.apply(NO_WAIT)
    stage.specs = []
    stage.cloud.quota = None

    stage.apply()

    assert (stage.lock.entries, stage.cloud.jobs_made) == ({}, 0)


def test_an_upload_that_fails_does_not_begin_what_an_earlier_run_had_approved(stage: Stage) -> None:
    stage.specs = [a_spec(data=a_file("one"))]
    stage.cloud.quota = 0
    stage.apply(NO_WAIT)
    stage.specs = [a_spec(data=a_file("two"))]
    stage.cloud.quota = None
    stage.cloud.fail("upload", "403")

    stage.apply()
    stage.wait()

    assert (stage.cloud.jobs_made, stage.lock.entries) == (0, {})


def test_a_failure_that_nobody_saw_is_recorded_by_the_next_apply(stage: Stage) -> None:
    stage.cloud.end_next("router", FAILED)
    stage.apply(NO_WAIT)
    stage.clock.sleep(60.0)

    outcome = stage.apply()

    assert outcome.words == ["TrainingEnded", "ChangeDone"]
    assert (stage.roles(), stage.entry().approved) == ({"1": "failed"}, ())
    assert stage.apply().events == []
