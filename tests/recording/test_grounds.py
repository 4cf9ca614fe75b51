"""Each check is put down to a row of the emulator's page that is there."""

from __future__ import annotations

import pytest

from reconciler.emulator.provenance import BEHAVIOURS
from reconciler.emulator.recording.checks import Check
from reconciler.emulator.recording.grounds import GROUNDS, ground_of, row
from reconciler.emulator.recording.listing import USUAL_ORDERS
from tests.recording.sessions import Session, work


@pytest.mark.parametrize("ground", GROUNDS, ids=lambda ground: f"{ground.row} {ground.method}")
def test_every_ground_names_one_behaviour(ground: object) -> None:
    beginning = str(getattr(ground, "row", ""))

    assert [b for b in BEHAVIOURS if b.text.startswith(beginning)] == [row(beginning)]


def test_what_a_client_has_set_itself_says_nothing_of_a_default() -> None:
    at = "supervisedTuningSpec.hyperParameters.epochCount"
    left_out = Check("vertex.tuningJobs.get", 200, "value", at, holds=True)
    given = Check("vertex.tuningJobs.get", 200, "value", at, holds=True, was_given=True)

    assert ground_of(left_out).text.startswith("epochs by default")
    assert not ground_of(given).text.startswith("epochs by default")


def test_a_session_touches_behaviours_of_every_source() -> None:
    session = Session()

    work(session)

    assert {ground.source for ground, _, _ in session.account.rows()} == {"schema", "documented", "recorded", "assumed"}


def test_the_usual_orders_are_those_that_the_emulator_has() -> None:
    session = Session()

    work(session)

    seen = {key: set(orders) for e in session.recorder.exchanges for key, orders in e.order.items() if orders}
    assert {"tuningJobs", "items"} <= seen.keys()
    assert all(seen[key] >= set(USUAL_ORDERS[key]) for key in seen.keys() & USUAL_ORDERS.keys())
