"""Killed anywhere, run again: the same jobs, the same lock, an empty plan.

`make matrix` kills at every boundary; otherwise a part is looked at that is spread evenly over all of them.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.crash.matrix import IS_FULL, PLACES, failures, reference
from tests.crash.scenarios import SCENARIOS

STRIDE = 120
"""Of how many boundaries one is looked at, beside some of every kind."""
PARTS = [
    *((name, "in a file") for name in SCENARIOS),
    *(
        (name, "in Cloud Storage")
        for n, (name, scenario) in enumerate(SCENARIOS.items())
        if scenario.waits_for_leases and (IS_FULL or n % 3 == 0)
    ),
]


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("name", "place"), PARTS)
def test_a_run_that_is_killed_anywhere_is_finished_by_the_next_one(
    name: str, place: str, counted: Callable[[str, int, int, int], None]
) -> None:
    undisturbed = reference(name, PLACES[place])
    cells = undisturbed.chosen(STRIDE, list(SCENARIOS).index(name))

    failed = failures(undisturbed, cells)

    counted(f"killed, lock {place}", len(undisturbed.boundaries), len(cells), len(cells) - len(failed))
    assert failed == {}
