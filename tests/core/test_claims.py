"""A rename is carried out right, or refused with its place: it never pays for a model in silence."""

from __future__ import annotations

import pytest

from reconciler.core.claims import claims_of, collisions
from reconciler.core.lock import Entry, Lock
from reconciler.core.model import Address, Declared, Desired, OnRemove
from tests.fakes.planning import plan_of
from tests.fakes.specs import OBJECTS, a_gemini_spec, a_live, a_live_training, a_lock, a_spec, a_training, an_entry
from tests.fakes.stage import pending

A, B, C = a_spec("a"), a_spec("b", epochs=4), a_spec("c", epochs=5)


def _lock(*entries: tuple[Declared, Entry]) -> Lock:
    return a_lock(entries)


def _kept(spec: Declared, former: tuple[str, ...] = ()) -> tuple[Declared, Entry]:
    return spec, an_entry(spec, former=former)


def _codes(lock: Lock, *specs: Declared, complete: bool = True) -> list[tuple[str, str | None]]:
    desired = Desired.of(specs, is_complete=complete)
    return [(d.code, d.address) for d in collisions(desired, lock, OBJECTS)]


def _named(name: str, spec: Declared, *former: str) -> Declared:
    """The same training under another name."""
    epochs = spec.training["supervisedTuningSpec"]["hyperParameters"]["epochCount"]
    return a_spec(name, epochs=epochs, former=former)


def test_a_rename_to_a_name_that_was_deleted_in_the_same_step_is_refused() -> None:
    assert _codes(_lock(_kept(A), _kept(B)), _named("b", A, "a")) == [("PLAN014", "vertex/b")]


def test_a_rename_and_an_edit_to_such_a_name_is_refused() -> None:
    assert _codes(_lock(_kept(A), _kept(B)), _named("b", C, "a")) == [("PLAN014", "vertex/b")]


def test_the_refusal_has_the_place_of_the_spec_and_says_how_to_go_on() -> None:
    renamed = _named("b", A, "a")
    (refusal,) = collisions(Desired.of([renamed]), _lock(_kept(A), _kept(B)), OBJECTS)

    assert (refusal.where, "tuneform destroy vertex/b" in refusal.fix) == (renamed.where, True)


@pytest.mark.parametrize("complete", [True, False])
def test_the_line_that_an_old_rename_left_in_a_spec_refuses_nothing(complete: bool) -> None:
    renamed, again = _named("b", B, "a"), _named("a", C)
    lock = _lock(_kept(renamed, ("a",)), _kept(again))

    assert _codes(lock, renamed, again, complete=complete) == []
    assert _codes(lock, renamed, complete=complete) == []


def test_a_lock_that_keeps_no_former_names_tells_an_old_rename_by_the_markers() -> None:
    renamed = _named("b", B, "a")
    old = an_entry(renamed, a_training(renamed, name="a"))

    assert _codes(_lock((renamed, old), _kept(_named("a", C))), renamed) == []


def test_a_declared_model_beside_an_old_line_is_no_collision() -> None:
    assert _codes(_lock(_kept(A), _kept(B)), A, _named("b", B, "a")) == []


def test_a_removed_spec_beside_an_old_line_is_removed() -> None:
    """The spec is what is locked under its own name, and not what stands under the former one."""
    assert _codes(_lock(_kept(A), _kept(B)), _named("b", B, "a")) == []


def test_a_rename_that_was_taken_back_keeps_the_model() -> None:
    lock = _lock((_named("b", A), an_entry(A, former=("a",))))

    plan = plan_of(A, lock, a_live(a_live_training(A)))

    assert [(c.address, c.renamed_from) for c in plan.changes] == [(A.address, Address("vertex", "b"))]
    assert pending(plan) == ["~ vertex/a"]


def test_the_name_of_another_branch_is_known_by_what_both_were_called_before() -> None:
    desired = Desired.of([_named("c", C, "a")])
    lock = _lock((_named("b", A), an_entry(A, former=("a",))))

    assert claims_of(desired, lock, OBJECTS).of == {Address("vertex", "c"): Address("vertex", "b")}


def test_part_of_the_specs_takes_back_no_rename() -> None:
    lock = _lock((_named("b", A), an_entry(A, former=("a",))))

    assert claims_of(Desired.of([A], is_complete=False), lock, OBJECTS).of == {}


def test_another_model_under_an_old_name_deposes_the_one_that_was_renamed_and_deletes_nothing() -> None:
    lock = _lock((_named("b", A), an_entry(A, former=("a",))))

    plan = plan_of(_named("a", C), lock, a_live(a_live_training(A)))

    assert pending(plan) == ["± vertex/a"]


def test_a_model_that_is_to_be_retained_is_no_predecessor_of_another_one() -> None:
    retained = a_spec("b", on_remove=OnRemove.RETAIN)
    lock = _lock((retained, an_entry(retained, former=("a",))))

    assert claims_of(Desired.of([_named("a", C)]), lock, OBJECTS).of == {}


def test_one_live_model_is_not_adopted_under_two_names() -> None:
    """The ids of the Gemini API keep the first name for ever; the lock that knew the second one is lost."""
    first, second = a_gemini_spec("numbers"), a_gemini_spec("digits", former=("numbers",))

    plan = plan_of([first, second], Lock(), a_live(a_live_training(first)))

    adopted = [a.resource_name for c in plan.changes for a in c.adopts]
    assert adopted == [a_live_training(first).resource_name]
    assert pending(plan) == ["+ gemini/digits", "< gemini/numbers"]
