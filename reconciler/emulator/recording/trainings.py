"""Trainings in requests and answers: which one a request is about, and how far it is."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from reconciler.emulator.call import project_number
from reconciler.emulator.messages import Request
from reconciler.emulator.routing import Route

Json = dict[str, Any]

_ENDED_BADLY = ("JOB_STATE_FAILED", "FAILED")


def target(route: Route, request: Request) -> str:
    """The name of the resource whose moments a request may be about, "" where nothing of it is to come."""
    path = unquote(request.path).partition(":")[0].split("/", 2)[-1]
    params = route.params
    if route.surface == "gemini" and "tunedModel" in params:
        return f"tunedModels/{params['tunedModel']}"
    if "operation" in params or "tuningJob" in params:
        return (
            f"projects/{project_number(params['project'])}/" + path.split("/", 2)[-1] if "project" in params else path
        )
    return ""


def training_of(name: str) -> str:
    """The training that an operation is of, or that a name is."""
    return name.partition("/operations/")[0]


def has_failed(doc: Any) -> bool:
    """Whether a training, or its operation, has ended badly."""
    return doc.get("state") in _ENDED_BADLY or ("done" in doc and "error" in doc)


def is_running(doc: Json) -> bool:
    """Whether a training, or its operation, may still end in any way."""
    return doc.get("state") in ("JOB_STATE_PENDING", "JOB_STATE_RUNNING", "CREATING") or "metadata" in doc
