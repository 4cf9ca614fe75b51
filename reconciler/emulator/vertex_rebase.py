"""tuningJobs.rebaseTunedModel: train a tuned model's data again, on a newer base.

Source: documented (request, operation with its metadata and response); assumed which base is the newer one, that the
new job takes over what the request does not say, and that the operation is done when the job is there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.emulator import vertex_operations
from reconciler.emulator.call import MethodCall, Reply, with_number
from reconciler.emulator.errors import field_errors, invalid, not_found, precondition
from reconciler.emulator.model_store import find_version
from reconciler.emulator.storage_checks import check_bucket
from reconciler.emulator.tuning_methods import METHODS
from reconciler.emulator.vertex_create import create
from reconciler.emulator.vertex_names import split_gcs_folder, split_model_name
from reconciler.emulator.vertex_run import KIND, TERMINAL

if TYPE_CHECKING:
    from reconciler.emulator.call import Handler
    from reconciler.emulator.store import Resource

Json = dict[str, Any]

_NEWER = (("flash-lite", "gemini-3.5-flash-lite"), ("flash", "gemini-3.5-flash"))
_TAKEN_OVER = ("description", "labels", "serviceAccount", "encryptionSpec")


def rebase(call: MethodCall) -> Reply:
    """Answers an operation below the new job."""
    job = _referred_job(call)
    if job.data["doc"]["state"] not in TERMINAL or "tunedModel" not in job.data["doc"]:
        raise invalid(f"TuningJob {job.name} has no tuned model to rebase.")
    results = _wanted_results(call, job)
    body = _new_body(job, call.body.get("tuningJob", {}))
    method = replace(call.method, id="tuningJobs.create")
    made = create(replace(call, body=body, method=method), results)
    return vertex_operations.started(call, made["name"], "RebaseTunedModelOperationMetadata", "TuningJob", made)


def _wanted_results(call: MethodCall, job: Resource) -> Json:
    """Where the result is to go. Source: schema (its comments); that a folder gets a description is assumed."""
    found: Json = {}
    prefix = call.body.get("artifactDestination", {}).get("outputUriPrefix", "")
    if "artifactDestination" in call.body and split_gcs_folder(prefix) is None:
        text = "output_uri_prefix should be a Cloud Storage directory."
        raise field_errors([("artifact_destination.output_uri_prefix", text)])
    if (folder := split_gcs_folder(prefix)) is not None:
        check_bucket(call, folder[0])
        found["artifacts"] = prefix
    if call.body.get("deployToSameEndpoint"):
        endpoint = job.data["doc"]["tunedModel"].get("endpoint", "")
        if call.store.get(endpoint) is None:
            raise precondition(f"TuningJob {job.name} has no endpoint to deploy to.")
        found["endpoint"] = endpoint
    return found


def _referred_job(call: MethodCall) -> Resource:
    ref = call.body.get("tunedModelRef", {})
    if len(ref) != 1:
        raise field_errors(
            [("tuned_model_ref", "Exactly one of tuned_model, tuning_job and pipeline_job must be set.")]
        )
    name = next(iter(ref.values()))
    job = call.store.get(_job_name(call, ref))
    if job is None or job.kind != KIND:
        raise not_found(f"{name} is not a tuned model of this service.")
    return job


def _job_name(call: MethodCall, ref: Json) -> str:
    if "tunedModel" not in ref:
        return with_number(next(iter(ref.values())))
    parts = split_model_name(ref["tunedModel"])
    version = find_version(call.sim, *parts) if parts else None
    return str(version.data["job"]) if version else ""


def _new_body(job: Resource, given: Json) -> Json:
    doc = job.data["doc"]
    base = given.get("baseModel") or _newer_base(job.data["base"])
    spec = next((name for name in METHODS if name in given), job.data["spec"])
    old = doc.get(spec, {})
    hyper = {k: v for k, v in old.get("hyperParameters", {}).items() if k != "adapterSize"}
    merged = {**old, "hyperParameters": hyper, **given.get(spec, {})}
    kept = {k: doc[k] for k in _TAKEN_OVER if k in doc}
    name = given.get("tunedModelDisplayName") or doc["tunedModelDisplayName"]
    return {**kept, **given, "baseModel": base, spec: merged, "tunedModelDisplayName": name}


def _newer_base(old: str) -> str:
    newer = next((new for family, new in _NEWER if family in old), "")
    if not newer:
        raise invalid(f"There is no newer base model for {old}.")
    return newer


HANDLERS: dict[str, Handler] = {"vertex.tuningJobs.rebaseTunedModel": rebase}
