"""The reads of the Gemini API that everything else is made of: tuned models at /v1beta, their operations at /v1."""

from __future__ import annotations

from reconciler.backends import resource_names
from reconciler.backends.base import BackendError
from reconciler.backends.calls import Call
from reconciler.backends.gemini_wire import (
    OPERATION,
    OPERATIONS,
    TUNED_MODEL,
    TUNED_MODELS,
    WireTunedModel,
    WireTuningOperation,
)
from reconciler.backends.http import PAGE_SIZE, Http
from reconciler.backends.targets import Service
from reconciler.core.faults import Fault


class GeminiReader:
    """One tuned model, every tuned model of a project, and what operations they have."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def tuned_models(self, project: str) -> list[WireTunedModel]:
        """Every tuned model that the project may see."""
        call = Call(
            "tunedModels.list",
            Service.GEMINI,
            "GET",
            "/v1beta/tunedModels",
            quota_project=project,
            query={"pageSize": str(PAGE_SIZE), "prettyPrint": "false"},
        )
        return [model for page in self._http.pages(call, TUNED_MODELS) for model in page.tuned_models]

    def tuned_model(self, name: str, project: str) -> WireTunedModel:
        """One, by its name."""
        path = f"/v1beta/{resource_names.tuned_model(name)}"
        call = Call("tunedModels.get", Service.GEMINI, "GET", path, quota_project=project)
        return self._http.read(call, TUNED_MODEL)

    def operation_of(self, model: WireTunedModel, project: str) -> WireTuningOperation | None:
        """The newest operation of a model."""
        return next(iter(self.operations(model.name, project)), None)

    def operation_named(self, name: str, project: str) -> WireTuningOperation | None:
        """One operation; None where the service does not keep it."""
        path = f"/v1/{resource_names.tuned_model_operation(name)}"
        call = Call("operations.get", Service.GEMINI, "GET", path, quota_project=project)
        try:
            return self._http.read(call, OPERATION)
        except BackendError as error:
            if error.fault is not Fault.NOT_FOUND:
                raise
            return None

    def newest_operation(self, name: str, project: str) -> str:
        """Its name, or ""."""
        return next((operation.name for operation in self.operations(name, project)), "")

    def operations(self, name: str, project: str) -> list[WireTuningOperation]:
        """Those of one model; a service that keeps none, or no longer, has none."""
        path = f"/v1/{resource_names.tuned_model(name)}/operations"
        call = Call("operations.list", Service.GEMINI, "GET", path, quota_project=project)
        try:
            return [operation for page in self._http.pages(call, OPERATIONS) for operation in page.operations]
        except BackendError as error:
            if error.fault is not Fault.NOT_FOUND:
                raise
            return []
