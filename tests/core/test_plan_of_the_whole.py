"""The plan as a whole: removal, partial runs, targets, parents, destroy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as with_fields

from reconciler.core.change import Change, Plan, ReasonCode
from reconciler.core.lock import Entry, Lock, Phase, Role
from reconciler.core.model import Action, Address, Declared, Live, OnDrift, OnRemove, Progress, Status
from reconciler.core.plan import plan_destroy
from reconciler.core.situation import PlanOptions
from tests.fakes.planning import change_of, fields_of, plan_of
from tests.fakes.specs import (
    WORKSPACE,
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
from tests.fakes.stage import actions


def _serving(*specs: Declared) -> tuple[Lock, Live]:
    return a_lock([(s, an_entry(s)) for s in specs]), a_live(*map(a_live_training, specs))


def test_a_removed_spec_deletes_what_its_training_left() -> None:
    spec = a_spec()

    change = plan_of([], *_serving(spec)).changes[0]

    assert (change.action, change.reason.code) == (Action.DELETE, ReasonCode.REMOVED)
    assert (change.disposes, change.disposes_ready, change.removes_entry) == (("1",), 1, True)
    assert change.resources == (model_name(spec), endpoint_name(spec))


def test_a_removed_spec_cancels_a_running_training() -> None:
    spec = a_spec()
    lock = a_lock([(spec, an_entry(spec, a_training(spec, role=Role.CANDIDATE)))])
    live = a_live(a_live_training(spec, status=Status.IN_PROGRESS, progress=Progress(percent=10.0)))

    change = plan_of([], lock, live).changes[0]

    assert (change.action, change.cancels, change.progress) == (Action.CANCEL, ("1",), Progress(percent=10.0))


def test_a_removed_spec_with_a_model_and_a_running_successor_ends_both() -> None:
    old, new = a_spec(), a_spec(epochs=5)
    lock = a_lock([(old, an_entry(old, a_training(old), a_training(new, "2", role=Role.CANDIDATE)))])
    live = a_live(a_live_training(old), a_live_training(new, "2", status=Status.IN_PROGRESS))

    change = plan_of([], lock, live).changes[0]

    assert (change.action, change.cancels, change.disposes) == (Action.DELETE, ("2",), ("1",))


def test_a_removed_spec_with_an_interrupted_create_looks_for_it() -> None:
    spec = a_spec()
    intended = a_training(spec, role=Role.CANDIDATE, phase=Phase.INTENDED, job="")

    change = plan_of([], a_lock([(spec, an_entry(spec, intended))])).changes[0]

    assert (change.action, change.cancels, change.progress) == (Action.CANCEL, ("1",), None)


@pytest.mark.parametrize("name", ["", "former"])
def test_a_removed_spec_with_an_interrupted_create_tells_how_far_its_job_is(name: str) -> None:
    spec, marked = a_spec(), a_spec(name or "router")
    intended = a_training(spec, role=Role.CANDIDATE, phase=Phase.INTENDED, job="", name=name)
    running = a_live_training(marked, status=Status.IN_PROGRESS, progress=Progress(percent=40.0))

    change = plan_of([], a_lock([(spec, an_entry(spec, intended))]), a_live(running)).changes[0]

    assert (change.cancels, change.progress, change.state) == (("1",), Progress(percent=40.0), running.state)


def test_a_removed_spec_of_which_nothing_is_left_leaves_the_lock() -> None:
    spec = a_spec()
    lock = a_lock([(spec, an_entry(spec, a_training(spec, role=Role.FAILED)))])

    change = plan_of([], lock).changes[0]

    assert (change.action, change.reason.code, change.disposes) == (Action.DELETE, ReasonCode.NOTHING_LEFT, ())


def test_an_entry_without_trainings_leaves_the_lock() -> None:
    spec = a_spec()

    change = plan_of([], a_lock([(spec, _without_trainings(spec))])).changes[0]

    assert (change.action, change.state) == (Action.DELETE, "")


def _without_trainings(spec: Declared) -> Entry:
    return with_fields(an_entry(spec), trainings={})


def test_a_spec_removed_under_retain_is_forgotten() -> None:
    spec = a_spec(on_remove=OnRemove.RETAIN)

    change = plan_of([], *_serving(spec)).changes[0]

    assert (change.action, change.reason.code, change.removes_entry) == (Action.FORGET, ReasonCode.RETAINED, True)


def test_the_locked_lifecycle_counts_for_a_removed_spec() -> None:
    spec = a_spec(protect=True)

    change = plan_of([], *_serving(spec)).changes[0]

    assert change.lifecycle.protect


def test_a_partial_run_leaves_the_undeclared_alone_and_counts_them() -> None:
    one, other, third = a_spec("one"), a_spec("other"), a_gemini_spec()

    plan = plan_of(one, *_serving(one, other, third), is_complete=False)

    assert (actions(plan.changes), plan.undeclared, plan.emptied) == (["= vertex/one"], 2, False)


def test_a_whole_run_counts_nothing_as_undeclared() -> None:
    one, other = a_spec("one"), a_spec("other")

    plan = plan_of(one, *_serving(one, other))

    assert (actions(plan.changes), plan.undeclared) == (["= vertex/one", "- vertex/other"], 0)


@pytest.mark.parametrize(("is_complete", "emptied"), [(True, True), (False, False)])
def test_an_empty_folder_is_noticed(is_complete: bool, emptied: bool) -> None:
    plan = plan_of([], *_serving(a_spec()), is_complete=is_complete)

    assert plan.emptied is emptied


def test_an_empty_folder_beside_an_empty_lock_is_nothing() -> None:
    plan = plan_of([])

    assert (plan.changes, plan.emptied, plan.is_empty) == ((), False, True)


def test_ready_counts_the_models_that_answer() -> None:
    one, other = a_spec("one"), a_spec("other")
    lock, live = _serving(one, other)
    fewer = a_live(live.trainings[next(iter(live.trainings))])

    assert plan_of([one, other], lock, live).ready == 2
    assert plan_of([one, other], lock, fewer).ready == 1


def test_changes_stand_in_address_order() -> None:
    plan = plan_of([a_spec("b"), a_gemini_spec("z"), a_spec("a")])

    assert actions(plan.changes) == ["+ gemini/z", "+ vertex/a", "+ vertex/b"]


# Targets


def test_a_target_takes_its_parents_along_and_nothing_else() -> None:
    specs = [a_spec("a"), a_spec("b", parent="a"), a_spec("c", parent="b"), a_spec("d")]

    plan = plan_of(specs, targets=["vertex/c"])

    assert [c.address.name for c in plan.changes] == ["a", "b", "c"]


def test_parents_that_share_a_parent_are_taken_once() -> None:
    specs = [a_spec("a"), a_spec("b", parent="a"), a_spec("c", parent="a")]

    plan = plan_of(specs, targets=["vertex/b", "vertex/c"])

    assert [c.address.name for c in plan.changes] == ["a", "b", "c"]


def test_a_target_that_is_no_longer_declared_is_removed_and_others_are_not() -> None:
    one, other = a_spec("one"), a_spec("other")

    plan = plan_of([], *_serving(one, other), targets=["vertex/one"])

    assert actions(plan.changes) == ["- vertex/one"]


def test_a_target_whose_parent_is_declared_elsewhere_stands_alone() -> None:
    plan = plan_of(a_spec("child", parent="elsewhere"), targets=["vertex/child"], is_complete=False)

    assert actions(plan.changes) == ["+ vertex/child"]


# Parents


def _family(parent_attempt: str = "1", **lifecycle: Any) -> tuple[Declared, Declared, Lock, Live]:
    """A parent that serves, and a child that was trained from the parent's first model."""
    parent, child = a_spec("parent"), a_spec("child", parent="parent", **lifecycle)
    first = model_name(parent)
    was = a_training(child)
    pinned = with_fields(was, submission=with_fields(was.submission, parent_model=first))
    older = [a_training(parent, str(n), role=Role.DEPOSED) for n in range(1, int(parent_attempt))]
    lock = a_lock(
        [(parent, an_entry(parent, *older, a_training(parent, parent_attempt))), (child, an_entry(child, pinned))]
    )
    live = a_live(*(a_live_training(parent, str(n)) for n in range(1, int(parent_attempt) + 1)), a_live_training(child))
    return parent, child, lock, live


def _child(plan: Plan) -> Change:
    return next(c for c in plan.changes if c.address.name == "child" and not c.deposed)


def test_a_child_is_trained_after_its_parent() -> None:
    plan = plan_of([a_spec("parent"), a_spec("child", parent="parent")])

    assert [c.after for c in plan.changes] == [(Address("vertex", "parent"),), ()]


def test_a_child_of_an_unchanged_parent_is_left_alone() -> None:
    parent, child, lock, live = _family()

    plan = plan_of([parent, child], lock, live)

    assert actions(plan.changes) == ["= vertex/child", "= vertex/parent"]


def test_a_newer_model_of_the_parent_is_reported() -> None:
    parent, child, lock, live = _family("2")

    change = _child(plan_of([parent, child], lock, live))

    assert change.action is Action.NOOP
    assert fields_of(change) == ["preTunedModel.tunedModelName"]


def test_a_newer_model_of_the_parent_trains_where_the_spec_says_so() -> None:
    parent, child, lock, live = _family("2", on_parent_change=OnDrift.RETUNE)

    change = _child(plan_of([parent, child], lock, live))

    assert (change.action, change.reason.code) == (Action.REPLACE, ReasonCode.PARENT_CHANGED)


@pytest.mark.parametrize("on_parent_change", OnDrift)
def test_a_renamed_parent_trains_nothing(on_parent_change: OnDrift) -> None:
    _parent, _old, lock, live = _family(on_parent_change=on_parent_change)
    parent = a_spec("stem", former=("parent",), display="parent")
    child = a_spec("child", parent="stem", on_parent_change=on_parent_change)

    plan = plan_of([parent, child], lock, live)

    assert actions(plan.changes) == ["~ vertex/child", "~ vertex/stem"]
    assert plan.changes[0].reason.code is ReasonCode.RECORDED


def test_a_renamed_parent_with_a_newer_model_is_still_only_reported() -> None:
    _parent, _old, lock, live = _family("2")
    parent, child = a_spec("stem", former=("parent",)), a_spec("child", parent="stem")

    change = _child(plan_of([parent, child], lock, live))

    assert change.action is Action.UPDATE
    assert fields_of(change) == ["preTunedModel.ref", "preTunedModel.tunedModelName"]


def test_another_parent_is_another_training() -> None:
    parent, _child_before, lock, live = _family()
    child = a_spec("child", parent="uncle")

    change = _child(plan_of([parent, child, a_spec("uncle")], lock, live))

    assert (change.action, fields_of(change)) == (Action.REPLACE, ["preTunedModel.ref"])


def test_a_parent_is_named_by_the_field_that_its_service_has() -> None:
    parent, uncle = a_gemini_spec("parent"), a_gemini_spec("uncle")
    child = a_gemini_spec("child", parent="parent", on_parent_change=OnDrift.RETUNE)
    was = a_training(child)
    was = with_fields(was, submission=with_fields(was.submission, parent_model="tunedModels/an-older-one"))
    lock = a_lock([(parent, an_entry(parent)), (uncle, an_entry(uncle)), (child, an_entry(child, was))])
    live = a_live(*map(a_live_training, (parent, uncle, child)))

    newer = _child(plan_of([parent, uncle, child], lock, live))
    another = _child(plan_of([parent, uncle, a_gemini_spec("child", parent="uncle")], lock, live))

    assert (newer.reason.code, fields_of(newer)) == (ReasonCode.PARENT_CHANGED, ["tunedModelSource.tunedModel"])
    assert (another.reason.code, fields_of(another)) == (ReasonCode.EDITED, ["tunedModelSource.ref"])


def test_a_parent_that_does_not_serve_yet_changes_nothing() -> None:
    parent, child, lock, live = _family()
    failed = an_entry(parent, a_training(parent, role=Role.FAILED))
    lock = with_fields(lock, entries={**lock.entries, "vertex/parent": failed})

    change = _child(plan_of([parent, child], lock, live))

    assert change.action is Action.NOOP


# destroy


def test_destroy_leaves_nothing_of_an_address_whatever_its_spec_says() -> None:
    one, other = a_spec("one", on_remove=OnRemove.RETAIN), a_spec("other")
    lock, live = _serving(one, other)

    plan = plan_destroy(frozenset({one.address}), live, lock, PlanOptions(workspace=WORKSPACE))

    assert [(str(c.address), c.action, c.reason.code) for c in plan.changes] == [
        ("vertex/one", Action.DELETE, ReasonCode.REQUESTED)
    ]
    assert (plan.ready, plan.workspace, plan.lineage) == (2, WORKSPACE, lock.lineage)


def test_destroy_settles_what_ended_meanwhile() -> None:
    spec = a_spec()
    lock = a_lock([(spec, an_entry(spec, a_training(spec, role=Role.CANDIDATE)))])
    live = a_live(a_live_training(spec, status=Status.FAILED))

    (change,) = plan_destroy(frozenset({spec.address}), live, lock, PlanOptions()).changes

    assert change.cancels == ()


def test_a_spec_that_moved_to_another_backend_is_another_address() -> None:
    plan = plan_of(a_gemini_spec("router"), *_serving(a_spec("router")))

    assert actions(plan.changes) == ["+ gemini/router", "- vertex/router"]
    assert change_of(replace(a_spec(), gate=None), *_serving(a_spec())).action is Action.NOOP
