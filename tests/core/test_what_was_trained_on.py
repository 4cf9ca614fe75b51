"""What the lock comes to know of a training's data after it was submitted: was it that, and was all of it used."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.core import events as ev
from reconciler.core.advance import advance, changes_lock
from reconciler.core.change import Change
from reconciler.core.lock import DroppedRecord, Lock, Milestone, Role, Training
from reconciler.core.model import Action, Declared, Dropped
from tests.fakes.planning import change_of, codes_of
from tests.fakes.specs import a_file, a_live, a_live_training, a_lock, a_spec, a_training, an_entry

AT = "2026-11-21T12:00:00Z"
WORDS = "gs://acme-tuning/train.jsonl was there when the job was submitted and is gone."


def _lock(spec: Declared, **more: Any) -> Lock:
    return a_lock([(spec, an_entry(spec, a_training(spec, **more)))])


def _training(lock: Lock, spec: Declared) -> Training:
    entry = lock.entry(spec.address)
    assert entry is not None
    return entry.trainings["1"]


@pytest.mark.parametrize("unproven", ["", WORDS])
def test_a_look_at_the_data_is_recorded_with_its_time(unproven: str) -> None:
    spec = a_spec()
    event = ev.DataSeen(spec.address, "1", unproven, AT)

    training = _training(advance(_lock(spec), event), spec)

    assert changes_lock(event)
    assert training.times[Milestone.DATA_SEEN] == AT
    assert training.data_unproven == unproven


def _planned(spec: Declared, lock: Lock) -> Change:
    return change_of(spec, lock, a_live(a_live_training(spec)))


def test_a_plan_says_that_nobody_knows_what_serves() -> None:
    spec = a_spec()

    change = _planned(spec, _lock(spec, data_unproven=WORDS))

    assert change.action is Action.NOOP
    (note,) = change.notes
    assert (note.code, note.detail, str(note.command)) == ("PLAN118", WORDS, "tuneform apply --replace vertex/router")


def test_data_that_was_seen_needs_no_word() -> None:
    spec = a_spec()

    assert _planned(spec, _lock(spec, times={Milestone.DATA_SEEN: AT})).notes == ()


def test_a_replace_answers_the_doubt() -> None:
    spec = a_spec()

    change = _planned(a_spec(epochs=9), _lock(spec, data_unproven=WORDS))

    assert change.action is Action.REPLACE
    assert "PLAN118" not in codes_of(change)


def _ended(spec: Declared, dropped: Dropped | None) -> Training:
    live = a_live_training(spec, dropped=dropped)
    lock = _lock(spec, role=Role.CANDIDATE)
    return _training(advance(lock, ev.TrainingEnded(spec.address, "1", live, AT)), spec)


def test_what_was_dropped_is_counted_against_the_examples_of_the_file() -> None:
    training = _ended(a_spec(data=replace(a_file(), examples=50)), Dropped(2, (3, 30), ("too long", "too long"), 99))

    assert training.dropped == DroppedRecord(count=2, total=50, examples=(3, 30), reasons=("too long", "too long"))
    assert training.dropped.percent == 4.0


def test_without_a_count_of_ours_the_services_own_counts() -> None:
    training = _ended(a_spec(), Dropped(2, (3,), ("too long",), 38))

    assert training.dropped is not None
    assert (training.dropped.total, training.dropped.percent) == (40, 5.0)


def test_without_any_count_there_is_no_share() -> None:
    training = _ended(a_spec(), Dropped(2))

    assert training.dropped is not None
    assert training.dropped.percent is None


def test_a_training_that_used_everything_says_nothing() -> None:
    assert _ended(a_spec(), None).dropped is None
