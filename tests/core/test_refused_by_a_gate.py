"""A refusal belongs to a version and a gate: another gate judges the same version again, and nothing is trained."""

from __future__ import annotations

import itertools
from dataclasses import replace as with_fields
from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.core.change import Change, ReasonCode
from reconciler.core.gate_spec import Bound, GateSpec, Prompt
from reconciler.core.judgement import DROPPED, NO_GATE, digest_of, judge_of, recorded
from reconciler.core.judgement import Judged as Verdict
from reconciler.core.lock import DroppedRecord, Judgement, Role, ServedCheckpoint, Training
from reconciler.core.merge import merge_locks
from reconciler.core.model import Action, Declared, LiveTraining, OnFailure, Status
from tests.fakes.planning import plan_of
from tests.fakes.specs import (
    a_gemini_spec,
    a_live,
    a_live_training,
    a_lock,
    a_spec,
    a_training,
    an_entry,
    endpoint_name,
    model_name,
)

_OLD = GateSpec(prompts=(Prompt("Hi", contains="Billing"),))
_NEW = GateSpec(prompts=(Prompt("Hi", contains="billing"),))
_WORDS = "prompt 'Hi': wanted contains 'Billing', got 'billing'"
_LEGACY = "of a lock of 0.1.0"
_MAKERS = pytest.mark.parametrize("make", [a_spec, a_gemini_spec], ids=["vertex", "gemini"])


def _refused(spec: Declared, attempt: str = "1", by: str = "", **more: Any) -> Training:
    judged = None if by == _LEGACY else Judgement(by=by or digest_of(_OLD))
    known = {"gate_refused": _WORDS, "judged": judged, "state": "JOB_STATE_SUCCEEDED"}
    left = {"model": model_name(spec, attempt), "endpoint": endpoint_name(spec, attempt)}
    return a_training(spec, attempt, role=Role.FAILED, **{**known, **left, **more})


def _change(spec: Declared, *trainings: Training, lives: tuple[LiveTraining, ...] = (), **asked: Any) -> Change:
    lock = a_lock([(spec, an_entry(spec, *trainings))])
    (change,) = plan_of(spec, lock, a_live(*lives), **asked).changes
    return change


@_MAKERS
@pytest.mark.parametrize(
    ("gate", "by", "words"),
    [
        (_NEW, "", "its gate has changed"),
        (None, "", "serves now: nothing refuses it any more"),
        (GateSpec(), "", "serves now"),
        (_OLD, _LEGACY, "the lock does not say which gate refused it"),
        (None, _LEGACY, "serves now"),
        (_OLD, "told by nobody", "its gate has changed"),
    ],
)
def test_a_first_model_that_was_refused_is_judged_again_by_another_gate(
    make: Any, gate: GateSpec | None, by: str, words: str
) -> None:
    spec = make(gate=gate)

    change = _change(spec, _refused(spec, by=by), lives=(a_live_training(spec),))

    assert (change.action, change.reason.code, change.attempt) == (Action.UPDATE, ReasonCode.JUDGED_AGAIN, "1")
    assert words in change.reason.text
    assert "nothing is trained" in change.reason.text


@_MAKERS
def test_a_successor_that_was_refused_is_judged_again_while_the_old_one_serves(make: Any) -> None:
    old, new = make(), make(epochs=9, gate=_NEW)
    lock = a_lock([(new, an_entry(old, a_training(old), _refused(new, "2")))])

    (change,) = plan_of(new, lock, a_live(a_live_training(old), a_live_training(new, "2"))).changes

    assert (change.action, change.reason.code, change.attempt) == (Action.UPDATE, ReasonCode.JUDGED_AGAIN, "2")
    assert [f.field.rpartition(".")[2] for f in change.fields] == ["epochCount"]


@_MAKERS
def test_the_gate_that_refused_it_blocks_and_says_that_another_would_judge_it_for_nothing(make: Any) -> None:
    spec = make(gate=_OLD)

    change = _change(spec, _refused(spec), lives=(a_live_training(spec),))

    assert (change.action, change.reason.code) == (Action.BLOCKED, ReasonCode.GATE_REFUSED)
    assert _WORDS in change.reason.text
    assert "edit the gate to have it judged again without training" in change.reason.text
    assert change.notes == ()


@pytest.mark.parametrize(
    ("served", "wanted", "action"),
    [
        (None, "2", Action.UPDATE),
        (None, "", Action.BLOCKED),
        ("2", "2", Action.BLOCKED),
        ("2", "3", Action.UPDATE),
        ("2", "", Action.UPDATE),
    ],
)
def test_a_refusal_at_one_checkpoint_says_nothing_of_another(served: str | None, wanted: str, action: Action) -> None:
    spec = with_fields(a_spec(gate=_OLD), checkpoint=wanted)
    chosen = ServedCheckpoint(wanted=served, checkpoint_id=served) if served else None

    change = _change(spec, _refused(spec, checkpoint=chosen), lives=(a_live_training(spec),))

    assert change.action is action


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (None, "its model is gone"),
        ({"model_exists": False, "endpoint_exists": False}, "its model is gone"),
        ({"endpoint_exists": False}, "its endpoint is gone"),
    ],
)
def test_a_refused_model_that_is_gone_is_said_to_be_gone_whatever_the_gate_is_now(
    seen: dict[str, Any] | None, words: str
) -> None:
    spec = a_spec(gate=_NEW)
    lives = () if seen is None else (a_live_training(spec, **seen),)

    change = _change(spec, _refused(spec), lives=lives)

    assert (change.action, change.reason.code) == (Action.BLOCKED, ReasonCode.GATE_REFUSED)
    assert words in change.reason.text
    assert "judged again without" not in change.reason.text


def test_a_change_of_the_order_alone_is_the_same_gate() -> None:
    prompts = (Prompt("a", contains="x"), Prompt("b", matches="y"))
    bounds = {"eval_total_loss": Bound(max=1), "train_total_loss": Bound(min=0)}

    one = GateSpec(bounds, prompts)
    other = GateSpec(dict(reversed(bounds.items())), prompts[::-1])

    assert digest_of(one) == digest_of(other)


def test_whatever_changes_in_a_gate_makes_another_one_of_it() -> None:
    gates = [
        None,
        _OLD,
        _NEW,
        GateSpec(prompts=(Prompt("Hi", matches="billing"),)),
        GateSpec(prompts=(Prompt("Ho", contains="billing"),)),
        GateSpec(prompts=(*_NEW.prompts, *_OLD.prompts)),
        GateSpec({"eval_total_loss": Bound(max=1)}),
        GateSpec({"eval_total_loss": Bound(max=2)}),
        GateSpec({"eval_total_loss": Bound(min=1)}),
        GateSpec({"train_total_loss": Bound(max=1)}),
    ]

    assert len({digest_of(gate) for gate in gates}) == len(gates)
    assert (digest_of(None), digest_of(GateSpec())) == (NO_GATE, NO_GATE)


def test_a_gate_that_could_not_tell_is_asked_again_and_what_is_no_number_stays_out_of_the_lock() -> None:
    spec = a_spec(gate=_OLD)
    judged = recorded(Verdict("no metrics", {"a": 1.0, "b": float("nan")}, could_tell=False), digest_of(_OLD))

    change = _change(spec, replace(_refused(spec), judged=judged), lives=(a_live_training(spec),))

    assert (judged.by, judged.metrics) == ("", {"a": 1.0})
    assert change.reason.code is ReasonCode.JUDGED_AGAIN
    assert "its gate was inconclusive" in change.reason.text


@pytest.mark.parametrize(
    ("most", "gate", "code"),
    [
        (4.9, None, ReasonCode.GATE_REFUSED),
        (3.0, None, ReasonCode.GATE_REFUSED),
        (3.0, _NEW, ReasonCode.GATE_REFUSED),
        (5.0, None, ReasonCode.JUDGED_AGAIN),
        (5.0, _NEW, ReasonCode.JUDGED_AGAIN),
        (None, None, ReasonCode.JUDGED_AGAIN),
    ],
)
@pytest.mark.parametrize("by", [DROPPED, _LEGACY])
def test_a_refusal_because_of_dropped_examples_ends_with_the_limit_that_made_it(
    most: float | None, gate: GateSpec | None, code: ReasonCode, by: str
) -> None:
    spec = a_spec(gate=gate)
    dropped = DroppedRecord(count=5, total=100)
    refused = _refused(spec, by=by, dropped=dropped, gate_refused="5 examples were dropped; … is 4.9")

    change = _change(spec, refused, lives=(a_live_training(spec),), most_dropped=most)

    assert change.reason.code is code
    if code is ReasonCode.GATE_REFUSED:
        assert f"limits.maxDroppedPercent is {most:g}" in change.reason.text


def test_a_new_limit_on_dropped_examples_judges_nothing_that_its_gate_refused() -> None:
    spec = a_spec(gate=_OLD)

    change = _change(spec, _refused(spec), lives=(a_live_training(spec),), most_dropped=1.0)

    assert change.action is Action.BLOCKED
    assert judge_of(_refused(spec), _OLD, 1.0) == digest_of(_OLD)


def test_the_newest_refused_attempt_alone_is_judged_again() -> None:
    spec = a_spec(gate=_NEW)
    lives = (a_live_training(spec), a_live_training(spec, "2"))

    both = _change(spec, _refused(spec), _refused(spec, "2"), lives=lives)
    judged = _change(spec, _refused(spec), _refused(spec, "2", by=digest_of(_NEW)), lives=lives)

    assert (both.reason.code, both.attempt) == (ReasonCode.JUDGED_AGAIN, "2")
    assert judged.action is Action.BLOCKED


def test_a_free_judgement_comes_before_a_paid_retry_and_before_a_failure_blocks() -> None:
    spec = a_spec(gate=_NEW, on_failure=OnFailure.RETRY, max_attempts=5)
    failed = a_training(spec, "2", role=Role.FAILED, error_code=14, error="away")

    change = _change(
        spec, _refused(spec), failed, lives=(a_live_training(spec), a_live_training(spec, "2", status=Status.FAILED))
    )

    assert (change.action, change.attempt) == (Action.UPDATE, "1")


def test_a_refused_attempt_that_was_asked_for_instead_of_what_serves_is_judged_again_and_an_older_one_is_not() -> None:
    spec = a_spec(gate=_NEW)
    lives = (a_live_training(spec), a_live_training(spec, "2"))

    later = _change(spec, a_training(spec), _refused(spec, "2"), lives=lives)
    older = _change(spec, _refused(spec), a_training(spec, "2"), lives=lives)

    assert (later.reason.code, later.attempt) == (ReasonCode.JUDGED_AGAIN, "2")
    assert older.action is Action.NOOP


def test_where_what_serves_is_gone_a_refused_one_is_judged_again_before_anything_is_paid_for() -> None:
    spec = a_spec(gate=_NEW)

    change = _change(spec, a_training(spec), _refused(spec, "2"), lives=(a_live_training(spec, "2"),))

    assert (change.reason.code, change.attempt) == (ReasonCode.JUDGED_AGAIN, "2")


def test_what_was_trained_from_another_spec_is_not_judged_for_this_one() -> None:
    old, new = a_spec(epochs=9), a_spec(gate=_NEW)

    change = _change(new, _refused(old), lives=(a_live_training(old),))

    assert (change.action, change.reason.code) == (Action.CREATE, ReasonCode.EDITED)


def test_who_asks_for_a_training_gets_one() -> None:
    spec = a_spec(gate=_NEW)

    change = _change(spec, _refused(spec), lives=(a_live_training(spec),), replace=["vertex/router"])

    assert (change.action, change.reason.code) == (Action.CREATE, ReasonCode.REQUESTED)


def test_the_checksum_covers_the_gate_that_judges_again_and_that_of_a_training() -> None:
    def checksum(gate: GateSpec | None, *trainings: Training) -> str:
        spec = a_spec(gate=gate)
        lock = a_lock([(spec, an_entry(spec, *trainings))]) if trainings else a_lock()
        return plan_of(spec, lock, a_live(a_live_training(spec)) if trainings else a_live()).checksum

    other = GateSpec(prompts=(Prompt("Hi", contains="bill"),))
    judged = [checksum(gate, _refused(a_spec())) for gate in (None, _NEW, other)]
    trained = [checksum(gate) for gate in (None, _NEW, other)]

    assert len({*judged, *trained}) == 6


def _settled(spec: Declared, word: str) -> Training:
    """One job as two clones may have it, each with the times of its own history."""
    begun = {"intended": "1", "submitted": "2", "ended": "3"}
    served = {"role": Role.SERVING, "gate_refused": "", "judged": Judgement(by=digest_of(_NEW))}
    return {
        "running": a_training(spec, role=Role.CANDIDATE, times={"intended": "1", "submitted": "2"}),
        "trained": a_training(spec, role=Role.CANDIDATE, times=begun),
        "refused": replace(_refused(spec), times={**begun, "refused": "4"}),
        "refused again": replace(_refused(spec, by=digest_of(_NEW)), times={**begun, "refused": "6"}),
        "serves": replace(_refused(spec), times={**begun, "refused": "4", "served": "5"}, **served),
    }[word]


_ORDER = ["running", "trained", "refused", "serves", "refused again"]


@pytest.mark.parametrize(("one", "other"), list(itertools.permutations(_ORDER, 2)))
@pytest.mark.parametrize("revisions", [(1, 2), (2, 1), (3, 3)])
def test_of_two_locks_the_later_verdict_on_a_version_counts_with_the_gate_that_gave_it(
    one: str, other: str, revisions: tuple[int, int]
) -> None:
    spec = a_spec(gate=_NEW)
    locks = [
        a_lock([(spec, an_entry(spec, _settled(spec, word), revision=revision))])
        for word, revision in zip((one, other), revisions, strict=True)
    ]

    merged = merge_locks(*locks).lock.entries["vertex/router"].trainings["1"]

    last = _settled(spec, max(one, other, key=_ORDER.index))
    assert (merged.gate_refused, merged.judged) == (last.gate_refused, last.judged)
    if last.times.keys() & {"refused", "served"}:
        assert merged.role is last.role
