"""The ways to tune that a TuningJob has: one `…Spec` field each, with what goes with it. Source: schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.emulator.errors import ApiError, field_errors, invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.emulator.catalog import TunableModel

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WayToTune:
    """One way to tune. `name` is what a base model's `methods` say, `title` what a message calls it."""

    spec: str
    name: str
    title: str
    tune_type: str  # value of the system label; recorded for sft, assumed for the others
    stats: str = ""  # field of tuningDataStats; "" where the definitions have none
    is_beta: bool = True

    @property
    def path(self) -> str:
        """The proto's path of the spec."""
        return "tuning_job." + "".join("_" + c.lower() if c.isupper() else c for c in self.spec)

    def data_field(self, spec: Json) -> str:
        """The field that names the training data; distillation has a deprecated one besides."""
        if self.name != "distillation":
            return "trainingDatasetUri"
        is_old = "trainingDatasetUri" in spec and "promptDatasetUri" not in spec
        return "trainingDatasetUri" if is_old else "promptDatasetUri"


METHODS: dict[str, WayToTune] = {
    m.spec: m
    for m in (
        WayToTune(
            "supervisedTuningSpec", "supervised", "Supervised", "sft", "supervisedTuningDataStats", is_beta=False
        ),
        WayToTune(
            "preferenceOptimizationSpec",
            "preference",
            "Preference",
            "preference",
            "preferenceOptimizationDataStats",
            is_beta=False,
        ),
        WayToTune("reinforcementTuningSpec", "reinforcement", "Reinforcement", "rl", "reinforcementTuningDataStats"),
        WayToTune("distillationSpec", "distillation", "Distillation", "distillation", "distillationDataStats"),
        WayToTune("fullFineTuningSpec", "full", "Full fine", "full-fine-tuning", "supervisedTuningDataStats"),
        WayToTune("veoTuningSpec", "veo", "Veo", "veo"),
        WayToTune("veoLoraTuningSpec", "veoLora", "Veo LoRA", "veo-lora"),
        WayToTune("partnerModelTuningSpec", "partner", "Partner model", "partner"),
    )
}


def method_of(body: Json) -> WayToTune:
    """The method that a request asks for. Raises ApiError 400 where it is none or several."""
    given = [name for name in METHODS if name in body]
    if len(given) != 1:
        raise one_of("tuning_spec", given or ["supervisedTuningSpec"], "tuning_job", is_missing=not given)
    return METHODS[given[0]]


def check_adapter(base: TunableModel, hyper_parameters: Json) -> None:
    """Raises ApiError 400 for a size that a base model lacks. Source: recorded (python-genai#908)."""
    size = hyper_parameters.get("adapterSize")
    if size and size.removeprefix("ADAPTER_SIZE_") not in base.adapters:
        raise invalid("The adapter size is not supported for this base model.")


def one_of(name: str, given: Sequence[str], path: str, *, is_missing: bool) -> ApiError:
    """The refusal of a oneof that is not set, or set twice."""
    fields = ["".join("_" + c.lower() if c.isupper() else c for c in one) for one in given]
    if is_missing:
        return field_errors([(f"{path}.{fields[0]}", f"Required oneof field {name} is not set.")])
    return invalid(f"Invalid value at '{path}' (oneof), oneof field '{name}' is already set. Cannot set '{fields[-1]}'")
