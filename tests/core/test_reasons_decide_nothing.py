"""A reason is for people: whatever it says, the same is reviewed, refused and disposed of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from reconciler.core.catalog import Catalog
from reconciler.core.change import Plan, Reason, ReasonCode
from reconciler.core.checks import NO_PERMISSIONS, check_plan
from reconciler.core.checksum import checksum_of
from reconciler.core.gate_spec import GateSpec, Prompt
from reconciler.core.judgement import digest_of
from reconciler.core.lock import Approved, Judgement, Lock, Role
from reconciler.core.model import Action, Declared, Live, LiveTraining, Progress, Status
from reconciler.core.settings import Workspace
from reconciler.core.surplus import left_over, with_surplus
from tests.fakes.planning import plan_of
from tests.fakes.specs import (
    WORKSPACE,
    a_live,
    a_live_training,
    a_lock,
    a_spec,
    a_training,
    an_entry,
    endpoint_name,
    model_name,
)

Case = tuple[Plan, Lock, Live]


def _half_done(spec: Declared, attempt: str = "1") -> LiveTraining:
    return a_live_training(spec, attempt, status=Status.IN_PROGRESS, progress=Progress(percent=50.0))


def _trained() -> Case:
    """A candidate has ended well, and a deposed one goes when it serves."""
    old, new = a_spec(keep=0, protect=True), a_spec(epochs=5, keep=0, protect=True)
    trainings = (a_training(old), a_training(new, "2", role=Role.CANDIDATE))
    lock = a_lock(
        [(new, an_entry(new, *trainings, approved=(Approved(action=Action.REPLACE, attempt="2", disposes=("1",)),)))]
    )
    live = a_live(a_live_training(old), a_live_training(new, "2"))
    return plan_of(new, lock, live), lock, live


def _judged_again() -> Case:
    spec = a_spec(keep=0, gate=GateSpec(prompts=(Prompt("Hi", contains="b"),)))
    refused = a_training(
        spec,
        "2",
        role=Role.FAILED,
        gate_refused="no b",
        judged=Judgement(by=digest_of(GateSpec(prompts=(Prompt("Hi", contains="a"),)))),
        model=model_name(spec, "2"),
        endpoint=endpoint_name(spec, "2"),
    )
    old = a_spec(epochs=9)
    lock = a_lock([(spec, an_entry(old, a_training(old), refused))])
    live = a_live(a_live_training(old), a_live_training(spec, "2"))
    return plan_of(spec, lock, live), lock, live


def _two_run() -> Case:
    spec = a_spec(protect=True)
    live = a_live(_half_done(spec), _half_done(spec, "2"))
    lock = a_lock([(spec, an_entry(spec, a_training(spec, role=Role.CANDIDATE)))])
    return plan_of(spec, lock, live), lock, live


def _twin_of_what_serves() -> Case:
    spec = a_spec(protect=True)
    lock = a_lock([(spec, an_entry(spec))])
    live = a_live(a_live_training(spec), _half_done(spec, "2"))
    return plan_of(spec, lock, live), lock, live


def _beyond_keep() -> Case:
    specs = [a_spec(epochs=e, keep=0, protect=True) for e in (1, 2)]
    trainings = [a_training(specs[0], role=Role.DEPOSED), a_training(specs[1], "2")]
    lock = a_lock([(specs[1], an_entry(specs[1], *trainings))])
    live = a_live(a_live_training(specs[0]), a_live_training(specs[1], "2"))
    return plan_of(specs[1], lock, live), lock, live


def _removed() -> Case:
    kept, gone = a_spec("kept"), a_spec("gone", protect=True)
    lock = a_lock([(s, an_entry(s)) for s in (kept, gone)])
    live = a_live(a_live_training(kept), a_live_training(gone))
    return plan_of(kept, lock, live), lock, live


def _outdated() -> Case:
    spec = a_spec(protect=True)
    lock = a_lock([(spec, an_entry(spec, a_training(spec, role=Role.CANDIDATE)))])
    live = a_live(_half_done(spec))
    return plan_of(a_spec(epochs=5, protect=True), lock, live), lock, live


CASES: dict[str, tuple[Callable[[], Case], str, list[str]]] = {
    "trained, and starts to serve": (_trained, "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d", []),
    "judged again": (_judged_again, "5c8660c7d7c8841022f13a6973b4fabf14e50408", []),
    "two of the same run": (_two_run, "1e6d1c76dcb12c85b1d00d2decc1a447600c1a9d", []),
    "a twin of what serves runs": (_twin_of_what_serves, "448203431b8574b647bec9c50b1bab39fa898eb2", []),
    "beyond keep": (_beyond_keep, "c445a5ed17a17e6724948b71072bc38b94d0b194", []),
    "removed": (_removed, "b8d08690fe3388ca878fcf2550f9186ec000b28d", ["PLAN103"]),
    "edited while it trains": (_outdated, "a5e0de19c8f1f4a43cdcfb837bc78ccd642ddde1", ["PLAN103", "PLAN108"]),
}
"""A plan, the checksum that it had while reasons still had a say in it, and what refuses it."""
EACH = pytest.mark.parametrize(("make", "checksum", "refusals"), CASES.values(), ids=CASES)
EVERY_REASON = pytest.mark.parametrize("code", ReasonCode, ids=lambda code: code.value)


def _refusals(plan: Plan, lock: Lock) -> list[str]:
    found = check_plan(plan, lock, Workspace(name=WORKSPACE), NO_PERMISSIONS, Catalog(), date(2026, 11, 24))
    return [d.code for d in found if d.is_error]


@EACH
def test_a_plan_that_was_saved_before_has_the_checksum_that_it_had(
    make: Callable[[], Case], checksum: str, refusals: list[str]
) -> None:
    plan, lock, _ = make()

    assert plan.checksum == checksum_of(plan.changes, lock) == checksum
    assert _refusals(plan, lock) == refusals


@EACH
@EVERY_REASON
def test_another_reason_changes_neither_checksum_nor_refusals_nor_what_goes(
    make: Callable[[], Case], checksum: str, refusals: list[str], code: ReasonCode
) -> None:
    plan, lock, live = make()
    (text, entry), *_ = ((a, e) for a, e in lock.entries.items() if a != "vertex/kept")
    own, *_ = (c for c in plan.changes if str(c.address) == text)

    changes = tuple(replace(c, reason=Reason(code, "because")) for c in plan.changes)
    other = next(c for c in changes if str(c.address) == text)

    assert checksum_of(changes, lock) == checksum
    assert _refusals(replace(plan, changes=changes), lock) == refusals
    assert with_surplus(other, entry, live.trainings).disposes == with_surplus(own, entry, live.trainings).disposes
    assert (left_over(own.address, entry, live.trainings, other) is None) is (
        left_over(own.address, entry, live.trainings, own) is None
    )
