"""Which checkpoint serves: an edit in place, and the best of a curve is chosen once."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as with_fields

from reconciler.core.advance import advance, learned_from
from reconciler.core.change import Change, ReasonCode
from reconciler.core.checkpoints import chosen_by_id, chosen_by_metric, values_at
from reconciler.core.curves import MetricPoint
from reconciler.core.events import CheckpointChosen
from reconciler.core.lock import CheckpointRecord, Entry, Role, ServedCheckpoint
from reconciler.core.model import Action, OnChange
from tests.fakes.planning import change_of
from tests.fakes.specs import a_live, a_live_training, a_lock, a_spec, a_training, an_entry, endpoint_name

SPEC = a_spec()
FOUR = tuple(CheckpointRecord(checkpoint_id=str(n), epoch=n, step=10 * n, endpoint=f"e{n}") for n in range(1, 5))


def _entry(chosen: ServedCheckpoint | None = None) -> Entry:
    endpoint = f"e{chosen.checkpoint_id}" if chosen else endpoint_name(SPEC)
    return an_entry(SPEC, a_training(SPEC, "1", checkpoints=FOUR, checkpoint=chosen, endpoint=endpoint))


def _change(wanted: str, chosen: ServedCheckpoint | None = None, **seen: Any) -> Change:
    lock = a_lock([(SPEC, _entry(chosen))])
    return change_of(replace(SPEC, checkpoint=wanted), lock, a_live(a_live_training(SPEC, **seen)))


_TWO = ServedCheckpoint(wanted="2", checkpoint_id="2")
_BEST = ServedCheckpoint(wanted="best eval_total_loss", checkpoint_id="3", value=0.4)


def test_another_checkpoint_is_an_edit_in_place_that_trains_nothing() -> None:
    change = _change("2")

    (field,) = change.fields
    assert (change.action, change.checkpoint, change.patch) == (Action.UPDATE, "2", None)
    assert (field.field, field.old, field.new, field.on_change) == ("serve.checkpoint", "last", "2", OnChange.IN_PLACE)


@pytest.mark.parametrize(("wanted", "chosen"), [("", None), ("2", _TWO), ("best eval_total_loss", _BEST)])
def test_what_serves_as_the_spec_says_is_left_alone(wanted: str, chosen: ServedCheckpoint | None) -> None:
    assert _change(wanted, chosen).action is Action.NOOP


def test_a_spec_that_says_nothing_is_about_the_last_one() -> None:
    change = _change("", _BEST)

    assert (change.action, change.checkpoint) == (Action.UPDATE, "last")
    assert (change.fields[0].old, change.fields[0].new) == ("best eval_total_loss (3)", "last")


def test_what_answers_is_the_endpoint_of_the_checkpoint() -> None:
    lock = a_lock([(SPEC, _entry())])

    chosen = advance(lock, CheckpointChosen(SPEC.address, "1", _TWO, "e2")).entries["vertex/router"]
    back = advance(a_lock([(SPEC, chosen)]), CheckpointChosen(SPEC.address, "1", None, endpoint_name(SPEC))).entries[
        "vertex/router"
    ]

    assert (chosen.trainings["1"].endpoint, chosen.trainings["1"].checkpoint) == ("e2", _TWO)
    assert (back.trainings["1"].endpoint, back.trainings["1"].checkpoint) == (endpoint_name(SPEC), None)


def test_a_later_look_at_the_training_does_not_take_the_endpoint_back() -> None:
    chosen = _entry(_TWO).trainings["1"]

    assert learned_from(a_live_training(SPEC), chosen).get("endpoint") is None
    assert learned_from(a_live_training(SPEC)).get("endpoint") == endpoint_name(SPEC)


def test_the_best_one_is_by_the_points_nearest_to_each() -> None:
    losses = [MetricPoint(step, value) for step, value in ((9, 0.9), (19, 0.5), (31, 0.4), (41, 0.7))]
    rates = [MetricPoint(point.step, 1 - point.value) for point in losses]
    curves = {"eval_total_loss": losses, "eval_fraction_of_correct_next_step_preds": rates}

    def best(name: str) -> tuple[ServedCheckpoint, str] | None:
        return chosen_by_metric(f"best {name}", FOUR, values_at(name, FOUR, curves))

    by_loss, by_rate = best("eval_total_loss"), best("eval_fraction_of_correct_next_step_preds")

    assert by_loss == (_BEST, "e3")
    assert by_rate is not None
    assert by_rate[0].checkpoint_id == "3"


@pytest.mark.parametrize("wanted", ["best nothing", "best eval_total_loss"])
def test_of_a_curve_that_says_nothing_there_is_no_best(wanted: str) -> None:
    values = values_at(wanted.removeprefix("best "), FOUR, {"nothing": [MetricPoint(10, 1.0)]})

    assert chosen_by_metric(wanted, FOUR, values) is None


def test_what_is_no_number_is_never_the_best() -> None:
    curves = {"eval_total_loss": [MetricPoint(10, math.nan), MetricPoint(20, -math.inf), MetricPoint(30, 0.4)]}

    values = values_at("eval_total_loss", FOUR, curves)

    assert chosen_by_metric("best eval_total_loss", FOUR, values) == (_BEST, "e3")


def test_of_equal_ones_the_earliest_is_chosen() -> None:
    chosen = chosen_by_metric("best eval_total_loss", FOUR, {"4": 0.5, "2": 0.5, "3": 0.6})

    assert chosen is not None
    assert chosen[0].checkpoint_id == "2"


def test_a_checkpoint_without_an_endpoint_cannot_serve() -> None:
    silent = tuple(with_fields(c, endpoint="") for c in FOUR)

    assert chosen_by_id("2", silent) is None
    assert chosen_by_id("9", FOUR) is None
    assert chosen_by_id("2", FOUR) == (_TWO, "e2")


# An endpoint that somebody deleted

_LAST_IS_GONE = {"endpoint_exists": False}


@pytest.mark.parametrize(
    ("wanted", "chosen", "seen", "action"),
    [
        ("2", _TWO, {"endpoints_gone": ("e2",)}, Action.BLOCKED),
        ("2", _TWO, {"endpoints_gone": ("e1", "e3")}, Action.NOOP),
        ("2", _TWO, _LAST_IS_GONE, Action.NOOP),
        ("best eval_total_loss", _BEST, {"endpoints_gone": ("e3",)}, Action.BLOCKED),
        ("", _TWO, {"endpoints_gone": ("e2",)}, Action.UPDATE),
        ("", _TWO, _LAST_IS_GONE, Action.BLOCKED),
        ("3", _TWO, {"endpoints_gone": ("e2",)}, Action.UPDATE),
        ("3", _TWO, {"endpoints_gone": ("e3",)}, Action.BLOCKED),
        ("3", None, _LAST_IS_GONE, Action.UPDATE),
        ("best eval_total_loss", None, {"endpoints_gone": ("e1", "e2", "e3", "e4")}, Action.UPDATE),
    ],
)
def test_the_endpoint_that_the_spec_asks_for_has_to_be_there(
    wanted: str, chosen: ServedCheckpoint | None, seen: dict[str, Any], action: Action
) -> None:
    change = _change(wanted, chosen, **seen)

    assert change.action is action
    assert (change.reason.code is ReasonCode.ENDPOINT_GONE) is (action is Action.BLOCKED)


def test_what_can_serve_without_a_training_is_named() -> None:
    of_two = _change("2", _TWO, endpoints_gone=("e2", "e4"))
    of_the_last = _change("", None, endpoint_exists=False, endpoints_gone=("e4",))
    of_all = _change("", None, endpoint_exists=False, endpoints_gone=("e1", "e2", "e3", "e4"))

    assert of_two.reason.text.startswith("e2 is missing while the model exists")
    assert of_two.reason.text.endswith("; serve.checkpoint can be last, 1, 3 without a training")
    assert of_the_last.reason.text.endswith("; serve.checkpoint can be 1, 2, 3 without a training")
    assert of_all.reason.text.endswith("it is not trained again by itself")


def test_a_deposed_one_is_restored_at_the_checkpoint_that_the_spec_asks_for() -> None:
    spec, now = replace(SPEC, checkpoint="2"), a_spec(epochs=4)
    old = a_training(spec, "1", role=Role.DEPOSED, checkpoints=FOUR)
    lock = a_lock([(spec, an_entry(now, old, a_training(now, "2")))])

    def action(**seen: Any) -> Action:
        lives = (a_live_training(spec, **seen), a_live_training(now, "2"))
        return change_of(spec, lock, a_live(*lives)).action

    assert action(endpoint_exists=False) is Action.RESTORE
    assert action(endpoints_gone=("e2",)) is Action.REPLACE
