"""`promote: manual`: what is trained and passed waits, what served serves on, and what ends the wait."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace as with_fields

from reconciler.core.advance import advance
from reconciler.core.change import Change, Decided, ReasonCode
from reconciler.core.events import AwaitsPromotion, ChangeApproved, Served
from reconciler.core.gate_spec import GateSpec, Prompt
from reconciler.core.lock import Approved, Entry, Judgement, Milestone, Pin, Promotion, Role
from reconciler.core.merge import merge_locks
from reconciler.core.model import Action, Declared, Desired, Live, Promote, Status
from reconciler.core.plan import plan_changes
from reconciler.core.situation import PlanOptions
from tests.fakes.planning import change_of, codes_of
from tests.fakes.specs import (
    STAGING,
    WORKSPACE,
    a_live,
    a_live_training,
    a_lock,
    a_spec,
    a_training,
    an_entry,
)

ADDRESS = "vertex/router"
AT = "2026-09-05T00:00:00Z"


def _spec(*, epochs: int = 5, promote: Promote = Promote.MANUAL, **more: Any) -> Declared:
    return a_spec(epochs=epochs, promote=promote, **more)


OLD, NEW = _spec(epochs=3), _spec()


def _waits(spec: Declared, attempt: str, **more: Any) -> Any:
    return a_training(spec, attempt, role=Role.PENDING, **{"times": {Milestone.PENDING: AT}, **more})


def _entry(**waits: Any) -> Entry:
    """Attempt 1 serves, attempt 2 waits."""
    return an_entry(OLD, a_training(OLD, "1"), _waits(NEW, "2", **waits))


def _live(**more: Any) -> Live:
    return a_live(a_live_training(OLD, "1"), a_live_training(NEW, "2", **more))


def _change(spec: Declared, entry: Entry | None = None, live: Live | None = None, **asked: Any) -> Change:
    return change_of(spec, a_lock([(OLD, entry or _entry())]), live or _live(), **asked)


def test_what_is_trained_waits_and_what_served_serves_on() -> None:
    change = _change(NEW)

    assert (change.action, change.attempt, change.held) == (Action.NOOP, "1", Decided.PENDING)
    assert (change.reason.code, codes_of(change)) == (ReasonCode.WAITS, ["PLAN027"])
    assert "promote vertex/router" in str(change.notes[0].command)


def test_a_first_model_waits_and_nothing_serves() -> None:
    entry = an_entry(NEW, _waits(NEW, "1"))

    change = _change(NEW, entry, a_live(a_live_training(NEW, "1")))

    assert (change.action, change.attempt, change.held) == (Action.NOOP, "1", Decided.PENDING)


def test_a_spec_that_lets_models_serve_by_themselves_ends_the_wait() -> None:
    change = _change(_spec(promote=Promote.AUTOMATIC))

    assert (change.action, change.reason.code, change.attempt) == (Action.UPDATE, ReasonCode.PROMOTED, "2")


@pytest.mark.parametrize("name", [ADDRESS, "*"])
def test_a_permission_ends_the_wait(name: str) -> None:
    options = PlanOptions(workspace=WORKSPACE, staging_uri=STAGING, promotes={name: "allowed until 2026-12-31: x"})
    (change,) = plan_changes(Desired.of([NEW]), _live(), a_lock([(OLD, _entry())]), options).changes

    assert (change.action, change.attempt, change.promotes) == (Action.UPDATE, "2", "allowed until 2026-12-31: x")


def test_a_training_that_is_about_to_wait_says_so() -> None:
    change = _change(_spec(epochs=7))

    assert (change.action, codes_of(change)) == (Action.REPLACE, ["PLAN027"])


def test_another_gate_judges_what_waits_again() -> None:
    gate = GateSpec(prompts=(Prompt("?", contains="yes"),))

    again = _change(_spec(gate=gate), _entry(judged=Judgement(by="another")))
    unchanged = _change(NEW, _entry(judged=Judgement(by="another")))

    assert (again.action, again.reason.code, again.attempt) == (Action.UPDATE, ReasonCode.JUDGED_AGAIN, "2")
    assert unchanged.action is Action.NOOP


def test_a_spec_that_is_back_to_what_serves_lets_nothing_wait() -> None:
    change = _change(OLD)

    assert (change.action, change.reason.code, change.withdraws) == (Action.UPDATE, ReasonCode.REVERTED, ("2",))

    approved = Approved(action=Action.UPDATE)
    event = ChangeApproved(OLD.address, Action.UPDATE, approved, OLD.lifecycle, withdraws=change.withdraws)
    after = advance(a_lock([(OLD, _entry())]), event)
    assert after.entries[ADDRESS].trainings["2"].role is Role.DEPOSED


def test_a_training_under_way_is_cancelled_when_the_spec_is_back_to_what_waits() -> None:
    entry = _entry()
    running = a_training(_spec(epochs=7), "3", role=Role.CANDIDATE)
    live = a_live(*_live().trainings.values(), a_live_training(_spec(epochs=7), "3", status=Status.IN_PROGRESS))

    change = _change(NEW, with_fields(entry, trainings={**entry.trainings, "3": running}), live)

    assert (change.action, change.reason.code, change.cancels) == (Action.CANCEL, ReasonCode.REVERTED, ("3",))


def test_what_waits_and_was_deleted_is_not_trained_again_by_itself() -> None:
    change = _change(NEW, live=_live(model_exists=False))

    assert (change.action, change.reason.code) == (Action.BLOCKED, ReasonCode.MODEL_GONE)


def test_what_comes_to_wait_takes_the_place_of_what_waited() -> None:
    entry = _entry()
    entry = with_fields(entry, trainings={**entry.trainings, "3": a_training(NEW, "3", role=Role.CANDIDATE)})

    after = advance(a_lock([(OLD, entry)]), AwaitsPromotion(OLD.address, "3", "m", "e", AT)).entries[ADDRESS]

    assert {a: t.role for a, t in after.in_order} == {"1": Role.SERVING, "2": Role.DEPOSED, "3": Role.PENDING}


def test_a_promotion_says_who_and_why_and_a_rollback_leaves_what_waits() -> None:
    lock, who = a_lock([(OLD, _entry())]), Promotion(reason="reviewed", at=AT)

    promoted = advance(lock, Served(OLD.address, "2", "m", "e", {}, AT, deposed="1", promotion=who)).entries[ADDRESS]
    pin = Pin(attempt="1", over=("1",), at=AT)
    rolled_back = advance(lock, Served(OLD.address, "1", "m", "e", {}, AT, pin=pin)).entries[ADDRESS]

    assert promoted.trainings["2"].promoted == who
    assert rolled_back.trainings["2"].role is Role.PENDING


def test_a_promotion_in_one_lock_counts_where_the_other_still_waits() -> None:
    waiting = a_lock([(OLD, with_fields(_entry(), revision=9))])
    promoted = advance(a_lock([(OLD, _entry())]), Served(OLD.address, "2", "m", "e", {}, AT, deposed="1"))

    merged = merge_locks(waiting, promoted).lock

    assert {a: t.role for a, t in merged.entries[ADDRESS].in_order} == {"1": Role.DEPOSED, "2": Role.SERVING}


def test_of_two_that_wait_the_later_one_does() -> None:
    later = _waits(_spec(epochs=7), "2", times={Milestone.PENDING: "2026-09-06T00:00:00Z"}, job="projects/1/x")
    other = an_entry(OLD, a_training(OLD, "1"), later)

    merged = merge_locks(a_lock([(OLD, _entry())]), a_lock([(OLD, other)])).lock.entries[ADDRESS]

    roles = [t.role for t in merged.trainings.values()]
    assert (roles.count(Role.PENDING), roles.count(Role.DEPOSED)) == (1, 1)
