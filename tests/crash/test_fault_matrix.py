"""In trouble: an end with 1 or 4 that names what is open. Out of it: as if there had been none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.crash import faults
from tests.crash.matrix import IS_FULL, PLACES, reference
from tests.crash.scenarios import SCENARIOS

STRIDE = 180
"""One cell in so many, unless all are asked for."""


PARTS = [
    *((name, "in a file") for name in SCENARIOS),
    *((name, "in Cloud Storage") for n, name in enumerate(SCENARIOS) if IS_FULL or n % 9 == 0),
]
"""With the lock in Cloud Storage only that service is troubled: the others do not know where the lock is."""


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("name", "place"), PARTS)
def test_a_run_in_trouble_is_finished_by_the_next_one(
    name: str, place: str, counted: Callable[[str, int, int, int], None]
) -> None:
    undisturbed = reference(name, PLACES[place])
    everything = faults.troubles(undisturbed)
    cells = faults.chosen(everything, list(SCENARIOS).index(name), STRIDE)

    found = {str(trouble): faults.cell(undisturbed, trouble) for trouble in cells}

    failed = {trouble: words for trouble, words in found.items() if words}
    counted(f"in trouble, lock {place}", len(everything), len(cells), len(cells) - len(failed))
    assert failed == {}
