"""In trouble: an end with 1 or 4 that names what is open. Out of it: as if there had been none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.crash import faults
from tests.crash.matrix import reference
from tests.crash.scenarios import SCENARIOS

STRIDE = 180
"""One cell in so many, unless all are asked for."""


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_run_in_trouble_is_finished_by_the_next_one(name: str, counted: Callable[[str, int, int, int], None]) -> None:
    undisturbed = reference(name, "")
    everything = faults.troubles(undisturbed)
    cells = faults.chosen(everything, list(SCENARIOS).index(name), STRIDE)

    found = {str(trouble): faults.cell(undisturbed, trouble) for trouble in cells}

    failed = {trouble: words for trouble, words in found.items() if words}
    counted("in trouble", len(everything), len(cells), len(cells) - len(failed))
    assert failed == {}
