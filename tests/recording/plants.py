"""Differences that a service could have from the emulator, each planted in an upstream, with where it must be found."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reconciler.emulator import Request

Json = dict[str, Any]


@dataclass(frozen=True)
class Plant:
    """What is altered where, and the aspect and place of the finding that must come of it."""

    name: str
    verb: str
    path: str
    alter: Callable[[int, Any], tuple[int, Any]]
    aspect: str
    at: str
    row: str
    """The beginning of the behaviour that it must be put down to."""

    def __call__(self, request: Request, status: int, body: Any) -> tuple[int, Any]:
        where = f"{request.path}?{request.query}"
        if request.method == self.verb and re.search(self.path, where):
            return self.alter(status, body)
        return status, body


def _body(change: Callable[[Json], Any]) -> Callable[[int, Any], tuple[int, Any]]:
    """Changes the body of an answer that is no error, in place."""

    def alter(status: int, body: Any) -> tuple[int, Any]:
        if status == 200:
            change(body)
        return status, body

    return alter


def _status(old: int, new: int) -> Callable[[int, Any], tuple[int, Any]]:
    return lambda status, body: (new if status == old else status, body)


def _message(status: int, body: Any) -> tuple[int, Any]:
    if "error" in body:
        body["error"]["message"] = "Nothing was found here."
    return status, body


def _without_details(status: int, body: Any) -> tuple[int, Any]:
    if "error" in body:
        body["error"].pop("details", None)
    return status, body


def _paused(body: Json) -> None:
    if body["state"] == "JOB_STATE_SUCCEEDED":
        body["state"] = "JOB_STATE_PAUSED"


def _stats(body: Json) -> Json:
    found: Json = body.get("tuningDataStats", {}).get("supervisedTuningDataStats", {})
    return found


def _steps_as_number(body: Json) -> None:
    if stats := _stats(body):
        stats["tuningStepCount"] = int(stats["tuningStepCount"])


def _more_steps(body: Json) -> None:
    if stats := _stats(body):
        stats["tuningStepCount"] = str(int(stats["tuningStepCount"]) + 1)


def _other_epochs(body: Json) -> None:
    given = body["supervisedTuningSpec"].get("hyperParameters", {})
    if "epochCount" in given:
        given["epochCount"] = "7"


def _other_adapter(body: Json) -> None:
    given = body["supervisedTuningSpec"].get("hyperParameters", {})
    if "adapterSize" in given:
        given["adapterSize"] = "ADAPTER_SIZE_ONE"


def _fewer_checkpoints(body: Json) -> None:
    for made in [body.get("tunedModel", {})]:
        if "checkpoints" in made:
            made["checkpoints"].pop(0)


def _wrong_endpoint(body: Json) -> None:
    if "checkpoints" in body.get("tunedModel", {}):
        body["tunedModel"]["endpoint"] = body["tunedModel"]["checkpoints"][0]["endpoint"]


def _no_start(body: Json) -> None:
    body.pop("startTime", None)


def _reversed(key: str) -> Callable[[Json], None]:
    return lambda body: body[key].reverse() if key in body else None


def _shorter(key: str) -> Callable[[Json], Any]:
    return lambda body: body[key].pop(0) if len(body.get(key, [])) > 1 else None


def _twice(body: Json) -> None:
    body["tuningJobs"] = body["tuningJobs"] * 2


_JOB = r"/v1/projects/[^/]+/locations/[^/]+/tuningJobs/\d+\?"
_ANY_JOB = r"/v1(beta1)?/projects/[^/]+/locations/[^/]+/tuningJobs/\d+\?"
_JOBS = r"/tuningJobs\?$"
_MODEL = r"/locations/[^/]+/models/[^/:]+\?$"
_ENDPOINT = r"/locations/[^/]+/endpoints/\d+\?$"
_TUNED = r"/v1beta/tunedModels/acme-numbers\?$"
_GEMINI_OPERATION = r"/v1/tunedModels/acme-numbers/operations/"

PLANTS = (
    Plant(
        "a job without a start", "GET", _JOB, _body(_no_start), "missing field", "startTime", "states and their order"
    ),
    Plant("a job that is paused", "GET", _ANY_JOB, _body(_paused), "state", "state", "states and their order"),
    Plant(
        "a create that runs at once",
        "POST",
        _JOBS,
        _body(lambda b: b.update(state="JOB_STATE_RUNNING")),
        "state",
        "state",
        "create answers the job at once, PENDING",
    ),
    Plant(
        "steps as a number",
        "GET",
        _ANY_JOB,
        _body(_steps_as_number),
        "type",
        "tuningDataStats.supervisedTuningDataStats.tuningStepCount",
        "statistics: distributions",
    ),
    Plant(
        "one step more",
        "GET",
        _ANY_JOB,
        _body(_more_steps),
        "value",
        "tuningDataStats.supervisedTuningDataStats.tuningStepCount",
        "8 examples a step",
    ),
    Plant(
        "other epochs by default",
        "GET",
        _ANY_JOB,
        _body(_other_epochs),
        "value",
        "supervisedTuningSpec.hyperParameters.epochCount",
        "epochs by default",
    ),
    Plant(
        "another adapter size by default",
        "GET",
        _ANY_JOB,
        _body(_other_adapter),
        "value",
        "supervisedTuningSpec.hyperParameters.adapterSize",
        "default adapter sizes",
    ),
    Plant(
        "a checkpoint fewer",
        "GET",
        _ANY_JOB,
        _body(_fewer_checkpoints),
        "length",
        "tunedModel.checkpoints[]",
        "checkpoints: one an epoch",
    ),
    Plant(
        "the endpoint of a checkpoint",
        "GET",
        _ANY_JOB,
        _body(_wrong_endpoint),
        "value",
        "tunedModel.endpoint",
        "3.x models are served",
    ),
    Plant(
        "oldest first", "GET", _JOBS, _body(_reversed("tuningJobs")), "order", "tuningJobs[]", "lists are newest first"
    ),
    Plant(
        "a job that no list has",
        "GET",
        _JOBS,
        _body(_shorter("tuningJobs")),
        "missing item",
        "tuningJobs[]",
        "lists are newest first",
    ),
    Plant(
        "a page that is too large",
        "GET",
        r"/tuningJobs\?pageSize=1$",
        _body(_twice),
        "length",
        "tuningJobs[]",
        "page sizes of Vertex AI lists",
    ),
    Plant(
        "403 for a job that is not there",
        "GET",
        r"/tuningJobs/1234567890123456789",
        _status(404, 403),
        "status",
        "",
        "401 and 403 texts",
    ),
    Plant(
        "another text of 404",
        "GET",
        r"/tuningJobs/1234567890123456789",
        _message,
        "text",
        "error.message",
        "texts of 404 for jobs and models",
    ),
    Plant(
        "200 for a bad page size",
        "GET",
        r"pageSize=-1",
        lambda _status, _body: (200, {}),
        "status",
        "",
        "paths, methods",
    ),
    Plant(
        "no details of a bad page size",
        "GET",
        r"pageSize=-1",
        _without_details,
        "missing field",
        "error.details",
        "an unexpected page token",
    ),
    Plant(
        "409 for bad labels", "POST", _JOBS, _status(400, 409), "status", "", "create answers the job at once, PENDING"
    ),
    Plant(
        "a model with a new field",
        "GET",
        _MODEL,
        _body(lambda b: b.update(launchStage="GA")),
        "additional field",
        "launchStage",
        "paths, methods, query parameters",
    ),
    Plant(
        "an endpoint with another name",
        "GET",
        _ENDPOINT,
        _body(lambda b: b.update(displayName="another")),
        "value",
        "displayName",
        "paths, methods, query parameters",
    ),
    Plant(
        "an endpoint without labels",
        "GET",
        _ENDPOINT,
        _body(lambda b: b.pop("labels")),
        "missing field",
        "labels",
        "system labels on model and endpoint",
    ),
    Plant(
        "labels that a patch adds to",
        "PATCH",
        "/models/",
        _body(lambda b: b["labels"].update(other="one")),
        "additional field",
        "labels.label-3",
        "a label patch replaces the map",
    ),
    Plant(
        "a source that is no tuning",
        "GET",
        _MODEL,
        _body(lambda b: b["modelSourceInfo"].update(sourceType="CUSTOM")),
        "value",
        "modelSourceInfo.sourceType",
        "sourceType GENIE",
    ),
    Plant(
        "a delete without an operation",
        "DELETE",
        _ENDPOINT,
        lambda status, _: (status, {}),
        "missing field",
        "name",
        "deletes answer an operation",
    ),
    Plant(
        "another state of a tuned model",
        "GET",
        _TUNED,
        _body(lambda b: b.update(state="STATE_UNSPECIFIED")),
        "state",
        "state",
        "paths, methods, query parameters",
    ),
    Plant(
        "one step more on the Gemini API",
        "GET",
        _GEMINI_OPERATION,
        _body(lambda b: b["metadata"].update(totalSteps=b["metadata"]["totalSteps"] + 1)),
        "value",
        "metadata.totalSteps",
        "steps = ceil(examples x epochs / batch)",
    ),
    Plant(
        "training data that comes back",
        "GET",
        _TUNED,
        _body(lambda b: b["tuningTask"].update(trainingData={"examples": {}})),
        "additional field",
        "tuningTask.trainingData",
        "training data is never answered",
    ),
    Plant(
        "an id that is taken: 400",
        "POST",
        r"tunedModelId=acme-numbers",
        _status(409, 400),
        "status",
        "",
        "create answers the operation with totalSteps",
    ),
    Plant(
        "objects backwards", "GET", r"/o\?prefix=sets/", _body(_reversed("items")), "order", "items[]", "objects, their"
    ),
    Plant(
        "a size that is a number",
        "GET",
        r"/o/sets%2Ftrain",
        _body(lambda b: b.update(size=int(b["size"]))),
        "type",
        "size",
        "objects, their fields",
    ),
    Plant(
        "another text for no object",
        "GET",
        r"/o/nothing",
        _message,
        "text",
        "error.message",
        "form of errors, with a list",
    ),
)
