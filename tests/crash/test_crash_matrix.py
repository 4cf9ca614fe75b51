"""Killed anywhere, run again: the same jobs, the same lock, an empty plan. And killed twice, run a third time.

`make matrix` kills at every boundary; otherwise a part is looked at that is spread evenly over all of them. Of double
crashes it takes every state that a first kill can leave, and of the run after it an even part of the boundaries.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.crash.boundaries import kind_of
from tests.crash.matrix import IS_FULL, PLACES, failures, reference, telling, twice_killed
from tests.crash.scenarios import SCENARIOS

STRIDE = 120
"""Of how many boundaries one is looked at, beside some of every kind."""
SECOND_STRIDE = 80
"""Of how many boundaries of the second run one is looked at after every first kill."""
FIRST_STRIDE = 50
"""Of how many first kills one is looked at, unless all are asked for."""
MOST_FIRSTS = 6
"""Of one scenario, so that the longest takes no longer than the others together."""
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


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("name", "place"), PARTS)
def test_a_run_whose_successor_is_killed_too_is_finished_by_the_third(
    name: str, place: str, counted: Callable[[str, int, int, int], None]
) -> None:
    undisturbed = reference(name, PLACES[place])
    number = list(SCENARIOS).index(name)
    firsts = undisturbed.leaves()
    stride = max(FIRST_STRIDE, len(firsts) // MOST_FIRSTS)
    chosen = firsts if IS_FULL else firsts[number % stride :: stride]

    found: dict[str, str] = {}
    for first in chosen:
        found |= twice_killed(undisturbed, first, SECOND_STRIDE, first * 7 + number)

    failed = {where: words for where, words in found.items() if words}
    counted(f"killed twice, lock {place}", max(len(firsts), len(found)), len(found), len(found) - len(failed))
    assert failed == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "kinds"),
    [
        ("in a file", ("torn write of the journal", "after fdatasync of the journal", "before replace of the lock's")),
        ("in Cloud Storage", ("before renewal", "after renewal", "after DELETE")),
    ],
)
def test_every_kind_of_effect_has_its_boundaries(place: str, kinds: tuple[str, ...]) -> None:
    met = {kind_of(label) for label in reference("create", PLACES[place]).boundaries}

    wanted = (*kinds, "before GET", "after GET", "before POST", "after POST")
    assert [kind for kind in wanted if not any(k.startswith(kind) for k in met)] == []


def test_a_run_that_waits_is_killed_as_it_begins_to_and_as_it_goes_on() -> None:
    waits = ["begin", *["ask", "answer"] * 1000, "record"]

    numbers = telling(waits)

    assert [waits[n - 1] for n in numbers] == ["begin", *["ask", "answer"] * 48, "record"]
    assert {1, 2, 2001, 2002} <= {*numbers}
    assert 1000 not in numbers
    assert telling(["begin", "ask", "record"]) == [1, 2, 3]
