"""Which trainings `metrics` shows, where their curves come from, and how it follows one to its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.gate_spec import Bound, GateSpec
from reconciler.core.model import Address
from reconciler.core.training_curves import ReadValue, TrainingCurves
from reconciler.workflow.metrics import Chosen, metrics, watch
from tests.fakes.specs import a_spec
from tests.fakes.stage import NO_WAIT, Stage

ROUTER, OTHER = Address("vertex", "router"), Address("vertex", "other")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Two attempts at one address."""
    stage = Stage(tmp_path, [a_spec(epochs=3)])
    stage.cloud.metrics |= {"eval_total_loss": 0.5, "train_total_loss": 0.25}
    stage.apply()
    stage.specs = [a_spec(epochs=4)]
    stage.apply()
    return stage


def shown(stage: Stage, *addresses: Address, attempt: str = "", every: bool = False) -> list[TrainingCurves]:
    return metrics(stage.world(), Chosen(addresses or (ROUTER,), attempt, every))


def numbers(found: list[TrainingCurves]) -> list[tuple[str, str]]:
    return [(t.address.name, t.attempt) for t in found]


def test_the_newest_attempt_is_shown_where_nobody_asks_for_another(stage: Stage) -> None:
    (found,) = shown(stage)

    assert (found.attempt, found.role.value, found.epochs, found.is_recorded) == ("2", "serving", 4, False)
    assert found.last("eval_total_loss") == found.best("eval_total_loss") == ReadValue(0.5, 2)


def test_an_old_attempt_is_shown_by_its_number(stage: Stage) -> None:
    (found,) = shown(stage, attempt="1")

    assert (found.attempt, found.role.value, found.epochs) == ("1", "deposed", 3)


def test_all_attempts_and_several_addresses_are_shown_in_their_order(stage: Stage) -> None:
    stage.specs = [a_spec(epochs=4), a_spec("other")]
    stage.apply()

    assert numbers(shown(stage, every=True)) == [("router", "1"), ("router", "2")]
    assert numbers(shown(stage, OTHER, ROUTER, OTHER)) == [("other", "1"), ("router", "2")]
    assert numbers(shown(stage, OTHER, ROUTER, every=True)) == [("other", "1"), ("router", "1"), ("router", "2")]


def test_an_attempt_that_there_is_not_names_those_that_there_are(stage: Stage) -> None:
    with pytest.raises(ReconcilerError) as error:
        shown(stage, attempt="7")

    assert error.value.diagnostics[0].detail == "vertex/router has no attempt 7; it has 1, 2."


@pytest.mark.parametrize("every", [True, False])
def test_an_address_without_a_training_says_why(stage: Stage, every: bool) -> None:
    with pytest.raises(ReconcilerError) as error:
        shown(stage, OTHER, every=every)

    assert error.value.diagnostics[0].code == "RUN013"


# Experiments that somebody deletes


def test_of_a_deleted_experiment_what_the_lock_recorded_is_shown_as_that(stage: Stage) -> None:
    stage.cloud.fail("metrics", "not found")

    (found,) = shown(stage)

    assert found.is_recorded
    assert found.last("eval_total_loss") == ReadValue(0.5, 2)
    assert found.advice is None


def test_what_a_gate_read_is_known_where_an_older_lock_recorded_nothing_else(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec(gate=GateSpec(metrics={"eval_total_loss": Bound(max=0.8)}))])
    stage.cloud.metrics |= {"eval_total_loss": 0.5}
    stage.cloud.fail("metrics", "403")
    stage.apply()
    stage.cloud.fail("metrics", "not found")

    (found,) = shown(stage)

    assert stage.entry().trainings["1"].measured is None
    assert (found.is_recorded, found.names) == (True, ["eval_total_loss"])
    assert found.last("eval_total_loss") == ReadValue(0.5, step=None, epoch=None)
    assert found.best("eval_total_loss") is None


def test_a_deleted_experiment_of_which_nothing_was_recorded_is_an_error(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec()])
    stage.apply()
    stage.cloud.fail("metrics", "not found")

    with pytest.raises(ReconcilerError) as error:
        shown(stage)

    assert error.value.diagnostics[0].address == "vertex/router"


def test_a_service_that_does_not_answer_is_an_error_whatever_the_lock_has(stage: Stage) -> None:
    stage.cloud.fail("metrics", "unavailable")

    with pytest.raises(ReconcilerError):
        shown(stage)


# Following


def test_a_training_is_followed_to_its_end_and_no_longer(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec()])
    stage.cloud.metrics |= {"eval_total_loss": 0.5}
    stage.apply(NO_WAIT)
    began = stage.clock.now()

    looks = [found.is_over for (found,) in watch(stage.world(), Chosen((ROUTER,)))]

    assert looks == [False, False, False, True]
    assert stage.clock.now() - began == 15.0
    assert stage.roles() == {"1": "candidate"}, "who only looks records nothing"


def test_what_has_ended_is_looked_at_once(stage: Stage) -> None:
    began = stage.clock.now()

    looks = list(watch(stage.world(), Chosen((ROUTER,), every_attempt=True)))

    assert [numbers(look) for look in looks] == [[("router", "1"), ("router", "2")]]
    assert stage.clock.now() == began
