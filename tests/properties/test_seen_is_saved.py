"""What anybody has heard of is on disk already; and what the plan shows does not depend on the order of files."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec.structs import replace

from reconciler.core.advance import advance, changes_lock
from reconciler.core.checks import Permissions
from reconciler.core.events import Fact
from reconciler.core.lock import Entry, Lock
from reconciler.core.model import Desired
from reconciler.workflow.planning import make_plan
from tests.fakes.crash import Effects
from tests.fakes.specs import a_gemini_spec, a_spec
from tests.fakes.stage import NO_WAIT, Stage, actions
from tests.properties.scenarios import SCENARIOS


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_event_that_is_seen_is_saved_already(name: str, tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    SCENARIOS[name].begin(stage)

    saved = _Saved(stage=stage)
    unsaved = [
        e for e in stage.applying(effects=saved, **SCENARIOS[name].asked) if changes_lock(e) and not saved.has(e)
    ]

    assert unsaved == []
    assert stage.plan().is_empty


@dataclass(slots=True)
class _Saved(Effects):
    """The lock on the disk after each record: an event is heard of once one of them has it, and in their order."""

    stage: Stage = field(kw_only=True)
    locks: list[Lock] = field(default_factory=list)

    def boundary(self, label: str) -> None:
        Effects.boundary(self, label)
        if label.startswith("after record"):
            self.locks.append(self.stage.lock)

    def has(self, event: Fact) -> bool:
        number = next((n for n, lock in enumerate(self.locks) if _says(lock, event)), None)
        del self.locks[:number]
        return number is not None


def _says(lock: Lock, event: Fact) -> bool:
    """Whether a lock has the event in it: folding it in once more changes nothing but the revision."""
    again = advance(lock, event)
    return {a: _undated(e) for a, e in again.entries.items()} == {a: _undated(e) for a, e in lock.entries.items()}


def _undated(entry: Entry) -> Entry:
    return replace(entry, revision=0)


def test_an_event_that_is_not_in_the_lock_is_noticed_as_unsaved(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec()])
    events = [e for e in stage.apply().events if changes_lock(e)]

    said = [_says(Lock(), event) for event in events[:2]]  # what comes later says nothing of an entry that is gone

    assert not any(said)


@pytest.mark.parametrize("number", range(6))
def test_the_order_of_declarations_never_changes_the_plan(number: int, tmp_path: Path) -> None:
    specs = [a_spec("child", parent="parent"), a_spec("parent", epochs=4), a_gemini_spec()]
    stage = Stage(tmp_path, [a_spec("parent"), a_spec("old")])
    stage.apply(NO_WAIT)
    stage.specs = specs
    expected = stage.plan()

    order = list(itertools.permutations(specs))[number]
    stage.specs = list(order)
    world = stage.world()
    plan = make_plan(world, Desired({s.address: s for s in order}), world.options(), Permissions()).plan

    assert (plan.checksum, actions(plan.changes)) == (expected.checksum, actions(expected.changes))
