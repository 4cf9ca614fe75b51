"""What serves, told whenever it changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.backends.deadline import Deadline
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.model import Address
from reconciler.workflow.outputs import outputs_of, outputs_over_time
from tests.fakes.specs import a_spec
from tests.fakes.stage import Stage

ROUTER = Address("vertex", "router")


def test_whoever_watches_hears_of_what_serves_once_and_of_every_change(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec()])
    watched = outputs_over_time(stage.world(), Deadline(stage.clock, 3600.0), [ROUTER])

    heard = [next(watched)]
    stage.apply()
    heard.append(next(watched))
    stage.specs = [a_spec(epochs=9)]
    stage.apply()
    heard.append(next(watched))

    assert [[o.attempt for o in outputs] for outputs in heard] == [[], ["1"], ["2"]]
    assert heard[1][0].endpoint != heard[2][0].endpoint


def test_nothing_is_said_while_nothing_changes_and_it_ends_with_the_deadline(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec()])
    stage.apply()

    heard = list(outputs_over_time(stage.world(), Deadline(stage.clock, 60.0), []))

    assert [[str(o.address) for o in outputs] for outputs in heard] == [["vertex/router"]]


def test_whoever_asks_for_some_hears_of_no_others(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec(), a_spec("other")])
    stage.apply()

    heard = list(outputs_over_time(stage.world(), Deadline(stage.clock, 1.0), [ROUTER]))

    assert [[str(o.address) for o in outputs] for outputs in heard] == [["vertex/router"]]


def test_an_address_that_serves_nothing_is_an_error_where_it_is_asked_for(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec()])
    stage.apply()

    with pytest.raises(ReconcilerError) as caught:
        outputs_of(stage.lock, [ROUTER, Address("vertex", "absent")])

    assert "vertex/absent: no model serves." in caught.value.diagnostics[0].detail
