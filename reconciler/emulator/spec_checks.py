"""What create refuses at once in the spec of a method: hyper-parameters, data, and where each is offered.

Source: documented and recorded where said. Reinforcement tuning has checks of its own, in reinforcement_checks.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator import dataset, objects
from reconciler.emulator.catalog import TEACHERS
from reconciler.emulator.errors import field_errors, invalid, not_found, precondition
from reconciler.emulator.model_store import find_version
from reconciler.emulator.open_catalog import FULL, PEFT, find_base
from reconciler.emulator.reinforcement_checks import check_reinforcement
from reconciler.emulator.tuning_methods import check_adapter, one_of
from reconciler.emulator.vertex_names import split_gcs_uri, split_model_name

if TYPE_CHECKING:
    from reconciler.emulator.call import MethodCall
    from reconciler.emulator.catalog import TunableModel
    from reconciler.emulator.tuning_methods import WayToTune
    from reconciler.emulator.vertex_names import Violations

Json = dict[str, Any]

_LARGEST_BYTES = 1 << 30


def check_spec(call: MethodCall, base: TunableModel, method: WayToTune, spec: Json) -> None:
    """Raises ApiError for what no job is made of."""
    if method.name not in base.methods:
        raise invalid(f"{method.title} tuning is not supported for {base.id}.")
    hyper, path = spec.get("hyperParameters", {}), f"{method.path}.hyper_parameters"
    match method.name:
        case "reinforcement":
            check_reinforcement(base, spec)
        case "partner":
            pass  # documented: free, and other for each base model
        case "veo" | "veoLora":
            _check_veo(base, path, hyper)
        case _:
            _check_hyper_parameters(base, path, hyper)
            _check_mode(base, method, spec, hyper)
    if method.name == "distillation":
        _check_teacher(call, method, spec)
    if "evaluationConfig" in spec:
        _check_evaluation(call, base, spec["evaluationConfig"])
    _check_data(call, base, method, spec)


def _is_positive(value: Any) -> bool:
    """Whether a double is a positive number: the wire has texts for those that are none."""
    return not isinstance(value, str) and value > 0


def _check_hyper_parameters(base: TunableModel, path: str, given: Json) -> None:
    if not base.is_open and ("batchSize" in given or "learningRate" in given):
        raise invalid("batch_size and learning_rate are only supported for open models.")
    if base.is_open and "learningRateMultiplier" in given:
        # Recorded, by two reports.
        raise invalid(f"Learning rate multiplier is not supported for base model {base.id}.")
    problems = _number_problems(path, given)
    if problems:
        raise field_errors(problems)
    check_adapter(base, given)


def _number_problems(path: str, given: Json) -> Violations:
    problems = []
    for key, field in (("epochCount", "epoch_count"), ("batchSize", "batch_size")):
        if int(given.get(key, 1)) < 1:
            problems.append((f"{path}.{field}", f"{field} must be positive."))
    for key, field in (
        ("learningRateMultiplier", "learning_rate_multiplier"),
        ("learningRate", "learning_rate"),
        ("beta", "beta"),
    ):
        if not _is_positive(given.get(key, 1.0)):
            problems.append((f"{path}.{field}", f"{field} must be positive."))
    return problems


def _check_mode(base: TunableModel, method: WayToTune, spec: Json, hyper: Json) -> None:
    """Source: documented (the modes of each open model; the rest of the models have adapters); texts assumed."""
    mode = FULL if method.name == "full" else spec.get("tuningMode", "")
    if mode == FULL and "adapterSize" in hyper:
        raise invalid("The adapter size is not supported for this base model.")
    if base.is_open and mode and mode not in base.modes:
        raise invalid(f"Tuning mode {mode} is not supported for base model {base.id}.")
    if not base.is_open and mode not in {"", PEFT} and method.name != "full":
        raise invalid(f"Tuning mode {mode} is only supported for open source models.")


def _check_veo(base: TunableModel, path: str, given: Json) -> None:
    """Source: schema (its comments: ratio from 0 to below 1; a speed for Veo 3.0 alone)."""
    problems = _number_problems(path, given)
    ratio = given.get("veoDataMixtureRatio", 0.1)
    if isinstance(ratio, str) or not 0 <= ratio < 1:
        problems.append((f"{path}.veo_data_mixture_ratio", "veo_data_mixture_ratio must be in [0, 1)."))
    if "tuningSpeed" in given and not base.id.startswith("veo-3.0"):
        problems.append((f"{path}.tuning_speed", "tuning_speed is only supported for Veo 3.0 models."))
    if problems:
        raise field_errors(problems)
    check_adapter(base, given)


def _check_teacher(call: MethodCall, method: WayToTune, spec: Json) -> None:
    """Source: schema (a union of two), documented (gemini-3.1-pro); that others teach too is assumed."""
    given = [name for name in ("baseTeacherModel", "tunedTeacherModelSource") if name in spec]
    if len(given) != 1:
        raise one_of("teacher_model", given or ["baseTeacherModel"], method.path, is_missing=not given)
    name = spec[given[0]]
    if given == ["baseTeacherModel"]:
        bare = name.removeprefix("publishers/google/").removeprefix("models/")
        if bare not in TEACHERS and find_base(name) is None:
            raise invalid(f"Teacher model {name} is not supported for distillation.")
        return
    parts = split_model_name(name)
    if parts is None:
        raise field_errors([(f"{method.path}.tuned_teacher_model_source", "Invalid Model resource name.")])
    if find_version(call.sim, *parts) is None:
        raise not_found(f"The Model {name} does not exist.")


def _check_evaluation(call: MethodCall, base: TunableModel, given: Json) -> None:
    """Evaluation while tuning. Source: documented (what it requires; us-central1 and 2.5 models only)."""
    path = "tuning_job.supervised_tuning_spec.evaluation_config"
    names = (("metrics", "metrics"), ("outputConfig", "output_config"))
    missing = [(f"{path}.{field}", "Required field is not set.") for key, field in names if not given.get(key)]
    if missing:
        raise field_errors(missing)
    if call.params["location"] != "us-central1" or not base.id.startswith("gemini-2.5"):
        raise precondition(f"Evaluation is not supported for {base.id} in location {call.params['location']}.")


def _check_data(call: MethodCall, base: TunableModel, method: WayToTune, spec: Json) -> None:
    training = method.data_field(spec)
    keys = (training, "validationDatasetUri")
    problems = []
    for key in keys:
        if (key in spec or key == training) and not _is_dataset_uri(spec.get(key, "")):
            field = "".join("_" + c.lower() if c.isupper() else c for c in key)
            problems.append((f"{method.path}.{field}", f"{field} should be a GCS object of type JSONL."))
    if problems:
        raise field_errors(problems)
    for key in keys:
        if key in spec:
            _check_object(call, base, method, spec[key])


def _is_dataset_uri(uri: str) -> bool:
    return split_gcs_uri(uri) is not None and uri.endswith(".jsonl")


def _check_object(call: MethodCall, base: TunableModel, method: WayToTune, uri: str) -> None:
    parts = split_gcs_uri(uri)
    assert parts is not None
    doc = objects.find_object(call.sim, *parts)
    if doc is None:
        raise not_found(f"The object {uri} does not exist, or the tuning service agent cannot read it.")
    if int(doc["size"]) > _LARGEST_BYTES:
        raise invalid(f"The dataset file {uri} is larger than 1 GB.")
    head = b"".join(objects.read_range(call.sim, doc, 0, min(int(doc["size"]), 1 << 20)))
    problem = dataset.first_row_problem(head, base, method.name)
    if problem:
        raise invalid(problem)
