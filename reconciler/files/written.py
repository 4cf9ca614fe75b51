"""`spec` of a document with its defaults, as rules see it: the API's camelCase, and never a training example."""

from __future__ import annotations

from typing import Any, Final

from reconciler.core.dialects.vertex import ADAPTER_SIZES, VERTEX
from reconciler.core.model import Fields
from reconciler.files.declare import Place
from reconciler.files.schema import ModelDocument, VertexTunedModel

_METHODS: Final = tuple(method.field for method in VERTEX.methods)


def written_spec(checked: ModelDocument, place: Place) -> Fields:
    """Without what is null. Project and location are there if the workspace says them; an adapter has a number."""
    spec: dict[str, Any] = checked.spec.model_dump(by_alias=True, exclude_none=True)
    spec["project"] = place.project
    if isinstance(checked, VertexTunedModel):
        spec["location"] = place.location
        for parameters in (spec.get(method, {}).get("hyperParameters", {}) for method in _METHODS):
            if "adapterSize" in parameters:
                parameters["adapterSize"] = ADAPTER_SIZES[parameters["adapterSize"]]
    else:
        spec.get("tuningTask", {}).get("trainingData", {}).pop("examples", None)
    spec.setdefault("tunedModelDisplayName" if "location" in spec else "displayName", checked.metadata.name)
    return spec
