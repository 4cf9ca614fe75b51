"""Reading specs costs work and memory in proportion to their size, whatever their shape."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reconciler.core.findings import KEPT_PER_CODE
from reconciler.files.specs import Loaded, load
from tests.bounds.work import EVERY_RUN, EVERY_TIME, peak_of, steps_of
from tests.bounds.yaml_shapes import SHAPES
from tests.files.cases import DEFAULTS

FEW, MANY = 500, 5_000
MOST_MEMORY = 64
"""Bytes for each byte of text. Measured: 20 to 30, and 60 for mappings of one empty key each."""

MOST_STEPS = 40
"""Calls of functions for each byte. Measured: 1 to 14, and 30 for pairs of which each has three mistakes."""


def _load(data: bytes) -> Loaded:
    return load(files=["-"], stdin=data, defaults=DEFAULTS)


@pytest.fixture(autouse=True, scope="module")
def _warm() -> None:
    """What is made once, such as the types of documents, is no work of any text."""
    for make in SHAPES.values():
        _load(make(2).encode())


@pytest.mark.parametrize("make", SHAPES.values(), ids=list(SHAPES))
def test_ten_times_as_much_takes_at_most_some_ten_times_the_steps(make: Callable[[int], str]) -> None:
    few, many = (steps_of(lambda: _load(make(count).encode())) for count in (FEW, MANY))  # noqa: B023

    assert many < MOST_STEPS * len(make(MANY).encode()) + EVERY_TIME
    assert many < 12 * few + 5_000, f"{few} for {FEW}, {many} for {MANY}"


@pytest.mark.parametrize("make", SHAPES.values(), ids=list(SHAPES))
def test_memory_and_findings_are_bounded_by_the_size(make: Callable[[int], str]) -> None:
    data = make(MANY).encode()
    found: list[Loaded] = []

    peak = peak_of(lambda: found.append(_load(data)))

    assert peak < MOST_MEMORY * len(data) + EVERY_RUN, f"{peak:,} for {len(data):,}"
    by_code = [sum(d.code == code for d in found[0].diagnostics) for code in {d.code for d in found[0].diagnostics}]
    assert max(by_code, default=0) <= KEPT_PER_CODE
