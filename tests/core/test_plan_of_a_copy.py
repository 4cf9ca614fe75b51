"""What a plan says of a spec that takes another workspace's model: a copy, reviewed as any change, and free."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from msgspec import structs

from reconciler.core.catalog import BaseModel, Catalog
from reconciler.core.change import Change, ReasonCode
from reconciler.core.checks import Permissions, check_plan
from reconciler.core.copying import FROM_MODEL, serving_location
from reconciler.core.cost import bases_declared, price_plan
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.lock import Lock, Phase, Pin, Role
from reconciler.core.model import Action, Address, CopySource, Declared, OnFailure, Promote, Status
from reconciler.core.settings import Price, Workspace
from reconciler.render.totals import cost_totals
from tests.fakes.planning import change_of, codes_of, fields_of, plan_of
from tests.fakes.specs import a_live, a_live_training, a_lock, a_spec, a_training, an_entry, submitted

MODELS = "projects/1/locations/us-central1/models"
V1, V2 = f"{MODELS}/123@1", f"{MODELS}/456@1"


def a_copy(model: str = V1, *, missing: str = "", attempt: str = "4", **lifecycle: object) -> Declared:
    """A spec with `from`, as planned with once the other lock was read."""
    endpoint = "projects/1/locations/us/endpoints/9"
    source = CopySource("staging", Address("vertex", "router"), model=model, attempt=attempt, endpoint=endpoint)
    plain = a_spec(**lifecycle)  # type: ignore[arg-type]
    return replace(plain, training={}, data=(), source=replace(source, missing=missing))


def serving(spec: Declared, **more: object) -> tuple[object, object]:
    """Lock and cloud in which this is served."""
    return a_lock([(spec, an_entry(spec))]), a_live(a_live_training(spec, **more))  # type: ignore[arg-type]


def outcome(change: Change) -> tuple[Action, ReasonCode]:
    return change.action, change.reason.code


def test_what_nothing_serves_yet_is_copied_and_nothing_is_trained() -> None:
    change = change_of(a_copy())

    assert outcome(change) == (Action.CREATE, ReasonCode.NOT_FOUND)
    assert change.copies is not None
    assert change.copies.words == f"{V1} of workspace staging, vertex/router, attempt 4"
    assert not change.trains


def test_a_copy_costs_nothing_and_counts_as_no_training() -> None:
    plan = plan_of([a_copy(), a_spec("other")])

    priced = price_plan(plan, a_lock(), Catalog(), {"gemini-2.5-flash": Price(1.0, "USD", "2026-01-01")})

    assert [c.cost is None for c in priced.changes] == [False, True]
    assert [t.known + t.unknown for t in cost_totals(priced)] == [1]


def test_what_is_copied_already_is_left_alone() -> None:
    spec = a_copy()

    change = change_of(spec, *serving(spec))  # type: ignore[arg-type]

    assert outcome(change) == (Action.NOOP, ReasonCode.UNCHANGED)


def test_another_version_at_the_source_is_a_replacement_to_be_reviewed() -> None:
    change = change_of(a_copy(V2, attempt="5"), *serving(a_copy()))  # type: ignore[arg-type]

    assert outcome(change) == (Action.REPLACE, ReasonCode.SOURCE_CHANGED)
    assert [(f.field, f.old, f.new, f.cause.value) for f in change.fields] == [(FROM_MODEL, V1, V2, "drifted")]


def test_the_same_version_under_another_name_is_no_change() -> None:
    spec = a_copy()
    assert spec.source is not None
    renamed = replace(spec, source=replace(spec.source, address=Address("vertex", "triage"), attempt="9"))

    change = change_of(renamed, *serving(spec))  # type: ignore[arg-type]

    assert change.action is Action.NOOP


def test_a_source_that_serves_the_old_version_again_restores_the_old_copy() -> None:
    old, new = a_copy(V1), a_copy(V2)
    entry = an_entry(old, a_training(old, "1", role=Role.DEPOSED), a_training(new, "2"))

    change = change_of(old, a_lock([(old, entry)]), a_live(a_live_training(old, "1"), a_live_training(new, "2")))

    assert (change.action, change.attempt) == (Action.RESTORE, "1")


def test_what_serves_stays_where_its_source_is_gone() -> None:
    gone = a_copy("", missing="workspace staging has no vertex/router")

    change = change_of(gone, *serving(a_copy()))  # type: ignore[arg-type]

    assert change.action is Action.NOOP
    assert codes_of(change) == ["PLAN019"]


def test_a_rollback_stays_where_the_source_is_gone() -> None:
    one, two = a_copy(V1), a_copy(V2)
    gone = a_copy("", missing="there is no lock")
    sent = submitted(two)
    pin = Pin(attempt="1", over=("2",), digest=sent.digest, data_id=sent.data_id, at="2026-09-03T00:00:00Z")
    trainings = (a_training(one, "1"), a_training(two, "2", role=Role.DEPOSED))
    lock = a_lock([(one, an_entry(one, *trainings, pin=pin))])

    change = change_of(gone, lock, a_live(a_live_training(one, "1"), a_live_training(two, "2")))

    assert (outcome(change), change.unpins) == ((Action.NOOP, ReasonCode.PINNED), False)
    assert sorted(codes_of(change)) == ["PLAN019", "PLAN026"]


def test_a_new_version_at_the_source_ends_a_rollback_as_an_edit_does() -> None:
    one, two, three = a_copy(V1), a_copy(V2), a_copy(f"{MODELS}/789@1")
    sent = submitted(two)
    pin = Pin(attempt="1", over=("2",), digest=sent.digest, data_id=sent.data_id, at="2026-09-03T00:00:00Z")
    trainings = (a_training(one, "1"), a_training(two, "2", role=Role.DEPOSED))
    lock = a_lock([(one, an_entry(one, *trainings, pin=pin))])

    change = change_of(three, lock, a_live(a_live_training(one, "1"), a_live_training(two, "2")))

    assert (change.action, codes_of(change)) == (Action.REPLACE, ["PLAN026"])


def test_what_waits_to_be_promoted_waits_on_where_the_source_is_gone() -> None:
    one, two = a_copy(V1, promote=Promote.MANUAL), a_copy(V2, promote=Promote.MANUAL)
    gone = a_copy("", missing="there is no lock", promote=Promote.MANUAL)
    waits = a_training(two, "2", role=Role.PENDING, phase=Phase.APPLIED, model="m@1", endpoint="e")
    lock = a_lock([(one, an_entry(one, a_training(one, "1"), waits))])

    change = change_of(gone, lock, a_live(a_live_training(one, "1"), a_live_training(two, "2")))

    assert (outcome(change), change.disposes) == ((Action.NOOP, ReasonCode.WAITS), ())


def test_labels_are_patched_all_the_same_where_the_source_is_gone() -> None:
    gone = a_copy("", missing="there is no lock")
    edited = replace(gone, in_place={**gone.in_place, "labels": {"team": "sales"}})

    change = change_of(edited, *serving(a_copy()))  # type: ignore[arg-type]

    assert (change.action, fields_of(change), codes_of(change)) == (Action.UPDATE, ["labels.team"], ["PLAN019"])


def test_an_address_without_a_model_is_blocked_until_its_source_is_found() -> None:
    change = change_of(a_copy("", missing="workspace staging serves no vertex/router yet"))

    assert outcome(change) == (Action.BLOCKED, ReasonCode.SOURCE_UNKNOWN)
    assert "serves no vertex/router yet" in change.reason.text


def test_a_trained_model_is_not_given_up_for_a_source_that_is_not_there() -> None:
    trained = a_spec()
    lock, live = a_lock([(trained, an_entry(trained))]), a_live(a_live_training(trained))

    change = change_of(a_copy("", missing="there is no lock"), lock, live)

    assert outcome(change) == (Action.BLOCKED, ReasonCode.SOURCE_UNKNOWN)


def test_a_trained_model_is_replaced_by_a_copy_and_a_copy_by_a_training() -> None:
    trained, copied = a_spec(), a_copy()

    to_copy = change_of(copied, a_lock([(trained, an_entry(trained))]), a_live(a_live_training(trained)))
    to_train = change_of(trained, *serving(copied))  # type: ignore[arg-type]

    assert (to_copy.action, to_copy.trains) == (Action.REPLACE, False)
    assert (to_train.action, to_train.trains) == (Action.REPLACE, True)


def test_a_copy_that_is_being_made_is_awaited() -> None:
    spec = a_copy()
    entry = an_entry(spec, a_training(spec, role=Role.CANDIDATE))
    live = a_live(a_live_training(spec, status=Status.IN_PROGRESS, state="COPYING"))

    change = change_of(spec, a_lock([(spec, entry)]), live)

    assert (change.action, change.reason.text) == (Action.AWAIT, "the copy is being made")


def test_a_copy_that_its_source_has_outdated_is_taken_away_for_the_new_one() -> None:
    old, new = a_copy(V1), a_copy(V2)
    entry = an_entry(old, a_training(old, role=Role.CANDIDATE))
    live = a_live(a_live_training(old, status=Status.IN_PROGRESS, state="COPYING"))

    plan = plan_of(new, a_lock([(old, entry)]), live)

    (change,) = plan.changes
    assert (change.action, change.cancels, change.trains) == (Action.REPLACE, ("1",), False)


def test_a_copy_that_failed_waits_for_a_person() -> None:
    spec = a_copy()
    failed = a_training(spec, role=Role.FAILED, error="no permission", error_code=7)
    live = a_live(a_live_training(spec, status=Status.FAILED))

    change = change_of(spec, a_lock([(spec, an_entry(spec, failed))]), live)

    assert (change.action, change.reason.text) == (Action.BLOCKED, "the copy failed: no permission")


def test_a_copy_whose_answer_is_unknown_keeps_its_attempt() -> None:
    spec = a_copy(on_failure=OnFailure.RETRY)
    intent = structs.replace(a_training(spec, role=Role.CANDIDATE), phase=Phase.INTENDED, job="")

    change = change_of(spec, a_lock([(spec, an_entry(spec, intent))]))

    assert (outcome(change), change.attempt) == ((Action.CREATE, ReasonCode.INTERRUPTED), "1")


def test_a_lost_lock_finds_the_copy_by_its_markers() -> None:
    spec = a_copy()

    change = change_of(spec, a_lock(), a_live(a_live_training(spec)))

    assert outcome(change) == (Action.ADOPT, ReasonCode.MARKED_OURS)


@pytest.mark.parametrize(
    ("location", "endpoint", "expected"),
    [
        ("us-central1", "us-central1", "us-central1"),
        ("us-central1", "us", "us"),
        ("us-east1", "us", "us"),
        ("europe-west4", "us", "eu"),
        ("europe-west4", "us-central1", "europe-west4"),
        ("us-central1", "", "us-central1"),
    ],
)
def test_a_copy_answers_where_its_source_would_answer_there(location: str, endpoint: str, expected: str) -> None:
    name = f"projects/1/locations/{endpoint}/endpoints/9" if endpoint else ""

    assert serving_location(location, V1, name) == expected


# Which base model it goes back to


def with_base(base: str) -> Declared:
    spec = a_copy()
    assert spec.source is not None
    return replace(spec, source=replace(spec.source, base=base))


def test_the_lock_says_which_base_model_a_copy_goes_back_to() -> None:
    change = change_of(with_base("gemini-2.5-flash"))

    assert change.submission is not None
    assert change.submission.source is not None
    assert change.submission.source.base == "gemini-2.5-flash"


def test_that_somebody_knows_it_now_is_no_change() -> None:
    spec = a_copy()
    lock, live = a_lock([(spec, an_entry(spec))]), a_live(a_live_training(spec))

    assert change_of(with_base("gemini-2.5-flash"), lock, live).action is Action.NOOP


def test_its_base_model_is_known_while_its_source_is_not_to_be_had() -> None:
    spec = with_base("gemini-2.5-flash")
    lock = a_lock([(spec, an_entry(spec))])
    gone = a_copy("", missing="workspace staging has no vertex/router")

    assert bases_declared({spec.address: spec}, Lock()) == {spec.address: "gemini-2.5-flash"}
    assert bases_declared({gone.address: gone}, lock) == {gone.address: "gemini-2.5-flash"}
    assert bases_declared({gone.address: gone}, Lock()) == {gone.address: ""}


def _said_of(base: BaseModel, day: date, *, serves: bool) -> list[Diagnostic]:
    spec = with_base(base.name)
    lock = a_lock([(spec, an_entry(spec))]) if serves else Lock()
    live = a_live(a_live_training(spec)) if serves else a_live()
    catalog = Catalog(as_of="2026-11-01", models=(base,))
    return check_plan(plan_of(spec, lock, live), lock, Workspace(), Permissions(), catalog, day)


def test_a_copy_of_what_trains_no_more_is_not_refused() -> None:
    past = BaseModel(name="past", surface="vertex", methods=("supervised",), cut_off=date(2026, 1, 1))

    assert _said_of(past, date(2026, 11, 1), serves=False) == []


def test_a_copy_ends_with_its_base_model_and_no_command_here_trains_another_one() -> None:
    ending = BaseModel(name="ending", surface="vertex", retires=date(2026, 12, 1), replacement="next")

    (said,) = _said_of(ending, date(2026, 11, 1), serves=True)

    assert (said.code, said.command) == ("PLAN117", "")
    assert said.fix.startswith("Train its source anew")
