"""Every create is preceded by a look that began after its intent was durable: what is there is not paid for again."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from reconciler.core.attempts import markers_for
from reconciler.core.events import ChangeApproved
from reconciler.core.lock import Phase, Submission
from reconciler.core.markers import tuned_model_id
from reconciler.core.model import Address, Declared
from reconciler.core.settings import Limits
from tests.fakes.cloud import FAILED
from tests.fakes.crash import Effects, Killed
from tests.fakes.specs import WORKSPACE, a_gemini_spec, a_spec
from tests.fakes.stage import NO_WAIT, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def _spec(service: str, name: str = "router") -> Declared:
    return a_gemini_spec(name) if service == "gemini" else a_spec(name)


def _declare(stage: Stage, service: str, count: int = 2) -> None:
    stage.specs = [_spec(service, f"model{n}") for n in range(count)]


def _queued(stage: Stage) -> bytes:
    """One trains, the others are approved and wait for its place: what a short-lived job leaves, and its lock."""
    stage.limits = Limits(concurrent_jobs=1, list_lag_s=600.0)
    stage.apply(NO_WAIT)
    return stage.path.read_bytes()


def _approved(stage: Stage, count: int) -> None:
    """Killed as soon as so many changes are approved."""
    events = stage.applying()
    approved = (e for e in events if isinstance(e, ChangeApproved))
    for _ in range(count):
        next(approved)
    assert isinstance(events, Generator)
    events.close()


@pytest.mark.parametrize("again", ["wait", "apply"])
def test_an_older_lock_does_not_train_again_what_was_queued_in_it(stage: Stage, again: str) -> None:
    _declare(stage, "vertex", 3)
    older = _queued(stage)
    stage.wait()

    stage.path.write_bytes(older)
    outcome = stage.wait() if again == "wait" else stage.apply()

    assert (outcome.error, stage.cloud.jobs_made, stage.cloud.twice) == (None, 3, [])
    assert stage.plan().is_empty


@pytest.mark.parametrize("service", ["vertex", "gemini"])
@pytest.mark.parametrize("again", ["wait", "apply"])
def test_a_lock_from_before_any_create_takes_what_was_made_since(stage: Stage, service: str, again: str) -> None:
    _declare(stage, service, 2)
    _approved(stage, 2)
    older = stage.path.read_bytes()
    stage.wait()

    stage.path.write_bytes(older)
    stage.wait() if again == "wait" else stage.apply()

    assert (stage.cloud.jobs_made, stage.cloud.twice) == (2, [])


def test_one_list_a_place_serves_all_creates_of_a_tick(stage: Stage) -> None:
    _declare(stage, "vertex", 5)

    stage.apply(NO_WAIT)

    assert (len(stage.cloud.calls("create")), len(stage.cloud.calls("find"))) == (5, 1)


def test_the_look_begins_after_every_intent_of_its_tick_is_durable(stage: Stage) -> None:
    _declare(stage, "vertex", 3)
    effects = Effects()

    list(stage.applying(NO_WAIT, effects=effects))

    look = effects.seen.index("before find")
    assert [e for e in effects.seen[look:] if e == "after record Intended"] == []
    assert effects.seen[:look].count("after record Intended") == 3
    assert "before create" not in effects.seen[:look]


def test_a_first_create_does_not_wait_for_lists_that_lag(stage: Stage) -> None:
    _declare(stage, "vertex", 1)
    began = stage.clock.now()

    stage.apply(NO_WAIT)

    assert (stage.cloud.jobs_made, stage.clock.now()) == (1, began)


@pytest.mark.parametrize("fault", ["unavailable", "403"])
def test_a_look_that_fails_sends_nothing_and_leaves_no_intent(stage: Stage, fault: str) -> None:
    _declare(stage, "vertex", 1)
    stage.cloud.fail("find", fault)

    stage.apply(NO_WAIT)

    assert stage.cloud.jobs_made == 0
    assert [t for e in stage.lock.entries.values() for t in e.trainings.values()] == []
    stage.apply()
    assert stage.cloud.jobs_made == 1


def test_what_another_clone_made_between_plan_and_create_is_taken(tmp_path: Path) -> None:
    one, other = _clones(tmp_path)
    _approved(one, 1)
    assert other.apply().error is None

    one.wait()

    assert (one.cloud.jobs_made, one.roles()) == (1, {"1": "serving"})


def test_a_failed_job_is_history_and_does_not_keep_an_approved_create_from_being_sent(tmp_path: Path) -> None:
    one, other = _clones(tmp_path)
    _approved(one, 1)
    one.cloud.end_next("router", FAILED)
    other.apply()

    one.wait()

    assert (one.cloud.jobs_made, one.roles()) == (2, {"1": "serving"})


def test_what_was_forgotten_is_not_taken(stage: Stage) -> None:
    stage.specs = [a_spec()]
    stage.apply()
    stage.forget()

    stage.apply()

    assert stage.cloud.jobs_made == 2


@pytest.mark.parametrize("service", ["vertex", "gemini"])
def test_a_replace_that_was_asked_for_trains_beside_what_is_the_same(stage: Stage, service: str) -> None:
    stage.specs = [_spec(service)]
    stage.apply()

    stage.apply(replace=[f"{service}/router"])

    assert stage.cloud.jobs_made == 2
    assert stage.roles(f"{service}/router") == {"1": "deposed", "2": "serving"}


def test_the_age_of_a_lost_create_is_counted_from_the_end_of_its_call_to_the_start_of_the_list(stage: Stage) -> None:
    """The create took half of the lag to fail, and the list that misses it takes its time as well."""
    stage.specs = [a_spec()]
    stage.limits = Limits(list_lag_s=600.0)
    stage.cloud.list_lag_s = 599.0
    stage.cloud.fail("create", "lost")
    slow = 300.0
    stage.cloud.slow = {"create": slow, "find": slow}

    stage.apply()

    assert (stage.cloud.jobs_made, stage.cloud.twice) == (1, [])


@pytest.mark.parametrize("longest_s", [0.0, 250.0])
def test_of_a_killed_run_the_longest_that_a_request_may_take_counts(stage: Stage, longest_s: float) -> None:
    stage.specs = [a_spec()]
    stage.limits = Limits(list_lag_s=600.0)
    stage.cloud.longest_create_s = longest_s
    began = stage.clock.now()
    _killed(stage, Effects(die_at=_until(stage, "before create")))
    (training,) = stage.entry().trainings.values()
    assert training.phase is Phase.INTENDED

    stage.wait()

    sent = stage.cloud.job_of("router").created
    assert sent - began >= 600.0 + longest_s


def _until(stage: Stage, label: str) -> int:
    """The number of the boundary, from a run in a folder of its own."""
    folder = stage.folder / "probe"
    folder.mkdir()
    probe = Stage(folder, specs=stage.specs, limits=stage.limits)
    effects = Effects()
    list(probe.applying(effects=effects))
    return effects.seen.index(label) + 1


def _killed(stage: Stage, effects: Effects) -> None:
    with pytest.raises(Killed):
        list(stage.applying(effects=effects))


def test_a_create_that_arrives_late_is_found_by_its_id_after_an_edit_and_cancelled(stage: Stage) -> None:
    """The Gemini API: the create timed out, its spec was edited, and only then it was carried out."""
    stage.specs = [a_gemini_spec("numbers")]
    stage.cloud.fail("create", "unanswered")
    stage.apply(NO_WAIT)
    (attempt,) = stage.entry("gemini/numbers").trainings
    sent = stage.entry("gemini/numbers").trainings[attempt].submission

    stage.specs = [a_gemini_spec("numbers", epochs=9)]
    stage.clock.meanwhile = [lambda: _arrives(stage, sent, attempt)]
    outcome = stage.apply()

    assert "IntentWithdrawn" not in outcome.words
    known = {t.job for t in stage.entry("gemini/numbers").trainings.values()}
    assert {j.name for j in stage.cloud.jobs.values() if not stage.cloud.status(j).is_terminal} <= known
    late = next(j for j in stage.cloud.jobs.values() if j.markers.attempt == attempt)
    assert late.cancel_asked is not None


def test_a_late_create_of_the_gemini_api_is_found_by_a_cancel(stage: Stage) -> None:
    stage.specs = [a_gemini_spec("numbers")]
    stage.cloud.fail("create", "unanswered")
    stage.apply(NO_WAIT)
    training = stage.entry("gemini/numbers").trainings["1"]
    stage.clock.meanwhile = [lambda: _arrives(stage, training.submission, "1")]

    stage.cancel("gemini/numbers")

    (job,) = stage.cloud.jobs.values()
    assert job.cancel_asked is not None


def _arrives(stage: Stage, submission: Submission, attempt: str) -> None:
    markers = markers_for(submission, WORKSPACE, "numbers", attempt)
    stage.cloud.make("gemini", f"tunedModels/{tuned_model_id(submission.project, markers)}", submission, markers)


def test_a_create_that_may_have_been_sent_is_not_withdrawn_because_its_examples_are_not_at_hand(stage: Stage) -> None:
    stage.specs = [a_gemini_spec("numbers")]
    stage.cloud.fail("create", "unanswered")
    stage.apply(NO_WAIT)

    outcome = stage.wait(specs=False)

    assert outcome.codes == ["RUN008"]
    assert [t.phase for t in stage.entry("gemini/numbers").trainings.values()] == [Phase.INTENDED]


@pytest.mark.parametrize("service", ["vertex", "gemini"])
def test_forgetting_an_unanswered_create_buries_the_job_that_came_of_it(stage: Stage, service: str) -> None:
    address = f"{service}/router"
    stage.specs = [_spec(service)]
    stage.cloud.list_lag_s = 100.0
    stage.cloud.fail("create", "lost")
    stage.apply(NO_WAIT)
    stage.forget(address)
    stage.cloud.settle_visibility()

    (change,) = stage.plan().changes

    assert (change.action.word, change.attempt) == ("create", "2")
    stage.apply()
    assert stage.roles(address) == {"2": "serving"}
    assert str(Address.parse(address)) in stage.lock.tombstones


def _clones(folder: Path) -> tuple[Stage, Stage]:
    (folder / "0").mkdir()
    (folder / "1").mkdir()
    one = Stage(folder / "0", specs=[a_spec()])
    other = Stage(folder / "1", specs=[a_spec()], clock=one.clock)
    other.cloud = one.cloud
    return one, other
