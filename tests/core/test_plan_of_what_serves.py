"""A model serves: noop, update, replace, restore, blocked, and what is only reported."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.change import Basis, Cause, Change, ReasonCode
from reconciler.core.lock import Entry, Lock, Role
from reconciler.core.model import Action, Carrier, Declared, Live, LiveTraining, OnChange, OnDrift
from reconciler.core.plan import settle
from tests.fakes.planning import change_of, codes_of, fields_of, plan_of
from tests.fakes.specs import (
    TRAIN,
    VALIDATE,
    a_file,
    a_gemini_spec,
    a_live,
    a_live_training,
    a_lock,
    a_spec,
    a_training,
    an_entry,
    bytes_of,
    carried,
    endpoint_name,
    model_name,
    submitted,
)


def _serving(spec: Declared, **live: Any) -> tuple[Lock, Live]:
    return a_lock([(spec, an_entry(spec))]), a_live(a_live_training(spec, **live))


def _edited(before: Declared, after: Declared, **live: Any) -> Change:
    """The change when `before` serves and `after` is declared."""
    return change_of(after, *_serving(before, **live))


@pytest.mark.parametrize("spec", [a_spec(labels={"team": "a"}), a_gemini_spec()], ids=["vertex", "gemini"])
def test_what_is_as_declared_is_left_alone(spec: Declared) -> None:
    change = _edited(spec, spec)

    assert (change.action, change.reason.code, change.fields) == (Action.NOOP, ReasonCode.UNCHANGED, ())
    assert plan_of(spec, *_serving(spec)).is_empty


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        (a_spec(), a_spec(base="gemini-2.5-pro"), "baseModel"),
        (a_spec(), a_spec(epochs=4), "supervisedTuningSpec.hyperParameters.epochCount"),
        (a_spec(), a_spec(data=VALIDATE), "supervisedTuningSpec.trainingDatasetUri"),
        (a_spec(), a_spec(project="other"), "project"),
        (a_spec(), a_spec(location="europe-west4"), "location"),
        (a_spec(), a_spec(extra={"serviceAccount": "me"}), "serviceAccount"),
        (a_gemini_spec(), a_gemini_spec(epochs=6), "tuningTask.hyperparameters.epochCount"),
        (a_gemini_spec(), a_gemini_spec(pairs=(("1", "3"),)), "tuningTask.trainingData"),
    ],
)
def test_an_edited_training_field_trains_a_successor(before: Declared, after: Declared, field: str) -> None:
    change = _edited(before, after)

    assert (change.action, change.reason.code, fields_of(change)) == (Action.REPLACE, ReasonCode.EDITED, [field])
    assert (change.attempt, change.fields[0].on_change) == ("2", OnChange.REPLACE)
    assert change.submission == submitted(after)


def test_a_field_that_is_unset_is_recorded_and_trains_nothing() -> None:
    change = _edited(a_spec(), a_spec(epochs=None))

    assert (change.action, change.reason.code) == (Action.UPDATE, ReasonCode.RECORDED)
    assert change.submission is not None
    assert change.submission.training == a_spec(epochs=None).training
    assert change.submission.digest == submitted(a_spec()).digest


def test_what_the_service_resolved_by_itself_is_never_compared() -> None:
    spec = a_spec(epochs=None)
    resolved = {**spec.training, "supervisedTuningSpec": {"hyperParameters": {"epochCount": 4, "adapterSize": "X"}}}

    change = _edited(spec, spec, training=resolved)

    assert change.action is Action.NOOP


def test_a_field_that_is_set_to_what_was_resolved_trains_nothing() -> None:
    before = a_spec(epochs=None)
    resolved = {**before.training, "supervisedTuningSpec": {"hyperParameters": {"epochCount": 3}}}

    change = _edited(before, a_spec(epochs=3), training=resolved)

    assert (change.action, change.fields[0].on_change) == (Action.UPDATE, OnChange.RECORD)


def test_a_field_that_is_set_to_something_else_than_what_was_resolved_trains() -> None:
    before = a_spec(epochs=None)
    resolved = {**before.training, "supervisedTuningSpec": {"hyperParameters": {"epochCount": 4}}}

    change = _edited(before, a_spec(epochs=3), training=resolved)

    assert change.action is Action.REPLACE


def test_changed_bytes_of_a_local_file_are_an_edit() -> None:
    change = _edited(a_spec(data=a_file("rows")), a_spec(data=a_file("other rows")))

    assert (change.action, change.reason.code) == (Action.REPLACE, ReasonCode.EDITED)
    assert change.fields[0].old != change.fields[0].new


def test_a_local_file_with_the_same_bytes_may_move() -> None:
    change = _edited(a_spec(data=a_file()), a_spec(data=a_file(path="elsewhere/train.jsonl")))

    assert (change.action, change.reason.code) == (Action.UPDATE, ReasonCode.RECORDED)


def test_an_object_with_the_same_bytes_may_move() -> None:
    objects = {TRAIN: bytes_of("rows"), VALIDATE: bytes_of("rows")}
    before, after = a_spec(), a_spec(data=VALIDATE)
    lock = a_lock([(before, an_entry(before, a_training(before, objects=objects)))])

    change = change_of(after, lock, a_live(a_live_training(before, objects=objects), objects=objects))

    assert (change.action, change.reason.code) == (Action.UPDATE, ReasonCode.RECORDED)


def test_training_data_of_another_method_is_another_training() -> None:
    before = a_spec()
    moved = replace(before.data[0], field="preferenceOptimizationSpec.trainingDatasetUri")
    after = replace(before, data=(moved,))

    change = _edited(before, after)

    assert change.action is Action.REPLACE


def _with_bytes(text: str, **lifecycle: Any) -> Change:
    """The change when the bytes behind the URI are `text` by now."""
    spec = a_spec(**lifecycle)
    live = a_live(a_live_training(spec), objects={TRAIN: bytes_of(text)})
    return change_of(spec, a_lock([(spec, an_entry(spec))]), live)


def test_changed_bytes_behind_a_uri_are_reported() -> None:
    change = _with_bytes("other")

    assert (change.action, change.reason.code, codes_of(change)) == (Action.NOOP, ReasonCode.DATA_CHANGED, ["PLAN002"])
    assert (change.fields[0].on_change, change.fields[0].cause) == (OnChange.REPORT, Cause.DRIFTED)


def test_changed_bytes_behind_a_uri_train_where_the_spec_says_so() -> None:
    change = _with_bytes("other", on_data_change=OnDrift.RETUNE)

    assert (change.action, change.reason.code) == (Action.REPLACE, ReasonCode.DATA_CHANGED)


def test_the_same_bytes_uploaded_again_are_the_same_data() -> None:
    spec = a_spec(on_data_change=OnDrift.RETUNE)
    again = {TRAIN: replace(bytes_of("train"), generation="2")}

    change = change_of(spec, a_lock([(spec, an_entry(spec))]), a_live(a_live_training(spec), objects=again))

    assert change.action is Action.NOOP


def test_without_a_recorded_identity_the_present_one_becomes_the_baseline() -> None:
    spec = a_spec(on_data_change=OnDrift.RETUNE)
    lock = a_lock([(spec, an_entry(spec, a_training(spec, objects={})))])

    change = change_of(spec, lock, a_live(a_live_training(spec)))

    assert (change.action, change.reason.code) == (Action.UPDATE, ReasonCode.RECORDED)
    assert change.submission is not None
    assert change.submission.data[0].identity == bytes_of("train")


def test_an_identity_that_cannot_be_read_now_is_nothing_to_compare_by() -> None:
    spec = a_spec(on_data_change=OnDrift.RETUNE)

    change = change_of(spec, a_lock([(spec, an_entry(spec))]), a_live(a_live_training(spec), objects={}))

    assert change.action is Action.NOOP


def test_a_record_in_the_lock_never_takes_over_bytes_that_were_not_trained_on() -> None:
    spec = a_spec()
    lock, edited = a_lock([(spec, an_entry(spec))]), a_spec(epochs=None)

    change = change_of(edited, lock, a_live(a_live_training(spec), objects={TRAIN: bytes_of("other")}))

    assert (change.action, change.reason.code) == (Action.UPDATE, ReasonCode.RECORDED)
    assert change.submission is not None
    assert change.submission.data[0].identity == bytes_of("train")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (a_spec(), a_spec(validation=VALIDATE)),
        (a_spec(validation=VALIDATE), a_spec()),
        (a_spec(validation=VALIDATE), a_spec(validation=TRAIN)),
    ],
    ids=["added", "removed", "moved"],
)
def test_validation_data_is_reported_and_never_trains(before: Declared, after: Declared) -> None:
    change = _edited(before, after)

    assert (change.action, change.reason.code) == (Action.NOOP, ReasonCode.REPORTED)
    assert fields_of(change) == ["supervisedTuningSpec.validationDatasetUri"]
    assert not change.action.is_pending


def test_changed_validation_bytes_are_reported_even_where_training_data_retunes() -> None:
    spec = a_spec(validation=VALIDATE, on_data_change=OnDrift.RETUNE)
    live = a_live(a_live_training(spec), objects={TRAIN: bytes_of("train"), VALIDATE: bytes_of("other")})

    change = change_of(spec, a_lock([(spec, an_entry(spec))]), live)

    assert (change.action, change.fields[0].on_change) == (Action.NOOP, OnChange.REPORT)


def test_changed_bytes_of_a_local_validation_file_are_reported() -> None:
    before, after = (
        replace(
            a_spec(), data=(*a_spec().data, replace(a_file(text), field="supervisedTuningSpec.validationDatasetUri"))
        )
        for text in ("one", "two")
    )

    change = _edited(before, after)

    assert (change.action, fields_of(change)) == (Action.NOOP, ["supervisedTuningSpec.validationDatasetUri"])


@pytest.mark.parametrize("asked", [{"evaluationConfig": {"x": 2}}, {}], ids=["edited", "removed"])
def test_a_reported_field_trains_only_when_it_is_asked_for(asked: dict[str, Any]) -> None:
    before, after = a_spec(reported={"evaluationConfig": {"x": 1}}), a_spec(reported=asked)

    by_itself = _edited(before, after)
    lock, live = _serving(before)
    requested = change_of(after, lock, live, replace=["vertex/router"])

    assert (by_itself.action, fields_of(by_itself)) == (Action.NOOP, ["evaluationConfig.x"])
    assert (requested.action, requested.reason.code) == (Action.REPLACE, ReasonCode.REQUESTED)


# Three ways: the spec, the lock and the cloud


@pytest.mark.parametrize(
    ("wanted", "locked", "live", "action", "cause"),
    [
        ("a", "a", "a", Action.NOOP, None),
        ("b", "a", "a", Action.UPDATE, Cause.EDITED),
        ("a", "a", "x", Action.UPDATE, Cause.DRIFTED),
        ("b", "a", "x", Action.UPDATE, Cause.BOTH),
        ("b", "a", "b", Action.UPDATE, Cause.EDITED),
        (None, "a", "a", Action.UPDATE, Cause.EDITED),
        (None, "a", "x", Action.UPDATE, Cause.BOTH),
        (None, None, "x", Action.NOOP, None),
        ("a", None, None, Action.UPDATE, Cause.EDITED),
    ],
)
@pytest.mark.parametrize("field", ["labels.team", "description"])
def test_a_mutable_field_is_compared_three_ways(
    field: str, wanted: str | None, locked: str | None, live: str | None, action: Action, cause: Cause | None
) -> None:
    def spec(value: str | None) -> Declared:
        if field == "description":
            return a_spec(description=value)
        return a_spec(labels={} if value is None else {"team": value})

    lock = a_lock([(spec(locked), an_entry(spec(locked)))])
    shown = carried(spec(live))

    change = change_of(spec(wanted), lock, a_live(a_live_training(spec(wanted), fields=shown)))

    assert change.action is action
    assert [(f.field, f.cause) for f in change.fields] == ([(field, cause)] if cause else [])


def test_a_drifted_field_names_the_resource_and_its_value_there() -> None:
    spec = a_spec(labels={"team": "a"})
    model, endpoint = model_name(spec).partition("@")[0], endpoint_name(spec)
    odd = Carrier(endpoint, {**carried(spec), "tunedModelDisplayName": "odd"})
    live = a_live_training(spec, carriers=(Carrier(model, carried(spec)), odd))

    change = change_of(spec, a_lock([(spec, an_entry(spec))]), a_live(live))

    (field,) = change.fields
    assert (field.old, field.new, field.basis, field.resource_name) == ("odd", "router", Basis.OBSERVED, endpoint)
    assert change.patch == {"tunedModelDisplayName": "router"}
    assert change.reason.code is ReasonCode.DRIFTED


def test_an_edit_that_the_cloud_has_already_writes_the_lock_alone() -> None:
    change = _edited(a_spec(display="a"), a_spec(display="b"), fields=carried(a_spec(display="b")))

    assert (change.action, change.patch, change.resources) == (Action.UPDATE, None, ())
    assert change.fields[0].basis is Basis.LOCKED


def test_labels_that_neither_spec_nor_lock_names_are_nobodys_business() -> None:
    spec = a_spec(labels={"team": "a"})
    shown = carried(spec)
    shown["labels"] = {**shown["labels"], "theirs": "1", "google-vertex-llm-tuning-job-id": "7"}

    change = _edited(spec, spec, fields=shown)

    assert change.action is Action.NOOP


def test_a_removed_label_is_patched_away_and_the_others_are_not_mentioned() -> None:
    change = _edited(a_spec(labels={"team": "a", "tier": "1"}), a_spec(labels={"tier": "1"}))

    assert change.patch == {"labels": {"team": None}}


def test_a_lost_owner_label_is_put_back() -> None:
    spec = a_spec()
    shown = carried(spec)
    shown["labels"] = {k: v for k, v in shown["labels"].items() if k != "tuneform-name"}

    change = _edited(spec, spec, fields=shown)

    assert change.patch == {"labels": {"tuneform-name": "router"}}


def test_empty_and_absent_are_the_same_to_the_services() -> None:
    spec = a_spec(description="", labels={})
    shown = {k: v for k, v in carried(spec).items() if k != "description"}

    change = _edited(spec, spec, fields=shown)

    assert change.action is Action.NOOP


def test_protection_is_a_label_of_the_model_too() -> None:
    change = _edited(a_spec(), a_spec(protect=True))

    assert change.patch == {"labels": {"tuneform-protect": "true"}}


def test_settings_alone_write_the_lock_alone() -> None:
    change = _edited(a_spec(), a_spec(keep=4))

    assert (change.action, change.reason.code, change.patch) == (Action.UPDATE, ReasonCode.SETTINGS, None)


# Rename


def test_a_rename_keeps_the_model_and_patches_its_name() -> None:
    old, new = a_spec("old"), a_spec("new", former=("old",), display="old")

    (change,) = plan_of(new, a_lock([(old, an_entry(old))]), a_live(a_live_training(old))).changes

    assert (change.action, change.reason.code) == (Action.UPDATE, ReasonCode.RENAMED)
    assert change.renamed_from == old.address
    assert change.patch == {"labels": {"tuneform-name": "new"}}


def test_the_first_former_name_that_is_locked_counts() -> None:
    old, new = a_spec("old"), a_spec("new", former=("never", "old"))

    change = change_of(new, a_lock([(old, an_entry(old))]), a_live(a_live_training(old)))

    assert change.renamed_from == old.address


def test_a_rename_that_was_applied_is_not_a_rename_any_more() -> None:
    spec = a_spec("new", former=("old",))

    change = change_of(spec, *_serving(spec))

    assert (change.action, change.renamed_from) == (Action.NOOP, None)


def test_a_rename_to_another_place_is_a_replace() -> None:
    old, new = a_spec("old"), a_spec("new", former=("old",), location="europe-west4")

    change = change_of(new, a_lock([(old, an_entry(old))]), a_live(a_live_training(old)))

    assert (change.action, change.renamed_from) == (Action.REPLACE, old.address)


def test_a_removed_and_an_added_spec_with_equal_training_are_a_likely_rename() -> None:
    old, new = a_spec("old"), a_spec("new")

    plan = plan_of(new, a_lock([(old, an_entry(old))]), a_live(a_live_training(old)))

    (created,) = plan.by_action(Action.CREATE)
    assert codes_of(created) == ["PLAN009"]
    assert "formerNames: [old]" in created.notes[0].fix


def test_different_training_fields_are_no_likely_rename() -> None:
    old = a_spec("old")

    plan = plan_of(a_spec("new", epochs=9), a_lock([(old, an_entry(old))]), a_live(a_live_training(old)))

    (created,) = plan.by_action(Action.CREATE)
    assert codes_of(created) == []


# What is gone


def test_a_model_that_is_gone_blocks_and_is_not_trained_again_by_itself() -> None:
    spec = a_spec()

    change = change_of(spec, *_serving(spec, model_exists=False))

    assert (change.action, change.reason.code) == (Action.BLOCKED, ReasonCode.MODEL_GONE)
    assert str(change.command) == "tuneform apply --replace vertex/router"


def test_a_training_that_the_service_does_not_know_any_more_blocks() -> None:
    spec = a_spec()

    change = change_of(spec, a_lock([(spec, an_entry(spec))]), a_live())

    assert change.reason.code is ReasonCode.MODEL_GONE


def test_an_endpoint_that_is_gone_while_the_model_exists_blocks() -> None:
    spec = a_spec()

    change = change_of(spec, *_serving(spec, endpoint_exists=False))

    assert (change.action, change.reason.code) == (Action.BLOCKED, ReasonCode.ENDPOINT_GONE)


@pytest.mark.parametrize("gone", [{"model_exists": False}, {"endpoint_exists": False}], ids=["model", "endpoint"])
def test_what_is_gone_is_trained_again_when_it_is_asked_for(gone: dict[str, Any]) -> None:
    spec = a_spec()
    lock, live = _serving(spec, **gone)

    change = change_of(spec, lock, live, replace=["vertex/router"])

    assert (change.action, change.reason.code, change.attempt) == (Action.REPLACE, ReasonCode.REQUESTED, "2")


# Restore and disposal


def _with_deposed(*epochs: int, keep: int = 1, gone: tuple[int, ...] = ()) -> tuple[Lock, Live]:
    """A history of trainings by their epochs, the last of which serves."""
    specs = [a_spec(epochs=e, keep=keep) for e in epochs]
    roles = [Role.DEPOSED] * (len(epochs) - 1) + [Role.SERVING]
    trainings = [a_training(s, str(n), role=r) for n, (s, r) in enumerate(zip(specs, roles, strict=True), start=1)]
    lives: list[LiveTraining] = [
        a_live_training(s, str(n), model_exists=n not in gone, endpoint_exists=n not in gone)
        for n, s in enumerate(specs, start=1)
    ]
    entry: Entry = an_entry(specs[-1], *trainings)
    return a_lock([(specs[-1], entry)]), a_live(*lives)


def test_a_deposed_model_that_matches_again_serves_and_nothing_is_trained() -> None:
    change = change_of(a_spec(epochs=1), *_with_deposed(1, 2))

    assert (change.action, change.reason.code, change.attempt) == (Action.RESTORE, ReasonCode.MATCHES_DEPOSED, "1")
    assert not change.action.trains


def test_the_newest_deposed_model_that_matches_is_restored() -> None:
    plan = plan_of(a_spec(epochs=1, keep=5), *_with_deposed(1, 1, 2, keep=5))

    assert plan.changes[0].attempt == "2"


@pytest.mark.parametrize("gone", [{"model_exists": False}, {"endpoint_exists": False}], ids=["model", "endpoint"])
def test_a_deposed_model_that_does_not_answer_is_not_restored(gone: dict[str, Any]) -> None:
    spec, other = a_spec(epochs=1), a_spec(epochs=2)
    lock = a_lock([(other, an_entry(other, a_training(spec, role=Role.DEPOSED), a_training(other, "2")))])
    live = a_live(a_live_training(spec, **gone), a_live_training(other, "2"))

    change = plan_of(spec, lock, live).changes[0]

    assert (change.action, change.attempt) == (Action.REPLACE, "3")


def test_replace_trains_even_where_a_deposed_model_matches() -> None:
    lock, live = _with_deposed(1, 2)

    change = change_of(a_spec(epochs=1), lock, live, replace=["vertex/router"])

    assert change.action is Action.REPLACE


@pytest.mark.parametrize(("keep", "disposed"), [(0, ("1", "2")), (1, ("1",)), (2, ()), (3, ())])
def test_deposed_models_are_disposed_of_once_keep_newer_ones_are_kept(keep: int, disposed: tuple[str, ...]) -> None:
    plan = plan_of(a_spec(epochs=3, keep=keep), *_with_deposed(1, 2, 3, keep=keep))

    found = [c for c in plan.changes if c.deposed]
    assert [c.disposes for c in found] == ([disposed] if disposed else [])
    assert all((c.action, c.reason.code) == (Action.DELETE, ReasonCode.SUPERSEDED) for c in found)


def test_a_deposed_model_that_somebody_deleted_leaves_the_lock() -> None:
    lock, live = _with_deposed(1, 2, gone=(1,))

    (fact,) = settle(lock, live)

    assert (fact.address, fact.attempt) == (a_spec().address, "1")
    assert plan_of(a_spec(epochs=2), lock, live).is_empty


def test_a_model_that_is_restored_is_not_disposed_of_in_the_same_plan() -> None:
    plan = plan_of(a_spec(epochs=1, keep=1), *_with_deposed(1, 2, 3))

    assert plan.changes[0].action is Action.RESTORE
    assert [c.disposes for c in plan.changes if c.deposed] == []


def test_a_renamed_address_disposes_of_its_deposed_models_under_the_new_name() -> None:
    lock, live = _with_deposed(1, 2, 3)
    spec = a_spec("new", epochs=3, former=("router",))

    plan = plan_of(spec, lock, live)

    assert [(str(c.address), c.renamed_from, c.deposed) for c in plan.changes] == [
        ("vertex/new", a_spec().address, False),
        ("vertex/new", a_spec().address, True),
    ]
