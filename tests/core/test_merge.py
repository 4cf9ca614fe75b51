"""Two locks of one workspace become one, and nothing that was paid for is lost."""

from __future__ import annotations

import dataclasses

import pytest
from msgspec.structs import replace

from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.lock import Author, Entry, Lock, Phase, Role, SourceRecord, Tombstone
from reconciler.core.merge import merge_locks
from reconciler.core.model import Address, CopySource, Declared, Status
from tests.bounds.work import steps_of
from tests.fakes.planning import plan_of
from tests.fakes.specs import a_gemini_spec, a_live, a_live_training, a_lock, a_spec, a_training, an_entry

SPEC, EDITED = a_spec(), a_spec(epochs=5)


def _of(spec: Declared, *trainings: object, revision: int = 1, **more: object) -> Lock:
    return a_lock([(spec, an_entry(spec, *trainings, revision=revision))], **more)  # type: ignore[arg-type]


def _merged(ours: Lock, theirs: Lock) -> Entry:
    return merge_locks(ours, theirs).lock.entries["vertex/router"]


def _grave(*names: str) -> Tombstone:
    return Tombstone(resource_names=names)


def test_equal_locks_are_one_lock() -> None:
    lock = _of(SPEC)

    assert merge_locks(lock, lock).lock == lock
    assert merge_locks(lock, lock).notes == ()


def test_addresses_of_either_are_kept_and_said() -> None:
    merged = merge_locks(_of(a_spec("one")), _of(a_spec("other")))

    assert list(merged.lock.entries) == ["vertex/one", "vertex/other"]
    assert merged.notes == (
        "vertex/one: only in this lock; kept",
        "vertex/other: only in the other lock; kept",
    )


@pytest.mark.parametrize("swapped", [False, True])
def test_the_entry_that_was_written_to_more_often_says_what_serves(swapped: bool) -> None:
    older = _of(SPEC, a_training(SPEC, "1"), revision=3)
    newer = _of(EDITED, a_training(EDITED, "2", job="other job"), revision=7)

    entry = _merged(*((older, newer) if swapped else (newer, older)))

    assert entry.serving is not None
    assert entry.serving[1].job == "other job"
    assert sorted(t.role.value for t in entry.trainings.values()) == ["deposed", "serving"]
    assert entry.revision == 8


def test_one_job_that_both_know_is_one_training_and_as_far_as_either() -> None:
    behind = a_training(SPEC, role=Role.CANDIDATE, times={"submitted": "1"})
    ahead = a_training(SPEC, role=Role.CANDIDATE, state="JOB_STATE_RUNNING", times={"submitted": "1", "running": "2"})

    entry = _merged(_of(SPEC, behind, revision=9), _of(SPEC, ahead, revision=2))

    assert entry.trainings["1"].state == "JOB_STATE_RUNNING"
    assert list(entry.trainings) == ["1"]


@pytest.mark.parametrize(("state", "status"), [("FAILED", Status.CANCELLED), ("CREATING", None)])
def test_how_a_job_ended_is_learnt_from_a_record_of_the_same_state_alone(state: str, status: Status | None) -> None:
    spec = a_gemini_spec()
    ours = a_training(spec, role=Role.FAILED, state=state, times={"submitted": "1", "ended": "2"})
    theirs = replace(ours, state="FAILED", status=Status.CANCELLED, times={"submitted": "1"})

    merged = merge_locks(_of(spec, ours), _of(spec, theirs)).lock

    assert [t.status for t in merged.entries["gemini/numbers"].trainings.values()] == [status]


def test_a_record_that_is_further_already_is_kept() -> None:
    ahead = a_training(SPEC, times={"submitted": "1", "ended": "2"})
    behind = a_training(SPEC, role=Role.CANDIDATE, times={"submitted": "1"})

    assert _merged(_of(SPEC, ahead, revision=5), _of(SPEC, behind, revision=2)).trainings["1"] == ahead


@pytest.mark.parametrize("answered_in", ["newer", "older"])
def test_an_intent_is_the_job_that_became_of_it(answered_in: str) -> None:
    intent = a_training(SPEC, role=Role.CANDIDATE, phase=Phase.INTENDED, job="", times={"intended": "1"})
    job = a_training(SPEC, role=Role.CANDIDATE, times={"intended": "1", "submitted": "2"})
    revisions = {"newer": (1, 2), "older": (2, 1)}[answered_in]

    entry = _merged(_of(SPEC, intent, revision=revisions[0]), _of(SPEC, job, revision=revisions[1]))

    assert [(t.job, t.phase) for t in entry.trainings.values()] == [(job.job, Phase.SUBMITTED)]


@pytest.mark.parametrize("answered_in", ["ours", "theirs"])
def test_the_intent_of_a_copy_is_the_copy_that_became_of_it(answered_in: str) -> None:
    source = CopySource("staging", Address("vertex", "router"), model="projects/1/locations/us-central1/models/2@3")
    spec = dataclasses.replace(SPEC, training={}, data=(), source=source)
    intent = a_training(spec, role=Role.CANDIDATE, phase=Phase.INTENDED, job="", times={"intended": "1"})
    copied = a_training(spec, job="projects/1/locations/us-central1/models/router-c", times={"submitted": "2"})
    locks = (_of(spec, intent, revision=2), _of(spec, copied, revision=3))

    entry = _merged(*(locks if answered_in == "theirs" else reversed(locks)))

    assert [(t.job, t.submission.source) for t in entry.trainings.values()] == [
        (copied.job, SourceRecord(workspace="staging", address="vertex/router", serves_in="us-central1"))
    ]


def test_copies_of_two_versions_are_both_kept() -> None:
    one, two = (
        dataclasses.replace(
            SPEC, training={}, data=(), source=CopySource("staging", Address("vertex", "router"), model=m)
        )
        for m in ("projects/1/locations/us-central1/models/2@3", "projects/1/locations/us-central1/models/2@4")
    )

    entry = _merged(
        _of(one, a_training(one, job="projects/1/locations/us-central1/models/router-a", model="a@1"), revision=2),
        _of(two, a_training(two, job="projects/1/locations/us-central1/models/router-b", model="b@1"), revision=3),
    )

    assert sorted(t.role.value for t in entry.trainings.values()) == ["deposed", "serving"]
    assert len({t.submission.training["from"]["model"] for t in entry.trainings.values()}) == 2


def test_an_intent_that_only_the_older_lock_knows_is_not_sent_again() -> None:
    intent = a_training(SPEC, "2", role=Role.CANDIDATE, phase=Phase.INTENDED, job="")
    older = a_lock([(SPEC, Entry(revision=1, trainings={"2": intent}))])
    merged = merge_locks(_of(SPEC, revision=4), older).lock

    plan = plan_of(SPEC, merged, a_live(a_live_training(SPEC)))

    assert plan.is_empty


def test_an_intent_is_kept_where_it_is_all_there_is() -> None:
    intent = a_training(SPEC, role=Role.CANDIDATE, phase=Phase.INTENDED, job="")
    older = a_lock([(SPEC, Entry(revision=1, trainings={"1": intent}))])
    newer = a_lock([(SPEC, Entry(revision=2))])

    assert _merged(newer, older).trainings == {"1": intent}


def test_another_job_under_the_same_attempt_gets_a_number_of_its_own() -> None:
    theirs = a_training(SPEC, role=Role.FAILED, job="their job")

    entry = _merged(_of(SPEC, revision=5), _of(SPEC, theirs, revision=2))

    assert {a: (t.job == "their job", t.role) for a, t in entry.trainings.items()} == {
        "1": (False, Role.SERVING),
        "2": (True, Role.FAILED),
    }


def test_what_was_learnt_by_either_is_known_and_ours_wins() -> None:
    ours = a_lock(projects={"a": "1", "b": "2"}, lineage="")
    theirs = a_lock(projects={"b": "3", "c": "4"}, lineage="theirs")

    merged = merge_locks(ours, theirs).lock

    assert (merged.projects, merged.lineage) == ({"a": "1", "b": "2", "c": "4"}, "theirs")


def test_whatever_either_forgot_stays_forgotten() -> None:
    ours = a_lock(
        tombstones={"vertex/a": Tombstone(resource_names=("x", "y")), "vertex/b": Tombstone(resource_names=("z",))}
    )
    theirs = a_lock(tombstones={"vertex/a": Tombstone(resource_names=("w", "x"))})

    assert merge_locks(ours, theirs).lock.buried == {"w", "x", "y", "z"}
    assert merge_locks(theirs, ours).lock.buried == {"w", "x", "y", "z"}


def test_of_equal_revisions_the_one_with_the_later_event_counts() -> None:
    early = _of(SPEC, a_training(SPEC, times={"served": "2026-01-01"}))
    late = _of(SPEC, a_training(SPEC, "2", job="late", times={"served": "2026-02-02"}))

    entry = _merged(early, late)

    assert entry.serving is not None
    assert entry.serving[1].job == "late"
    assert replace(entry, revision=0) == replace(_merged(late, early), revision=0)


@pytest.mark.parametrize("swapped", [False, True])
def test_what_one_lock_renamed_and_the_other_made_anew_has_the_newer_name(swapped: bool) -> None:
    renamed = a_spec("sorter")
    first = a_training(SPEC, "1", job="the first")
    ours = a_lock([(renamed, an_entry(renamed, first, revision=9, former=("router", "triage")))])
    grave = Tombstone(disposed={"the first": "2026-09-21T14:13:45.000Z"})
    theirs = _of(SPEC, a_training(SPEC, "2", job="the second"), revision=4, tombstones={"vertex/router": grave})

    both = (theirs, ours) if swapped else (ours, theirs)
    merged = merge_locks(*both).lock

    assert list(merged.entries) == ["vertex/sorter"]
    assert [t.job for t in merged.entries["vertex/sorter"].trainings.values()] == ["the second"]
    assert merged.entries["vertex/sorter"].former == ("router", "triage")


def _renamed_and_replaced(count: int) -> tuple[Lock, Lock]:
    """Of every model one side has a create without an answer, and the other one the job that came of it."""
    specs = [a_spec(f"m{number}") for number in range(count)]
    intended = {"phase": Phase.INTENDED, "role": Role.CANDIDATE}
    sent = [replace(a_training(s, "1", job=""), name=s.address.name, **intended) for s in specs]
    made = [replace(a_training(s, "1", job=f"job {s.address.name}"), name=s.address.name) for s in specs]
    locks = [a_lock([(s, an_entry(s, t)) for s, t in zip(specs, trainings, strict=True)]) for trainings in (sent, made)]
    return locks[0], locks[1]


def test_the_work_of_a_merge_grows_with_the_locks() -> None:
    few, many = _renamed_and_replaced(100), _renamed_and_replaced(1000)

    assert steps_of(lambda: merge_locks(*many)) < 11 * steps_of(lambda: merge_locks(*few))


def test_a_job_at_hundreds_of_addresses_is_refused() -> None:
    lock = a_lock([(s, an_entry(s, a_training(s, "1", job="the same"))) for s in (a_spec(f"m{n}") for n in range(201))])

    with pytest.raises(ReconcilerError) as refused:
        merge_locks(lock, lock)

    assert [d.code for d in refused.value.diagnostics] == ["LOCK017"]
    assert "vertex/m0" in refused.value.diagnostics[0].detail


def test_what_a_merge_joined_with_an_empty_entry_a_second_merge_does_not_part() -> None:
    one, other = a_spec("one"), a_spec("other")
    torn = a_lock([(s, an_entry(s, a_training(s, "1", job="the same"))) for s in (one, other)])
    empty = a_lock([(one, an_entry(one)), (other, an_entry(other))])

    merged = merge_locks(torn, empty).lock

    assert len(merged.entries) == 1
    assert merge_locks(merged, empty).lock == merged
    assert merge_locks(merged, torn).lock == merged


@pytest.mark.parametrize("swapped", [False, True])
def test_who_had_a_training_approved_is_kept_whichever_lock_knows_it(swapped: bool) -> None:
    by = Author(actor="ada", run_url="https://ci/1")
    knowing = _of(SPEC, replace(a_training(SPEC, "1"), by=by, reason="not found in the cloud"), revision=3)
    unknowing = _of(SPEC, a_training(SPEC, "1"), revision=7)

    entry = _merged(*((knowing, unknowing) if swapped else (unknowing, knowing)))

    assert entry.serving is not None
    assert (entry.serving[1].by, entry.serving[1].reason) == (by, "not found in the cloud")
