"""A second training of exactly what serves is taken in, not overlooked."""

from __future__ import annotations

import pytest

from reconciler.core.change import Change, ReasonCode
from reconciler.core.model import Action, Declared, Live, Status
from tests.fakes.planning import plan_of
from tests.fakes.specs import a_gemini_spec, a_live, a_live_training, a_lock, a_spec, an_entry, job_name


def _beside(spec: Declared, live: Live) -> Change:
    """The change that stands beside the address's own."""
    (change,) = [c for c in plan_of(spec, a_lock([(spec, an_entry(spec))]), live).changes if c.deposed]
    return change


@pytest.mark.parametrize("spec", [a_spec(), a_gemini_spec()], ids=["vertex", "gemini"])
def test_a_finished_twin_of_what_serves_is_deposed(spec: Declared) -> None:
    live = a_live(a_live_training(spec), a_live_training(spec, attempt="2"))

    change = _beside(spec, live)

    assert (change.action, change.reason.code) == (Action.ADOPT, ReasonCode.DUPLICATE)
    assert [a.attempt for a in change.adopts] == ["3"]
    assert change.cancels == ()
    assert [a.resource_name for a in change.adopts] == [job_name(spec, "2")]


def test_a_running_twin_is_cancelled_and_named_even_where_the_model_is_protected() -> None:
    spec = a_spec()
    twin = a_live_training(spec, attempt="2", status=Status.IN_PROGRESS)

    change = _beside(spec, a_live(a_live_training(spec), twin))

    assert change.cancels == ("3",)
    assert [n.code for n in change.notes] == ["PLAN003"]
    assert twin.resource_name in change.notes[0].detail


def test_a_training_of_something_else_is_no_twin() -> None:
    spec = a_spec()
    other = a_live_training(a_spec(epochs=9), attempt="2")

    plan = plan_of(spec, a_lock([(spec, an_entry(spec))]), a_live(a_live_training(spec), other))

    assert [c.action for c in plan.changes] == [Action.NOOP]


@pytest.mark.parametrize(("alias", "taken"), [("production", ["production"]), ("", [])])
def test_a_twin_loses_the_alias_that_is_of_what_serves(alias: str, taken: list[str]) -> None:
    spec = a_spec(alias=alias)
    twin = a_live_training(spec, attempt="2", aliases=("production", "somebody-elses"))
    serving = a_live_training(spec, aliases=(alias,) if alias else ())
    lock = a_lock([(spec, an_entry(spec, alias=alias))])

    (change,) = [c for c in plan_of(spec, lock, a_live(serving, twin)).changes if c.deposed]

    assert [(f.field, f.old, f.new, f.resource_name) for f in change.fields] == [
        ("serve.alias", name, None, twin.model) for name in taken
    ]
