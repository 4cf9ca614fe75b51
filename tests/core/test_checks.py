"""Refusals: each one refuses, is overridden by its flag and by a dated line, and by nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest

from reconciler.core.catalog import BaseModel, Catalog
from reconciler.core.change import Cost, Plan
from reconciler.core.checks import ALLOWANCES, Permissions, check_owners, check_plan
from reconciler.core.codes_plan import CODES_PLAN
from reconciler.core.diagnostics import Diagnostic, Location
from reconciler.core.lock import Lock, Role
from reconciler.core.model import Carrier, Live, Progress, Status
from reconciler.core.settings import Allow, Budget, Limits, Workspace
from tests.fakes.planning import plan_of
from tests.fakes.specs import (
    WORKSPACE,
    a_live,
    a_live_training,
    a_lock,
    a_spec,
    a_training,
    an_entry,
    carried,
    model_name,
)

TODAY = date(2026, 11, 21)
CATALOG = Catalog(
    as_of="2026-11-01",
    models=(
        BaseModel(name="gemini-2.5-flash", surface="vertex", methods=("supervised",)),
        BaseModel(
            name="gone",
            surface="vertex",
            methods=("supervised",),
            cut_off=date(2026, 11, 20),
            replacement="gemini-2.5-flash",
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Case:
    """A plan that breaks a rule, and which override lets it through."""

    plan: Plan
    lock: Lock
    live: Live
    code: str
    kind: str
    address: str
    workspace: Workspace = field(default_factory=lambda: Workspace(name=WORKSPACE))

    def found(self, permissions: Permissions) -> list[Diagnostic]:
        told = check_plan(self.plan, self.lock, self.workspace, permissions, CATALOG, TODAY)
        told += check_owners(self.plan, self.lock, self.live, WORKSPACE, permissions)
        return [d for d in told if d.is_error]


def _serving(count: int, *others: str, **more: Any) -> tuple[Lock, Live]:
    specs = [a_spec(f"m{n}", **more) for n in range(count)] + [a_spec(name) for name in others]
    return a_lock([(s, an_entry(s)) for s in specs]), a_live(*map(a_live_training, specs))


def _case(code: str, kind: str, address: str, plan: Plan, lock: Lock, live: Live, **more: Any) -> Case:
    return Case(plan, lock, live, code, kind, address, **more)


def _deletes() -> Case:
    lock, live = _serving(3, "kept")
    return _case("PLAN101", "limits", "", plan_of(a_spec("kept"), lock, live), lock, live)


def _share() -> Case:
    lock, live = _serving(10)
    specs = [a_spec(f"m{n}", epochs=9 if n < 4 else 3) for n in range(10)]
    return _case("PLAN101", "limits", "", plan_of(specs, lock, live), lock, live)


def _emptied() -> Case:
    lock, live = _serving(1)
    return _case("PLAN102", "empty", "", plan_of([], lock, live), lock, live)


def _others_only() -> Case:
    lock, live = _serving(1)
    return _case("PLAN102", "empty", "", plan_of([a_spec("other"), a_spec("new")], lock, live), lock, live)


def _not_all_read() -> Case:
    lock, live = _serving(1, "kept")
    plan = plan_of(a_spec("kept"), lock, live, doubts=["specs/m0.yaml.j2"])
    return _case("PLAN123", "unread", "vertex/m0", plan, lock, live)


def _protected() -> Case:
    lock, live = _serving(1, "kept", protect=True)
    return _case("PLAN103", "protected", "vertex/m0", plan_of(a_spec("kept"), lock, live), lock, live)


def _foreign() -> Case:
    spec = a_spec()
    shown = carried(spec)
    shown["labels"] = {**shown["labels"], "tuneform-workspace": "theirs"}
    model = Carrier(model_name(spec).partition("@")[0], shown)
    lock, live = a_lock([(spec, an_entry(spec))]), a_live(a_live_training(spec, carriers=(model,)))
    return _case("PLAN104", "foreign", "vertex/router", plan_of(spec, lock, live), lock, live)


def _priced(cost: Cost | None, budget: Budget) -> Case:
    plan = plan_of(a_spec())
    plan = replace(plan, changes=tuple(replace(c, cost=cost) for c in plan.changes))
    workspace = Workspace(name=WORKSPACE, budget=budget)
    code = "PLAN106" if cost is None or cost.high is None else "PLAN105"
    return _case(code, "cost", "vertex/router", plan, a_lock(), a_live(), workspace=workspace)


def _retired() -> Case:
    return _case("PLAN107", "retired", "vertex/router", plan_of(a_spec(base="gone")), a_lock(), a_live())


def _cancels() -> Case:
    spec = a_spec()
    lock = a_lock([(spec, an_entry(spec, a_training(spec, role=Role.CANDIDATE)))])
    live = a_live(a_live_training(spec, status=Status.IN_PROGRESS, progress=Progress(percent=40.0)))
    return _case("PLAN108", "cancel", "vertex/router", plan_of(a_spec(epochs=5), lock, live), lock, live)


CASES: dict[str, Callable[[], Case]] = {
    "too many deletes": _deletes,
    "too large a share": _share,
    "every spec gone": _emptied,
    "specs of other names alone": _others_only,
    "a removal while something is not read": _not_all_read,
    "protected": _protected,
    "another workspace's": _foreign,
    "over the budget of a job": lambda: _priced(Cost(1.0, 9.0), Budget(per_job=5.0)),
    "cost unknown": lambda: _priced(None, Budget(per_job=5.0)),
    "cost without a range": lambda: _priced(Cost(method="no price"), Budget()),
    "retired base model": _retired,
    "a running job": _cancels,
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]()


def _line(kind: str, address: str, until: date) -> Workspace:
    return Workspace(allow=(Allow(kind, address, until, "because", Location("tuneform.yaml", 3)),))


def test_the_plan_is_refused(case: Case) -> None:
    assert [d.code for d in case.found(Permissions())] == [case.code]


def test_its_flag_lets_it_through(case: Case) -> None:
    assert case.found(Permissions(frozenset({case.kind}))) == []


def test_a_refusal_names_its_flag(case: Case) -> None:
    (refusal,) = case.found(Permissions())

    assert f"--allow-{case.kind}" in refusal.fix


def test_the_row_of_what_refuses_says_so(case: Case) -> None:
    assert CODES_PLAN[case.code].refuses


def test_no_other_flag_lets_it_through(case: Case) -> None:
    others = frozenset(ALLOWANCES) - {case.kind, "delete"}

    assert [d.code for d in case.found(Permissions(others))] == [case.code]


@pytest.mark.parametrize("address", ["own", "*"])
def test_a_dated_line_lets_it_through_on_its_last_day(case: Case, address: str) -> None:
    workspace = _line(case.kind, case.address if address == "own" else address, TODAY)

    assert case.found(Permissions.of(frozenset(), workspace, TODAY)) == []


def test_a_dated_line_that_is_over_does_not_count(case: Case) -> None:
    workspace = _line(case.kind, case.address, date(2026, 11, 20))

    assert len(case.found(Permissions.of(frozenset(), workspace, TODAY))) == 1


def test_a_dated_line_for_another_address_does_not_count(case: Case) -> None:
    workspace = _line(case.kind, "vertex/another", TODAY)

    assert len(case.found(Permissions.of(frozenset(), workspace, TODAY))) == 1


def _codes(
    plan: Plan, lock: Lock | None = None, *, permissions: Permissions | None = None, **settings: Any
) -> list[str]:
    workspace = Workspace(**settings)
    told = check_plan(plan, lock or a_lock(), workspace, permissions or Permissions(), CATALOG, TODAY)
    return [d.code for d in told if d.is_error]


# Limits


def test_as_many_deletes_as_the_limit_pass() -> None:
    lock, live = _serving(2, "kept")

    assert _codes(plan_of(a_spec("kept"), lock, live), lock) == []


def test_deletes_that_are_allowed_by_name_do_not_count() -> None:
    lock, live = _serving(3, "kept")
    permissions = Permissions.of(frozenset(), _line("delete", "vertex/m0", TODAY), TODAY)

    assert _codes(plan_of(a_spec("kept"), lock, live), lock, permissions=permissions) == []


def test_models_that_do_not_answer_any_more_do_not_count_as_deleted() -> None:
    lock, _ = _serving(5, "kept")

    assert _codes(plan_of(a_spec("kept"), lock, a_live()), lock) == []


def test_deposed_models_do_not_count_as_deleted() -> None:
    specs = [a_spec("m", epochs=e, keep=0) for e in range(1, 6)]
    roles = [Role.DEPOSED] * 4 + [Role.SERVING]
    trainings = [a_training(s, str(n), role=r) for n, (s, r) in enumerate(zip(specs, roles, strict=True), 1)]
    lock = a_lock([(specs[-1], an_entry(specs[-1], *trainings))])
    live = a_live(*(a_live_training(s, str(n)) for n, s in enumerate(specs, 1)))

    assert _codes(plan_of(specs[-1], lock, live), lock) == []


@pytest.mark.parametrize(("replaced", "refused"), [(3, []), (4, ["PLAN101"])])
def test_the_share_counts_what_is_replaced(replaced: int, refused: list[str]) -> None:
    lock, live = _serving(10)
    specs = [a_spec(f"m{n}", epochs=9 if n < replaced else 3) for n in range(10)]

    assert _codes(plan_of(specs, lock, live), lock) == refused


def test_the_share_of_fewer_than_ten_says_nothing() -> None:
    lock, live = _serving(9)

    assert _codes(plan_of([a_spec(f"m{n}", epochs=9) for n in range(9)], lock, live), lock) == []


def test_limits_are_the_workspaces() -> None:
    lock, live = _serving(1, "kept")
    plan = plan_of(a_spec("kept"), lock, live)

    assert _codes(plan, lock, limits=Limits(max_deletes=0)) == ["PLAN101"]


# What is not read


def test_what_is_not_read_refuses_no_plan_that_removes_nothing() -> None:
    lock, live = _serving(1)
    specs = [a_spec("m0", epochs=9), a_spec("new")]

    assert _codes(plan_of(specs, lock, live, doubts=["specs/x.yaml~"]), lock) == []


def test_what_is_not_read_is_named_up_to_five_places() -> None:
    lock, live = _serving(2, "kept")
    plan = plan_of(a_spec("kept"), lock, live, doubts=[f"specs/{n}.j2" for n in range(7)])

    (refusal,) = check_plan(plan, lock, Workspace(), Permissions(), CATALOG, TODAY)

    assert refusal.detail == (
        "The plan removes vertex/m0 and 1 more, and what may be a spec was not read: "
        "specs/0.j2, specs/1.j2, specs/2.j2, specs/3.j2, specs/4.j2 and 2 more."
    )


@pytest.mark.parametrize(
    ("specs", "said"),
    [
        (["other"], "The lock has 2 models, and the only spec that was found declares another one."),
        (["o", "p"], "The lock has 2 models, and none of the 2 specs that were found declares one of them."),
        ([], "The lock has 2 models and not one spec was found."),
    ],
)
def test_a_set_without_a_locked_address_is_refused_as_an_empty_one(specs: list[str], said: str) -> None:
    lock, live = _serving(2)
    plan = plan_of([a_spec(name) for name in specs], lock, live)

    (refusal,) = (d for d in check_plan(plan, lock, Workspace(), Permissions(), CATALOG, TODAY) if d.is_error)

    assert (refusal.code, refusal.detail) == ("PLAN102", said)


def test_a_renamed_model_is_a_locked_address_that_is_declared() -> None:
    lock, live = _serving(1)

    assert _codes(plan_of(a_spec("new", former=("m0",)), lock, live), lock) == []


# Protection


def test_a_protected_model_may_have_a_successor() -> None:
    lock, live = _serving(1, protect=True)

    assert _codes(plan_of(a_spec("m0", epochs=5, protect=True), lock, live), lock) == []


def test_the_locked_protection_counts_until_one_apply_has_lifted_it() -> None:
    spec = a_spec(protect=True)
    running = a_training(spec, role=Role.CANDIDATE)
    lock = a_lock([(spec, an_entry(spec, running))])
    live = a_live(a_live_training(spec, status=Status.IN_PROGRESS))
    permissions = Permissions(frozenset({"cancel"}))

    edited = plan_of(a_spec(epochs=5, protect=False), lock, live)

    assert _codes(edited, lock, permissions=permissions) == ["PLAN103"]


def test_a_protection_that_is_declared_counts_before_it_is_locked() -> None:
    spec = a_spec()
    lock = a_lock([(spec, an_entry(spec, a_training(spec, role=Role.CANDIDATE)))])
    live = a_live(a_live_training(spec, status=Status.IN_PROGRESS))

    edited = plan_of(a_spec(epochs=5, protect=True), lock, live)

    assert _codes(edited, lock, permissions=Permissions(frozenset({"cancel"}))) == ["PLAN103"]


def test_protection_survives_a_rename() -> None:
    old = a_spec("old", protect=True)
    lock = a_lock([(old, an_entry(old, a_training(old, role=Role.CANDIDATE)))])
    live = a_live(a_live_training(old, status=Status.IN_PROGRESS))

    edited = plan_of(a_spec("new", former=("old",), epochs=5), lock, live)

    assert _codes(edited, lock, permissions=Permissions(frozenset({"cancel"}))) == ["PLAN103"]


def test_of_a_protected_address_what_keep_does_not_keep_may_go() -> None:
    specs = [a_spec(epochs=e, keep=0, protect=True) for e in (1, 2)]
    trainings = [a_training(specs[0], role=Role.DEPOSED), a_training(specs[1], "2")]
    lock = a_lock([(specs[1], an_entry(specs[1], *trainings))])
    live = a_live(a_live_training(specs[0]), a_live_training(specs[1], "2"))

    plan = plan_of(specs[1], lock, live)

    assert ([c.deposed for c in plan.changes], _codes(plan, lock)) == ([False, True], [])


# Cancelling


def test_a_duplicate_is_cancelled_without_asking() -> None:
    spec = a_spec()
    running = [a_live_training(spec, n, status=Status.IN_PROGRESS, progress=Progress(percent=1.0)) for n in ("1", "2")]

    assert _codes(plan_of(spec, live=a_live(*running))) == []


def test_the_share_done_is_told_where_it_is_known() -> None:
    (refusal,) = _cancels().found(Permissions())
    unknown = a_live(a_live_training(a_spec(), status=Status.IN_PROGRESS))
    plan = plan_of(a_spec(epochs=5), _cancels().lock, unknown)

    (other,) = check_plan(plan, _cancels().lock, Workspace(), Permissions(), CATALOG, TODAY)

    assert "at 40 %" in refusal.detail
    assert "%" not in other.detail


# Owners


def test_a_plan_that_touches_nothing_of_another_workspaces_passes() -> None:
    case = _foreign()
    spec = a_spec()
    live = a_live(a_live_training(spec))

    assert list(check_owners(plan_of(a_spec("new")), case.lock, case.live, WORKSPACE, Permissions())) == []
    assert list(check_owners(plan_of([], case.lock, live), case.lock, live, WORKSPACE, Permissions())) == []


def test_an_existing_model_of_another_workspace_is_not_taken_over() -> None:
    theirs = a_spec("theirs")
    shown = {**carried(theirs), "labels": {"tuneform-workspace": "theirs"}}
    live = a_live(a_live_training(theirs, fields=shown))
    plan = plan_of(a_spec(existing=model_name(theirs)), live=live)

    found = list(check_owners(plan, a_lock(), live, WORKSPACE, Permissions()))

    assert {d.code for d in found} == {"PLAN104"}


def test_a_resource_without_any_labels_is_nobodys() -> None:
    spec = a_spec()
    live = a_live(a_live_training(spec, fields={"tunedModelDisplayName": "router"}))
    lock = a_lock([(spec, an_entry(spec))])

    assert list(check_owners(plan_of([], lock, live), lock, live, WORKSPACE, Permissions())) == []


# Cost


def test_without_a_budget_no_cost_is_refused() -> None:
    assert _codes(plan_of(a_spec())) == []


def test_an_unknown_cost_may_be_let_through() -> None:
    assert _codes(plan_of(a_spec()), budget=Budget(refuse_unknown=False)) == []


@pytest.mark.parametrize(("high", "refused"), [(5.0, []), (5.01, ["PLAN105"])])
def test_the_upper_end_counts(high: float, refused: list[str]) -> None:
    case = _priced(Cost(0.0, high), Budget(per_job=5.0))

    assert [d.code for d in case.found(Permissions())] == refused


@pytest.mark.parametrize(("limit", "refused"), [(8.0, []), (7.9, ["PLAN105"])])
def test_the_budget_of_a_plan_counts_all_its_trainings(limit: float, refused: list[str]) -> None:
    plan = plan_of([a_spec("a"), a_spec("b")])
    plan = replace(plan, changes=tuple(replace(c, cost=Cost(1.0, 4.0)) for c in plan.changes))

    assert _codes(plan, budget=Budget(per_plan=limit)) == refused


def test_what_trains_nothing_costs_nothing() -> None:
    lock, live = _serving(1)

    assert _codes(plan_of(a_spec("m0"), lock, live), lock, budget=Budget(per_job=0.0)) == []


def test_an_unknown_cost_is_refused_with_what_would_make_it_known() -> None:
    case = _priced(Cost(method="epochCount is not set", needs="an explicit epochCount"), Budget(per_job=5.0))

    (refusal,) = case.found(Permissions())

    assert refusal.detail == "The cost of vertex/router is unknown: epochCount is not set."
    assert refusal.fix == "It becomes known with an explicit epochCount; or give --allow-cost once."


@pytest.mark.parametrize(("high", "refused"), [(0.0, []), (0.1, ["PLAN106"])])
def test_a_cost_in_another_currency_than_the_budget_is_unknown_to_it(high: float, refused: list[str]) -> None:
    case = _priced(Cost(0.0, high, "USD"), Budget(per_job=5.0, per_plan=5.0, currency="EUR"))

    assert [d.code for d in case.found(Permissions())] == refused


# Base models


def test_the_historic_catalogue_refuses_no_base_model() -> None:
    assert _codes(plan_of(a_spec(base="gone")), catalog="historic") == []


def test_a_retired_base_model_names_its_replacement() -> None:
    (refusal,) = _retired().found(Permissions())

    assert "gemini-2.5-flash" in refusal.fix
