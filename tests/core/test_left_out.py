"""What `--exclude` leaves out: what is named, by any of its names, and what depends on it; never a removal of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.change import Plan
from reconciler.core.checksum import checksum_of
from reconciler.core.lock import Lock
from reconciler.core.model import Action, Address, Desired
from reconciler.core.plan import plan_changes, plan_destroy
from reconciler.core.situation import PlanOptions
from tests.bounds.work import steps_of
from tests.fakes.specs import WORKSPACE, a_live, a_live_training, a_lock, a_spec, a_training, an_entry


def _at(*names: str) -> frozenset[Address]:
    return frozenset(Address("vertex", name) for name in names)


def _planned(specs: list[object], exclude: frozenset[Address], lock: Lock | None = None, **more: object) -> Plan:
    options = PlanOptions(workspace=WORKSPACE, exclude=exclude, **more)  # type: ignore[arg-type]
    return plan_changes(Desired.of(specs), a_live(), lock or a_lock(), options)  # type: ignore[arg-type]


def _names(plan: Plan) -> list[str]:
    return [c.address.name for c in plan.changes]


PARENT = a_spec("parent")
CHILD = replace(a_spec("child"), parent=PARENT.address)
GRANDCHILD = replace(a_spec("grandchild"), parent=CHILD.address)
OTHER = a_spec("other")
FAMILY = [PARENT, CHILD, GRANDCHILD, OTHER]


@pytest.mark.parametrize(
    ("named", "left"),
    [
        ("parent", ["other"]),
        ("child", ["other", "parent"]),
        ("grandchild", ["child", "other", "parent"]),
        ("other", ["child", "grandchild", "parent"]),
    ],
)
def test_what_is_tuned_from_it_is_left_out_and_its_parents_are_not(named: str, left: list[str]) -> None:
    plan = _planned([*FAMILY], _at(named))

    assert _names(plan) == left
    assert {a.name for a in plan.left_out} == {s.address.name for s in FAMILY} - set(left)


def test_what_is_locked_and_not_declared_is_not_removed() -> None:
    lock = a_lock([(PARENT, an_entry(PARENT, a_training(PARENT))), (OTHER, an_entry(OTHER, a_training(OTHER)))])

    plan = _planned([], _at("parent"), lock)

    assert [(c.address.name, c.action) for c in plan.changes] == [("other", Action.DELETE)]
    assert plan.left_out == (PARENT.address,)


@pytest.mark.parametrize("name", ["new", "old"])
def test_a_renamed_spec_is_left_out_by_either_of_its_names(name: str) -> None:
    old = a_spec("old")
    lock = a_lock([(old, an_entry(old, a_training(old)))])

    plan = _planned([a_spec("new", former=("old",)), OTHER], _at(name), lock)

    assert _names(plan) == ["other"]


def test_it_is_a_part_of_the_checksum() -> None:
    everything, without = _planned([OTHER], frozenset()), _planned([OTHER], _at("absent"))

    assert _names(everything) == _names(without)
    assert everything.checksum != without.checksum
    assert checksum_of([], Lock(), _at("a", "b")) == checksum_of([], Lock(), sorted(_at("b", "a")))


def test_a_plan_that_destroys_leaves_out_what_is_named_alone() -> None:
    entries = [(s, an_entry(s, a_training(s))) for s in FAMILY]
    live, lock = a_live(*(a_live_training(s) for s in FAMILY)), a_lock(entries)
    options = PlanOptions(workspace=WORKSPACE, exclude=_at("parent"))

    plan = plan_destroy(frozenset(s.address for s in FAMILY), live, lock, options)

    assert _names(plan) == ["child", "grandchild", "other"]
    assert (plan.left_out, plan.destroys) == ((PARENT.address,), True)


def test_the_time_for_a_long_chain_grows_with_its_length() -> None:
    def chain(length: int) -> int:
        specs = [a_spec("s0")]
        for n in range(1, length):
            specs.append(replace(a_spec(f"s{n}"), parent=specs[-1].address))
        desired = Desired.of(specs)
        from reconciler.core.claims import Claims
        from reconciler.core.left_out import left_out

        return steps_of(lambda: left_out(desired, Claims(Lock(), {}), _at("s0")))

    assert chain(400) < 2.5 * chain(200)
