"""tuningJobs.create: what is checked at once, and the job that comes of it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from reconciler.emulator import objects
from reconciler.emulator.call import MethodCall, project_number
from reconciler.emulator.errors import ApiError, field_errors, invalid, not_found, precondition
from reconciler.emulator.model_store import find_version
from reconciler.emulator.open_catalog import GLOBAL_RUNS_IN, find_base, looks_open
from reconciler.emulator.spec_checks import check_spec
from reconciler.emulator.storage_checks import check_bucket
from reconciler.emulator.store import Resource
from reconciler.emulator.tuning_methods import METHODS, method_of, one_of
from reconciler.emulator.v1_view import has_more_than_v1
from reconciler.emulator.vertex_job_view import dress, render
from reconciler.emulator.vertex_names import display_name_problems, label_problems, split_gcs_folder, split_model_name
from reconciler.emulator.vertex_run import fill_places

if TYPE_CHECKING:
    from reconciler.emulator.catalog import TunableModel
    from reconciler.emulator.tuning_methods import WayToTune

Json = dict[str, Any]

_ECHOED = (
    *("description", "baseModel", "customBaseModel", "preTunedModel", *METHODS, "labels", "serviceAccount"),
    *("encryptionSpec", "outputUri"),
)


def create(call: MethodCall, results: Json | None = None) -> Json:
    """Answers the new job, PENDING. Two equal calls make two jobs: nothing in the API tells them apart.

    `results` is what a rebase wants done with the tuned model, see vertex_results.py.
    """
    body = call.body
    method = method_of(body)
    _check_shape(body, method)
    source = _source(call, body)
    base = _usable_base(call, body, source, method)
    _check_output(call, base, method)
    check_spec(call, base, method, body[method.spec])
    _check_quota(call)
    row = _new_job(call, base, method, source)
    row.data.update(results or {})
    dress(row)
    call.store.insert(row)
    fill_places(call.sim, row.project, call.sim.moment.trained)
    found = call.store.get(row.name)
    assert found is not None
    return render(call.sim, found, is_beta=call.is_beta)


def _check_shape(body: Json, method: WayToTune) -> None:
    given = [name for name in ("baseModel", "preTunedModel") if name in body]
    if not given and method.name == "distillation" and "studentModel" in body[method.spec]:
        given = ["baseModel"]  # deprecated: the student as it was named before
    if len(given) != 1:
        raise one_of("source_model", given[:1] or ["baseModel"], "tuning_job", is_missing=not given)
    problems = label_problems(body.get("labels", {}), "tuning_job.labels")
    problems += display_name_problems(body.get("tunedModelDisplayName", ""), "tuning_job.tuned_model_display_name")
    if problems:
        raise field_errors(problems)


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
    return {
        "name": parts[0],
        "version": found.doc["versionId"],
        "base": found.data["base"],
        "title": found.doc["displayName"],
    }


def _usable_base(call: MethodCall, body: Json, source: Json | None, method: WayToTune) -> TunableModel:
    name = source["base"] if source else body.get("baseModel") or body[method.spec].get("studentModel", "")
    base = find_base(name)
    location, is_historic = call.params["location"], call.sim.settings.catalog == "historic"
    is_unknown = base is None or (base.methods == ("partner",) and method.name != "partner")
    if is_unknown and looks_open(name):
        # Recorded by google/skills.
        raise invalid("Invalid open source publisher model resource name")
    if location == "global" and not (base and "global" in base.regions):
        raise precondition(f"Tuning {name} is not supported in location global.")
    if base is None or (base.is_retired(call.sim.moment.shown) and not is_historic):
        raise invalid(f"Base model {name} is not supported for tuning.")
    if location not in base.regions_for(method.name):
        raise precondition(f"Tuning {name} is not supported in location {location}.")
    if "encryptionSpec" in body and (not base.has_cmek or location == "global"):
        raise precondition(f"Customer-managed encryption keys are not supported for {name}.")
    return base


def _check_output(call: MethodCall, base: TunableModel, method: WayToTune) -> None:
    """Where files go to. Source: recorded (the text where it is missing), schema (open models alone have it)."""
    body = call.body
    uri, custom = body.get("outputUri", ""), body.get("customBaseModel", "")
    if base.is_open and not uri:
        raise invalid("The output_uri field is required for this model.")
    problems = []
    for field, value in (("output_uri", uri), ("custom_base_model", custom)):
        if value and not base.is_open and method.name != "partner":
            problems.append((f"tuning_job.{field}", f"{field} is only supported for open source models."))
        elif value and split_gcs_folder(value) is None:
            problems.append((f"tuning_job.{field}", f"{field} should be a Cloud Storage directory."))
    if problems:
        raise field_errors(problems)
    if (folder := split_gcs_folder(uri)) is not None:
        check_bucket(call, folder[0])
    if custom and not _has_weights(call, custom):
        raise invalid(f"The custom base model {custom} has no weights in .safetensors format.")


def _has_weights(call: MethodCall, uri: str) -> bool:
    parts = split_gcs_folder(uri)
    assert parts is not None
    return any(name.endswith(".safetensors") for name in objects.names_below(call.sim, *parts))


def _check_quota(call: MethodCall) -> None:
    settings, project = call.sim.settings, project_number(call.params["project"])
    if settings.on_quota == "refuse" and call.store.running("tuningJob", project) >= settings.concurrent_jobs:
        raise ApiError(
            429,
            "The following quota metrics exceed quota limits: aiplatform.googleapis.com/global_concurrent_tuning_jobs",
        )


def _new_job(call: MethodCall, base: TunableModel, method: WayToTune, source: Json | None) -> Resource:
    sim, body = call.sim, call.body
    name = f"{call.location}/tuningJobs/{sim.new_id('tuningJob')}"
    now = sim.now()
    unique = uuid.UUID(bytes=sim.digest("display", name)[:16], version=4)
    doc = {
        "name": name,
        "tunedModelDisplayName": body.get("tunedModelDisplayName")
        or (source["title"] if source else f"{base.id}-{unique}"),
        **{key: body[key] for key in _ECHOED if key in body},
        "state": "JOB_STATE_PENDING",
        "createTime": now,
        "updateTime": now,
    }
    if source:
        doc["preTunedModel"] = _pinned(body["preTunedModel"], source)
    data: Json = {
        "stage": "WAITING",
        "method": method.name,
        "spec": method.spec,
        "base": base.id,
        "source": source,
        "is_named": "tunedModelDisplayName" in body,
        "created_t": sim.moment.trained,
    }
    if call.params["location"] == "global":
        # Recorded by google/skills: what belongs to the job is in the region that it runs in.
        data["place"] = f"{call.location.rpartition('/')[0]}/{GLOBAL_RUNS_IN}"
    if has_more_than_v1(doc):
        data["is_beta"] = True
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
