"""A run that dies at any effect is finished by the next one, and nothing is trained twice.

Every boundary of every effect of every scenario is enumerated, not sampled.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.crash import Effects
from tests.fakes.stage import Stage
from tests.properties.scenarios import SCENARIOS, Scenario, settled, verdict

_MEMORY = Path("/dev/shm")


@pytest.fixture
def folders() -> Iterator[Iterator[Path]]:
    """Fresh folders in memory, where there is such a thing: a crash matrix syncs many thousand times."""
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as root:
        yield _numbered(Path(root))


def _numbered(root: Path) -> Iterator[Path]:
    number = 0
    while True:
        number += 1
        folder = root / str(number)
        folder.mkdir()
        yield folder


def _undisturbed(scenario: Scenario, folder: Path) -> tuple[dict[str, Any], int]:
    stage = Stage(folder)
    scenario.begin(stage)
    effects = Effects()
    stage.apply(effects=effects, **scenario.asked)
    settled(stage)
    return verdict(stage), len(effects.seen)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_run_killed_at_any_effect_is_finished_by_the_next_one(name: str, folders: Iterator[Path]) -> None:
    scenario = SCENARIOS[name]
    expected, boundaries = _undisturbed(scenario, next(folders))
    different = {}

    for die_at in range(1, boundaries + 1):
        stage = Stage(next(folders))
        scenario.begin(stage)
        effects = Effects(die_at=die_at)
        outcome = stage.apply(effects=effects, **scenario.asked)
        assert outcome.killed
        settled(stage)
        found = verdict(stage)
        if found != expected:
            different[f"{die_at} {effects.seen[-1]}"] = found

    assert expected["plan"] == []
    assert boundaries > 4
    assert different == {}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_run_stopped_after_any_event_is_finished_by_the_next_one(name: str, folders: Iterator[Path]) -> None:
    scenario = SCENARIOS[name]
    stage = Stage(next(folders))
    scenario.begin(stage)
    events = len(stage.apply(**scenario.asked).events)
    settled(stage)
    expected, different = verdict(stage), {}

    for stop_after in range(1, events + 1):
        stage = Stage(next(folders))
        scenario.begin(stage)
        run = stage.applying(**scenario.asked)
        seen = [next(run) for _ in range(stop_after)]
        run.close()  # type: ignore[attr-defined]
        settled(stage)
        found = verdict(stage)
        if found != expected:
            different[f"{stop_after} {type(seen[-1]).__name__}"] = found

    assert events > 0
    assert different == {}


@pytest.mark.parametrize("name", SCENARIOS)
def test_wait_finishes_what_a_killed_apply_had_approved(name: str, folders: Iterator[Path]) -> None:
    scenario = SCENARIOS[name]
    stage = Stage(next(folders))
    scenario.begin(stage)
    effects = Effects()
    stage.apply(effects=effects, **scenario.asked)
    expected = dict(stage.cloud.created)
    approved = max((n for n, label in enumerate(effects.seen) if label == "after record ChangeApproved"), default=0)

    for die_at in range(approved + 2, len(effects.seen) + 1):
        stage = Stage(next(folders))
        scenario.begin(stage)
        stage.apply(effects=Effects(die_at=die_at), **scenario.asked)
        stage.wait()

        assert dict(stage.cloud.created) == expected, die_at
        assert all(entry.approved == () for entry in stage.lock.entries.values()), die_at
