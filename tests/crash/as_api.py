"""A stage for the judge: what its cloud answers, its specs as they stand in its files, and its lock's text."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from tests.crash.stage import Stage
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
    cloud = Resources(by_name[0], by_name[1], by_name[2], by_name[3], read, named)
    lock = json.loads(stage.lock_text() or "{}")
    return Judge(WORKSPACE, _wishes(stage), [lock], cloud).complaints()


def _wishes(stage: Stage) -> list[Wish]:
    files = sorted((stage.repository / "specs").glob("*.yaml"))
    documents = [d for file in files for d in yaml.safe_load_all(file.read_text("utf-8")) if d]
    return [_wish(stage, document) for document in documents]


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
