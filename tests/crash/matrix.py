"""The crash matrix: scenarios x boundaries, each cell a kill, a second run, and a verdict.

And that of double crashes: what a kill leaves x boundaries of the run after it, each cell a second kill and a third
run.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from tests.crash.boundaries import kind_of, leaves_something_new
from tests.crash.scenarios import SCENARIOS, Scenario, prepare
from tests.crash.shared_time import START_S
from tests.crash.stage import BUCKET_LOCK, Ended, Parent, Snapshot, Stage
from tests.crash.verdict import strangers, verdict

Json = dict[str, Any]

IS_FULL = os.environ.get("TUNEFORM_MATRIX") == "full"
KILLED = -9
_KINDS = 16
"""Of how many kinds one is looked at in a scenario."""
_REPEATS = 24
"""How often a run that waits is looked at as it asks for the same: as it begins to wait, and before it goes on."""
_MEMORY = Path("/dev/shm")
"""What a killed process has written is kept by the kernel, wherever the file is: no cell needs a slow disk."""
PLACES = {"in a file": "", "in Cloud Storage": BUCKET_LOCK}


@dataclass(frozen=True, slots=True)
class Reference:
    """A run that nobody disturbed: where it began, its boundaries, and what came of it."""

    scenario: Scenario
    place: str
    snapshot: Snapshot
    boundaries: tuple[str, ...]
    verdict: Json

    def chosen(self, stride: int, first: int) -> list[int]:
        """Boundaries to be killed at, counted from 1: all of them, or evenly some and some of every kind.

        `first` is another number for each scenario, so that together they take every kind.
        """
        numbers = range(1, len(self.boundaries) + 1)
        if IS_FULL:
            return list(numbers)
        of_a_kind = {kind_of(label): n for n, label in reversed(list(enumerate(self.boundaries, 1)))}
        kinds = sorted(of_a_kind.values())[first % _KINDS :: _KINDS]
        return sorted({*kinds, *numbers[first % stride :: stride]})

    def leaves(self) -> list[int]:
        """The boundaries at which a kill leaves what no kill before them does."""
        return [n for n, label in enumerate(self.boundaries, 1) if leaves_something_new(label)]


@lru_cache(maxsize=1)
def parent() -> Parent:
    """One a test process."""
    return Parent()


@lru_cache(maxsize=1)
def _folder() -> Path:
    return Path(mkdtemp(prefix="tuneform-crash-", dir=_MEMORY if _MEMORY.is_dir() else None))


def leave() -> None:
    """Nothing stays behind."""
    if parent.cache_info().currsize:
        parent().close()
        parent.cache_clear()
    if _folder.cache_info().currsize:
        shutil.rmtree(_folder(), ignore_errors=True)
        _folder.cache_clear()


@lru_cache(maxsize=4)
def reference(name: str, lock_place: str) -> Reference:
    """Run the scenario undisturbed, from a snapshot that every cell begins from as well."""
    scenario = SCENARIOS[name]
    snapshot = _begun(scenario, lock_place)
    with snapshot.restored(parent(), lock_place) as stage:
        ended = stage.tuneform(*scenario.argv)
        assert ended.code == 0, ended.shown
        came_of_it = verdict(stage)
        assert came_of_it["plan"] == scenario.plan, came_of_it["pending"]
        assert not came_of_it["judge"] or scenario.argv[0] == "destroy", came_of_it["judge"]
    return Reference(scenario, lock_place, snapshot, tuple(ended.boundaries), came_of_it)


def _begun(scenario: Scenario, lock_place: str) -> Snapshot:
    folder = Path(mkdtemp(dir=_folder()))
    parent().order("time", set=START_S)
    stage = Stage(parent(), folder / "begun", lock_place)
    try:
        stage.open()
        prepare(stage)
        scenario.begin(stage)
        return Snapshot.of(stage, folder / "snapshot")
    finally:
        stage.close()


def cell(known: Reference, at: int) -> str:
    """Kill it at one boundary and run it again; "" where that makes no difference, else what differs."""
    with known.snapshot.restored(parent(), known.place) as stage:
        return _finished(known, stage, at, strangers(stage))


def twice_killed(known: Reference, at: int, stride: int, first: int) -> dict[str, str]:
    """Kill it at one boundary and its successor at an even part of its own; what differs after the third run.

    Every one in `stride` boundaries of the successor that tell something, beginning at `first`; a cell that holds has
    the value "".
    """
    with known.snapshot.restored(parent(), known.place) as stage:
        others = strangers(stage)
        killed = stage.tuneform(*known.scenario.argv, at=at)
        if killed.code != KILLED:
            return {f"boundary {at}": f"was not killed but ended with {killed.code}: {killed.shown}"}
        left = Snapshot.of(stage, known.snapshot.folder.with_name("left"))
    try:
        with left.restored(parent(), known.place) as stage:
            boundaries = stage.tuneform(*known.scenario.argv).boundaries
        numbers = telling(boundaries)
        seconds = numbers[first % min(stride, len(numbers)) :: stride]
        return {f"boundary {at}, then {n}, {boundaries[n - 1]}": _left(known, left, n, others) for n in seconds}
    finally:
        left.remove()


def telling(boundaries: Sequence[str]) -> list[int]:
    """Their numbers, counted from 1, without those in the middle of a wait.

    What is being deleted is another run's for ten minutes, and twice a second the same is asked: 24,000 boundaries, and
    a kill at any of them leaves what one at the first ones leaves.
    """
    in_all, before = Counter(boundaries), Counter[str]()
    found = []
    for number, label in enumerate(boundaries, 1):
        before[label] += 1
        if before[label] <= _REPEATS or before[label] > in_all[label] - _REPEATS:
            found.append(number)
    return found


def _left(known: Reference, left: Snapshot, at: int, others: Json) -> str:
    with left.restored(parent(), known.place) as stage:
        return _finished(known, stage, at, others)


def _finished(known: Reference, stage: Stage, at: int, others: Json) -> str:
    killed = stage.tuneform(*known.scenario.argv, at=at)
    if killed.code != KILLED:
        return f"was not killed but ended with {killed.code}: {killed.shown}"
    again = stage.tuneform(*known.scenario.argv)
    found = [*differences(known, stage, again), *touched(others, strangers(stage))]
    return "\n".join((*found, again.shown)) if found else ""


def differences(known: Reference, stage: Stage, again: Ended) -> list[str]:
    """What is not as after a run that nobody disturbed."""
    found = [] if again.code in known.scenario.again else [f"the second run ended with {again.code}"]
    came_of_it = verdict(stage)
    wanted = known.verdict
    return found + [_told(key, wanted[key], came_of_it[key]) for key in wanted if came_of_it[key] != wanted[key]]


def _told(key: str, wanted: object, found: object) -> str:
    """Lines that are too many or too few."""
    before, after = (json.dumps(value, indent=1, sort_keys=True).splitlines() for value in (wanted, found))
    return "\n".join([f"{key}, as wanted (-) and as found (+):", *unified_diff(before, after, n=2, lineterm="")])


def touched(before: Json, after: Json) -> list[str]:
    """What was there before, is not ours, and is not the same."""
    return [f"{name} is not ours and was touched" for name in before if before[name] != after.get(name)]


def failures(known: Reference, cells: Iterable[int]) -> dict[str, str]:
    """What goes wrong, by where the kill was."""
    found = ((n, cell(known, n)) for n in cells)
    return {f"boundary {n}, {known.boundaries[n - 1]}": words for n, words in found if words}
