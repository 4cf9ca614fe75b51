"""Training of the Gemini API's tuned models: defaults, steps, snapshots, and the end.

Source: recorded (totalSteps, epochs of snapshots, absent zeros, digits of the timestamps); the losses are simulated.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

from reconciler.emulator import faults, training
from reconciler.emulator.clock import NEVER, timestamp
from reconciler.emulator.lessons import keep_lessons

if TYPE_CHECKING:
    from reconciler.emulator.call import Simulation
    from reconciler.emulator.store import Resource

Json = dict[str, Any]

KIND = "tunedModel"
RUN_METHOD = "gemini.tunedModels.run"
METADATA_TYPE = "type.googleapis.com/google.ai.generativelanguage.v1beta.CreateTunedModelMetadata"
MODEL_TYPE = "type.googleapis.com/google.ai.generativelanguage.v1beta.TunedModel"
DEFAULT_RATE = 0.001
_ORDER = {
    name: n
    for n, name in enumerate(
        (
            *(
                "name",
                "baseModel",
                "tunedModelSource",
                "displayName",
                "description",
                "state",
                "createTime",
                "updateTime",
            ),
            *("tuningTask", "temperature", "topP", "topK", "readerProjectNumbers"),
        )
    )
}


def resolved(given: Json, examples: int) -> Json:
    """Hyperparameters with the service's defaults. Source: documented (5 epochs; batch 4 or 16, rate by size)."""
    is_small = examples < 1_000
    found: Json = {"epochCount": given.get("epochCount", 5), "batchSize": given.get("batchSize", 4 if is_small else 16)}
    default_rate = DEFAULT_RATE if is_small else 0.0002
    if "learningRateMultiplier" in given:
        return {**found, "learningRateMultiplier": given["learningRateMultiplier"]}
    return {**found, "learningRate": given.get("learningRate", default_rate)}


def recipe_of(row: Resource) -> training.Recipe:
    """The training of a tuned model."""
    hyper = row.data["doc"]["tuningTask"]["hyperparameters"]
    multiplier = hyper.get("learningRateMultiplier", hyper.get("learningRate", DEFAULT_RATE) / DEFAULT_RATE)
    return training.Recipe(
        examples=row.data["examples"],
        epochs=hyper["epochCount"],
        rate=min(1e6, max(1e-6, float(multiplier))),
        adapter="FOUR",
        seed=row.data["seed"],
        batch=hyper["batchSize"],
    )


def begin(sim: Simulation, row: Resource) -> None:
    """Start the training; the row is not stored yet."""
    settings = sim.settings
    row.data["start_t"] = sim.moment.trained
    row.data["begin_s"], row.data["step_s"] = settings.gemini_start_s, settings.gemini_step_s
    row.due = sim.moment.trained + settings.gemini_start_s + recipe_of(row).steps * settings.gemini_step_s
    if faults.any_queued(sim.store):
        met = faults.take(sim.store, RUN_METHOD, ("fail", "stuck"))
        row.data["fault"] = {"word": met[0].word, "number": met[0].number, **met[0].options} if met else None
        row.due = NEVER if met and met[0].word == "stuck" else row.due


def settle_tuned_model(sim: Simulation, row: Resource, at: float) -> None:
    """The training is over."""
    fault = row.data.get("fault") or {}
    if row.data.get("cancelled"):
        end(sim, row, at, sim.settings.cancelled_tuned_model, error=(1, "The operation was cancelled."))
    elif fault.get("word") == "fail":
        code, text = int(fault["number"]) or 13, fault.get("message", "Internal error encountered.")
        end(sim, row, at, "FAILED", error=(code, text))
    else:
        end(sim, row, at, "ACTIVE")


def end(sim: Simulation, row: Resource, at: float, state: str, *, error: tuple[int, str] | None = None) -> None:
    """Give a tuned model its last state, and its operation its result."""
    doc = row.data["doc"]
    ended = timestamp(max(row.created, sim.moment.shown_at(at)))
    row.data["steps_done"] = row.data.get("steps_done", recipe_of(row).steps) if error else recipe_of(row).steps
    row.due = None
    row.data["ended"] = sim.moment.shown_at(at)
    row.data["error"] = {"code": error[0], "message": error[1]} if error else None
    doc.update(state=state, updateTime=ended)
    if state == "ACTIVE":
        doc["tuningTask"] = {**doc["tuningTask"], "completeTime": ended}
    doc["tuningTask"] = _task(sim, row)
    if state == "ACTIVE":
        keep_lessons(sim.store, row.name, row.data.get("lessons", ()), parent=row.data.get("parent", ""))
    row.data.pop("lessons", None)
    save(sim, row)


def save(sim: Simulation, row: Resource) -> None:
    """Write a tuned model back with its answer."""
    row.data["doc"] = dict(sorted(row.data["doc"].items(), key=lambda item: _ORDER.get(item[0], 99)))
    row.body = msgspec.json.encode(row.data["doc"])
    sim.store.update(row)


def render(sim: Simulation, row: Resource) -> Json:
    """The tuned model as answered now: while it trains, its snapshots grow."""
    doc: Json = row.doc
    if row.due is not None:
        doc["tuningTask"] = _task(sim, row)
    return doc


def steps_done(sim: Simulation, row: Resource) -> int:
    """Steps completed by now."""
    if row.due is None or "steps_done" in row.data:
        return int(row.data.get("steps_done", 0))
    passed = sim.moment.trained - row.data["start_t"] - row.data["begin_s"]
    return int(max(0, min(recipe_of(row).steps, passed // max(row.data["step_s"], 1e-9))))


def _task(sim: Simulation, row: Resource) -> Json:
    task: Json = row.data["doc"]["tuningTask"]
    found = snapshots(sim, row)
    ordered: Json = {k: task[k] for k in ("startTime", "completeTime") if k in task}
    return {**ordered, **({"snapshots": found} if found else {}), "hyperparameters": task["hyperparameters"]}


def snapshots(sim: Simulation, row: Resource) -> list[Json]:
    """One a step; an epoch of 0 is absent."""
    recipe = recipe_of(row)
    found = []
    for step in range(1, steps_done(sim, row) + 1):
        epoch = recipe.epoch_of(step)
        loss = training.train_loss(recipe, step) * 4.8
        found.append(
            {
                "step": step,
                **({"epoch": epoch} if epoch else {}),
                "meanLoss": float(f"{loss:.8g}") if math.isfinite(loss) else 99.0,
                "computeTime": timestamp(_computed(sim, row, step), digits=9),
            }
        )
    return found


def _computed(sim: Simulation, row: Resource, step: int) -> float:
    at = row.data["start_t"] + row.data["begin_s"] + step * row.data["step_s"]
    latest = row.data.get("ended", sim.moment.shown)
    return float(max(row.created, min(latest, sim.moment.shown_at(at))))


def operation_of(sim: Simulation, row: Resource) -> Json:
    """The operation that made a tuned model."""
    recipe, done = recipe_of(row), steps_done(sim, row)
    metadata: Json = {"@type": METADATA_TYPE, "totalSteps": recipe.steps}
    if done:
        metadata["completedSteps"] = done
        metadata["completedPercent"] = float(f"{100 * done / recipe.steps:.8g}")
        metadata["snapshots"] = snapshots(sim, row)
    metadata["tunedModel"] = row.name
    found: Json = {"name": row.data["operation"], "metadata": metadata}
    if row.due is not None:
        return found
    if row.data.get("error"):
        return {**found, "done": True, "error": row.data["error"]}
    return {**found, "done": True, "response": {"@type": MODEL_TYPE, **render(sim, row)}}
