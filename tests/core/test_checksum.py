"""The checksum: what was reviewed is what runs. It covers that, and nothing that moves by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as with_fields

from reconciler.core.change import Change, Cost, Plan, Reason, ReasonCode
from reconciler.core.checksum import checksum_of
from reconciler.core.lock import Role
from reconciler.core.model import Action, Declared, Identity, OnRemove, Progress, Status
from tests.fakes.planning import plan_of
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
)


def _serving(*specs: Declared) -> Any:
    return a_lock([(s, an_entry(s)) for s in specs]), a_live(*map(a_live_training, specs))


def test_the_same_plan_has_the_same_checksum() -> None:
    one, other = plan_of(a_spec()), plan_of(a_spec())

    assert one.checksum == other.checksum
    assert len(one.checksum) == 40


def test_the_checksum_of_a_create_is_pinned() -> None:
    assert plan_of(a_spec()).checksum == "1ff0b22fd85347b3e5ba6295a22a02a799a17abc"


_DIFFERENT: dict[str, tuple[Plan, Plan]] = {
    "address": (plan_of(a_spec("a")), plan_of(a_spec("b", display="a"))),
    "one more address": (plan_of(a_spec("a")), plan_of([a_spec("a"), a_spec("b")])),
    "training fields": (plan_of(a_spec()), plan_of(a_spec(epochs=4))),
    "mutable fields": (plan_of(a_spec()), plan_of(a_spec(display="x"))),
    "reported fields": (plan_of(a_spec()), plan_of(a_spec(reported={"evaluationConfig": {}}))),
    "place": (plan_of(a_spec()), plan_of(a_spec(location="europe-west4"))),
    "parent": (plan_of(a_spec(parent="a"), is_complete=False), plan_of(a_spec(parent="b"), is_complete=False)),
    "data identity": (plan_of(a_spec()), plan_of(a_spec(), live=a_live(objects={TRAIN: bytes_of("x")}))),
    "local data": (plan_of(a_spec(data=a_file("a"))), plan_of(a_spec(data=a_file("b")))),
    "inline data": (plan_of(a_gemini_spec()), plan_of(a_gemini_spec(pairs=(("a", "b"),)))),
    "validation data identity": (
        plan_of(a_spec(validation=VALIDATE)),
        plan_of(a_spec(validation=VALIDATE), live=a_live(objects={TRAIN: bytes_of("train"), VALIDATE: Identity()})),
    ),
    "what is deleted": (
        plan_of([], *_serving(a_spec())),
        plan_of([], a_lock([(a_spec(), an_entry(a_spec(), a_training(a_spec(), job="other")))]), a_live()),
    ),
    "protection": (plan_of(a_spec()), plan_of(a_spec(protect=True))),
    "what its removal means": (plan_of(a_spec()), plan_of(a_spec(on_remove=OnRemove.RETAIN))),
    "create or adopt": (plan_of(a_spec()), plan_of(a_spec(), live=a_live(a_live_training(a_spec())))),
    "what is adopted": (
        plan_of(a_spec(), live=a_live(a_live_training(a_spec()))),
        plan_of(a_spec(), live=a_live(a_live_training(a_spec(), "2"))),
    ),
    "what is patched": (
        plan_of(a_spec(), *_serving(a_spec())),
        plan_of(
            a_spec(),
            _serving(a_spec())[0],
            a_live(a_live_training(a_spec(), fields={**carried(a_spec()), "tunedModelDisplayName": "x"})),
        ),
    ),
    "a rename": (
        plan_of(a_spec("new", former=("old",)), *_serving(a_spec("old"))),
        plan_of(a_spec("new", former=("older",)), *_serving(a_spec("older"))),
    ),
}


@pytest.mark.parametrize("name", _DIFFERENT)
def test_the_checksum_covers_what_will_be_done(name: str) -> None:
    one, other = _DIFFERENT[name]

    assert one.checksum != other.checksum


def _running(percent: float, state: str = "JOB_STATE_RUNNING") -> Any:
    spec = a_spec("running")
    lock = a_lock([(spec, an_entry(spec, a_training(spec, role=Role.CANDIDATE)))])
    progress = Progress(percent=percent)
    return lock, a_live(a_live_training(spec, status=Status.IN_PROGRESS, state=state, progress=progress))


@given(percent=st.floats(0, 100), state=st.text(max_size=5))
def test_the_progress_of_what_is_awaited_does_not_move_it(percent: float, state: str) -> None:
    specs = [a_spec(), a_spec("running")]

    assert plan_of(specs, *_running(percent, state)).checksum == plan_of(specs, *_running(0)).checksum


@given(percent=st.floats(0, 100))
def test_the_progress_of_what_is_cancelled_does_not_move_it(percent: float) -> None:
    edited = a_spec("running", epochs=9)

    assert plan_of(edited, *_running(percent)).checksum == plan_of(edited, *_running(0)).checksum


def test_the_end_of_a_training_that_was_awaited_does_not_move_it() -> None:
    specs = [a_spec(), a_spec("running")]
    lock, live = _running(99)

    before = plan_of(specs, lock, live)
    after = plan_of(specs, lock, a_live(a_live_training(a_spec("running"))))

    assert after.by_action(Action.UPDATE)
    assert before.checksum == after.checksum


@given(low=st.floats(0, 100), as_of=st.text(max_size=5), text=st.text(max_size=5), tokens=st.integers())
def test_price_words_and_money_spent_do_not_move_it(low: float, as_of: str, text: str, tokens: int) -> None:
    (change,) = plan_of(a_spec()).changes
    told: Change = replace(
        change,
        cost=Cost(low, low, as_of=as_of),
        reason=Reason(ReasonCode.NOT_FOUND, text),
        spent_tokens=tokens,
    )

    assert checksum_of([told], a_lock()) == checksum_of([change], a_lock())


@given(st.sets(st.sampled_from(["m1", "m2", "m3"])), st.booleans())
def test_addresses_that_the_plan_does_not_touch_do_not_move_it(names: set[str], blocked: bool) -> None:
    others = [a_spec(name) for name in sorted(names)]
    lock, live = _serving(*others)
    live = a_live() if blocked else live

    assert plan_of([a_spec(), *others], lock, live).checksum == plan_of(a_spec()).checksum


@given(st.permutations([0, 1, 2]))
def test_the_order_of_changes_does_not_move_it(order: list[int]) -> None:
    changes = plan_of([a_spec("a"), a_spec("b"), a_gemini_spec()]).changes

    assert checksum_of([changes[n] for n in order], a_lock()) == checksum_of(changes, a_lock())


def test_another_version_of_a_digest_does_not_move_it() -> None:
    (change,) = plan_of(a_spec()).changes
    assert change.submission is not None
    newer = replace(change, submission=with_fields(change.submission, digest="v9-abc"))

    assert checksum_of([newer], a_lock()) == checksum_of([change], a_lock())
