"""A stage for the judge: what its cloud answers, its specs as they stand in its files, and its lock's text."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from tests.crash.stage import PLACE, Stage
from tests.oracle.cloud import Resources
from tests.oracle.judge import Judge
from tests.oracle.wish import GEMINI, Wish, camel

Json = dict[str, Any]
_OUR_ID = re.compile(r"tunedModels/(.+)-[0-9a-f]{8}-[0-9a-f]{10}$")
WORKSPACE = "acme"


def judged(stage: Stage, found: tuple[list[Json], list[Json], list[Json], list[Json]]) -> list[str]:
    """What the judge complains of; `found` are jobs, models, endpoints and tuned models."""
    jobs, models, _, tuned = found
    read = {job["name"]: content for job in jobs if (content := _read(stage, job)) is not None}
    named = {resource["name"]: name for resource in (*jobs, *models, *tuned) if (name := _name(resource))}
    by_name = [{r["name"]: r for r in kind} for kind in found]
    cloud = Resources(by_name[0], by_name[1], by_name[2], by_name[3], read, named, _files(stage))
    lock = json.loads(stage.lock_text() or "{}")
    return Judge(WORKSPACE, _wishes(stage, jobs), [lock], cloud).complaints()


def _files(stage: Stage) -> dict[str, str]:
    """Where each job has written what it tuned; v1beta1 alone says it."""
    jobs = stage.ask("GET", f"/v1beta1/{PLACE}/tuningJobs?pageSize=1000").get("tuningJobs", [])
    ended = [j for j in jobs if "outputUri" in j and j["state"] == "JOB_STATE_SUCCEEDED"]
    folders = {j["name"]: f"{j['outputUri'].rstrip('/')}/postprocess/node-0/checkpoints/final" for j in ended}
    return {name: folder for name, folder in folders.items() if _is_there(stage, folder)}


def _is_there(stage: Stage, folder: str) -> bool:
    bucket, _, path = folder.removeprefix("gs://").partition("/")
    return bool(stage.ask("GET", f"/storage/v1/b/{bucket}/o?prefix={path}/").get("items"))


def _wishes(stage: Stage, jobs: list[Json]) -> list[Wish]:
    files = sorted((stage.repository / "specs").glob("*.yaml"))
    documents = [d for file in files for d in yaml.safe_load_all(file.read_text("utf-8")) if d]
    return [wish for document in documents for wish in _all_of(stage, document, jobs)]


def _all_of(stage: Stage, document: Json, jobs: list[Json]) -> list[Wish]:
    """One spec; of a sweep over numbers of epochs one each as well, of which the longest is the best here."""
    block = document["spec"].get("tuneform", {})
    epochs = block.get("sweep", {}).get("epochCount", ())
    if not epochs:
        return [_wish(stage, document)]
    name, kept = document["metadata"]["name"], {k: v for k, v in block.items() if k not in ("sweep", "select")}
    trials = {f"{name}-ec{number}": number for number in epochs}
    made = {_name(job): job.get("tunedModel", {}).get("model", "") for job in jobs if _name(job) in trials}
    best = max(trials, key=lambda trial: trials[trial])
    others = [trial for trial in trials if trial == best or block["select"].get("rest") != "delete"]
    shown = {k: v for k, v in document["spec"].items() if k in ("labels", "description", "tunedModelDisplayName")}
    whole = Wish(document["kind"], name, camel({**shown, "tuneform": kept}), "", source=made.get(best, ""))
    return [whole, *(_wish(stage, _trial(document, trial, trials[trial], kept)) for trial in others)]


def _trial(document: Json, name: str, epochs: int, block: Json) -> Json:
    tuning = {**document["spec"]["supervisedTuningSpec"], "hyperParameters": {"epochCount": epochs}}
    spec = {**document["spec"], "supervisedTuningSpec": tuning, "tuneform": block}
    return {**document, "metadata": {"name": name}, "spec": spec}


def _wish(stage: Stage, document: Json) -> Wish:
    spec = camel(document["spec"])
    if document["kind"] == GEMINI:
        return Wish(GEMINI, document["metadata"]["name"], spec, "")
    if "from" in spec:
        return Wish(document["kind"], document["metadata"]["name"], spec, "", source=_served(stage, spec["from"]))
    uri = spec["supervisedTuningSpec"]["trainingDatasetUri"]
    local = stage.repository / "specs" / uri
    data = _object(stage, uri) if uri.startswith("gs://") else local.read_text("utf-8")
    return Wish(document["kind"], document["metadata"]["name"], spec, data or "")


def _served(stage: Stage, source: Json) -> str:
    """The model@version that another workspace lets serve, by its lock; "" without one."""
    lock = json.loads((stage.repository / "specs" / source["lock"]).read_text("utf-8"))
    trainings = lock["entries"].get(source["address"], {}).get("trainings", {}).values()
    return next((str(t["model"]) for t in trainings if t["role"] == "serving"), "")


def _read(stage: Stage, job: Json) -> str | None:
    """What a job read; None where the object has changed since, and nobody can see it any more."""
    uri = job["supervisedTuningSpec"]["trainingDatasetUri"]
    bucket, _, name = uri.removeprefix("gs://").partition("/")
    told = stage.raw("GET", f"/storage/v1/b/{bucket}/o/{name.replace('/', '%2F')}", missing=b"")
    if not told or json.loads(told)["updated"] > job["createTime"]:
        return None
    return _object(stage, uri)


def _object(stage: Stage, uri: str) -> str | None:
    bucket, _, name = uri.removeprefix("gs://").partition("/")
    path = f"/download/storage/v1/b/{bucket}/o/{name.replace('/', '%2F')}?alt=media"
    return stage.raw("GET", path, missing=b"").decode() or None


def _name(resource: Json) -> str:
    tuned = _OUR_ID.match(resource["name"])
    labels = resource.get("labels", {})
    if tuned:
        return tuned[1]
    return str(labels.get("tuneform-name", "")) if labels.get("tuneform-workspace") == WORKSPACE else ""
