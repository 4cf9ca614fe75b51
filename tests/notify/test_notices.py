"""What is told follows from the lock, and so does what was told: nothing is told to nobody, or for ever."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.core import events as ev
from reconciler.core.advance import advance
from reconciler.core.concerns import Concern, ConcernKind
from reconciler.core.lock import Entry, Judgement, Lock, Milestone, Pin, Role, Training
from reconciler.core.merge import merge_locks
from reconciler.core.notices import NEWS_LASTS_S, Message, NoticeKind, due, notified_key, of_concerns, of_lock
from tests.fakes.clock import START, rfc3339
from tests.fakes.specs import a_lock, a_spec, a_training, an_entry

SPEC = a_spec()
ADDRESS = SPEC.address
BEFORE, AFTER = rfc3339(START - 3600), rfc3339(START - 60)


@dataclass
class Ear:
    """A receiver that is never asked."""

    name: str = "ops"
    kinds: frozenset[NoticeKind] = field(default_factory=lambda: frozenset(NoticeKind))

    def deliver(self, message: Message, *, is_patient: bool) -> str:
        raise AssertionError(message, is_patient)


EAR = Ear()


def _lock(*trainings: Training, **more: Any) -> Lock:
    return a_lock([(SPEC, an_entry(SPEC, *trainings, **more))])


def _due(lock: Lock, *ears: Ear, now_s: float = START) -> list[tuple[str, str, str]]:
    found = due(of_lock(lock), ears or (EAR,), now_s)
    return [(n.attempt, n.kind.value, sink.name) for n, sink in found]


def _told(lock: Lock, *ears: Ear, now_s: float = START) -> Lock:
    """After everything that is due was taken."""
    for notice, sink in list(due(of_lock(lock), ears or (EAR,), now_s)):
        told = {notified_key(notice, sink.name): notice.at or rfc3339(now_s)}
        lock = advance(lock, ev.Notified(notice.address, notice.attempt, told))
    return lock


SERVING = a_training(SPEC, times={Milestone.SERVED: AFTER})
PENDING = a_training(SPEC, "2", role=Role.PENDING, times={Milestone.PENDING: AFTER})
REFUSED = a_training(
    SPEC, "2", role=Role.FAILED, gate_refused="eval_total_loss 0.9 > 0.8", times={Milestone.REFUSED: AFTER}
)
UNDECIDED = replace(REFUSED, judged=Judgement(conclusion="inconclusive"))
FAILED = a_training(SPEC, "2", role=Role.FAILED, error="no quota", times={Milestone.ENDED: AFTER})


def test_what_serves_waits_was_refused_or_failed_is_told() -> None:
    for training, kind in ((PENDING, "pending"), (REFUSED, "refused"), (UNDECIDED, "undecided"), (FAILED, "failed")):
        lock = _lock(SERVING, training)

        assert _due(lock) == [("1", "served", "ops"), ("2", kind, "ops")]


def test_what_was_told_is_not_told_again() -> None:
    lock = _told(_lock(SERVING, REFUSED))

    assert _due(lock) == []
    assert lock != _lock(SERVING, REFUSED)


def test_each_receiver_is_told_what_it_wants_to_know() -> None:
    other = Ear("other", frozenset({NoticeKind.SERVED}))

    assert _due(_lock(SERVING, FAILED), EAR, other) == [
        ("1", "served", "ops"),
        ("1", "served", "other"),
        ("2", "failed", "ops"),
    ]
    assert _due(_told(_lock(SERVING, FAILED), EAR), EAR, other) == [("1", "served", "other")]


def test_what_serves_again_after_a_rollback_is_news_under_another_id() -> None:
    told = _told(_lock(SERVING))
    again = rfc3339(START - 10)
    pinned = ev.Served(ADDRESS, "1", "models/1@1", "endpoints/1", {}, again, pin=Pin(attempt="1"))
    rolled = advance(told, pinned)

    assert _due(rolled) == [("1", "served", "ops")]
    (before,), (after,) = list(of_lock(told)), list(of_lock(rolled))
    assert before.id("l") != after.id("l")
    assert after.id("l") == next(of_lock(rolled)).id("l")


def test_history_is_no_news() -> None:
    old = replace(SERVING, times={Milestone.SERVED: rfc3339(START - NEWS_LASTS_S - 1)})
    young = replace(SERVING, times={Milestone.SERVED: rfc3339(START - NEWS_LASTS_S + 1)})

    assert _due(_lock(old)) == []
    assert _due(_lock(young)) == [("1", "served", "ops")]


def test_what_the_cloud_shows_is_told_once_for_each_training() -> None:
    stuck = (ADDRESS, "1", Concern(ConcernKind.STUCK, "no step", 11e3))
    blocked = (ADDRESS, "7", Concern(ConcernKind.BLOCKED, "its parent has no model"))
    lock = _lock(replace(SERVING, role=Role.CANDIDATE))

    (notice,) = of_concerns(lock, [stuck, blocked])
    told = advance(lock, ev.Notified(ADDRESS, "1", {notified_key(notice, "ops"): AFTER}))

    assert notice.kind is NoticeKind.STUCK
    assert [n.kind for n, _ in due(of_concerns(lock, [stuck]), [EAR], START)] == [NoticeKind.STUCK]
    assert list(due(of_concerns(told, [stuck]), [EAR], START)) == []


def test_a_failure_that_the_lock_tells_is_not_told_twice_by_the_cloud() -> None:
    lock = _lock(SERVING, FAILED)

    assert list(of_concerns(lock, [(ADDRESS, "2", Concern(ConcernKind.FAILED, "no quota"))])) == []


def test_a_notice_to_what_is_not_locked_any_more_leaves_no_entry() -> None:
    entry = advance(_lock(SERVING), ev.Notified(ADDRESS, "9", {"served/ops": AFTER})).entries[str(ADDRESS)]

    assert entry == _lock(SERVING).entries[str(ADDRESS)]


@given(st.sets(st.sampled_from(["ops", "other", "third"])), st.sets(st.sampled_from(["ops", "other", "third"])))
def test_what_either_of_two_locks_has_told_is_told(ours: set[str], theirs: set[str]) -> None:
    ears = [Ear(name) for name in ("ops", "other", "third")]
    lock = _lock(SERVING, FAILED)
    here, there = (_told(lock, *(e for e in ears if e.name in names)) if names else lock for names in (ours, theirs))

    merged = merge_locks(here, there).lock

    assert {name for _, _, name in _due(merged, *ears)} == {"ops", "other", "third"} - ours - theirs
    assert merged == merge_locks(there, here).lock or ours != theirs


def test_the_later_of_two_times_counts_in_a_merge() -> None:
    early = replace(SERVING, notified={"served/ops": BEFORE})
    late = replace(SERVING, notified={"served/ops": AFTER})

    for one, other in ((early, late), (late, early)):
        entry: Entry = merge_locks(_lock(one), _lock(other)).lock.entries[str(ADDRESS)]
        assert entry.trainings["1"].notified == {"served/ops": AFTER}
