"""Locks, journals and saved plans are read with work and memory in proportion to their size, whatever their shape."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.core.diagnostics import Diagnostic, ReconcilerError
from reconciler.core.lock import Lock
from reconciler.core.model import Declared
from reconciler.files.journal import Journal, replay
from reconciler.files.lock_json import decode_lock
from reconciler.render.json_plan import saved_plan
from tests.bounds.json_shapes import JOURNALS, LOCKS, PLANS
from tests.bounds.work import EVERY_RUN, EVERY_TIME, peak_of, steps_of
from tests.fakes.planning import plan_of
from tests.fakes.specs import a_lock, a_spec, an_entry

FEW, MANY = 500, 5_000
MOST_MEMORY = 48
"""Bytes for each byte of text."""
MOST_STEPS = 8
"""Calls of functions for each byte."""
LONGEST_MESSAGE = 4_000

Read = Callable[[str], object]


def _lock(text: str) -> object:
    return decode_lock(text.encode(errors="surrogateescape"), "x.lock")


def _journal(folder: Path) -> Read:
    path = folder / "x.lock.journal"

    def read(text: str) -> object:
        path.write_bytes(text.encode(errors="surrogateescape"))
        return replay(Lock(), Journal(path).condensed())

    return read


def _plan(text: str) -> object:
    return saved_plan(text.encode(errors="surrogateescape").decode(errors="replace"))


_KINDS = {"lock": LOCKS, "journal": JOURNALS, "plan": PLANS}
SHAPES = [(kind, name) for kind, shapes in _KINDS.items() for name in shapes]

_BOTH = [(shape, shape) for shape in SHAPES]
_IDS = [": ".join(shape) for shape in SHAPES]


def size_of(kind: str, name: str) -> int:
    """In bytes, at its largest."""
    return len(_KINDS[kind][name](MANY).encode(errors="surrogateescape"))


@pytest.fixture
def reader(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[int], None]:
    """Reads so much of a shape; refused or not, what is said of it is short."""
    kind, name = request.param
    read = {"lock": _lock, "journal": _journal(tmp_path), "plan": _plan}[kind]

    def look(count: int) -> None:
        told: tuple[Diagnostic, ...] = ()
        try:
            read(_KINDS[kind][name](count))
        except ReconcilerError as exc:
            told = exc.diagnostics
        assert max((len(d.detail) for d in told), default=0) < LONGEST_MESSAGE

    look(2)
    return look


@pytest.mark.parametrize(("reader", "shape"), _BOTH, indirect=["reader"], ids=_IDS)
def test_ten_times_as_much_takes_at_most_some_ten_times_the_steps(
    reader: Callable[[int], None], shape: tuple[str, str]
) -> None:
    few, many = steps_of(lambda: reader(FEW)), steps_of(lambda: reader(MANY))

    assert many < MOST_STEPS * size_of(*shape) + EVERY_TIME
    assert many < 12 * few + 2_000, f"{few} for {FEW}, {many} for {MANY}"


@pytest.mark.parametrize(("reader", "shape"), _BOTH, indirect=["reader"], ids=_IDS)
def test_memory_is_bounded_by_the_size(reader: Callable[[int], None], shape: tuple[str, str]) -> None:
    size = size_of(*shape)

    peak = peak_of(lambda: reader(MANY))

    assert peak < MOST_MEMORY * size + EVERY_RUN, f"{peak:,} for {size:,}"


def _specs(count: int) -> list[Declared]:
    return [a_spec(f"m{i}") for i in range(count)]


def _created(count: int) -> object:
    return plan_of(_specs(count))


def _removed(count: int) -> object:
    return plan_of([], _locked(count))


def _locked(count: int) -> Lock:
    return a_lock({f"vertex/m{i}": an_entry(a_spec(f"m{i}")) for i in range(count)})


PLANNED = {"new specs": _created, "specs that are gone": _removed}


@pytest.mark.parametrize("make", PLANNED.values(), ids=list(PLANNED))
def test_a_plan_of_ten_times_as_many_models_takes_some_ten_times_the_steps(make: Callable[[int], object]) -> None:
    make(2)

    few, many = steps_of(lambda: make(40)), steps_of(lambda: make(400))

    assert many < 13 * few + 2_000, f"{few} for 40, {many} for 400"
