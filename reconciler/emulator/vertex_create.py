"""tuningJobs.create: what is checked at once, and the job that comes of it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from reconciler.emulator import catalog, dataset, objects
from reconciler.emulator.call import MethodCall, project_number
from reconciler.emulator.errors import ApiError, field_errors, invalid, not_found, precondition
from reconciler.emulator.model_store import find_version
from reconciler.emulator.store import Resource
from reconciler.emulator.vertex_job_view import dress, render
from reconciler.emulator.vertex_names import display_name_problems, label_problems, split_gcs_uri, split_model_name
from reconciler.emulator.vertex_run import fill_places

if TYPE_CHECKING:
    from reconciler.emulator.catalog import TunableModel

Json = dict[str, Any]

SPECS = {"supervisedTuningSpec": "supervised", "preferenceOptimizationSpec": "preference"}
_OTHER_SPECS = (
    "distillationSpec",
    "fullFineTuningSpec",
    "partnerModelTuningSpec",
    "reinforcementTuningSpec",
    "veoTuningSpec",
    "veoLoraTuningSpec",
    "customBaseModel",
)
_ECHOED = ("description", "baseModel", "preTunedModel", *SPECS, "labels", "serviceAccount", "encryptionSpec")


def create(call: MethodCall) -> Json:
    """Answers the new job, PENDING. Two equal calls make two jobs: nothing in the API tells them apart."""
    body = call.body
    _check_shape(body)
    source = _source(call, body)
    base = _usable_base(call, body, source)
    spec_name = next(name for name in SPECS if name in body)
    _check_spec(call, base, spec_name, body[spec_name])
    _check_quota(call)
    row = _new_job(call, base, spec_name, source)
    dress(row)
    call.store.insert(row)
    fill_places(call.sim, row.project, call.sim.moment.trained)
    found = call.store.get(row.name)
    assert found is not None
    return render(call.sim, found, is_beta=call.is_beta)


def _check_shape(body: Json) -> None:
    given = [name for name in SPECS if name in body]
    others = [name for name in _OTHER_SPECS if name in body]
    if others:
        raise ApiError(501, f"The emulator does not train {others[0]}.")
    if len(given) != 1:
        raise _one_of("tuning_spec", given or ["supervised_tuning_spec"], is_missing=not given)
    if ("baseModel" in body) == ("preTunedModel" in body):
        raise _one_of("source_model", ["base_model"], is_missing="baseModel" not in body)
    problems = label_problems(body.get("labels", {}), "tuning_job.labels")
    problems += display_name_problems(body.get("tunedModelDisplayName", ""), "tuning_job.tuned_model_display_name")
    if problems:
        raise field_errors(problems)


def _one_of(name: str, given: list[str], *, is_missing: bool) -> ApiError:
    if is_missing:
        return field_errors([(f"tuning_job.{given[0]}", f"Required oneof field {name} is not set.")])
    return invalid(
        f"Invalid value at 'tuning_job' (oneof), oneof field '{name}' is already set. Cannot set '{given[-1]}'"
    )


def _source(call: MethodCall, body: Json) -> Json | None:
    """The version of the model that a job goes on from, None for a job on a base model."""
    if "preTunedModel" not in body:
        return None
    field, name = "tuning_job.pre_tuned_model.tuned_model_name", body["preTunedModel"].get("tunedModelName", "")
    parts = split_model_name(name)
    if parts is None:
        raise field_errors([(field, "Invalid Model resource name.")])
    found = find_version(call.sim, *parts)
    if found is None:
        raise not_found(f"The Model {name} does not exist.")
    wanted = body["preTunedModel"].get("checkpointId")
    checkpoints = [c["checkpointId"] for c in found.doc.get("checkpoints", [])]
    if wanted and wanted not in checkpoints:
        raise field_errors([("tuning_job.pre_tuned_model.checkpoint_id", f"Checkpoint {wanted} does not exist.")])
    if found.data.get("kms", "") != body.get("encryptionSpec", {}).get("kmsKeyName", ""):
        raise precondition("The encryption settings must be those of the pre-tuned model.")
    return {"name": parts[0], "version": found.doc["versionId"], "base": found.data["base"]}


def _usable_base(call: MethodCall, body: Json, source: Json | None) -> TunableModel:
    name = source["base"] if source else body["baseModel"]
    base = catalog.find_model(name)
    location, is_historic = call.params["location"], call.sim.settings.catalog == "historic"
    if location == "global":
        raise precondition(f"Tuning {name} is not supported in location global.")
    if base is None or (base.is_retired(call.sim.moment.shown) and not is_historic):
        raise invalid(f"Base model {name} is not supported for tuning.")
    if location not in base.regions:
        raise precondition(f"Tuning {name} is not supported in location {location}.")
    if not base.has_cmek and "encryptionSpec" in body:
        raise precondition(f"Customer-managed encryption keys are not supported for {name}.")
    return base


def _check_spec(call: MethodCall, base: TunableModel, spec_name: str, spec: Json) -> None:
    snake_name = {"supervisedTuningSpec": "supervised_tuning_spec"}.get(spec_name, "preference_optimization_spec")
    if SPECS[spec_name] not in base.methods:
        raise invalid(f"{SPECS[spec_name].capitalize()} tuning is not supported for {base.id}.")
    _check_hyper_parameters(base, f"tuning_job.{snake_name}.hyper_parameters", spec.get("hyperParameters", {}))
    if "evaluationConfig" in spec:
        _check_evaluation(call, base, spec["evaluationConfig"])
    problems = [
        (f"tuning_job.{snake_name}.{field}", f"{field} should be a GCS object of type JSONL.")
        for key, field in (
            ("trainingDatasetUri", "training_dataset_uri"),
            ("validationDatasetUri", "validation_dataset_uri"),
        )
        if (key in spec or key == "trainingDatasetUri") and not _is_dataset_uri(spec.get(key, ""))
    ]
    if problems:
        raise field_errors(problems)
    for key in ("trainingDatasetUri", "validationDatasetUri"):
        if key in spec:
            _check_object(call, base, spec[key])


def _check_evaluation(call: MethodCall, base: TunableModel, given: Json) -> None:
    """Evaluation while tuning. Source: documented (what it requires; us-central1 and 2.5 models only)."""
    path = "tuning_job.supervised_tuning_spec.evaluation_config"
    names = (("metrics", "metrics"), ("outputConfig", "output_config"))
    missing = [(f"{path}.{field}", "Required field is not set.") for key, field in names if not given.get(key)]
    if missing:
        raise field_errors(missing)
    if call.params["location"] != "us-central1" or not base.id.startswith("gemini-2.5"):
        raise precondition(f"Evaluation is not supported for {base.id} in location {call.params['location']}.")


def _is_dataset_uri(uri: str) -> bool:
    return split_gcs_uri(uri) is not None and uri.endswith(".jsonl")


def _check_object(call: MethodCall, base: TunableModel, uri: str) -> None:
    parts = split_gcs_uri(uri)
    assert parts is not None
    doc = objects.find_object(call.sim, *parts)
    if doc is None:
        raise not_found(f"The object {uri} does not exist, or the tuning service agent cannot read it.")
    if int(doc["size"]) > 1 << 30:
        raise invalid(f"The dataset file {uri} is larger than 1 GB.")
    head = b"".join(objects.read_range(call.sim, doc, 0, min(int(doc["size"]), 1 << 20)))
    problem = dataset.first_row_problem(head, base)
    if problem:
        raise invalid(problem)


def _check_hyper_parameters(base: TunableModel, path: str, given: Json) -> None:
    if "batchSize" in given or "learningRate" in given:
        raise invalid("batch_size and learning_rate are only supported for open models.")
    problems = []
    if int(given.get("epochCount", 1)) < 1:
        problems.append((f"{path}.epoch_count", "epoch_count must be positive."))
    rate = given.get("learningRateMultiplier", 1.0)
    if isinstance(rate, str) or rate <= 0:
        problems.append((f"{path}.learning_rate_multiplier", "learning_rate_multiplier must be positive."))
    if problems:
        raise field_errors(problems)
    size = given.get("adapterSize")
    if size and size.removeprefix("ADAPTER_SIZE_") not in base.adapters:
        raise invalid("The adapter size is not supported for this base model.")


def _check_quota(call: MethodCall) -> None:
    settings, project = call.sim.settings, project_number(call.params["project"])
    if settings.on_quota == "refuse" and call.store.running("tuningJob", project) >= settings.concurrent_jobs:
        raise ApiError(
            429,
            "The following quota metrics exceed quota limits: aiplatform.googleapis.com/global_concurrent_tuning_jobs",
        )


def _new_job(call: MethodCall, base: TunableModel, spec_name: str, source: Json | None) -> Resource:
    sim, body = call.sim, call.body
    name = f"{call.location}/tuningJobs/{sim.new_id('tuningJob')}"
    now = sim.now()
    unique = uuid.UUID(bytes=sim.digest("display", name)[:16], version=4)
    doc = {
        "name": name,
        "tunedModelDisplayName": body.get("tunedModelDisplayName") or f"{base.id}-{unique}",
        **{key: body[key] for key in _ECHOED if key in body},
        "state": "JOB_STATE_PENDING",
        "createTime": now,
        "updateTime": now,
    }
    if source:
        doc["preTunedModel"] = _pinned(body["preTunedModel"], source)
    data: Json = {
        "stage": "WAITING",
        "method": SPECS[spec_name],
        "spec": spec_name,
        "base": base.id,
        "source": source,
        "is_named": "tunedModelDisplayName" in body,
        "created_t": sim.moment.trained,
    }
    return Resource(
        name=name,
        kind="tuningJob",
        parent=call.location,
        project=project_number(call.params["project"]),
        created=sim.moment.shown,
        waiting=True,
        data={**data, "doc": doc},
    )


def _pinned(given: Json, source: Json) -> Json:
    """The pre-tuned model as answered: the version that an alias or nothing meant, and the original base."""
    return {**given, "tunedModelName": f"{source['name']}@{source['version']}", "baseModel": source["base"]}
