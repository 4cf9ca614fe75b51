"""What a plan says of a sweep: trials like any other model, and a copy of the best one at the sweep's own address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from msgspec import structs

from reconciler.core.change import Change, Plan, ReasonCode
from reconciler.core.lock import (
    Entry,
    Measured,
    PointRecord,
    Role,
    SweepRecord,
    Training,
    TrialRecord,
)
from reconciler.core.model import Action, Address, CopySource, Declared, LiveTraining, Rest, Status, Sweep
from reconciler.core.submission import submission_of
from reconciler.core.sweeps import sweep_of
from tests.fakes.planning import plan_of
from tests.fakes.specs import (
    OBJECTS,
    STAGING,
    a_live,
    a_live_training,
    a_lock,
    a_spec,
    a_training,
    an_entry,
    model_name,
)

LOSS = "eval_total_loss"
ROUTER = Address("vertex", "router")


def a_trial(epochs: int) -> Declared:
    return a_spec(f"router-ec{epochs}", epochs=epochs)


def a_sweep(trials: Sequence[Declared], *, rest: Rest = Rest.KEEP, **lifecycle: Any) -> Declared:
    """The sweep's own address, as loaded."""
    plain = a_spec("router", **lifecycle)
    sweep = Sweep(tuple(t.address for t in trials), LOSS, rest=rest)
    return replace(plain, training={}, data=(), source=CopySource("", ROUTER), sweep=sweep)


def trained(trial: Declared, loss: float | None) -> Training:
    """It serves at its own address; None: its curves could not be read."""
    measured = Measured(last={LOSS: PointRecord(step=9, value=loss)}) if loss is not None else None
    return a_training(trial, measured=measured)


def record_of(*scores: tuple[Declared, float | None]) -> SweepRecord:
    trials = []
    for trial, score in scores:
        sent = submission_of(trial, OBJECTS, STAGING)
        known = {"attempt": "1", "model": model_name(trial), "digest": sent.digest, "data_id": sent.data_id}
        trials.append(TrialRecord(address=str(trial.address), score=score, **known))
    return SweepRecord(metric=LOSS, trials=tuple(trials))


def copied(sweep: Declared, best: Declared, record: SweepRecord) -> tuple[Declared, Training]:
    """What serves at the sweep's address: a copy of this trial."""
    base = best.training["baseModel"]
    source = CopySource("", best.address, model=model_name(best), attempt="1", base=base)
    spec = replace(sweep, source=source)
    training = a_training(spec)
    assert training.submission.source is not None
    amended = structs.replace(training.submission.source, sweep=record)
    return spec, structs.replace(training, submission=structs.replace(training.submission, source=amended))


def planned(
    sweep: Declared,
    trials: Sequence[Declared],
    scores: dict[str, float | None],
    serving: tuple[Declared, Training] | None = None,
    live: Sequence[LiveTraining] = (),
) -> Plan:
    """With these trials trained, and this served."""
    entries = {
        str(t.address): an_entry(t, trained(t, scores[t.address.name])) for t in trials if t.address.name in scores
    }
    lives = [a_live_training(t) for t in trials if t.address.name in scores]
    if serving is not None:
        entries[str(ROUTER)] = an_entry(serving[0], serving[1])
        lives.append(a_live_training(serving[0]))
    return plan_of([sweep, *trials], a_lock(entries), a_live(*lives, *live))


def of(plan: Plan, name: str = "router") -> Change:
    return next(c for c in plan.changes if c.address.name == name)


def words(plan: Plan) -> dict[str, str]:
    return {c.address.name: c.action.word for c in plan.changes}


TWO, FOUR = a_trial(2), a_trial(4)
BOTH = [TWO, FOUR]


def test_the_trials_are_trained_and_the_best_of_them_is_copied_in_one_plan() -> None:
    plan = planned(a_sweep(BOTH), BOTH, {})

    assert words(plan) == {"router": "create", "router-ec2": "create", "router-ec4": "create"}
    assert [c.trains for c in plan.changes] == [False, True, True]
    assert of(plan).after == (TWO.address, FOUR.address)
    assert of(plan).reason.text == f"the best of 2 trials by {LOSS} is copied when they have ended"


def test_the_trial_with_the_lowest_loss_is_what_is_copied() -> None:
    plan = planned(a_sweep(BOTH), BOTH, {"router-ec2": 0.9, "router-ec4": 0.7})

    assert words(plan) == {"router": "create", "router-ec2": "noop", "router-ec4": "noop"}
    assert of(plan).copies is not None
    assert of(plan).copies.model == model_name(FOUR)  # type: ignore[union-attr]
    assert "is vertex/router-ec4: it is copied" in of(plan).reason.text


def test_of_equal_trials_the_first_is_taken() -> None:
    plan = planned(a_sweep(BOTH), BOTH, {"router-ec2": 0.7, "router-ec4": 0.7})

    assert of(plan).copies.model == model_name(TWO)  # type: ignore[union-attr]


def test_a_copy_of_the_best_one_is_left_alone() -> None:
    sweep = a_sweep(BOTH)
    serving = copied(sweep, FOUR, record_of((TWO, 0.9), (FOUR, 0.7)))

    plan = planned(sweep, BOTH, {"router-ec2": 0.9, "router-ec4": 0.7}, serving)

    assert set(words(plan).values()) == {"noop"}


def test_one_value_more_is_one_training_more_and_what_serves_goes_on_until_it_has_ended() -> None:
    six = a_trial(6)
    sweep = a_sweep([*BOTH, six])
    serving = copied(sweep, FOUR, record_of((TWO, 0.9), (FOUR, 0.7)))

    plan = planned(sweep, [*BOTH, six], {"router-ec2": 0.9, "router-ec4": 0.7}, serving)

    assert words(plan) == {"router": "replace", "router-ec2": "noop", "router-ec4": "noop", "router-ec6": "create"}
    assert [c.address.name for c in plan.changes if c.trains] == ["router-ec6"]
    assert of(plan).reason.text.endswith("what serves stays if it is the best still")


def test_a_trial_that_is_better_than_what_serves_replaces_it() -> None:
    sweep = a_sweep(BOTH)
    serving = copied(sweep, TWO, record_of((TWO, 0.9)))

    plan = planned(sweep, BOTH, {"router-ec2": 0.9, "router-ec4": 0.7}, serving)

    assert words(plan)["router"] == "replace"
    assert of(plan).copies.model == model_name(FOUR)  # type: ignore[union-attr]


def test_another_trial_that_is_no_better_is_written_into_the_lock_alone() -> None:
    sweep = a_sweep(BOTH)
    serving = copied(sweep, TWO, record_of((TWO, 0.5)))

    plan = planned(sweep, BOTH, {"router-ec2": 0.5, "router-ec4": 0.7}, serving)

    change = of(plan)
    assert (change.action, change.patch, change.reason.code) == (Action.UPDATE, None, ReasonCode.RECORDED)
    assert change.submission is not None
    amended = sweep_of(change.submission)
    assert amended is not None
    assert [t.score for t in amended.trials] == [0.5, 0.7]


def test_a_trial_that_failed_is_passed_over() -> None:
    failed = a_training(FOUR, role=Role.FAILED, state="JOB_STATE_FAILED", status=Status.FAILED, model="", endpoint="")
    lock = a_lock([(TWO, an_entry(TWO, trained(TWO, 0.9))), (FOUR, an_entry(FOUR, failed))])

    plan = plan_of([a_sweep(BOTH), *BOTH], lock, a_live(a_live_training(TWO)))

    assert words(plan) == {"router": "create", "router-ec2": "noop", "router-ec4": "blocked"}
    assert of(plan).copies.model == model_name(TWO)  # type: ignore[union-attr]


def test_where_every_trial_failed_nothing_is_copied() -> None:
    def failed(trial: Declared) -> Entry:
        return an_entry(trial, a_training(trial, role=Role.FAILED, status=Status.FAILED, model="", endpoint=""))

    plan = plan_of([a_sweep(BOTH), *BOTH], a_lock([(t, failed(t)) for t in BOTH]), a_live())

    assert of(plan).action is Action.BLOCKED
    assert of(plan).reason.text == "nothing can be copied: none of its trials has a model"


def test_a_trial_of_unknown_worth_is_measured_before_anything_is_chosen() -> None:
    plan = planned(a_sweep(BOTH), BOTH, {"router-ec2": 0.9, "router-ec4": None})

    assert of(plan).copies.model == ""  # type: ignore[union-attr]
    assert of(plan).reason.text.endswith("is copied when the scores of all are known")


def test_the_rest_is_deleted_only_once_a_copy_of_the_best_one_serves() -> None:
    sweep = a_sweep(BOTH, rest=Rest.DELETE)
    scores = {"router-ec2": 0.9, "router-ec4": 0.7}
    serving = copied(sweep, FOUR, record_of((TWO, 0.9), (FOUR, 0.7)))

    before, after = planned(sweep, BOTH, dict(scores)), planned(sweep, BOTH, dict(scores), serving)

    assert words(before)["router-ec2"] == "noop"
    assert words(after) == {"router": "noop", "router-ec2": "delete", "router-ec4": "noop"}
    assert of(after, "router-ec2").reason.code is ReasonCode.SUPERSEDED


def test_a_trial_that_lost_and_was_deleted_is_not_trained_again() -> None:
    sweep = a_sweep(BOTH, rest=Rest.DELETE)
    serving = copied(sweep, FOUR, record_of((TWO, 0.9), (FOUR, 0.7)))

    plan = planned(sweep, BOTH, {"router-ec4": 0.7}, serving)

    assert words(plan) == {"router": "noop", "router-ec4": "noop"}


def test_a_trial_that_was_deleted_is_trained_again_where_it_is_selected_by_something_else() -> None:
    sweep = a_sweep(BOTH, rest=Rest.DELETE)
    assert sweep.sweep is not None
    by_answers = replace(sweep, sweep=replace(sweep.sweep, metric="exact", by_answers=True))
    serving = copied(sweep, FOUR, record_of((TWO, 0.9), (FOUR, 0.7)))

    plan = planned(by_answers, BOTH, {"router-ec4": 0.7}, serving)

    assert words(plan)["router-ec2"] == "create"


def test_the_spec_of_the_best_trial_in_place_of_the_sweep_trains_nothing() -> None:
    sweep = a_sweep(BOTH)
    serving = copied(sweep, FOUR, record_of((TWO, 0.9), (FOUR, 0.7)))
    plain = replace(a_spec("router", epochs=4), in_place=sweep.in_place)
    lock = a_lock({str(ROUTER): an_entry(serving[0], serving[1])})

    same, other = (
        plan_of([spec], lock, a_live(a_live_training(serving[0])))
        for spec in (plain, replace(a_spec("router", epochs=2), in_place=sweep.in_place))
    )

    assert words(same) == {"router": "noop"}
    assert words(other) == {"router": "replace"}


def test_the_model_of_the_best_trial_may_go_once_its_copy_serves() -> None:
    sweep = a_sweep(BOTH)
    serving = copied(sweep, FOUR, record_of((TWO, 0.9), (FOUR, 0.7)))
    entries = {str(t.address): an_entry(t, trained(t, s)) for t, s in ((TWO, 0.9), (FOUR, 0.7))}
    gone = a_live_training(FOUR, model_exists=False)
    lock = a_lock({**entries, str(ROUTER): an_entry(serving[0], serving[1])})

    plan = plan_of([sweep, *BOTH], lock, a_live(a_live_training(TWO), gone, a_live_training(serving[0])))

    assert words(plan) == {"router": "noop", "router-ec2": "noop", "router-ec4": "blocked"}


def test_targeting_a_sweep_plans_its_trials_too() -> None:
    other = a_spec("other")

    plan = plan_of([a_sweep(BOTH), *BOTH, other], targets=["vertex/router"])

    assert sorted(words(plan)) == ["router", "router-ec2", "router-ec4"]


def test_after_a_lost_lock_the_trials_are_taken_up_first_and_no_second_copy_is_made() -> None:
    sweep = a_sweep(BOTH)
    spec, _ = copied(sweep, FOUR, record_of((TWO, 0.9), (FOUR, 0.7)))
    copy = replace(a_live_training(spec), training={"from": {"model": model_name(FOUR)}})
    live = a_live(*map(a_live_training, BOTH), copy)

    first = plan_of([sweep, *BOTH], a_lock(), live)
    trials = {str(t.address): an_entry(t, trained(t, s)) for t, s in ((TWO, 0.9), (FOUR, 0.7))}
    second = plan_of([sweep, *BOTH], a_lock(trials), live)

    assert words(first) == {"router": "noop", "router-ec2": "adopt", "router-ec4": "adopt"}
    assert words(second) == {"router": "adopt", "router-ec2": "noop", "router-ec4": "noop"}


def test_a_copy_of_before_stays_unclaimed_only_as_long_as_trials_are_open() -> None:
    sweep = a_sweep(BOTH)
    spec, _ = copied(sweep, FOUR, record_of((TWO, 0.9), (FOUR, 0.7)))
    unmeasured = {str(t.address): an_entry(t, trained(t, None)) for t in BOTH}

    plan = plan_of([sweep, *BOTH], a_lock(unmeasured), a_live(*map(a_live_training, BOTH), a_live_training(spec)))

    assert of(plan).action is Action.CREATE
    assert of(plan).reason.text.endswith("is copied when the scores of all are known")


def test_what_was_read_of_curves_to_choose_is_known_from_then_on() -> None:
    sweep = a_sweep(BOTH)
    serving = copied(sweep, FOUR, record_of((TWO, 0.9), (FOUR, 0.7)))

    plan = planned(sweep, BOTH, {"router-ec2": None, "router-ec4": None}, serving)

    assert set(words(plan).values()) == {"noop"}
