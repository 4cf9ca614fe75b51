"""The figures of docs/how-to/gates.md that take long to find."""

from __future__ import annotations

import pytest

from reconciler.core.evidence.power import items_for_power
from reconciler.core.gate_power import POWER
from tests.docs.gates_page import CONFIDENCE, DISCORDANCES, POWERFUL


@pytest.mark.slow
@pytest.mark.parametrize("margin", POWERFUL)
def test_so_many_items_pass_four_times_in_five(margin: float) -> None:
    found = tuple(items_for_power(margin, CONFIDENCE, discordance, POWER) for discordance in DISCORDANCES)

    assert found == POWERFUL[margin]
