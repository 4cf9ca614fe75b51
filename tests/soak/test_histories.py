"""Random histories of a workspace: edits, crashes, faults, races, the console, lost and reverted locks, two clones.

TUNEFORM_SOAK says how many are played in all; `make soak` plays 1200 and more. The shrunk counter-examples that
were found are tests of their own in test_found_histories.py.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.soak.steps import Step, histories
from tests.soak.town import Town

_MEMORY = Path("/dev/shm")
_SHARES = 4
_HISTORIES = int(os.environ.get("TUNEFORM_SOAK", "80"))
_played: Counter[str] = Counter()


def complaints_after(history: Sequence[Step], limit: int = 10, lag_s: float = 0.0) -> list[str]:
    """What went wrong in a history and in the peace after it."""
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        town = Town(Path(folder), limit, lag_s)
        town.play(list(history))
        town.end()
        _played.update(histories=1, steps=len(history), trainings=town.cloud.jobs_made)
        return town.complaints


@pytest.fixture(scope="module", autouse=True)
def _told(pytestconfig: pytest.Config) -> Iterator[None]:
    """How much this process played, where somebody asked for a number of histories."""
    yield
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    if "TUNEFORM_SOAK" in os.environ:
        words = ", ".join(f"{count} {what}" for what, count in _played.items())
        with capture.global_and_fixture_disabled():
            sys.stderr.write(f"\nplayed {words}\n")


@pytest.mark.parametrize("share", range(_SHARES))
@settings(max_examples=max(1, _HISTORIES // _SHARES), deadline=None, suppress_health_check=list(HealthCheck))
@given(history=histories, limit=st.sampled_from([10, 1]), lag_s=st.sampled_from([0.0, 30.0]))
def test_any_history_settles_and_nothing_is_lost_or_paid_twice(
    share: int, history: list[Step], limit: int, lag_s: float
) -> None:
    complaints = complaints_after(history, limit, lag_s)

    assert not complaints, "\n".join([*complaints, "[", *(f"    {step!r}," for step in history), "]"])
