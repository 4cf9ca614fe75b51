"""A changed base model that is rebased, why another one is not, and whose an endpoint is after that."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import pytest

from reconciler.core.catalog import BaseModel, Catalog
from reconciler.core.change import Change, ReasonCode
from reconciler.core.lock import CheckpointRecord, Entry, Phase, Role, ServedCheckpoint, Submission
from reconciler.core.model import Action, Address, CopySource, Declared, LiveTraining, Rebase
from reconciler.core.plan import settle
from reconciler.core.rebasing import with_dates
from reconciler.core.taken_over import resources_of, taken_over_by
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
    endpoint_name,
    job_name,
    model_name,
    submitted,
)

OLD, NEW = "gemini-2.5-flash", "gemini-3.5-flash"
DROPPED = "is not in the spec any more, and a rebase would take it over"
NEW_ONE, SAME_ONE = Rebase.NEW_ENDPOINT, Rebase.SAME_ENDPOINT


def rebasing(how: Rebase | None = NEW_ONE, *, base: str = NEW, **spec: Any) -> Declared:
    return replace(a_spec(base=base, **spec), rebase=how)


def changed(
    before: Declared, after: Declared, *, locked: dict[str, Any] | None = None, live: dict[str, Any] | None = None
) -> Change:
    """The change when `before` serves and `after` is declared."""
    lock = a_lock([(before, an_entry(before, a_training(before, **(locked or {}))))])
    return change_of(after, lock, a_live(a_live_training(before, **(live or {}))))


def note_of(change: Change) -> str:
    return next(note.detail for note in change.notes if note.code == "PLAN142")


def sent(change: Change) -> Submission:
    assert change.submission is not None
    return change.submission


# What is rebased


@pytest.mark.parametrize(("how", "is_same"), [(NEW_ONE, False), (SAME_ONE, True)])
def test_a_base_model_alone_is_rebased_from_the_job_of_what_serves(how: Rebase, is_same: bool) -> None:
    change = changed(a_spec(), rebasing(how))

    assert (change.action, change.reason.code) == (Action.REPLACE, ReasonCode.REBASED)
    assert fields_of(change) == ["baseModel"]
    assert (sent(change).rebases, sent(change).same_endpoint) == (job_name(a_spec()), is_same)
    assert codes_of(change) == (["PLAN141"] if is_same else [])


def test_what_is_trained_is_known_as_if_it_had_a_job_of_its_own() -> None:
    spec = rebasing()

    found, own = sent(changed(a_spec(), spec)), submitted(replace(spec, rebase=None))

    assert (found.digest, found.data_id, found.training) == (own.digest, own.data_id, own.training)


def test_without_a_word_a_changed_base_model_trains_as_any_other_edit() -> None:
    change = changed(a_spec(), rebasing(None))

    assert (change.reason.code, sent(change).rebases, change.notes) == (ReasonCode.EDITED, "", ())


@pytest.mark.parametrize(
    "edits",
    [
        {"labels": {"team": "b"}, "display": "Shown", "description": "Sorts"},
        {"data": a_file(path="moved/train.jsonl")},
    ],
    ids=["what is mutable", "where the data lies"],
)
def test_what_trains_nothing_may_change_beside_it(edits: dict[str, Any]) -> None:
    before = a_spec(labels={"team": "a"}, data=a_file() if "data" in edits else TRAIN)

    assert sent(changed(before, rebasing(**edits))).rebases


@pytest.mark.parametrize("edit", [{"epochs": 4}, {"trigger": "again"}, {"data": VALIDATE}])
def test_where_the_base_model_stays_nothing_is_said_of_rebasing(edit: dict[str, Any]) -> None:
    change = changed(a_spec(), rebasing(base=OLD, **edit))

    assert (change.action, sent(change).rebases, change.notes) == (Action.REPLACE, "", ())


def test_another_name_of_the_base_model_is_no_other_one() -> None:
    assert changed(a_spec(), rebasing(base=f"publishers/google/models/{OLD}")).action is not Action.REPLACE


# What is not


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (a_spec(), rebasing(epochs=4), "supervisedTuningSpec.hyperParameters.epochCount changed too"),
        (a_spec(), rebasing(data=VALIDATE), "supervisedTuningSpec.trainingDatasetUri changed too"),
        (a_spec(), rebasing(location="europe-west4"), "location changed too"),
        (a_spec(), rebasing(trigger="again"), "tuneform.trigger changed too"),
        (
            a_spec(),
            rebasing(epochs=None),
            f"supervisedTuningSpec.hyperParameters.epochCount {DROPPED}",
        ),
        (
            a_spec(validation=VALIDATE),
            rebasing(),
            f"supervisedTuningSpec.validationDatasetUri {DROPPED}",
        ),
        (
            a_spec(extra={"serviceAccount": "a@b"}),
            rebasing(),
            f"serviceAccount {DROPPED}",
        ),
    ],
)
def test_where_more_is_to_be_trained_the_plan_says_why_it_is_no_rebase(
    before: Declared, after: Declared, why: str
) -> None:
    change = changed(before, after)

    assert note_of(change) == f"It is trained by a job of its own: {why}."
    assert (change.reason.code is ReasonCode.REBASED, sent(change).rebases) == (False, "")


def test_what_a_record_has_lost_the_job_still_shows() -> None:
    change = changed(a_spec(), rebasing(), live={"training": {**a_spec().training, "encryptionSpec": {}}})

    assert "encryptionSpec is not in the spec any more" in note_of(change)


@pytest.mark.parametrize(
    ("locked", "live", "how", "why"),
    [
        ({"job": "projects/p/locations/l/models/7"}, {"resource_name": "projects/p/locations/l/models/7"}, NEW_ONE,
         "no tuning job is known that trained what serves"),
        ({}, {"model_exists": False}, NEW_ONE, f"{model_name(a_spec())} is gone"),
        ({}, {"endpoint_exists": False}, SAME_ONE, f"{endpoint_name(a_spec())} is not there any more"),
        ({"checkpoint": ServedCheckpoint(wanted="1", checkpoint_id="1")}, {}, SAME_ONE,
         "checkpoint 1 serves, at an endpoint of its own"),
    ],
)  # fmt: skip
def test_only_what_a_job_trained_and_what_is_there_can_be_rebased(
    locked: dict[str, Any], live: dict[str, Any], how: Rebase, why: str
) -> None:
    change = changed(a_spec(), rebasing(how), locked=locked, live=live)

    assert note_of(change) == f"It is trained by a job of its own: {why}."
    assert sent(change).rebases == ""


def test_a_missing_endpoint_keeps_nobody_from_a_new_one() -> None:
    assert sent(changed(a_spec(), rebasing(), live={"endpoint_exists": False})).rebases


def test_what_was_tuned_from_another_model_is_not_rebased() -> None:
    assert "it is trained by a job of its own" in note_of(changed(a_spec(parent="other"), rebasing())).lower()


def test_a_copy_is_not_rebased() -> None:
    source = CopySource("staging", Address("vertex", "router"), model="projects/p/locations/l/models/1@1")
    copied = replace(a_spec(), source=source, training={}, data=())

    change = changed(copied, rebasing(), live={"training": {}})

    assert note_of(change) == "It is trained by a job of its own: what serves is a copy."


def test_the_gemini_api_rebases_nothing() -> None:
    before = a_gemini_spec()
    after = replace(a_gemini_spec(base="models/another"), rebase=NEW_ONE)

    assert "no tuning job is known" in note_of(changed(before, after))


# Beside other reasons


def test_what_is_asked_for_stays_that_and_is_rebased_all_the_same() -> None:
    before, after = a_spec(), rebasing()
    lock = a_lock([(before, an_entry(before))])

    change = change_of(after, lock, a_live(a_live_training(before)), replace=["vertex/router"])

    assert change.reason.code is ReasonCode.REQUESTED
    assert change.reason.text == f"asked for with --replace; rebased onto {NEW}"
    assert sent(change).rebases == job_name(before)


def test_an_interrupted_rebase_is_repeated_as_the_request_that_it_was() -> None:
    before, after = a_spec(), rebasing(SAME_ONE)
    first = sent(changed(before, after))
    intended = a_training(after, "2", role=Role.CANDIDATE, submission=first, job="", phase=Phase.INTENDED)
    lock = a_lock([(before, an_entry(before, a_training(before), intended))])

    # The spec asks for no rebase any more: what may have been sent was one.
    change = change_of(replace(after, rebase=None), lock, a_live(a_live_training(before)))

    assert (change.reason.code, change.submission) == (ReasonCode.INTERRUPTED, first)


def test_a_model_that_was_rebased_is_as_declared_whatever_the_spec_says_of_rebasing() -> None:
    before, after = a_spec(), rebasing()
    new = a_training(after, "2", submission=sent(changed(before, after)))
    lock = a_lock([(after, an_entry(after, a_training(before, role=Role.DEPOSED), new))])
    live = a_live(a_live_training(before), a_live_training(after, "2"))

    for spec in (after, replace(after, rebase=None), replace(after, rebase=SAME_ONE)):
        assert plan_of(spec, lock, live).is_empty


def test_the_checksum_tells_a_rebase_from_a_training_and_one_endpoint_from_the_other() -> None:
    lock, live = a_lock([(a_spec(), an_entry(a_spec()))]), a_live(a_live_training(a_spec()))

    checksums = {plan_of(rebasing(how), lock, live).checksum for how in (None, NEW_ONE, SAME_ONE)}

    assert len(checksums) == 3


# What the new model carries


def test_what_the_spec_lost_of_a_description_is_sent_so_that_it_is_known_to_come_off() -> None:
    change = changed(a_spec(labels={"team": "a"}, description="Sorts"), rebasing(labels={"tier": "b"}))

    shown = sent(change).in_place
    assert shown == {"tunedModelDisplayName": "router", "description": "Sorts", "labels": {"tier": "b"}}
    assert "description" not in (change.in_place or {})


def test_at_the_same_endpoint_the_labels_that_it_carries_are_known_as_well() -> None:
    change = changed(a_spec(labels={"team": "a", "tier": "a"}), rebasing(SAME_ONE, labels={"tier": "b"}))

    labels = sent(change).in_place["labels"]
    assert {key: labels[key] for key in ("team", "tier")} == {"team": "a", "tier": "b"}


# The day on which a base model retires


@pytest.mark.parametrize(
    ("retires", "today", "words"),
    [
        (date(2027, 3, 31), date(2026, 12, 1), f"base model {OLD} retires on 2027-03-31: rebased onto {NEW}"),
        (date(2026, 3, 31), date(2026, 12, 1), f"base model {OLD} retired on 2026-03-31: rebased onto {NEW}"),
        (None, date(2026, 12, 1), f"base model {OLD} is another one now: rebased onto {NEW}"),
    ],
)
def test_the_reason_has_the_day_where_the_catalogue_knows_it(retires: date | None, today: date, words: str) -> None:
    lock, live = a_lock([(a_spec(), an_entry(a_spec()))]), a_live(a_live_training(a_spec()))
    catalog = Catalog(models=(BaseModel(name=OLD, surface="vertex", retires=retires),))

    (change,) = with_dates(plan_of(rebasing(), lock, live), catalog, today).changes

    assert change.reason.text == words


def test_a_reason_of_another_kind_says_no_day() -> None:
    lock, live = a_lock([(a_spec(), an_entry(a_spec()))]), a_live(a_live_training(a_spec()))
    plan = plan_of(rebasing(), lock, live, replace=["vertex/router"])
    catalog = Catalog(models=(BaseModel(name=OLD, surface="vertex", retires=date(2027, 1, 1)),))

    assert with_dates(plan, catalog, date(2026, 12, 1)) == plan
    assert with_dates(plan_of(rebasing(), lock, live), Catalog(), date(2026, 12, 1)).changes[0].reason.code is (
        ReasonCode.REBASED
    )


# Whose an endpoint is afterwards


def after_it(keep: int = 1, **new: Any) -> tuple[Declared, Declared, Entry]:
    """What was served, what replaced it at its endpoint, and the entry of both."""
    before, after = a_spec(keep=keep), rebasing(SAME_ONE, keep=keep)
    submission = msgspec.structs.replace(submitted(after), rebases=job_name(before), same_endpoint=True)
    there = endpoint_name(before)
    second = a_training(after, "2", **{"submission": submission, "endpoint": there, **new})
    return before, after, an_entry(after, a_training(before, role=Role.DEPOSED), second)


def live_of(before: Declared, after: Declared) -> list[LiveTraining]:
    there = endpoint_name(before)
    return [a_live_training(before, endpoints_used=(there,)), a_live_training(after, "2", endpoint=there)]


def test_the_endpoint_is_the_new_models() -> None:
    before, after, entry = after_it()

    assert (taken_over_by(entry, "1"), taken_over_by(entry, "2"), taken_over_by(entry, "9")) == ("2", "", "")
    assert resources_of(entry, "1") == (model_name(before),)
    assert resources_of(entry, "2") == (model_name(after, "2"), endpoint_name(before))


def test_other_endpoints_of_the_old_job_stay_its_own() -> None:
    _, _, entry = after_it()
    there = tuple(CheckpointRecord(checkpoint_id=n, endpoint=f"projects/p/locations/l/endpoints/{n}") for n in "12")
    first = msgspec.structs.replace(entry.trainings["1"], checkpoints=there)
    entry = msgspec.structs.replace(entry, trainings={**entry.trainings, "1": first})

    assert resources_of(entry, "1")[1:] == tuple(c.endpoint for c in there)


def test_of_several_the_last_that_was_rebased_has_it_whatever_its_number() -> None:
    _, after, entry = after_it()
    two = entry.trainings["2"]
    three = msgspec.structs.replace(two, job=job_name(after, "3"), role=Role.DEPOSED)
    three = msgspec.structs.replace(three, submission=msgspec.structs.replace(two.submission, rebases=two.job))
    # A merge of locks numbers what it takes in anew: the newest may have a lower number.
    entry = msgspec.structs.replace(entry, trainings={"1": entry.trainings["1"], "2": three, "3": two})

    assert [taken_over_by(entry, a) for a in "123"] == ["2", "", "2"]


def test_a_rebuilt_lock_that_knows_no_rebase_takes_the_last_one() -> None:
    _, _, entry = after_it(submission=submitted(rebasing()))

    assert (taken_over_by(entry, "1"), taken_over_by(entry, "2")) == ("2", "")


def test_a_model_that_is_not_trained_yet_has_taken_nothing_over() -> None:
    _, _, entry = after_it(role=Role.CANDIDATE, model="")

    assert taken_over_by(entry, "1") == ""


def test_what_is_back_in_the_spec_is_trained_where_its_endpoint_serves_another_model() -> None:
    before, after, entry = after_it()

    change = change_of(before, a_lock([(after, entry)]), a_live(*live_of(before, after)))

    assert (change.action, change.attempt) == (Action.REPLACE, "3")


def test_a_plan_afterwards_is_empty() -> None:
    before, after, entry = after_it()

    assert plan_of(after, a_lock([(after, entry)]), a_live(*live_of(before, after))).is_empty


def test_a_plan_that_keeps_none_deletes_the_old_model_and_not_the_endpoint() -> None:
    before, after = a_spec(), rebasing(SAME_ONE, keep=0)
    lock = a_lock([(before, an_entry(before))])

    change = change_of(after, lock, a_live(a_live_training(before)))

    assert (change.disposes, change.surplus) == (("1",), (model_name(before),))


def test_removing_the_spec_deletes_the_endpoint_once() -> None:
    before, after, entry = after_it()

    (change,) = plan_of([a_spec("other")], a_lock([(after, entry)]), a_live(*live_of(before, after))).by_action(
        Action.DELETE
    )

    assert sorted(change.resources) == sorted([model_name(before), model_name(after, "2"), endpoint_name(before)])


def test_one_that_ended_well_in_spite_of_a_cancel_is_not_deposed_by_a_look() -> None:
    before, after, entry = after_it(role=Role.CANDIDATE, cancel_requested="2026-09-02T00:00:00Z")
    entry = msgspec.structs.replace(entry, trainings={**entry.trainings, "1": a_training(before)})
    lock, live = a_lock([(after, entry)]), a_live(*live_of(before, after))

    assert list(settle(lock, live)) == []
    change = change_of(after, lock, live)
    assert (change.action, change.completes) == (Action.UPDATE, True)
