"""`VertexAITuningJob` of Config Connector: a TuningJob's fields, with references for what it manages elsewhere.

Source: the types of Config Connector's v1alpha1 (apis/aiplatform, June 2026), and its rule for acronyms: `…URI`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.core.dialects.vertex import VERTEX
from reconciler.core.model import Json
from reconciler.files.converting.bodies import in_camel
from reconciler.files.converting.request import FoundRequest, NotLiteral
from reconciler.files.yaml_tree import Document

KIND = "VertexAITuningJob"
_GROUP = ".cnrm.cloud.google.com"
_PROJECT_ANNOTATION = "cnrm.cloud.google.com/project-id"
_PLACE = ("projectRef", "location", "resourceID", "resourceId")


def is_connectors(value: Json) -> bool:
    """Whether a document is one of Config Connector's, of whatever kind."""
    version = value.get("apiVersion") if isinstance(value, Mapping) else None
    return isinstance(version, str) and version.partition("/")[0].endswith(_GROUP)


def of_connector(document: Document) -> Iterator[FoundRequest]:
    """The request that it stands for; none for another kind."""
    value = document.value
    spec = value.get("spec")
    if value.get("kind") != KIND or not isinstance(spec, Mapping):
        return
    metadata = value.get("metadata") if isinstance(value.get("metadata"), Mapping) else {}
    status = value.get("status") if isinstance(value.get("status"), Mapping) else {}
    fields = {_api_name(str(key)): _api(inner) for key, inner in spec.items() if key not in _PLACE}
    body = in_camel(dict(_without_references(fields, document)))
    existing = status.get("externalRef") or ""
    yield FoundRequest(
        VERTEX.name,
        body,
        document.start,
        f"a {KIND} of Config Connector",
        name=str(metadata.get("name") or ""),
        project=_project(spec, metadata, document),
        location=spec.get("location") or "",
        existing=str(existing).removeprefix("//aiplatform.googleapis.com/"),
    )


def _api_name(name: str) -> str:
    return f"{name[:-3]}Uri" if name.endswith("URI") else name


def _api(value: Json) -> Json:
    """Acronyms as the API spells them; labels have keys of the user's."""
    if isinstance(value, Mapping):
        return {_api_name(str(key)): inner if key == "labels" else _api(inner) for key, inner in value.items()}
    return [_api(inner) for inner in value] if isinstance(value, list) else value


def _without_references(fields: Mapping[str, Json], document: Document) -> Iterator[tuple[str, Json]]:
    for name, value in fields.items():
        if name.endswith("Ref"):
            yield name.removesuffix("Ref"), _referred(value, document, name)
        elif name == "encryptionSpec" and isinstance(value, Mapping) and "kmsKeyRef" in value:
            yield name, {"kmsKeyName": _referred(value["kmsKeyRef"], document, name)}
        else:
            yield name, value


def _project(spec: Mapping[str, Json], metadata: Mapping[str, Json], document: Document) -> Json:
    if "projectRef" in spec:
        found = _referred(spec["projectRef"], document, "projectRef")
        return found.removeprefix("projects/") if isinstance(found, str) else found
    annotations = metadata.get("annotations")
    named = annotations.get(_PROJECT_ANNOTATION) if isinstance(annotations, Mapping) else None
    return named or ""


def _referred(reference: Json, document: Document, name: str) -> Json:
    external = reference.get("external") if isinstance(reference, Mapping) else None
    if isinstance(external, str) and external:
        return external
    named = reference.get("name") if isinstance(reference, Mapping) else None
    return NotLiteral(f"the object {named} has it ({name})", document.place(("spec", name)))
