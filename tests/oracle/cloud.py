"""The cloud as the API has it: resources as JSON, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
FINISHED = ("JOB_STATE_SUCCEEDED", "ACTIVE")
ENDED = (*FINISHED, "JOB_STATE_FAILED", "JOB_STATE_CANCELLED", "JOB_STATE_EXPIRED", "FAILED")
_SERVICES_OWN = ("google-", "tune-type", "tuneform-")


@dataclass(frozen=True, slots=True)
class Resources:
    """What there is. Models are named without a version; a tuned model of the Gemini API is its own job.

    `read` is the content of the training data by the job that read it: only what is known for certain.
    `names` is whose a job is: the name in its markers. `files` are folders by the job that wrote them, where they are
    there: an open model's documentation says that this is all that is left of it.
    """

    jobs: Mapping[str, Json]
    models: Mapping[str, Json]
    endpoints: Mapping[str, Json]
    tuned: Mapping[str, Json]
    read: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    def job(self, name: str) -> Json | None:
        """The job, or the tuned model that is its own; a copied Model has no job, and stands for itself."""
        return self.jobs.get(name) or self.tuned.get(name) or self.copies.get(name)

    @property
    def copies(self) -> Mapping[str, Json]:
        """Models that were made from another one, as jobs: what they left is themselves."""
        found = {name: model for name, model in self.models.items() if "originalModelInfo" in model}
        return {name: _as_job(model) for name, model in found.items()}

    def model_of(self, job: Json) -> Json | None:
        """The Model that a job made, if it is there."""
        if job["name"] in self.tuned:
            return self.tuned[job["name"]]
        return self.models.get(job.get("tunedModel", {}).get("model", "").partition("@")[0])

    def endpoint_of(self, job: Json) -> Json | None:
        """The Endpoint that a job made, if it is there."""
        if job["name"] in self.tuned:
            return self.tuned[job["name"]]
        return self.endpoints.get(job.get("tunedModel", {}).get("endpoint", ""))

    def serves(self, job: Json) -> bool:
        """Whether what it made can be called: the Model is there, and deployed at the Endpoint."""
        if job["name"] in self.files:
            return True
        if job["name"] in self.tuned:
            return bool(job["state"] == "ACTIVE")
        model, endpoint = self.model_of(job), self.endpoint_of(job)
        if model is None or endpoint is None:
            return False
        return any(str(d["model"]).partition("@")[0] == model["name"] for d in endpoint.get("deployedModels", ()))

    def all_jobs(self) -> list[Json]:
        """Of both services, with what was copied."""
        return [*self.jobs.values(), *self.tuned.values(), *self.copies.values()]

    def everything(self) -> dict[str, Json]:
        """Every resource by name."""
        return {**self.jobs, **self.models, **self.endpoints, **self.tuned}


def _as_job(model: Json) -> Json:
    """The published definition says what a copy was made from (`originalModelInfo`), and where it is deployed."""
    endpoint = next((d["endpoint"] for d in model.get("deployedModels", ())), "")
    made = {"model": f"{model['name']}@{model['versionId']}", "endpoint": endpoint}
    return {**model, "state": "ACTIVE", "tunedModel": made}


def labels_of(resource: Json) -> dict[str, str]:
    """The labels that neither the service nor a marker put there."""
    return {k: v for k, v in resource.get("labels", {}).items() if not k.startswith(_SERVICES_OWN)}
