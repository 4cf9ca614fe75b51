"""What a person may do to the lock by hand, and what of it would lose something."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.core.contradictions import contradictions
from reconciler.core.lock import (
    Approved,
    Author,
    Entry,
    Lock,
    Mending,
    Role,
    SourceRecord,
    SweepRecord,
    Tombstone,
    TrialRecord,
)
from reconciler.core.mending import differing, in_place_of, losses, merge_mended, moved, moves_of, with_mending
from reconciler.core.merge import merge_locks
from reconciler.core.model import Action, Address
from tests.fakes.planning import plan_of
from tests.fakes.specs import a_live, a_live_training, a_lock, a_spec, a_training, an_entry, submitted

PARENT, CHILD = a_spec("router"), a_spec("child")
ROUTER, SORTER = Address("vertex", "router"), Address("vertex", "sorter")


def _child(parent: str, *, workspace: str | None = None) -> Entry:
    sent = replace(submitted(CHILD), parent=parent, parent_model="models/1@1")
    if workspace is not None:
        sent = replace(sent, source=SourceRecord(workspace=workspace, address=parent))
    return an_entry(CHILD, replace(a_training(CHILD), submission=sent))


def _lock(**entries: Entry) -> Lock:
    return a_lock({f"vertex/{name}": entry for name, entry in entries.items()}, lineage="1")


def test_a_moved_entry_keeps_all_of_it_and_knows_its_former_name() -> None:
    lock = _lock(router=an_entry(PARENT, a_training(PARENT), revision=4))

    after = moved(lock, moves_of(lock, ROUTER, SORTER))

    before = lock.entries["vertex/router"]
    assert after.entries == {"vertex/sorter": replace(before, former=("router",), revision=5)}
    assert after.entries["vertex/sorter"].trainings["1"].name == "router"


def test_children_and_what_is_approved_of_them_follow_and_nothing_else_is_written() -> None:
    queued = Approved(action=Action.CREATE, attempt="1", submission=replace(submitted(CHILD), parent="vertex/router"))
    lock = _lock(
        router=an_entry(PARENT, a_training(PARENT)),
        child=_child("vertex/router"),
        queued=Entry(approved=(queued,)),
        other=_child("vertex/elsewhere"),
    )

    after = moved(lock, {ROUTER: SORTER})

    assert after.entries["vertex/child"].trainings["1"].submission.parent == "vertex/sorter"
    assert after.entries["vertex/queued"].approved[0].submission is not None
    assert after.entries["vertex/queued"].approved[0].submission.parent == "vertex/sorter"
    assert after.entries["vertex/other"] is lock.entries["vertex/other"]
    assert differing(lock, after) == ("vertex/child", "vertex/queued", "vertex/router", "vertex/sorter")


def test_digests_stay_since_markers_have_them() -> None:
    lock = _lock(router=an_entry(PARENT, a_training(PARENT)), child=_child("vertex/router"))

    after = moved(lock, {ROUTER: SORTER})

    digests = [lk.entries["vertex/child"].trainings["1"].submission.digest for lk in (lock, after)]
    assert digests[0] == digests[1]


def test_a_copy_of_another_workspace_names_what_it_is_called_there() -> None:
    lock = _lock(router=an_entry(PARENT, a_training(PARENT)), child=_child("vertex/router", workspace="staging"))

    after = moved(lock, {ROUTER: SORTER})

    source = after.entries["vertex/child"].trainings["1"].submission.source
    assert source is not None
    assert source.address == "vertex/router"


def test_a_sweep_takes_its_trials_along() -> None:
    trials = (TrialRecord(address="vertex/router-e2", attempt="1"), TrialRecord(address="vertex/router-e3"))
    source = SourceRecord(address="vertex/router-e2", attempt="1", sweep=SweepRecord(metric="m", trials=trials))
    sweep = an_entry(PARENT, replace(a_training(PARENT), submission=replace(submitted(PARENT), source=source)))
    trial = a_spec("router-e2", epochs=2)
    lock = _lock(router=sweep, **{"router-e2": an_entry(trial, a_training(trial)), "router-other": Entry()})

    after = moved(lock, moves_of(lock, ROUTER, SORTER))

    assert sorted(after.entries) == ["vertex/router-other", "vertex/sorter", "vertex/sorter-e2"]
    kept = after.entries["vertex/sorter"].trainings["1"].submission.source
    assert kept is not None
    assert (kept.address, kept.sweep and [t.address for t in kept.sweep.trials]) == (
        "vertex/sorter-e2",
        ["vertex/sorter-e2", "vertex/router-e3"],
    )


def test_the_plan_of_the_renamed_spec_trains_nothing_and_a_child_is_as_declared() -> None:
    parent = a_spec("router")
    lock = _lock(router=an_entry(parent, a_training(parent)))
    lock = moved(lock, {ROUTER: SORTER})
    renamed = a_spec("sorter")

    (change,) = plan_of([renamed], lock=lock, live=a_live(a_live_training(parent))).changes

    assert change.action in (Action.NOOP, Action.UPDATE)
    assert change.address == SORTER


def test_a_spec_that_was_not_renamed_takes_its_entry_back() -> None:
    lock = moved(_lock(router=an_entry(PARENT, a_training(PARENT))), {ROUTER: SORTER})

    (change,) = plan_of([PARENT], lock=lock, live=a_live(a_live_training(PARENT))).changes

    assert (change.address, change.renamed_from) == (ROUTER, SORTER)
    assert change.action in (Action.NOOP, Action.UPDATE)


def test_a_clone_with_the_old_name_merges_to_the_new_one() -> None:
    lock = _lock(router=an_entry(PARENT, a_training(PARENT)))
    after = moved(lock, {ROUTER: SORTER})

    for ours, theirs in ((lock, after), (after, lock)):
        merged = merge_locks(ours, theirs).lock
        assert list(merged.entries) == ["vertex/sorter"]
        assert contradictions(merged, "") == []


# What a push would lose


def test_the_same_lock_loses_nothing_and_writes_nothing() -> None:
    lock = _lock(router=an_entry(PARENT, a_training(PARENT), revision=4))

    assert losses(lock, lock) == []
    assert in_place_of(lock, lock) == lock


def test_an_older_entry_and_a_lost_one_are_losses() -> None:
    lock = _lock(router=an_entry(PARENT, a_training(PARENT), revision=4), child=_child("vertex/router"))
    older = replace(lock.entries["vertex/router"], revision=3, commit="abc")

    found = losses(lock, _lock(router=older))

    assert found == [
        "vertex/child is not in it",
        "vertex/router is at revision 3 in it, and at 4 here",
    ]


def test_an_entry_that_was_renamed_in_the_file_is_not_lost() -> None:
    entry = an_entry(PARENT, a_training(PARENT))

    assert losses(_lock(router=entry), _lock(sorter=entry)) == []


def test_a_job_that_is_left_out_of_its_entry_is_lost() -> None:
    lock = _lock(router=an_entry(PARENT, a_training(PARENT), a_training(a_spec(epochs=5), "2", job="other")))
    without = replace(lock.entries["vertex/router"], trainings={}, revision=9)

    assert [words.split()[-5] for words in losses(lock, _lock(router=without))] == ["vertex/router", "vertex/router"]
    buried = replace(_lock(router=without), tombstones={"vertex/x": Tombstone(resource_names=tuple(lock.jobs))})
    assert losses(lock, buried) == []


def test_a_forgotten_address_that_the_file_does_not_know_is_a_loss() -> None:
    lock = replace(_lock(), tombstones={"vertex/router": Tombstone(resource_names=("job",))})

    assert losses(lock, _lock()) == ["vertex/router was forgotten, and the given lock does not know it"]


def test_what_differs_is_written_above_the_present_revision_so_that_no_merge_brings_the_old_one_back() -> None:
    present = _lock(router=an_entry(PARENT, a_training(PARENT), revision=7))
    older = replace(present.entries["vertex/router"], revision=2, commit="abc")

    after = in_place_of(present, _lock(router=older))

    assert after.entries["vertex/router"] == replace(older, revision=8)
    assert merge_locks(present, after).lock.entries["vertex/router"].commit == "abc"


def test_the_same_push_a_second_time_writes_nothing() -> None:
    present = _lock(router=an_entry(PARENT, a_training(PARENT), revision=7))
    given = _lock(router=replace(present.entries["vertex/router"], commit="abc"))

    once = in_place_of(present, given)

    assert in_place_of(once, given) == once


# The note


def _note(at: int, reason: str = "") -> Mending:
    return Mending(what="mv", addresses=("vertex/a", "vertex/b"), at=f"2026-01-01T00:00:{at:02}Z", reason=reason)


@given(st.lists(st.integers(0, 40)), st.lists(st.integers(0, 40)))
def test_notes_of_two_locks_are_merged_alike_whoever_asks(one: list[int], other: list[int]) -> None:
    ours, theirs = (merge_mended(tuple(map(_note, some))) for some in (one, other))

    merged = merge_mended(ours, theirs)

    assert merged == merge_mended(theirs, ours) == merge_mended(merged, theirs)
    assert [m.at for m in merged] == [_note(at).at for at in sorted({*one, *other})][-16:]


def test_a_note_is_added_and_goes_through_a_merge() -> None:
    by = Author(actor="sam")
    lock = with_mending(_lock(), Mending(what="mv", by=by, reason="why", at="2026-01-01T00:00:00Z"))

    assert merge_locks(_lock(), lock).lock.mended == lock.mended


@pytest.mark.parametrize("role", list(Role))
def test_whatever_role_a_training_has_it_keeps_it(role: Role) -> None:
    lock = _lock(router=an_entry(PARENT, a_training(PARENT, role=role)))

    after = moved(lock, {ROUTER: SORTER})

    assert after.entries["vertex/sorter"].trainings == lock.entries["vertex/router"].trainings
