"""The lock is a fold over events: what each of them leaves in it."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from msgspec.structs import replace as with_fields

from reconciler.core import events as ev
from reconciler.core.advance import advance, advance_entry, changes_lock
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.lock import (
    Approved,
    Author,
    CheckpointRecord,
    DroppedRecord,
    Entry,
    Judgement,
    Lock,
    Milestone,
    Phase,
    Role,
    Tombstone,
)
from reconciler.core.model import Action, Checkpoint, Dropped, Lifecycle, Progress, Status
from tests.fakes.specs import (
    a_live_training,
    a_lock,
    a_spec,
    a_training,
    an_entry,
    endpoint_name,
    job_name,
    model_name,
    submitted,
)

SPEC = a_spec()
ROUTER = SPEC.address
AT = "2026-11-20T09:12:30Z"
_CREATE = Approved(action=Action.CREATE, attempt="1", submission=submitted(SPEC))
_TOLD = Diagnostic("RUN001", Severity.ERROR, "x")


def _approved(approved: Approved = _CREATE, action: Action = Action.CREATE, **more: object) -> ev.ChangeApproved:
    return ev.ChangeApproved(ROUTER, action, approved, Lifecycle(), **more)  # type: ignore[arg-type]


def _after(*events: ev.Event, lock: Lock | None = None) -> Entry:
    """The router's entry after these events."""
    folded = lock or Lock()
    for event in events:
        folded = advance(folded, event)
    return folded.entries[str(ROUTER)]


_INTENDED = ev.Intended(ROUTER, "1", submitted(SPEC), AT)
_SUBMITTED = ev.Submitted(ROUTER, "1", job_name(SPEC), "op", "JOB_STATE_PENDING", AT)
_ENDED = ev.TrainingEnded(ROUTER, "1", replace(a_live_training(SPEC), ended=AT, billable_tokens=7), AT)
_SERVED = ev.Served(ROUTER, "1", model_name(SPEC), endpoint_name(SPEC), {"labels": {"a": "b"}}, AT)
_DONE = ev.ChangeDone(ROUTER, Action.CREATE, 1.0)

_SILENT: list[ev.Event] = [
    ev.ChangeStarted(ROUTER, Action.CREATE),
    ev.Uploaded(ROUTER, "a", "b", 1, existed=False),
    ev.Queued(ROUTER, "a place"),
    ev.ChangeLeft(ROUTER, Action.CREATE, "why"),
    ev.Noted(_TOLD),
    ev.ResourceGone(ROUTER, "1", "x", "deleted"),
    ev.Waiting(ROUTER, "1", "JOB_STATE_RUNNING", Progress(), 1.0),
]
_RECORDED: list[ev.Event] = [
    _approved(),
    ev.SpecApplied(ROUTER, "c0ffee"),
    _INTENDED,
    ev.IntentWithdrawn(ROUTER, "1"),
    _SUBMITTED,
    ev.Waiting(ROUTER, "1", "JOB_STATE_RUNNING", Progress(), 1.0, state_changed_at=AT),
    ev.CancelRequested(ROUTER, "1", "job", AT),
    ev.DataSeen(ROUTER, "1", "", AT),
    _ENDED,
    ev.GateRefused(ROUTER, "1", "words", AT),
    _SERVED,
    ev.CheckpointChosen(ROUTER, "1", None, "e"),
    ev.AliasMoved(ROUTER, "1", "production", ("m@1",)),
    ev.AwaitsPromotion(ROUTER, "1", "m", "e", AT),
    ev.Adopted(ROUTER, "1", Role.CANDIDATE, submitted(SPEC), a_live_training(SPEC), AT),
    ev.Updated(ROUTER, {}, Lifecycle(), ()),
    ev.Disposed(ROUTER, "1", "job"),
    ev.Forgotten(ROUTER, ("x",), AT),
    _DONE,
    ev.ChangeFailed(ROUTER, Action.CREATE, _TOLD),
]


def test_a_look_changes_what_is_known_of_the_judging_and_nothing_else() -> None:
    before = an_entry(SPEC)
    judged = Judgement(by="gate", conclusion="failed", looks=2)

    after = advance_entry(before, ev.GateLooked(ROUTER, "1", judged))

    assert after is not None
    assert after.trainings == {"1": with_fields(before.trainings["1"], judged=judged)}


def test_every_event_is_either_silent_or_recorded() -> None:
    assert {type(e) for e in (*_SILENT, *_RECORDED)} == set(get_args(ev.Event))


@pytest.mark.parametrize("event", _SILENT, ids=lambda e: type(e).__name__)
def test_a_silent_event_leaves_the_lock_as_it_is(event: ev.Event) -> None:
    lock = a_lock([(SPEC, an_entry(SPEC))])

    assert advance(lock, event) == lock
    assert not changes_lock(event)
    assert advance_entry(an_entry(SPEC), event) == an_entry(SPEC)


@pytest.mark.parametrize("event", _RECORDED, ids=lambda e: type(e).__name__)
def test_a_recorded_event_is_saved_before_anybody_hears_of_it(event: ev.Event) -> None:
    assert changes_lock(event)


def test_a_create_from_intent_to_done() -> None:
    entry = _after(_approved(), _INTENDED, _SUBMITTED, _ENDED, _SERVED, _DONE)

    training = entry.trainings["1"]
    assert (training.role, training.phase, training.job) == (Role.SERVING, Phase.APPLIED, job_name(SPEC))
    assert (training.model, training.endpoint) == (model_name(SPEC), endpoint_name(SPEC))
    assert training.billable_tokens == 7
    assert training.times == {"intended": AT, "submitted": AT, "ended": AT, "served": AT}
    assert (entry.approved, entry.in_place, entry.revision) == ((), {"labels": {"a": "b"}}, 6)


def test_an_intent_holds_everything_that_is_about_to_be_sent() -> None:
    training = _after(_approved(), _INTENDED).trainings["1"]

    assert (training.role, training.phase, training.job) == (Role.CANDIDATE, Phase.INTENDED, "")
    assert (training.submission, training.name) == (submitted(SPEC), "router")


def test_an_intent_that_is_sent_again_keeps_the_times_it_had() -> None:
    later = replace(_INTENDED, at="2026-11-20T10:00:00Z")
    state = ev.Waiting(ROUTER, "1", "LOOKING", Progress(), 1.0, state_changed_at=AT)

    training = _after(_approved(), _INTENDED, state, later).trainings["1"]

    assert training.times == {Milestone.INTENDED: "2026-11-20T10:00:00Z"}
    assert training.states == {"LOOKING": AT}


def test_an_intent_that_is_withdrawn_is_out_of_the_lock_again() -> None:
    entry = _after(_approved(), _INTENDED, ev.IntentWithdrawn(ROUTER, "1"))

    assert (entry.trainings, entry.approved) == ({}, (_CREATE,))


def test_a_new_state_is_kept_with_its_time() -> None:
    seen = ev.Waiting(ROUTER, "1", "JOB_STATE_RUNNING", Progress(percent=3.0), 1.0, state_changed_at=AT)

    training = _after(_INTENDED, _SUBMITTED, seen).trainings["1"]

    assert (training.state, training.states["JOB_STATE_RUNNING"]) == ("JOB_STATE_RUNNING", AT)


@pytest.mark.parametrize(
    ("status", "deposed", "role"),
    [
        (Status.READY, False, Role.CANDIDATE),
        (Status.READY, True, Role.DEPOSED),
        (Status.FAILED, False, Role.FAILED),
        (Status.CANCELLED, True, Role.FAILED),
    ],
)
def test_how_a_training_ended_decides_its_role(status: Status, deposed: bool, role: Role) -> None:
    live = a_live_training(SPEC, status=status, error="words", error_code=3)

    training = _after(_INTENDED, _SUBMITTED, ev.TrainingEnded(ROUTER, "1", live, AT, deposed)).trainings["1"]

    assert (training.role, training.phase, training.status) == (role, Phase.APPLIED, status)
    assert (training.error, training.error_code, training.times[Milestone.ENDED]) == ("words", 3, AT)


def test_what_the_cloud_no_longer_shows_is_kept() -> None:
    full = replace(
        a_live_training(SPEC), checkpoints=(Checkpoint("1", 1, 66, "e1"),), operation="op2", billable_tokens=5
    )
    bare = replace(full, model="", endpoint="", checkpoints=(), operation="", billable_tokens=None)
    again = ev.TrainingEnded(ROUTER, "1", bare, AT)

    training = _after(_INTENDED, _SUBMITTED, ev.TrainingEnded(ROUTER, "1", full, AT), again).trainings["1"]

    assert (training.model, training.operation, training.billable_tokens) == (model_name(SPEC), "op2", 5)
    assert training.checkpoints == (CheckpointRecord(checkpoint_id="1", epoch=1, step=66, endpoint="e1"),)
    assert training.endpoints == (endpoint_name(SPEC), "e1")


@pytest.mark.parametrize(("examples", "total"), [(None, 10), (12, 12)])
def test_examples_that_were_dropped_are_kept_with_their_share(examples: int | None, total: int) -> None:
    dropped = Dropped(count=2, trained=8, examples=(1, 3), reasons=("long",))
    record = with_fields(submitted(SPEC).data[0], examples=examples)
    intended = replace(_INTENDED, submission=with_fields(submitted(SPEC), data=(record,)))
    live = replace(a_live_training(SPEC), dropped=dropped)

    found = _after(intended, _SUBMITTED, ev.TrainingEnded(ROUTER, "1", live, AT)).trainings["1"].dropped

    assert found == DroppedRecord(count=2, total=total, examples=(1, 3), reasons=("long",))
    assert found is not None
    assert found.percent == 100.0 * 2 / total


def test_a_share_of_nobody_knows_how_many_is_not_told() -> None:
    assert DroppedRecord.of(Dropped(count=2), None).percent is None


def test_data_that_changed_while_it_was_read_is_remembered_as_unproven() -> None:
    training = _after(_INTENDED, _SUBMITTED, ev.DataSeen(ROUTER, "1", "it was x, and is y", AT)).trainings["1"]

    assert (training.data_unproven, training.times[Milestone.DATA_SEEN]) == ("it was x, and is y", AT)


def test_a_successor_that_serves_deposes_the_old_one() -> None:
    lock = a_lock([(SPEC, an_entry(SPEC, a_training(SPEC), a_training(SPEC, "2", role=Role.CANDIDATE)))])

    entry = _after(ev.Served(ROUTER, "2", "m", "e", {}, AT, deposed="1"), lock=lock)

    assert {a: t.role for a, t in entry.in_order} == {"1": Role.DEPOSED, "2": Role.SERVING}
    assert (entry.serving or ("",))[0] == "2"
    assert entry.trainings["1"].times[Milestone.DEPOSED] == AT


def test_a_deposed_attempt_that_is_not_there_any_more_is_no_matter() -> None:
    entry = _after(_INTENDED, ev.Served(ROUTER, "1", "m", "e", {}, AT, deposed="9"))

    assert {a: t.role for a, t in entry.in_order} == {"1": Role.SERVING}


def test_a_refused_successor_is_failed_with_the_gates_words() -> None:
    training = _after(_INTENDED, _SUBMITTED, _ENDED, ev.GateRefused(ROUTER, "1", "too bad", AT)).trainings["1"]

    assert (training.role, training.gate_refused, training.times[Milestone.REFUSED]) == (Role.FAILED, "too bad", AT)


def test_a_cancel_is_remembered() -> None:
    training = _after(_INTENDED, _SUBMITTED, ev.CancelRequested(ROUTER, "1", "job", AT)).trainings["1"]

    assert training.cancel_requested == AT


@pytest.mark.parametrize(("status", "phase"), [(Status.READY, Phase.APPLIED), (Status.IN_PROGRESS, Phase.SUBMITTED)])
def test_an_adopted_training_is_as_far_as_it_is(status: Status, phase: Phase) -> None:
    live = replace(a_live_training(SPEC, status=status), ended=AT if status is Status.READY else "")

    training = _after(ev.Adopted(ROUTER, "3", Role.DEPOSED, submitted(SPEC), live, AT)).trainings["3"]

    assert (training.role, training.phase, training.job) == (Role.DEPOSED, phase, job_name(SPEC))
    assert set(training.times) == ({"adopted", "ended"} if status is Status.READY else {"adopted"})


def test_an_update_keeps_what_was_applied_and_what_was_recorded() -> None:
    lock = a_lock([(SPEC, an_entry(SPEC))])
    other = submitted(a_spec(epochs=None))

    entry = _after(ev.Updated(ROUTER, {"description": "x"}, Lifecycle(keep=4), (), other), lock=lock)

    assert (entry.in_place, entry.lifecycle.keep) == ({"description": "x"}, 4)
    assert entry.trainings["1"].submission == other


def test_an_update_of_what_does_not_serve_leaves_its_submission() -> None:
    lock = a_lock([(SPEC, an_entry(SPEC, a_training(SPEC, role=Role.FAILED)))])

    entry = _after(ev.Updated(ROUTER, {}, Lifecycle(), (), submitted(a_spec(epochs=9))), lock=lock)

    assert entry.trainings["1"].submission == submitted(SPEC)


def test_a_disposed_training_is_gone_and_the_others_stay() -> None:
    lock = a_lock([(SPEC, an_entry(SPEC, a_training(SPEC, role=Role.DEPOSED), a_training(SPEC, "2")))])

    assert list(_after(ev.Disposed(ROUTER, "1", "job"), lock=lock).trainings) == ["2"]


# Approved changes


def test_a_new_approval_takes_the_place_of_the_old_one() -> None:
    entry = _after(_approved(), _approved(Approved(action=Action.REPLACE, attempt="2"), Action.REPLACE))

    assert [a.action for a in entry.approved] == [Action.REPLACE]


def test_a_deposed_trainings_change_stands_beside_the_address_own() -> None:
    own, deposed = (
        Approved(action=Action.UPDATE, attempt="2"),
        Approved(action=Action.DELETE, deposed=True, disposes=("1",)),
    )
    lock = a_lock([(SPEC, an_entry(SPEC))])
    settings = ev.ChangeApproved(ROUTER, Action.UPDATE, own, Lifecycle(keep=9))

    entry = _after(settings, _approved(deposed, Action.DELETE), lock=lock)

    assert (entry.approved, entry.lifecycle.keep) == ((own, deposed), 9)
    half = _after(ev.ChangeDone(ROUTER, Action.DELETE, 0.0, deposed=True), lock=a_lock({str(ROUTER): entry}))
    assert half.approved == (own,)


def test_a_failed_change_is_over_and_keeps_what_was_there() -> None:
    lock = a_lock([(SPEC, an_entry(SPEC))])

    entry = _after(_approved(), ev.ChangeFailed(ROUTER, Action.CREATE, _TOLD), lock=lock)

    assert (entry.approved, list(entry.trainings)) == ((), ["1"])


def test_a_change_that_failed_before_anything_was_made_leaves_no_entry() -> None:
    lock = advance(advance(Lock(), _approved()), ev.ChangeFailed(ROUTER, Action.CREATE, _TOLD))

    assert lock.entries == {}


def _removal(**more: object) -> Approved:
    return Approved(action=Action.DELETE, removes_entry=True, **more)  # type: ignore[arg-type]


def test_a_removal_that_is_done_takes_the_entry_with_it() -> None:
    lock = a_lock([(SPEC, an_entry(SPEC, a_training(SPEC, role=Role.FAILED), approved=(_removal(),)))])

    assert advance(lock, ev.ChangeDone(ROUTER, Action.DELETE, 0.0)).entries == {}


@pytest.mark.parametrize("role", [Role.DEPOSED, Role.SERVING])
def test_a_removal_keeps_what_succeeded_while_it_was_cancelled(role: Role) -> None:
    lock = a_lock([(SPEC, an_entry(SPEC, a_training(SPEC, role=role), approved=(_removal(cancels=("1",)),)))])

    entry = _after(ev.ChangeDone(ROUTER, Action.DELETE, 0.0), lock=lock)

    assert (entry.approved, list(entry.trainings)) == ((), ["1"])


def test_a_removal_that_failed_keeps_the_entry() -> None:
    lock = a_lock([(SPEC, an_entry(SPEC, approved=(_removal(),)))])

    assert _after(ev.ChangeFailed(ROUTER, Action.DELETE, _TOLD), lock=lock).approved == ()


def test_a_removal_that_is_withdrawn_keeps_the_entry() -> None:
    lock = a_lock([(SPEC, an_entry(SPEC, approved=(_removal(),)))])

    assert _after(ev.ChangeDone(ROUTER, Action.NOOP, 0.0), lock=lock).approved == ()


# Renames and tombstones


def test_a_rename_moves_the_entry_and_leaves_the_markers_name() -> None:
    old = a_spec("old")
    lock = a_lock([(old, an_entry(old))])

    entry = _after(_approved(Approved(action=Action.UPDATE), Action.UPDATE, renamed_from=old.address), lock=lock)

    assert entry.trainings["1"].name == "old"
    assert advance(lock, _approved(renamed_from=old.address)).entry(old.address) is None


def test_a_rename_that_is_told_twice_moves_once() -> None:
    old = a_spec("old")
    again = _approved(Approved(action=Action.DELETE, deposed=True), Action.DELETE, renamed_from=old.address)
    first = _approved(Approved(action=Action.UPDATE), Action.UPDATE, renamed_from=old.address)

    entry = _after(first, again, lock=a_lock([(old, an_entry(old))]))

    assert list(entry.trainings) == ["1"]


def test_a_forgotten_address_leaves_a_tombstone() -> None:
    lock = advance(a_lock([(SPEC, an_entry(SPEC))]), ev.Forgotten(ROUTER, ("job", "model"), AT))

    assert lock.entries == {}
    assert lock.tombstones == {str(ROUTER): Tombstone(resource_names=("job", "model"), at=AT)}
    assert lock.buried == {"job", "model"}


def test_a_second_tombstone_of_an_address_keeps_the_first_ones_names() -> None:
    lock = advance(Lock(), ev.Forgotten(ROUTER, ("a", "b"), AT))

    assert advance(lock, ev.Forgotten(ROUTER, ("b", "c"), AT)).buried == {"a", "b", "c"}


def test_what_never_had_a_resource_needs_no_tombstone() -> None:
    lock = advance(a_lock([(SPEC, an_entry(SPEC))]), ev.Forgotten(ROUTER, (), AT))

    assert (lock.entries, lock.tombstones) == ({}, {})
    assert advance_entry(an_entry(SPEC), ev.Forgotten(ROUTER, (), AT)) is None


# Revisions


def test_the_revision_counts_the_writes_of_its_own_entry_alone() -> None:
    other = a_spec("other")
    lock = a_lock([(SPEC, an_entry(SPEC, revision=4)), (other, an_entry(other, revision=8))])

    after = advance(lock, ev.CancelRequested(ROUTER, "1", "job", AT))

    assert (after.entries["vertex/router"].revision, after.entries["vertex/other"].revision) == (5, 8)


def test_an_event_that_says_nothing_new_is_no_write() -> None:
    entry = an_entry(SPEC, revision=4)

    assert advance_entry(entry, ev.Disposed(ROUTER, "9", "job")) == entry


@pytest.mark.parametrize(
    "event",
    [
        ev.Waiting(ROUTER, "9", "S", Progress(), 0.0, state_changed_at=AT),
        ev.CancelRequested(ROUTER, "9", "job", AT),
        replace(_ENDED, attempt="9"),
        replace(_SUBMITTED, attempt="9"),
    ],
    ids=lambda e: type(e).__name__,
)
def test_an_event_about_a_training_that_is_not_there_brings_nothing_back(event: ev.Event) -> None:
    assert advance_entry(an_entry(SPEC), event) == an_entry(SPEC)


# What an entry says of itself


def test_the_candidate_is_the_newest_that_is_not_being_cancelled() -> None:
    kept = a_training(SPEC, role=Role.CANDIDATE)
    ending = a_training(SPEC, "2", role=Role.CANDIDATE, cancel_requested=AT)
    entry = Entry(trainings={"1": kept, "2": ending, "10": with_fields(ending)})

    assert entry.candidate == ("1", kept)
    assert Entry(trainings={"2": ending}).candidate == ("2", ending)
    assert Entry().candidate is None
    assert [a for a, _ in entry.in_order] == ["1", "2", "10"]
    assert (entry.newest or ("",))[0] == "10"
    assert kept.is_open


_BY = Author(actor="ada", commit="c0ffee", run_url="https://ci/1")


def test_a_training_is_of_whoever_had_it_approved() -> None:
    approved = with_fields(_CREATE, by=_BY, reason="not found in the cloud")

    entry = _after(_approved(approved), _INTENDED, _SUBMITTED, _ENDED, _SERVED, _DONE)

    assert entry.trainings["1"].by == _BY
    assert entry.trainings["1"].reason == "not found in the cloud"


def test_a_create_that_is_announced_again_stays_with_whoever_had_it_approved_first() -> None:
    first, second = (with_fields(_CREATE, by=by) for by in (_BY, Author(actor="grace")))

    entry = _after(_approved(first), _INTENDED, _approved(second), _INTENDED)

    assert entry.trainings["1"].by == _BY


def test_an_approval_that_is_repeated_stays_with_whoever_gave_it_first() -> None:
    first = with_fields(_CREATE, at=AT, by=_BY, reason="not found in the cloud")
    again = with_fields(first, by=Author(actor="cron"), reason="never begun")
    other = with_fields(again, submission=submitted(a_spec(epochs=9)))

    repeated, changed = _after(_approved(first), _approved(again)), _after(_approved(first), _approved(other))

    assert (repeated.approved[0].by, repeated.approved[0].reason) == (_BY, "not found in the cloud")
    assert (changed.approved[0].by, changed.approved[0].reason) == (Author(actor="cron"), "never begun")


def test_what_is_adopted_is_of_whoever_took_it_in() -> None:
    adopted = ev.Adopted(ROUTER, "2", Role.DEPOSED, submitted(SPEC), a_live_training(SPEC), AT)
    approved = Approved(action=Action.ADOPT, attempt="1", by=_BY, reason="carries our markers")

    entry = _after(_approved(approved, Action.ADOPT), adopted)

    assert (entry.trainings["2"].by, entry.trainings["2"].reason) == (_BY, "carries our markers")
