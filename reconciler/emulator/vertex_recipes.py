"""What the service fills in where a request left it open, and the training that comes of it.

Source: recorded (it appears after the create answer) for supervised tuning; documented for reinforcement tuning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator import training
from reconciler.emulator.open_catalog import FULL, OPEN_EPOCHS, PEFT, base_of
from reconciler.emulator.reinforcement_checks import BATCH, MOST_STEPS, MOST_TOKENS, SAMPLES

if TYPE_CHECKING:
    from reconciler.emulator.call import Simulation
    from reconciler.emulator.catalog import TunableModel
    from reconciler.emulator.dataset import Dataset
    from reconciler.emulator.store import Resource

Json = dict[str, Any]

_NO_ADAPTER = "SIXTEEN"  # of a full tuning's simulated curves


def resolve(sim: Simulation, row: Resource, data: Dataset) -> training.Recipe:
    """Fill in what the request left to the service."""
    doc, base = row.data["doc"], base_of(row.data["base"])
    spec = doc[row.data["spec"]]
    given, examples = spec.get("hyperParameters", {}), len(data.examples)
    if row.data["method"] == "partner":
        resolved, recipe = given, {"epochs": 3, "rate": 1.0, "adapter": _NO_ADAPTER}
    elif row.data["method"] == "reinforcement":
        resolved, recipe = _reinforcement(base, given, examples)
    elif base.is_open:
        resolved, recipe = _open(base, row.data["method"], spec, given)
    else:
        resolved, recipe = _gemini(base, row.data["method"], given, examples)
    if resolved:
        doc[row.data["spec"]] = {**spec, "hyperParameters": resolved}
    plan: Json = {
        **recipe,
        "examples": examples,
        "seed": f"{sim.settings.seed}:{row.name}",
        "mean_output_tokens": sum(e.output_tokens for e in data.examples) / examples,
    }
    row.data["plan"] = plan
    return training.Recipe(**plan)


def _gemini(base: TunableModel, method: str, given: Json, examples: int) -> tuple[Json, Json]:
    adapter = {} if method == "full" else {"adapterSize": f"ADAPTER_SIZE_{base.default_adapter}"}
    resolved = {
        "epochCount": str(training.default_epochs(examples)),
        "learningRateMultiplier": 1.0,
        **adapter,
        **({"beta": 0.1} if method == "preference" else {}),
        **given,
    }
    return resolved, {
        "epochs": int(resolved["epochCount"]),
        "rate": float(resolved["learningRateMultiplier"]),
        "adapter": _size(resolved),
    }


def _open(base: TunableModel, method: str, spec: Json, given: Json) -> tuple[Json, Json]:
    """Documented: what to start with; assumed: that it is what the service takes."""
    first = PEFT if PEFT in base.modes else FULL
    mode = FULL if method == "full" else spec.get("tuningMode", first)
    adapter = {"adapterSize": f"ADAPTER_SIZE_{base.default_adapter}"} if mode == PEFT else {}
    resolved = {
        "epochCount": str(OPEN_EPOCHS),
        "learningRate": base.starting_rate,
        **adapter,
        **given,
    }
    batch = {"batch": int(given["batchSize"])} if "batchSize" in given else {}
    rate = min(float(resolved["learningRate"]) / base.starting_rate, 1e6)
    return resolved, {"epochs": int(resolved["epochCount"]), "rate": rate, "adapter": _size(resolved), **batch}


def _reinforcement(base: TunableModel, given: Json, examples: int) -> tuple[Json, Json]:
    batch = int(given.get("batchSize", BATCH))
    if "stepCount" in given:
        steps = int(given["stepCount"])
        epochs, duration = max(1, -(-steps * batch // examples)), {}
    else:
        steps = MOST_STEPS
        epochs = int(given.get("epochCount", training.default_reinforcement_epochs(examples, batch)))
        duration = {"epochCount": str(epochs)}
    thinking = {} if base.id.startswith("gemini-2.5") else {"thinkingLevel": "HIGH"}
    resolved = {
        **duration,
        "learningRateMultiplier": 1.0,
        "adapterSize": "ADAPTER_SIZE_SIXTEEN",
        "batchSize": BATCH,
        "samplesPerPrompt": SAMPLES,
        "maxOutputTokens": MOST_TOKENS,
        **thinking,
        **given,
    }
    return resolved, {
        "epochs": epochs,
        "rate": float(resolved["learningRateMultiplier"]),
        "adapter": _size(resolved),
        "batch": batch,
        "most_steps": steps,
    }


def _size(resolved: Json) -> str:
    return str(resolved.get("adapterSize", _NO_ADAPTER)).removeprefix("ADAPTER_SIZE_")
