"""What a spec no longer says comes off the Model and the Endpoint, whenever it was taken out, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.model import Action, Declared
from tests.fakes.cloud import NO_ENDPOINT
from tests.fakes.crash import Effects
from tests.fakes.specs import a_gemini_spec, a_spec
from tests.fakes.stage import NO_WAIT, Stage

_BOTH = {"team": "a", "env": "prod"}


def _router(*, epochs: int = 3, is_whole: bool = True, **more: Any) -> Declared:
    if is_whole:
        return a_spec(epochs=epochs, labels=_BOTH, description="Sorts", **more)
    return a_spec(epochs=epochs, labels={"team": "a"}, **more)


def _numbers(*, epochs: int = 5, is_whole: bool = True, **more: Any) -> Declared:
    return a_gemini_spec(epochs=epochs, description="Counts" if is_whole else None, **more)


def _left(stage: Stage, attempt: str = "1") -> list[str]:
    """Where something of it still shows that the spec does not say."""
    job = next(j for j in stage.cloud.jobs.values() if j.markers.attempt == attempt or j.backend == "gemini")
    return [n for n, f in job.resources.items() if "description" in f or "env" in f.get("labels", {})]


@pytest.mark.parametrize("made", [_router, _numbers], ids=["vertex", "gemini"])
def test_a_field_that_is_removed_while_it_trains_is_gone_when_it_serves(
    made: Callable[..., Declared], tmp_path: Path
) -> None:
    stage = Stage(tmp_path, [made()])
    stage.apply(NO_WAIT)
    stage.specs = [made(is_whole=False)]

    stage.apply()

    assert _left(stage) == []
    assert stage.plan().is_empty


def test_a_field_that_is_removed_while_the_successor_trains_is_gone_when_that_serves(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [_router(is_whole=False)])
    stage.apply()
    stage.specs = [_router(epochs=5)]
    stage.apply(NO_WAIT)
    stage.specs = [_router(epochs=5, is_whole=False)]

    stage.apply()

    assert _left(stage, "2") == []
    assert stage.plan().is_empty


def test_a_run_that_is_killed_between_serving_and_patching_takes_it_off_the_next_time(tmp_path: Path) -> None:
    """Every boundary of the run: wherever it dies, the next one finishes."""
    for die_at in range(1, 40):
        folder = tmp_path / str(die_at)
        folder.mkdir()
        stage = Stage(folder, [_router()])
        stage.apply(NO_WAIT)
        stage.specs = [_router(is_whole=False)]
        stage.apply(effects=Effects(die_at=die_at))
        stage.apply()

        assert _left(stage) == [], die_at
        assert stage.plan().is_empty, die_at


def test_what_was_patched_onto_a_model_comes_off_when_it_is_restored(tmp_path: Path) -> None:
    """It was sent without the label, got it by a patch, and was deposed when the spec lost it with other edits."""
    stage = Stage(tmp_path, [a_spec(labels={"team": "a"})])
    stage.apply()
    stage.specs = [_router()]
    stage.apply()
    stage.specs = [_router(epochs=5, is_whole=False)]
    stage.apply()
    stage.specs = [_router(epochs=3, is_whole=False)]

    change = stage.change()
    stage.apply()

    assert change.action is Action.RESTORE
    assert sorted(f.field for f in change.fields if f.resource_name) == ["description", "labels.env"]
    assert _left(stage) == []
    assert stage.plan().is_empty


def test_what_a_job_was_sent_with_comes_off_a_model_that_is_restored(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [_router()])
    stage.apply()
    stage.specs = [_router(epochs=5, is_whole=False)]
    stage.apply()
    stage.specs = [_router(epochs=3, is_whole=False)]

    stage.apply()

    assert _left(stage) == []
    assert stage.plan().is_empty


@pytest.mark.parametrize("is_over", [True, False], ids=["ready", "running"])
def test_what_a_job_says_it_was_sent_with_comes_off_when_it_is_found_by_its_markers(
    is_over: bool, tmp_path: Path
) -> None:
    stage = Stage(tmp_path, [_router()])
    stage.apply(None if is_over else NO_WAIT)
    stage.path.unlink()
    stage.specs = [_router(is_whole=False)]

    stage.apply()

    assert stage.cloud.jobs_made == 1
    assert _left(stage) == []
    assert stage.plan().is_empty


def test_protection_that_was_lifted_comes_off_a_model_that_is_found_by_its_markers(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec(protect=True)])
    stage.apply()
    stage.path.unlink()
    stage.specs = [a_spec()]

    stage.apply()

    job = stage.cloud.job_of("router")
    assert ["tuneform-protect" in fields["labels"] for fields in job.resources.values()] == [False, False]
    assert stage.plan().is_empty


def test_a_create_that_was_lost_and_found_loses_what_the_spec_lost_meanwhile(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [_router()])
    stage.cloud.fail("create", "lost")
    stage.apply(NO_WAIT)
    stage.specs = [_router(is_whole=False)]

    stage.apply()

    assert stage.cloud.jobs_made == 1
    assert _left(stage) == []


def test_a_cancelled_job_that_ends_first_and_serves_carries_what_the_spec_says(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [_router()])
    stage.apply(NO_WAIT)
    stage.cloud.cancel_wins = False
    stage.specs = [_router(epochs=5, is_whole=False)]
    stage.apply(NO_WAIT)
    stage.specs = [_router(epochs=3, is_whole=False)]

    for _ in range(4):
        stage.apply()

    assert _left(stage) == []
    assert stage.plan().is_empty


def test_what_an_earlier_version_left_on_a_model_that_serves_comes_off(tmp_path: Path) -> None:
    """0.1.0 wrote the lock as if it had been patched."""
    stage = Stage(tmp_path, [_router()])
    stage.apply()
    job = stage.cloud.job_of("router")
    was = {name: dict(fields) for name, fields in job.resources.items()}
    stage.specs = [_router(is_whole=False)]
    stage.apply()
    job.resources.update(was)

    stage.apply()

    assert _left(stage) == []
    assert stage.plan().is_empty


def test_what_others_wrote_on_the_model_of_a_training_stays(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec(labels={"team": "a", "env": "prod"})])
    stage.apply(NO_WAIT)
    stage.clock.time += 60
    job = stage.cloud.job_of("router")
    stage.cloud.state(job)
    for fields in job.resources.values():
        fields["labels"] = {**fields["labels"], "theirs": "1"}
        fields["description"] = "mine"
    stage.specs = [a_spec(labels={"team": "a"})]

    stage.apply()

    shown = [(f["labels"].get("theirs"), f["labels"].get("env"), f["description"]) for f in job.resources.values()]
    assert shown == [("1", None, "mine")] * 2


def test_a_failed_successor_leaves_what_serves_as_the_spec_says(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [_router()])
    stage.apply()
    stage.cloud.end_next("router", NO_ENDPOINT)
    stage.specs = [_router(epochs=5, is_whole=False)]
    stage.apply()
    stage.specs = [_router(epochs=3, is_whole=False)]

    stage.apply()

    assert _left(stage) == []
    assert stage.plan().is_empty
