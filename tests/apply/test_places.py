"""Places in the quota: jobs of the whole project count, and who waits says for whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.apply import WaitOptions
from reconciler.core import events as ev
from reconciler.core.model import LiveTraining, Status
from reconciler.core.places import quota_wait_s, waits_for
from reconciler.core.settings import Limits
from reconciler.files.catalog import shipped_catalog
from reconciler.render.repetitions import Repetitions
from tests.fakes.specs import a_gemini_spec, a_spec
from tests.fakes.stage import NO_WAIT, Outcome, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path, [a_spec()])
    stage.limits = Limits(concurrent_jobs=1)
    stage.catalog = shipped_catalog()
    return stage


def _queued(outcome: Outcome) -> list[str]:
    return [e.waiting_for for e in outcome.events if isinstance(e, ev.Queued)]


def _stranger(stage: Stage, *names: str, **place: str) -> None:
    """Somebody else's trainings in the same cloud, from a lock that nobody here sees."""
    theirs = Stage(stage.folder / "theirs")
    theirs.folder.mkdir(exist_ok=True)
    theirs.clock, theirs.cloud.clock = stage.clock, stage.clock
    theirs.cloud.jobs, theirs.cloud.numbers = stage.cloud.jobs, 100 + len(stage.cloud.jobs)
    theirs.specs = [a_spec(name, **place) for name in names]  # type: ignore[arg-type]  # places are texts
    theirs.apply(NO_WAIT)


@pytest.mark.parametrize("location", ["us-central1", "europe-west4"])
def test_a_strangers_job_counts_wherever_in_the_project_it_runs(stage: Stage, location: str) -> None:
    _stranger(stage, "theirs", location=location)
    theirs = stage.cloud.job_of("theirs")

    outcome = stage.apply()

    ours = stage.cloud.job_of("router")
    assert ours.created >= theirs.ends
    (said,) = set(_queued(outcome))
    assert said.startswith(f"a place (limits.concurrentJobs is 1; held by {theirs.name} since 20")
    assert stage.roles() == {"1": "serving"}


def test_a_job_in_a_location_of_the_specs_counts_that_no_catalogue_knows(stage: Stage) -> None:
    stage.specs = [a_spec(), a_spec("far", location="asia-east1")]
    _stranger(stage, "theirs", location="asia-east1")

    stage.apply()

    assert min(j.created for j in stage.cloud.jobs.values() if j.markers.name != "theirs") >= 12.0
    assert stage.cloud.running() == []


def test_jobs_of_another_project_and_of_the_gemini_api_take_no_place(stage: Stage) -> None:
    _stranger(stage, "theirs", project="another")
    stage.specs = [a_spec(), a_gemini_spec()]

    outcome = stage.apply()

    assert _queued(outcome) == []


def test_a_location_that_the_project_may_not_use_has_none_of_its_jobs(stage: Stage) -> None:
    stage.cloud.fail("jobs", "403")  # the first list is of a location beside the spec's
    stage.specs = [a_spec(location="us-central1")]

    outcome = stage.apply()

    assert stage.roles() in ({"1": "serving"}, {})
    assert "API122" not in outcome.codes or stage.cloud.jobs_made == 0


def test_our_own_trainings_that_hold_the_places_are_named_by_address(stage: Stage) -> None:
    stage.specs = [a_spec("one"), a_spec("two")]

    outcome = stage.apply()

    assert set(_queued(outcome)) == {"a place (limits.concurrentJobs is 1; held by vertex/one)"}


def test_when_the_stranger_has_ended_the_next_look_sends(stage: Stage) -> None:
    _stranger(stage, "theirs", location="europe-west4")

    left = stage.apply(NO_WAIT)
    stage.clock.sleep(60.0)
    outcome = stage.wait()

    assert stage.cloud.jobs_named("router") == 1
    assert (len(_queued(left)), outcome.codes) == (1, [])


def _live(name: str, created: str) -> LiveTraining:
    return LiveTraining("vertex", name, Status.IN_PROGRESS, "JOB_STATE_RUNNING", created=created)


def test_who_holds_the_places_is_said_with_since_when_and_no_more_than_three_are() -> None:
    jobs = [_live(f"jobs/{n}", f"2026-11-0{n}T08:12:44.5Z") for n in (3, 1, 2)]

    assert (
        waits_for(2, [], jobs[:1]) == "a place (limits.concurrentJobs is 2; held by jobs/3 since 2026-11-03 08:12 UTC)"
    )
    assert "vertex/a, jobs/1 since 2026-11-01 08:12 UTC, jobs/2 since" in waits_for(2, ["vertex/a"], jobs)
    assert waits_for(2, ["vertex/a"], jobs).endswith(" and 1 more)")


@pytest.mark.parametrize(("asked", "refusals", "waits"), [(None, 1, 15), (None, 2, 30), (None, 9, 300), (7.0, 3, 7)])
def test_a_spent_quota_is_asked_less_and_less_often_unless_the_service_says_when(
    asked: float | None, refusals: int, waits: float
) -> None:
    assert quota_wait_s(asked, refusals) == waits


def test_a_quota_that_stays_spent_is_not_asked_at_every_look_and_is_said_once(stage: Stage) -> None:
    stage.cloud.fail("create", *["spent"] * 6)
    said = Repetitions()

    outcome = stage.apply(WaitOptions(timeout_s=1200.0, poll_s=5.0))

    shown = [e for e in outcome.events if isinstance(e, ev.Queued) and not said.is_repetition(e)]
    asked = [e for e in outcome.events if isinstance(e, ev.Intended)]
    assert (len(asked), len(shown)) == (7, 1)
    assert not outcome.of(ev.IntentWithdrawn)
    assert stage.roles() == {"1": "serving"}
    assert stage.cloud.job_of("router").created >= 15 + 30 + 60 + 120 + 240 + 300


def test_a_place_that_changes_hands_is_said_again(stage: Stage) -> None:
    said = Repetitions()
    events: list[ev.Event] = []
    _stranger(stage, "first", location="europe-west4")
    for event in stage.applying(WaitOptions(poll_s=5.0)):
        if isinstance(event, ev.Queued) and len(events) < 1:
            stage.clock.sleep(12.0)
            _stranger(stage, "second")
        if isinstance(event, ev.Queued) and not said.is_repetition(event):
            events.append(event)

    assert [e.waiting_for.partition("tuningJobs/")[2].split()[0] for e in events if isinstance(e, ev.Queued)] == [
        stage.cloud.job_of(name).name.rpartition("/")[2] for name in ("first", "second")
    ]
