"""Base models beside Gemini: the open models that can be tuned, Veo, and whatever a partner publishes.

Source: documented (google/skills' catalogue of open models, which mirrors the price page: modes, adapters and the
learning rates to start with, which the emulator takes where a request has none). Which Veo models are tunable, and
that every other publisher's model is one, is assumed.
"""

from __future__ import annotations

import re

from reconciler.emulator import catalog
from reconciler.emulator.catalog import TunableModel

OPEN_REGIONS = ("global", "us-central1", "europe-west4", "us-west1", "us-east5", "asia-southeast1")
GLOBAL_RUNS_IN = "us-central1"
OPEN_EPOCHS = 3
FULL, PEFT = "TUNING_MODE_FULL", "TUNING_MODE_PEFT_ADAPTER"
_ALL_SIZES = tuple(catalog.SIZES)
_OPEN_NAME = re.compile(r"(?:publishers/)?([\w.-]{1,60})/(?:models/)?([\w.-]{1,60}@[\w.-]{1,60})")
_PARTNER_NAME = re.compile(r"(?:publishers/)?([\w.-]{1,60})/(?:models/)?([\w.-]{1,60}(?:@[\w.-]{1,60})?)")


def _open(name: str, modes: str, rate: float, adapter: str = "") -> TunableModel:
    found = tuple(mode for word, mode in (("PEFT", PEFT), ("FULL", FULL)) if word in modes)
    return TunableModel(
        name,
        _ALL_SIZES if PEFT in found else (),
        adapter,
        regions=OPEN_REGIONS,
        methods=("supervised", "distillation", *(("full",) if FULL in found else ())),
        has_media=False,
        has_checkpoints=False,
        modes=found,
        starting_rate=rate,
    )


OPEN_MODELS: dict[str, TunableModel] = {
    m.id: m
    for m in (
        _open("google/gemma4@gemma-4-e2b-it", "PEFT", 2e-4, "SIXTEEN"),
        _open("google/gemma4@gemma-4-e4b-it", "PEFT", 2e-4, "SIXTEEN"),
        _open("google/gemma4@gemma-4-26b-a4b-it", "PEFT", 2e-4, "SIXTEEN"),
        _open("google/gemma4@gemma-4-31b-it", "PEFT", 2e-4, "SIXTEEN"),
        _open("google/gemma3@gemma-3-1b-it", "FULL", 2e-5),
        _open("google/gemma3@gemma-3-4b-it", "FULL", 1e-5),
        _open("google/gemma3@gemma-3-12b-it", "FULL", 1e-5),
        _open("google/gemma3@gemma-3-27b-it", "PEFT FULL", 2e-4, "THIRTY_TWO"),
        _open("google/medgemma@medgemma-1.5-4b-it", "FULL", 1e-5),
        _open("meta/llama3_1@llama-3.1-8b", "PEFT FULL", 2e-4, "SIXTEEN"),
        _open("meta/llama3_1@llama-3.1-8b-instruct", "PEFT FULL", 2e-4, "SIXTEEN"),
        _open("meta/llama3-2@llama-3.2-1b-instruct", "FULL", 1.5e-6),
        _open("meta/llama3-2@llama-3.2-3b-instruct", "FULL", 1e-7),
        _open("meta/llama3-3@llama-3.3-70b-instruct", "PEFT FULL", 5e-5, "SIXTEEN"),
        _open("meta/llama4@llama-4-scout-17b-16e-instruct", "PEFT", 2e-5, "SIXTEEN"),
        _open("qwen/qwen3-5@qwen3.5-9b", "FULL", 2e-5),
        _open("qwen/qwen3@qwen3-4b", "FULL", 7.5e-5),
        _open("qwen/qwen3@qwen3-8b", "FULL", 5e-5),
        _open("qwen/qwen3@qwen3-14b", "FULL", 4e-5),
        _open("qwen/qwen3@qwen3-32b", "PEFT FULL", 2e-4, "SIXTEEN"),
    )
}
VEO_MODELS: dict[str, TunableModel] = {
    name: TunableModel(
        name,
        ("EIGHT", "SIXTEEN", "THIRTY_TWO"),
        "EIGHT",
        methods=("veo", "veoLora"),
        has_checkpoints=False,
    )
    for name in ("veo-2.0-generate-001", "veo-3.0-generate-001", "veo-3.0-fast-generate-001", "veo-3.1-generate-001")
}


def find_base(name: str) -> TunableModel | None:
    """The base model of that name, whoever published it."""
    found = catalog.find_model(name) or VEO_MODELS.get(_bare(name))
    if found:
        return found
    match = _OPEN_NAME.fullmatch(name)
    if match and f"{match[1]}/{match[2]}" in OPEN_MODELS:
        return OPEN_MODELS[f"{match[1]}/{match[2]}"]
    return _partner(name)


def base_of(name: str) -> TunableModel:
    """The base model of a job that was taken."""
    found = find_base(name)
    assert found is not None, name
    return found


def looks_open(name: str) -> bool:
    """Whether a name is of a form that only models of Model Garden have."""
    return "@" in name or ("/" in name and not name.startswith(("publishers/google/models/gemini", "models/")))


def _bare(name: str) -> str:
    return name.removeprefix("publishers/google/").removeprefix("models/")


def _partner(name: str) -> TunableModel | None:
    match = _PARTNER_NAME.fullmatch(name)
    if match is None or match[1] in {"google", "models", "publishers"}:
        return None
    return TunableModel(
        f"{match[1]}/{match[2]}", _ALL_SIZES, "SIXTEEN", methods=("partner",), has_checkpoints=False, has_media=False
    )
