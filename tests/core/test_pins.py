"""An address that somebody rolled back: what a plan says of it, how long it stays, and what is spared for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec.structs import replace as with_fields

from reconciler.core.advance import advance
from reconciler.core.change import Change, Decided, ReasonCode
from reconciler.core.events import ChangeApproved, Served
from reconciler.core.lock import Approved, Entry, Milestone, Pin, Role
from reconciler.core.merge import merge_locks
from reconciler.core.model import Action, Declared, Live, Status
from reconciler.core.pins import pin_of, served_before
from tests.fakes.planning import change_of, codes_of, plan_of
from tests.fakes.specs import a_live, a_live_training, a_lock, a_spec, a_training, an_entry, submitted

OLD, NEW = a_spec(epochs=3), a_spec(epochs=5)
AT = "2026-09-05T00:00:00Z"


def _pin(spec: Declared = NEW, *over: str, attempt: str = "1") -> Pin:
    sent = submitted(spec)
    return Pin(attempt=attempt, over=over or ("2",), digest=sent.digest, data_id=sent.data_id, at=AT, reason="it lies")


def _entry(*, keep: int = 1, pin: Pin | None = None, new: Declared = NEW) -> Entry:
    """Attempt 1 serves again; attempt 2, which was trained after it, is deposed."""
    served, deposed = {Milestone.SERVED: AT}, {Milestone.SERVED: "2026-09-03T00:00:00Z", Milestone.DEPOSED: AT}
    return an_entry(
        a_spec(epochs=3, keep=keep),
        a_training(OLD, "1", times=served),
        a_training(new, "2", role=Role.DEPOSED, times=deposed),
        pin=pin or _pin(new),
    )


def _live(*, new: Declared = NEW) -> Live:
    return a_live(a_live_training(OLD, "1"), a_live_training(new, "2"))


def _change(spec: Declared, entry: Entry | None = None, live: Live | None = None, **asked: object) -> Change:
    return change_of(spec, a_lock([(OLD, entry or _entry())]), live or _live(), **asked)  # type: ignore[arg-type]


def test_what_is_pinned_is_left_alone_although_the_spec_says_something_else() -> None:
    change = _change(NEW)

    assert (change.action, change.reason.code, change.held) == (Action.NOOP, ReasonCode.PINNED, Decided.PINNED)
    assert AT in change.reason.text
    assert (codes_of(change), change.fields) == (["PLAN026"], ())
    assert "it lies" in change.notes[0].detail


def test_without_its_pin_the_newer_model_would_serve_again() -> None:
    change = _change(NEW, with_fields(_entry(), pin=None))

    assert (change.action, change.attempt) == (Action.RESTORE, "2")


def test_a_pinned_model_carries_the_labels_of_its_spec() -> None:
    change = _change(replace(NEW, in_place={**NEW.in_place, "labels": {"team": "b"}}))

    assert (change.action, change.attempt, change.held) == (Action.UPDATE, "1", Decided.PINNED)
    assert [f.field for f in change.fields] == ["labels.team"]


def test_another_edit_ends_the_pin_with_the_successor_that_serves() -> None:
    change = _change(a_spec(epochs=7))

    assert (change.action, change.attempt, codes_of(change)) == (Action.REPLACE, "3", ["PLAN026"])


def test_a_training_that_is_asked_for_ends_the_pin_too() -> None:
    change = _change(NEW, replace=["vertex/router"])

    assert (change.action, change.reason.code, codes_of(change)) == (
        Action.REPLACE,
        ReasonCode.REQUESTED,
        ["PLAN026"],
    )


def test_a_spec_that_says_what_is_pinned_ends_the_pin_in_the_lock_alone() -> None:
    change = _change(OLD)

    assert (change.action, change.reason.code, change.unpins) == (Action.UPDATE, ReasonCode.UNPINNED, True)
    assert (change.patch, change.held) == (None, None)

    approved = ChangeApproved(OLD.address, Action.UPDATE, Approved(action=Action.UPDATE), OLD.lifecycle, unpins=True)
    after = advance(a_lock([(OLD, _entry())]), approved)
    assert after.entries["vertex/router"].pin is None


def test_a_training_that_was_tried_twice_stays_pinned() -> None:
    """After --replace both attempts are what the spec says."""
    change = _change(OLD, _entry(new=OLD), _live(new=OLD))

    assert (change.action, change.held) == (Action.NOOP, Decided.PINNED)


def test_a_pin_holds_by_its_digests_where_what_it_is_over_is_gone() -> None:
    entry = _entry()
    alone = with_fields(entry, trainings={"1": entry.trainings["1"]})

    assert _change(NEW, alone).held is Decided.PINNED
    assert _change(a_spec(epochs=7), alone).action is Action.REPLACE


def test_a_pinned_model_that_is_gone_waits_for_a_promotion() -> None:
    live = a_live(a_live_training(OLD, "1", model_exists=False), a_live_training(NEW, "2"))

    change = _change(NEW, live=live)

    assert change.action is Action.BLOCKED
    assert "promote vertex/router" in str(change.command)


def test_a_training_under_way_is_cancelled_when_the_spec_is_back_to_what_was_pinned_over() -> None:
    entry = _entry()
    running = a_training(a_spec(epochs=7), "3", role=Role.CANDIDATE)
    entry = with_fields(entry, trainings={**entry.trainings, "3": running})

    running_now = a_live_training(a_spec(epochs=7), "3", status=Status.IN_PROGRESS)

    change = _change(NEW, entry, a_live(*_live().trainings.values(), running_now))

    assert (change.action, change.reason.code, change.cancels) == (Action.CANCEL, ReasonCode.REVERTED, ("3",))


@pytest.mark.parametrize("keep", [0, 1])
def test_nothing_that_was_rolled_back_from_is_disposed_of(keep: int) -> None:
    entry, spec = _entry(keep=keep), a_spec(epochs=5, keep=keep)

    assert plan_of(spec, a_lock([(OLD, entry)]), _live()).is_empty


def test_a_lower_keep_spares_what_was_rolled_back_from() -> None:
    change = _change(a_spec(epochs=5, keep=0))

    assert (change.action, change.reason.code, change.disposes) == (Action.UPDATE, ReasonCode.SETTINGS, ())


def test_the_successor_that_ends_the_pin_disposes_of_what_is_surplus_then() -> None:
    change = _change(a_spec(epochs=7, keep=1))

    assert (change.action, change.disposes) == (Action.REPLACE, ("2",))


def test_a_rollback_that_was_not_finished_is_in_the_plan() -> None:
    waits = Approved(action=Action.RESTORE, deposed=True, attempt="1", pin=_pin())
    entry = an_entry(NEW, a_training(OLD, "1", role=Role.DEPOSED), a_training(NEW, "2"), approved=(waits,), pin=None)

    plan = plan_of(NEW, a_lock([(NEW, entry)]), _live())

    assert [(c.action, c.deposed, c.attempt) for c in plan.changes] == [
        (Action.NOOP, False, "2"),
        (Action.RESTORE, True, "1"),
    ]
    assert plan.changes[1].pin == waits.pin


def test_what_serves_next_ends_the_pin() -> None:
    lock = a_lock([(OLD, _entry())])

    after = advance(lock, Served(OLD.address, "2", "m", "e", {}, AT, deposed="1"))

    assert after.entries["vertex/router"].pin is None
    assert after.entries["vertex/router"].spared == frozenset()


# Which attempt


def _history(*roles: Role, pin: Pin | None = None) -> Entry:
    """Attempts 1, 2, … which stopped serving in that order."""
    trainings = [
        a_training(a_spec(epochs=n), str(n), role=role, times={Milestone.DEPOSED: f"2026-09-0{n}T00:00:00Z"})
        for n, role in enumerate(roles, 1)
    ]
    return an_entry(OLD, *trainings, pin=pin)


def test_what_served_before_is_what_was_deposed_last() -> None:
    assert served_before(_history(Role.DEPOSED, Role.DEPOSED, Role.SERVING)) == "2"


def test_a_second_rollback_goes_further_back() -> None:
    entry = _history(Role.DEPOSED, Role.SERVING, Role.DEPOSED, pin=_pin(a_spec(epochs=3), "3", attempt="2"))

    assert served_before(entry) == "1"
    again = pin_of(entry, "1", by=None, reason="", at=AT)
    assert again is not None
    assert again.over == ("3", "2")


def test_rolling_back_to_what_the_pin_is_over_ends_it() -> None:
    entry = _history(Role.DEPOSED, Role.SERVING, Role.DEPOSED, pin=_pin(a_spec(epochs=3), "3", attempt="2"))

    assert pin_of(entry, "3", by=None, reason="", at=AT) is None


def test_what_came_in_as_deposed_and_never_served_is_no_default() -> None:
    entry = an_entry(NEW, a_training(OLD, "1", role=Role.DEPOSED, times={}), a_training(NEW, "2"))

    assert served_before(entry) == ""


# Two locks


def _merged(one: Entry, other: Entry) -> Entry:
    """Both ways: the same comes of it."""
    locks = [a_lock([(OLD, entry)]) for entry in (one, other)]
    merged = merge_locks(locks[0], locks[1]).lock
    assert merge_locks(locks[1], locks[0]).lock.entries == merged.entries
    assert merge_locks(merged, locks[0]).lock.entries == merged.entries
    return merged.entries["vertex/router"]


def _serving_new(at: str, *, revision: int) -> Entry:
    """Attempt 2 serves since then, and nothing is pinned."""
    return an_entry(
        NEW,
        a_training(
            OLD, "1", role=Role.DEPOSED, times={Milestone.SERVED: "2026-09-01T00:00:00Z", Milestone.DEPOSED: at}
        ),
        a_training(NEW, "2", times={Milestone.SERVED: at}),
        revision=revision,
    )


@pytest.mark.parametrize("revision", [0, 9])
def test_a_pin_survives_a_merge_with_a_lock_that_was_written_to_more_often(revision: int) -> None:
    entry = _merged(_entry(), _serving_new("2026-09-03T00:00:00Z", revision=revision))

    assert entry.pinned == _pin()
    assert {a: t.role for a, t in entry.in_order} == {"1": Role.SERVING, "2": Role.DEPOSED}


@pytest.mark.parametrize("revision", [0, 9])
def test_a_promotion_since_ends_the_pin_of_the_other_lock(revision: int) -> None:
    entry = _merged(_entry(), _serving_new("2026-09-07T00:00:00Z", revision=revision))

    assert entry.pin is None


def test_of_two_pins_the_later_one_counts() -> None:
    other = with_fields(_entry(), pin=with_fields(_pin(), at="2026-09-06T00:00:00Z", reason="later"), revision=0)

    entry = _merged(_entry(), other)

    assert entry.pin is not None
    assert entry.pin.reason == "later"
