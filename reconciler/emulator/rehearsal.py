"""What is still to happen to one resource, event by event, whatever the clock says.

Two services that were asked the same never show the same moment: their trainings take as long as they take. Whoever
compares them asks instead whether there is a moment at which this one would have answered so (`recording/twin.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from reconciler.emulator import catalog, gemini_tuning, model_store, vertex_endpoints, vertex_run
from reconciler.emulator.registry import SETTLERS
from reconciler.emulator.store import Resource

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


def adopt(state: State, doc: dict[str, Any]) -> bool:
    """Take in an endpoint, or the default version of a model, as another service has answered it.

    False for what this emulator could not have made. Call it inside a transaction.
    """
    sim, name = state.sim(), str(doc.get("name", ""))
    parent, _, last = name.rpartition("/")
    if not last or not msgspec.json.encode(doc):
        return False
    if parent.endswith("/endpoints"):
        sim.store.delete(name)
        row = Resource(name, vertex_endpoints.KIND, parent.removesuffix("/endpoints"), created=sim.moment.shown)
        row.body = msgspec.json.encode(doc)
        sim.store.insert(row)
        return True
    base = catalog.find_model(_base_of(doc))
    if not parent.endswith("/models") or base is None or "default" not in doc.get("versionAliases", ()):
        return False
    if model_store.find_model(sim, name) is None and str(doc.get("versionId", "")).isdigit():
        data = {"base": base.id, "kms": doc.get("encryptionSpec", {}).get("kmsKeyName", "")}
        model_store.insert_version(sim, parent.removesuffix("/models"), doc, data)
        return True
    return False


def _base_of(doc: dict[str, Any]) -> str:
    source = doc.get("baseModelSource", {})
    return str(source.get("genieSource", {}).get("baseModelUri", "")) if isinstance(source, dict) else ""
