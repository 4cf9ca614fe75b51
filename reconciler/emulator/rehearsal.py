"""What is still to happen to one resource, event by event, whatever the clock says.

Two services that were asked the same never show the same moment: their trainings take as long as they take. Whoever
compares them asks instead whether there is a moment at which this one would have answered so (`recording/twin.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.emulator import gemini_tuning, vertex_run
from reconciler.emulator.registry import SETTLERS

if TYPE_CHECKING:
    from reconciler.emulator.state import State


def proceed(state: State, name: str) -> bool:
    """Let the next event of a resource happen now; False where none is to come. Call it inside a transaction."""
    sim = state.sim()
    row = sim.store.get(name)
    if row is None:
        return False
    if row.waiting:
        vertex_run.admit(sim, row, sim.moment.trained)
        return True
    if row.due is None:
        return False
    SETTLERS[row.kind](sim, row, sim.moment.trained)
    return True


def fail(state: State, name: str, code: int, message: str) -> bool:
    """Let a training that has not ended fail now; False where there is none. Call it inside a transaction."""
    sim = state.sim()
    row = sim.store.get(name)
    if row is None or (row.due is None and not row.waiting):
        return False
    if row.kind == vertex_run.KIND:
        vertex_run.fail(sim, row, sim.moment.trained, (code, message))
    elif row.kind == gemini_tuning.KIND:
        row.data["steps_done"] = gemini_tuning.steps_done(sim, row)
        gemini_tuning.end(sim, row, sim.moment.trained, "FAILED", error=(code, message))
    else:
        return False
    return True
