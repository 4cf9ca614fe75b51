"""Every pair of states of one address that two clones of one history can reach, merged, and carried on.

A part that is spread evenly over all pairs runs always, the whole with TUNEFORM_MATRIX=full. The
same for locks that are put back
as they were at any moment of a history.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.crash.summary import PROPERTY
from tests.races.meeting import HISTORIES, MEETINGS, SERVICES, after_restoring, complaints, snapshots

STRIDE = 61
"""Of how many pairs one is looked at; no divisor of what the pairs are counted by."""
SHARES = 8


def _judged(chosen: list[int], note: Callable[[str, object], None]) -> dict[str, list[str]]:
    found = {str(MEETINGS[n]): complaints(MEETINGS[n]) for n in chosen}
    failed = {pair: words for pair, words in found.items() if words}
    note(PROPERTY, f"locks merged|{len(MEETINGS)}|{len(chosen)}|{len(chosen) - len(failed)}")
    return failed


def test_locks_that_meet_are_merged_and_nothing_is_paid_or_deleted_twice(
    record_property: Callable[[str, object], None],
) -> None:
    assert _judged(list(range(0, len(MEETINGS), STRIDE)), record_property) == {}


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("share", range(SHARES if os.environ.get("TUNEFORM_MATRIX") == "full" else 0))
def test_any_two_locks_that_meet(share: int, record_property: Callable[[str, object], None]) -> None:
    assert _judged(list(range(share, len(MEETINGS), SHARES)), record_property) == {}


@pytest.mark.slow
@pytest.mark.parametrize("command", ["apply", "wait"])
@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("history", HISTORIES)
def test_a_lock_of_any_moment_of_a_history_can_be_put_back(
    history: str, service: str, command: str, record_property: Callable[[str, object], None]
) -> None:
    locks, today = snapshots(service, history)

    found = {n: after_restoring(today, lock, command) for n, lock in enumerate(locks)}

    failed = {n: words for n, words in found.items() if words}
    record_property(PROPERTY, f"older locks put back|{len(locks)}|{len(locks)}|{len(locks) - len(failed)}")
    assert failed == {}
