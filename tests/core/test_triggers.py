"""`tuneform.trigger`: a text whose change trains anew, and nothing else of which is looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core import markers as marks
from reconciler.core.change import Change, ReasonCode
from reconciler.core.lock import Lock, Pin, Role, Tombstone
from reconciler.core.model import Action, Address, CopySource, Declared, Live, OnChange, Status
from reconciler.core.submission import as_trained
from tests.fakes.planning import change_of, codes_of, fields_of, plan_of
from tests.fakes.specs import (
    a_gemini_spec,
    a_live,
    a_live_training,
    a_lock,
    a_spec,
    a_training,
    an_entry,
    markers,
    submitted,
)

FIELD = "tuneform.trigger"
both = pytest.mark.parametrize("a_model", [a_spec, a_gemini_spec], ids=["vertex", "gemini"])
Make = Callable[..., Declared]


def served(spec: Declared) -> tuple[Lock, Live]:
    return a_lock([(spec, an_entry(spec))]), a_live(a_live_training(spec))


def outcome(change: Change) -> tuple[Action, ReasonCode]:
    return change.action, change.reason.code


# What a change of it does


@both
@pytest.mark.parametrize("before", ["", "2026-09"])
def test_another_trigger_trains_a_successor_and_is_the_one_field_that_says_so(a_model: Make, before: str) -> None:
    spec = a_model(trigger="2026-10")

    change = change_of(spec, *served(a_model(trigger=before)))

    assert outcome(change) == (Action.REPLACE, ReasonCode.TRIGGERED)
    assert "trigger changed" in change.reason.text
    (field,) = change.fields
    assert (field.field, field.old, field.new, field.on_change) == (
        FIELD,
        before or None,
        "2026-10",
        OnChange.REPLACE,
    )
    assert change.submission is not None
    assert change.submission.trigger == "2026-10"


@both
def test_the_same_trigger_trains_nothing(a_model: Make) -> None:
    spec = a_model(trigger="2026-10")

    assert plan_of(spec, *served(spec)).is_empty


@both
def test_a_trigger_that_is_taken_out_changes_nothing(a_model: Make) -> None:
    change = change_of(a_model(), *served(a_model(trigger="2026-10")))

    assert outcome(change) == (Action.NOOP, ReasonCode.UNCHANGED)
    assert change.fields == ()


@both
def test_a_trigger_that_was_taken_out_and_is_put_back_trains_nothing(a_model: Make) -> None:
    spec = a_model(trigger="2026-10")
    lock, live = served(spec)
    assert change_of(a_model(), lock, live).submission is None

    assert change_of(spec, lock, live).action is Action.NOOP


def test_an_edit_beside_the_trigger_is_an_edit() -> None:
    change = change_of(a_spec(epochs=9, trigger="b"), *served(a_spec(trigger="a")))

    assert outcome(change) == (Action.REPLACE, ReasonCode.EDITED)
    assert FIELD in fields_of(change)


@both
def test_an_earlier_trigger_lets_the_model_serve_again_that_was_trained_with_it(a_model: Make) -> None:
    old, new = a_model(trigger="a"), a_model(trigger="b")
    entry = an_entry(new, a_training(old, role=Role.DEPOSED), a_training(new, "2"))
    live = a_live(a_live_training(old), a_live_training(new, "2"))

    change = change_of(old, a_lock([(new, entry)]), live)

    assert outcome(change) == (Action.RESTORE, ReasonCode.MATCHES_DEPOSED)
    assert change.attempt == "1"


# After a failure, and while something is under way


@both
def test_another_trigger_trains_again_after_a_failure(a_model: Make) -> None:
    spec = a_model(trigger="b")
    failed = a_training(a_model(trigger="a"), role=Role.FAILED, error="No.", error_code=3, status=Status.FAILED)

    change = change_of(spec, a_lock([(spec, an_entry(spec, failed))]))

    assert outcome(change) == (Action.CREATE, ReasonCode.TRIGGERED)
    assert (change.attempt, fields_of(change)) == ("2", [FIELD])


@both
def test_a_failure_is_not_mended_by_taking_the_trigger_out(a_model: Make) -> None:
    spec = a_model()
    failed = a_training(a_model(trigger="a"), role=Role.FAILED, error="No.", error_code=3, status=Status.FAILED)

    assert change_of(spec, a_lock([(spec, an_entry(spec, failed))])).action is Action.BLOCKED


def test_what_a_gate_refused_is_trained_again_by_another_trigger() -> None:
    old, spec = a_spec(), a_spec(trigger="again")
    refused = a_training(old, "2", role=Role.FAILED, gate_refused="too bad", model="m@1")
    lock = a_lock([(spec, an_entry(spec, a_training(a_spec(epochs=1)), refused))])
    live = a_live(a_live_training(a_spec(epochs=1)), a_live_training(old, "2"))

    assert change_of(spec, lock, live).action is Action.REPLACE


def test_another_trigger_takes_the_place_of_what_is_under_way() -> None:
    old, spec = a_spec(trigger="a"), a_spec(trigger="b")
    lock = a_lock([(spec, an_entry(spec, a_training(old, role=Role.CANDIDATE)))])

    change = change_of(spec, lock, a_live(a_live_training(old, status=Status.IN_PROGRESS)))

    assert outcome(change) == (Action.REPLACE, ReasonCode.OUTDATED)
    assert change.cancels == ("1",)


def test_another_trigger_ends_a_pin_and_to_take_it_out_does_not() -> None:
    spec = a_spec(trigger="a")
    old = a_spec(epochs=1)
    pin = Pin(attempt="1", over=("9",), digest=submitted(spec).digest, data_id=submitted(spec).data_id, at="2026-09-01")
    lock = a_lock([(spec, an_entry(old, pin=pin))])
    live = a_live(a_live_training(old))

    assert change_of(a_spec(trigger="b"), lock, live).action is Action.REPLACE
    assert change_of(spec, lock, live).reason.code is ReasonCode.PINNED
    assert change_of(a_spec(), lock, live).reason.code is ReasonCode.PINNED


# What a lost lock finds again


@both
def test_a_training_of_the_same_trigger_is_found_again(a_model: Make) -> None:
    spec = a_model(trigger="a")

    change = change_of(spec, a_lock(), a_live(a_live_training(spec)))

    assert change.action is Action.ADOPT
    assert change.submission == submitted(spec)


@both
def test_a_training_of_another_trigger_is_not_taken_for_it(a_model: Make) -> None:
    for before in ("", "a"):
        change = change_of(a_model(trigger="b"), a_lock(), a_live(a_live_training(a_model(trigger=before))))

        assert change.action is Action.CREATE
        assert codes_of(change) == ["PLAN005"]


def test_a_training_is_found_again_whose_trigger_was_taken_out_and_that_text_trains_nothing_later() -> None:
    spec = a_spec(trigger="a")
    live = a_live(a_live_training(spec))

    change = change_of(a_spec(), a_lock(), live)

    assert change.action is Action.ADOPT
    (adopted,) = change.adopts
    assert adopted.submission is not None
    kept = an_entry(spec, a_training(spec, submission=adopted.submission))
    assert change_of(spec, a_lock([(spec, kept)]), live).action is Action.NOOP


def test_a_model_of_another_trigger_that_runs_elsewhere_is_no_second_training_of_what_serves() -> None:
    spec = a_spec()
    elsewhere = a_live_training(a_spec(trigger="b"), "2", status=Status.IN_PROGRESS)
    lock, live = a_lock([(spec, an_entry(spec))]), a_live(a_live_training(spec), elsewhere)

    plan = plan_of(spec, lock, live)

    assert plan.is_empty


def test_what_was_forgotten_is_not_found_again_by_a_spec_without_its_trigger() -> None:
    spec = a_spec(trigger="a")
    found = a_live_training(spec)
    grave = Tombstone(resource_names=(found.resource_name,), at="2026-09-01T00:00:00Z")

    change = change_of(a_spec(), a_lock(tombstones={str(spec.address): grave}), a_live(found))

    assert change.action is Action.CREATE


def test_what_was_made_by_hand_was_trained_with_no_trigger() -> None:
    spec = a_spec(trigger="a")
    by_hand = a_live_training(a_spec(), markers=markers(a_spec(name="other")))

    trained = as_trained(submitted(spec), by_hand)

    assert (trained.trigger, trained.digest) == ("", submitted(a_spec()).digest)
    assert as_trained(submitted(spec), a_live_training(spec)).trigger == "a"


# A rename, and a copy


def test_a_rename_with_another_trigger_is_no_likely_rename() -> None:
    old = a_spec("old", trigger="a")
    lock, live = served(old)

    def hints(spec: Declared) -> bool:
        (created,) = plan_of(spec, lock, live).by_action(Action.CREATE)
        return any("formerNames" in note.fix for note in created.notes)

    assert hints(a_spec("new", trigger="a"))
    assert hints(a_spec("new"))
    assert not hints(a_spec("new", trigger="b"))


def test_another_trigger_copies_anew_and_trains_nothing() -> None:
    source = CopySource("staging", Address("vertex", "router"), model="projects/1/locations/us-central1/models/1@1")
    old = replace(a_spec(), training={}, data=(), source=source)

    change = change_of(replace(old, trigger="a"), *served(old))

    assert outcome(change) == (Action.REPLACE, ReasonCode.TRIGGERED)
    assert not change.trains
    assert "copied again" in change.reason.text


def test_a_copy_whose_source_nobody_can_tell_is_not_made_again_by_a_trigger() -> None:
    known = CopySource("staging", Address("vertex", "router"), model="projects/1/locations/us-central1/models/1@1")
    old = replace(a_spec(), training={}, data=(), source=known, trigger="a")
    lost = replace(old, source=replace(known, model="", missing="its lock is gone"), trigger="b")

    assert change_of(lost, *served(old)).action is Action.NOOP


# Markers and checksums


@given(st.text(min_size=1, max_size=300))
def test_a_trigger_stands_apart_in_the_marker_and_fits_beside_the_fields(text: str) -> None:
    plain, value = marks.training_digest({"baseModel": "m"}), marks.training_digest({"baseModel": "m"}, "", text)

    assert value == marks.with_trigger_of(plain, value)
    assert (marks.fields_id(value), marks.trigger_id(plain)) == (plain, "")
    assert marks.asks_for(plain, value)
    assert not marks.asks_for(value, plain)
    assert marks.label_value(value) == value


def test_the_marker_of_a_trigger_is_pinned_since_live_resources_carry_it() -> None:
    value = marks.training_digest({"baseModel": "gemini-2.5-flash"}, "", "2026-10")

    assert value == "v1-f30018700a7f83f7bab29e679814ef782abc1c0b-4c17f596b2d82214"


def test_a_checksum_covers_the_trigger() -> None:
    checksums = {plan_of(a_spec(trigger=text), *served(a_spec())).checksum for text in ("a", "b")}

    assert len(checksums) == 2
