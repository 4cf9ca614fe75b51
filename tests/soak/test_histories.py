"""Random histories of a workspace: edits, crashes, faults, races, the console, lost and reverted locks, two clones.

TUNEFORM_SOAK says how many are played; `make soak` plays them all. The shrunk counter-examples that were found
are tests of their own in test_found_histories.py.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.soak.steps import Step, histories
from tests.soak.town import Town

_MEMORY = Path("/dev/shm")
_HISTORIES = int(os.environ.get("TUNEFORM_SOAK", "150"))


def complaints_after(history: Sequence[Step], limit: int = 10) -> list[str]:
    """What went wrong in a history and in the peace after it."""
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        town = Town(Path(folder), limit)
        town.play(list(history))
        town.end()
        return town.complaints


@settings(max_examples=_HISTORIES, deadline=None, suppress_health_check=list(HealthCheck))
@given(histories, st.sampled_from([10, 1]))
def test_any_history_settles_and_nothing_is_lost_or_paid_twice(history: list[Step], limit: int) -> None:
    assert complaints_after(history, limit) == []
